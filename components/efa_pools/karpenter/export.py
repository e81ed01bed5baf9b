"""From a document to the pools in it, and from those to YAML."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ..check.pool import check_pool, check_pools
from ..check.stack import NAMESPACE, check_stack
from ..plan.draft import Draft
from ..plan.pool import plan_pool
from ..problem import Path as Path_
from ..problem import Problem, errors
from .differences import differences, other_kind
from .node_class import node_class
from .node_pool import node_pool

HEADER = "Karpenter v1.11 or newer, for networkInterfaces and placementGroupSelector."
RESERVED_HEADER = "Reservations need the feature gate ReservedCapacity=true, the default since v1.6."
WIDTH = 100


class Source(NamedTuple):
    """The pools of a document, with what the check says of them; paths count from the document's root."""

    pools: tuple[tuple[Path_, Draft], ...]
    cluster_group: str | None
    whole: bool
    """Whether the document could name the cluster: a stack file can, a pool by itself cannot."""
    problems: tuple[Problem, ...]


class Export(NamedTuple):
    """What to print; no documents where a problem is an error."""

    documents: tuple[dict[str, Any], ...]
    problems: tuple[Problem, ...]


def source(raw: Any, defaults: Mapping[str, Any], folder: Path = Path()) -> Source:
    """Check a pool, a list of pools or a stack file; `defaults` and `folder` are its project's."""
    if isinstance(raw, list):
        checked, found = check_pools(raw)
        return Source(tuple(((i,), one.draft) for i, one in enumerate(checked)), None, False, tuple(found))
    if "config" not in raw:
        one = check_pool(raw)
        return Source((((), one.draft),), None, False, one.problems)
    stack = check_stack({**defaults, **raw["config"]}, whole=bool(defaults), folder=folder)
    group = stack.cluster.security_group_id
    return Source(
        tuple((("config", f"{NAMESPACE}:pools", index), made) for index, made in enumerate(stack.pools)),
        group if isinstance(group, str) else None,
        True,
        tuple(one.under("config") for one in stack.problems),
    )


def only(found: Source, name: str) -> Source:
    """One pool of several, with its own problems and those of no pool. Raises `KeyError` where it is not."""
    chosen = tuple((path, made) for path, made in found.pools if made.pool.name == name)
    if not chosen:
        raise KeyError(name)
    others = [path for path, made in found.pools if made.pool.name != name]
    kept = [
        one for one in found.problems if not any(path and one.path[: len(path)] == path for path in others)
    ]
    return found._replace(pools=chosen, problems=tuple(kept))


def export(found: Source) -> Export:
    """Two documents a pool, in order; nothing at all if one pool cannot be had."""
    problems = list(found.problems)
    problems += (one.under(*path) for path, draft in found.pools for one in other_kind(draft))
    if errors(problems):
        return Export((), tuple(problems))
    made: list[dict[str, Any]] = []
    for path, draft in found.pools:
        plan = plan_pool(draft)
        problems += (one.under(*path) for one in differences(plan, found.cluster_group, found.whole))
        if not errors(problems):
            made += (node_class(plan, found.cluster_group), node_pool(plan))
    return Export(() if errors(problems) else tuple(made), tuple(problems))


def text(made: Export) -> str:
    """Multi-document YAML, with what Karpenter cannot say as comments at the top."""
    notes = [HEADER]
    if any("capacityReservationSelectorTerms" in one["spec"] for one in made.documents):
        notes.append(RESERVED_HEADER)
    notes += [f"{one.field()}: {one.message}" for one in made.problems]
    lines = [line for note in notes for line in _comment(note)]
    documents = [yaml.dump(one, Dumper=_Plain, sort_keys=False, width=WIDTH) for one in made.documents]
    return "\n".join(lines) + "\n---\n" + "---\n".join(documents)


def _comment(note: str) -> Sequence[str]:
    printable = "".join(letter if letter.isprintable() else "?" for letter in note)
    return textwrap.wrap(
        printable,
        WIDTH,
        initial_indent="# - ",
        subsequent_indent="#   ",
        break_on_hyphens=False,
        break_long_words=False,
    )


class _Plain(yaml.SafeDumper):
    """Scripts as blocks, and quotes around whatever another YAML reader may take for a number."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def _string(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    tag = "tag:yaml.org,2002:str"
    if "\n" in value and all(letter.isprintable() or letter == "\n" for letter in value):
        return dumper.represent_scalar(tag, value, style="|")
    plain = value[:1].isalpha() and value.isascii() and value.lower() not in ("y", "n")
    return dumper.represent_scalar(tag, value, style=None if plain or value.startswith("/") else '"')


_Plain.add_representer(str, _string)
