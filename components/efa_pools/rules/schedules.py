"""What is to happen at the ends of a block's window, and who can do it."""

from collections.abc import Iterator

from ..plan.draft import Draft
from ..problem import Problem, warning
from .capacity import fits, problem
from .nodes import EKS, SELF
from .registry import needs

HANDLER = "node-termination-handler"


@needs("capacity", "nodes", "size")
def defer_has_an_end(draft: Draft) -> Iterator[Problem]:
    """A pool that waits starts at a stated time, by an action of its Auto Scaling group."""
    capacity, sizes = draft.pool.capacity, draft.sizes
    if not fits(capacity, "when_inactive") or capacity.when_inactive != "defer":
        return
    if draft.kind == "gardener":
        message = "'defer' with nodes.kind gardener: expected error; its Auto Scaling is not ours"
        yield problem("whenInactive", "Invalid", message)
    elif capacity.start is None:
        yield problem("start", "Required", "missing; whenInactive: defer starts the nodes at that time")
    if sizes is not None and 0 < sizes[0] < sizes[2]:
        key = "min"
        yield warning(
            ("size", key),
            "Invalid",
            f"{sizes[0]}: set by the action that starts the nodes, and left alone after it; expected 0, or a "
            "fixed size, if it is to change while the block runs",
        )


@needs("capacity", "nodes")
def drain_is_decided(draft: Draft) -> Iterator[Problem]:
    """EKS drains its own nodes before a block ends; nobody does it for others unless it is asked for."""
    capacity = draft.pool.capacity
    if capacity.kind != "capacity-block":
        return
    if capacity.drain == HANDLER and draft.kind != SELF:
        who = "EKS drains the nodes itself" if draft.kind == EKS else "Gardener drains them"
        message = f"{HANDLER!r}: expected only with nodes.kind {SELF}; {who}"
        yield problem("drain", "Forbidden", message)
    elif capacity.drain is None and draft.kind == SELF and capacity.end is not None:
        yield warning(
            ("capacity", "drain"),
            "Required",
            f"missing; expected {HANDLER}, or none: without it pods end with their nodes when the group is "
            "scaled to zero before the block ends",
        )
    if capacity.end is None and (draft.kind == SELF or capacity.drain == HANDLER):
        message = "missing; expected the block's end: without it nothing scales to zero before EC2 terminates"
        yield warning(("capacity", "end"), "Required", message)


RULES = (defer_has_an_end, drain_is_decided)
