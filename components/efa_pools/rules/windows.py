"""The window of reserved capacity: stated times, and whether the nodes that are wanted fit the present.

Sources: EC2 User Guide, "Capacity Blocks for ML", "Find and purchase Capacity Blocks" and "Extend Capacity
Blocks" (at most 182 days).
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from ..model.capacity import TARGETED, Capacity
from ..plan.draft import Draft
from ..plan.windows import SCALE_DOWN, Window, instant, shown, span, window
from ..problem import Problem, warning
from .registry import needs

BLOCK_ENDS = time(11, 30)
LONGEST_BLOCK = timedelta(days=182)


@needs("capacity")
def window_is_a_window(draft: Draft) -> Iterator[Problem]:
    """Stated times are real ones and in order."""
    times: dict[str, datetime] = {}
    for key in ("start", "end", "end_date"):
        value = getattr(draft.pool.capacity, key)
        if value is None:
            continue
        try:
            times[key] = instant(value)
        except ValueError as error:
            alias = Capacity.fields()[key].alias
            message = f"{value!r}: expected a date and time that exist ({error})"
            yield Problem(("capacity", alias), "Invalid", message)
    if "start" in times and "end" in times and times["end"] <= times["start"]:
        yield Problem(
            ("capacity", "end"),
            "Invalid",
            f"{draft.pool.capacity.end!r}: expected a time after start {draft.pool.capacity.start!r}",
        )


@needs("capacity", "instance_type")
def block_is_as_sold(draft: Draft) -> Iterator[Problem]:
    """Every block ends at the same time of day, and none is longer than half a year, or gone at its start."""
    capacity, found = draft.pool.capacity, _window(draft)
    if capacity.kind != "capacity-block" or found is None or found.end is None:
        return
    if found.end.time() != BLOCK_ENDS:
        yield warning(
            ("capacity", "end"),
            "Invalid",
            f"{capacity.end!r}: expected 11:30 UTC, when every Capacity Block ends; with another time the "
            "plan says the wrong hour at which EC2 begins to terminate",
        )
    if found.start is not None and found.end - found.start <= found.scale_down:
        yield Problem(
            ("capacity", "end"),
            "Invalid",
            f"{capacity.end!r}: {span(found.end - found.start)} after start; expected more than "
            f"{span(found.scale_down)}, before which nodes are already to go",
        )
    if found.start is not None and found.end - found.start > LONGEST_BLOCK:
        yield warning(
            ("capacity", "end"),
            "Invalid",
            f"{capacity.end!r}: {span(found.end - found.start)} after start; expected at most "
            f"{LONGEST_BLOCK.days} days, the longest Capacity Block",
        )


@needs("capacity", "size", "instance_type", "nodes", "now")
def nodes_fit_the_present(draft: Draft) -> Iterator[Problem]:
    """Nodes wanted while the capacity cannot be used never start, and the launches fail for as long."""
    capacity, found, sizes, now = draft.pool.capacity, _window(draft), draft.sizes, draft.now
    if capacity.kind not in TARGETED or found is None or not found.stated or now is None:
        return
    # One that waits for its window may want nodes outside it: it has none then.
    waits = capacity.when_inactive == "defer"
    if sizes is not None and sizes[1] > 0 and not waits:
        yield from _wanted(draft, found, sizes[1], now)
    elif found.state(now) == "over":
        yield warning(
            ("capacity", "end"),
            "Invalid",
            f"{capacity.end!r} is past: nothing can be launched here again; expected another reservation, or "
            "no pool",
        )


def _wanted(draft: Draft, found: Window, desired: int, now: datetime) -> Iterator[Problem]:
    size = draft.pool.size
    key = "desired" if size.desired is not None else "min"
    most = size.max if size.max is not None else desired
    empty = f"{{min: 0, desired: 0, max: {most}}}"
    if not found.usable(now):
        before = found.state(now) == "before"
        why = (
            f"the capacity starts at {shown(found.start)}"
            if before
            else f"the capacity could be used until {shown(found.usable_until)}"
        )
        then = "until then launches fail" if before else "launches fail from then on"
        wait = ", or capacity.whenInactive: defer" if before and _may_wait(draft) else ""
        message = f"{desired}: expected size {empty} at {shown(now)}{wait}; {why}, and {then}"
        yield Problem(("size", key), "Invalid", message)
    elif found.state(now) == "draining":
        yield warning(
            ("size", key),
            "Invalid",
            f"{desired}: expected size {empty} at {shown(now)}; EC2 begins to terminate at "
            f"{shown(found.usable_until)}"
            + (
                f", and EKS scales the group to zero {span(SCALE_DOWN)} before the end"
                if draft.pool.nodes.kind == "eks-managed" and found.termination < SCALE_DOWN
                else ""
            ),
        )


def _may_wait(draft: Draft) -> bool:
    return draft.pool.capacity.kind == "capacity-block" and draft.kind != "gardener"


@needs("capacity", "name")
def chain_has_two_ends(draft: Draft) -> Iterator[Problem]:
    """A block comes after another one."""
    follows = draft.pool.capacity.follows
    if follows is not None and follows == draft.pool.name:
        yield Problem(
            ("capacity", "follows"),
            "Invalid",
            f"{follows!r}: expected another pool, the one whose block comes before",
        )


def _window(draft: Draft) -> Window | None:
    """The window, or None where it is none, which has its own problem."""
    try:
        found = window(draft.pool.capacity, draft.pool.instance_type)
    except ValueError:
        return None
    backwards = found.start is not None and found.end is not None and found.end <= found.start
    return None if backwards else found


RULES = (window_is_a_window, block_is_as_sold, nodes_fit_the_present, chain_has_two_ends)
