"""Subnets: their zone, network, public addresses, and whether the pool's addresses fit."""

from collections.abc import Iterable
from typing import Any

from ..model.wire import listed
from ..plan.pool import PoolPlan
from .account import Account, Missing
from .finding import Check, Subject, Verdict, judged, passed
from .nodes import running


def subnet_ids(plan: PoolPlan) -> list[str]:
    """The pool's subnets; in a stack file all are known."""
    return [one for one in listed(plan.pool.subnet_ids) if isinstance(one, str)]


def subnets(subject: Subject, account: Account) -> list[dict[str, Any]]:
    """The pool's subnets as EC2 knows them. Raises Missing where it does not know one."""
    ids = subnet_ids(subject.plan)
    answer = account.call("ec2", "DescribeSubnets", SubnetIds=ids) if ids else {"Subnets": []}
    return list(answer["Subnets"])


def zones(subject: Subject, account: Account) -> set[str]:
    """The zones that the pool states, else those of its subnets."""
    stated = subject.plan.pool.availability_zones
    if stated:
        return set(stated)
    return {str(one["AvailabilityZone"]) for one in subnets(subject, account)}


def subnet_zone(subject: Subject, account: Account) -> Verdict | None:
    """Subnets of another zone than stated take the nodes there, out of EFA's reach."""
    stated = sorted(subject.plan.pool.availability_zones or ())
    if not subnet_ids(subject.plan):
        return None
    expected = f"subnets in {', '.join(stated) or 'one zone'}"
    try:
        found = subnets(subject, account)
    except Missing as error:
        return Verdict("fail", str(error), expected, "correct subnetIds, or the Region")
    text = _each(found, "AvailabilityZone")
    actual = {one["AvailabilityZone"] for one in found}
    if stated:
        return judged(actual != set(stated), text, expected, "let subnetIds and availabilityZones agree")
    return judged(
        len(actual) > 1, text, expected, "keep the subnets of one zone; EFA does not cross", status="warn"
    )


def subnet_network(subject: Subject, account: Account) -> Verdict | None:
    """Nodes in another VPC than the cluster's do not reach it, nor fit the security group."""
    network = subject.stack.cluster.vpc_id
    if not isinstance(network, str) or not subnet_ids(subject.plan):
        return None
    found = subnets(subject, account)
    wrong = any(one["VpcId"] != network for one in found)
    return judged(wrong, _each(found, "VpcId"), f"subnets of {network}", "take subnets of the cluster's VPC")


def subnet_public_ip(subject: Subject, account: Account) -> Verdict | None:
    """A launch with several interfaces fails where the subnet gives public addresses by itself."""
    interfaces = len(subject.plan.interfaces)
    if not subnet_ids(subject.plan):
        return None
    public = [one["SubnetId"] for one in subnets(subject, account) if one.get("MapPublicIpOnLaunch")]
    if interfaces < 2:
        return passed(f"{interfaces} interface a node", "one interface, or no public addresses by itself")
    return judged(
        bool(public),
        f"{', '.join(public)} give{'s' * (len(public) == 1)} public addresses"
        if public
        else "no public addresses",
        f"none: EC2 refuses them for a launch with {interfaces} interfaces",
        "use private subnets, or turn off auto-assignment of public IPv4 addresses",
    )


def subnet_addresses(subject: Subject, account: Account) -> Verdict | None:
    """Nodes without addresses do not launch; pods without addresses do not start."""
    ids = subnet_ids(subject.plan)
    if not ids:
        return None
    free = sum(int(one["AvailableIpAddressCount"]) for one in subnets(subject, account))
    # Pools in the same subnets share what is free.
    sharing = [one for one in subject.stack.plans if set(subnet_ids(one)) & set(ids)]
    running_now = {one.name: running(subject.stack, one, account) for one in sharing}

    def need(sizes: Iterable[tuple[PoolPlan, int]]) -> int:
        return sum(
            one.addresses_per_node_with_cni * max(nodes - running_now[one.name], 0) for one, nodes in sizes
        )

    now = need((one, one.nodes.desired) for one in sharing)
    most = need((one, one.nodes.maximum) for one in sharing)
    names = ", ".join(one.name for one in sharing)
    found = f"{free} free in {', '.join(ids)}"
    expected = f"{now} more at the desired size, {most} at the largest, of {names} with the CNI's defaults"
    fix = "take a larger subnet, fewer nodes, or lower WARM_ENI_TARGET and set WARM_IP_TARGET in the CNI"
    if free < now:
        return Verdict("fail", found, expected, fix)
    return judged(free < most, found, expected, fix, status="warn")


def _each(found: list[dict[str, Any]], key: str) -> str:
    return ", ".join(f"{one['SubnetId']} in {one[key]}" for one in found)


CHECKS = (
    Check("subnet-zone", subnet_zone),
    Check("subnet-network", subnet_network),
    Check("subnet-public-ip", subnet_public_ip),
    Check("subnet-addresses", subnet_addresses),
)
