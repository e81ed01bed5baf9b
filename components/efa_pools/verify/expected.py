"""What the plan of a pool says of its nodes.

Sources: EKS User Guide, ml-workload-topology.html; AWS Neuron, Kubernetes device plugin
(aws.amazon.com/neuron counts devices).
"""

from datetime import datetime
from typing import Any, NamedTuple

from ..images import RESOURCES, accelerator
from ..plan.pool import PoolPlan
from ..plan.schedule import plan_schedule

EFA = "vpc.amazonaws.com/efa"


class Expected(NamedTuple):
    """One pool's figures for each node, and where its nodes stand."""

    plan: PoolPlan
    efa: int | None
    """None where devices are not counted as a resource (the DRA driver)."""
    gpus: int
    gpu_resource: str | None
    huge_pages: int | None
    """2 MiB pages at least; None where nobody said."""
    huge_pages_stated: bool
    served: bool
    """Whether any node of the cluster has EFA devices."""

    @property
    def cluster_group(self) -> bool:
        """Whether the nodes share one zone and one group."""
        placement = self.plan.placement
        return placement.mode in ("create", "existing") and placement.strategy == "cluster"

    @property
    def group(self) -> str | None:
        """The placement group that the pool names; None for one that is made for it."""
        placement = self.plan.placement
        return placement.group_id or placement.group_name

    def as_json(self) -> dict[str, Any]:
        """The object of a pool's `expected`."""
        (least, desired, most), pool = self.plan.nodes.sizes_now, self.plan.pool
        return {
            "instanceType": self.plan.instance.name,
            "size": {"min": least, "desired": desired, "max": most},
            "efa": self.efa,
            "gpus": self.gpus,
            "gpuResource": self.gpu_resource,
            "hugePages2Mi": self.huge_pages,
            "availabilityZones": list(pool.availability_zones or ()),
            "clusterGroup": self.cluster_group,
            "placementGroup": self.group,
            "reservation": pool.capacity.reservation_id,
        }


def expected(plan: PoolPlan, efa_driver: str, served: bool, now: datetime | None) -> Expected:
    """What to look for at a time; `efa_driver` is the stack's `addons.efa`, `served` as in `Expected`."""
    pool, nodes = plan.pool, plan.nodes
    sizes = (nodes.minimum, nodes.desired, nodes.maximum)
    idle = plan_schedule(pool.capacity, pool.nodes.kind, plan.window, sizes, now).idle
    resource = RESOURCES.get(accelerator(plan.instance))
    count = plan.instance.neuron_count if resource == RESOURCES["neuron"] else plan.instance.gpu_count
    stated = plan.pool.huge_pages2_mi
    return Expected(
        plan=plan._replace(nodes=nodes._replace(idle=idle)),
        efa=None if efa_driver == "dra" else plan.efa_per_node,
        gpus=count if resource else 0,
        gpu_resource=resource,
        huge_pages=plan.huge_pages,
        huge_pages_stated=stated is not None,
        served=served,
    )
