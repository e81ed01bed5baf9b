"""How many addresses of the subnet one node takes, and how many pods its interfaces have addresses for.

Sources: EC2 User Guide, "Elastic Fabric Adapter" (an efa-only interface has no IP address); Amazon VPC CNI,
docs/eni-and-ip-target.md (WARM_ENI_TARGET=1, the default) and pkg/awsutils (network card 0 only); nodeadm,
eni_max_pods.go (the formula, which does not know of efa-only); EKS User Guide, "How maxPods is determined".
"""

from collections.abc import Sequence

from ..catalogue import InstanceType
from ..interface import Interface

WARM_INTERFACES = 1
HOST_PODS = 2
"""Pods on the host's network that the formula adds: the CNI and kube-proxy."""
FEW_CPUS = 30
PODS_WITH_FEW_CPUS, PODS = 110, 250
"""EKS's caps on pods, below that many vCPUs and from there on."""


def at_launch(interfaces: Sequence[Interface]) -> int:
    """One primary IPv4 address for each interface that has one."""
    return sum(interface.has_address for interface in interfaces)


def with_cni(instance: InstanceType, interfaces: Sequence[Interface]) -> int:
    """The same with the VPC CNI's defaults, once pods run on the node.

    The CNI fills every interface of network card 0 that carries addresses and keeps one more attached and
    filled, if the card has room; it leaves the other cards alone.
    """
    on_card_0 = [interface for interface in interfaces if interface.network_card_index == 0]
    managed = at_launch(on_card_0)
    elsewhere = at_launch(interfaces) - managed
    if not instance.cards or not instance.ipv4_per_interface:
        return managed + elsewhere
    room = instance.cards[0].maximum_interfaces - len(on_card_0)
    filled = managed + min(WARM_INTERFACES, max(room, 0))
    return filled * instance.ipv4_per_interface + elsewhere


def maximum_pods(instance: InstanceType, interfaces: Sequence[Interface]) -> int | None:
    """Pods that can have an address without prefix delegation; None where the type's figures are not known.

    Each interface of network card 0 carries pods on all its addresses but the first. An efa-only interface
    takes a place on the card and carries none.
    """
    if not instance.cards or not instance.ipv4_per_interface:
        return None
    lost = sum(one.network_card_index == 0 and not one.has_address for one in interfaces)
    usable = instance.cards[0].maximum_interfaces - lost
    cap = PODS_WITH_FEW_CPUS if instance.vcpus and instance.vcpus < FEW_CPUS else PODS
    return min(usable * (instance.ipv4_per_interface - 1) + HOST_PODS, cap)
