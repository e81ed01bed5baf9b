"""Placement groups: one zone for a cluster group, and none beside reserved capacity that is not in it."""

from collections.abc import Iterator

from efa_pools.rules.placement import group_beside_reservation, zones_fit

from .known import UNKNOWN, texts
from .rule import Config, Finding, NotApplicable, Resource, Rule, Stack, strings
from .templates import groups_of, names_a_group, reservations_of, started
from .tokens import NODES, PLACEMENT_GROUP, SUBNET, TEMPLATE
from .view import as_pool, market, said, target

SUBNET_LISTS = ("subnetIds", "vpcZoneIdentifiers")


def one_zone(stack: Stack, _: Config) -> Iterator[Finding]:
    """Nodes in a cluster group of this stack, in subnets whose zones are known."""
    seen = set()
    for template, nodes in started(stack):
        groups = groups_of(template, stack) + stack.referred(
            nodes, "placementGroup", PLACEMENT_GROUP, "placementGroup"
        )
        clustered = any(group.at("strategy") == "cluster" for group in groups)
        zones = _zones(stack, nodes)
        if not clustered or nodes.urn in seen or len(zones) < 2:
            continue
        seen.add(nodes.urn)
        pool = as_pool(template, "existing", availabilityZones=zones)
        for problem in said(zones_fit, pool):
            yield nodes, f"zones of the subnets: {problem.message}"


def _zones(stack: Stack, nodes: Resource) -> list[str]:
    subnets = [one for key in SUBNET_LISTS for one in stack.referred(nodes, key, SUBNET, key)]
    stated = texts(nodes.at("availabilityZones"))
    zones = [zone for one in subnets if isinstance(zone := one.at("availabilityZone"), str)]
    return list(dict.fromkeys(zones + stated))


def created_beside_target(stack: Stack, _: Config) -> Iterator[Finding]:
    """A group that the stack makes holds no reserved machine, unless the reservation is made in it."""
    for template in stack.of(TEMPLATE):
        reservation, resource_group = target(template)
        groups = groups_of(template, stack)
        if not groups or reservation is None or resource_group is not None:
            continue
        if any(_made_in(stack, one, groups) for one in reservations_of(template, stack)):
            continue
        for problem in said(group_beside_reservation, as_pool(template, "create")):
            yield template, f"placement of {groups[0].name}: {problem.message}"


def _made_in(stack: Stack, reservation: Resource, groups: list[Resource]) -> bool:
    inside = stack.referred(reservation, "placementGroupArn", PLACEMENT_GROUP, "placementGroupArn")
    return any(group in groups for group in inside)


def resource_group_and_group(template: Resource, _: Config) -> Iterator[str]:
    """EC2 forbids any placement group where a block is reached through a resource group."""
    _reservation, resource_group = target(template)
    if market(template) != "capacity-block" or resource_group is None:
        raise NotApplicable("no Capacity Block that is reached through a resource group")
    if names_a_group(template):
        for problem in said(group_beside_reservation, as_pool(template, "existing")):
            yield f"placement: {problem.message}"


def existing_beside_block(stack: Stack, config: Config) -> Iterator[Finding]:
    """A group from elsewhere beside a block given by id may work, and may starve."""
    for template in stack.of(TEMPLATE):
        reservation, resource_group = target(template)
        by_id = market(template) == "capacity-block" and reservation is not None and resource_group is None
        if not by_id or not names_a_group(template) or groups_of(template, stack):
            continue
        given = {template.at("placement", key) for key in ("groupId", "groupName")}
        if UNKNOWN in given or given & set(config["tried"]):
            continue
        for problem in said(group_beside_reservation, as_pool(template, "existing")):
            yield template, f"placement: {problem.message}"


RULES = (
    Rule(
        "cluster-group-in-one-zone",
        cause="a cluster placement group is used from several Availability Zones",
        cost="launches in all zones but the first are refused, and EFA traffic does not cross zones anyway",
        fix="give the group subnets of one zone, or make a pool for each zone",
        severity="high",
        level="mandatory",
        types=NODES,
        stack=one_zone,
    ),
    Rule(
        "no-new-group-beside-reservation",
        cause="reserved capacity is asked for inside a placement group that holds none of it",
        cost="launches fail with InsufficientInstanceCapacity while reserved machines idle, and are billed",
        fix="leave the placement group out; a Capacity Block's machines stand close together by themselves",
        severity="critical",
        level="mandatory",
        types=(TEMPLATE,),
        stack=created_beside_target,
    ),
    Rule(
        "no-group-beside-resource-group",
        cause="a placement group beside a Capacity Block that is reached through a resource group",
        cost="EC2 refuses every launch, while the block's clock runs",
        fix="leave the placement group out",
        severity="critical",
        level="mandatory",
        types=(TEMPLATE,),
        one=resource_group_and_group,
    ),
    Rule(
        "existing-group-beside-block",
        cause="an existing placement group beside a Capacity Block",
        cost="if the block's machines are not in that group, launches fail for lack of capacity",
        fix="leave the group out, or try one node and then list the group under `tried`",
        severity="medium",
        level="advisory",
        types=(TEMPLATE,),
        options={"tried": strings("ids or names of groups that launches with the block were tried in")},
        stack=existing_beside_block,
    ),
)
