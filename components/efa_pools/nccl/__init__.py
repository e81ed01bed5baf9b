"""The fabric's proof: what a run of nccl-tests says about the network, and whether that is enough.

`network`, `log`, `figures`, `verdict`, `causes` and `record` need nothing but the standard library and each
other, because they also run as one script where neither this package nor a recent Python is installed; see
`bundle`. `launch` is a script too: the launcher of an MPIJob, which runs the test and asks that one.
"""
