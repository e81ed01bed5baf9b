"""Where the nodes stand, on either kind of cluster."""

from collections.abc import Iterator

from ..model.capacity import RESERVED
from . import sources
from .decision import Decision
from .pool import PoolPlan


def on_group(plan: PoolPlan) -> Iterator[Decision]:
    """The group that the nodes stand in, if any."""
    stated, kind = plan.placement, plan.pool.capacity.kind
    group = stated.group_id or stated.group_name
    if stated.mode == "create":
        why, source = f"a new {stated.strategy} group", sources.PLACEMENT
        if stated.strategy == "cluster":
            why = "nodes of a cluster group share one network spine, for the lowest latency"
    elif stated.mode == "existing":
        why, source = f"the group {group} is used as it is and never deleted", sources.PLACEMENT
    elif stated.mode == "from-reservation":
        why, source = (
            "the reservation was made in a group, and its machines stand there",
            sources.RESERVED_GROUP,
        )
    elif kind == "capacity-block":
        why = "the machines of a block already stand close together; a group of ours would hold none of them"
        source = sources.BLOCKS
    elif kind in RESERVED:
        why = "a launch into a group uses only reservations made in that group"
        source = sources.RESERVED_GROUP
    else:
        why, source = "as stated; nodes may stand far from each other", sources.PLACEMENT
    choice = ", ".join(filter(None, (stated.mode, stated.strategy)))
    yield Decision("placement", choice, why, source)
