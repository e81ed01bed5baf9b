"""One network interface of a node: the plain form that every layer shares."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

EFA_TYPES = frozenset({"efa", "efa-only"})


class Interface(NamedTuple):
    """One network interface of a launch template, after ranges are expanded."""

    network_card_index: int
    device_index: int
    type: str
    description: str | None = None
    subnet_id: str | None = None

    @property
    def is_efa(self) -> bool:
        """Whether the interface carries EFA traffic (`efa` or `efa-only`)."""
        return self.type in EFA_TYPES

    @property
    def has_address(self) -> bool:
        """Whether EC2 gives it a private IPv4 address; efa-only interfaces have none."""
        return self.type != "efa-only"


def runs(interfaces: Iterable[Interface]) -> Iterator[tuple[int, int, Interface]]:
    """First card, last card and the interface of each run of ascending cards with one device and type."""
    start: Interface | None = None
    last = 0
    for one in interfaces:
        same = start is not None and (one.device_index, one.type) == (start.device_index, start.type)
        if same and one.network_card_index == last + 1:
            last += 1
            continue
        if start is not None:
            yield start.network_card_index, last, start
        start, last = one, one.network_card_index
    if start is not None:
        yield start.network_card_index, last, start
