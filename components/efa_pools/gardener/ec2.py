"""What Gardener admits and EC2 or the machine controller refuses at launch, or what surprises later.

Sources: EC2 User Guide (EFA, placement groups, Capacity Reservations, Dedicated Hosts, EBS);
gardener/machine-controller-manager-provider-aws v0.28.0, pkg/aws (validation and RunInstances).
Findings are warnings under the worker's own path.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .. import catalogue
from ..catalogue import InstanceType
from ..ebs import IOPS, ROOT_TYPES, SIZES, THROUGHPUT
from ..interface import Interface
from ..interfaces import Placed, layout_problems
from ..problem import Path, Problem, warning
from .capacity import GROUP, ID, PREFERENCE
from .capacity import ROOT as RESERVATION
from .decode import shown
from .interfaces import cards

Mapped = Mapping[str, Any]
# More than any instance type holds.
MOST_INTERFACES = 256
MOST_PARTITIONS = 7
# pkg/aws/apis/validation: every other type is refused when the machine is made.
CONTROLLER_TYPES = ("gp2", "gp3", "io1", "st1", "sc1", "standard")
EFA_RESOURCE = "vpc.amazonaws.com/efa"
NEEDS_TARGET = {"capacity-block", "interruptible-capacity-reservation"}
LATER = "Gardener admits it"


def warnings(worker: Mapped, config: Mapped, ip_families: Sequence[str]) -> Iterator[Problem]:
    """What is wrong with a worker that Gardener admits; `config` is its decoded WorkerConfig or empty."""
    yield from _volumes(worker, config)
    for found in config_warnings(config, worker, ip_families):
        yield found.under("providerConfig")
    if _has_efa(config) and catalogue.get(_type(worker)) is None:
        near = ", ".join(catalogue.nearest(_type(worker))) or "none"
        message = f"{shown(_type(worker))}: no EFA instance type of that name is known; nearest: {near}"
        yield warning(("machine", "type"), "NotSupported", message)
    reserved = set(config.get(RESERVATION, {})) & {ID, GROUP}
    if reserved and worker.get("maxSurge", 1) not in (0, "0%"):
        message = (
            f"{worker.get('maxSurge', 1)}: expected 0; the reservation holds no spare machine to surge with"
        )
        yield warning(("maxSurge",), "Invalid", message)


def config_warnings(config: Mapped, worker: Mapped | None, ip_families: Sequence[str]) -> Iterator[Problem]:
    """The same of a WorkerConfig; without its `worker` what holds for any."""
    zones = (worker or {}).get("zones", [])
    yield from _interfaces(config, worker, ip_families)
    yield from _placement(config.get("placement", {}), zones)
    yield from _capacity(config, zones)
    yield from _machine(config)
    if worker is not None and _has_efa(config) and not worker.get("minimum", 0):
        if EFA_RESOURCE not in config.get("nodeTemplate", {}).get("capacity", {}):
            message = (
                f"missing {EFA_RESOURCE}: from zero machines the autoscaler cannot know that nodes have EFA"
            )
            yield warning(("nodeTemplate", "capacity"), "Required", message)


def _type(worker: Mapped | None) -> str:
    return str((worker or {}).get("machine", {}).get("type", ""))


def _has_efa(config: Mapped) -> bool:
    return any(entry.get("type", "").startswith("efa") for entry in config.get("networkInterfaces", []))


def _interfaces(config: Mapped, worker: Mapped | None, ip_families: Sequence[str]) -> Iterator[Problem]:
    entries = config.get("networkInterfaces", [])
    if not entries:
        return
    instance: InstanceType | None = catalogue.get(_type(worker))
    spans = [cards(entry) for entry in entries]
    total = sum(span.stop - span.start for span in spans)
    if total > MOST_INTERFACES:
        message = f"{total} interfaces: expected at most {MOST_INTERFACES}; no instance type has more"
        yield warning(("networkInterfaces",), "TooMany", message)
        return
    for found in layout_problems(instance, list(_placed(entries))):
        yield found._replace(severity="warning")
    zones = (worker or {}).get("zones", [])
    for index, entry in enumerate(entries):
        subnet = entry.get("subnetID")
        path: Path = ("networkInterfaces", index, "subnetID")
        if subnet == "":
            yield warning(path, "Required", f"empty: {LATER}, the machine controller does not")
        elif subnet is not None and len(zones) > 1:
            message = f"{shown(subnet)}: one subnet for {len(zones)} zones; launches in the others fail"
            yield warning(path, "Invalid", message)
    if "IPv6" in ip_families and entries[0].get("type") == "efa-only":
        message = (
            "'efa-only' first in an IPv6 shoot: the first entry gets the IPv6 address, which it cannot hold"
        )
        yield warning(("networkInterfaces", 0, "type"), "Invalid", message)


def _placed(entries: Sequence[Mapped]) -> Iterator[Placed]:
    for index, entry in enumerate(entries):
        span = cards(entry)
        ends = (span.start, span.stop - 1) if "networkCardIndexRange" in entry else None
        for card in span:
            made = Interface(card, entry.get("deviceIndex", 0), entry.get("type", "interface"))
            yield Placed(("networkInterfaces", index), made, ends)


def _placement(placement: Mapped, zones: Sequence[str]) -> Iterator[Problem]:
    group, host = placement.get("groupId"), placement.get("tenancy") == "host"
    if group and len(zones) > 1:
        message = (
            f"{shown(group)} in {len(zones)} zones: a cluster group lies in one; launches in the others fail"
        )
        yield warning(("placement", "groupId"), "Invalid", message)
    if group and host:
        message = f"{shown(group)} with tenancy host: EC2 puts no Dedicated Host into a group"
        yield warning(("placement", "groupId"), "Forbidden", message)
    partition = placement.get("partitionNumber")
    if partition is not None and not group:
        message = f"{partition}: expected beside the groupId of a partition group"
        yield warning(("placement", "partitionNumber"), "Invalid", message)
    elif partition is not None and partition > MOST_PARTITIONS:
        message = f"{partition}: expected at most {MOST_PARTITIONS}, the partitions of a group in a zone"
        yield warning(("placement", "partitionNumber"), "TooMany", message)
    if "affinity" in placement and not host:
        message = f"{shown(placement['affinity'])}: expected only with tenancy host"
        yield warning(("placement", "affinity"), "Forbidden", message)
    if placement.get("hostId") and len(zones) > 1:
        message = (
            f"{shown(placement['hostId'])}: one host for {len(zones)} zones; launches in the others fail"
        )
        yield warning(("placement", "hostId"), "Invalid", message)


def _capacity(config: Mapped, zones: Sequence[str]) -> Iterator[Problem]:
    reservation = config.get(RESERVATION, {})
    market = config.get("instanceMarketOptions", {}).get("marketType")
    target = next((key for key in (ID, GROUP) if key in reservation), None)
    if target is not None and PREFERENCE in reservation:
        message = f"beside {target}: {LATER}, the machine controller refuses every preference with a target"
        yield warning((RESERVATION, PREFERENCE), "Forbidden", message)
    if market == "spot" and reservation:
        message = "'spot' beside a capacity reservation: spot machines never run in one"
        yield warning(("instanceMarketOptions", "marketType"), "Invalid", message)
    if market in NEEDS_TARGET and target is None:
        message = f"missing; {market} expects {ID} or {GROUP}, or nothing is launched"
        yield warning((RESERVATION, ID), "Required", message)
    if market == "capacity-block" and "groupId" in config.get("placement", {}):
        message = (
            "a group beside a Capacity Block: its machines already stand together, and not in this group"
        )
        yield warning(("placement", "groupId"), "Invalid", message)
    if target == ID and len(zones) > 1:
        message = f"{shown(reservation[ID])}: a reservation lies in one zone; launches in the others fail"
        yield warning((RESERVATION, ID), "Invalid", message)


def _machine(config: Mapped) -> Iterator[Problem]:
    options = config.get("instanceMetadataOptions")
    if options is not None and options.get("httpPutResponseHopLimit", 1) < 2:
        stated = options.get("httpPutResponseHopLimit", "missing")
        message = (
            f"{stated}: expected 2; with {stated if stated == 1 else 'the default, 1,'} pods get no token"
        )
        yield warning(("instanceMetadataOptions", "httpPutResponseHopLimit"), "Invalid", message)
    cores = config.get("cpuOptions", {}).get("coreCount", 1)
    if cores < 1:
        yield warning(
            ("cpuOptions", "coreCount"), "Invalid", f"{cores}: expected 1 or more; {LATER}, EC2 does not"
        )
    if config.get("iamInstanceProfile", {}).get("arn") == "":
        message = f"empty: {LATER}, the machine controller does not"
        yield warning(("iamInstanceProfile", "arn"), "Required", message)


def _volumes(worker: Mapped, config: Mapped) -> Iterator[Problem]:
    if "volume" in worker:
        values = config.get("volume", {})
        yield from _volume(worker["volume"], values, ("volume",), ("providerConfig", "volume"))
        kind = worker["volume"].get("type")
        if kind in SIZES and kind not in ROOT_TYPES:
            message = f"{kind!r}: expected {', '.join(sorted(ROOT_TYPES))}; EC2 cannot boot from others"
            yield warning(("volume", "type"), "Invalid", message)
    named = {entry.get("name", ""): entry for entry in reversed(config.get("dataVolumes", []))}
    for index, volume in enumerate(worker.get("dataVolumes", [])):
        values = named.get(volume.get("name", ""), {})
        where: Path = ("dataVolumes", index)
        yield from _volume(volume, values, where, ("providerConfig", *where))


def _volume(volume: Mapped, values: Mapped, path: Path, values_path: Path) -> Iterator[Problem]:
    kind = volume.get("type", "")
    if kind not in CONTROLLER_TYPES:
        message = f"{shown(kind)}: {LATER}, the machine controller wants {', '.join(CONTROLLER_TYPES)}"
        yield warning((*path, "type"), "NotSupported", message)
        return
    size = volume.get("size", "").removesuffix("Gi")
    if size.isascii() and size.isdigit() and len(size) < 10:
        least, most = SIZES[kind]
        if not least <= int(size) <= most:
            message = f"{size}Gi: expected {least} to {most} GiB with {kind}"
            yield warning((*path, "size"), "Invalid", message)
    for key, table, unit in (("iops", IOPS, "IOPS"), ("throughput", THROUGHPUT, "MiB/s")):
        value = values.get(key)
        if value is None:
            continue
        if kind not in table:
            message = f"{value}: expected only with {' or '.join(table)}, not {kind}; {LATER}, EC2 does not"
            yield warning((*values_path, key), "Forbidden", message)
        elif not table[kind][0] <= value <= table[kind][1]:
            message = f"{value}: expected {table[kind][0]} to {table[kind][1]} {unit} with {kind}"
            yield warning((*values_path, key), "Invalid", message)
