"""The labels of a pool's nodes: the user's, and facts that jobs and people select on.

Only literals: an id that another resource makes is not known when the labels are decided.
"""

from collections.abc import Sequence

from ..catalogue import InstanceType
from ..interface import Interface
from ..labels import (
    LABEL_BLOCK_END,
    LABEL_CARDS,
    LABEL_EFA,
    LABEL_EFA_COUNT,
    LABEL_GROUP,
    LABEL_POOL,
    LABEL_RESERVATION,
    usable,
)
from ..model.pool import Pool
from .windows import instant


def own_labels(pool: Pool, interfaces: Sequence[Interface]) -> dict[str, str]:
    """The labels that add-ons and jobs select on: every node of ours carries them."""
    efa = any(interface.is_efa for interface in interfaces)
    return {LABEL_POOL: pool.name or "", **({LABEL_EFA: "true"} if efa else {})}


def node_labels(pool: Pool, instance: InstanceType, interfaces: Sequence[Interface]) -> dict[str, str]:
    """Every label of a node; ours cannot be overridden, because the add-ons select on them.

    A Shoot's worker carries no facts: they would stand in its manifest for a user to read twice.
    """
    own = own_labels(pool, interfaces)
    if pool.nodes.kind == "gardener":
        return {**pool.labels, **own}
    placement, capacity = pool.placement, pool.capacity
    efa = sum(interface.is_efa for interface in interfaces)
    facts: dict[str, object] = {
        LABEL_EFA_COUNT: str(efa) if efa else None,
        LABEL_CARDS: str(len(instance.cards or ())),
        LABEL_GROUP: (placement.group_id or placement.group_name) if placement else None,
        LABEL_RESERVATION: capacity.reservation_id,
        LABEL_BLOCK_END: _compact(capacity.end) if capacity.kind == "capacity-block" else None,
    }
    return {**pool.labels, **own, **usable(facts)}


def _compact(text: str | None) -> str | None:
    """2026-12-08T11:30:00Z as 20261208T113000Z, which a label may hold."""
    try:
        return instant(text).strftime("%Y%m%dT%H%M%SZ") if text else None
    except ValueError:
        return None
