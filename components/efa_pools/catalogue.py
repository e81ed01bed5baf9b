"""The EFA-capable instance types: network cards, EFA maximum, bandwidth, accelerators, with their sources.

Data stands in `data/catalogue.json`, which `components/catalogue/make.py` makes. Only the standard library
is used and only the type asked for is built, because `efa-pools layout` must start fast.
"""

import json
import os
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

_DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "catalogue.json")


class Card(NamedTuple):
    """One network card of an instance type, in EC2's words."""

    network_card_index: int
    """NetworkCardIndex, from 0."""
    maximum_interfaces: int
    """Interfaces that the card holds; device indexes run from 0 to one below it."""
    interface_types: tuple[str, ...]
    """What the card accepts: `interface`, `efa`, `efa-only`."""

    @property
    def has_efa(self) -> bool:
        """Whether the card carries EFA traffic at all."""
        return any(kind != "interface" for kind in self.interface_types)


class InstanceType(NamedTuple):
    """One EFA-capable instance type. A figure that is None or an empty tuple is not known, never "none"."""

    name: str
    cards: tuple[Card, ...] | None
    """Network cards by index; None where no verified table gives them, and `reason` says so."""
    maximum_efa_interfaces: int | None
    """EFA interfaces (`efa` and `efa-only`) per instance; not always the number of cards."""
    bandwidth_gbps: int | float | None
    """Ceiling of the whole instance in Gbps, on the basis that `bandwidth_basis` names."""
    bandwidth_basis: str | None
    """`documented` (AWS's EFA page), `network-performance` or `up-to` (EC2's field), `stated` (the user)."""
    vcpus: int | None = None
    memory_mib: int | None = None
    instance_storage_gb: int | None = None
    """Local NVMe storage in GB (powers of ten) of all its disks together; 0 where it has none."""
    ipv4_per_interface: int | None = None
    """IPv4 addresses that one `interface` or `efa` interface can hold; `efa-only` holds none."""
    gpu_name: str | None = None
    gpu_count: int = 0
    neuron_count: int = 0
    """AWS Neuron devices (Trainium or Inferentia chips), not their cores."""
    architectures: tuple[str, ...] = ()
    """`x86_64` or `arm64`."""
    usage_classes: tuple[str, ...] = ()
    """How EC2 sells it: `on-demand`, `spot`, `capacity-block`."""
    placement_strategies: tuple[str, ...] = ()
    """Placement group strategies that EC2 supports for it: `cluster`, `partition`, `spread`."""
    bare_metal: bool = False
    sources: tuple[str, ...] = ()
    """Where the figures come from, each as "document (date)"."""
    reason: str | None = None
    """Why `cards` is None."""
    recommended: tuple[tuple[int, int, str], ...] | None = None
    """AWS's own layout where the general rule does not hold: (card, device, interface type)."""
    max_ena_cards: tuple[int, ...] | None = None
    """The only cards on which AWS's maximum-ENA layout adds an interface; None where all further cards do."""
    disputed: str | None = None
    """How public sources disagree about the cards."""


@cache
def _data() -> dict[str, Any]:
    with open(_DATA, encoding="utf-8") as file:
        data: dict[str, Any] = json.load(file)
    return data


def names() -> list[str]:
    """All instance types of the catalogue, sorted."""
    return list(_data()["types"])


@cache
def get(name: str) -> InstanceType | None:
    """The instance type of that exact name, or None where the catalogue lacks it."""
    data = _data()
    entry = data["types"].get(name)
    if entry is None:
        return None
    gpus = entry.get("gpus", {})
    recommended = entry.get("recommended")
    max_ena_cards = entry.get("maxEnaCards")
    return InstanceType(
        name=name,
        cards=_cards(entry["networkCards"]),
        maximum_efa_interfaces=entry["maximumEfaInterfaces"],
        bandwidth_gbps=entry["bandwidthGbps"],
        bandwidth_basis=entry["bandwidthBasis"],
        vcpus=entry["vcpus"],
        memory_mib=entry["memoryMib"],
        instance_storage_gb=entry.get("instanceStorageGb"),
        ipv4_per_interface=entry["ipv4PerInterface"],
        gpu_name=gpus.get("name"),
        gpu_count=gpus.get("count", 0),
        neuron_count=entry.get("neuron", {}).get("count", 0),
        architectures=tuple(entry["architectures"]),
        usage_classes=tuple(entry["usageClasses"]),
        placement_strategies=tuple(entry["placementStrategies"]),
        bare_metal=entry.get("bareMetal", False),
        sources=tuple(_cited(data["meta"]["sources"][key]) for key in entry["sources"]),
        reason=entry.get("reason"),
        recommended=None
        if recommended is None
        else tuple((card, at, kind) for card, at, kind in recommended),
        max_ena_cards=None if max_ena_cards is None else tuple(max_ena_cards),
        disputed=entry.get("disputed"),
    )


def _cards(runs: list[dict[str, Any]] | None) -> tuple[Card, ...] | None:
    if runs is None:
        return None
    return tuple(
        Card(index, run["maximumInterfaces"], tuple(run["interfaceTypes"]))
        for run in runs
        for index in range(run["from"], run["to"] + 1)
    )


def _cited(source: dict[str, str]) -> str:
    return f"{source['document']} ({source['date']})"


def nearest(name: str, limit: int = 3) -> list[str]:
    """The types that a wrong name may mean: EFA sizes of its family first, then similar names."""
    import difflib

    name = name.strip().lower()
    known = names()
    family = [one for one in known if one.partition(".")[0] == name.partition(".")[0]]
    similar = difflib.get_close_matches(name, known, n=limit)
    ranked = difflib.get_close_matches(name, family, n=limit, cutoff=0.0) + similar
    return list(dict.fromkeys(ranked))[:limit]


def stated(
    name: str, cards: Iterable[Card], maximum_efa_interfaces: int, bandwidth_gbps: int | float | None
) -> InstanceType:
    """An instance type that the catalogue lacks, as the user states it; bandwidth in Gbps."""
    return InstanceType(
        name=name,
        cards=tuple(sorted(cards, key=lambda card: card.network_card_index)),
        maximum_efa_interfaces=maximum_efa_interfaces,
        bandwidth_gbps=bandwidth_gbps,
        bandwidth_basis="stated",
        sources=("stated by the user under `instance`",),
    )
