"""Placement. Source: pkg/apis/aws/validation/worker.go (validatePlacement)."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..problem import Problem
from .decode import shown

WORDS = {"tenancy": ("default", "dedicated", "host"), "affinity": ("default", "host")}
LARGEST = 2**31 - 1


def placement_problems(placement: Mapping[str, Any]) -> Iterator[Problem]:
    """A host only with tenancy host; whether the group exists is not asked."""
    for key, words in WORDS.items():
        if key in placement and placement[key] not in words:
            message = f"{shown(placement[key])}: expected {', '.join(words)}"
            yield Problem(("placement", key), "NotSupported", message)
    if "hostId" in placement and placement.get("tenancy") != "host":
        message = f"{shown(placement['hostId'])}: expected only with tenancy host"
        yield Problem(("placement", "hostId"), "Forbidden", message)
    partition = placement.get("partitionNumber")
    if partition is not None and not 1 <= partition <= LARGEST:
        yield Problem(("placement", "partitionNumber"), "Invalid", f"{partition}: expected 1 to {LARGEST}")
