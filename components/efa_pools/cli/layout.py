"""`efa-pools layout TYPE`: the interfaces that a node of the type gets."""

import json
import sys
from argparse import Namespace
from typing import Any

from .. import catalogue, layouts
from ..catalogue import InstanceType
from ..interface import Interface, runs
from .main import FINE, PROBLEMS


def run(arguments: Namespace) -> int:
    """Print one layout; exit 1 where the type or the preset cannot be had."""
    found = describe(arguments.type, arguments.preset)
    if arguments.json:
        print(json.dumps(found))
    elif "reason" in found:
        print(f"efa-pools: {arguments.type}: {found['reason']}", file=sys.stderr)
    else:
        print(table(found))
    return PROBLEMS if "reason" in found else FINE


def describe(name: str, preset: str = "recommended") -> dict[str, Any]:
    """The layout object of the command line's contract; `reason` only where there is no layout."""
    instance = catalogue.get(name)
    if instance is None:
        near = catalogue.nearest(name)
        hint = f"nearest: {', '.join(near)}; " if near else ""
        reason = f"no EFA instance type of that name is known; {hint}`efa-pools types` lists all"
        return {
            **_facts(InstanceType(name, None, None, None, None), preset),
            "reason": reason,
            "nearest": near,
        }
    found = _facts(instance, preset)
    if instance.cards is None:
        return {**found, "reason": instance.reason}
    try:
        interfaces = layouts.interfaces(instance, preset)
    except layouts.PresetUnavailable as error:
        return {**found, "reason": error.reason}
    found["efaInterfaces"] = sum(one.is_efa for one in interfaces)
    found["interfaces"] = [
        {"networkCardIndex": one.network_card_index, "deviceIndex": one.device_index, "type": one.type}
        for one in interfaces
    ]
    return found


def _facts(instance: InstanceType, preset: str) -> dict[str, Any]:
    return {
        "instanceType": instance.name,
        "networkCards": None if instance.cards is None else len(instance.cards),
        "maximumEfaInterfaces": instance.maximum_efa_interfaces,
        "efaInterfaces": 0,
        "bandwidthGbps": instance.bandwidth_gbps,
        "bandwidthBasis": instance.bandwidth_basis,
        "preset": preset,
        "layoutVersion": layouts.CURRENT_LAYOUT_VERSION,
        "interfaces": [],
        "sources": list(instance.sources),
    }


def table(found: dict[str, Any]) -> str:
    """The layout as people read it: runs of equal cards in one row."""
    head = (
        f"{found['instanceType']}: {len(found['interfaces'])} network interfaces on {found['networkCards']} "
        f"network cards, {found['efaInterfaces']} of at most {found['maximumEfaInterfaces']} EFA, "
        f"{found['bandwidthGbps']} Gbps ({found['bandwidthBasis']})"
    )
    lines = [head, f"layout {found['preset']}, version {found['layoutVersion']}", ""]
    lines += rows(found["interfaces"])
    lines += ["", *(f"source: {source}" for source in found["sources"])]
    return "\n".join(lines)


def rows(interfaces: list[dict[str, Any]]) -> list[str]:
    """A header and one row for each run of cards with the same device and type."""
    lines = ["network card  device  type       interfaces"]
    made = (Interface(one["networkCardIndex"], one["deviceIndex"], one["type"]) for one in interfaces)
    for first, last, one in runs(made):
        cards = str(first) if first == last else f"{first}-{last}"
        lines.append(f"{cards:<12}  {one.device_index:<6}  {one.type:<9}  {last - first + 1}")
    return lines
