"""The stack: configuration, one component a pool, the cluster's add-ons, outputs."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from efa_pools import EfaClusterAddons, EfaWorkerPool, Settings

settings = Settings.load()

pools: dict[str, Any]
if settings.garden_kubeconfig is None:
    pools = {name: EfaWorkerPool(name, settings.arguments(pool)) for name, pool in settings.pools.items()}
else:
    # Workers are written into the API server that holds the Shoot, not into the cluster that it describes.
    from efa_pools import GardenerWorkers  # only here: its modules take time to load

    garden = kubernetes.Provider("garden", kubeconfig=settings.garden_kubeconfig)
    options = pulumi.ResourceOptions(provider=garden)
    pools = {
        name: GardenerWorkers(name, settings.arguments(pool), options)
        for name, pool in settings.pools.items()
    }

if settings.kubeconfig is not None:
    # The cluster of the configuration, never whichever one a kubeconfig of this machine points at.
    cluster = kubernetes.Provider("cluster", kubeconfig=settings.kubeconfig)
    EfaClusterAddons(
        "addons",
        settings.addon_arguments(),
        pulumi.ResourceOptions(provider=cluster, depends_on=list(pools.values())),
    )

pulumi.export("pools", {name: pool.outputs() for name, pool in pools.items()})
