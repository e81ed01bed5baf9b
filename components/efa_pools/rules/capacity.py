"""Capacity kinds and the pool's size (EC2 User Guide, Capacity Reservations, Capacity Blocks for ML)."""

from collections.abc import Iterator

from ..model.capacity import TARGETED, Capacity
from ..plan.capacity import buys_block, makes_reservation, refers
from ..plan.draft import Draft
from ..problem import Kind, Problem
from .registry import needs

# Keys that only have a meaning with some kinds; elsewhere they would be dropped silently.
ONLY_WITH = {
    "reservation_id": TARGETED,
    "resource_group_arn": TARGETED,
    "count": TARGETED,
    "start": TARGETED,
    "end": TARGETED,
    "end_date": frozenset({"reservation"}),
    "platform": TARGETED,
    "offering_id": frozenset({"capacity-block"}),
    "maximum_price": frozenset({"capacity-block"}),
    "currency": frozenset({"capacity-block"}),
    "when_inactive": frozenset({"capacity-block"}),
    "drain": frozenset({"capacity-block"}),
    "follows": frozenset({"capacity-block"}),
}
USAGE_CLASS = {"spot": "spot", "capacity-block": "capacity-block", "on-demand": "on-demand"}


def problem(key: str, kind: Kind, message: str) -> Problem:
    """A finding below `capacity`."""
    return Problem(("capacity", key), kind, message)


def fits(capacity: Capacity, name: str) -> bool:
    """Whether the key is stated and belongs to the kind; one that does not has its own problem."""
    return getattr(capacity, name) is not None and capacity.kind in ONLY_WITH[name]


@needs("capacity")
def keys_fit_kind(draft: Draft) -> Iterator[Problem]:
    """Each key belongs to some kinds."""
    capacity = draft.pool.capacity
    for name, kinds in ONLY_WITH.items():
        value = getattr(capacity, name)
        if value is not None and capacity.kind not in kinds:
            alias = Capacity.fields()[name].alias
            expected = " or ".join(sorted(kinds))
            yield problem(
                alias, "Forbidden", f"{value!r}: expected only with kind {expected}, not {capacity.kind}"
            )


@needs("capacity")
def target_is_named(draft: Draft) -> Iterator[Problem]:
    """A targeted kind names its reservation one way."""
    capacity = draft.pool.capacity
    if capacity.kind not in TARGETED:
        return
    by_id, by_group = capacity.reservation_id is not None, capacity.resource_group_arn is not None
    if by_id and by_group:
        yield problem(
            "resourceGroupArn",
            "Forbidden",
            f"{capacity.resource_group_arn!r} beside reservationId {capacity.reservation_id!r}: expected "
            "one of the two, because a launch has one target",
        )
    if refers(capacity) or makes_reservation(capacity) or buys_block(capacity):
        return
    other = {"reservation": ", or count to make one", "capacity-block": ", or offeringId to buy one"}
    yield problem(
        "reservationId",
        "Required",
        f"missing; kind {capacity.kind} expects reservationId (cr-...) or resourceGroupArn"
        f"{other.get(capacity.kind, '')}, because EC2 launches into it only by name",
    )


@needs("capacity", "availability_zones", "nodes")
def group_is_here(draft: Draft) -> Iterator[Problem]:
    """A resource group holds reservations of its own account and Region."""
    arn, role = draft.pool.capacity.resource_group_arn, draft.pool.nodes.role_arn
    if arn is None or draft.pool.capacity.kind not in TARGETED:
        return
    region, account = arn.split(":")[3:5]
    for zone in draft.pool.availability_zones or ():
        if not zone.startswith(region):
            message = f"{arn!r}: of Region {region}; expected one of zone {zone}'s, which alone it can reach"
            yield problem("resourceGroupArn", "Invalid", message)
    if isinstance(role, str) and (own := role.split(":")[4]) != account:
        message = f"{arn!r}: of account {account}; expected one of {own}, as nodes.roleArn has"
        yield problem("resourceGroupArn", "Invalid", message)


@needs("size")
def size_adds_up(draft: Draft) -> Iterator[Problem]:
    """min <= desired <= max, or desired alone."""
    size = draft.pool.size
    if size.min is None and size.max is None:
        if size.desired is None:
            yield Problem(("size", "desired"), "Required", "missing; expected desired, or min and max")
        return
    for key, value, other in (("min", size.min, "max"), ("max", size.max, "min")):
        if value is None:
            yield Problem(("size", key), "Required", f"missing; expected {key} beside {other}")
    if size.min is not None and size.max is not None and size.min > size.max:
        yield Problem(("size", "max"), "Invalid", f"{size.max}: expected min {size.min} or more")
    elif size.desired is not None and size.max is not None and size.desired > size.max:
        yield Problem(("size", "desired"), "Invalid", f"{size.desired}: expected max {size.max} or less")
    elif size.desired is not None and size.min is not None and size.desired < size.min:
        yield Problem(("size", "desired"), "Invalid", f"{size.desired}: expected min {size.min} or more")


@needs("size", "capacity")
def reservation_holds_the_pool(draft: Draft) -> Iterator[Problem]:
    """More nodes than reserved machines: the rest never starts."""
    sizes, count = draft.sizes, draft.pool.capacity.count
    if sizes is not None and count is not None and sizes[2] > count:
        key = "desired" if draft.pool.size.max is None else "max"
        yield Problem(
            ("size", key),
            "TooMany",
            f"{sizes[2]}: expected at most the {count} reserved instances (capacity.count); the others fail "
            "with ReservationCapacityExceeded",
        )


@needs("cards", "capacity")
def type_is_sold_that_way(draft: Draft) -> Iterator[Problem]:
    """Usage classes of the type, as DescribeInstanceTypes gives them."""
    instance, kind = draft.instance, draft.pool.capacity.kind
    wanted = USAGE_CLASS.get(kind)
    if instance is None or wanted is None or not instance.usage_classes or wanted in instance.usage_classes:
        return
    yield problem(
        "kind",
        "Invalid",
        f"{kind!r}: expected a way {instance.name} is sold, {' or '.join(instance.usage_classes)}; EC2 "
        "refuses others",
    )


RULES = (
    keys_fit_kind,
    target_is_named,
    group_is_here,
    size_adds_up,
    reservation_holds_the_pool,
    type_is_sold_that_way,
)
