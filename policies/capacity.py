"""Capacity Blocks and reservations: named, not oversold, and neither bought nor lost by accident."""

from collections.abc import Iterator
from typing import Any

import pulumi
from efa_pools.rules.capacity import reservation_holds_the_pool, target_is_named

from .known import UNKNOWN, at, listed
from .rule import Config, Finding, NotApplicable, Resource, Rule, Stack, mapping, strings
from .templates import SPECIFICATION, maximum, reservations_of, started
from .tokens import BLOCK, NODE_GROUP, NODES, RESERVATION, TEMPLATE
from .view import as_pool, market, said, target

INSTANCE_COUNTS = mapping("instances in reservations that this stack does not make, by id", "integer")
# EKS's capacity type, and the market type that the template must have (EKS User Guide, "Create a managed
# node group with Capacity Blocks for ML", and "Customize managed nodes with launch templates").
TYPES = {"CAPACITY_BLOCK": "capacity-block", "ON_DEMAND": None, "SPOT": None}


def block_is_named(template: Resource, _: Config) -> Iterator[str]:
    """A launch into a Capacity Block names it."""
    if market(template) != "capacity-block":
        raise NotApplicable("not a Capacity Block")
    path = (SPECIFICATION, "capacityReservationTarget")
    if template.at(*path) is UNKNOWN:
        return
    for problem in said(target_is_named, as_pool(template)):
        yield f"{SPECIFICATION}.capacityReservationTarget: {problem.message}"


def market_fits(stack: Stack, _: Config) -> Iterator[Finding]:
    """The capacity type of a node group and the market type of its template say the same."""
    for template, nodes in started(stack):
        stated, asked = market(template), nodes.at("capacityType") or "ON_DEMAND"
        if nodes.type != NODE_GROUP or UNKNOWN in (stated, asked) or asked not in TYPES:
            continue
        if stated != TYPES[asked]:
            expected = TYPES[asked] or "no market type"
            yield (
                nodes,
                f"capacityType {asked} with market type {stated} in template {template.name}: expected "
                f"{expected} there; EKS refuses the node group, or asks for capacity of another kind",
            )


def size_fits(stack: Stack, config: Config) -> Iterator[Finding]:
    """No group may grow beyond the reservation that it launches into."""
    counts = _counts(config)
    for template, nodes, key in _users(stack):
        count, size = _count(stack, template, key, counts), maximum(nodes)
        if count is None or size is None:
            continue
        pool = as_pool(template, size={"min": 0, "max": size}, capacity={"count": count})
        for problem in said(reservation_holds_the_pool, pool):
            yield nodes, f"maximum size: {problem.message}"


def not_oversold(stack: Stack, config: Config) -> Iterator[Finding]:
    """Groups that share a reservation fit into it together."""
    counts = _counts(config)
    users: dict[str, list[tuple[Resource, Resource]]] = {}
    for template, nodes, key in _users(stack):
        users.setdefault(key, []).append((template, nodes))
    for key, pairs in users.items():
        sizes = [size for _, nodes in pairs if (size := maximum(nodes)) is not None]
        count = _count(stack, pairs[0][0], key, counts)
        if count is None or len(sizes) < 2 or sum(sizes) <= count:
            continue
        together = ", ".join(nodes.name for _, nodes in pairs)
        yield (
            pairs[-1][1],
            f"{together}: {sum(sizes)} nodes at most: expected {count}, the instances of their reservation; "
            "the group that comes last does not fill",
        )


def _users(stack: Stack) -> Iterator[tuple[Resource, Resource, str]]:
    """Template, group and what they launch into: the resource's URN, or a known id or ARN."""
    for template, nodes in started(stack):
        made = reservations_of(template, stack)
        known = [one for one in target(template) if isinstance(one, str)]
        keys = [one.urn for one in made] + known
        if keys:
            yield template, nodes, keys[0]


def _count(stack: Stack, template: Resource, key: str, counts: dict[str, Any]) -> int | None:
    stated = [one.at("instanceCount") for one in reservations_of(template, stack)]
    count = stated[0] if stated else counts.get(key)
    return int(count) if isinstance(count, (int, float)) else None


