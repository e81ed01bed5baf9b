"""What EC2 refuses of nodes that go into a Capacity Reservation or a Capacity Block.

The reservation must have matching attributes (instance type, platform, Availability Zone, tenancy) and
sufficient available capacity, and must be in the active state (EC2 User Guide, "Launch instances into an
existing Capacity Reservation"). EC2 has one code with one sentence that fits all three, and none public for
each; what follows that sentence here is ours, so that a reader knows which of them it was.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.core.nodes import Nodes, running
from sandbox.core.references import RESOURCE_GROUP
from sandbox.core.references import reservations as every_reservation
from sandbox.core.values import Refused, Values, known

TOO_LITTLE = (
    "The requested reservation does not have sufficient compatible and available capacity for this request"
)
LAST_LAUNCH = timedelta(minutes=30)
"""EC2 begins to terminate so long before a Capacity Block ends (EC2 User Guide, "Capacity Blocks for ML")."""
LAST_LAUNCH_ULTRASERVER = timedelta(minutes=60)
"""The same page: instances of an UltraServer must be gone an hour before."""


@dataclass(frozen=True)
class Target:
    """Where nodes have to run. Nothing targeted: anywhere, or in any open reservation."""

    reservations: list[Values]
    only: bool
    """Whether a launch fails where there is no room. With a resource group it does not, except into blocks:
    "If the group does not have a Capacity Reservation with matching attributes and available capacity, the
    instances run using On-Demand capacity" (EC2 User Guide, "Work with Capacity Reservation groups")."""
    by_id: str | None = None


def target(nodes: Nodes) -> Target:
    """The reservations that the template names or, with the preference for nothing else, may run in."""
    specification = known(nodes.template, "capacityReservationSpecification")
    preference = known(specification, "capacityReservationPreference")
    named = known(specification, "capacityReservationTarget")
    only = preference == "capacity-reservations-only"
    if id := known(named, "capacityReservationId"):
        return Target(_found(nodes, [id]), True, by_id=id)
    if arn := known(named, "capacityReservationResourceGroupArn"):
        group = nodes.store.get(RESOURCE_GROUP, arn)
        ids = group["outputs"]["capacityReservationIds"] if group else []
        return Target(_found(nodes, ids), only or is_block(nodes))
    if only:
        every = every_reservation(nodes.store)
        return Target([one for one in every if one.get("instanceMatchCriteria") == "open"], True)
    return Target([], False)


def is_block(nodes: Nodes) -> bool:
    return bool(known(nodes.template, "instanceMarketOptions", "marketType") == "capacity-block")


def refusals(nodes: Nodes) -> list[Refused]:
    wanted = target(nodes)
    if not wanted.only:
        return []
    usable = _usable(nodes, wanted)
    if not usable:
        said = [one for found in wanted.reservations for one in _mismatches(nodes, found, wanted.by_id)]
        if wanted.by_id and not said:
            message = f"The capacity reservation '{wanted.by_id}' does not exist"
            return [Refused("InvalidCapacityReservationId.NotFound", message)]
        return [_exceeded(reason) for reason in said or ["no reservation matches."]]
    free = _free(nodes, usable)
    if nodes.count <= free:
        return []
    ids = ", ".join(f"'{one['id']}'" for one in usable)
    return [_exceeded(f"{ids} has {free} free instances, {nodes.count} are wanted.")]


def inside(nodes: Nodes) -> int:
    """How many of the nodes run in the reservations that they target."""
    wanted = target(nodes)
    return nodes.count if wanted.only else min(nodes.count, _free(nodes, _usable(nodes, wanted)))


def _usable(nodes: Nodes, wanted: Target) -> list[Values]:
    return [one for one in wanted.reservations if not _mismatches(nodes, one, wanted.by_id)]


def _free(nodes: Nodes, usable: list[Values]) -> int:
    return max(sum(_count(one) for one in usable) - _taken(nodes, usable), 0)


def _exceeded(reason: str) -> Refused:
    return Refused("ReservationCapacityExceeded", f"{TOO_LITTLE}: {reason}")


def _found(nodes: Nodes, ids: list[str]) -> list[Values]:
    by_id = {one["id"]: one for one in every_reservation(nodes.store)}
    return [by_id[id] for id in ids if id in by_id]


def _count(reservation: Values) -> int:
    """The account may state that others than its node groups run in it."""
    stated = reservation.get("availableInstanceCount")
    return int(reservation["instanceCount"] if stated is None else stated)


def _taken(nodes: Nodes, usable: list[Values]) -> int:
    """Instances of other node groups that were sent to the same reservations."""
    ids = {one["id"] for one in usable}
    return sum(
        other.count
        for other in running(nodes.store)
        if ids & {one["id"] for one in target(other).reservations if other.types[0] == one["instanceType"]}
    )


def _mismatches(nodes: Nodes, reservation: Values, by_id: str | None) -> list[str]:
    id, zone = f"'{reservation['id']}'", reservation["availabilityZone"]
    found = [
        f"{id} is for {reservation['instanceType']}, not for {type}."
        for type in nodes.types
        if type != reservation["instanceType"]
    ]
    # With one reservation every subnet that Auto Scaling may choose has to be in its zone.
    elsewhere = [one for one in nodes.zones if one != zone]
    if nodes.zones and (zone not in nodes.zones or (by_id and elsewhere)):
        found.append(f"{id} is in {zone}, the subnets are in {', '.join(elsewhere)}.")
    platform = reservation.get("instancePlatform", "Linux/UNIX")
    if platform != "Linux/UNIX":
        found.append(f"{id} is for the platform {platform}.")
    tenancy = known(nodes.template, "placement", "tenancy") or "default"
    if tenancy != reservation.get("tenancy", "default"):
        found.append(f"{id} is of another tenancy than {tenancy}.")
    if (reservation["reservationType"] == "capacity-block") != is_block(nodes):
        found.append(f"{id} is of the type {reservation['reservationType']}, which the market type is not.")
    found += _group_mismatches(nodes, reservation)
    closed = unavailable(reservation, nodes.store.place.now)
    return found + ([f"{id} {closed}."] if closed else [])


def _group_mismatches(nodes: Nodes, reservation: Values) -> list[str]:
    """Its capacity is in its group (the guide, "Capacity Reservations with cluster placement groups")."""
    made_in, group = reservation.get("placementGroupArn"), nodes.placement_group
    if made_in is None or group is None or group["arn"] == made_in:
        return []
    return [f"'{reservation['id']}' was made in another placement group than '{group['name']}'."]


def unavailable(reservation: Values, now: datetime) -> str | None:
    """Why nothing can be launched into it now; None where something can."""
    start, end = (_time(reservation.get(word)) for word in ("startDate", "endDate"))
    state = reservation["state"]
    if start is not None and now < start:
        return f"is scheduled and starts at {start.isoformat()}"
    if end is not None and now >= end:
        return f"is expired since {end.isoformat()}"
    # The dates decide between these two: the clock may have moved since the account was read.
    if state not in ("active", "scheduled") or (state == "scheduled" and start is None):
        return f"is {state}"
    if end is None or reservation["reservationType"] != "capacity-block":
        return None
    ultraserver = reservation["instanceType"].startswith("p6e-")
    last = LAST_LAUNCH_ULTRASERVER if ultraserver else LAST_LAUNCH
    if now < end - last:
        return None
    minutes = int(last.total_seconds() // 60)
    return f"ends at {end.isoformat()}, and its instances are terminated from {minutes} minutes before"


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
