"""Nodes of an environment where a replacement must not happen in passing.

A policy sees neither the earlier state nor the kind of step, so it cannot tell a replacement. It can demand
the option with which the engine itself refuses one.
"""

from collections.abc import Iterator

from .rule import Config, Resource, Rule
from .tokens import NODES, PLACEMENT_GROUP


def nodes_are_protected(resource: Resource, _: Config) -> Iterator[str]:
    """The engine refuses to delete or replace a protected resource, in the preview already."""
    if not resource.protect:
        yield f"{resource.name}: expected protect: true; another zone or role replaces its nodes"


RULES = (
    Rule(
        "nodes-are-protected",
        cause="a node group can be replaced or deleted by a mere `pulumi up`",
        cost="running jobs die, and capacity that is let go may not come back",
        fix="set the resource option protect on the pool; `efa-pools summary` shows rolling replacements",
        severity="high",
        level="disabled",
        types=(*NODES, PLACEMENT_GROUP),
        one=nodes_are_protected,
    ),
)
