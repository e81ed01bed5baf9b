"""The AWS node termination handler, on the nodes of pools that ask for it.

As a DaemonSet it reads the node's own metadata: Auto Scaling shows there that the node is to go, and the
handler evicts its pods. It needs no queue, no rule and no role, and it tells Auto Scaling nothing. Source:
aws/aws-node-termination-handler, README.md and chart, commit 62a8761 of 2026-07-21.
"""

from collections.abc import Sequence

from ..labels import LABEL_POOL
from ..model.stack import AddonPool, Addons
from .charts import Release, release

HANDLER_CHART = "aws-node-termination-handler"


def drained_pools(pools: Sequence[AddonPool]) -> list[AddonPool]:
    """Those whose nodes the handler drains."""
    return [pool for pool in pools if pool.drain == "node-termination-handler"]


def drain_release(addons: Addons, pools: Sequence[AddonPool]) -> Release | None:
    """The handler on exactly the nodes of those pools; None where there are none."""
    served = drained_pools(pools)
    if not served:
        return None
    match = {"key": LABEL_POOL, "operator": "In", "values": [pool.name for pool in served]}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [match]}]}
    values = {
        "daemonsetAffinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}},
        # Machines are reserved: other events than the group's own are for other handlers to judge.
        "enableSpotInterruptionDraining": False,
        "enableScheduledEventDraining": False,
    }
    return release(HANDLER_CHART, addons, values)
