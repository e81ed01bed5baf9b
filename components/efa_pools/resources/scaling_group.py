"""The Auto Scaling group of self-managed nodes. Source: EC2 Auto Scaling API, CreateAutoScalingGroup.

A new template version starts an instance refresh, which `pulumi up` does not wait for.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import autoscaling

from ..plan.pool import PoolPlan
from ..plan.scaling_tags import CLUSTER_PREFIX, ENABLED, template_tags

TIMEOUT = "30m"
"""For the provider to see all machines gone: large ones take longer to end than its ten minutes."""


def scaling_group(
    plan: PoolPlan,
    name: str,
    cluster_name: Any,
    subnet_ids: Any,
    template: Any,
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> autoscaling.Group:
    """A group whose template version is pinned: with `$Latest` a refresh would not know what to do."""
    nodes = plan.nodes
    least, desired, most = nodes.sizes_now
    bounds: Any = {
        "min_healthy_percentage": nodes.healthy.minimum,
        "max_healthy_percentage": nodes.healthy.maximum,
    }
    # Protection is against scaling in; a refresh replaces the node.
    protected = "Refresh" if nodes.protect_from_scale_in else "Ignore"
    preferences = {**bounds, "scale_in_protected_instances": protected}
    refresh: Any = {"strategy": "Rolling", "preferences": preferences}
    return autoscaling.Group(
        f"{name}-nodes",
        vpc_zone_identifiers=subnet_ids,
        min_size=least,
        max_size=most,
        desired_capacity=desired,
        launch_template=template,
        health_check_type="EC2",
        # Rebalancing launches before it terminates, into capacity that need not be there.
        capacity_rebalance=False,
        protect_from_scale_in=nodes.protect_from_scale_in,
        instance_maintenance_policy=bounds,
        instance_refresh=refresh,
        tags=_tags(plan, cluster_name, tags),
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                # Whatever scales the pool owns the size; ours is only the first.
                ignore_changes=_ignored(plan),
                custom_timeouts=pulumi.CustomTimeouts(update=TIMEOUT, delete=TIMEOUT),
            ),
        ),
    )


def _ignored(plan: PoolPlan) -> list[str] | None:
    if plan.nodes.fixed:
        return None
    # The least size comes with the action that starts the nodes.
    return ["desiredCapacity", "minSize"] if plan.deferred else ["desiredCapacity"]


def _tags(plan: PoolPlan, cluster_name: Any, tags: Mapping[str, str]) -> Any:
    """The pool's own stand in the template for instances, so only the cluster's is handed on."""
    cluster: pulumi.Output[str] = pulumi.Output.from_input(cluster_name)
    made: list[tuple[Any, str, bool]] = [(key, value, False) for key, value in tags.items()]
    made.append((cluster.apply(lambda known: f"kubernetes.io/cluster/{known}"), "owned", True))
    if not plan.nodes.fixed:
        made.append((ENABLED, "true", False))
        made.append((cluster.apply(lambda known: f"{CLUSTER_PREFIX}{known}"), "owned", False))
    made += [(key, value, False) for key, value in template_tags(plan).items()]
    return [{"key": key, "value": value, "propagate_at_launch": handed} for key, value, handed in made]


def tag_managed_group(plan: PoolPlan, name: str, group: Any, opts: pulumi.ResourceOptions) -> None:
    """The same node template on the group that EKS made. EKS itself puts the discovery tags on it.

    Source: EKS User Guide, "Simplify node lifecycle with managed node groups".
    """
    for key, value in template_tags(plan).items():
        tag: Any = {"key": key, "value": value, "propagate_at_launch": False}
        autoscaling.Tag(
            f"{name}-nodes-tag-{key.partition('/node-template/')[2]}",
            autoscaling_group_name=group,
            tag=tag,
            opts=opts,
        )
