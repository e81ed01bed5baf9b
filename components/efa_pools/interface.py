"""One network interface of a node: the plain form that every layer shares."""

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
