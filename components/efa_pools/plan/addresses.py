"""How many addresses of the subnet one node takes.

Sources: EC2 User Guide, "Elastic Fabric Adapter" (an efa-only interface has no IP address); Amazon VPC CNI,
docs/eni-and-ip-target.md (WARM_ENI_TARGET=1, the default) and pkg/awsutils (network card 0 only).
"""

from collections.abc import Sequence

from ..catalogue import InstanceType
from ..interface import Interface

WARM_INTERFACES = 1


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
