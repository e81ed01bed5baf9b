"""Security groups that are given: EFA's rules to and from themselves, and their network."""

from typing import Any

from ..model.wire import listed
from .account import Account, Missing
from .finding import Check, Subject, Verdict, judged

ALL_PROTOCOLS = "-1"


def group_ids(subject: Subject) -> list[str]:
    """The groups that the pool brings itself."""
    return [one for one in listed(subject.plan.pool.security_group_ids) if isinstance(one, str)]


def self_rules(subject: Subject, account: Account) -> Verdict | None:
    """Without a rule by group in both directions EFA traffic is dropped and NCCL waits for ever."""
    ids = group_ids(subject)
    if not ids:
        return None
    expected = "all protocols to and from the groups themselves, in rules that name a group"
    try:
        groups = account.call("ec2", "DescribeSecurityGroups", GroupIds=ids)["SecurityGroups"]
    except Missing as error:
        return Verdict("fail", str(error), expected, "correct securityGroupIds, or the Region")
    lacking = [
        word
        for word, key in (("inbound", "IpPermissions"), ("outbound", "IpPermissionsEgress"))
        if not any(_names(rule, set(ids)) for one in groups for rule in one.get(key, ()))
    ]
    add = " and ".join(f"an {word} rule" for word in lacking)
    return judged(
        bool(lacking),
        f"no {' and no '.join(lacking)} rule by group" if lacking else f"both in {', '.join(ids)}",
        expected,
        f"add to {ids[0]} {add}: protocol all (-1), {ids[0]} itself; address ranges do not let EFA through",
    )


def _names(rule: dict[str, Any], ids: set[str]) -> bool:
    """Every interface of a node has all the groups, so a rule of one that names another will do."""
    named = {pair.get("GroupId") for pair in rule.get("UserIdGroupPairs", ())}
    return rule["IpProtocol"] == ALL_PROTOCOLS and bool(named & ids)


def network(subject: Subject, account: Account) -> Verdict | None:
    """A group belongs to one VPC, and interfaces take only groups of their own."""
    ids, wanted = group_ids(subject), subject.stack.cluster.vpc_id
    if not ids or not isinstance(wanted, str):
        return None
    groups = account.call("ec2", "DescribeSecurityGroups", GroupIds=ids)["SecurityGroups"]
    text = ", ".join(f"{one['GroupId']} in {one['VpcId']}" for one in groups)
    wrong = any(one["VpcId"] != wanted for one in groups)
    return judged(wrong, text, f"groups of {wanted}", "take groups of the cluster's VPC")


CHECKS = (Check("security-group-rules", self_rules), Check("security-group-network", network))
