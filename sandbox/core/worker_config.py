"""What the AWS extension of Gardener refuses of a worker's providerConfig.

Written from gardener-extension-provider-aws at 2ff8d8183, pkg/apis/aws/v1alpha1/types_worker.go (shapes) and
pkg/apis/aws/validation/worker.go (rules), with nothing of the package under test.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from sandbox.core.decoding import decodes
from sandbox.core.values import Refused, Values, known

KIND = ("aws.provider.extensions.gardener.cloud/v1alpha1", "WorkerConfig")
INT32 = 2**31 - 1


class Fault(NamedTuple):
    """One field error, in Kubernetes' kinds."""

    field: str
    kind: str
    message: str


Faults = Iterator[Fault]
SHAPE: Values = {
    "apiVersion": str,
    "kind": str,
    "nodeTemplate": {"capacity": dict, "virtualCapacity": dict},
    "volume": {"iops": int, "throughput": int},
    "dataVolumes": [{"name": str, "iops": int, "throughput": int, "snapshotID": str}],
    "iamInstanceProfile": {"name": str, "arn": str},
    "instanceMetadataOptions": {"httpTokens": str, "httpPutResponseHopLimit": int},
    "cpuOptions": {"coreCount": int, "threadsPerCore": int, "amdSevSnp": str},
    "capacityReservation": {
        "capacityReservationPreference": str,
        "capacityReservationId": str,
        "capacityReservationResourceGroupArn": str,
    },
    "networkInterfaces": [
        {
            "networkCardIndex": int,
            "networkCardIndexRange": {"from": int, "to": int},
            "deviceIndex": int,
            "type": str,
            "description": str,
            "subnetID": str,
        }
    ],
    "placement": {"groupId": str, "tenancy": str, "hostId": str, "partitionNumber": int, "affinity": str},
    "instanceMarketOptions": {"marketType": str},
}
WORDS = {
    "instanceMetadataOptions.httpTokens": ("Invalid", "required", "optional"),
    "cpuOptions.amdSevSnp": ("NotSupported", "enabled", "disabled"),
    "capacityReservation.capacityReservationPreference": (
        "NotSupported",
        "capacity-reservations-only",
        "open",
        "none",
    ),
    "placement.tenancy": ("NotSupported", "default", "dedicated", "host"),
    "placement.affinity": ("NotSupported", "default", "host"),
}
PATTERNS = {
    "iamInstanceProfile.name": (r"[\w+=,.@-]+", 1, 128),
    "iamInstanceProfile.arn": (r"arn:[\w +=,.@\-/:]+|", 0, 255),
    "capacityReservation.capacityReservationId": (r"cr-[a-z0-9]+", 1, 255),
    "capacityReservation.capacityReservationResourceGroupArn": (
        r"arn:[\w-]+:resource-groups:[\w+=,.@\-/:]+",
        1,
        255,
    ),
}
BOUNDS = {
    "instanceMetadataOptions.httpPutResponseHopLimit": (1, 64),
    "placement.partitionNumber": (1, INT32),
}


def faults(config: Any, volume: Values | None, data_volumes: list[Values]) -> list[Fault]:
    """Everything refused of a providerConfig; paths count from the worker."""
    config = _without_nulls(config)
    right = isinstance(config, dict) and (config.get("apiVersion"), config.get("kind")) == KIND
    if not right or not decodes(config, SHAPE):
        return [Fault("providerConfig", "Invalid", "isn't a supported version")]
    found = [
        *_values(config),
        *_amounts(config),
        *_volumes(config, volume, data_volumes),
        *_exclusive(config),
    ]
    for index, entry in enumerate(config.get("networkInterfaces", [])):
        found += (one._replace(field=f"networkInterfaces[{index}]{one.field}") for one in _interface(entry))
    return [one._replace(field=f"providerConfig.{one.field}") for one in found]


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _values(config: Values) -> Faults:
    """Fields whose value alone decides."""
    for path, (kind, *words) in WORDS.items():
        value = _at(config, path)
        if value is not None and value not in words:
            yield Fault(path, kind, f'"{value}": expected {" or ".join(words)}')
    for path, (pattern, least, most) in PATTERNS.items():
        value = _at(config, path)
        if value is not None and not (least <= len(value) <= most and re.fullmatch(pattern, value, re.A)):
            yield Fault(path, "Invalid", f'"{value}": does not match {pattern}')
    for path, (low, high) in BOUNDS.items():
        value = _at(config, path)
        if value is not None and not low <= value <= high:
            yield Fault(path, "Invalid", f"{value}: expected {low} to {high}")
    market = config.get("instanceMarketOptions")
    kinds = ("spot", "capacity-block", "interruptible-capacity-reservation")
    if market is not None and market.get("marketType", "") not in kinds:
        yield Fault("instanceMarketOptions.marketType", "NotSupported", f"expected {' or '.join(kinds)}")


def _amounts(config: Values) -> Faults:
    for name, value in (known(config, "nodeTemplate", "capacity") or {}).items():
        if name in ("cpu", "gpu", "memory") and _quantity(value) < 0:
            yield Fault(f"nodeTemplate.capacity.{name}", "Invalid", f"{value}: expected 0 or more")
    for name, value in (known(config, "nodeTemplate", "virtualCapacity") or {}).items():
        amount = _quantity(value)
        for wrong in (amount < 0, amount.denominator != 1):
            if wrong:
                yield Fault(f"nodeTemplate.virtualCapacity.{name}", "Invalid", f"{value}: expected 0, 1, ...")


