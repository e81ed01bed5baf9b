"""Reservations that a pool makes and Capacity Blocks that it buys: everything is said before money is spent.

Sources: EC2 API, CreateCapacityReservation, PurchaseCapacityBlock and their enumerations (botocore 1.44.5);
EC2 User Guide, "Use Capacity Reservations with cluster placement groups"; EKS User Guide, "Use P6e-GB200
UltraServers" (9 or 18 machines each).
"""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from ..plan.capacity import LINUX, ULTRASERVERS, buys_block, makes_reservation, refers
from ..plan.draft import Draft
from ..plan.windows import instant, shown
from ..problem import Kind, Problem, warning
from .capacity import fits, problem
from .registry import needs

CURRENCY = "USD"
"""The one member of CurrencyCodeValues."""
PLATFORMS = frozenset(
    {
        *(LINUX, "Red Hat Enterprise Linux", "SUSE Linux", "Ubuntu Pro"),
        *("RHEL with HA", "RHEL with HA and SQL Server Standard", "RHEL with HA and SQL Server Enterprise"),
        *(f"RHEL with SQL Server {edition}" for edition in ("Standard", "Enterprise", "Web")),
        *(f"Linux with SQL Server {edition}" for edition in ("Standard", "Enterprise", "Web")),
    }
)
"""CapacityReservationInstancePlatform, without Windows, which has no EFA."""
LICENSED = frozenset({"custom"})
"""Image families that may be of another platform than Linux/UNIX."""


@needs("capacity", "image")
def platform_is_the_images(draft: Draft) -> Iterator[Problem]:
    """Machines are reserved for a platform, and EC2 launches no image of another into them."""
    platform, family = draft.pool.capacity.platform, draft.pool.image.family
    if platform is None or not fits(draft.pool.capacity, "platform"):
        return
    if platform not in PLATFORMS:
        expected = ", ".join(sorted(PLATFORMS))
        message = f"{platform!r}: expected a platform of Linux machines: {expected}"
        yield problem("platform", "NotSupported", message)
    elif platform != LINUX and family not in LICENSED:
        message = f"{platform!r}: expected {LINUX!r}, the platform of {family} images; EC2 launches no other"
        yield problem("platform", "Invalid", message)


@needs("capacity")
def new_keys_have_a_use(draft: Draft) -> Iterator[Problem]:
    """Keys of making and buying beside something that exists would be dropped, or make a second one."""
    capacity = draft.pool.capacity
    if fits(capacity, "offering_id") and refers(capacity):
        yield problem(
            "offeringId",
            "Forbidden",
            f"{capacity.offering_id!r} beside a block that exists: expected one of the two, because it "
            "would buy a second block",
        )
    for key, name in (("maximumPrice", "maximum_price"), ("currency", "currency")):
        if fits(capacity, name) and not fits(capacity, "offering_id"):
            yield problem(key, "Forbidden", f"{getattr(capacity, name)!r}: expected only beside offeringId")
    if fits(capacity, "end_date") and refers(capacity):
        message = f"{capacity.end_date!r}: expected only for a reservation that the pool creates"
        yield problem("endDate", "Forbidden", message)
    for key in ("start", "end") if makes_reservation(capacity) else ():
        if (value := getattr(capacity, key)) is not None:
            message = f"{value!r}: expected only for a reservation that exists; one that the pool creates"
            yield problem(key, "Forbidden", f"{message} starts at once and may have an endDate")


@needs("capacity", "nodes")
def new_capacity_has_nodes(draft: Draft) -> Iterator[Problem]:
    """Gardener's own controllers ask for its machines, and know nothing of a block's start."""
    capacity = draft.pool.capacity
    if draft.kind == "gardener" and buys_block(capacity):
        message = "expected reservationId with nodes.kind gardener: nothing starts its nodes with the block"
        yield problem("offeringId", "Invalid", f"{capacity.offering_id!r}: {message}")


