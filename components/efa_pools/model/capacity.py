"""Where the machines come from: on demand, spot, or one of EC2's reservations."""

from typing import Literal

from .wire import Filled, Instant, Name, OfferingId, Positive, ReservationId, ResourceGroupArn, Wire

CapacityKind = Literal[
    "on-demand", "spot", "open-reservation", "reservation", "capacity-block", "interruptible-reservation"
]
Drain = Literal["node-termination-handler", "none"]
# Kinds that launch into capacity named by id or by resource group.
TARGETED: frozenset[str] = frozenset({"reservation", "capacity-block", "interruptible-reservation"})
# Kinds whose machines are already counted out: a spare one to surge with is not to be had.
RESERVED: frozenset[str] = TARGETED | {"open-reservation"}


class Capacity(Wire):
    """What the user says of capacity."""

    kind: CapacityKind
    reservation_id: ReservationId | None = None
    resource_group_arn: ResourceGroupArn | None = None
    count: Positive | None = None
    start: Instant | None = None
    end: Instant | None = None
    end_date: Instant | None = None
    platform: Filled | None = None
    offering_id: OfferingId | None = None
    maximum_price: Filled | None = None
    currency: Filled | None = None
    when_inactive: Literal["error", "defer"] | None = None
    drain: Drain | None = None
    follows: Name | None = None
