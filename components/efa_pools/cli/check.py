"""`efa-pools check FILE`: what is wrong, all at once."""

import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import documents
from ..check.pool import check_pool, check_pools
from ..check.stack import check_stack
from ..problem import Problem, errors
from ..stackfile import project_defaults
from .main import FINE, PROBLEMS, Unusable, moment


def run(arguments: Namespace) -> int:
    """Print the problems; exit 1 if one is an error."""
    raw = _read(arguments.file)
    if isinstance(raw, dict) and "kind" in raw:
        found = _gardener(raw, arguments)
    elif arguments.old is not None or arguments.cloud_profile is not None:
        raise Unusable("--old and --cloud-profile: expected Gardener input, a Shoot or a WorkerConfig")
    else:
        found = problems(raw, arguments.file)
    valid = not errors(found)
    name = "standard input" if arguments.file == "-" else arguments.file
    if arguments.json:
        print(json.dumps({"valid": valid, "problems": [one.as_json() for one in found]}))
    else:
        print(report(found, name))
    return FINE if valid else PROBLEMS


def problems(raw: Any, file: str) -> list[Problem]:
    """Check whichever of our shapes the document has; paths count from its root."""
    if isinstance(raw, list):
        return check_pools(raw, moment())[1]
    if not isinstance(raw, dict):
        raise Unusable(f"{file}: expected a pool, a list of pools or a stack file (a mapping with `config`)")
    if "config" not in raw:
        return list(check_pool(raw, named=False, now=moment()).problems)
    config = raw["config"]
    if not isinstance(config, dict):
        raise Unusable(f"{file}: config: expected a mapping of configuration keys")
    defaults = None if file == "-" else project_defaults(Path(file).parent)
    found = check_stack({**(defaults or {}), **config}, whole=defaults is not None, now=moment())
    return [one.under("config") for one in found.problems]


def _gardener(raw: dict[str, Any], arguments: Namespace) -> list[Problem]:
    """A Shoot or a WorkerConfig, as Gardener and then EC2 would judge it."""
    from ..gardener.check import KINDS, check_gardener
    from ..gardener.cloud_profile import CloudProfile, NoCloudProfile

    kind, file = raw["kind"], arguments.file
    if not isinstance(kind, str) or kind not in KINDS:
        raise Unusable(f"{file}: kind {kind!r}: expected {' or '.join(KINDS)}")
    old = None if arguments.old is None else _read(arguments.old)
    if old is not None and (not isinstance(old, dict) or old.get("kind") != kind):
        raise Unusable(f"{arguments.old}: expected a {kind}, as {file} is")
    profile = None
    if arguments.cloud_profile is not None:
        try:
            profile = CloudProfile(_read(arguments.cloud_profile))
        except NoCloudProfile as error:
            raise Unusable(f"{arguments.cloud_profile}: {error}") from None
    return check_gardener(raw, old, profile)


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
