"""The stack: configuration, one component a pool, the cluster's add-ons, outputs."""

import pulumi
import pulumi_kubernetes as kubernetes
from efa_pools import EfaClusterAddons, EfaWorkerPool, Settings

settings = Settings.load()

pools = {name: EfaWorkerPool(name, settings.arguments(pool)) for name, pool in settings.pools.items()}

if settings.kubeconfig is not None:
    # The cluster of the configuration, never whichever one a kubeconfig of this machine points at.
    cluster = kubernetes.Provider("cluster", kubeconfig=settings.kubeconfig)
    EfaClusterAddons(
        "addons",
        settings.addon_arguments(),
        pulumi.ResourceOptions(provider=cluster, depends_on=list(pools.values())),
    )

pulumi.export("pools", {name: pool.outputs() for name, pool in pools.items()})
# What `pulumi destroy` leaves in the account; it does not run this program, so it is said beforehand.
retained = pulumi.Output.all(*(pool.retained for pool in pools.values()))
pulumi.export("retained", retained.apply(lambda found: [id for ids in found for id in ids]))
