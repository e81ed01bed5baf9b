"""The placement group that a pool makes for itself."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import ec2

from ..plan.pool import PoolPlan
from .reservation import kept


def placement_group(
    plan: PoolPlan, name: str, tags: Mapping[str, str], opts: pulumi.ResourceOptions
) -> ec2.PlacementGroup | None:
    """The pool's own group, or none where it wants none of ours."""
    if not plan.makes_group:
        return None
    placement = plan.placement
    # A cluster group in use stays in its zone, so nodes of another zone need another group.
    zones = list(plan.pool.availability_zones or ())
    # EC2 deletes no group with a reservation in it.
    opts = kept(opts) if plan.capacity.new else opts
    return ec2.PlacementGroup(
        f"{name}-pg",
        strategy=placement.strategy or "cluster",
        partition_count=placement.partition_count,
        spread_level=placement.spread_level,
        tags=dict(tags),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(replacement_trigger=zones)),
    )
