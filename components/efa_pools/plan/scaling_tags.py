"""Tags from which the Cluster Autoscaler learns what a node of an empty Auto Scaling group would be.

Source: kubernetes/autoscaler, cluster-autoscaler/cloudprovider/aws/README.md and aws_manager.go, commit
55c37cd of 2026-08-22: a label's value, a taint's `value:effect`, a resource's quantity. EC2 Auto Scaling API,
Tag: a key has at most 128 characters; a group has at most 50 tags.
"""

from ..images import RESOURCES, accelerator
from ..model.pool import Taint
from .pool import PoolPlan

ENABLED = "k8s.io/cluster-autoscaler/enabled"
CLUSTER_PREFIX = "k8s.io/cluster-autoscaler/"
TEMPLATE = "k8s.io/cluster-autoscaler/node-template/"
KEY_LIMIT = 128
TAGS_LIMIT = 50


def template_tags(plan: PoolPlan) -> dict[str, str]:
    """The node template's tags; none for a fixed pool, which nothing scales."""
    if plan.nodes.fixed:
        return {}
    made = {f"{TEMPLATE}label/{key}": value for key, value in plan.nodes.labels.items()}
    for taint in plan.pool.taints:
        # One tag for a key: of several effects the first is told.
        made.setdefault(f"{TEMPLATE}taint/{taint.key}", taint_value(taint))
    made.update({f"{TEMPLATE}resources/{name}": amount for name, amount in resources(plan).items()})
    return {key: value for key, value in sorted(made.items()) if len(key) <= KEY_LIMIT}


def taint_value(taint: Taint) -> str:
    """`value:effect`."""
    return f"{taint.value or ''}:{taint.effect}"


def resources(plan: PoolPlan) -> dict[str, str]:
    """What device plugins and the kubelet will count on a node, beyond processors and memory."""
    made = {}
    if plan.efa_per_node:
        made["vpc.amazonaws.com/efa"] = str(plan.efa_per_node)
    device = RESOURCES.get(accelerator(plan.instance))
    count = plan.instance.neuron_count or plan.instance.gpu_count
    if device and count:
        made[device] = str(count)
    if plan.huge_pages:
        made["hugepages-2Mi"] = f"{plan.huge_pages * 2}Mi"
    return made