def _counts(config: Config) -> dict[str, Any]:
    """Instances by reservation: what the pools of the stack's configuration state, and the rule's option."""
    pools = pulumi.Config("efa-pools").get_object("pools")
    stated = {}
    for pool in listed(pools):
        for key in ("reservationId", "resourceGroupArn"):
            name, count = at(pool, "capacity", key), at(pool, "capacity", "count")
            if isinstance(name, str) and count is not None:
                stated[name] = count
    return {**stated, **config["counts"]}


def bought_on_purpose(reservation: Resource, config: Config) -> Iterator[str]:
    """A reservation or block costs from its first second, used or not."""
    if reservation.name not in config["allowed"]:
        yield (f"{reservation.name}: expected its name under `allowed`; {_bill(reservation)}, nodes or not")


def kept_on_purpose(reservation: Resource, config: Config) -> Iterator[str]:
    """The engine refuses to delete or replace what is protected; a policy never sees what goes."""
    if not reservation.protect and reservation.name not in config["expendable"]:
        yield (
            f"{reservation.name}: expected protect: true; removed from the program it is given up, and "
            "capacity of its kind is rarely to be had again"
        )


def _bill(reservation: Resource) -> str:
    if reservation.type == BLOCK:
        return "the whole block is paid for at purchase and cannot be cancelled"
    count, type = reservation.at("instanceCount"), reservation.at("instanceType")
    return f"{count} x {type} are billed at the on-demand rate"


RULES = (
    Rule(
        "capacity-block-is-named",
        cause="a launch into a Capacity Block does not name the block",
        cost="EC2 refuses every launch, while the block's clock runs",
        fix="set capacityReservationSpecification.capacityReservationTarget.capacityReservationId",
        severity="critical",
        level="mandatory",
        types=(TEMPLATE,),
        one=block_is_named,
    ),
    Rule(
        "capacity-type-fits-market",
        cause="a node group's capacity type and its template's market type disagree",
        cost="EKS refuses the node group, or on-demand prices are paid beside an idle block",
        fix="pair CAPACITY_BLOCK with market type capacity-block, and leave the market type out otherwise",
        severity="high",
        level="mandatory",
        types=(NODE_GROUP,),
        stack=market_fits,
    ),
    Rule(
        "size-within-reservation",
        cause="a group may grow beyond the reservation that it launches into",
        cost="the nodes above it never start, and jobs that wait for the full size hang",
        fix="lower the maximum size, or reserve more",
        severity="high",
        level="mandatory",
        types=NODES,
        options={"counts": INSTANCE_COUNTS},
        stack=size_fits,
    ),
    Rule(
        "reservation-not-oversold",
        cause="groups that share a reservation may together grow beyond it",
        cost="which of them fills is chance; the others wait for machines that are taken",
        fix="lower the maximum sizes to what is reserved, or give each group its own reservation",
        severity="medium",
        level="advisory",
        types=NODES,
        options={"counts": INSTANCE_COUNTS},
        stack=not_oversold,
    ),
    Rule(
        "capacity-is-bought-on-purpose",
        cause="reserved capacity is bought without an opt-in",
        cost="a reservation is billed until it is given up, a Capacity Block is paid for at once",
        fix="list the resource's name under `allowed` in the policy configuration, in a reviewed change",
        severity="critical",
        level="mandatory",
        types=(RESERVATION, BLOCK),
        options={"allowed": strings("logical names of reservations and blocks that may be bought")},
        one=bought_on_purpose,
    ),
    Rule(
        "capacity-is-kept",
        cause="reserved capacity can be deleted by a mere `pulumi up`",
        cost="a reservation that is given up may not come back for weeks; a block would be bought twice",
        fix="set the resource option protect, or list the name under `expendable`",
        severity="high",
        level="mandatory",
        types=(RESERVATION, BLOCK),
        options={"expendable": strings("logical names that may be deleted")},
        one=kept_on_purpose,
    ),
)
