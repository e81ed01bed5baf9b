"""The package's plugin: `pulumi package add <this folder>` makes the components known to a stack."""

import sys

from efa_pools import __version__
from efa_pools.resources.host import Host
from pulumi.provider import main

if __name__ == "__main__":
    main(Host(__version__), sys.argv[1:])