UNITS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def _quantity(value: Any) -> Fraction:
    parts = re.fullmatch(r"([-+]?\d+\.?\d*)([numkMGTPE]?|[KMGTPE]i)", str(value))
    if parts is None:
        raise Refused("BadRequest", f"quantities must match the regular expression, and {value!r} does not")
    number, unit = parts.groups()
    if unit.endswith("i"):
        return Fraction(number) * Fraction(1024 ** ("KMGTPE".index(unit[0]) + 1))
    scale: Fraction = Fraction(10) ** UNITS[unit]
    return Fraction(number) * scale


def _at(config: Values, path: str) -> Any:
    return known(config, *path.split("."))


def _volumes(config: Values, volume: Values | None, data_volumes: list[Values]) -> Faults:
    if volume and volume.get("type") is not None:
        yield from _speed("volume", volume["type"], config.get("volume", {}))
    names = [one.get("name") for one in data_volumes if one.get("type") is not None]
    given = config.get("dataVolumes", [])
    seen: set[str] = set()
    for index, one in enumerate(given):
        name = one.get("name", "")
        if name in seen:
            yield Fault(f"dataVolumes[{index}].name", "Duplicate", f'"{name}"')
        elif name not in names:
            yield Fault(f"dataVolumes[{index}].name", "Invalid", f'"{name}": no data volume of the worker')
        seen.add(name)
        snapshot = one.get("snapshotID", "")
        if snapshot and not re.fullmatch(r"snap-[a-z0-9]{1,250}", snapshot):
            yield Fault(f"dataVolumes[{index}].snapshotID", "Invalid", f'"{snapshot}"')
    for index, pool in enumerate(data_volumes):
        if pool.get("type") is not None:
            first: Values = next((one for one in given if one.get("name") == pool["name"]), {})
            yield from _speed(f"dataVolumes[{index}]", pool["type"], first)


def _speed(path: str, type: str, values: Values) -> Faults:
    iops, throughput = values.get("iops"), values.get("throughput")
    if iops is None and type == "io1":
        yield Fault(f"{path}.iops", "Required", "io1 needs it")
    if iops is not None and iops <= 0:
        yield Fault(f"{path}.iops", "Forbidden", f"{iops}: expected a positive number")
    if throughput is not None and throughput <= 0:
        yield Fault(f"{path}.throughput", "Invalid", f"{throughput}: expected a positive number")


def _exclusive(config: Values) -> Faults:
    """Fields that go together, or never do."""
    profile = config.get("iamInstanceProfile")
    if profile is not None and len(profile) != 1:
        yield Fault("iamInstanceProfile", "Invalid", "expected either name or arn")
    cpu = config.get("cpuOptions", {})
    pair = [key for key in ("coreCount", "threadsPerCore") if key in cpu]
    for key in {"coreCount", "threadsPerCore"} - set(pair) if len(pair) == 1 else ():
        yield Fault(f"cpuOptions.{key}", "Required", "they go together")
    if len(pair) == 2 and cpu["threadsPerCore"] not in (1, 2):
        yield Fault("cpuOptions.threadsPerCore", "Invalid", f"{cpu['threadsPerCore']}: expected 1 or 2")
    reservation = config.get("capacityReservation", {})
    prefix = "capacityReservation.capacityReservation"
    targets = [key for key in ("Id", "ResourceGroupArn") if f"capacityReservation{key}" in reservation]
    preference = reservation.get("capacityReservationPreference", "capacity-reservations-only")
    for _ in targets if preference != "capacity-reservations-only" else ():
        yield Fault(f"{prefix}Preference", "Forbidden", "not beside a reservation or a group of them")
    if len(targets) == 2:
        yield Fault(f"{prefix}Id", "Forbidden", "not beside capacityReservationResourceGroupArn")
    placement = config.get("placement", {})
    if "hostId" in placement and placement.get("tenancy") != "host":
        yield Fault("placement.hostId", "Forbidden", "only with tenancy host")


def _interface(entry: Values) -> Faults:
    card, cards = entry.get("networkCardIndex"), entry.get("networkCardIndexRange")
    first, last = (cards.get("from", 0), cards.get("to", 0)) if cards is not None else (0, 0)
    if card is not None and cards is not None:
        yield Fault("", "Invalid", "networkCardIndex and networkCardIndexRange exclude each other")
    for field, value in ((".networkCardIndex", card or 0), (".deviceIndex", entry.get("deviceIndex", 0))):
        if not 0 <= value <= INT32:
            yield Fault(field, "Invalid", f"{value}: expected 0 to {INT32}")
    if first < 0:
        yield Fault(".networkCardIndexRange.from", "Invalid", f"{first}: expected 0 or more")
    if last > INT32:
        yield Fault(".networkCardIndexRange.to", "Invalid", f"{last}: expected at most {INT32}")
    if first > last:
        yield Fault(".networkCardIndexRange", "Invalid", f"from {first} is above to {last}")
    type = entry.get("type", "interface")
    if type not in ("interface", "efa", "efa-only"):
        yield Fault(".type", "NotSupported", f'"{type}": expected interface or efa or efa-only')
    if type == "efa-only" and not (card or first or entry.get("deviceIndex", 0)):
        yield Fault(".type", "Invalid", '"efa-only": not for the primary network interface')
