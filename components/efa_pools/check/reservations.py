"""Pools that draw on one reservation, and pools whose Capacity Blocks follow each other."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from ..model.capacity import TARGETED
from ..plan.capacity import buys_block
from ..plan.draft import Draft
from ..plan.windows import instant, shown
from ..problem import Problem


class Place(NamedTuple):
    """A pool and where it stands in the list."""

    at: int
    draft: Draft

    @property
    def name(self) -> str:
        """As messages name it."""
        known = self.draft.pool.name if "name" in self.draft.sound else None
        return f"{known or 'unnamed'} [{self.at}]"


def reservation_problems(drafts: Sequence[Draft]) -> Iterator[Problem]:
    """What only shows beside the other pools; paths count from the list."""
    places = [Place(index, made) for index, made in enumerate(drafts)]
    for target, sharers in _shared(places).items():
        yield from _same_facts(target, sharers)
        yield from _overbooked(target, sharers)
    yield from _bought_twice(places)
    yield from _chains(places)


def _bought_twice(places: Sequence[Place]) -> Iterator[Problem]:
    """EC2 sells an offering once."""
    buyers: dict[str, Place] = {}
    for one in places:
        if "capacity" not in one.draft.sound or not buys_block(one.draft.pool.capacity):
            continue
        offering = str(one.draft.pool.capacity.offering_id)
        first = buyers.setdefault(offering, one)
        if first is not one:
            message = f"{offering!r}: pool {first.name} buys it; expected an offering for each purchase"
            yield Problem((one.at, "capacity", "offeringId"), "Duplicate", message)


def _shared(places: Sequence[Place]) -> dict[str, list[Place]]:
    """Pools by the id or group that they name, where several name the same."""
    found: dict[str, list[Place]] = {}
    for one in places:
        if "capacity" not in one.draft.sound:
            continue
        capacity = one.draft.pool.capacity
        target = capacity.reservation_id or capacity.resource_group_arn
        if isinstance(target, str) and capacity.kind in TARGETED:
            found.setdefault(target, []).append(one)
    return {target: sharers for target, sharers in found.items() if len(sharers) > 1}


def _stated(place: Place) -> Iterator[tuple[tuple[str, ...], object]]:
    """What a pool says of its reservation. A group holds several, which only the count sums up."""
    pool, sound = place.draft.pool, place.draft.sound
    yield ("capacity", "count"), pool.capacity.count
    if pool.capacity.resource_group_arn is not None:
        return
    yield ("capacity", "kind"), pool.capacity.kind
    for key in ("platform", "start", "end"):
        yield ("capacity", key), getattr(pool.capacity, key)
    if "instance_type" in sound:
        yield ("instanceType",), pool.instance_type


def _same_facts(target: str, sharers: Sequence[Place]) -> Iterator[Problem]:
    """One reservation has one count, platform, window and type."""
    said: dict[tuple[str, ...], tuple[object, Place]] = {}
    for one in sharers:
        for path, value in _stated(one):
            if value is None:
                continue
            first, where = said.setdefault(path, (value, one))
            if _meant(path, value) != _meant(path, first):
                yield Problem(
                    (one.at, *path),
                    "Invalid",
                    f"{value!r}: expected {first!r}, as pool {where.name} states of the same {target}; a "
                    "reservation has one",
                )


def _meant(path: tuple[str, ...], value: object) -> object:
    """What is compared: a time may have any offset. One that does not exist has its own problem."""
    if path[-1] not in ("start", "end"):
        return value
    try:
        return instant(str(value))
    except ValueError:
        return value


def _overbooked(target: str, sharers: Sequence[Place]) -> Iterator[Problem]:
    sized = [(one, one.draft.sizes) for one in sharers if "size" in one.draft.sound]
    wanted = [(one, sizes[2]) for one, sizes in sized if sizes is not None]
    count = next((one.draft.pool.capacity.count for one in sharers if one.draft.pool.capacity.count), None)
    total = sum(most for _, most in wanted)
    if count is None or len(wanted) < 2 or total <= count:
        return
    last = wanted[-1][0]
    key = "desired" if last.draft.pool.size.max is None else "max"
    each = ", ".join(f"{one.name} {most}" for one, most in wanted)
    yield Problem(
        (last.at, "size", key),
        "TooMany",
        f"{total} nodes over the pools of {target} ({each}): expected at most the {count} reserved instances "
        "together; whichever starts last fails with ReservationCapacityExceeded",
    )


def _chains(places: Sequence[Place]) -> Iterator[Problem]:
    read = [one for one in places if {"capacity", "name"} <= one.draft.sound and one.draft.pool.name]
    follows = {str(one.draft.pool.name): one.draft.pool.capacity.follows for one in read}
    blocks = {str(one.draft.pool.name) for one in read if one.draft.pool.capacity.kind == "capacity-block"}
    starts = {str(one.draft.pool.name): _start(one.draft) for one in read}
    whole = len(read) == len(places)
    for one in read:
        name, before = str(one.draft.pool.name), one.draft.pool.capacity.follows
        if before is None or before == name:
            continue
        path = (one.at, "capacity", "follows")
        if before not in follows:
            if whole:
                yield Problem(path, "Invalid", f"{before!r}: expected the name of a pool beside this one")
        elif before not in blocks:
            yield Problem(path, "Invalid", f"{before!r}: expected a pool of capacity kind capacity-block")
        elif _circles(name, follows):
            yield Problem(
                path, "Invalid", f"{before!r}: expected a chain; these pools follow each other in a circle"
            )
        elif (mine := starts[name]) and (theirs := starts[before]) and mine < theirs:
            yield Problem(
                path,
                "Invalid",
                f"{before!r}: its block starts at {shown(theirs)}, after this one's {shown(mine)}; expected "
                "the pool whose block comes before",
            )


def _start(draft: Draft) -> datetime | None:
    """When a pool's block starts, where that is stated; a time that does not exist has its own problem."""
    try:
        return None if draft.pool.capacity.start is None else instant(draft.pool.capacity.start)
    except ValueError:
        return None


def _circles(name: str, follows: dict[str, str | None]) -> bool:
    """Whether the way back leads to the pool itself."""
    seen: set[str] = set()
    here = follows.get(name)
    while here is not None and here not in seen:
        if here == name:
            return True
        seen.add(here)
        here = follows.get(here)
    return False
