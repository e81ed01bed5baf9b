"""Windows of reserved capacity: states at given instants, chains, and pools that share a reservation."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from efa_pools import clock
from efa_pools.check.pool import check_pool, check_pools
from efa_pools.model.capacity import Capacity
from efa_pools.plan.decisions import decisions
from efa_pools.plan.pool import plan_pool
from efa_pools.plan.render import markdown, text
from efa_pools.plan.stack import StackPlan
from efa_pools.plan.timeline import timeline
from efa_pools.plan.windows import Link, Member, Window, instant, links, ordered, shown, span, window
from efa_pools.problem import errors

from tests.bad_pools.case import RESERVATION
from tests.pools import changed, valid_pool
from tests.stacks import run_pool, run_stack

START, END = "2026-12-01T11:30:00Z", "2026-12-08T11:30:00Z"
P5, GB200 = "p5.48xlarge", "p6e-gb200.36xlarge"


def block(start: Any = START, end: Any = END, **more: Any) -> dict[str, Any]:
    stated = {"start": start, "end": end, "reservationId": RESERVATION, **more}
    return {"kind": "capacity-block", **{key: value for key, value in stated.items() if value is not None}}


def at(minutes_before_end: float) -> datetime:
    return datetime(2026, 12, 8, 11, 30, tzinfo=UTC) - timedelta(minutes=minutes_before_end)


WEEK = 7 * 24 * 60
# By hand from the guides: EC2 terminates from 30 minutes before the end (60 for UltraServers), nodes are to
# go at 40 (70). Minutes before the end, state and usability of a p5, the same of UltraServers.
TABLE = [
    (WEEK + 1, ("before", False), ("before", False)),
    (WEEK, ("active", True), ("active", True)),
    (WEEK / 2, ("active", True), ("active", True)),
    (71, ("active", True), ("active", True)),
    (70, ("active", True), ("draining", True)),
    (61, ("active", True), ("draining", True)),
    (60, ("active", True), ("draining", False)),
    (41, ("active", True), ("draining", False)),
    (40, ("draining", True), ("draining", False)),
    (31, ("draining", True), ("draining", False)),
    (30, ("draining", False), ("draining", False)),
    (1, ("draining", False), ("draining", False)),
    (0, ("over", False), ("over", False)),
    (-1, ("over", False), ("over", False)),
]


@pytest.mark.parametrize(("minutes", "ordinary", "ultraserver"), TABLE, ids=[str(row[0]) for row in TABLE])
def test_state_by_minutes_before_the_end(minutes: float, ordinary: Any, ultraserver: Any) -> None:
    for name, expected in ((P5, ordinary), (GB200, ultraserver), ("trn2u.48xlarge", ultraserver)):
        found = window(Capacity.read(block()), name)
        assert (found.state(at(minutes)), found.usable(at(minutes))) == expected, name


def test_the_instants() -> None:
    found = window(Capacity.read(block()), P5)
    assert shown(found.usable_until) == "2026-12-08T11:00:00Z"
    assert shown(found.scale_down_at) == "2026-12-08T10:50:00Z"
    ultra = window(Capacity.read(block()), GB200)
    assert shown(ultra.usable_until) == "2026-12-08T10:30:00Z"
    assert shown(ultra.scale_down_at) == "2026-12-08T10:20:00Z"


def test_a_window_that_is_not_stated_is_always_open() -> None:
    found = window(Capacity.read(block(None, None)), P5)
    assert not found.stated and found.state(at(0)) == "active" and found.usable(at(0))
    assert shown(found.usable_until) == "not stated"


def test_one_end_alone() -> None:
    late, early = window(Capacity.read(block(end=None)), P5), window(Capacity.read(block(start=None)), P5)
    assert (late.state(at(WEEK + 1)), late.state(at(-99999))) == ("before", "active")
    assert (early.state(at(WEEK + 1)), early.state(at(0))) == ("active", "over")


def test_an_ordinary_reservation_is_usable_to_its_end() -> None:
    found = window(Capacity.read({**block(), "kind": "reservation"}), P5)
    assert [found.state(at(minutes)) for minutes in (31, 1, 0)] == ["active", "active", "over"]
    assert found.usable(at(1)) and shown(found.usable_until) == END


# On these days New York's clocks change; the instants are those of the zone database.
DAYLIGHT = [
    ("2026-10-31T07:30:00-04:00", "2026-11-01T06:30:00-05:00", 24),
    ("2027-03-13T06:30:00-05:00", "2027-03-14T07:30:00-04:00", 24),
    ("2026-11-01T00:30:00-04:00", "2026-11-01T06:30:00-05:00", 7),
]


@pytest.mark.parametrize(("start", "end", "hours"), DAYLIGHT, ids=[row[0] for row in DAYLIGHT])
def test_offsets_that_change_within_the_window(start: str, end: str, hours: int) -> None:
    found = window(Capacity.read(block(start, end)), P5)
    assert found.start is not None and found.end is not None and found.usable_until is not None
    assert found.end - found.start == timedelta(hours=hours)
    assert shown(found.end).endswith("T11:30:00Z") and shown(found.usable_until).endswith("T11:00:00Z")
    zone = ZoneInfo("America/New_York")
    local = found.usable_until.astimezone(zone)
    assert found.state(local) == "draining" and not found.usable(local)
    assert found.usable(local - timedelta(seconds=1))


def test_times_have_offsets() -> None:
    with pytest.raises(ValueError, match="offset"):
        instant("2026-12-01T11:30:00")
    with pytest.raises(ValueError, match="offset"):
        window(Capacity.read(block()), P5).state(datetime(2026, 12, 1))
    assert instant("2026-12-01t11:30:00.5z") == datetime(2026, 12, 1, 11, 30, 0, 500_000, UTC)


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"]
)
def test_times_at_the_ends_of_the_calendar_are_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In UTC, or less a block's last half hour, they would be of a year that the calendar lacks."""
    wrong = check_pool(changed(valid_pool(), {"placement": None, "capacity": block(end=text)}), now=at(0))
    assert any(
        one.field() == "capacity.end" and text in one.message and "year must be" in one.message
        for one in errors(wrong.problems)
    )
    monkeypatch.setenv(clock.VARIABLE, text)
    if text.endswith("Z"):
        assert clock.now().year == 1
    else:
        with pytest.raises(ValueError, match=clock.VARIABLE):
            clock.now()


