"""A stand-in for AWS and the cluster: it runs the stack with no account.

It is a test double. It models only the resource types that the stack registers, over an account that
`account.yaml` describes, and refuses what AWS would refuse. What it accepts, AWS may still refuse.
"""
