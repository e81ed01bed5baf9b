"""The instance profile. Source: pkg/apis/aws/validation/worker.go."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..problem import Problem
from .identifiers import PROFILE_ARN, PROFILE_NAME, identifier_problems


def profile_problems(profile: Mapping[str, Any]) -> Iterator[Problem]:
    """Exactly one of name and arn."""
    if ("name" in profile) == ("arn" in profile):
        yield Problem(("iamInstanceProfile",), "Invalid", "expected exactly one of name and arn")
    if "name" in profile:
        yield from identifier_problems(PROFILE_NAME, profile["name"], "iamInstanceProfile", "name")
    if "arn" in profile:
        yield from identifier_problems(PROFILE_ARN, profile["arn"], "iamInstanceProfile", "arn")
