"""What EC2 refuses of the interfaces in a launch, type by type.

Written from EC2's documentation and error texts ("Maximize network bandwidth on Amazon EC2 instances with
multiple network cards" and "Elastic Fabric Adapter" in the EC2 User Guide, the service model's LaunchTemplate
shapes) over the per-card data of moto 5.2.5. It shares nothing with the package that it judges.

EC2 itself says these things when an instance is launched; CreateLaunchTemplate accepts nearly any layout.
They depend on nothing but the template, so the sandbox says them when it is made; what the account decides is
said when nodes are asked for (`nodes`). Where EC2's wording is public it is used
(device index, device at index 0, public addresses, instance-level groups); the other sentences are ours.
"""

import gzip
import importlib.util
import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.core.values import UNKNOWN, Refused, Values, known

EFA_TYPES = ("efa", "efa-only")


@dataclass(frozen=True)
class Card:
    devices: int
    types: tuple[str, ...]


@dataclass(frozen=True)
class Hardware:
    """What EC2 knows of an instance type."""

    cards: dict[int, Card]
    efas: int
    usage_classes: tuple[str, ...]
    strategies: tuple[str, ...]
    vcpus: int
    architectures: tuple[str, ...]


_ULTRASERVER = Hardware(
    # p6e-gb200.36xlarge, which moto lacks. Types a card takes: "P6e-GB200" among the accelerated types with
    # multiple cards in the EC2 User Guide; devices a card holds: aws-parallelcluster, queues_stack.py.
    cards={
        0: Card(15, ("interface",)),
        **{i: Card(1, ("efa-only",)) for i in range(1, 17, 2)},
        **{i: Card(2, ("interface", "efa", "efa-only")) for i in range(2, 17, 2)},
    },
    efas=16,
    usage_classes=("capacity-block",),
    strategies=("cluster", "partition", "spread"),
    vcpus=144,
    architectures=("arm64",),
)


@cache
def _types() -> dict[str, Any]:
    # find_spec of a top-level package does not import it: moto would take a second and 200 MB.
    spec = importlib.util.find_spec("moto")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the sandbox reads the instance types of moto, which is not installed: make setup")
    file = Path(spec.submodule_search_locations[0]) / "ec2/resources/instance_types.json.gz"
    with gzip.open(file) as stream:
        types: dict[str, Any] = json.load(stream)
    return types


@cache
def hardware(instance_type: str) -> Hardware | None:
    """The type's hardware, None where no card data is public."""
    if instance_type == "p6e-gb200.36xlarge":
        return _ULTRASERVER
    found = _types().get(instance_type)
    if found is None:
        return None
    network = found["NetworkInfo"]
    return Hardware(
        cards={
            card["NetworkCardIndex"]: Card(card["MaximumNetworkInterfaces"], tuple(card["InterfaceTypes"]))
            for card in network.get("NetworkCards", [])
        },
        efas=network.get("EfaInfo", {}).get("MaximumEfaInterfaces", 0),
        usage_classes=tuple(found["SupportedUsageClasses"]),
        strategies=tuple(found["PlacementGroupInfo"]["SupportedStrategies"]),
        vcpus=found["VCpuInfo"]["DefaultVCpus"],
        architectures=tuple(found["ProcessorInfo"]["SupportedArchitectures"]),
    )


def gpus(instance_type: str) -> int:
    """The type's GPUs, of any maker."""
    if instance_type == "p6e-gb200.36xlarge":
        return 4
    return sum(one["Count"] for one in _types().get(instance_type, {}).get("GpuInfo", {}).get("Gpus", []))


def refusals(template: Values) -> list[Refused]:
    """What EC2 refuses of a launch from this template; values that are not known yet are passed over."""
    given = known(template, "networkInterfaces") or []
    interfaces = [nic for nic in given if isinstance(nic, dict)]
    found = _together(template, interfaces) if interfaces else []
    found += [r for nic in interfaces for r in _addresses(nic)]
    # What an interface leaves out is card 0 and an ordinary interface.
    placed = [
        (nic.get("networkCardIndex") or 0, nic.get("deviceIndex"), nic.get("interfaceType") or "interface")
        for nic in interfaces
    ]
    found += _without_index(placed)
    type_ = known(template, "instanceType")
    hardware_ = hardware(type_) if type_ else None
    if len(interfaces) < len(given) or any(part is UNKNOWN for nic in placed for part in nic):
        return found
    if interfaces:
        found += _primary(placed) + _duplicates(placed)
    if hardware_ is not None:
        found += [r for nic in placed for r in _slot(type_, hardware_, *nic)]
        found += _too_many_efas(type_, hardware_, placed)
    return found


