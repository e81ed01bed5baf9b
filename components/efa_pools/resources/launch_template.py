"""The launch template: interfaces, volumes, placement, capacity and image of every node.

A managed node group's template has no subnets, instance profile or spot options, which EKS refuses (EKS User
Guide, "Customize managed nodes with launch templates"); that of an Auto Scaling group has them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pulumi
from pulumi_aws import ec2

from ..plan.pool import PoolPlan
from ..plan.volumes import BlockDevice

TAGGED = ("instance", "volume", "network-interface")


class Surroundings(NamedTuple):
    """What the template refers to, made or given."""

    groups: pulumi.Input[Any]
    """Security groups of every interface."""
    addressed_groups: pulumi.Input[Any]
    """The same and the cluster's, for interfaces with an address."""
    placement_group_id: pulumi.Input[str] | None
    placement_group_name: pulumi.Input[str] | None
    reservation_id: pulumi.Input[str] | None
    user_data: pulumi.Input[str] | None
    image_id: pulumi.Input[str] | None = None
    """None where EKS puts in the image."""
    profile: Any = None
    """The instance profile, by name or ARN; None where EKS makes it."""


def launch_template(
    plan: PoolPlan,
    name: str,
    around: Surroundings,
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> ec2.LaunchTemplate:
    """One template; every change is a new version of it."""
    return ec2.LaunchTemplate(
        f"{name}-lt",
        description=f"EFA worker pool {name}",
        instance_type=plan.instance.name,
        image_id=around.image_id,
        iam_instance_profile=around.profile,
        user_data=around.user_data,
        network_interfaces=interfaces(plan, around),
        block_device_mappings=[_mapping(device) for device in plan.devices],
        placement=_placement(plan, around),
        instance_market_options=_market(plan),
        capacity_reservation_specification=_reservation(plan, around),
        metadata_options={
            "http_endpoint": "enabled",
            "http_tokens": plan.pool.metadata.tokens,
            "http_put_response_hop_limit": plan.pool.metadata.hops,
        },
        cpu_options=_cpu(plan),
        tag_specifications=[{"resource_type": kind, "tags": dict(tags)} for kind in TAGGED],
        tags=dict(tags),
        opts=opts,
    )


def interfaces(plan: PoolPlan, around: Surroundings) -> Sequence[Any]:
    """Plain dictionaries: an Output for each of 33 interfaces would cost more than all the rest."""
    made = []
    for one in plan.interfaces:
        entry: dict[str, Any] = {
            "network_card_index": one.network_card_index,
            "device_index": one.device_index,
            "interface_type": one.type,
            "delete_on_termination": "true",
            "security_groups": around.addressed_groups if one.has_address else around.groups,
        }
        if one.has_address:
            # EC2 refuses a public address with several interfaces, and any address option on efa-only.
            entry["associate_public_ip_address"] = "false"
        if one.description:
            entry["description"] = one.description
        if one.subnet_id:
            entry["subnet_id"] = one.subnet_id
        made.append(entry)
    return made


def _mapping(device: BlockDevice) -> Any:
    ebs: dict[str, Any] = {
        "volume_type": device.type,
        "encrypted": "true" if device.encrypted else "false",
        "delete_on_termination": "true",
    }
    optional = {
        "volume_size": device.size,
        "iops": device.iops,
        "throughput": device.throughput,
        "snapshot_id": device.snapshot_id,
        "kms_key_id": device.kms_key_id,
    }
    return {
        "device_name": device.device,
        "ebs": ebs | {key: value for key, value in optional.items() if value is not None},
    }


def _placement(plan: PoolPlan, around: Surroundings) -> Any:
    placement = plan.placement
    fields = {
        "group_id": around.placement_group_id if placement.mode == "existing" else None,
        "group_name": around.placement_group_name,
        "partition_number": placement.partition_number,
        "tenancy": placement.tenancy,
        "host_id": placement.host_id,
        "affinity": placement.affinity,
    }
    if fields["group_id"] is not None:
        fields["group_name"] = None
    return {key: value for key, value in fields.items() if value is not None} or None


def _market(plan: PoolPlan) -> Any:
    return {"market_type": plan.capacity.market_type} if plan.capacity.market_type else None


def _reservation(plan: PoolPlan, around: Surroundings) -> Any:
    capacity = plan.capacity
    if capacity.preference is not None:
        return {"capacity_reservation_preference": capacity.preference}
    if around.reservation_id is not None:
        return {"capacity_reservation_target": {"capacity_reservation_id": around.reservation_id}}
    if capacity.resource_group_arn is not None:
        target = {"capacity_reservation_resource_group_arn": capacity.resource_group_arn}
        return {"capacity_reservation_target": target}
    return None


def _cpu(plan: PoolPlan) -> Any:
    cpu = plan.pool.cpu
    if cpu is None:
        return None
    fields = {
        "core_count": cpu.core_count,
        "threads_per_core": cpu.threads_per_core,
        "amd_sev_snp": cpu.amd_sev_snp,
    }
    return {key: value for key, value in fields.items() if value is not None} or None
