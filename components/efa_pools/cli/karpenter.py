"""`efa-pools karpenter export FILE`: pools as EC2NodeClass and NodePool."""

import sys
from argparse import Namespace
from pathlib import Path

from .. import documents
from ..karpenter.export import export, only, source, text
from ..problem import errors
from ..stackfile import project_defaults
from .main import FINE, PROBLEMS, Unusable


def run(arguments: Namespace) -> int:
    """Print the YAML; what Karpenter cannot say goes to standard error, and as comments before the YAML."""
    file = arguments.file
    try:
        raw = documents.read(file)
        defaults = None if file == "-" else project_defaults(Path(file).parent)
    except documents.Unreadable as error:
        raise Unusable(str(error)) from None
    if not isinstance(raw, (dict, list)) or raw == [] or (isinstance(raw, dict) and "kind" in raw):
        shapes = "a pool, a list of pools or a stack file (a mapping with `config`)"
        raise Unusable(f"{documents.shown(file)}: expected {shapes}")
    if isinstance(raw, dict) and "config" in raw and not isinstance(raw["config"], dict):
        raise Unusable(f"{file}: config: expected a mapping of configuration keys")
    found = source(raw, defaults or {}, Path(file).parent)
    if arguments.pool is not None:
        try:
            found = only(found, arguments.pool)
        except KeyError:
            names = ", ".join(str(made.pool.name) for _, made in found.pools if "name" in made.sound)
            raise Unusable(f"{file}: no pool {arguments.pool!r}; pools here: {names or 'none'}") from None
    made = export(found)
    name = "standard input" if file == "-" else file
    for one in made.problems:
        print(f"{name}: {'' if one.severity == 'error' else 'warning: '}{one.line()}", file=sys.stderr)
    if errors(made.problems):
        return PROBLEMS
    print(text(made), end="")
    return FINE
