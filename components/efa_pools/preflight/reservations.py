"""The reservation or block that the pool launches into: state, match, count and window."""

from datetime import UTC, datetime
from typing import Any

from ..model.capacity import TARGETED
from ..plan.windows import Window, shown, window
from .account import Account, Missing
from .finding import Check, Subject, Verdict, judged, passed
from .nodes import TAG_POOL, TAG_STACK, running
from .subnets import zones

# States from which a reservation still becomes active by itself (EC2 API, CapacityReservation.State).
COMING = frozenset({"scheduled", "payment-pending", "pending", "assessing", "delayed"})


def target(subject: Subject) -> str | None:
    """The id or ARN that the pool names, where its kind names one."""
    capacity = subject.plan.pool.capacity
    return (capacity.reservation_id or capacity.resource_group_arn) if capacity.kind in TARGETED else None


def reservations(subject: Subject, account: Account) -> list[dict[str, Any]]:
    """The reservations that the pool may launch into; none where they do not exist."""
    capacity = subject.plan.pool.capacity
    try:
        if capacity.reservation_id is not None:
            ids = [capacity.reservation_id]
        else:
            group = account.call("resource-groups", "ListGroupResources", Group=capacity.resource_group_arn)
            ids = [one["Identifier"]["ResourceArn"].rpartition("/")[2] for one in group.get("Resources", ())]
        if not ids:
            return []
        answer = account.call("ec2", "DescribeCapacityReservations", CapacityReservationIds=ids)
    except Missing:
        return []
    return list(answer["CapacityReservations"])


def state(subject: Subject, account: Account) -> Verdict | None:
    """Launches into a reservation that is not active fail."""
    name, (_, desired, _) = target(subject), subject.plan.nodes.sizes_now
    if name is None:
        return None
    found = reservations(subject, account)
    expected = "active" if desired else "active, or still to come while no node is wanted"
    if not found:
        return Verdict(
            "fail", f"no reservation {name} in {account.region}", expected, "correct the id or Region"
        )
    text = ", ".join(f"{one['CapacityReservationId']} {one['State']}" for one in found)
    states = {one["State"] for one in found}
    if states == {"active"}:
        return passed(text, expected)
    fix = "nothing to change; no node can start until it is active"
    if desired:
        fix = f"set size to {{min: 0, desired: 0, max: {subject.plan.nodes.maximum}}} until it is active"
    if not states & {"active", *COMING}:
        return Verdict("fail", text, expected, "name a reservation that is active; this one is gone")
    return Verdict("warn" if "active" in states or not desired else "fail", text, expected, fix)


def match(subject: Subject, account: Account) -> Verdict | None:
    """EC2 takes a launch only of the reservation's type, zone, platform, tenancy and market."""
    if target(subject) is None or not (found := reservations(subject, account)):
        return None
    plan, places = subject.plan, zones(subject, account)
    capacity = plan.pool.capacity
    platform = capacity.platform or "Linux/UNIX"
    tenancy = plan.placement.tenancy or "default"
    kind = "capacity-block" if capacity.kind == "capacity-block" else "default"

    def facts(one: dict[str, Any]) -> tuple[str, ...]:
        shape = (one["InstanceType"], one["AvailabilityZone"], one["InstancePlatform"])
        return (*shape, one.get("Tenancy", "default"), one.get("ReservationType", "default"))

    def fits(one: dict[str, Any]) -> bool:
        wanted = {(plan.instance.name, zone, platform, tenancy, kind) for zone in places}
        return facts(one) in wanted and bool(one.get("Interruptible")) == (
            capacity.kind == "interruptible-reservation"
        )

    wrong = [one for one in found if not fits(one)]
    text = "; ".join(", ".join(facts(one)) for one in wrong or found)
    return judged(
        bool(wrong),
        text,
        f"{plan.instance.name}, {' or '.join(sorted(places))}, {platform}, {tenancy}, {kind}",
        "change the pool to what is reserved: instanceType, availabilityZones and subnetIds, capacity.kind",
        status="fail" if len(wrong) == len(found) else "warn",
    )


def count(subject: Subject, account: Account) -> Verdict | None:
    """More nodes than reserved machines: the rest never starts."""
    if target(subject) is None or not (found := reservations(subject, account)):
        return None
    plan, total = subject.plan, sum(int(one["TotalInstanceCount"]) for one in found)
    free = sum(int(one["AvailableInstanceCount"]) for one in found)
    sharing = [one for one in subject.stack.plans if target(Subject(one, subject.stack)) == target(subject)]
    most = sum(one.nodes.maximum for one in sharing)
    mine = sum(running(subject.stack, one, account) for one in sharing)
    desired = sum(one.nodes.sizes_now[1] for one in sharing)
    text = f"{total} reserved, {free} free, {mine} taken by this stack"
    names = ", ".join(one.name for one in sharing)
    expected = f"{desired} at the desired size, {most} at the largest, of {names}"
    stated = plan.pool.capacity.count
    if most > total:
        return Verdict("fail", text, expected, f"lower size.max to {total} over these pools")
    begun = any(one["State"] == "active" for one in found)
    if begun and desired > free + mine:
        fix = "others run in it: stop their instances, or lower size.desired"
        return Verdict("fail", text, expected, fix)
    if stated is not None and stated != total:
        return Verdict("warn", text, f"capacity.count {stated}, as stated", f"state capacity.count: {total}")
    return passed(text, expected)


