"""From a Shoot's workers to our pools, without loss.

A part of a worker becomes keys of the pool only if exporting those keys gives the part back exactly; what
does not stays in `nodes.worker`, verbatim. So what is imported can always be exported again.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..check.pool import check_pool
from ..interface import EFA_TYPES
from ..model.parse import parse
from ..model.pool import Pool
from ..plan.draft import draft
from ..plan.pool import LABEL_EFA, LABEL_POOL
from ..problem import Problem
from .exporting import Tree, export_worker
from .sections import SECTIONS, without


class Imported(NamedTuple):
    """What became of one worker."""

    name: str
    pool: Tree | None
    """The pool in wire form; None where the worker is skipped."""
    kept: tuple[str, ...]
    """What no key of a pool expresses: paths below `nodes.worker`."""
    problems: tuple[Problem, ...]
    """Why it is skipped, or what our rules say of the pool; paths count from the worker or the pool."""


def import_worker(raw: Mapping[str, Any], shoot: Mapping[str, Any] | None = None) -> Imported:
    """The pool of a worker that Gardener admits; `shoot` is the Shoot's metadata, if there is one."""
    worker = clean(raw)
    name = str(worker.get("name", ""))
    entries = worker.get("providerConfig", {}).get("networkInterfaces", [])
    if not any(entry.get("type") in EFA_TYPES for entry in entries):
        message = "no interface of type efa or efa-only: expected EFA, without which it is no pool of ours"
        return Imported(
            name, None, (), (Problem(("providerConfig", "networkInterfaces"), "Required", message),)
        )
    pool, rest = _base(worker)
    if shoot is not None:
        names = {"shoot": shoot.get("name"), "namespace": shoot.get("namespace")}
        pool["nodes"] |= {key: str(value) for key, value in names.items() if value}
    if not _returns(worker, pool, rest):
        problems = parse(Pool, _with(pool, rest)).problems or (_unlike(),)
        return Imported(name, None, (), problems)
    for section in SECTIONS:
        keys, path, left = section(worker, rest)
        candidate, remainder = _overlaid(pool, keys), without(rest, path, left)
        if _returns(worker, candidate, remainder):
            pool, rest = candidate, remainder
    kept = tuple(f"nodes.worker.{one}" for one in _leaves(rest))
    whole = _with(pool, rest)
    return Imported(name, whole, kept, check_pool(whole).problems)


def _unlike() -> Problem:
    return Problem((), "Invalid", "no pool gives this worker back; expected Gardener's own keys")


def clean(value: Any) -> Any:
    """Without nulls, and whole numbers as integers, as Gardener stores it."""
    if isinstance(value, Mapping):
        return {str(key): clean(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, (list, tuple)):
        # Go reads a null entry as an empty one.
        return [{} if inner is None else clean(inner) for inner in value]
    if isinstance(value, str):
        return str(value)  # an unquoted time is text of a class of its own
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _base(worker: Tree) -> tuple[Tree, Tree]:
    """What every pool needs; the rest is verbatim at first."""
    least, most = worker.get("minimum", 0), worker.get("maximum", 0)
    entries = worker["providerConfig"]["networkInterfaces"]
    pool = {
        "name": worker.get("name", ""),
        "instanceType": worker.get("machine", {}).get("type", ""),
        "size": {"desired": least} if least == most else {"min": least, "max": most},
        "availabilityZones": worker.get("zones", []),
        "networkInterfaces": [
            {"subnetId" if key == "subnetID" else key: value for key, value in entry.items()}
            for entry in entries
        ],
        "placement": {"mode": "none"},
        "nodes": {"kind": "gardener"},
        "image": {"family": "custom"},
    }
    own = ("name", "minimum", "maximum", "zones")
    rest = {key: value for key, value in worker.items() if key not in own}
    rest = without(without(rest, ("machine", "type")), ("providerConfig", "networkInterfaces"))
    for label, value in ((LABEL_POOL, worker.get("name")), (LABEL_EFA, "true")):
        if rest.get("labels", {}).get(label) == value:
            rest = without(rest, ("labels", label))
    return pool, rest


def _overlaid(pool: Tree, keys: Tree) -> Tree:
    merged = dict(pool)
    for key, value in keys.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = {**pool["nodes"], **value} if key == "nodes" else value
    return merged


def _with(pool: Tree, rest: Tree) -> Tree:
    return {**pool, "nodes": {**pool["nodes"], "worker": rest}} if rest else pool


def _returns(worker: Tree, pool: Tree, rest: Tree) -> bool:
    """Whether exporting the pool gives the worker back."""
    parsed = parse(Pool, _with(pool, rest))
    if parsed.problems:
        return False
    exported = export_worker(draft(parsed))
    return not exported.problems and _normal(exported.worker) == _normal(worker)


def _normal(worker: Tree) -> Tree:
    """A worker with the API server's defaults, and with the labels that every node of ours carries."""
    defaults = {} if worker.get("updateStrategy") else {"maxSurge": 1, "maxUnavailable": 0}
    labels = {
        key: value for key, value in worker.get("labels", {}).items() if key not in (LABEL_POOL, LABEL_EFA)
    }
    filled = {**defaults, **worker, "labels": labels}
    return {key: value for key, value in filled.items() if value not in ([], {})}


def _leaves(tree: Tree, path: str = "") -> Iterator[str]:
    for key, value in tree.items():
        where = f"{path}.{key}" if path else key
        if isinstance(value, dict) and value:
            yield from _leaves(value, where)
        elif where not in ("providerConfig.apiVersion", "providerConfig.kind"):
            yield where
