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
    try:
        raw = documents.read(arguments.file)
    except documents.Unreadable as error:
        raise Unusable(str(error)) from None
    if arguments.old is not None:
        raise Unusable("--old: update rules exist for Gardener input only, which is not yet supported")
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
    if "kind" in raw:
        raise Unusable(f"{file}: kind {raw['kind']!r}: Gardener input is not yet supported")
    if "config" not in raw:
        return list(check_pool(raw, named=False, now=moment()).problems)
    config = raw["config"]
    if not isinstance(config, dict):
        raise Unusable(f"{file}: config: expected a mapping of configuration keys")
    defaults = None if file == "-" else project_defaults(Path(file).parent)
    found = check_stack({**(defaults or {}), **config}, whole=defaults is not None, now=moment())
    return [one.under("config") for one in found.problems]


def report(found: Sequence[Problem], name: str) -> str:
    """One line a problem, the worst first, and a closing count."""
    ordered = sorted(found, key=lambda one: one.severity != "error")
    lines = [f"{name}: {'' if one.severity == 'error' else 'warning: '}{one.line()}" for one in ordered]
    bad = len(errors(found))
    count = f"{bad} error{'s' * (bad != 1)}, {len(found) - bad} warning{'s' * (len(found) - bad != 1)}"
    return "\n".join([*lines, f"{name}: {'valid' if not bad else 'not valid'}, {count}"])
