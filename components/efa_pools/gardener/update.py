"""What an update of a Shoot's workers may not change.

Sources: pkg/apis/aws/validation/shoot.go (ValidateWorkersUpdate); gardener, pkg/api/core/validation/shoot.go
(validateWorkerUpdateStrategy and its neighbours), which speaks in the second half.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..problem import Problem

IN_PLACE = frozenset({"AutoInPlaceUpdate", "ManualInPlaceUpdate"})
Worker = Mapping[str, Any]


def update_problems(old: Sequence[Worker], new: Sequence[Worker]) -> Iterator[Problem]:
    """The AWS extension's own rules, by the worker's name; paths count from the list of workers."""
    for index, worker in enumerate(new):
        before = counterpart(old, worker)
        if before is None:
            continue
        if not _appended(before.get("zones", []), worker.get("zones", [])):
            message = "expected the zones of before, others only after them; machines of a zone cannot move"
            yield Problem((index, "zones"), "Invalid", message)
        if worker.get("updateStrategy") in IN_PLACE:
            for key in ("providerConfig", "dataVolumes"):
                if not _same(before.get(key), worker.get(key), key):
                    message = (
                        f"changed: expected what it was, because {worker['updateStrategy']} makes no machine"
                    )
                    yield Problem((index, key), "Invalid", message)


def in_place_problems(old: Sequence[Worker], new: Sequence[Worker]) -> Iterator[Problem]:
    """What Gardener's API server keeps fixed for in-place strategies."""
    for index, worker in enumerate(new):
        before = counterpart(old, worker)
        if before is None:
            continue
        was, now = (one.get("updateStrategy") for one in (before, worker))
        if (was in IN_PLACE) != (now in IN_PLACE):
            message = f"{now!r}: expected to stay {'in place' if was in IN_PLACE else 'rolling'}, as it was"
            yield Problem((index, "updateStrategy"), "Invalid", message)
        if was != now or now not in IN_PLACE:
            continue
        for path in (("machine", "type"), ("machine", "image", "name"), ("cri", "name"), ("volume",)):
            was_there, is_there = _at(before, path), _at(worker, path)
            named = path[-1] == "name" and None in (was_there, is_there)
            if was_there != is_there and not named:
                yield Problem((index, *path), "Invalid", f"changed: expected what it was with {now}")


def counterpart(old: Sequence[Worker], worker: Worker) -> Worker | None:
    """The first old worker of the same name: a renamed worker is a new one."""
    return next((one for one in old if one.get("name", "") == worker.get("name", "")), None)


def _appended(old: Sequence[str], new: Sequence[str]) -> bool:
    """Unchanged, or longer with the old ones in front. Without old zones anything is."""
    return list(new[: len(old)]) == list(old)


def _same(old: Any, new: Any, key: str) -> bool:
    # Go's semantic equality takes an empty list for an absent one.
    return (old or []) == (new or []) if key == "dataVolumes" else old == new


def _at(worker: Worker, path: tuple[str, ...]) -> Any:
    value: Any = worker
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
