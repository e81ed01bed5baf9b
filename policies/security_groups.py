"""Security groups of EFA interfaces: all traffic to and from itself (EC2 User Guide, Elastic Fabric Adapter).

EFA traffic is matched only by rules that name the group, both ways; a rule for 0.0.0.0/0 does not do.
"""

from collections.abc import Iterator

from .known import UNKNOWN, at, listed, texts, true
from .rule import Config, Finding, Resource, Rule, Stack, names
from .templates import interfaces
from .tokens import EGRESS, INGRESS, RULE, SECURITY_GROUP, TEMPLATE

ALL = ("-1", "all", UNKNOWN)
DIRECTIONS = ("ingress", "egress")
BEYOND = ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds")


def names_itself(stack: Stack, _: Config) -> Iterator[Finding]:
    """Of the groups on a template's EFA interfaces one must carry both rules."""
    for template, groups in _used(stack, efa=True):
        lacking = {group.urn: [d for d in DIRECTIONS if not _open(stack, group, d)] for group in groups}
        if not all(lacking.values()):
            continue
        for group in groups:
            missing = " and ".join(lacking[group.urn])
            yield (
                group,
                f"{missing}: expected protocol -1 with the group itself, because EFA interfaces of "
                f"template {template.name} are in it; without it NCCL hangs though everything else is open",
            )


def lets_out(stack: Stack, _: Config) -> Iterator[Finding]:
    """Nodes reach the API server and registries through some group of theirs."""
    for template, groups in _used(stack, efa=False):
        if not any(_leaves(stack, group) for group in groups):
            yield (
                groups[0],
                f"egress: expected a rule beyond the group itself, because nodes of template {template.name} "
                "have no other way to the API server and to registries, and never join",
            )


def _used(stack: Stack, *, efa: bool) -> Iterator[tuple[Resource, list[Resource]]]:
    """Templates with EFA, and the groups of their EFA (or all) interfaces, where all are of this stack."""
    for template in stack.of(TEMPLATE):
        placed, _ = interfaces(template)
        if not any(one.interface.is_efa for one in placed):
            continue
        entries = listed(template.at("networkInterfaces"))
        chosen = {one.path[-1] for one in placed if one.interface.is_efa or not efa}
        groups = _groups(stack, template, [entries[index] for index in chosen if isinstance(index, int)])
        if groups:
            yield template, groups


def _groups(stack: Stack, template: Resource, entries: list[object]) -> list[Resource]:
    """The groups of these interfaces; none where one of them is not of this stack, so cannot be judged."""
    made = [one for one in template.references.get("networkInterfaces", ()) if one.type == SECURITY_GROUP]
    found: dict[str, Resource] = {}
    for entry in entries:
        given = at(entry, "securityGroups")
        known = set(texts(given))
        here = [group for group in stack.of(SECURITY_GROUP) if names(group) & known]
        foreign = known - {text for group in here for text in names(group)}
        open_ended = 1 if given is UNKNOWN else listed(given).count(UNKNOWN)
        if foreign or open_ended > len(made):
            return []
        # An id that only creation tells is one of the groups that the property was made of.
        found |= {group.urn: group for group in here + (made if open_ended else [])}
    return list(found.values())


def _open(stack: Stack, group: Resource, direction: str) -> bool:
    """Whether a rule opens everything between the group and itself, or may, once its values are known."""
    return any(_is_all(rule) and rule["self"] for rule in _rules(stack, group, direction))


def _leaves(stack: Stack, group: Resource) -> bool:
    return any(not rule["self"] for rule in _rules(stack, group, "egress"))


def _is_all(rule: dict[str, object]) -> bool:
    return rule["protocol"] in ALL


def _rules(stack: Stack, group: Resource, direction: str) -> Iterator[dict[str, object]]:
    yield from _inline(group, direction)
    for rule in stack.of(RULE):
        if rule.at("type") in (direction, UNKNOWN) and _of(stack, rule, group):
            itself = _may_be(rule.at("self")) or _names(stack, rule, "sourceSecurityGroupId", group)
            yield {"protocol": rule.at("protocol"), "self": itself}
    for rule in stack.of(INGRESS if direction == "ingress" else EGRESS):
        if _of(stack, rule, group):
            itself = _names(stack, rule, "referencedSecurityGroupId", group)
            yield {"protocol": rule.at("ipProtocol"), "self": itself}


def _inline(group: Resource, direction: str) -> Iterator[dict[str, object]]:
    rules = group.at(direction)
    if rules is UNKNOWN and group.references.get(direction):
        # Stated, but made of other resources. Not stated, the provider reads it after creation.
        yield {"protocol": "-1", "self": True}
        yield {"protocol": "-1", "self": False}
    for rule in listed(rules):
        named = at(rule, "securityGroups")
        itself = _may_be(at(rule, "self")) or named is UNKNOWN or UNKNOWN in listed(named)
        itself = itself or bool(names(group) & set(texts(named)))
        yield {"protocol": at(rule, "protocol"), "self": itself}
        # One inline rule may name the group and others beside it.
        if itself and any(at(rule, key) not in (None, []) for key in BEYOND):
            yield {"protocol": at(rule, "protocol"), "self": False}


def _may_be(value: object) -> bool:
    return value is UNKNOWN or true(value)


def _of(stack: Stack, rule: Resource, group: Resource) -> bool:
    return _names(stack, rule, "securityGroupId", group)


def _names(stack: Stack, rule: Resource, property: str, group: Resource) -> bool:
    return group in stack.referred(rule, property, SECURITY_GROUP, property)


RULES = (
    Rule(
        "efa-group-names-itself",
        cause="the security group of EFA interfaces lacks the rules to and from itself",
        cost="EFA traffic between nodes is dropped: jobs hang in their first all-reduce, at full price",
        fix="add an ingress and an egress rule with protocol -1 that refer to the group itself",
        severity="critical",
        level="mandatory",
        types=(TEMPLATE,),
        stack=names_itself,
    ),
    Rule(
        "efa-nodes-reach-out",
        cause="no security group of the nodes lets traffic out beyond the group itself",
        cost="nodes start, are paid for, and never join: Pulumi removes EC2's default egress rule",
        fix="add an egress rule to 0.0.0.0/0, or to the endpoints and prefix lists that you use",
        severity="high",
        level="advisory",
        types=(TEMPLATE,),
        stack=lets_out,
    ),
)
