"""`efa-pools check FILE`: what is wrong, all at once."""

import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import documents
from ..check.pool import check_pool, check_pools
from ..check.stack import NAMESPACE, check_stack
from ..plan.draft import Draft
from ..problem import Path as Path_
from ..problem import Problem, errors
from ..stackfile import project_defaults
from .main import FINE, PROBLEMS, Unusable, moment

POOLS = f"{NAMESPACE}:pools"
SHAPES = "a pool, a list of pools, a stack file (a mapping with `config`), a Shoot or a WorkerConfig"


def run(arguments: Namespace) -> int:
    """Print the problems; exit 1 if one is an error."""
    raw = _read(arguments.file)
    if isinstance(raw, dict) and "kind" in raw:
        found = _gardener(raw, arguments)
    elif arguments.cloud_profile is not None:
        raise Unusable("--cloud-profile: expected Gardener input, a Shoot or a WorkerConfig")
    else:
        found = problems(raw, arguments.file)
        if arguments.old is not None:
            found += _updates(raw, found, arguments)
    valid = not errors(found)
    if arguments.json:
        print(json.dumps({"valid": valid, "problems": [one.as_json() for one in found]}))
    else:
        print(report(found, documents.shown(arguments.file)))
    return FINE if valid else PROBLEMS


def problems(raw: Any, file: str) -> list[Problem]:
    """Check whichever of our shapes the document has; paths count from its root."""
    if isinstance(raw, list):
        return check_pools(raw, moment())[1]
    if not isinstance(raw, dict):
        empty = "nothing in it; " if raw is None else ""
        raise Unusable(f"{documents.shown(file)}: {empty}expected {SHAPES}")
    if "config" not in raw:
        return list(check_pool(raw, named=False, now=moment()).problems)
    config = raw["config"]
    if "runtime" in raw:
        raise Unusable(
            f"{documents.shown(file)}: a Pulumi project; expected a stack file, Pulumi.<stack>.yaml"
        )
    if not isinstance(config, dict):
        raise Unusable(f"{documents.shown(file)}: config: expected a mapping of configuration keys")
    folder = Path(file).parent
    try:
        defaults = None if file == "-" else project_defaults(folder)
    except documents.Unreadable as error:
        raise Unusable(str(error)) from None
    whole = {**(defaults or {}), **config}
    found = check_stack(whole, whole=defaults is not None, now=moment(), folder=folder)
    return [one.under("config") for one in found.problems]


def _gardener(raw: dict[str, Any], arguments: Namespace) -> list[Problem]:
    """A Shoot or a WorkerConfig, as Gardener and then EC2 would judge it."""
    from ..gardener.check import KINDS, check_gardener
    from ..gardener.cloud_profile import CloudProfile, NoCloudProfile

    kind, file = raw["kind"], arguments.file
    if not isinstance(kind, str) or kind not in KINDS:
        said = "null" if kind is None else repr(kind)
        raise Unusable(f"{documents.shown(file)}: kind {said}: expected {' or '.join(KINDS)}")
    old = None if arguments.old is None else _read(arguments.old)
    if old is not None and (not isinstance(old, dict) or old.get("kind") != kind):
        raise Unusable(f"{arguments.old}: expected a {kind}, as {file} is")
    profile = None
    if arguments.cloud_profile is not None:
        if kind != "Shoot":
            raise Unusable(
                f"--cloud-profile: expected beside a Shoot; a {kind} names no machine and no image"
            )
        try:
            profile = CloudProfile(_read(arguments.cloud_profile))
        except NoCloudProfile as error:
            raise Unusable(f"{arguments.cloud_profile}: {error}") from None
    return check_gardener(raw, old, profile)


def _updates(raw: Any, found: Sequence[Problem], arguments: Namespace) -> list[Problem]:
    """What the update of pools that are workers of a Shoot does; nothing where the new ones have errors."""
    from ..gardener.pools import pool_updates

    new, now, root = _drafts(raw)
    old_raw = _read(arguments.old)
    if isinstance(old_raw, dict) != isinstance(raw, dict) or errors(problems(old_raw, arguments.old)):
        raise Unusable(f"{arguments.old}: expected valid pools, as in {arguments.file}")
    old, was, _ = _drafts(old_raw)
    if not any("nodes" in one.sound and one.kind == "gardener" for one in (*old, *new)):
        raise Unusable("--old: expected Gardener input, or pools of nodes.kind gardener")
    if errors(found):
        return []
    updates = pool_updates(old, new, was, now)
    return [one._replace(path=one.path[1:]) if root is None else one.under(*root) for one in updates]


def _drafts(raw: Any) -> tuple[list[Draft], str | None, Path_ | None]:
    """The pools of a document, the Shoot's version if it says so, and where its pools stand."""
    if isinstance(raw, dict) and isinstance(raw.get("config"), dict):
        stack = check_stack(raw["config"], whole=False, now=moment())
        version = stack.cluster.kubernetes_version
        return list(stack.pools), version if isinstance(version, str) else None, ("config", POOLS)
    if isinstance(raw, list):
        return [one.draft for one in check_pools(raw, moment())[0]], None, ()
    return [check_pool(raw, named=False, now=moment()).draft], None, None


def _read(file: str) -> Any:
    try:
        return documents.read(file)
    except documents.Unreadable as error:
        raise Unusable(str(error)) from None


def report(found: Sequence[Problem], name: str) -> str:
    """One line a problem, the worst first, and a closing count."""
    ordered = sorted(found, key=lambda one: one.severity != "error")
    lines = [f"{name}: {'' if one.severity == 'error' else 'warning: '}{one.line()}" for one in ordered]
    bad = len(errors(found))
    count = f"{bad} error{'s' * (bad != 1)}, {len(found) - bad} warning{'s' * (len(found) - bad != 1)}"
    return "\n".join([*lines, f"{name}: {'valid' if not bad else 'not valid'}, {count}"])
