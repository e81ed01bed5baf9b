"""The pool's nodes that run already: their addresses, machines and vCPUs are taken by the pool itself."""

from typing import Any

from ..plan.pool import LABEL_POOL, PoolPlan
from .account import Account
from .finding import Stack

# The tags that EfaWorkerPool sets on instances.
TAG_POOL = LABEL_POOL
TAG_STACK = "efa-pools/stack"
ALIVE = {"Name": "instance-state-name", "Values": ["pending", "running"]}


def running(stack: Stack, plan: PoolPlan, account: Account) -> int:
    """How many nodes of the pool there are."""
    answer = account.call(
        "ec2",
        "DescribeInstances",
        Filters=[ALIVE, {"Name": f"tag:{TAG_STACK}", "Values": [f"{stack.project}/{stack.name}"]}],
    )
    found = (tags(one).get(TAG_POOL) for one in instances(answer))
    return sum(name == plan.name for name in found)


def instances(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The instances of an answer, out of their reservations."""
    return [one for group in answer["Reservations"] for one in group["Instances"]]


def tags(one: dict[str, Any]) -> dict[str, str]:
    """AWS's list of tags as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in one.get("Tags", ())}
