"""The reservation that a pool makes, or the Capacity Block that it buys.

Both cost money and outlive the pool: neither is deleted with it. A block is also protected: the engine
refuses to let go of it, and it is bought once, whatever its offering id becomes later. EC2's
PurchaseCapacityBlock takes no limit of the price: `preflight` holds the offering against it before.
Sources: EC2 API, CreateCapacityReservation and PurchaseCapacityBlock; the Terraform AWS provider,
ec2_capacity_reservation.go and ec2_capacity_block_reservation.go.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import ec2

from ..plan.pool import PoolPlan
from .surroundings import either


def kept(opts: pulumi.ResourceOptions, **more: Any) -> Any:
    """The options, and more, of what stays in the account when the pool goes."""
    stays = pulumi.ResourceOptions(retain_on_delete=True, **more)
    return pulumi.ResourceOptions.merge(opts, stays)


def reservation(
    plan: PoolPlan,
    name: str,
    group: ec2.PlacementGroup | None,
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> ec2.CapacityReservation | ec2.CapacityBlockReservation | None:
    """What the pool makes or buys; None where it names what exists, or needs nothing."""
    new, purchase = plan.capacity.new, plan.capacity.purchase
    if purchase is not None:
        return ec2.CapacityBlockReservation(
            f"{name}-block",
            capacity_block_offering_id=purchase.offering_id,
            instance_platform=purchase.platform,
            tags=dict(tags),
            # Another offering or platform would be another purchase.
            opts=kept(opts, protect=True, ignore_changes=["capacityBlockOfferingId", "instancePlatform"]),
        )
    if new is None:
        return None
    return ec2.CapacityReservation(
        f"{name}-reservation",
        instance_type=plan.instance.name,
        instance_platform=new.platform,
        instance_count=new.instances,
        # Nothing but this pool's nodes runs in it.
        instance_match_criteria="targeted",
        availability_zone=new.zone,
        tenancy=new.tenancy,
        end_date=new.end,
        end_date_type="unlimited" if new.end is None else "limited",
        placement_group_arn=group.arn if group else None,
        tags=dict(tags),
        # EC2 moves no reservation into another group, and the provider would say nothing.
        opts=kept(opts, replace_on_changes=["placementGroupArn"]),
    )


def reservation_outputs(
    args: Mapping[str, Any],
    plan: PoolPlan,
    reserved: ec2.CapacityReservation | ec2.CapacityBlockReservation | None,
    group: ec2.PlacementGroup | None,
) -> dict[str, Any]:
    """The id of the reservation, and of what stays when the pool goes."""
    if reserved is None:
        named = either(args, "capacity_reservation_id", plan.capacity.reservation_id)
        return {"capacityReservationId": named or "", "retained": []}
    ids = [reserved.id, *([group.placement_group_id] if group else [])]
    return {"capacityReservationId": reserved.id, "retained": pulumi.Output.all(*ids)}
