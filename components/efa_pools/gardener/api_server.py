"""What gardener-apiserver itself refuses of a worker, before the AWS extension is asked.

Source: gardener, pkg/api/core/validation/shoot.go (ValidateWorker, ValidateWorkers). Names and sizes are
warnings, because the extension, whose verdict is given here, admits them and its own tests use them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..problem import Path, Problem, warning
from .decode import shown
from .machine_class import update_amounts
from .update import IN_PLACE

LONGEST_NAME = 15
STRATEGIES = ("AutoRollingUpdate", *sorted(IN_PLACE))
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_SIZE = re.compile(r"\d+Gi", re.ASCII)
_PERCENT = re.compile(r"[0-9]+%", re.ASCII)


def size_problems(worker: Mapping[str, Any]) -> Iterator[Problem]:
    """How many machines there are, and how many more or fewer during an update."""
    least, most = worker.get("minimum", 0), worker.get("maximum", 0)
    for key, value in (("minimum", least), ("maximum", most)):
        if value < 0:
            yield Problem((key,), "Invalid", f"{value}: expected 0 or more")
    if most < least:
        yield Problem(("maximum",), "Forbidden", f"{most}: expected at least the minimum, {least}")
    strategy = worker.get("updateStrategy", STRATEGIES[0])
    if strategy not in STRATEGIES:
        message = f"{shown(strategy)}: expected {', '.join(STRATEGIES)}"
        yield Problem(("updateStrategy",), "NotSupported", message)
    for key in ("maxSurge", "maxUnavailable"):
        yield from _amount(worker.get(key), strategy, key)
    if strategy != "ManualInPlaceUpdate" and all(_nothing(amount) for amount in update_amounts(worker)):
        message = "0 beside maxSurge 0: expected one of the two above 0, or no machine can be replaced"
        yield Problem(("maxUnavailable",), "Invalid", message)


def _amount(value: int | str | None, strategy: str, key: str) -> Iterator[Problem]:
    if value is None:
        return
    if strategy == "ManualInPlaceUpdate":
        yield Problem((key,), "Invalid", f"{shown(value)}: expected nothing with {strategy}")
    if isinstance(value, str):
        if not _PERCENT.fullmatch(value):
            yield Problem((key,), "Invalid", f"{shown(value)}: expected a number or a percentage")
        elif key == "maxUnavailable" and len(value) < 12 and int(value[:-1]) > 100:
            yield Problem((key,), "Invalid", f"{shown(value)}: expected at most 100%")
    elif value < 0:
        yield Problem((key,), "Invalid", f"{value}: expected 0 or more")


def _nothing(amount: int | str | None) -> bool:
    return amount in (0, None) or (isinstance(amount, str) and not amount.rstrip("%").strip("0"))


def name_warnings(workers: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """Names and sizes of workers beside each other."""
    seen: set[str] = set()
    for index, worker in enumerate(workers):
        name = worker.get("name", "")
        yield from _name(name, (index, "name"))
        if name in seen:
            yield warning((index, "name"), "Duplicate", f"{shown(name)}: the API server wants each name once")
        seen.add(name)
        if not worker.get("machine", {}).get("type"):
            message = "missing; the API server wants an instance type such as p5.48xlarge"
            yield warning((index, "machine", "type"), "Required", message)
        for found in _volumes(worker):
            yield found.under(index)


def _volumes(worker: Mapping[str, Any]) -> Iterator[Problem]:
    data = worker.get("dataVolumes", [])
    if "volume" in worker:
        yield from _size(worker["volume"], ("volume",))
    names = [volume.get("name", "") for volume in data]
    for index, volume in enumerate(data):
        path: Path = ("dataVolumes", index)
        yield from _size(volume, path)
        yield from _name(names[index], (*path, "name"))
        if names[index] in names[:index]:
            message = f"{shown(names[index])}: the API server wants each name once"
            yield warning((*path, "name"), "Duplicate", message)
    kubelet = worker.get("kubeletDataVolumeName")
    if kubelet is not None and kubelet not in names:
        message = f"{shown(kubelet)}: the API server wants the name of a data volume"
        yield warning(("kubeletDataVolumeName",), "Invalid", message)


def _size(volume: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    size = volume.get("size", "")
    if size and not _SIZE.fullmatch(size):
        message = f"{shown(size)}: the API server wants a size such as 100Gi"
        yield warning((*path, "size"), "Invalid", message)


def _name(name: str, path: Path) -> Iterator[Problem]:
    if not _LABEL.fullmatch(name) or len(name) > LONGEST_NAME:
        message = f"{shown(name)}: the API server wants a-z, 0-9 and '-', at most {LONGEST_NAME} characters"
        yield warning(path, "Invalid" if name else "Required", message)
