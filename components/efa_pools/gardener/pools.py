"""What an update of pools does to their workers: what may not change, and which machines are replaced."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..model.wire import Deferred
from ..plan.draft import Draft
from ..problem import Problem, warning
from .exporting import export_worker
from .rolling import Cluster, rolls
from .update import counterpart, in_place_problems, update_problems

CREATED = "pg-0"
"""The group that a pool makes has an id of its own, the same before and after."""


def pool_updates(
    old: Sequence[Draft], new: Sequence[Draft], was: str | None, now: str | None
) -> Iterator[Problem]:
    """By pool and counted from the list of the new ones; `was` and `now` are the Shoot's Kubernetes versions.

    The pools are without errors; those that are no workers of a Shoot are passed over.
    """
    before = [_worker(made) for made in old if made.kind == "gardener"]
    after = {index: _worker(made) for index, made in enumerate(new) if made.kind == "gardener"}
    places = list(after)
    for one in (*update_problems(before, [*after.values()]), *in_place_problems(before, [*after.values()])):
        yield one._replace(path=(places[int(one.path[0])], "nodes", "worker", *one.path[1:]))
    for index, worker in after.items():
        earlier = counterpart(before, worker)
        if earlier is None:
            continue
        changed = rolls(earlier, worker, Cluster(was or ""), Cluster(now or ""))
        if changed:
            some = ", ".join(changed[:5]) + (", …" if len(changed) > 5 else "")
            message = f"rolls: {_count(earlier)} replaced, because of {some}"
            yield warning((index, "nodes", "worker"), "Invalid", message)


def _count(worker: Mapping[str, Any]) -> str:
    least, most = worker["minimum"], worker["maximum"]
    if least == most:
        return f"all {most} machines of the pool are" if most != 1 else "the one machine of the pool is"
    return f"every machine of the pool, {least} to {most}, is"


def _worker(draft: Draft) -> dict[str, Any]:
    made = CREATED if draft.placement.mode == "create" else None
    worker: dict[str, Any] = _settled(export_worker(draft, made).worker)
    return worker


def _settled(value: Any) -> Any:
    """Ids that other resources make are the same before and after, as far as one can tell."""
    if isinstance(value, dict):
        return {key: _settled(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_settled(inner) for inner in value]
    return "made" if isinstance(value, Deferred) else value
