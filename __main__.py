"""The stack: configuration, one component a pool, the cluster's add-ons, outputs."""

from typing import Any

import efa_pools
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
    addons = EfaClusterAddons(
        "addons",
        settings.addon_arguments(),
        pulumi.ResourceOptions(provider=cluster, depends_on=list(pools.values())),
    )
    if settings.nccl_test is not None:
        tested = pools[settings.nccl_test["pool"]["name"]]
        made = tested.outputs()
        template = [made[key] for key in ("launchTemplateId", "launchTemplateVersion") if key in made]
        test = efa_pools.NcclTest(
            "nccl-test",
            settings.test_arguments(template),
            pulumi.ResourceOptions(provider=cluster, depends_on=[tested, addons]),
        )
        pulumi.export(
            "ncclTest", {"job": test.job_name, "result": test.result, "verdict": test.verdict_command}
        )

pulumi.export("pools", {name: pool.outputs() for name, pool in pools.items()})
# What `pulumi destroy` leaves in the account; it does not run this program, so it is said beforehand.
retained = pulumi.Output.all(*(pool.outputs().get("retained", []) for pool in pools.values()))
pulumi.export("retained", retained.apply(lambda found: [id for ids in found for id in ids]))
