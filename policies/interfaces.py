"""EFA interfaces of launch templates: the same check as the components', on templates of any origin."""

from collections.abc import Iterator

from efa_pools import catalogue
from efa_pools.interfaces import layout_problems
from efa_pools.problem import Problem

from .known import UNKNOWN, at, listed, true
from .rule import Config, Finding, NotApplicable, Resource, Rule, Stack
from .templates import instance, interfaces, own_types, started
from .tokens import NODES, TEMPLATE


def layout(template: Resource, _: Config) -> Iterator[str]:
    """Against the template's own type; without one, what no type accepts."""
    if not interfaces(template)[0]:
        raise NotApplicable("no interface is stated, or none is known before creation")
    yield from _said(template, instance(template.at("instanceType")))


def layout_of_groups(stack: Stack, _: Config) -> Iterator[Finding]:
    """Templates that leave the type to the group: against each type that the group states."""
    for template, nodes in started(stack):
        if template.at("instanceType") is not None:
            continue
        general = set(_said(template, None))
        for name in own_types(nodes):
            for message in _said(template, instance(name)):
                if message not in general:
                    yield nodes, f"{name} with template {template.name}: {message}"


def type_is_known(template: Resource, _: Config) -> Iterator[str]:
    """EFA on a type that the catalogue lacks cannot be judged, and most such types have none."""
    name = template.at("instanceType")
    if not isinstance(name, str) or not any(one.interface.is_efa for one in interfaces(template)[0]):
        raise NotApplicable("no EFA interface, or the template leaves the type open")
    if catalogue.get(name) is None:
        near = ", ".join(catalogue.nearest(name))
        yield f"instanceType: {name!r}: expected an EFA instance type{f', such as {near}' if near else ''}"


def public_address(template: Resource, _: Config) -> Iterator[str]:
    """EC2 takes a public address with a single interface only."""
    entries = template.at("networkInterfaces")
    if entries is UNKNOWN or len(listed(entries)) < 2:
        raise NotApplicable("a single interface, or interfaces that are not known before creation")
    asked = [index for index, one in enumerate(entries) if true(at(one, "associatePublicIpAddress"))]
    if asked:
        yield (
            f"networkInterfaces[{asked[0]}].associatePublicIpAddress: true: expected no public address with "
            f"{len(entries)} interfaces; EC2 refuses the launch"
        )


def _said(template: Resource, type: catalogue.InstanceType | None) -> list[str]:
    placed, complete = interfaces(template)
    if not placed:
        return []
    # The interface that seems to be missing may be one that is not known yet.
    found = [one for one in layout_problems(type, placed) if complete or one.kind != "Required"]
    alike: dict[tuple[str, object], list[Problem]] = {}
    for one in found:
        alike.setdefault((one.kind, one.path[-1]), []).append(one)
    return [_line(same[0]) + _more(len(same) - 1) for same in alike.values()]


def _more(count: int) -> str:
    """A template says the same of up to 32 cards; one finding is enough."""
    return f" (and {count} more)" if count else ""


def _line(problem: Problem) -> str:
    """The path in the template's words, where a pool's `type` is `interfaceType`."""
    path = tuple("interfaceType" if part == "type" else part for part in problem.path)
    return f"{problem._replace(path=path).field()}: {problem.message}"


RULES = (
    Rule(
        "efa-layout",
        cause="network interfaces do not fit the network cards of the instance type",
        cost="EC2 refuses every launch, or a card stays without EFA and NCCL is slower than what you pay for",
        fix="take the interfaces from `efa-pools layout TYPE`, or use EfaWorkerPool",
        severity="critical",
        level="mandatory",
        types=(TEMPLATE,),
        one=layout,
    ),
    Rule(
        "efa-layout-of-groups",
        cause="a group's instance types do not fit the interfaces of its launch template",
        cost="EC2 refuses the launches of that type, and the group does not fill",
        fix="give each instance type a template of its own",
        severity="critical",
        level="mandatory",
        types=NODES,
        stack=layout_of_groups,
    ),
    Rule(
        "efa-type-known",
        cause="EFA interfaces on an instance type that the catalogue lacks",
        cost="its cards cannot be checked; most types that are missing have no EFA, and EC2 refuses them",
        fix="correct the type, or update efa-pools",
        severity="medium",
        level="advisory",
        types=(TEMPLATE,),
        one=type_is_known,
    ),
    Rule(
        "no-public-address",
        cause="a public address is asked for beside several interfaces",
        cost="EC2 refuses every launch, and EFA's recommended layouts have at least two interfaces",
        fix="set associatePublicIpAddress to false and use private subnets with a NAT gateway",
        severity="high",
        level="mandatory",
        types=(TEMPLATE,),
        one=public_address,
    ),
)
