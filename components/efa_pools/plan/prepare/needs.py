"""What a node needs said at boot, decided once for every operating system.

Sources: EKS User Guide, "Run machine learning training with EFA" (5128 pages of 2 MiB where the EFA driver is
installed); bottlerocket-core-kit pull requests 140 and 141 (pages and locked memory where it finds EFA);
awsome-distributed-ai issue 647 (a limit on locked memory aborts libfabric); gardenlinux features/gardener
(containerd is limited to 64 MiB of locked memory) and gardenlinux-nvidia-installer, "Network Configuration"
(MTU); EC2 User Guide, "Jumbo frames (9001 MTU)".
"""

from collections.abc import Sequence
from typing import NamedTuple

from ...catalogue import InstanceType
from ...images import AMI_TYPES, accelerator
from ...interface import Interface
from ...model.pool import Pool, Taint
from ..addresses import maximum_pods
from ..labels import node_labels

EFA_HUGE_PAGES = 5128
"""Pages of 2 MiB that the EFA driver's package reserves, whatever the type."""
BOTTLEROCKET_PAGES_A_CPU = 110
"""Two libfabric endpoints of 110 MiB a CPU (core kit, corndog)."""
JUMBO_MTU = 9001
"""EC2's largest frame within a VPC. ENA Express wants 8900, and these templates do not turn it on."""
JOINING = frozenset({"al2023", "bottlerocket"})
"""Families whose join to the cluster we know how to say."""


class ClusterFacts(NamedTuple):
    """What a node needs to find its cluster."""

    name: str
    endpoint: str
    certificate_authority: str
    service_cidr: str


class Needs(NamedTuple):
    """One pool's nodes at boot. None and False: the image does it, or it does not apply."""

    family: str
    joins: bool
    """Whether user data tells the node its cluster, labels and taints; else EKS does, or the image."""
    maximum_pods: int | None
    huge_pages: int | None
    """Pages of 2 MiB to reserve; None leaves it to the image."""
    unlimited_memlock: bool
    mtu: int | None
    local_storage: bool
    """Whether container images, pods' files and logs go on the local NVMe disks, as one RAID 0."""
    device_ownership: bool
    """Whether pods may own the devices that they are given (Bottlerocket with Neuron)."""
    labels: dict[str, str]
    taints: tuple[Taint, ...]


def joins_by_user_data(pool: Pool) -> bool:
    """EKS tells a node its cluster only in managed groups, and there not with an image by id.

    A Shoot's nodes are Gardener's to join, and an image of another builder joins by itself.
    """
    ours = pool.nodes.kind == "self-managed" or pool.image.ami_id is not None
    return pool.image.family in JOINING and pool.nodes.kind != "gardener" and ours


def needs_of(pool: Pool, instance: InstanceType, interfaces: Sequence[Interface]) -> Needs:
    """Decide for a sound pool."""
    family = pool.image.family
    efa = any(interface.is_efa for interface in interfaces)
    ours = family in JOINING
    labels = node_labels(pool, instance, interfaces)
    if pool.nodes.kind == "gardener":  # whose own user data prepares a Shoot's nodes
        return Needs(family, False, None, None, False, None, False, False, labels, pool.taints)
    return Needs(
        family=family,
        joins=joins_by_user_data(pool),
        maximum_pods=maximum_pods(instance, interfaces) if ours else None,
        huge_pages=_huge_pages(pool, instance) if efa or pool.huge_pages2_mi is not None else None,
        unlimited_memlock=efa and family != "bottlerocket",
        mtu=None if ours else JUMBO_MTU,
        local_storage=ours and bool(instance.instance_storage_gb),
        device_ownership=family == "bottlerocket" and accelerator(instance) == "neuron",
        labels=labels,
        taints=pool.taints,
    )


def _huge_pages(pool: Pool, instance: InstanceType) -> int | None:
    if pool.huge_pages2_mi is not None:
        return pool.huge_pages2_mi
    return None if image_reserves_pages(pool, instance) else EFA_HUGE_PAGES


def reserved_pages(pool: Pool, instance: InstanceType, needs: Needs, *, efa: bool) -> int | None:
    """Pages that user data reserves, or the image by itself; None where nobody says, or none are kept."""
    if needs.huge_pages is not None:
        return needs.huge_pages or None
    if not efa or not image_reserves_pages(pool, instance):
        return None
    if pool.image.family == "bottlerocket":
        return instance.vcpus * BOTTLEROCKET_PAGES_A_CPU if instance.vcpus else None
    return EFA_HUGE_PAGES


def image_reserves_pages(pool: Pool, instance: InstanceType) -> bool:
    """Bottlerocket always does; of AL2023 the accelerated images of EKS, which carry the EFA installer."""
    image = pool.image
    if image.family == "bottlerocket":
        return True
    if image.family != "al2023" or image.ami_id is not None:
        return False
    stated = AMI_TYPES.get(image.ami_type or "")
    return (stated.accelerator if stated else accelerator(instance)) != "none"
