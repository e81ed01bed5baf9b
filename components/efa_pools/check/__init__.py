"""One pure check for every input: a pool, a list of pools, a stack's configuration, a component's arguments.

The component's constructor, the command line and the policies all come here, so they cannot disagree.
"""
