"""The check of one pool, and of pools beside each other."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ..model.parse import Parsed, parse
from ..model.pool import Pool
from ..plan.draft import Draft, draft
from ..plan.twins import with_twins
from ..problem import Problem
from ..rules import (
    capacity,
    compatibility,
    gardener,
    images,
    instance,
    machine,
    new_capacity,
    nodes,
    placement,
    preparation,
    schedules,
    self_managed,
    windows,
    words,
)
from ..rules.registry import Rule, ask
from .reservations import reservation_problems

POOL_RULES: tuple[Rule, ...] = (
    *instance.RULES,
    *capacity.RULES,
    *new_capacity.RULES,
    *windows.RULES,
    *schedules.RULES,
    *placement.RULES,
    *nodes.RULES,
    *images.RULES,
    *compatibility.RULES,
    *self_managed.RULES,
    *gardener.RULES,
    *machine.RULES,
    *words.RULES,
    *preparation.RULES,
)
MAXIMUM_POOLS = 1000


class Checked(NamedTuple):
    """A pool's draft and everything found in it; the draft is complete if no finding is an error."""

    draft: Draft
    problems: tuple[Problem, ...]


def check_pool(
    raw: Any,
    *,
    named: bool = True,
    twins: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> Checked:
    """Check one pool in wire form; `named` pools must carry their name themselves.

    `twins` are top-level references that stand for nested keys; a key given both ways is an error.
    Without `now` nothing is said of what depends on the time.
    """
    parsed: Parsed[Pool] = parse(Pool, raw)
    doubled: list[Problem] = []
    if twins:
        parsed, doubled = with_twins(parsed, twins)
    made = draft(parsed, now)
    rules = (*POOL_RULES, words.name_is_there) if named else POOL_RULES
    return Checked(made, (*parsed.problems, *doubled, *ask(rules, made)))


def check_pools(raw: Sequence[Any], now: datetime | None = None) -> tuple[list[Checked], list[Problem]]:
    """Check pools that stand beside each other; paths count from the list."""
    if len(raw) > MAXIMUM_POOLS:
        found = Problem(
            (), "TooMany", f"a list of {len(raw)} entries: expected at most {MAXIMUM_POOLS} pools"
        )
        return [], [found]
    checked = [check_pool(item, now=now) for item in raw]
    problems = [found.under(index) for index, one in enumerate(checked) for found in one.problems]
    drafts = [one.draft for one in checked]
    return checked, [*problems, *_across(drafts), *reservation_problems(drafts)]


def _across(drafts: Sequence[Draft]) -> Iterator[Problem]:
    yield from _shared_roles(drafts)
    seen: dict[str, int] = {}
    kinds = {made.kind for made in drafts if "nodes" in made.sound}
    for index, made in enumerate(drafts):
        name = made.pool.name if "name" in made.sound else None
        if name is not None and name in seen:
            yield Problem(
                (index, "name"),
                "Duplicate",
                f"{name!r}: already the name of pool [{seen[name]}]; expected another, because resources "
                "are named after it",
            )
        elif name is not None:
            seen[name] = index
        if "nodes" in made.sound and made.kind == "gardener" and kinds != {"gardener"}:
            yield Problem(
                (index, "nodes", "kind"), "Invalid", "'gardener' beside other kinds: a stack has one cluster"
            )


def _shared_roles(drafts: Sequence[Draft]) -> Iterator[Problem]:
    """A role has one access entry in a cluster: ours for a self-managed pool, EKS's for a managed one."""
    users: dict[str, int] = {}
    for index, made in enumerate(drafts):
        role = made.pool.nodes.role_arn if "nodes" in made.sound else None
        if not isinstance(role, str):
            continue
        first = users.setdefault(role, index)
        if first != index and "self-managed" in (made.kind, drafts[first].kind):
            yield Problem(
                (index, "nodes", "roleArn"),
                "Duplicate",
                f"{role!r}: already the role of pool [{first}]; expected another role for a self-managed "
                "pool, or its instance profile alone, because a role has one access entry in a cluster",
            )
