"""Text that must look like an AWS name: patterns and lengths of the extension's filters.

Source: pkg/apis/aws/validation/filter.go. A pattern lets empty text pass; `filled` is what refuses it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..problem import Problem
from .decode import shown


class Identifier(NamedTuple):
    """A pattern, an example, a longest length in characters, and whether it may be empty."""

    pattern: re.Pattern[str]
    example: str
    longest: int
    filled: bool


def _identifier(pattern: str, example: str, longest: int = 255, *, filled: bool) -> Identifier:
    return Identifier(re.compile(pattern, re.ASCII), example, longest, filled)


SNAPSHOT_ID = _identifier(r"snap-[a-z0-9]+", "snap-0676786f3e288044c", filled=False)
PROFILE_NAME = _identifier(r"[\w+=,.@-]+", "gpu-nodes", 128, filled=True)
PROFILE_ARN = _identifier(
    r"arn:[\w +=,.@\-/:]+", "arn:aws:iam::123456789012:instance-profile/gpu-nodes", filled=False
)
RESERVATION_ID = _identifier(r"cr-[a-z0-9]+", "cr-0123456789abcdef0", filled=True)
RESERVATION_GROUP = _identifier(
    r"arn:[\w-]+:resource-groups:[\w+=,.@\-\/:]+",
    "arn:aws:resource-groups:eu-west-2:123456789012:group/blocks",
    filled=True,
)


def identifier_problems(wanted: Identifier, value: str, *path: str | int) -> Iterator[Problem]:
    """What Gardener refuses of one value."""
    if value and not wanted.pattern.fullmatch(value):
        yield Problem(path, "Invalid", f"{shown(value)}: expected the form of {wanted.example}")
    if not value and wanted.filled:
        yield Problem(path, "Required", f"empty: expected the form of {wanted.example}")
    if len(value) > wanted.longest:
        yield Problem(path, "Invalid", f"{len(value)} characters: expected at most {wanted.longest}")
