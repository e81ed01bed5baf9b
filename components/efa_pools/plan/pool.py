"""The whole plan of one pool: what its nodes are, and every fact that the components register."""

from typing import Any, NamedTuple

from ..catalogue import InstanceType
from ..images import FAMILIES, Family, ami_type
from ..interface import Interface
from ..model.capacity import RESERVED
from ..model.placement import Placement
from ..model.pool import Pool
from . import addresses
from .capacity import CapacityPlan, plan_capacity
from .draft import Draft
from .volumes import BlockDevice, block_devices

LABEL_POOL = "efa-pools/pool"
LABEL_EFA = "efa-pools/efa"
# EKS refuses more; see NodegroupUpdateConfig.
TAINT_EFFECTS = {
    "NoSchedule": "NO_SCHEDULE",
    "PreferNoSchedule": "PREFER_NO_SCHEDULE",
    "NoExecute": "NO_EXECUTE",
}


class Nodes(NamedTuple):
    """What the node group is told beside its launch template."""

    minimum: int
    desired: int
    maximum: int
    ami_type: str | None
    """None with an image by id, which stands in the launch template."""
    release_version: str | None
    labels: dict[str, str]
    max_unavailable: int
    terminate_first: bool

    @property
    def fixed(self) -> bool:
        """A fixed pool's desired size is ours; a scaled one's belongs to whatever scales it."""
        return self.minimum == self.maximum


class PoolPlan(NamedTuple):
    """One pool, decided. Everything here is known before anything is created."""

    pool: Pool
    instance: InstanceType
    interfaces: tuple[Interface, ...]
    placement: Placement
    capacity: CapacityPlan
    nodes: Nodes
    devices: tuple[BlockDevice, ...]

    @property
    def name(self) -> str:
        """The pool's name."""
        return self.pool.name or ""

    @property
    def efa_per_node(self) -> int:
        """EFA devices that Kubernetes will count as vpc.amazonaws.com/efa."""
        return sum(interface.is_efa for interface in self.interfaces)

    @property
    def addresses_per_node(self) -> int:
        """Addresses of the subnet at launch."""
        return addresses.at_launch(self.interfaces)

    @property
    def addresses_per_node_with_cni(self) -> int:
        """Addresses of the subnet once pods run, with the VPC CNI's defaults; a Shoot has another CNI."""
        if self.pool.nodes.kind == "gardener":
            return self.addresses_per_node
        return addresses.with_cni(self.instance, self.interfaces)

    @property
    def makes_group(self) -> bool:
        """Whether we create the placement group."""
        return self.placement.mode == "create"

    @property
    def preset(self) -> str | None:
        """The preset's name, or None for interfaces that the user listed."""
        return None if self.pool.network_interfaces is not None else self.pool.layout or "recommended"


def plan_pool(draft: Draft) -> PoolPlan:
    """Decide a draft without errors."""
    pool, instance, sizes = draft.pool, draft.instance, draft.sizes
    if instance is None or sizes is None:
        raise ValueError("a draft with errors has no plan")
    return PoolPlan(
        pool=pool,
        instance=instance,
        interfaces=draft.interfaces,
        placement=draft.placement,
        capacity=plan_capacity(pool.capacity),
        nodes=_nodes(draft, instance, sizes),
        devices=_devices(pool),
    )


# Gardener writes /root, which the machine controller turns into the root device of the AMI.
SHOOT_NODE = Family("gardener", "/root", None, None, "")


def _devices(pool: Pool) -> tuple[BlockDevice, ...]:
    """The volumes; Gardener attaches data volumes in the order of their names."""
    if pool.nodes.kind != "gardener":
        return block_devices(FAMILIES[pool.image.family], pool.root_volume, pool.data_volumes)
    ordered = tuple(sorted(pool.data_volumes, key=lambda volume: volume.name or ""))
    return block_devices(SHOOT_NODE, pool.root_volume, ordered)


def _nodes(draft: Draft, instance: InstanceType, sizes: tuple[int, int, int]) -> Nodes:
    pool, image = draft.pool, draft.pool.image
    stated = image.ami_type
    if stated is None and image.ami_id is None:
        fitting = ami_type(instance, image.family)
        stated = fitting.name if fitting else None
    order = pool.update.strategy or ("terminate-first" if pool.capacity.kind in RESERVED else "launch-first")
    return Nodes(
        minimum=sizes[0],
        desired=sizes[1],
        maximum=sizes[2],
        ami_type=stated,
        release_version=image.release_version,
        labels={**pool.labels, **own_labels(pool, draft.interfaces)},
        max_unavailable=pool.update.max_unavailable or 1,
        terminate_first=order == "terminate-first",
    )


def own_labels(pool: Pool, interfaces: tuple[Interface, ...]) -> dict[str, str]:
    """The labels that every node of ours carries."""
    own = {LABEL_POOL: pool.name or ""}
    if any(interface.is_efa for interface in interfaces):
        own[LABEL_EFA] = "true"
    return own


def describe(plan: PoolPlan) -> dict[str, Any]:
    """The plan as `efa-pools plan --json` gives it, without decisions."""
    return {
        "name": plan.name,
        "instanceType": plan.instance.name,
        "size": {"min": plan.nodes.minimum, "desired": plan.nodes.desired, "max": plan.nodes.maximum},
        "interfaces": [
            {"networkCardIndex": one.network_card_index, "deviceIndex": one.device_index, "type": one.type}
            for one in plan.interfaces
        ],
        "efaPerNode": plan.efa_per_node,
        "gpusPerNode": plan.instance.gpu_count,
        "bandwidthGbpsPerNode": plan.instance.bandwidth_gbps,
        "addressesPerNode": plan.addresses_per_node,
        "addressesPerNodeWithCni": plan.addresses_per_node_with_cni,
        "placement": _known(plan.placement.wire()),
        "capacity": _known(plan.pool.capacity.wire()),
        "nodes": _known(plan.pool.nodes.wire()),
    }


def _known(wire: dict[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, (str, int, dict)) else str(value) for key, value in wire.items()}