def usage_refusals(instance_type: str | None, usage: str) -> list[Refused]:
    """Whether the type is sold that way: `on-demand`, `spot` or `capacity-block`."""
    found = hardware(instance_type) if instance_type else None
    if found is None or usage in found.usage_classes or usage == "interruptible-capacity-reservation":
        return []
    sold = ", ".join(found.usage_classes)
    return [
        Refused(
            "Unsupported", f"The instance type '{instance_type}' is not available as {usage}, only as {sold}."
        )
    ]


def _together(template: Values, interfaces: list[Values]) -> list[Refused]:
    found = []
    if template.get("vpcSecurityGroupIds") or template.get("securityGroupNames"):
        found.append(
            "Network interfaces and an instance-level security groups may not be specified on the same "
            "request"
        )
    public = [nic for nic in interfaces if str(known(nic, "associatePublicIpAddress")).lower() == "true"]
    if public and len(interfaces) > 1:
        found.append(
            "The associatePublicIPAddress parameter cannot be specified when launching with multiple "
            "network interfaces."
        )
    return [Refused("InvalidParameterCombination", message) for message in found]


def _addresses(nic: Values) -> list[Refused]:
    asked = [
        key
        for key in nic
        if nic[key] and (key.startswith(("ipv4", "ipv6")) or key in ("privateIpAddress", "primaryIpv6"))
    ]
    if nic.get("interfaceType") == "efa-only" and asked:
        message = f"EFA-only network interfaces do not support IP addresses; {', '.join(asked)} is given."
        return [Refused("InvalidParameterCombination", message)]
    return []


Placed = tuple[Any, Any, Any]
"""Card, device, interface type."""


def _without_index(placed: list[Placed]) -> list[Refused]:
    if any(device is None for _, device, _ in placed):
        return [Refused("InvalidParameterValue", "Each network interface requires a device index.")]
    return []


def _primary(placed: list[Placed]) -> list[Refused]:
    primary = [kind for card, device, kind in placed if (card, device) == (0, 0)]
    where = "network card 0, device 0"
    if not primary:
        message = f"When specifying network interfaces, you must include a device at index 0. ({where})"
    elif "efa-only" in primary:
        message = f"You can't use an EFA-only network interface as the primary network interface ({where})."
    else:
        return []
    return [Refused("InvalidParameterCombination", message)]


def _duplicates(placed: list[Placed]) -> list[Refused]:
    found = []
    for (card, device), count in Counter((card, device) for card, device, _ in placed).items():
        if count > 1:
            where = f"{count} have network card {card}, device {device}"
            message = f"Each network interface requires a unique device index; {where}."
            found.append(Refused("InvalidParameterValue", message))
    for card, count in Counter(card for card, _, kind in placed if kind in EFA_TYPES).items():
        if count > 1:
            message = f"You can attach only one EFA for each network card; network card {card} has {count}."
            found.append(Refused("InvalidParameterCombination", message))
    return found


def _slot(type_: str, hardware_: Hardware, card: int, device: int | None, kind: str) -> list[Refused]:
    place = hardware_.cards.get(card)
    if place is None:
        message = (
            f"Network card index '{card}' does not exist on instance type '{type_}'. Specify a number from "
            f"0 to {max(hardware_.cards, default=0)}, and try again."
        )
        return [Refused("InvalidParameterValue", message)]
    found = []
    if device is not None and not 0 <= device < place.devices:
        message = (
            f"The specified number '{device}' for the device index exceeds the maximum number of network "
            f"interfaces supported by the network card at network card index {card}. The maximum devices "
            f"for this network card is {place.devices}. Specify a number from 0 to {place.devices - 1}, and "
            "try again."
        )
        found.append(Refused("InvalidParameterValue", message))
    if kind not in place.types:
        message = (
            f"Network card {card} of instance type '{type_}' does not support the interface type '{kind}', "
            f"only {', '.join(place.types)}."
        )
        found.append(Refused("InvalidParameterCombination", message))
    return found


def _too_many_efas(type_: str, hardware_: Hardware, placed: list[Placed]) -> list[Refused]:
    count = sum(kind in EFA_TYPES for _, _, kind in placed)
    if count <= hardware_.efas:
        return []
    limit = f"a maximum of {hardware_.efas} EFA interfaces"
    message = f"Instance type '{type_}' supports {limit}; {count} are specified."
    return [Refused("AttachmentLimitExceeded", message)]
