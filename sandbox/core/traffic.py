"""What security group rules let through, and what EFA traffic needs of them.

"An EFA requires a security group that allows all inbound and outbound traffic to and from the security group
itself" (EC2 User Guide, "Elastic Fabric Adapter"); without these rules "EFA traffic between instances will be
blocked" (the same guide, getting started with EFA and NCCL). Addresses do not match it: a rule for 0.0.0.0/0
is not enough.

EC2 launches nodes that lack them all the same, and their jobs hang. So the code below is the sandbox's own.
"""

from collections.abc import Iterable

from sandbox.core.nodes import Nodes
from sandbox.core.references import EGRESS_RULE, INGRESS_RULE, SECURITY_GROUP
from sandbox.core.store import Store
from sandbox.core.values import Refused, Values

BLOCKED = "EfaTrafficBlocked"


def rules(store: Store, type: str, groups: Iterable[str]) -> list[Values]:
    """The rules of one direction that these security groups have, made by a stack or found in the account."""
    wanted = set(groups)
    found = (rule["outputs"] for rule in store.all(type))
    return [rule for rule in found if rule.get("securityGroupId") in wanted]


def covers(rule: Values, port: int) -> bool:
    """Whether a rule allows TCP at this port."""
    if rule["ipProtocol"] in ("-1", "all"):
        return True
    lowest, highest = rule.get("fromPort"), rule.get("toPort")
    return rule["ipProtocol"] in ("tcp", "6") and lowest is not None and lowest <= port <= (highest or 0)


def refusals(nodes: Nodes) -> list[Refused]:
    """Groups that are gone; then both directions, for each set of groups that an EFA interface has."""
    named = sorted({group for one in nodes.interfaces for group in one.groups})
    gone = [group for group in named if nodes.store.get(SECURITY_GROUP, group) is None]
    if gone:
        return [
            Refused("InvalidGroup.NotFound", f"The security group '{one}' does not exist") for one in gone
        ]
    sets = dict.fromkeys(one.groups for one in nodes.interfaces if one.efa)
    directions = ((INGRESS_RULE, "inbound", "from"), (EGRESS_RULE, "outbound", "to"))
    return [
        Refused(BLOCKED, _sentence(groups, direction, towards))
        for groups in sets
        for type, direction, towards in directions
        if not _has_self_rule(nodes.store, type, groups)
    ]


def _has_self_rule(store: Store, type: str, groups: frozenset[str]) -> bool:
    return any(
        rule["ipProtocol"] in ("-1", "all") and rule.get("referencedSecurityGroupId") in groups
        for rule in rules(store, type, groups)
    )


def _sentence(groups: frozenset[str], direction: str, towards: str) -> str:
    if not groups:
        # The VPC's default group refers to itself inbound only ("Default security groups", VPC User Guide).
        return "EFA interfaces have no security group, and EFA traffic is blocked in the VPC's default one."
    which = ", ".join(sorted(groups))
    return (
        f"EFA interfaces have the security group {which}, which has no rule that allows all {direction} "
        f"traffic {towards} the security group itself: EFA traffic between instances will be blocked."
    )
