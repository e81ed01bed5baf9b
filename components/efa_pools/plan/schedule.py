"""What happens to a pool's size at the ends of its window, by scheduled actions of its Auto Scaling group.

Auto Scaling refuses an action in the past, so an action is planned only while its time is to come; the
present comes in as an argument. Sources: EC2 Auto Scaling API, PutScheduledUpdateGroupAction and
PutLifecycleHook; EKS User Guide, "Create a managed node group with Capacity Blocks for ML" (EKS itself scales
to zero 40 minutes before the end of a block; that is not to be changed, and too late for an UltraServer).
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from ..model.capacity import Capacity
from .windows import SCALE_DOWN, Window, shown

HEARTBEAT = timedelta(minutes=10)
"""How long a node waits for its pods to leave: from the scaling to zero until EC2 begins to terminate."""


class Action(NamedTuple):
    """A scheduled action: the size of the group from a time on."""

    name: str
    """`start` or `stop`."""
    at: str
    """In UTC, as Auto Scaling takes it."""
    minimum: int
    desired: int
    maximum: int


class Schedule(NamedTuple):
    """What is planned for the ends of the window."""

    idle: bool = False
    """Whether the pool is to have no node at present, because its capacity cannot be used."""
    actions: tuple[Action, ...] = ()
    drain: timedelta | None = None
    """How long a node that is to go waits for its pods; None: not at all."""


def plan_schedule(
    capacity: Capacity, kind: str, window: Window, sizes: tuple[int, int, int], now: datetime | None
) -> Schedule:
    """The schedule of a pool of (minimum, desired, maximum) nodes; without `now` nothing of it is known."""
    if capacity.kind != "capacity-block" or kind == "gardener":
        return Schedule()
    handler = kind == "self-managed" and capacity.drain == "node-termination-handler"
    drain = HEARTBEAT if handler else None
    if now is None:
        return Schedule(drain=drain)
    state = window.state(now)
    actions = []
    idle = capacity.when_inactive == "defer" and state != "active"
    if idle and state == "before" and sizes[1] > 0:
        actions.append(Action("start", shown(window.start), *sizes))
    late = window.scale_down > SCALE_DOWN
    if window.end is not None and state in ("before", "active") and (kind == "self-managed" or late):
        actions.append(Action("stop", shown(window.scale_down_at), 0, 0, sizes[2]))
    return Schedule(idle, tuple(actions), drain)