def test_span_leaves_out_what_is_zero() -> None:
    lengths = (timedelta(0), timedelta(minutes=30), timedelta(hours=25), timedelta(days=2, minutes=5))
    assert [span(one) for one in lengths] == ["0 min", "30 min", "1 d 1 h", "2 d 5 min"]


# -- chains


def member(name: str, follows: str | None, start: str, end: str, nodes: int = 4) -> Member:
    return Member(name, follows, window(Capacity.read(block(start, end)), P5), nodes)


def test_chain_with_overlap_gap_and_neither() -> None:
    chain = [
        member("d", "c", "2026-12-17T11:30:00Z", "2026-12-18T11:30:00Z", 1),
        member("a", None, "2026-12-01T11:30:00Z", "2026-12-08T11:30:00Z", 8),
        member("c", "b", "2026-12-10T11:00:00Z", "2026-12-17T11:30:00Z", 2),
        member("b", "a", "2026-12-07T11:30:00Z", "2026-12-10T11:30:00Z", 4),
    ]
    assert [one.name for one in ordered(chain)] == ["a", "b", "c", "d"]
    found = {f"{one.earlier.name}{one.later.name}": one for one in links(chain)}
    hours = {
        name: (one.overlap / timedelta(hours=1), one.gap / timedelta(hours=1)) for name, one in found.items()
    }
    # A block ends half an hour before its end: that is the gap of two blocks that touch.
    assert hours == {"ab": (23.5, 0), "bc": (0, 0), "cd": (0, 0.5)}
    assert [one.nodes_in_overlap for one in found.values()] == [12, 0, 0]


def test_a_later_block_inside_the_earlier_one() -> None:
    outer = member("a", None, "2026-12-01T11:30:00Z", "2026-12-31T11:30:00Z")
    inner = member("b", "a", "2026-12-02T11:30:00Z", "2026-12-03T11:30:00Z")
    assert links([outer, inner]) == [Link(outer, inner, timedelta(hours=23.5), timedelta(0))]


def test_blocks_in_the_wrong_order_share_no_time() -> None:
    """Named as the later one, but over before the other starts."""
    late = member("a", None, "2026-12-10T11:30:00Z", "2026-12-17T11:30:00Z")
    early = member("b", "a", "2026-12-01T11:30:00Z", "2026-12-03T11:30:00Z")
    assert links([late, early]) == [Link(late, early, timedelta(0), timedelta(0))]


