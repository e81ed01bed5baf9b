"""The whole plan of one pool: what its nodes are, and every fact that the components register."""

from typing import Any, NamedTuple

from ..catalogue import InstanceType
from ..images import AMI_TYPES, FAMILIES, Family, ami_type, kubernetes_of, parameter
from ..interface import Interface
from ..labels import LABEL_EFA as LABEL_EFA
from ..labels import LABEL_POOL as LABEL_POOL
from ..model.capacity import RESERVED
from ..model.placement import Placement
from ..model.pool import Pool
from . import addresses
from .capacity import CapacityPlan, plan_capacity
from .draft import Draft
from .prepare.needs import Needs, needs_of, reserved_pages
from .refresh import Healthy, healthy
from .schedule import Schedule, plan_schedule
from .volumes import BlockDevice, block_devices
from .windows import Window, window

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
    protect_from_scale_in: bool = False
    idle: bool = False
    """Whether there is to be no node at present; the sizes are those of the time when there is."""

    @property
    def sizes_now(self) -> tuple[int, int, int]:
        """(min, desired, max) at present."""
        return (0, 0, self.maximum) if self.idle else (self.minimum, self.desired, self.maximum)

    @property
    def healthy(self) -> Healthy:
        """The percentages by which an Auto Scaling group replaces its nodes."""
        return healthy(self.maximum, self.max_unavailable, self.terminate_first)

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
    needs: Needs
    """What user data tells the nodes."""
    window: Window
    """When the capacity can be used, as far as stated."""
    schedule: Schedule = Schedule()
    """What happens to the size at the ends of the window."""

    @property
    def name(self) -> str:
        """The pool's name."""
        return self.pool.name or ""

    @property
    def self_managed(self) -> bool:
        """Whether the nodes are an Auto Scaling group of ours, not EKS's."""
        return self.pool.nodes.kind == "self-managed"

    def image_parameter(self, kubernetes: str | None) -> str | None:
        """Where EC2 finds the release of a self-managed node; None if the cluster's version must tell."""
        image, release = AMI_TYPES.get(self.nodes.ami_type or ""), self.nodes.release_version
        if not self.self_managed or image is None or release is None:
            return None
        version = kubernetes_of(image.family, release) or kubernetes
        return None if version is None else parameter(image, release, version)

    @property
    def efa_per_node(self) -> int:
        """EFA devices that Kubernetes will count as vpc.amazonaws.com/efa."""
        return sum(interface.is_efa for interface in self.interfaces)

    @property
    def huge_pages(self) -> int | None:
        """Pages of 2 MiB on each node at least; None where nobody says, or none are kept."""
        return reserved_pages(self.pool, self.instance, self.needs, efa=self.efa_per_node > 0)

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
    def repairs_one_at_a_time(self) -> bool:
        """Whether a sick node's replacement may find no machine until the node is gone."""
        return self.nodes.fixed or self.pool.capacity.kind in RESERVED

    @property
    def deferred(self) -> bool:
        """Whether a scheduled action, not a run of the program, starts the nodes."""
        return self.pool.capacity.when_inactive == "defer"

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
    needs = needs_of(pool, instance, draft.interfaces)
    open_in = window(pool.capacity, instance.name)
    schedule = plan_schedule(pool.capacity, draft.kind, open_in, sizes, draft.now)
    return PoolPlan(
        pool=pool,
        instance=instance,
        interfaces=draft.interfaces,
        placement=draft.placement,
        capacity=plan_capacity(pool, draft.placement),
        nodes=_nodes(draft, instance, sizes, needs)._replace(idle=schedule.idle),
        devices=_devices(pool),
        needs=needs,
        window=open_in,
        schedule=schedule,
    )


# Gardener writes /root, which the machine controller turns into the root device of the AMI.
SHOOT_NODE = Family("gardener", "/root", None, None, "")


def _devices(pool: Pool) -> tuple[BlockDevice, ...]:
    """The volumes; Gardener attaches data volumes in the order of their names."""
    if pool.nodes.kind != "gardener":
        return block_devices(FAMILIES[pool.image.family], pool.root_volume, pool.data_volumes)
    ordered = tuple(sorted(pool.data_volumes, key=lambda volume: volume.name or ""))
    return block_devices(SHOOT_NODE, pool.root_volume, ordered)


def _nodes(draft: Draft, instance: InstanceType, sizes: tuple[int, int, int], needs: Needs) -> Nodes:
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
        release_version=image.release_version if image.ami_id is None else None,
        labels=needs.labels,
        max_unavailable=pool.update.max_unavailable or 1,
        terminate_first=order == "terminate-first",
        protect_from_scale_in=pool.update.protect_from_scale_in or False,
    )


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
