"""How many nodes an Auto Scaling group replaces at once, as the percentages that it takes.

Source: EC2 Auto Scaling API, InstanceMaintenancePolicy and RefreshPreferences (botocore 1.44.5): percentages
of the desired capacity, the healthy minimum rounded up to whole instances; a maximum of 100 leaves no room
for a launch before a termination. That the maximum is rounded down is our reading.
"""

from math import ceil
from typing import NamedTuple


class Healthy(NamedTuple):
    """Bounds of the healthy part of a group while nodes are replaced."""

    minimum: int
    maximum: int
    at_once: int
    """Nodes that go, or come beyond the size, at once: what whole percentages can say of the wish."""


def healthy(nodes: int, wish: int, terminate_first: bool) -> Healthy:
    """The bounds for a group of so many nodes of which `wish` may be missing, or more, at once.

    Whole percentages cannot say every number: the most that is not above the wish is taken, and at least one,
    without which nothing would ever be replaced.
    """
    if terminate_first:
        options = [Healthy(least, 100, nodes - ceil(least * nodes / 100)) for least in range(99, -1, -1)]
    else:
        options = [Healthy(100, most, most * nodes // 100 - nodes) for most in range(101, 201)]
    able = [one for one in options if one.at_once > 0]
    within = [one for one in able if one.at_once <= wish]
    if within:
        return max(within, key=lambda one: one.at_once)
    return min(able, key=lambda one: one.at_once) if able else options[-1]
