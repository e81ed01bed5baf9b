"""Hosts the components for stacks in any Pulumi language: `pulumi package add <this folder>`."""

from efa_pools import EfaClusterAddons, EfaWorkerPool, __version__
from pulumi.provider.experimental import component_provider_host

if __name__ == "__main__":
    component_provider_host([EfaWorkerPool, EfaClusterAddons], "efa-pools", version=__version__)
