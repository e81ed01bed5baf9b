"""Capacity kinds as launch template and node group say them.

Sources: EC2 API, RequestLaunchTemplateData (InstanceMarketOptions, CapacityReservationSpecification)
and MarketType; EKS API, CapacityTypes; EKS User Guide, "Create a managed node group with Capacity Blocks for
ML".
"""

from typing import Any, NamedTuple

from ..model.capacity import Capacity

MARKET = {
    "capacity-block": "capacity-block",
    "interruptible-reservation": "interruptible-capacity-reservation",
}
EKS_TYPE = {"spot": "SPOT", "capacity-block": "CAPACITY_BLOCK"}


class CapacityPlan(NamedTuple):
    """How the machines are asked for."""

    eks_type: str
    """The capacityType of a managed node group."""
    market_type: str | None
    preference: str | None
    reservation_id: Any
    """An id, or a deferred value."""
    resource_group_arn: str | None

    @property
    def targeted(self) -> bool:
        """Whether a reservation or resource group is named."""
        return self.reservation_id is not None or self.resource_group_arn is not None


def plan_capacity(capacity: Capacity, node_kind: str) -> CapacityPlan:
    """What the kind means; only a managed node group asks for spot machines itself, not in the template."""
    market = MARKET if node_kind == "eks-managed" else {**MARKET, "spot": "spot"}
    return CapacityPlan(
        eks_type=EKS_TYPE.get(capacity.kind, "ON_DEMAND"),
        market_type=market.get(capacity.kind),
        preference="open" if capacity.kind == "open-reservation" else None,
        reservation_id=capacity.reservation_id,
        resource_group_arn=capacity.resource_group_arn,
    )
