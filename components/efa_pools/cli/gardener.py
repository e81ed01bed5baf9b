"""`efa-pools gardener import|export FILE`: between a Shoot's workers and our pools."""

import json
import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

import yaml

from .. import documents
from ..problem import Path, Problem, errors
from .main import FINE, PROBLEMS, Unusable

AROUND = (("apiVersion",), ("spec",), ("spec", "provider"), ("spec", "provider", "type"))
"""Where a Shoot is wrong beyond its workers, so that it has none that could be read."""


def run(arguments: Namespace) -> int:
    """Print what the file becomes; exit 1 where something of it has problems or is skipped."""
    if arguments.direction == "import" and arguments.pool is not None:
        raise Unusable("--pool: expected only with export; import takes every worker")
    try:
        raw = documents.read(arguments.file)
    except documents.Unreadable as error:
        raise Unusable(str(error)) from None
    return _import(raw, arguments) if arguments.direction == "import" else _export(raw, arguments)


def _print(value: Any, arguments: Namespace, **more: Any) -> None:
    if arguments.json:
        print(json.dumps({**more, **value}))
    else:
        ((_, found),) = value.items()
        print(yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=110), end="")


def _say(subject: str, text: str) -> None:
    print(f"efa-pools: {subject}: {text}", file=sys.stderr)


def _import(raw: Any, arguments: Namespace) -> int:
    from ..gardener.importing import import_worker
    from ..gardener.verdict import verdict

    metadata, workers = _workers(raw, arguments.file)
    pools, notes, wrong = [], [], False
    for index, worker in enumerate(workers):
        name = str(worker.get("name", f"[{index}]"))
        refused = list(verdict(worker))
        found = None if refused else import_worker(worker, metadata)
        problems = refused if found is None else list(found.problems)
        pool = None if found is None else found.pool
        kept = () if found is None else found.kept
        wrong = wrong or pool is None or bool(errors(problems))
        if pool is not None:
            pools.append(pool)
        notes.append(_note(name, pool is None, kept, problems, arguments))
    _print({"pools": pools}, arguments, workers=notes)
    return PROBLEMS if wrong else FINE


def _note(
    name: str, skipped: bool, kept: tuple[str, ...], problems: list[Problem], arguments: Namespace
) -> dict[str, Any]:
    if not arguments.json:
        if skipped:
            _say(name, "skipped")
        if kept:
            _say(name, f"kept verbatim, because no key of a pool says it: {', '.join(kept)}")
        for one in problems:
            _say(name, ("" if one.severity == "error" else "warning: ") + one.line())
    found = [one.as_json() for one in problems]
    return {"name": name, "skipped": skipped, "kept": list(kept), "problems": found}


def _workers(raw: Any, file: str) -> tuple[Mapping[str, Any] | None, list[Any]]:
    """The Shoot's metadata and its workers; a worker or a list of them stands for itself."""
    from ..gardener.shoot import read_shoot

    metadata = None
    if isinstance(raw, dict) and raw.get("kind") == "Shoot":
        for one in errors(read_shoot(raw).problems):
            if one.path in AROUND:
                raise Unusable(f"{file}: {one.line()}")
        provider = (raw.get("spec") or {}).get("provider") or {}
        metadata = raw.get("metadata") if isinstance(raw.get("metadata"), dict) else {}
        workers = [] if provider.get("workers") is None else provider["workers"]
    elif isinstance(raw, dict) and "machine" in raw:
        workers = [raw]
    else:
        workers = raw
    if not isinstance(workers, list) or not all(isinstance(one, dict) for one in workers):
        raise Unusable(f"{file}: expected a Shoot, a worker of one, or a list of workers")
    return metadata, workers


def _export(raw: Any, arguments: Namespace) -> int:
    from ..check.pool import check_pool
    from ..gardener.leaving import export_pool

    pools, single = _pools(raw, arguments)
    workers: list[Any] = []
    found: list[Problem] = []
    names: set[str] = set()
    for path, pool in pools:
        worker, problems = export_pool(check_pool(pool))
        name = worker.get("name", "")
        if name in names:
            message = f"{name!r}: expected each name once, because the workers of a Shoot are known by it"
            problems.append(Problem(("name",), "Duplicate", message))
        names.update((name,) if worker else ())
        workers.append(worker)
        found += (one.under(*path) for one in problems)
    if errors(found):
        workers = []
    if arguments.json:
        _print({"workers": workers}, arguments, problems=[one.as_json() for one in found])
    else:
        for one in found:
            _say(arguments.file, ("" if one.severity == "error" else "warning: ") + one.line())
        if workers:
            _print({"workers": workers[0] if single else workers}, arguments)
    return PROBLEMS if errors(found) else FINE


def _pools(raw: Any, arguments: Namespace) -> tuple[list[tuple[Path, Any]], bool]:
    """The pools of the file, or the one that is asked for, by path; whether one was meant."""
    root: Path = ()
    single = isinstance(raw, dict) and "config" not in raw
    if isinstance(raw, dict) and isinstance(raw.get("config"), dict):
        raw, root = raw["config"].get("efa-pools:pools"), ("config", "efa-pools:pools")
    pools = [raw] if single else raw
    if not isinstance(pools, list) or not pools or (single and "kind" in raw):
        raise Unusable(f"{arguments.file}: expected a pool, a list of pools or a stack file with pools")
    found: list[tuple[Path, Any]] = [(root if single else (*root, at), one) for at, one in enumerate(pools)]
    if arguments.pool is None:
        return found, single
    named = [one for one in found if isinstance(one[1], dict) and one[1].get("name") == arguments.pool]
    if not named:
        known = ", ".join(str(one.get("name")) for one in pools if isinstance(one, dict))
        raise Unusable(f"{arguments.file}: no pool {arguments.pool!r}; pools here: {known}")
    if len(named) > 1:
        raise Unusable(f"{arguments.file}: {len(named)} pools {arguments.pool!r}: expected each name once")
    return named, True
