"""The interfaces of a pool: from ranges to single interfaces, and what EC2 would refuse of them.

The rules are those of the EC2 User Guide, "Elastic Fabric Adapter" and "Maximize network bandwidth with
EFA" (efa.html, efa-acc-inst-types.html), and of the RunInstances reference.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .interface import Interface
from .problem import Path, Problem

if TYPE_CHECKING:
    from .catalogue import Card, InstanceType
    from .model.machine import NetworkInterface


class Placed(NamedTuple):
    """An interface and where the user wrote it."""

    path: Path
    interface: Interface
    cards: tuple[int, int] | None = None
    """The range that its card comes from, if any."""

    def written(self, last: int) -> tuple[Path, int]:
        """Where the user wrote a card beyond `last`, and which."""
        if self.cards is None:
            return (*self.path, "networkCardIndex"), self.interface.network_card_index
        if self.cards[0] > last:
            return (*self.path, "networkCardIndexRange", "from"), self.cards[0]
        return (*self.path, "networkCardIndexRange", "to"), self.cards[1]


def expand(entries: "Sequence[NetworkInterface]", limit: int) -> Iterator[Placed]:
    """One interface an entry, or one a card of its range, in the order of the list; at most `limit`."""
    made = 0
    for index, entry in enumerate(entries):
        path: Path = ("networkInterfaces", index)
        ranged = entry.network_card_index_range
        first = ranged.from_ if ranged else entry.network_card_index or 0
        cards = range(first, ranged.to + 1 if ranged else first + 1)
        for card in cards:
            if made == limit:
                return
            made += 1
            subnet = entry.subnet_id if isinstance(entry.subnet_id, str) else None
            interface = Interface(card, entry.device_index, entry.type, entry.description, subnet)
            yield Placed(path, interface, (ranged.from_, ranged.to) if ranged else None)


def entry_problems(
    entries: "Sequence[NetworkInterface]", limit: int, instance: "InstanceType | None"
) -> Iterator[Problem]:
    """What is wrong with the entries themselves, whatever the instance type."""
    total = 0
    for index, entry in enumerate(entries):
        path: Path = ("networkInterfaces", index)
        cards = entry.network_card_index_range
        if cards is None:
            total += 1
            continue
        total += max(cards.to - cards.from_ + 1, 0)
        if entry.network_card_index is not None:
            yield Problem(
                (*path, "networkCardIndexRange"),
                "Forbidden",
                f"{cards.from_}..{cards.to} beside networkCardIndex {entry.network_card_index}: expected "
                "one of the two, because the interface would stand on two sets of cards",
            )
        if cards.from_ > cards.to:
            yield Problem(
                (*path, "networkCardIndexRange"),
                "Invalid",
                f"{cards.from_}..{cards.to}: expected from <= to, both ends included; this range has no card",
            )
    # With a known type every card beyond its last has been named already.
    if total > limit and instance is None:
        yield Problem(
            ("networkInterfaces",),
            "TooMany",
            f"{total} interfaces after expansion: expected at most {limit}; no instance type has more",
        )


def layout_problems(instance: "InstanceType | None", placed: Sequence[Placed]) -> Iterator[Problem]:
    """What EC2 would refuse of the expanded list; without `instance`, what no type accepts."""
    possible = placed
    if instance is not None and instance.cards is not None:
        yield from _against_cards(instance, placed)
        limits = {card.network_card_index: card.maximum_interfaces for card in instance.cards}
        # An interface in an impossible spot has its message; it must not cause others.
        possible = [
            item
            for item in placed
            if item.interface.device_index < limits.get(item.interface.network_card_index, 0)
        ]
    yield from _duplicates(possible)
    yield from _efa_per_card(possible)
    yield from _efa_maximum(instance, possible)
    yield from _primary(placed)


def _against_cards(instance: "InstanceType", placed: Sequence[Placed]) -> Iterator[Problem]:
    cards = {card.network_card_index: card for card in instance.cards or ()}
    reported: set[tuple[Path, str]] = set()
    for item in placed:
        for key, problem in _against_card(instance, cards.get(item.interface.network_card_index), item):
            if (item.path, key) not in reported:  # a range repeats its mistake on every card
                reported.add((item.path, key))
                yield problem


def _against_card(
    instance: "InstanceType", card: "Card | None", item: Placed
) -> Iterator[tuple[str, Problem]]:
    wanted = item.interface
    if card is None:
        last = max(one.network_card_index for one in instance.cards or ())
        path, written = item.written(last)
        message = (
            f"{written}: expected a network card of {instance.name}, 0 to {last}; EC2 refuses the launch"
        )
        yield "card", Problem(path, "Invalid", message)
        return
    where = f"network card {card.network_card_index} of {instance.name}"
    if wanted.device_index >= card.maximum_interfaces:
        most = card.maximum_interfaces
        message = (
            f"{wanted.device_index}: expected 0 to {most - 1}; {where} holds {most} "
            f"interface{'s' * (most > 1)}, and EC2 refuses the launch"
        )
        yield "device", Problem((*item.path, "deviceIndex"), "Invalid", message)
    if wanted.type not in card.interface_types:
        accepted = " or ".join(card.interface_types)
        message = f"{wanted.type!r}: expected {accepted} on {where}; the card cannot do more"
        yield "type", Problem((*item.path, "type"), "Invalid", message)


def _duplicates(placed: Sequence[Placed]) -> Iterator[Problem]:
    seen: dict[tuple[int, int], Path] = {}
    reported: set[Path] = set()
    for item in placed:
        spot = (item.interface.network_card_index, item.interface.device_index)
        first = seen.setdefault(spot, item.path)
        if first is not item.path and item.path not in reported:
            reported.add(item.path)
            yield Problem(
                item.path,
                "Duplicate",
                f"network card {spot[0]}, device {spot[1]}: already taken by "
                f"networkInterfaces[{first[-1]}]; expected one interface for each card and device",
            )


def _efa_per_card(placed: Sequence[Placed]) -> Iterator[Problem]:
    seen: dict[int, Placed] = {}
    reported: set[Path] = set()
    for item in placed:
        # An efa-only primary has its own message.
        if not item.interface.is_efa or (_is_primary(item) and not item.interface.has_address):
            continue
        card = item.interface.network_card_index
        first = seen.setdefault(card, item)
        same_spot = first.interface.device_index == item.interface.device_index
        if first is not item and not same_spot and item.path not in reported:
            reported.add(item.path)
            yield Problem(
                (*item.path, "type"),
                "TooMany",
                f"{item.interface.type!r}: a second EFA on network card {card}, beside "
                f"networkInterfaces[{first.path[-1]}]; expected at most one EFA on a card",
            )


def _efa_maximum(instance: "InstanceType | None", placed: Sequence[Placed]) -> Iterator[Problem]:
    count = len({item.interface.network_card_index for item in placed if item.interface.is_efa})
    maximum = instance.maximum_efa_interfaces if instance else None
    if instance is not None and maximum is not None and count > maximum:
        yield Problem(
            ("networkInterfaces",),
            "TooMany",
            f"{count} EFA interfaces: expected at most {maximum} on {instance.name}; EC2 refuses the launch",
        )


def _primary(placed: Sequence[Placed]) -> Iterator[Problem]:
    primary = next((item for item in placed if _is_primary(item)), None)
    if primary is None:
        yield Problem(
            ("networkInterfaces",),
            "Required",
            "no interface on network card 0, device 0; expected the primary one there, of type interface "
            "or efa, because a node without it has no address",
        )
    elif primary.interface.type == "efa-only":
        yield Problem(
            (*primary.path, "type"),
            "Invalid",
            "'efa-only': expected interface or efa on network card 0, device 0; an efa-only interface has "
            "no address, so it cannot be the primary one",
        )


def _is_primary(item: Placed) -> bool:
    return item.interface.network_card_index == 0 and item.interface.device_index == 0
