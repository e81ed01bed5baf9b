"""Steps grouped by pool, and what they do to nodes and to reserved capacity.

Whether an update replaces nodes is EKS's rule (UpdateNodegroupVersion: template version, release, version);
`docs/changes.md` has it from previews of the engine.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .events import Preview, State, Step, known, mapping, words
from .fates import Fate, fate
from .types import COMPONENTS, NODES, RESERVATIONS, SHOOT_PATCH, STACK, TEMPLATE
from .workers import sizes, template, worker


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
    pools = _configured(preview.config, "pools", "[]")
    entries = [mapping(one) for one in pools] if isinstance(pools, list) else []
    stated = {words(one.get("name")): one for one in entries}
    version = words(mapping(_configured(preview.config, "cluster", "{}")).get("kubernetesVersion"))
    made = [_pool(urn, steps, stated, version) for urn, steps in grouped.items()]
    rest = _pool(OUTSIDE, outside, stated, version)
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


def _pool(
    urn: str, steps: Sequence[Step], stated: Mapping[str, Mapping[str, Any]], version: str
) -> PoolChange:
    name = urn.rpartition("::")[2]
    own = next((step for step in steps if step.urn == urn), None)
    changed = tuple(step for step in steps if step.change and step.type != STACK)
    return PoolChange(
        name=name,
        change=_change(own, changed),
        steps=changed,
        before=_facts(steps, "old"),
        after=_facts(steps, "new"),
        fates=tuple(one for step in steps if (one := fate(step, version)) is not None),
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
    entry = next((worker(state) for type, state in present if type == SHOOT_PATCH), {})
    stated = next((state.inputs for type, state in present if type == TEMPLATE), {})
    machine = template(entry) if entry else stated
    nodes = sizes(entry) or next((state.inputs for type, state in present if type in NODES), {})
    capacity, reserved = _capacity(machine, nodes)
    efa, gbps = outputs.get("efaPerNode"), outputs.get("bandwidthGbpsPerNode")
    return Facts(
        instance_type=known(machine.get("instanceType")),
        size=_size(nodes),
        efa=_number(efa) if efa is not None else _counted(machine.get("networkInterfaces")),
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
    where = known(target.get("capacityReservationId")) or known(
        target.get("capacityReservationResourceGroupArn")
    )
    if "capacity-block" in (market, kind.lower().replace("_", "-")):
        return f"Capacity Block {where}".strip(), True
    if target or market == "interruptible-capacity-reservation":
        return f"reservation {where}".strip(), True
    if words(wanted.get("capacityReservationPreference")) in ("open", "capacity-reservations-only"):
        return "open reservation", True
    return ("spot" if "spot" in (market, kind.lower()) else "on demand"), False


def _configured(config: Mapping[str, str], key: str, empty: str) -> Any:
    """A structure of the configuration, where it is not secret."""
    try:
        return json.loads(next((value for name, value in config.items() if name.endswith(f":{key}")), empty))
    except (ValueError, RecursionError):
        return None


def _window(steps: Sequence[Step], capacity: Mapping[str, Any]) -> str:
    start, end = known(capacity.get("start")), known(capacity.get("end"))
    bought = [(step.new or step.old) for step in steps if step.type in RESERVATIONS]
    for state in bought:
        if state is not None:
            start = start or known(state.outputs.get("startDate"))
            end = end or known(state.outputs.get("endDate")) or known(state.inputs.get("endDate"))
    if start and end:
        return f"{start} to {end}"
    return f"from {start}" if start else f"until {end}" if end else ""
