"""How a rule says which parts of a pool it reads."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..plan.draft import Draft
from ..problem import Problem

Check = Callable[[Draft], Iterator[Problem]]


class Rule(NamedTuple):
    """A check and the fields that must be sound before it can be asked."""

    needs: frozenset[str]
    check: Check


def needs(*fields: str) -> Callable[[Check], Rule]:
    """Mark a check as a rule over these fields of the pool.

    Two are no fields: `cards` (the instance type's cards are known) and `now` (the time is).
    """

    def mark(check: Check) -> Rule:
        return Rule(frozenset(fields), check)

    return mark


def ask(rules: tuple[Rule, ...], draft: Draft) -> Iterator[Problem]:
    """The findings of every rule that can be asked; a key that several rules miss is missing once."""
    missing = set()
    for rule in rules:
        if not rule.needs <= draft.sound:
            continue
        for found in rule.check(draft):
            if found.kind != "Required" or found.path not in missing:
                yield found
            if found.kind == "Required":
                missing.add(found.path)
