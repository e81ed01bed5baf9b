"""Volumes of a pool, and their values in the WorkerConfig.

Sources: pkg/apis/aws/validation/worker.go (validateVolumeConfig) and shoot.go (validateVolumeFunc).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..problem import Problem
from .decode import shown
from .identifiers import SNAPSHOT_ID, identifier_problems

MOST_DATA_VOLUMES = 11
IO1 = "io1"


def config_problems(
    config: Mapping[str, Any], volume: Mapping[str, Any] | None, data_volumes: Sequence[Mapping[str, Any]]
) -> Iterator[Problem]:
    """The values of the WorkerConfig against the pool's volumes; untyped volumes are not looked at.

    Values of data volumes are counted as the pool counts them, names as the WorkerConfig does.
    """
    if volume is not None and "type" in volume:
        yield from _values(config.get("volume", {}), volume["type"], "volume")
    entries: Sequence[Mapping[str, Any]] = config.get("dataVolumes", [])
    typed = set()
    for index, pooled in enumerate(data_volumes):
        if "type" not in pooled:
            continue
        name = pooled.get("name", "")
        typed.add(name)
        entry = next((one for one in entries if one.get("name", "") == name), {})
        yield from _values(entry, pooled["type"], "dataVolumes", index)
    seen = set()
    for index, entry in enumerate(entries):
        name = entry.get("name", "")
        path = ("dataVolumes", index, "name")
        if name not in typed:
            message = f"{shown(name)}: expected the name of a data volume of the worker, one with a type"
            yield Problem(path, "Invalid", message)
        if name in seen:
            yield Problem(path, "Duplicate", f"{shown(name)}: already named; only the first entry counts")
        seen.add(name)
        if "snapshotID" in entry:
            snapshot = entry["snapshotID"]
            yield from identifier_problems(SNAPSHOT_ID, snapshot, "dataVolumes", index, "snapshotID")


def _values(values: Mapping[str, Any], kind: str, *path: str | int) -> Iterator[Problem]:
    iops, throughput = values.get("iops"), values.get("throughput")
    if iops is None and kind == IO1:
        yield Problem((*path, "iops"), "Required", "missing; expected the IOPS of an io1 volume")
    if iops is not None and iops <= 0:
        yield Problem((*path, "iops"), "Forbidden", f"{iops}: expected 1 or more")
    if throughput is not None and throughput <= 0:
        yield Problem((*path, "throughput"), "Invalid", f"{throughput}: expected 1 or more")


def worker_problems(worker: Mapping[str, Any]) -> Iterator[Problem]:
    """The pool's own volumes. Without a root volume the data volumes are not looked at."""
    root = worker.get("volume")
    if root is None:
        yield Problem(("volume",), "Required", "missing; expected {size, type} of the root volume")
        return
    configured = worker.get("providerConfig") is not None
    yield from _volume(root, configured, "volume")
    data = worker.get("dataVolumes", [])
    if len(data) > MOST_DATA_VOLUMES:
        message = (
            f"{len(data)} data volumes: expected at most {MOST_DATA_VOLUMES}, the device names there are"
        )
        yield Problem(("dataVolumes",), "TooMany", message)
    for index, volume in enumerate(data):
        yield from _volume(volume, configured, "dataVolumes", index)


def _volume(volume: Mapping[str, Any], configured: bool, *path: str | int) -> Iterator[Problem]:
    if not volume.get("size"):
        yield Problem((*path, "size"), "Required", "missing; expected a size such as 100Gi")
    if "type" not in volume:
        yield Problem((*path, "type"), "Required", "missing; expected an EBS type such as gp3")
    if volume.get("type") == IO1 and not configured:
        message = "missing; expected a WorkerConfig, which states the IOPS of an io1 volume"
        yield Problem(("providerConfig",), "Required", message)