def test_a_link_needs_its_times() -> None:
    open_ended = Member("a", None, Window(None, None), 1)
    assert links([open_ended, member("b", "a", START, END)]) == []


def test_a_circle_loses_nobody() -> None:
    circle = [member("a", "b", START, END), member("b", "a", START, END), member("c", None, START, END)]
    assert [one.name for one in ordered(circle)] == ["c", "a", "b"]


# -- the plan


def plan(name: str = "train", **capacity: Any) -> Any:
    checked = check_pool(
        changed(valid_pool(), {"placement": None, "capacity": block(**capacity), "name": name})
    )
    assert errors(checked.problems) == []
    return plan_pool(checked.draft)


def test_the_plan_shows_start_end_and_usable_until() -> None:
    shown_plan = text(StackPlan("dev", (plan(),), ()))
    assert f"capacity-block {RESERVATION}, {START} to {END}" in shown_plan
    assert "capacity.end: usable until 2026-12-08T11:00:00Z, drained from 2026-12-08T10:50:00Z" in shown_plan
    assert f"  train: {START} to {END}, usable until 2026-12-08T11:00:00Z, 2 nodes" in shown_plan
    table = markdown(StackPlan("dev", (plan(),), ()))
    assert "| capacity-block, usable until 2026-12-08T11:00:00Z |" in table


def test_the_plan_of_an_ultraserver_warns_of_ekss_own_schedule() -> None:
    made = plan()
    moved = made._replace(window=window(made.pool.capacity, GB200))
    (why,) = [one.why for one in decisions(moved) if one.field == "capacity.end"]
    assert "1 h before" in why and "too late" in why and "2026-12-08T10:20:00Z" in why


def test_the_timeline_tells_what_lies_between() -> None:
    first = plan()
    second = plan("second", start="2026-12-07T11:30:00Z", end="2026-12-14T11:30:00Z", follows="train")
    third = plan("third", start=None, end=None, follows="second")
    rows = timeline([third, second, first])
    assert [row.split(":")[0] for row in rows] == [
        "train",
        "  after train",
        "second",
        "  after second",
        "third",
    ]
    assert "overlap of 23 h 30 min, 2 + 2 nodes run meanwhile" in rows[1]
    assert "unknown" in rows[3] and "window not stated" in rows[4]


# -- beside other pools


def pools(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    made = []
    for index, change in enumerate(changes):
        plain = {"name": f"p{index}", "placement": None, "capacity": block(None, None), "update": None}
        made.append(changed(valid_pool(), plain | change))
    return made


def found(*changes: dict[str, Any]) -> dict[str, str]:
    raw = pools(*changes)
    assert all(errors(check_pool(one).problems) == [] for one in raw)
    return {f"{one.field()} {one.kind}": one.message for one in check_pools(raw)[1]}


def test_pools_that_share_a_reservation_are_counted_together() -> None:
    size = {"size": {"desired": 3}}
    enough = {**size, "capacity.count": 6}
    assert found(enough, size) == {}
    ((where, said),) = found({**size, "capacity.count": 8}, size, {"size": {"min": 0, "max": 4}}).items()
    assert where == "[2].size.max TooMany"
    for part in ("10 nodes", "p0 [0] 3", "p1 [1] 3", "p2 [2] 4", "the 8 reserved", RESERVATION):
        assert part in said


def test_a_resource_group_is_counted_too() -> None:
    arn = "arn:aws:resource-groups:us-east-2:123456789012:group/blocks"
    grouped = {"capacity": {"kind": "reservation", "resourceGroupArn": arn}, "size": {"desired": 3}}
    said = found({**grouped, "capacity.count": 4}, grouped)
    assert list(said) == ["[1].size.desired TooMany"] and arn in said["[1].size.desired TooMany"]


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("capacity.count", (8, 9)),
        ("capacity.platform", ("Linux/UNIX", "Red Hat Enterprise Linux")),
        ("capacity.start", (START, "2026-12-02T11:30:00Z")),
        ("capacity.end", (END, "2026-12-09T11:30:00Z")),
        ("instanceType", ("p5.48xlarge", "p5e.48xlarge")),
    ],
)
def test_facts_of_one_reservation_agree(path: str, values: tuple[Any, Any]) -> None:
    # Only an image of one's own may be of another platform; what it lacks is warned of apart.
    own = {"image": {"family": "custom", "amiId": "ami-0abcdef1234567890"}}
    image = own if path == "capacity.platform" else {}
    said = found(image | {path: values[0]}, image | {path: values[1]})
    said = {where: message for where, message in said.items() if ".image." not in where}
    assert list(said) == [f"[1].{path} Invalid"]
    message = said[f"[1].{path} Invalid"]
    assert repr(values[0]) in message and repr(values[1]) in message and "p0 [0]" in message


