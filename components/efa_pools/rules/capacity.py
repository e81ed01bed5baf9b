"""Capacity kinds and the pool's size (EC2 User Guide, Capacity Reservations, Capacity Blocks for ML)."""

from collections.abc import Iterator

from ..model.capacity import TARGETED, Capacity
from ..plan.draft import Draft
from ..problem import Kind, Problem
from .registry import needs

NOT_YET = "not yet supported in this release"
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
    if by_id or by_group:
        return
    if fits(capacity, "offering_id"):
        message = f"{capacity.offering_id!r}: buying a Capacity Block is {NOT_YET}; expected reservationId"
        yield problem("offeringId", "NotSupported", message)
    elif capacity.count is not None and capacity.kind == "reservation":
        yield problem(
            "count",
            "NotSupported",
            f"{capacity.count}: creating a reservation is {NOT_YET}; expected reservationId",
        )
    else:
        yield problem(
            "reservationId",
            "Required",
            f"missing; kind {capacity.kind} expects reservationId (cr-...) or resourceGroupArn, because EC2 "
            "launches into it only by name",
        )


@needs("capacity")
def purchase_and_schedules(draft: Draft) -> Iterator[Problem]:
    """Keys of buying, waiting and draining are read, and refused until they do something."""
    capacity = draft.pool.capacity
    bought = fits(capacity, "offering_id")
    referred = capacity.reservation_id is not None or capacity.resource_group_arn is not None
    if bought and referred:
        yield problem(
            "offeringId",
            "Forbidden",
            f"{capacity.offering_id!r} beside a block that exists: expected one of the two, because it "
            "would buy a second block",
        )
    for key, name in (("maximumPrice", "maximum_price"), ("currency", "currency")):
        if fits(capacity, name) and not bought:
            yield problem(key, "Forbidden", f"{getattr(capacity, name)!r}: expected only beside offeringId")
    if fits(capacity, "end_date") and referred:
        message = f"{capacity.end_date!r}: expected only for a reservation that the pool creates"
        yield problem("endDate", "Forbidden", message)
    yield from _not_yet(capacity)


def _not_yet(capacity: Capacity) -> Iterator[Problem]:
    """Words that will do something one day; until then they would be promises."""
    if fits(capacity, "when_inactive") and capacity.when_inactive == "defer":
        yield problem("whenInactive", "NotSupported", f"'defer' is {NOT_YET}; expected error")
    if fits(capacity, "drain") and capacity.drain == "node-termination-handler":
        yield problem("drain", "NotSupported", f"'node-termination-handler' is {NOT_YET}; expected none")


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
    purchase_and_schedules,
    size_adds_up,
    reservation_holds_the_pool,
    type_is_sold_that_way,
)
