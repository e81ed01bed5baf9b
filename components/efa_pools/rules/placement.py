"""Placement group, zones and tenancy (EC2 User Guide, "Placement groups for your Amazon EC2 instances")."""

from collections.abc import Iterator

from ..model.capacity import TARGETED
from ..model.placement import Placement
from ..model.wire import listed
from ..plan.capacity import makes_reservation
from ..plan.draft import Draft
from ..problem import Kind, Problem, warning
from .registry import needs

SPREAD_NODES_PER_ZONE = 7
MAXIMUM_PARTITIONS = 7
DEDICATED_PARTITIONS = 2


def problem(key: str, kind: Kind, message: str) -> Problem:
    """A finding below `placement`."""
    return Problem(("placement", key), kind, message)


@needs("placement", "capacity")
def group_matches_mode(draft: Draft) -> Iterator[Problem]:
    """Each mode has its own keys; a key that the mode does not use would be dropped silently."""
    if draft.pool.placement is None:
        return
    placement = draft.placement
    if placement.group_id is not None and placement.group_name is not None:
        yield problem(
            "groupName", "Forbidden", f"{placement.group_name!r} beside groupId: expected one of the two"
        )
    if placement.mode == "existing" and placement.group_id is None and placement.group_name is None:
        yield problem("groupId", "Required", "missing; mode existing expects groupId or groupName")
    if placement.mode != "existing":
        for key, value in (("groupId", placement.group_id), ("groupName", placement.group_name)):
            if value is not None:
                yield problem(
                    key, "Forbidden", f"{value!r}: expected only with mode existing, not {placement.mode}"
                )
    if placement.mode in ("none", "from-reservation") and placement.strategy is not None:
        yield problem(
            "strategy",
            "Forbidden",
            f"{placement.strategy!r}: mode {placement.mode} has no strategy of its own; expected mode "
            "create or existing",
        )


@needs("placement", "capacity")
def strategy_keys(draft: Draft) -> Iterator[Problem]:
    """Partitions belong to partition groups, the spread level to spread groups that we create."""
    placement = draft.placement
    grouped = placement.mode in ("create", "existing")
    strategy = placement.strategy if grouped else None
    for key, value in (
        ("partitionCount", placement.partition_count),
        ("partitionNumber", placement.partition_number),
    ):
        if value is None:
            continue
        if strategy != "partition":
            yield problem(key, "Forbidden", f"{value}: expected only with strategy partition")
        elif value > MAXIMUM_PARTITIONS:
            yield problem(
                key, "TooMany", f"{value}: expected at most {MAXIMUM_PARTITIONS} partitions in a zone"
            )
    if placement.spread_level is not None and strategy != "spread":
        yield problem(
            "spreadLevel", "Forbidden", f"{placement.spread_level!r}: expected only with strategy spread"
        )
    if placement.mode == "existing":
        own: dict[str, object] = {
            "partitionCount": placement.partition_count,
            "spreadLevel": placement.spread_level,
        }
        for key, stated in own.items():
            if stated is not None:
                yield problem(
                    key, "Forbidden", f"{stated!r}: an existing group has its own; expected mode create"
                )
    if placement.spread_level == "host" and strategy == "spread":
        yield warning(
            ("placement", "spreadLevel"),
            "Invalid",
            "'host' exists on Outposts only; expected rack in a Region",
        )
    yield from _partition_number(placement)


def _partition_number(placement: Placement) -> Iterator[Problem]:
    number, count = placement.partition_number, placement.partition_count
    if (
        placement.tenancy == "dedicated"
        and count is not None
        and DEDICATED_PARTITIONS < count <= MAXIMUM_PARTITIONS
    ):
        message = f"{count}: expected at most {DEDICATED_PARTITIONS} partitions with tenancy dedicated"
        yield problem("partitionCount", "TooMany", message)
    if placement.mode == "create" and number is not None and count is not None and number > count:
        yield problem("partitionNumber", "Invalid", f"{number}: expected 1 to partitionCount {count}")


@needs("placement", "capacity", "availability_zones")
def zones_fit(draft: Draft) -> Iterator[Problem]:
    """A cluster group lies in one zone; EFA traffic does not leave a zone at all."""
    placement, zones = draft.placement, draft.pool.availability_zones
    seen: set[str] = set()
    for index, zone in enumerate(zones or ()):
        if zone in seen:
            yield Problem(("availabilityZones", index), "Duplicate", f"{zone!r}: expected each zone once")
        seen.add(zone)
    if placement.mode in ("create", "existing") and placement.strategy == "cluster":
        if zones is None:
            yield Problem(
                ("availabilityZones",),
                "Required",
                "missing; a cluster placement group expects the one zone of its subnets, such as "
                "[us-east-2b]",
            )
        elif len(seen) > 1:
            yield Problem(
                ("availabilityZones",),
                "Invalid",
                f"{', '.join(zones)}: expected one zone, because a cluster placement group lies in one zone "
                "and EC2 refuses launches in the others",
            )
    elif len(seen) > 1:
        yield warning(
            ("availabilityZones",),
            "Invalid",
            f"{', '.join(zones or ())}: EFA traffic does not cross zones; nodes of different zones reach "
            "each other over TCP only",
        )


