"""The time in which a reservation can be used, and what that leaves of a chain of Capacity Blocks.

Nothing here reads a clock: the present comes in as an argument. All results are in UTC.

Sources, read 2026-11: EC2 User Guide, "Capacity Blocks for ML" (blocks end at 11:30 UTC, termination
begins at 11:00; an hour before for UltraServers), "Monitor Capacity Blocks using EventBridge"; EKS User
Guide, "Create a managed node group with Capacity Blocks for ML" (scaled to zero 40 minutes before).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from ..model.capacity import Capacity

State = Literal["before", "active", "draining", "over"]

TERMINATION = timedelta(minutes=30)
TERMINATION_ULTRASERVER = timedelta(minutes=60)
SCALE_DOWN = timedelta(minutes=40)
SCALE_DOWN_ULTRASERVER = timedelta(minutes=70)
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
"""Of stated times; in the years at the ends of what Python counts, minutes earlier or later are no time."""
# P6e-GB200 and -GB300, and the UltraServer size of Trn2, by how their types' names begin.
ULTRASERVERS = ("p6e-", "trn2u")


class Window(NamedTuple):
    """A stated time of use, in UTC; None where an end of it is not stated."""

    start: datetime | None
    end: datetime | None
    termination: timedelta = timedelta(0)
    """How long before the end EC2 begins to terminate."""
    scale_down: timedelta = timedelta(0)
    """How long before the end the nodes are to go, so that pods can leave them in order."""

    @property
    def stated(self) -> bool:
        """Whether the user said anything of it."""
        return self.start is not None or self.end is not None

    @property
    def usable_until(self) -> datetime | None:
        """When EC2 begins to terminate instances; nothing can be launched from then on."""
        return None if self.end is None else self.end - self.termination

    @property
    def scale_down_at(self) -> datetime | None:
        """When the nodes are to be drained and gone."""
        return None if self.end is None else self.end - self.scale_down

    def state(self, now: datetime) -> State:
        """Where `now` stands: draining begins when nodes are scaled down, and lasts until the end."""
        _aware(now)
        if self.start is not None and now < self.start:
            return "before"
        if self.end is None or self.scale_down_at is None or now < self.scale_down_at:
            return "active"
        return "draining" if now < self.end else "over"

    def usable(self, now: datetime) -> bool:
        """Whether a node that is asked for at `now` would start and stay."""
        _aware(now)
        after_start = self.start is None or now >= self.start
        return after_start and (self.usable_until is None or now < self.usable_until)


def window(capacity: Capacity, instance_type: str) -> Window:
    """The window as stated. Raises ValueError where a time does not exist (2026-02-30)."""
    start, end = (None if text is None else instant(text) for text in (capacity.start, capacity.end))
    if capacity.kind != "capacity-block":
        return Window(start, end)
    if is_ultraserver(instance_type):
        return Window(start, end, TERMINATION_ULTRASERVER, SCALE_DOWN_ULTRASERVER)
    return Window(start, end, TERMINATION, SCALE_DOWN)


def is_ultraserver(instance_type: str) -> bool:
    """Whether instances of the type come in UltraServers."""
    return instance_type.startswith(ULTRASERVERS)


def instant(text: str) -> datetime:
    """An RFC 3339 time as UTC. Raises ValueError where it does not exist or has no offset."""
    found = _aware(datetime.fromisoformat(text.upper().replace("Z", "+00:00")))
    if not EARLIEST <= found <= LATEST:
        # Nothing is reserved then, and Python's calendar ends an hour or a day on.
        raise ValueError(f"its year must be {EARLIEST.year} to {LATEST.year}")
    return found.astimezone(UTC)


def shown(moment: datetime | None) -> str:
    """`2026-12-01T11:30:00Z`, or that it is not stated."""
    if moment is None:
        return "not stated"
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def span(length: timedelta) -> str:
    """`2 d 3 h 30 min`; what is zero is left out."""
    minutes = int(length.total_seconds() // 60)
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min"


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()}: expected a time with its offset from UTC")
    return moment


class Member(NamedTuple):
    """A pool as a chain of blocks sees it."""

    name: str
    follows: str | None
    window: Window
    nodes: int
    """The nodes that it wants."""


class Link(NamedTuple):
    """Two blocks of a chain, one after the other. Of `overlap` and `gap` at most one is not zero."""

    earlier: Member
    later: Member
    overlap: timedelta
    """While both can be used; both pools' nodes run then."""
    gap: timedelta
    """From when the earlier can no longer be used until the later starts; no node runs then."""

    @property
    def nodes_in_overlap(self) -> int:
        """How many nodes run while both blocks can be used."""
        return self.earlier.nodes + self.later.nodes if self.overlap else 0


def ordered(members: Sequence[Member]) -> list[Member]:
    """Each pool after the one that it follows, else as given; pools of a circle come last."""
    names = {one.name for one in members}
    placed: dict[str, Member] = {}
    waiting = list(members)
    while waiting:
        ready = next((one for one in waiting if one.follows not in names or one.follows in placed), None)
        if ready is None:
            return [*placed.values(), *waiting]
        placed[ready.name] = ready
        waiting.remove(ready)
    return list(placed.values())


def links(members: Sequence[Member]) -> list[Link]:
    """The links of every chain, in order; a pair of which a time is not stated has none."""
    by_name = {one.name: one for one in members}
    found: list[Link] = []
    for later in ordered(members):
        earlier = by_name.get(later.follows or "")
        if earlier is None or earlier.window.usable_until is None or later.window.start is None:
            continue
        both_from = max(later.window.start, earlier.window.start or later.window.start)
        both_until = min(
            earlier.window.usable_until, later.window.usable_until or earlier.window.usable_until
        )
        gap, none = later.window.start - earlier.window.usable_until, timedelta(0)
        found.append(Link(earlier, later, max(both_until - both_from, none), max(gap, none)))
    return found
