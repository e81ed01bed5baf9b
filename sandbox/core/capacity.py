"""What EC2 refuses of nodes for want of room: placement groups, free addresses, quotas.

From "Placement groups" and "Placement strategies" in the EC2 User Guide and "Error codes for the Amazon EC2
API". EC2's wording is used where it is public (another zone, free addresses, Dedicated Hosts).
"""

from math import ceil

from sandbox.core import launch
from sandbox.core.nodes import Nodes, running
from sandbox.core.quotas import refusals as over_quota
from sandbox.core.resources.subnet import free_addresses
from sandbox.core.values import Refused, Values, known, known_items, settled

RACK_SPREAD = 7
"""Running instances of a rack spread group in each zone; an eighth does not start."""


def refusals(nodes: Nodes) -> list[Refused]:
    return [*_interfaces(nodes), *_placed(nodes), *_addressed(nodes), *over_quota(nodes)]


def _interfaces(nodes: Nodes) -> list[Refused]:
    """The template was judged when it was made, unless the node group brings the type."""
    if known(nodes.template, "instanceType") or not nodes.template:
        return []
    return [r for type in nodes.types for r in launch.refusals({**nodes.template, "instanceType": type})]


def _placed(nodes: Nodes) -> list[Refused]:
    group, placement = nodes.placement_group, known(nodes.template, "placement")
    named = known(placement, "groupId") or known(placement, "groupName")
    if group is None:
        unknown = Refused("InvalidPlacementGroup.Unknown", f"The Placement Group '{named}' is unknown.")
        return [unknown] if named else []
    found = []
    if group.get("state", "available") != "available":
        message = f"The placement group '{group['name']}' is not available, it is {group['state']}."
        found.append(Refused("IncorrectState", message))
    if known(placement, "tenancy") == "host":
        message = "You can't launch Dedicated Hosts in placement groups."
        found.append(Refused("InvalidParameterCombination", message))
    for type in nodes.types:
        hardware = launch.hardware(type)
        if hardware is not None and group["strategy"] not in hardware.strategies:
            message = (
                f"{group['strategy'].capitalize()} placement groups cannot be used by this instance type "
                f"'{type}'. Specify a supported instance type and try again."
            )
            found.append(Refused("InvalidParameterCombination", message))
    return found + _where(nodes, group)


def _where(nodes: Nodes, group: Values) -> list[Refused]:
    others = [one for one in running(nodes.store) if (one.placement_group or {}).get("name") == group["name"]]
    if group["strategy"] == "cluster":
        used = {zone for one in others for zone in one.zones} | {group.get("availabilityZone")}
        elsewhere = sorted(zone for zone in used if zone is not None and nodes.zones not in ([], [zone]))
        message = f"The placement group '{group['name']}' is in use in another availability zone"
        return [Refused("InvalidPlacementGroup.InUse", f"{message}: {zone}") for zone in elsewhere]
    if group["strategy"] == "spread" and nodes.zones:
        room = RACK_SPREAD * len(nodes.zones) - sum(one.count for one in others)
        if nodes.count > room:
            message = (
                f"The placement group '{group['name']}' takes {RACK_SPREAD} instances in each Availability "
                f"Zone: {nodes.count} are wanted, there is room for {max(room, 0)}."
            )
            return [Refused("InsufficientInstanceCapacity", message)]
    return []


def addresses(template: Values) -> int:
    """Addresses of the subnet that a node takes at launch; EFA-only interfaces take none.

    EC2 API, LaunchTemplateInstanceNetworkInterfaceSpecificationRequest: a count is of secondary addresses
    beside the first, a list has the first in it; an IPv4 prefix is 16 addresses.
    """
    given = known_items(template, "networkInterfaces") or [{}]
    return sum(_addresses(one) for one in given if known(one, "interfaceType") != "efa-only")


def _addresses(interface: Values) -> int:
    prefixes = known(interface, "ipv4PrefixCount") or len(known_items(interface, "ipv4Prefixes"))
    listed = len(known_items(interface, "ipv4Addresses"))
    return max(listed, 1 + (known(interface, "ipv4AddressCount") or 0)) + 16 * prefixes


def _addressed(nodes: Nodes) -> list[Refused]:
    if not settled(nodes.group.get("subnetIds")):
        return []
    wanted = addresses(nodes.template) * nodes.count
    free = sum(free_addresses(subnet) for subnet in nodes.subnets) - _taken(nodes)
    if wanted <= free:
        return []
    ids = ", ".join(f"'{subnet['id']}'" for subnet in nodes.subnets)
    message = (
        f"There are not enough free addresses in subnet {ids} to satisfy the requested number of instances"
    )
    return [Refused("InsufficientFreeAddressesInSubnet", f"{message}: {wanted} wanted, {max(free, 0)} free.")]


def _taken(nodes: Nodes) -> int:
    """What other node groups use of the same subnets: Auto Scaling spreads each evenly over its own."""
    ours = {subnet["id"] for subnet in nodes.subnets}
    taken = 0
    for other in running(nodes.store):
        theirs = [subnet["id"] for subnet in other.subnets]
        shared = sum(id in ours for id in theirs)
        taken += ceil(addresses(other.template) * other.count * shared / max(len(theirs), 1))
    return taken
