"""Every pool of a stack, planned and explained."""

from typing import Any, NamedTuple

from ..check.stack import CheckedStack
from ..problem import Problem, errors
from .decisions import decisions
from .pool import PoolPlan, describe, plan_pool


class StackPlan(NamedTuple):
    """The plan of a stack; no pools where the configuration has errors."""

    stack: str
    pools: tuple[PoolPlan, ...]
    problems: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        """The document of `efa-pools plan --json`."""
        pools = [
            {**describe(plan), "decisions": [one.as_json() for one in decisions(plan)]} for plan in self.pools
        ]
        return {"stack": self.stack, "pools": pools, "problems": [one.as_json() for one in self.problems]}


def plan_stack(stack: str, checked: CheckedStack) -> StackPlan:
    """Plan every pool, or none if anything is wrong: half a plan would look like a whole one."""
    if errors(checked.problems):
        return StackPlan(stack, (), checked.problems)
    return StackPlan(stack, tuple(plan_pool(made) for made in checked.pools), checked.problems)
