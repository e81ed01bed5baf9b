"""vCPU quotas of EC2: which one an instance type counts against, and whether the pools fit.

Capacity Blocks count against none; a reservation was counted when it was made (EC2 User Guide, "Capacity
Blocks for ML", "On-Demand Capacity Reservations"). Codes and names stand in `data/quotas.json`.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from .. import catalogue
from ..plan.pool import PoolPlan
from .account import Account, Missing
from .finding import Check, Stack, Subject, Verdict, judged, passed
from .nodes import ALIVE, TAG_POOL, TAG_STACK, instances, tags

DATA = Path(__file__).parent.parent / "data" / "quotas.json"


class Quota(NamedTuple):
    """One quota of a service, by its code in Service Quotas."""

    service: str
    code: str
    name: str


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return data


def eks(word: str) -> Quota:
    """`nodeGroups` per cluster, or `nodes` per group."""
    found = _data()["eks"][word]
    return Quota("eks", found["code"], found["name"])


def family(instance_type: str, *, spot: bool) -> Quota | None:
    """The vCPU quota of the type; None where no code is known or EC2 sells none that way."""
    letters = re.match("[a-z]*", instance_type)
    word = letters[0] if letters else ""
    for entry in _data()["vcpus"]:
        if word in entry["letters"]:
            of_generation = entry.get("spotOfGeneration", {}).get(instance_type[: len(word) + 1])
            found = (of_generation or entry.get("spot")) if spot else entry["onDemand"]
            return Quota("ec2", found["code"], found["name"]) if found else None
    return None


def value(account: Account, quota: Quota) -> float:
    """The applied value, else AWS's default. Raises Missing where Service Quotas knows neither."""
    asked = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    try:
        return float(account.call("service-quotas", "GetServiceQuota", **asked)["Quota"]["Value"])
    except Missing:
        return float(account.call("service-quotas", "GetAWSDefaultServiceQuota", **asked)["Quota"]["Value"])


def of_pool(plan: PoolPlan) -> Quota | None:
    """The quota that the pool's launches count against; None for blocks and reservations that exist."""
    if plan.pool.capacity.kind not in ("on-demand", "spot", "open-reservation") and not plan.capacity.new:
        return None
    return family(plan.instance.name, spot=plan.pool.capacity.kind == "spot")


def vcpu_quota(subject: Subject, account: Account) -> Verdict:
    """`VcpuLimitExceeded` comes at the launch, and a larger quota takes days to get."""
    plan, stack = subject.plan, subject.stack
    kind, name = plan.pool.capacity.kind, plan.instance.name
    quota = of_pool(plan)
    if kind == "capacity-block":
        return passed("Capacity Blocks count against no quota", "none needed")
    if kind not in ("on-demand", "spot", "open-reservation") and not plan.capacity.new:
        return passed("counted when the reservation was made", "none needed")
    if quota is None or plan.instance.vcpus is None:
        what = (
            f"no vCPU quota of {name} with kind {kind} is known"
            if quota is None
            else f"vCPUs of {name} unknown"
        )
        return Verdict("unknown", what, "a quota to hold the pool against", "look into Service Quotas of EC2")
    sharing = [one for one in stack.plans if of_pool(one) == quota]
    now = sum((one.instance.vcpus or 0) * _counted(one, one.nodes.desired) for one in sharing)
    most = sum((one.instance.vcpus or 0) * _counted(one, one.nodes.maximum) for one in sharing)
    limit, others = value(account, quota), _others(stack, quota, account)
    names = ", ".join(one.name for one in sharing)
    found = f"{limit:.0f} vCPUs ({quota.code}, {quota.name}), {others} of them used outside this stack"
    expected = f"{now} at the desired size, {most} at the largest, of {names}"
    fix = f"ask Service Quotas for {most + others} of {quota.code}, or lower the sizes"
    if now + others > limit:
        return Verdict("fail", found, expected, fix)
    return judged(most + others > limit, found, expected, fix, status="warn")


def _counted(plan: PoolPlan, nodes: int) -> int:
    """A reservation that the pool makes counts as a whole, used or not."""
    return plan.capacity.new.instances if plan.capacity.new else nodes


def _others(stack: Stack, quota: Quota, account: Account) -> int:
    """vCPUs that run under the same quota and belong to no pool of this stack."""
    mine, names = f"{stack.project}/{stack.name}", {one.name for one in stack.plans}
    total = 0
    for one in instances(account.call("ec2", "DescribeInstances", Filters=[ALIVE])):
        lifecycle = one.get("InstanceLifecycle", "on-demand")
        spot, found = lifecycle == "spot", tags(one)
        if (
            lifecycle not in ("on-demand", "scheduled", "spot")
            or family(one["InstanceType"], spot=spot) != quota
        ):
            continue
        if not (found.get(TAG_STACK) == mine and found.get(TAG_POOL) in names):
            total += _vcpus(one)
    return total


def _vcpus(one: dict[str, Any]) -> int:
    """A quota counts the type's own vCPUs, whatever the processor options are."""
    known = catalogue.get(one["InstanceType"])
    options = one.get("CpuOptions", {})
    if known is not None and known.vcpus is not None:
        return known.vcpus
    return int(options.get("CoreCount", 0)) * int(options.get("ThreadsPerCore", 1))


CHECKS = (Check("vcpu-quota", vcpu_quota),)
