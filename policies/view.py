"""A launch template seen as a pool, so that the components' own rules judge it in the same words."""

from collections.abc import Iterator
from typing import Any

from efa_pools.model.parse import parse
from efa_pools.model.pool import Pool
from efa_pools.plan.draft import Draft, draft
from efa_pools.problem import Problem
from efa_pools.rules.registry import Rule as PoolRule
from efa_pools.rules.registry import ask

from .known import UNKNOWN, at
from .rule import Resource
from .templates import SPECIFICATION

MARKETS = {
    "capacity-block": "capacity-block",
    "interruptible-capacity-reservation": "interruptible-reservation",
    "spot": "spot",
}
# Where only the presence of a reference matters, not which one it is.
SOME_RESERVATION, SOME_GROUP = "cr-00000000000000000", "pg-00000000000000000"
SOME_RESOURCE_GROUP = "arn:aws:resource-groups:us-east-1:000000000000:group/some"


def market(template: Resource) -> Any:
    """The market type, UNKNOWN or None."""
    return template.at("instanceMarketOptions", "marketType")


def target(template: Resource) -> tuple[Any, Any]:
    """What a launch targets: a reservation's id and a resource group's ARN.

    UNKNOWN is one that is stated and not known yet; None is none, or that not even this is known.
    """
    stated = template.at(SPECIFICATION, "capacityReservationTarget")
    if stated is UNKNOWN:
        return None, None
    return at(stated, "capacityReservationId"), at(stated, "capacityReservationResourceGroupArn")


def as_pool(template: Resource, mode: str | None = None, **more: Any) -> Draft:
    """The template's capacity and placement as a pool's; `more` are further keys of the pool.

    `mode` is the placement's; the strategy is taken to be cluster, and needs no zone here.
    """
    id, group = target(template)
    kind = market(template)
    capacity: dict[str, Any] = {"kind": MARKETS.get(kind, "reservation" if id or group else "on-demand")}
    if id is not None:
        capacity["reservationId"] = SOME_RESERVATION
    if group is not None:
        capacity["resourceGroupArn"] = SOME_RESOURCE_GROUP
    capacity |= more.pop("capacity", {})
    raw: dict[str, Any] = {"capacity": capacity, **more}
    if mode is not None:
        named = {"groupId": SOME_GROUP} if mode == "existing" else {}
        raw["placement"] = {"mode": mode, "strategy": "cluster", **named}
    return draft(parse(Pool, raw))


def said(rule: PoolRule, pool: Draft) -> Iterator[Problem]:
    """What a rule of the components finds."""
    return ask((rule,), pool)
