"""Network interfaces: their validation, and the expansion into a machine class.

Sources: pkg/apis/aws/validation/worker.go (validateNetworkInterfaces) and
pkg/controller/worker/machines.go (buildNetworkInterfacesTyped, buildSingleNI).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..problem import Path, Problem
from .decode import shown

TYPES = ("interface", "efa", "efa-only")
LARGEST = 2**31 - 1
# Gardener admits a range of two thousand million cards; no instance has more than this many interfaces.
EXPANSION_LIMIT = 4096


def interface_problems(entries: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """Each entry by itself; entries are never compared with each other."""
    for index, entry in enumerate(entries):
        yield from _entry(entry, ("networkInterfaces", index))
    for index, entry in enumerate(entries):
        if entry.get("type") == "efa-only" and _primary(entry):
            message = (
                "'efa-only': expected interface or efa on network card 0, device 0, the primary interface"
            )
            yield Problem(("networkInterfaces", index, "type"), "Invalid", message)


def _entry(entry: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    kind, card, cards = entry.get("type"), entry.get("networkCardIndex"), entry.get("networkCardIndexRange")
    if kind is not None and kind not in TYPES:
        yield Problem((*path, "type"), "NotSupported", f"{shown(kind)}: expected {', '.join(TYPES)}")
    if card is not None and cards is not None:
        yield Problem(path, "Invalid", "expected one of networkCardIndex and networkCardIndexRange")
    if card is not None:
        yield from _index(card, (*path, "networkCardIndex"))
    if cards is not None:
        first, last = cards.get("from", 0), cards.get("to", 0)
        path_of_range = (*path, "networkCardIndexRange")
        if first < 0:
            yield Problem((*path_of_range, "from"), "Invalid", f"{first}: expected 0 or more")
        if last > LARGEST:
            yield Problem((*path_of_range, "to"), "Invalid", f"{last}: expected at most {LARGEST}")
        if first > last:
            yield Problem(path_of_range, "Invalid", f"{first}..{last}: expected from <= to")
    yield from _index(entry.get("deviceIndex", 0), (*path, "deviceIndex"))


def _index(value: int, path: Path) -> Iterator[Problem]:
    if not 0 <= value <= LARGEST:
        yield Problem(path, "Invalid", f"{value}: expected 0 to {LARGEST}")


def _primary(entry: Mapping[str, Any]) -> bool:
    first = entry.get("networkCardIndexRange", {}).get("from", 0)
    return not (first or entry.get("networkCardIndex", 0) or entry.get("deviceIndex", 0))


def cards(entry: Mapping[str, Any]) -> range:
    """The network cards of one entry, in ascending order."""
    span = entry.get("networkCardIndexRange")
    if span is None:
        card = entry.get("networkCardIndex", 0)
        return range(card, card + 1)
    return range(span.get("from", 0), span.get("to", 0) + 1)


def expand(
    entries: Sequence[Mapping[str, Any]], subnet_id: str, security_group_id: str, *, ipv6: bool = False
) -> list[dict[str, Any]]:
    """The interfaces of a machine class in one zone, in the order of the list.

    Absent and empty lists give one interface with nothing stated but where it is. With IPv6 the first of
    the list gets an address and a prefix, whatever its card. Raises ValueError past `EXPANSION_LIMIT`.
    """
    made = [_single(entry, card, subnet_id, security_group_id) for entry, card in _places(entries)]
    if not entries:
        made = [{"subnetID": subnet_id, "securityGroupIDs": [security_group_id]}]
    if ipv6 and made:
        made[0] |= {"ipv6AddressCount": 1, "ipv6PrefixCount": 1}
    return made


def _places(entries: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], int]]:
    made = 0
    for entry in entries:
        for card in cards(entry):
            made += 1
            if made > EXPANSION_LIMIT:
                raise ValueError(f"more than {EXPANSION_LIMIT} network interfaces")
            yield entry, card


def _single(entry: Mapping[str, Any], card: int, subnet_id: str, group_id: str) -> dict[str, Any]:
    made = {
        "associatePublicIPAddress": False,
        "deleteOnTermination": True,
        "securityGroupIDs": [group_id],
        "subnetID": entry.get("subnetID", subnet_id),
        "interfaceType": entry.get("type") or "interface",
        "networkCardIndex": card,
        "deviceIndex": entry.get("deviceIndex", 0),
        "description": entry.get("description"),
    }
    # Empty text vanishes from the machine class: a description is a pointer there, a subnet is not.
    if not made["subnetID"]:
        del made["subnetID"]
    if made["description"] is None:
        del made["description"]
    return made
