"""Launch templates and what starts nodes from them, as every rule reads them."""

from collections.abc import Iterator

from efa_pools import catalogue
from efa_pools.catalogue import InstanceType
from efa_pools.interface import Interface
from efa_pools.interfaces import Placed

from .known import UNKNOWN, at, listed, texts
from .rule import Resource, Stack
from .tokens import BLOCK, NODE_GROUP, NODES, PLACEMENT_GROUP, RESERVATION, TEMPLATE

MIXED = ("mixedInstancesPolicy", "launchTemplate")
SPECIFICATION = "capacityReservationSpecification"


def interfaces(template: Resource) -> tuple[list[Placed], bool]:
    """The interfaces whose spot and type are known, and whether that is all of them."""
    entries = template.at("networkInterfaces")
    placed, complete = [], entries is not UNKNOWN
    for index, entry in enumerate(listed(entries)):
        card, device = at(entry, "networkCardIndex"), at(entry, "deviceIndex")
        kind = at(entry, "interfaceType")
        if UNKNOWN in (card, device, kind):
            complete = False
            continue
        interface = Interface(card or 0, device or 0, kind or "interface")
        placed.append(Placed(("networkInterfaces", index), interface))
    return placed, complete


def instance(name: object) -> InstanceType | None:
    """The catalogue's instance type, if the name is known and its cards are."""
    found = catalogue.get(name) if isinstance(name, str) else None
    return found if found is not None and found.cards is not None else None


def template_of(nodes: Resource, stack: Stack) -> list[Resource]:
    """The launch templates that a node group or Auto Scaling group starts nodes from."""
    inside = ".".join((*MIXED, "launchTemplateSpecification"))
    direct = stack.referred(nodes, "launchTemplate", TEMPLATE, "launchTemplate.id", "launchTemplate.name")
    mixed = stack.referred(
        nodes, MIXED[0], TEMPLATE, f"{inside}.launchTemplateId", f"{inside}.launchTemplateName"
    )
    return direct + mixed


def started(stack: Stack) -> Iterator[tuple[Resource, Resource]]:
    """Each template of the stack with each group that starts nodes from it."""
    for nodes in stack.of(*NODES):
        for template in template_of(nodes, stack):
            yield template, nodes


def own_types(nodes: Resource) -> list[str]:
    """The instance types that a group states itself."""
    overrides = listed(nodes.at(*MIXED, "overrides"))
    stated = [at(one, "instanceType") for one in overrides]
    return texts(nodes.at("instanceTypes")) + texts(stated)


def all_types(stack: Stack) -> list[str]:
    """Every instance type that the stack starts, once each."""
    made = [at(one.props, "instanceType") for one in stack.of(TEMPLATE)]
    made += [name for nodes in stack.of(*NODES) for name in own_types(nodes)]
    return list(dict.fromkeys(texts(made)))


def groups_of(template: Resource, stack: Stack) -> list[Resource]:
    """The placement groups of this stack that a template launches into."""
    return stack.referred(template, "placement", PLACEMENT_GROUP, "placement.groupName", "placement.groupId")


def reservations_of(template: Resource, stack: Stack) -> list[Resource]:
    """The reservations and Capacity Blocks of this stack that a template launches into."""
    path = f"{SPECIFICATION}.capacityReservationTarget.capacityReservationId"
    kinds = (RESERVATION, BLOCK)
    return [one for type in kinds for one in stack.referred(template, SPECIFICATION, type, path)]


def names_a_group(template: Resource) -> bool:
    """Whether the template launches into a placement group, made here or elsewhere."""
    return any(template.at("placement", key) is not None for key in ("groupName", "groupId"))


def maximum(nodes: Resource) -> int | None:
    """How many nodes a group may grow to, if that is known."""
    path = ("scalingConfig", "maxSize") if nodes.type == NODE_GROUP else ("maxSize",)
    size = nodes.at(*path)
    return size if isinstance(size, int) else None
