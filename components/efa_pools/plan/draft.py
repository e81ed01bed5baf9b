"""What is known of a pool once its shape is read: defaults filled in, instance type found, ranges expanded.

Rules read a draft. Where a part of the input is unsound, its name is missing from `sound` and rules that
need it are not asked, so that every other problem is still reported in the same run.
"""

from datetime import datetime
from typing import Any, NamedTuple

from .. import catalogue, layouts
from ..catalogue import InstanceType
from ..interface import Interface
from ..interfaces import Placed, expand
from ..model.capacity import TARGETED, Capacity
from ..model.machine import INTERFACE_LIMIT
from ..model.parse import Parsed
from ..model.placement import Placement
from ..model.pool import Pool, Size
from .prepare.needs import joins_by_user_data


class Draft(NamedTuple):
    """A pool with its defaults. Read a field only if it stands in `sound`."""

    pool: Pool
    sound: frozenset[str]
    instance: InstanceType | None
    placed: tuple[Placed, ...]
    unavailable: str | None = None
    """Why the preset cannot be had on this type, if so."""
    now: datetime | None = None
    """The present, with its offset; None where nothing is to be said of what depends on it."""

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """The expanded interfaces, in order."""
        return tuple(item.interface for item in self.placed)

    @property
    def placement(self) -> Placement:
        """The placement after defaults; needs `placement` and `capacity`."""
        return settle_placement(self.pool.placement, self.pool.capacity)

    @property
    def sizes(self) -> tuple[int, int, int] | None:
        """(min, desired, max) after defaults, or None if the three do not add up; needs `size`."""
        return settle_size(self.pool.size)

    @property
    def kind(self) -> str:
        """The node kind; needs `nodes`."""
        return self.pool.nodes.kind

    @property
    def joins_by_user_data(self) -> bool:
        """Whether the nodes must be told their cluster; needs `nodes` and `image`."""
        return joins_by_user_data(self.pool)


def draft(parsed: Parsed[Pool], now: datetime | None = None) -> Draft:
    """Fill in what follows from the sound fields."""
    pool, sound = parsed.value, set(parsed.sound)
    instance = None
    if {"instance_type", "instance"} <= sound:
        instance = _instance(pool)
    if instance is not None:
        sound.add("cards")
    placed: tuple[Placed, ...] = ()
    unavailable = None
    if "network_interfaces" in sound and pool.network_interfaces is not None:
        placed = tuple(expand(pool.network_interfaces, INTERFACE_LIMIT))
    elif instance is not None and {"network_interfaces", "layout"} <= sound:
        try:
            chosen = layouts.interfaces(instance, pool.layout or "recommended")
            placed = tuple(Placed(("layout",), interface) for interface in chosen)
        except layouts.PresetUnavailable as error:
            unavailable = str(error)
    if now is not None:
        sound.add("now")
    return Draft(pool, frozenset(sound), instance, placed, unavailable, now)


def _instance(pool: Pool) -> InstanceType | None:
    known = catalogue.get(pool.instance_type)
    if pool.instance is None or (known is not None and known.cards is not None):
        return known if known is not None and known.cards is not None else None
    stated = pool.instance
    cards = [
        catalogue.Card(card.index, card.maximum_interfaces, card.interface_types)
        for card in stated.network_cards
    ]
    return catalogue.stated(pool.instance_type, cards, stated.maximum_efa_interfaces, stated.bandwidth_gbps)


def settle_size(size: Size) -> tuple[int, int, int] | None:
    """`desired` alone is a fixed pool; `min` and `max` without it start at `min`."""
    if size.desired is not None and size.min is None and size.max is None:
        return size.desired, size.desired, size.desired
    if size.min is None or size.max is None:
        return None
    desired = size.min if size.desired is None else size.desired
    return (size.min, desired, size.max) if size.min <= desired <= size.max else None


def settle_placement(stated: Placement | None, capacity: Capacity) -> Placement:
    """The mode and strategy that apply, by the table of capacity kinds."""
    given = stated or Placement()
    changes: dict[str, Any] = {}
    if given.mode is None:
        changes["mode"] = _default_mode(given, capacity)
    if (given.mode or changes["mode"]) in ("create", "existing") and given.strategy is None:
        changes["strategy"] = _implied_strategy(given)
    return given.replace(**changes) if changes else given


def _default_mode(given: Placement, capacity: Capacity) -> str:
    if given.group_id is not None or given.group_name is not None:
        return "existing"
    if capacity.kind in TARGETED or capacity.kind == "open-reservation":
        return "none"
    return "create"


def _implied_strategy(given: Placement) -> str:
    if given.partition_count is not None or given.partition_number is not None:
        return "partition"
    return "spread" if given.spread_level is not None else "cluster"
