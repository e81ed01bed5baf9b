"""Capacity kinds as launch template and node group say them, and what is made or bought for a pool.

Sources: EC2 API, RequestLaunchTemplateData (InstanceMarketOptions, CapacityReservationSpecification)
and MarketType, CreateCapacityReservation, PurchaseCapacityBlock; EKS API, CapacityTypes; EKS User Guide,
"Create a managed node group with Capacity Blocks for ML".
"""

from typing import Any, NamedTuple

from ..model.capacity import Capacity
from ..model.placement import Placement
from ..model.pool import Pool
from .windows import instant, shown

MARKET = {
    "capacity-block": "capacity-block",
    "interruptible-reservation": "interruptible-capacity-reservation",
}
EKS_TYPE = {"spot": "SPOT", "capacity-block": "CAPACITY_BLOCK"}
LINUX = "Linux/UNIX"
ULTRASERVERS = {"p6e-gb200.36xlarge": {"u-p6e-gb200x36": 9, "u-p6e-gb200x72": 18}}
"""The UltraServers in which a type is sold, with the machines of each (EKS User Guide, "Use P6e-GB200
UltraServers")."""


class NewReservation(NamedTuple):
    """An On-Demand Capacity Reservation that comes with the pool."""

    instances: int
    platform: str
    zone: str
    tenancy: str
    end: str | None
    """When EC2 gives it up, in UTC; None: never."""


class Purchase(NamedTuple):
    """A Capacity Block that is bought with the pool."""

    offering_id: str
    platform: str


class CapacityPlan(NamedTuple):
    """How the machines are asked for."""

    eks_type: str
    """The capacityType of a managed node group."""
    market_type: str | None
    preference: str | None
    reservation_id: Any
    """An id, or a deferred value."""
    resource_group_arn: str | None
    new: NewReservation | None = None
    purchase: Purchase | None = None

    @property
    def kept(self) -> bool:
        """Whether something is made that costs money and stays when the pool goes."""
        return self.new is not None or self.purchase is not None


def refers(capacity: Capacity) -> bool:
    """Whether a reservation that exists is named."""
    return capacity.reservation_id is not None or capacity.resource_group_arn is not None


def makes_reservation(capacity: Capacity) -> bool:
    """Whether the pool makes its reservation."""
    return capacity.kind == "reservation" and capacity.count is not None and not refers(capacity)


def buys_block(capacity: Capacity) -> bool:
    """Whether the pool buys its block."""
    return capacity.kind == "capacity-block" and capacity.offering_id is not None and not refers(capacity)


def plan_capacity(pool: Pool, placement: Placement) -> CapacityPlan:
    """What the kind means; only a managed node group asks for spot machines itself, not in the template."""
    capacity = pool.capacity
    market = MARKET if pool.nodes.kind == "eks-managed" else {**MARKET, "spot": "spot"}
    platform = capacity.platform or LINUX
    buys = capacity.offering_id if buys_block(capacity) else None
    return CapacityPlan(
        eks_type=EKS_TYPE.get(capacity.kind, "ON_DEMAND"),
        market_type=market.get(capacity.kind),
        preference="open" if capacity.kind == "open-reservation" else None,
        reservation_id=capacity.reservation_id,
        resource_group_arn=capacity.resource_group_arn,
        new=_new(pool, placement, platform) if makes_reservation(capacity) else None,
        purchase=Purchase(buys, platform) if buys is not None else None,
    )


def _new(pool: Pool, placement: Placement, platform: str) -> NewReservation:
    end, zones = pool.capacity.end_date, pool.availability_zones
    if pool.capacity.count is None or not zones:
        raise ValueError("a draft with errors has no plan")
    return NewReservation(
        instances=pool.capacity.count,
        platform=platform,
        zone=zones[0],
        tenancy=placement.tenancy or "default",
        end=None if end is None else shown(instant(end)),
    )
