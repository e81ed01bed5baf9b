"""The NodePool: which machines, how many, and when they may go.

Source: karpenter-provider-aws, pkg/apis/crds/karpenter.sh_nodepools.yaml, v1.14.1; kubernetes-sigs/karpenter,
commit 2266468, pkg/controllers/disruption/staticdrift.go (a fixed pool surges within `limits.nodes`).
"""

from typing import Any

from ..model.capacity import RESERVED
from ..plan.pool import PoolPlan
from .node_class import API

ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
CAPACITY_TYPES = {
    "on-demand": ["on-demand"],
    "spot": ["spot"],
    # EC2's open matching falls back to on-demand machines as well.
    "open-reservation": ["reserved", "on-demand"],
}
# Machines that nobody pays for twice stay; others go once they have been empty for a while.
EMPTY_FOR = "30m"


def node_pool(plan: PoolPlan) -> dict[str, Any]:
    """The object of one pool: static where its size is fixed, else scaled by the pods that wait."""
    nodes = plan.nodes
    template_spec = {
        "nodeClassRef": {"group": API, "kind": "EC2NodeClass", "name": plan.name},
        "requirements": [
            {"key": key, "operator": "In", "values": values} for key, values in _requirements(plan).items()
        ],
        "taints": [
            {"key": one.key, **({"value": one.value} if one.value else {}), "effect": one.effect}
            for one in plan.pool.taints
        ],
        "expireAfter": "Never",
    }
    if not template_spec["taints"]:
        del template_spec["taints"]
    spec: dict[str, Any] = {
        "template": {"metadata": {"labels": dict(nodes.labels)}, "spec": template_spec},
        "limits": {"nodes": str(_most(plan))},
        "disruption": {
            "consolidationPolicy": "WhenEmpty",
            "consolidateAfter": "Never" if stays(plan) else EMPTY_FOR,
            "budgets": [{"nodes": str(nodes.max_unavailable)}],
        },
    }
    if nodes.fixed:
        spec = {"replicas": nodes.desired, **spec}
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": plan.name},
        "spec": spec,
    }


def stays(plan: PoolPlan) -> bool:
    """Whether empty nodes are kept: a fixed size, a minimum, or machines that are paid for anyway."""
    return plan.nodes.minimum > 0 or plan.pool.capacity.kind in RESERVED


def _most(plan: PoolPlan) -> int:
    """A fixed pool that may surge needs room for it; a reservation has none."""
    nodes = plan.nodes
    surge = nodes.max_unavailable if nodes.fixed and not nodes.terminate_first else 0
    return nodes.maximum + surge


def _requirements(plan: PoolPlan) -> dict[str, list[str]]:
    pool, placement = plan.pool, plan.placement
    made = {
        "node.kubernetes.io/instance-type": [plan.instance.name],
        "karpenter.sh/capacity-type": CAPACITY_TYPES.get(pool.capacity.kind, ["reserved"]),
    }
    if pool.availability_zones:
        made["topology.kubernetes.io/zone"] = list(pool.availability_zones)
    if plan.instance.architectures:
        made["kubernetes.io/arch"] = [ARCHITECTURES[one] for one in plan.instance.architectures]
    if placement.partition_number is not None:
        made["karpenter.k8s.aws/placement-group-partition"] = [str(placement.partition_number)]
    if placement.tenancy == "dedicated":
        made["karpenter.k8s.aws/instance-tenancy"] = ["dedicated"]
    return made
