"""What a check finds: four words, what there is, what was expected, and what to do."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, NamedTuple

from ..model.pool import Cluster
from ..plan.pool import PoolPlan
from .account import Account

Status = Literal["pass", "warn", "fail", "unknown"]


class Verdict(NamedTuple):
    """The outcome of one check."""

    status: Status
    found: str
    expected: str
    fix: str = ""


class Finding(NamedTuple):
    """A verdict and what it is about; `pool` is None where it is about the whole stack."""

    pool: str | None
    check: str
    status: Status
    found: str
    expected: str
    fix: str

    def as_json(self) -> dict[str, Any]:
        """The object of the command line's `checks` list."""
        return dict(self._asdict())


class Stack(NamedTuple):
    """What is to be created, and when."""

    name: str
    project: str
    plans: tuple[PoolPlan, ...]
    cluster: Cluster
    now: datetime


class Subject(NamedTuple):
    """One pool of the stack."""

    plan: PoolPlan
    stack: Stack


class Check(NamedTuple):
    """One question about a pool; an answer of None means that it does not arise."""

    name: str
    ask: Callable[[Subject, Account], Verdict | None]
    once: bool = False
    """Asked once for the stack, of its first pool."""


def passed(found: str, expected: str) -> Verdict:
    """All is well; `expected` says what was held against it."""
    return Verdict("pass", found, expected)


def judged(bad: bool, found: str, expected: str, fix: str, *, status: Status = "fail") -> Verdict:
    """Passed, or `status` where it is bad."""
    return Verdict(status, found, expected, fix) if bad else passed(found, expected)
