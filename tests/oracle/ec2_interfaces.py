"""What EC2 refuses of a launch's network interfaces, written from EC2's documents alone.

A second opinion: it shares neither code nor data with the package. Its figures are DescribeInstanceTypes as
moto keeps it (`moto/ec2/resources/instance_types.json.gz`); its rules are sentences of these pages, each
named where it is applied:

- EFA: Amazon EC2 User Guide, "Elastic Fabric Adapter for AI/ML and HPC workloads" (efa.html)
- CARDS: Amazon EC2 User Guide, "Maximize network bandwidth on Amazon EC2 instances with multiple network
  cards" (efa-acc-inst-types.html)
- API: EC2 API Reference 2016-11-15, InstanceNetworkInterfaceSpecification and
  LaunchTemplateInstanceNetworkInterfaceSpecificationRequest
- FIGURES: EC2 API Reference 2016-11-15, NetworkInfo, NetworkCardInfo and EfaInfo
"""

import gzip
import importlib.util
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

Interface = Mapping[str, Any]
"""`{networkCardIndex, deviceIndex, type}`, one network interface; ranges are expanded."""


def refusals(instance_type: str, interfaces: Sequence[Interface]) -> list[str]:
    """Why EC2 would refuse the interfaces on that type; empty if it would launch."""
    network = network_info(instance_type)
    return [
        *_cards(network, interfaces),
        *_places(interfaces),
        *_efa(network, interfaces),
        *_primary(interfaces),
    ]


def efa_types() -> list[str]:
    """Every instance type whose NetworkInfo.EfaSupported is true."""
    return sorted(name for name, entry in _described().items() if entry["NetworkInfo"].get("EfaSupported"))


def network_info(instance_type: str) -> dict[str, Any]:
    """NetworkInfo of the type. Raises KeyError where moto lacks it."""
    info: dict[str, Any] = _described()[instance_type]["NetworkInfo"]
    return info


@cache
def _described() -> dict[str, Any]:
    # find_spec of a top-level package reads no code of it.
    spec = importlib.util.find_spec("moto")
    assert spec is not None and spec.origin is not None
    file = Path(spec.origin).parent / "ec2" / "resources" / "instance_types.json.gz"
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        described: dict[str, Any] = json.load(stream)
    return described


def _cards(network: dict[str, Any], interfaces: Sequence[Interface]) -> Iterator[str]:
    """FIGURES: NetworkCards lists the cards, MaximumNetworkInterfaces and InterfaceTypes of each."""
    cards = {card["NetworkCardIndex"]: card for card in network["NetworkCards"]}
    for one in interfaces:
        card = cards.get(one["networkCardIndex"])
        if card is None:
            yield f"network card {one['networkCardIndex']} does not exist"
            continue
        # EC2's error: "The specified number '2' for the device index exceeds the maximum ...
        # Specify a number from 0 to 1."
        if not 0 <= one["deviceIndex"] < card["MaximumNetworkInterfaces"]:
            yield f"device index {one['deviceIndex']} exceeds card {one['networkCardIndex']}'s maximum"
        if one["type"] not in card["InterfaceTypes"]:
            yield f"network card {one['networkCardIndex']} does not support type {one['type']}"


def _places(interfaces: Sequence[Interface]) -> Iterator[str]:
    """API: DeviceIndex is the position on the card, so two interfaces cannot share one."""
    places = Counter((one["networkCardIndex"], one["deviceIndex"]) for one in interfaces)
    for (card, device), count in places.items():
        if count > 1:
            yield f"network card {card}, device index {device} is given {count} times"


def _efa(network: dict[str, Any], interfaces: Sequence[Interface]) -> Iterator[str]:
    """EFA: one EFA per network card. FIGURES: MaximumEfaInterfaces of the type, for both EFA types."""
    adapters = Counter(one["networkCardIndex"] for one in interfaces if one["type"] in ("efa", "efa-only"))
    for card, count in adapters.items():
        if count > 1:
            yield f"network card {card} is given {count} EFAs"
    maximum = network["EfaInfo"]["MaximumEfaInterfaces"]
    if adapters.total() > maximum:
        yield f"{adapters.total()} EFAs exceed the maximum of {maximum}"


def _primary(interfaces: Sequence[Interface]) -> Iterator[str]:
    """API: the primary has device index 0 and must be assigned to network card index 0; a launch needs one.

    CARDS: an EFA-only network interface cannot be the primary.
    """
    primary = [one for one in interfaces if (one["networkCardIndex"], one["deviceIndex"]) == (0, 0)]
    if not primary:
        yield "no primary network interface (network card index 0, device index 0)"
    if any(one["type"] == "efa-only" for one in primary):
        yield "the primary network interface is EFA-only"
