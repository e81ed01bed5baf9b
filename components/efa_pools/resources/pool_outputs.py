"""What the components of every kind of pool say alike: tags of what they make, figures of their nodes."""

from typing import Any

import pulumi

from ..plan.pool import LABEL_POOL, PoolPlan

TAG_POOL, TAG_STACK = "efa-pools/pool", "efa-pools/stack"


def tags(plan: PoolPlan) -> dict[str, str]:
    """The pool's tags, and those by which its resources are found again."""
    stack = pulumi.get_stack()
    own = {TAG_POOL: plan.name, TAG_STACK: f"{pulumi.get_project()}/{stack}"}
    return {"Name": f"{stack}-{plan.name}", **plan.pool.tags, **own}


def figures(plan: PoolPlan) -> dict[str, Any]:
    """Outputs that are plain facts: handing them on as such spares Pulumi seven futures a pool."""
    return {
        "interfacesPerNode": len(plan.interfaces),
        "efaPerNode": plan.efa_per_node,
        "gpusPerNode": plan.instance.gpu_count,
        "bandwidthGbpsPerNode": plan.instance.bandwidth_gbps or 0,
        "addressesPerNode": plan.addresses_per_node,
        "addressesPerNodeWithCni": plan.addresses_per_node_with_cni,
        "nodeSelector": {LABEL_POOL: plan.name},
    }
