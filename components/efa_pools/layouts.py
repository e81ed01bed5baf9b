"""Presets: which network interfaces a node of an instance type gets when the user lists none.

They encode the Amazon EC2 User Guide, "Maximize network bandwidth on instances with multiple network cards":
ENA first, EFA-only beside it, EFA-only on every further card. A preset that would hurt is refused with the
reason. Interfaces come by card, then by device: the primary, what stands beside it, then the cards ascending.
"""

from .catalogue import Card, InstanceType
from .interface import Interface

CURRENT_LAYOUT_VERSION = 1
"""Raised when any preset changes for any type, because a changed layout replaces nodes."""

PRESETS = ("recommended", "max-ena", "efa-primary")


class PresetUnavailable(Exception):
    """The instance type cannot have the preset; `reason` says why and what to use instead."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def interfaces(instance: InstanceType, preset: str) -> tuple[Interface, ...]:
    """The preset's interfaces for the type, by card and device. Raises PresetUnavailable."""
    if preset not in PRESETS:
        raise ValueError(f"unknown preset {preset!r}, expected one of {', '.join(PRESETS)}")
    cards, maximum = instance.cards, instance.maximum_efa_interfaces
    if not cards or maximum is None:
        raise PresetUnavailable(instance.reason or f"the network cards of {instance.name} are not known")
    layout = _efa_primary(instance, cards) if preset == "efa-primary" else _recommended(instance, cards)
    layout = _within(maximum, layout)
    if not any(one.is_efa for one in layout):
        raise PresetUnavailable(
            f"{preset} gives {instance.name} no EFA interface, because no network card accepts an efa-only "
            "one where the preset puts it; list the pool's `networkInterfaces`"
        )
    if preset == "max-ena":
        layout += _extra_ena(instance, cards)
    return tuple(sorted(layout, key=lambda one: (one.network_card_index, one.device_index)))


def _recommended(instance: InstanceType, cards: tuple[Card, ...]) -> list[Interface]:
    if instance.recommended is not None:
        return [Interface(*place) for place in instance.recommended]
    first, further = cards[0], cards[1:]
    # hpc6id: with room for one interface on card 0, only `efa` gives it both IP and EFA traffic.
    if first.maximum_interfaces == 1 and "efa" in first.interface_types:
        layout = [Interface(0, 0, "efa")]
    else:
        layout = [Interface(0, 0, "interface")]
        if first.maximum_interfaces > 1 and "efa-only" in first.interface_types:
            layout.append(Interface(0, 1, "efa-only"))
    return layout + [
        Interface(card.network_card_index, 0, "efa-only")
        for card in further
        if "efa-only" in card.interface_types
    ]


def _efa_primary(instance: InstanceType, cards: tuple[Card, ...]) -> list[Interface]:
    first, further = cards[0], cards[1:]
    if "efa" not in first.interface_types:
        raise PresetUnavailable(
            f"network card 0 of {instance.name} does no EFA, so EC2 would refuse an `efa` primary "
            "interface; use recommended, which has ENA alone on card 0"
        )
    return [Interface(0, 0, "efa")] + [
        Interface(card.network_card_index, min(1, card.maximum_interfaces - 1), "efa-only")
        for card in further
        if "efa-only" in card.interface_types
    ]


def _within(maximum: int, layout: list[Interface]) -> list[Interface]:
    """The layout without the EFA interfaces past the type's maximum."""
    kept: list[Interface] = []
    for one in layout:
        if not one.is_efa or sum(other.is_efa for other in kept) < maximum:
            kept.append(one)
    return kept


def _extra_ena(instance: InstanceType, cards: tuple[Card, ...]) -> list[Interface]:
    """What max-ena adds to recommended."""
    if instance.recommended is not None:
        raise PresetUnavailable(
            f"AWS gives {instance.name} a layout of its own, because its network cards share bandwidth in "
            "pairs: more ENA interfaces would take theirs from EFA; use recommended or `networkInterfaces`"
        )
    if instance.disputed is not None:
        raise PresetUnavailable(
            f"the network cards of {instance.name} are disputed ({instance.disputed}): an interface on a "
            "card that is not there fails every launch; use recommended, which needs card 0 alone"
        )
    extra = [
        Interface(card.network_card_index, 1, "interface")
        for card in cards[1:]
        if card.maximum_interfaces > 1
        and "interface" in card.interface_types
        and (instance.max_ena_cards is None or card.network_card_index in instance.max_ena_cards)
    ]
    if not extra:
        raise PresetUnavailable(
            f"no network card of {instance.name} beyond card 0 has room for an ENA interface, so max-ena "
            "would promise IP bandwidth and add none; use recommended, which is the same layout"
        )
    return extra
