"""What a step does to the nodes or the reservation that it is about, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .events import State, Step, mapping
from .types import GROUP, NODES, RESERVATIONS, SHOOT_PATCH
from .workers import replaced, sizes, worker

IN_TURN = frozenset({"launchTemplate", "releaseVersion", "version"})
"""EKS replaces a managed group's nodes when one of these changes. Source: EKS API, UpdateNodegroupVersion."""
REFRESHED = frozenset({"launchTemplate", "mixedInstancesPolicy"})
"""An Auto Scaling group with an instance refresh replaces its nodes when one of these changes."""


@dataclass(frozen=True)
class Fate:
    """One sentence on nodes or capacity."""

    resource: str
    text: str
    loses: bool
    """Whether nodes that run now, or capacity that is held now, go."""
    reservation: bool = False
    """Whether it is about the reservation itself."""


def fate(step: Step, version: str = "") -> Fate | None:
    """None where the step is not about nodes or reserved capacity, or changes nothing.

    `version` is the cluster's version of Kubernetes, which a Shoot's hash depends on.
    """
    if not step.change:
        return None
    if step.type in RESERVATIONS:
        return _reservation(step)
    return _nodes(step, version) if step.type in NODES else None


def _nodes(step: Step, version: str) -> Fate:
    before, after = _size(step.old), _size(step.new)
    if step.change == "create":
        return Fate(step.name, f"{after} start", False)
    if step.change == "delete":
        return Fate(step.name, f"all go ({before})", _may_run(step.old))
    if step.change == "replace":
        return Fate(
            step.name, f"replaced: a new group ({after}), the old one goes ({before})", _may_run(step.old)
        )
    if _in_turn(step, version):
        return Fate(step.name, f"replaced in turn ({before})", _may_run(step.old))
    fewer = _fewer(step)
    if fewer:
        return Fate(step.name, f"{fewer} of {before} go", True)
    return Fate(step.name, f"stay, {before} become {after}" if before != after else "stay", False)


def _in_turn(step: Step, version: str) -> bool:
    """Whether an update in place replaces the nodes one after the other."""
    if step.type == SHOOT_PATCH:
        return replaced(step.old, step.new, version)
    tops = {path.split(".")[0].split("[")[0] for path in step.paths}
    return bool(tops & IN_TURN) if step.type == GROUP else bool(tops & REFRESHED) and _refreshes(step.new)


def _reservation(step: Step) -> Fate | None:
    if step.change in ("delete", "replace"):
        gone = step.change == "delete"
        said = f"the reservation {'is given back' if gone else 'is replaced'}"
        if step.old is not None and step.old.retained:
            stays = "stays in the account and is billed on"
            said = f"the reservation {stays}" if gone else f"{said}, and the old one {stays}"
            return Fate(step.name, said, not gone, reservation=True)
        return Fate(step.name, said, True, reservation=True)
    had, has = (_whole(_inputs(side).get("instanceCount")) for side in (step.old, step.new))
    if step.change == "update" and had is not None and has is not None and has < had:
        return Fate(step.name, f"the reservation shrinks from {had} to {has}", True, reservation=True)
    return None


def _refreshes(state: State | None) -> bool:
    return bool(_inputs(state).get("instanceRefresh"))


def _inputs(state: State | None) -> Mapping[str, Any]:
    return state.inputs if state is not None else {}


def _scaling(state: State | None) -> Mapping[str, Any]:
    inputs = _inputs(state)
    return mapping(inputs.get("scalingConfig")) or sizes(worker(state)) or inputs


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) and value == value and abs(value) < 1e9 else None


def _size(state: State | None) -> str:
    scaling = _scaling(state)
    low, high = _whole(scaling.get("minSize")), _whole(scaling.get("maxSize"))
    if low is None or high is None:
        return "an unknown number of nodes"
    return f"{low} node{'s' * (low != 1)}" if low == high else f"{low} to {high} nodes"


def _may_run(state: State | None) -> bool:
    """Whether the group can have nodes now. Where something else scales it, Pulumi's memory does not tell."""
    return _whole(_scaling(state).get("maxSize")) != 0


def _fewer(step: Step) -> int:
    """How many nodes a smaller size takes away; of a scaled pool, of the most that it may have."""
    sides = [_scaling(side) for side in (step.old, step.new)]
    had, has = (_whole(side.get("maxSize")) for side in sides)
    return max(0, had - has) if had is not None and has is not None else 0
