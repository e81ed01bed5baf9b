"""Every pool of a stack, planned and explained."""

from typing import Any, NamedTuple

from ..check.stack import CheckedStack
from ..problem import Problem, errors
from .decisions import decisions
from .operator_objects import images
from .pool import PoolPlan, describe, plan_pool


class StackPlan(NamedTuple):
    """The plan of a stack; no pools where the configuration has errors."""

    stack: str
    pools: tuple[PoolPlan, ...]
    problems: tuple[Problem, ...]
    test: str | None = None
    """What is said of the test over one of the pools; None where there is none."""

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
    pools = tuple(plan_pool(made) for made in checked.pools)
    return StackPlan(stack, pools, checked.problems, _test(checked))


def _test(checked: CheckedStack) -> str | None:
    test = checked.nccl_test
    if test is None:
        return None
    found = ", ".join(str(image) for one in checked.operator for _, image in images(one))
    operator = f"{found} from {test.operator_manifest}" if found else "found in the cluster"
    waits = "pulumi up waits for its verdict" if test.gate else "nothing waits for its verdict"
    return f"nccl test of pool {test.pool}: all-reduce over its nodes, {waits}; MPI operator: {operator}"