@needs("placement", "capacity", "size", "availability_zones", "subnet_ids")
def spread_size(draft: Draft) -> Iterator[Problem]:
    """A rack spread group runs seven nodes a zone."""
    placement, sizes = draft.placement, draft.sizes
    spread = placement.mode in ("create", "existing") and placement.strategy == "spread"
    if not spread or placement.spread_level == "host" or sizes is None:
        return
    places = draft.pool.availability_zones or listed(draft.pool.subnet_ids)
    if not places:
        return  # subnets that another resource makes: EC2 knows their zones, we do not
    zones = len(places)
    if sizes[2] > SPREAD_NODES_PER_ZONE * zones:
        key = "desired" if draft.pool.size.max is None else "max"
        yield Problem(
            ("size", key),
            "TooMany",
            f"{sizes[2]}: expected at most {SPREAD_NODES_PER_ZONE * zones}, {SPREAD_NODES_PER_ZONE} nodes "
            f"in each of {zones} zone{'s' * (zones > 1)} of a rack spread group; EC2 refuses the eighth",
        )


@needs("placement", "capacity")
def group_beside_reservation(draft: Draft) -> Iterator[Problem]:
    """A group and reserved capacity must belong together; otherwise machines that are paid for stay idle."""
    placement, capacity = draft.placement, draft.pool.capacity
    if placement.mode == "create" and capacity.kind in TARGETED and not makes_reservation(capacity):
        yield problem(
            "mode",
            "Invalid",
            f"'create' with capacity kind {capacity.kind}: expected none"
            + (", existing or from-reservation" if capacity.kind == "reservation" else "")
            + "; a new group holds none of the reserved machines, so launches fail for lack of capacity",
        )
    if placement.mode == "from-reservation" and capacity.kind != "reservation":
        yield problem(
            "mode",
            "Invalid",
            f"'from-reservation' with capacity kind {capacity.kind}: expected capacity kind reservation",
        )
    if placement.mode == "existing" and capacity.kind == "capacity-block":
        if capacity.resource_group_arn is not None:
            yield problem(
                "mode",
                "Invalid",
                "'existing' with a Capacity Block reached through a resource group: expected none, because "
                "EC2 forbids a placement group there",
            )
        else:
            yield warning(
                ("placement", "mode"),
                "Invalid",
                "'existing' beside a Capacity Block: the block's machines already stand close together, "
                "and a group they are not in gives InsufficientInstanceCapacity; expected none unless you "
                "have tried it",
            )
    if placement.mode == "create" and capacity.kind == "open-reservation":
        yield warning(
            ("placement", "mode"),
            "Invalid",
            "'create' with open reservations: a launch into a group matches only reservations made in that "
            "group; expected none",
        )


@needs("placement", "capacity")
def tenancy_and_host(draft: Draft) -> Iterator[Problem]:
    """Dedicated Hosts: the host needs the tenancy, and cannot be in a group."""
    placement = draft.placement
    if placement.tenancy != "host":
        for key, value in (("hostId", placement.host_id), ("affinity", placement.affinity)):
            if value is not None:
                yield problem(key, "Forbidden", f"{value!r}: expected only with tenancy host")
    elif placement.mode in ("create", "existing"):
        yield problem(
            "tenancy",
            "Invalid",
            f"'host' with mode {placement.mode}: expected mode none; hosts cannot be in a group",
        )
    if placement.tenancy not in (None, "default") and draft.pool.capacity.kind == "capacity-block":
        yield problem(
            "tenancy",
            "Invalid",
            f"{placement.tenancy!r}: expected default; Capacity Blocks have no other tenancy",
        )


@needs("cards", "placement", "capacity")
def type_allows_strategy(draft: Draft) -> Iterator[Problem]:
    """A few types cannot be in a cluster group."""
    placement, instance = draft.placement, draft.instance
    if placement.mode not in ("create", "existing") or instance is None or not instance.placement_strategies:
        return
    if placement.strategy not in instance.placement_strategies:
        allowed = " or ".join(instance.placement_strategies)
        yield problem(
            "strategy",
            "Invalid",
            f"{placement.strategy!r}: expected {allowed} for {instance.name}, or mode none",
        )


RULES = (
    group_matches_mode,
    strategy_keys,
    zones_fit,
    spread_size,
    group_beside_reservation,
    tenancy_and_host,
    type_allows_strategy,
)