@needs("capacity", "availability_zones", "placement")
def new_reservation_has_a_place(draft: Draft) -> Iterator[Problem]:
    """EC2 reserves in one zone, and in a cluster group only while it makes the reservation."""
    if not makes_reservation(draft.pool.capacity):
        return
    zones, placement = draft.pool.availability_zones, draft.placement
    if zones is None or len(zones) != 1:
        message = "missing" if zones is None else ", ".join(zones)
        kind: Kind = "Required" if zones is None else "Invalid"
        yield Problem(("availabilityZones",), kind, f"{message}: expected the one zone of the reservation")
    where = ("placement", "mode")
    if placement.mode in ("existing", "from-reservation"):
        message = (
            f"{placement.mode!r} with a reservation that the pool creates: expected create, whose group the "
            "reservation is made in, or none"
        )
        yield Problem(where, "Invalid", message)
    elif placement.mode == "create" and placement.strategy != "cluster":
        message = f"{placement.strategy!r}: expected cluster; EC2 reserves in no other group"
        yield Problem(("placement", "strategy"), "Invalid", message)
    if placement.tenancy == "host":
        message = "'host' with a reservation that the pool creates: expected default or dedicated"
        yield Problem(("placement", "tenancy"), "Invalid", message)


@needs("capacity", "now")
def new_capacity_is_to_come(draft: Draft) -> Iterator[Problem]:
    """What ends or starts in the past can be neither made nor bought."""
    capacity = draft.pool.capacity
    now = shown(draft.now)
    if makes_reservation(capacity) and _past(capacity.end_date, draft.now):
        message = f"{capacity.end_date!r}: expected a time after {now}; EC2 gives a reservation up by then"
        yield problem("endDate", "Invalid", message)
    if buys_block(capacity) and _past(capacity.start, draft.now):
        yield problem(
            "start",
            "Invalid",
            f"{capacity.start!r}: expected a time after {now}, when a block can still be bought; if it was "
            "bought, name it by reservationId in place of offeringId",
        )


@needs("capacity")
def purchase_is_meant(draft: Draft) -> Iterator[Problem]:
    """A block is paid at once and never given back: who buys says what, for how much, and for when."""
    capacity = draft.pool.capacity
    if not buys_block(capacity):
        return
    needed = {
        "maximumPrice": (capacity.maximum_price, "the most that the block may cost, such as '35000.00'"),
        "currency": (capacity.currency, f"{CURRENCY}, the currency of EC2's prices"),
        "start": (capacity.start, "the start of the offering"),
    }
    for key, (value, expected) in needed.items():
        if value is None:
            yield problem(key, "Required", f"missing; expected {expected}, beside offeringId")
    if capacity.end is None:
        message = "missing; expected the end of the offering: preflight finds its price by the duration"
        yield warning(("capacity", "end"), "Required", message)
    if capacity.maximum_price is not None and not _is_price(capacity.maximum_price):
        message = f"{capacity.maximum_price!r}: expected an amount above 0 such as '35000.00'"
        yield problem("maximumPrice", "Invalid", message)
    if capacity.currency is not None and capacity.currency != CURRENCY:
        message = f"{capacity.currency!r}: expected {CURRENCY}, the currency of EC2's prices"
        yield problem("currency", "NotSupported", f"{message}; a limit in another one compares with nothing")


@needs("capacity", "instance_type")
def ultraservers_come_whole(draft: Draft) -> Iterator[Problem]:
    """Blocks of UltraServers hold all machines of each."""
    capacity, type = draft.pool.capacity, draft.pool.instance_type
    each = min(ULTRASERVERS.get(type, {}).values(), default=None)
    if capacity.kind == "capacity-block" and each and capacity.count is not None and capacity.count % each:
        message = f"{capacity.count}: expected a multiple of {each}; {type} comes in whole UltraServers"
        yield warning(("capacity", "count"), "Invalid", message)


def _past(text: str | None, now: datetime | None) -> bool:
    """Whether a time has passed; one that does not exist has its own problem."""
    try:
        return text is not None and now is not None and instant(text) <= now
    except ValueError:
        return False


def _is_price(text: str) -> bool:
    # Python takes 35_000, 1e5 and other scripts' digits too; a limit on money is to be read one way.
    return re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) is not None and Decimal(text) > 0


RULES = (
    platform_is_the_images,
    new_keys_have_a_use,
    new_capacity_has_nodes,
    new_reservation_has_a_place,
    new_capacity_is_to_come,
    purchase_is_meant,
    ultraservers_come_whole,
)
