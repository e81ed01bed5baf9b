"""What the cluster autoscaler is told of a node. Source: pkg/apis/aws/validation/worker.go."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..problem import Problem

# Other names of the capacity are not looked at.
CHECKED = ("cpu", "gpu", "memory")


def template_problems(template: Mapping[str, Any]) -> Iterator[Problem]:
    """Capacity is not negative; virtual capacity is a whole number as well."""
    capacity = template.get("capacity", {})
    for name in CHECKED:
        if name in capacity and capacity[name].negative:
            yield _negative("capacity", name)
    for name, amount in sorted(template.get("virtualCapacity", {}).items()):
        if amount.negative:
            yield _negative("virtualCapacity", name)
        if not amount.whole:
            message = "a fraction: expected a whole number, as Kubernetes counts extended resources"
            yield Problem(("nodeTemplate", "virtualCapacity", name), "Invalid", message)


def _negative(key: str, name: str) -> Problem:
    return Problem(("nodeTemplate", key, name), "Invalid", "below 0: expected 0 or more")
