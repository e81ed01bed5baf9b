"""Steps grouped by pool, and what they do to nodes and to reserved capacity.

Whether an update replaces nodes is EKS's rule (UpdateNodegroupVersion: template version, release, version);
`docs/changes.md` has it from previews of the engine.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .events import Preview, State, Step, mapping, words
from .fates import Fate, fate
from .types import COMPONENTS, NODES, RESERVATIONS, STACK, TEMPLATE


@dataclass(frozen=True)
class Facts:
    """A pool on one side of the change; None where the events do not tell."""

    instance_type: str
    size: str
    efa: int | None
    gbps: float | None
    capacity: str
    reserved: bool


@dataclass(frozen=True)
class PoolChange:
    """One pool, before and after."""

    name: str
    change: str
    """create, no change, in place, replace or delete."""
    steps: tuple[Step, ...]
    before: Facts | None
    after: Facts | None
    fates: tuple[Fate, ...]
    window: str

    @property
    def at_risk(self) -> tuple[Fate, ...]:
        """What happens to reserved capacity that runs now."""
        held = self.before is not None and self.before.reserved
        return tuple(one for one in self.fates if one.loses and (held or one.reservation))


OUTSIDE = ""
"""The name of what belongs to no pool."""


def pools(preview: Preview) -> tuple[PoolChange, ...]:
    """Every pool in the order of the stream, and what belongs to none at the end, if anything does."""
    known = {step.urn: step for step in preview.steps}
    grouped: dict[str, list[Step]] = {}
    for step in preview.steps:
        grouped.setdefault(_owner(step, known), []).append(step)
    outside = grouped.pop(OUTSIDE, [])
    stated = _stated(preview.config)
    made = [_pool(urn, steps, stated) for urn, steps in grouped.items()]
    rest = _pool(OUTSIDE, outside, stated)
    return (*made, rest) if rest.steps else tuple(made)


def _owner(step: Step, known: Mapping[str, Step]) -> str:
    """The URN of the pool's component above the step, or its own."""
    seen: set[str] = set()
    urn, type = step.urn, step.type
    while urn and urn not in seen:
        if type in COMPONENTS:
            return urn
        seen.add(urn)
        above = known.get(urn)
        urn = above.parent if above else ""
        type = urn.rpartition("::")[0].rpartition("::")[2].rpartition("$")[2]
    return OUTSIDE


def _pool(urn: str, steps: Sequence[Step], stated: Mapping[str, Mapping[str, Any]]) -> PoolChange:
    name = urn.rpartition("::")[2]
    own = next((step for step in steps if step.urn == urn), None)
    changed = tuple(step for step in steps if step.change and step.type != STACK)
    return PoolChange(
        name=name,
        change=_change(own, changed),
        steps=changed,
        before=_facts(steps, "old"),
        after=_facts(steps, "new"),
        fates=tuple(one for one in map(fate, steps) if one is not None),
        window=_window(steps, mapping(stated.get(name, {}).get("capacity"))),
    )


def _change(own: Step | None, changed: Sequence[Step]) -> str:
    if not changed:
        return "no change"
    if own is not None and own.change in ("create", "delete", "replace"):
        return own.change
    nodes = {step.change for step in changed if step.type in NODES}
    every = {step.change for step in changed}
    if "replace" in every or {"create", "delete"} <= nodes:
        return "replace"
    # The component of a truncated stream may be missing: its nodes speak for it.
    alone = every if own is None and len(every) == 1 else set()
    return next(iter(alone & {"create", "delete"}), "in place")


def _facts(steps: Sequence[Step], side: str) -> Facts | None:
    states = [(step.type, _side(step, side)) for step in steps]
    present = [(type, state) for type, state in states if state is not None]
    if not any(type in COMPONENTS or type in NODES for type, _ in present):
        return None
    outputs = next((state.outputs for type, state in present if type in COMPONENTS), {})
    template = next((state.inputs for type, state in present if type == TEMPLATE), {})
    nodes = next((state.inputs for type, state in present if type in NODES), {})
    capacity, reserved = _capacity(template, nodes)
    efa, gbps = outputs.get("efaPerNode"), outputs.get("bandwidthGbpsPerNode")
    return Facts(
        instance_type=words(template.get("instanceType")),
        size=_size(nodes),
        efa=_number(efa) if efa is not None else _counted(template.get("networkInterfaces")),
        gbps=_number(gbps),
        capacity=capacity,
        reserved=reserved,
    )


def _side(step: Step, side: str) -> State | None:
    # The engine shows a deleted resource's last state as new as well.
    if side == "new" and step.change == "delete":
        return None
    return step.old if side == "old" else step.new


def _counted(interfaces: Any) -> int | None:
    if not isinstance(interfaces, list):
        return None
    return sum(str(mapping(one).get("interfaceType", "")).startswith("efa") for one in interfaces)


def _number(value: Any) -> Any:
    # NaN and what is too large to print are no figures either.
    fine = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12
    return value if fine else None


def _size(nodes: Mapping[str, Any]) -> str:
    scaling = mapping(nodes.get("scalingConfig")) or nodes
    low, high = scaling.get("minSize"), scaling.get("maxSize")
    if _number(low) is None or _number(high) is None:
        return ""
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _capacity(template: Mapping[str, Any], nodes: Mapping[str, Any]) -> tuple[str, bool]:
    """What the nodes run on, and whether somebody pays for it with or without them."""
    wanted = mapping(template.get("capacityReservationSpecification"))
    target = mapping(wanted.get("capacityReservationTarget"))
    market = words(mapping(template.get("instanceMarketOptions")).get("marketType"))
    kind = words(nodes.get("capacityType"))
    where = words(target.get("capacityReservationId")) or words(
        target.get("capacityReservationResourceGroupArn")
    )
    if "capacity-block" in (market, kind.lower().replace("_", "-")):
        return f"Capacity Block {where}".strip(), True
    if target or market == "interruptible-capacity-reservation":
        return f"reservation {where}".strip(), True
    if words(wanted.get("capacityReservationPreference")) in ("open", "capacity-reservations-only"):
        return "open reservation", True
    return ("spot" if "spot" in (market, kind.lower()) else "on demand"), False


def _stated(config: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    """The pools of the configuration by name, where it is not secret."""
    try:
        found = json.loads(next((value for key, value in config.items() if key.endswith(":pools")), "[]"))
    except (ValueError, RecursionError):
        return {}
    entries = [mapping(one) for one in found] if isinstance(found, list) else []
    return {words(one.get("name")): one for one in entries}


def _window(steps: Sequence[Step], capacity: Mapping[str, Any]) -> str:
    start, end = words(capacity.get("start")), words(capacity.get("end"))
    bought = [(step.new or step.old) for step in steps if step.type in RESERVATIONS]
    for state in bought:
        if state is not None:
            start = start or words(state.outputs.get("startDate"))
            end = end or words(state.outputs.get("endDate")) or words(state.inputs.get("endDate"))
    if start and end:
        return f"{start} to {end}"
    return f"from {start}" if start else f"until {end}" if end else ""
