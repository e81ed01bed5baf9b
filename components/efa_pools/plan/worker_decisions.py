"""The decisions of a pool that becomes a worker of a Gardener Shoot."""

from collections.abc import Iterator

from ..gardener.machine_class import per_zone
from . import sources
from .decision import Decision
from .decisions_nodes import on_metadata
from .decisions_placement import on_group
from .pool import PoolPlan


def _addresses(plan: PoolPlan) -> Iterator[Decision]:
    launch, nodes = plan.addresses_per_node, plan.nodes.maximum
    zones = ", ".join(plan.pool.availability_zones or ())
    yield Decision(
        "availabilityZones",
        f"{zones}: {launch} address{'es' * (launch != 1)} a node, {launch * nodes} in all",
        "nodes stand in the shoot's own subnet of each zone; efa-only interfaces take no address",
        sources.GARDENER_WORKERS,
    )


def _capacity(plan: PoolPlan) -> Iterator[Decision]:
    capacity = plan.pool.capacity
    target = capacity.reservation_id or capacity.resource_group_arn
    why = {
        "on-demand": "machines are asked for when nodes start, and may not be there",
        "spot": "the machines are asked for with market type spot, which EC2 may take back",
        "open-reservation": "launches match any open reservation of the type and zone",
    }.get(
        capacity.kind, "launches name it, without a preference: the machine controller refuses both together"
    )
    choice = capacity.kind + (f" {target}" if target else "")
    yield Decision("capacity", choice, why, sources.GARDENER_WORKERS)


def _size(plan: PoolPlan) -> Iterator[Decision]:
    nodes, zones = plan.nodes, plan.pool.availability_zones or ()
    if nodes.fixed:
        choice, why = f"{nodes.desired}, fixed", "minimum and maximum are equal, so nothing scales the worker"
    else:
        choice = f"{nodes.minimum} to {nodes.maximum}"
        why = "the shoot's cluster autoscaler owns the size; the node template tells it of EFA and GPUs"
    if len(zones) > 1:
        split = (
            f"{zone} {most}" for zone, most in zip(zones, per_zone(nodes.maximum, len(zones)), strict=True)
        )
        choice += f"; at most {', '.join(split)}"
    yield Decision("size", choice, why, sources.GARDENER_SHOOT)


def _update(plan: PoolPlan) -> Iterator[Decision]:
    count = plan.nodes.max_unavailable
    if plan.nodes.terminate_first:
        choice = f"terminate-first: maxSurge 0, maxUnavailable {count}"
        why = "a node goes before its replacement comes: reserved capacity has no spare machine"
    else:
        choice = f"launch-first: maxSurge {count}, maxUnavailable 0"
        why = "a replacement comes first, which needs a spare machine for the time of the update"
    yield Decision("update", choice, why, sources.GARDENER_SHOOT)


def _image(plan: PoolPlan) -> Iterator[Decision]:
    image = plan.pool.image
    choice = f"{image.family} {image.release_version or ''}".strip()
    why = "the cloud profile names the AMI; whether it has the EFA and GPU drivers cannot be seen from here"
    yield Decision("image", choice, why, sources.GARDENER_WORKERS)


def _guarding(plan: PoolPlan) -> Iterator[Decision]:
    yield Decision(
        "securityGroupIds",
        "the shoot's nodes security group",
        "Gardener lets it talk to itself in both directions as soon as a worker has EFA",
        sources.GARDENER_NODES,
    )
    yield on_metadata(plan, sources.GARDENER_WORKERS)
    root = plan.devices[0]
    why = "encrypted unless stated otherwise; container images of GPU jobs need the room"
    yield Decision("rootVolume", f"{root.size} GiB, {root.type}", why, sources.GARDENER_WORKERS)


def _tags(plan: PoolPlan) -> Iterator[Decision]:
    if plan.makes_group:
        why = "the tags of machines are the labels of their worker; only the group is made by this program"
        yield Decision("tags", "on the placement group alone", why, sources.GARDENER_WORKERS)


def _rolling(plan: PoolPlan) -> Iterator[Decision]:
    nodes = plan.nodes
    count = str(nodes.maximum) if nodes.fixed else f"{nodes.minimum} to {nodes.maximum}"
    yield Decision(
        "nodes.worker",
        f"replaced by a change of machine, image, volumes or providerConfig: {count} nodes",
        "these are in the hash that names the machine class; labels, taints, sizes and amounts of an update "
        "are not. efa-pools check NEW --old OLD tells of one change",
        sources.GARDENER_ROLLS,
    )


WORKER = (_addresses, on_group, _capacity, _size, _update, _image, _guarding, _tags, _rolling)
