"""One sentence of why for each decision a user might question, with its source."""

from collections.abc import Iterator

from ..layouts import CURRENT_LAYOUT_VERSION
from . import decisions_capacity, decisions_nodes, decisions_placement, sources
from .decision import Decision
from .pool import PoolPlan
from .prepare.explained import on_the_node
from .worker_decisions import WORKER


def decisions(plan: PoolPlan) -> list[Decision]:
    """All of them, in the order in which a reader meets the fields."""
    if plan.pool.nodes.kind == "gardener":
        return [decision for decide in (_layout, _bandwidth, *WORKER) for decision in decide(plan)]
    made = (
        _layout,
        _bandwidth,
        _addresses,
        decisions_placement.on_group,
        *decisions_capacity.ALL,
        decisions_nodes.on_kind,
        decisions_nodes.on_access,
        decisions_nodes.on_size,
        decisions_nodes.on_update,
        decisions_nodes.on_repair,
        on_the_node,
        _guarding,
    )
    return [decision for decide in made for decision in decide(plan)]


def _layout(plan: PoolPlan) -> Iterator[Decision]:
    if plan.preset is None:
        yield Decision(
            "networkInterfaces",
            f"{len(plan.interfaces)} listed interfaces",
            f"the list was checked against the {len(plan.instance.cards or ())} network cards of "
            f"{plan.instance.name}: card and device limits, one EFA a card, at most "
            f"{plan.instance.maximum_efa_interfaces} EFA",
            "; ".join(plan.instance.sources),
        )
        return
    why = {
        "recommended": "an ordinary interface carries IP traffic, EFA-only ones carry EFA and use no address",
        "max-ena": "ordinary interfaces on further cards add IP bandwidth, at one address each",
        "efa-primary": "the primary interface carries both IP and EFA, as older AWS guides have it",
    }[plan.preset]
    version = plan.pool.layout_version or CURRENT_LAYOUT_VERSION
    yield Decision("layout", f"{plan.preset}, version {version}", why, sources.EFA_CARDS)


def _bandwidth(plan: PoolPlan) -> Iterator[Decision]:
    basis = {
        "documented": "the EFA ceiling that AWS documents for the type",
        "network-performance": "the type's NetworkPerformance; card figures do not add up to the EFA ceiling",
        "up-to": "an 'up to' figure, which is a burst and no ceiling to measure against",
        "stated": "as stated in the pool",
    }[plan.instance.bandwidth_basis or "stated"]
    choice = f"{plan.instance.bandwidth_gbps} Gbps a node over {plan.efa_per_node} EFA"
    yield Decision("instanceType", choice, basis, "; ".join(plan.instance.sources))


def _addresses(plan: PoolPlan) -> Iterator[Decision]:
    launch, cni, nodes = plan.addresses_per_node, plan.addresses_per_node_with_cni, plan.nodes.maximum
    at_launch = "1 address" if launch == 1 else f"{launch} addresses"
    yield Decision(
        "subnetIds",
        f"{at_launch} a node at launch, {cni} with the VPC CNI: {cni * nodes} for {nodes} nodes",
        "efa-only interfaces take none; the CNI fills the interfaces of card 0 and keeps one warm where "
        "there is room",
        sources.CNI,
    )


def _guarding(plan: PoolPlan) -> Iterator[Decision]:
    if plan.pool.security_group_ids is None:
        yield Decision(
            "securityGroupIds",
            "a new group with rules to and from itself, and ordinary egress",
            "EFA traffic is let through only by rules that name the group itself, in both directions",
            sources.EFA_SECURITY,
        )
    yield decisions_nodes.on_metadata(plan, sources.METADATA)
    root = plan.devices[0]
    size = f"{root.size} GiB" if root.size else "the image's size"
    why = "encrypted unless stated otherwise; container images of GPU jobs need the room"
    yield Decision("rootVolume", f"{root.device}, {size}, {root.type}", why, sources.VOLUMES)
