"""The size of a pool at the ends of its window: scheduled actions of its Auto Scaling group, and the drain.

Source: EC2 Auto Scaling API, PutScheduledUpdateGroupAction and PutLifecycleHook. The action by which EKS
scales a managed group to zero is EKS's own; it is neither made nor changed here.
"""

from typing import Any

import pulumi
from pulumi_aws import autoscaling

from ..plan.pool import PoolPlan


def schedule(plan: PoolPlan, name: str, group_name: Any, opts: pulumi.ResourceOptions) -> None:
    """The actions whose time is to come, and the hook that holds a node until its pods have left."""
    for action in plan.schedule.actions:
        autoscaling.Schedule(
            f"{name}-{action.name}",
            scheduled_action_name=f"{name}-{action.name}",
            autoscaling_group_name=group_name,
            start_time=action.at,
            time_zone="Etc/UTC",
            min_size=action.minimum,
            desired_capacity=action.desired,
            max_size=action.maximum,
            opts=opts,
        )
    if plan.schedule.drain is not None:
        autoscaling.LifecycleHook(
            f"{name}-drain",
            autoscaling_group_name=group_name,
            lifecycle_transition="autoscaling:EC2_INSTANCE_TERMINATING",
            heartbeat_timeout=int(plan.schedule.drain.total_seconds()),
            # Nobody answers: the node goes when the time is over, as it does when it is ended otherwise.
            default_result="CONTINUE",
            opts=opts,
        )