def time_window(subject: Subject, account: Account) -> Verdict | None:
    """The stated window is the real one, and the nodes fit into it now."""
    if target(subject) is None or not (found := reservations(subject, account)):
        return None
    plan, stated, now = subject.plan, subject.plan.window, subject.stack.now
    real = _window(subject, found)
    text = f"{shown(real.start)} to {shown(real.end)}, usable until {shown(real.usable_until)}"
    expected = f"a window around {shown(now)}"
    if plan.nodes.sizes_now[1] and not real.usable(now):
        fix = f"set size to {{min: 0, desired: 0, max: {plan.nodes.maximum}}} outside the window"
        return Verdict("fail", text, expected, fix)
    keys = ", ".join(
        f"no capacity.{key}, for it has none" if moment is None else f"capacity.{key}: {shown(moment)!r}"
        for key, moment in (("start", real.start), ("end", real.end))
    )
    if _differs(stated.start, real.start) or _differs(stated.end, real.end):
        said = f"{shown(stated.start)} to {shown(stated.end)}, as stated"
        return Verdict("fail", text, said, f"state {keys}")
    if not stated.stated and plan.pool.capacity.kind == "capacity-block":
        return Verdict("warn", text, "start and end stated, for checks without an account", f"state {keys}")
    return passed(text, expected)


def _window(subject: Subject, found: list[dict[str, Any]]) -> Window:
    """From the first start to the last end of what may be used; an end of None has no limit."""
    plain = window(subject.plan.pool.capacity, subject.plan.instance.name)
    starts, ends = [one.get("StartDate") for one in found], [one.get("EndDate") for one in found]
    return plain._replace(
        start=None if None in starts else min(map(_utc, starts)),
        end=None if None in ends else max(map(_utc, ends)),
    )


def _utc(moment: Any) -> datetime:
    found: datetime = moment
    return found.astimezone(UTC)


def _differs(stated: datetime | None, real: datetime | None) -> bool:
    return stated is not None and stated != real


def open_match(subject: Subject, account: Account) -> Verdict | None:
    """With kind open-reservation, a node that finds no open reservation is an ordinary on-demand one."""
    if subject.plan.pool.capacity.kind != "open-reservation":
        return None
    filters = {
        "instance-type": [subject.plan.instance.name],
        "availability-zone": sorted(zones(subject, account)),
        "instance-match-criteria": ["open"],
        "state": ["active"],
    }
    answer = account.call(
        "ec2",
        "DescribeCapacityReservations",
        Filters=[{"Name": name, "Values": values} for name, values in filters.items()],
    )
    free = sum(int(one["AvailableInstanceCount"]) for one in answer["CapacityReservations"])
    wanted = max(subject.plan.nodes.desired - running(subject.stack, subject.plan, account), 0)
    return judged(
        free < wanted,
        f"{free} free in {len(answer['CapacityReservations'])} open reservations of the type and zone",
        f"{wanted} more nodes",
        "make an open reservation, or expect on-demand machines for the rest",
        status="warn",
    )


def left_over(subject: Subject, account: Account) -> Verdict | None:
    """What an earlier run of the pool made is paid for; one that the state has lost would be made again."""
    if not subject.plan.capacity.kept:
        return None
    filters = {
        f"tag:{TAG_STACK}": [f"{subject.stack.project}/{subject.stack.name}"],
        f"tag:{TAG_POOL}": [subject.plan.name],
        "state": ["active", *sorted(COMING)],
    }
    answer = account.call(
        "ec2",
        "DescribeCapacityReservations",
        Filters=[{"Name": name, "Values": values} for name, values in filters.items()],
    )
    ids = [one["CapacityReservationId"] for one in answer["CapacityReservations"]]
    return judged(
        bool(ids),
        f"{', '.join(ids) or 'none'} made for this pool",
        "none, or the one that `pulumi stack output retained` lists",
        "if the stack does not list it, another one comes beside it: "
        f"state capacity.reservationId: {''.join(ids[:1])}",
        status="warn",
    )


CHECKS = (
    Check("reservation-state", state),
    Check("reservation-match", match),
    Check("reservation-count", count),
    Check("reservation-window", time_window),
    Check("reservation-open", open_match),
    Check("reservation-left", left_over),
)
