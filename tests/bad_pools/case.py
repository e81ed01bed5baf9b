"""One thing wrong with a pool, and everything that a check says of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

RESERVATION = "cr-0abcdef1234567890"
NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
"""When every case is checked."""
GROUP_ARN = "arn:aws:resource-groups:us-east-2:123456789012:group/blocks"


@dataclass(frozen=True)
class Case:
    """`given` changes the valid pool to another without errors; `wrong` is the one thing wrong with it."""

    wrong: tuple[str, Any]
    kind: str
    said: tuple[str, ...]
    field: str
    given: Mapping[str, Any]
    also: tuple[str, ...]

    def __str__(self) -> str:
        path, value = self.wrong
        text = (
            str(value) if not isinstance(value, (list, dict)) or len(value) < 5 else f"{len(value)} of them"
        )
        return f"{path}={text[:60]}"


def bad(
    path: str,
    value: Any,
    kind: str,
    *said: str,
    at: str | None = None,
    given: Mapping[str, Any] | None = None,
    also: tuple[str, ...] = (),
) -> Case:
    """A case: the new value, the one problem's kind (with ` warning` if it is one) and parts of its message.

    `at` is the field where that stands elsewhere; `also` are further problems, as `field Kind`.
    """
    assert said, "a case says what its message must contain"
    field = re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", path) if at is None else at
    return Case((path, value), kind, said, field, given or {}, also)


def block(**more: Any) -> dict[str, Any]:
    """A Capacity Block by id, without a group."""
    return {
        "placement": {"mode": "none"},
        "capacity": {"kind": "capacity-block", "reservationId": RESERVATION, **more},
    }


def reserved(**more: Any) -> dict[str, Any]:
    """A reservation by id, without a group."""
    return {
        "placement": {"mode": "none"},
        "capacity": {"kind": "reservation", "reservationId": RESERVATION, **more},
    }


def placed(**placement: Any) -> dict[str, Any]:
    """Another placement."""
    return {"placement": placement}