def test_one_window_may_be_written_in_several_ways() -> None:
    one = {"capacity.start": START, "capacity.end": END}
    other = {"capacity.start": "2026-12-01T06:30:00-05:00", "capacity.end": "2026-12-08t11:30:00.000z"}
    assert found(one, other) == {}


def test_the_kind_of_one_reservation_agrees() -> None:
    assert list(found({}, {"capacity.kind": "reservation"})) == ["[1].capacity.kind Invalid"]


def test_chains_lead_somewhere() -> None:
    def other(number: int) -> str:
        return f"cr-{number}"

    first, second = {"capacity.reservationId": other(1)}, {"capacity.reservationId": other(2)}
    assert found(first, {**second, "capacity.follows": "p0"}) == {}
    assert list(found(first, {**second, "capacity.follows": "x"})) == ["[1].capacity.follows Invalid"]
    on_demand = {"capacity": {"kind": "on-demand"}}
    said = found(on_demand, {**second, "capacity.follows": "p0"})
    assert "kind capacity-block" in said["[1].capacity.follows Invalid"]
    late = {**first, "capacity.start": "2026-12-10T11:30:00Z"}
    early = {**second, "capacity.start": "2026-12-03T12:30:00+01:00", "capacity.follows": "p0"}
    said = found(late, early)
    assert list(said) == ["[1].capacity.follows Invalid"]
    assert (
        "2026-12-10T11:30:00Z, after this one's 2026-12-03T11:30:00Z" in said["[1].capacity.follows Invalid"]
    )
    same = {**second, "capacity.start": "2026-12-10T12:30:00+01:00", "capacity.follows": "p0"}
    assert found(late, same) == {}
    assert found({**late, **early, "capacity.follows": None}, {**late, "capacity.follows": "p0"}) == {}
    circle = found({**first, "capacity.follows": "p1"}, {**second, "capacity.follows": "p0"})
    assert set(circle) == {"[0].capacity.follows Invalid", "[1].capacity.follows Invalid"}


# -- the clock


def test_without_a_time_nothing_is_said_of_it() -> None:
    past = changed(valid_pool(), {"placement": None, "capacity": block()})
    assert errors(check_pool(past).problems) == []
    (late,) = errors(check_pool(past, now=at(0)).problems)
    assert late.field() == "size.desired" and "could be used until 2026-12-08T11:00:00Z" in late.message


def test_the_clock_can_be_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(clock.VARIABLE, END)
    assert clock.now() == at(0)
    for wrong in ("tomorrow", "2026-12-08T11:30:00", "9999-12-31T23:59:59-10:00"):
        monkeypatch.setenv(clock.VARIABLE, wrong)
        with pytest.raises(ValueError, match=r"EFA_POOLS_NOW.*offset"):
            clock.now()
    monkeypatch.delenv(clock.VARIABLE)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
def test_nodes_before_their_window_are_refused_before_anything_is_registered(
    monkeypatch: pytest.MonkeyPatch, preview: bool
) -> None:
    capacity = {"kind": "capacity-block", "reservation_id": RESERVATION, "start": START, "end": END}
    monkeypatch.setenv(clock.VARIABLE, "2026-12-01T11:29:59Z")
    alone = run_pool(preview=preview, capacity=capacity)
    assert alone.registrations == [] and "size.desired: Invalid: 2: expected size" in (alone.failure or "")

    def stated(config: dict[str, Any]) -> None:
        config["efa-pools:pools"][0]["capacity"] |= {"start": START, "end": END}

    result = run_stack("prod", preview=preview, change=stated)
    assert "efa-pools:pools[0].size.desired: Invalid: 8: expected size" in str(result.failure)
    monkeypatch.setenv(clock.VARIABLE, START)
    assert run_stack("prod", preview=preview, change=stated).failure is None
