"""The stack: configuration, one component a pool, the cluster's add-ons, outputs."""

import efa_pools
import pulumi
import pulumi_kubernetes as kubernetes
from efa_pools import EfaClusterAddons, EfaWorkerPool, Settings

settings = Settings.load()

pools = {name: EfaWorkerPool(name, settings.arguments(pool)) for name, pool in settings.pools.items()}

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
        test = efa_pools.NcclTest(
            "nccl-test",
            settings.test_arguments([tested.launch_template_id, tested.launch_template_version]),
            pulumi.ResourceOptions(provider=cluster, depends_on=[tested, addons]),
        )
        pulumi.export(
            "ncclTest", {"job": test.job_name, "result": test.result, "verdict": test.verdict_command}
        )

pulumi.export("pools", {name: pool.outputs() for name, pool in pools.items()})
# What `pulumi destroy` leaves in the account; it does not run this program, so it is said beforehand.
retained = pulumi.Output.all(*(pool.retained for pool in pools.values()))
pulumi.export("retained", retained.apply(lambda found: [id for ids in found for id in ids]))
