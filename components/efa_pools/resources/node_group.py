"""The EKS managed node group. Source: EKS API, CreateNodegroup."""

from collections.abc import Mapping
from math import ceil
from typing import Any

import pulumi
from pulumi_aws import eks

from ..plan.pool import TAINT_EFFECTS, Nodes, PoolPlan

PROVIDER_MINUTES = 60
"""How long the AWS provider waits for a node group. Source: its node_group.go, Timeouts."""
BY_ID = "CUSTOM"
"""The AMI type with an image in the template. Stated, because EKS wants a new group where such an image comes
or goes (EKS User Guide, "Specifying an AMI"), and to the provider a type that goes away is no change. EKS
refuses types "other than CUSTOM" there (rancher/eks-operator#185, 2023-06-14), though its API's reference
asks for none."""
MINUTES_A_TURN = 30
"""EKS gives pods 15 minutes to leave a node (EKS User Guide, managed node updates); as much to start."""


def node_group(
    plan: PoolPlan,
    name: str,
    cluster_name: Any,
    subnet_ids: Any,
    role_arn: pulumi.Input[str],
    template: Any,
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> eks.NodeGroup:
    """A group whose template version is pinned: `$Latest` would differ in every preview."""
    nodes = plan.nodes
    least, desired, most = nodes.sizes_now
    return eks.NodeGroup(
        f"{name}-nodes",
        cluster_name=cluster_name,
        node_role_arn=role_arn,
        subnet_ids=subnet_ids,
        ami_type=nodes.ami_type or BY_ID,
        release_version=nodes.release_version,
        capacity_type=plan.capacity.eks_type,
        scaling_config={
            "min_size": least,
            "max_size": most,
            "desired_size": desired,
        },
        update_config={
            "max_unavailable": nodes.max_unavailable,
            "update_strategy": "MINIMAL" if nodes.terminate_first else "DEFAULT",
        },
        node_repair_config=_repair(plan),
        launch_template=template,
        labels=dict(nodes.labels),
        taints=_taints(plan),
        tags=dict(tags),
        opts=pulumi.ResourceOptions.merge(opts, _ours(plan, name)),
    )


def _ours(plan: PoolPlan, name: str) -> pulumi.ResourceOptions:
    """Whatever scales the pool owns the size; ours is only the first. A start action brings the least too."""
    ignored = None if plan.nodes.fixed else ["scalingConfig.desiredSize"]
    if ignored is not None and plan.deferred:
        ignored.append("scalingConfig.minSize")
    ours = pulumi.ResourceOptions(ignore_changes=ignored, custom_timeouts=_timeouts(plan.nodes))
    if plan.capacity.eks_type != "CAPACITY_BLOCK":
        return ours
    from .block_updates import empty_while_upgraded

    return pulumi.ResourceOptions.merge(ours, empty_while_upgraded(name))


def _repair(plan: PoolPlan) -> Any:
    """Where machines are counted out, a fault of many at once must not empty the pool: one at a time."""
    one = {"max_parallel_nodes_repaired_count": 1} if plan.repairs_one_at_a_time else {}
    return {"enabled": True, **one}


def _timeouts(nodes: Nodes) -> pulumi.CustomTimeouts:
    """EKS replaces nodes in turn: the provider's hour is over before a large pool is through."""
    minutes = ceil(nodes.maximum / nodes.max_unavailable) * MINUTES_A_TURN
    return pulumi.CustomTimeouts(update=f"{max(PROVIDER_MINUTES, minutes)}m")


def _taints(plan: PoolPlan) -> Any:
    return [
        {"key": taint.key, "value": taint.value or "", "effect": TAINT_EFFECTS[taint.effect]}
        for taint in plan.pool.taints
    ] or None


def auto_scaling_group(group: eks.NodeGroup) -> pulumi.Output[str]:
    """The Auto Scaling group that EKS made for the node group; empty while it has none."""
    return group.resources.apply(_first_group)


def _first_group(resources: Any) -> str:
    groups = [found for one in resources or () for found in one.autoscaling_groups or ()]
    return groups[0].name if groups else ""
