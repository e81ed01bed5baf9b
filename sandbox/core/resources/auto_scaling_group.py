"""EC2 Auto Scaling groups (CreateAutoScalingGroup). Instances are there at once, or are refused at once.

Auto Scaling itself takes nearly any template and tries on; the provider then waits for instances in vain.
What keeps them from starting is said here when the group is made, in EC2's words.
"""

from sandbox.core import capacity, image_parameters, launch, nodes_ready, reservations, traffic
from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import Naming, arn, hexes
from sandbox.core.nodes import Nodes, instance_profile, of_scaling_group
from sandbox.core.references import AUTO_SCALING_GROUP, SUBNET, outputs_of
from sandbox.core.store import Without
from sandbox.core.template_version import template_of
from sandbox.core.values import UNKNOWN, Refused, Values, known, known_items, refuse

FULLY_FORMED = "You must use a valid fully-formed launch template."
ZONES = "You cannot specify multiple Availability Zones and a cluster placement group"


def _invalid(message: str) -> Refused:
    return Refused("ValidationError", message)


def _rules(inputs: Values) -> list[Refused]:
    found = []
    least, most = known(inputs, "minSize"), known(inputs, "maxSize")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        found.append(_invalid("Min size must not be larger than max size"))
    template = inputs.get("launchTemplate")
    if template is None:
        found.append(_invalid("Valid requests must contain either LaunchTemplate, LaunchConfigurationName"))
    elif isinstance(template, dict) and (template.get("id") is None) == (template.get("name") is None):
        found.append(_invalid("You must specify either LaunchTemplateId or LaunchTemplateName, and not both"))
    if not inputs.get("vpcZoneIdentifiers"):
        message = "At least one Availability Zone or VPC Subnet is required."
        found.append(_invalid(message))
    policies = [known(inputs, "instanceMaintenancePolicy"), known(inputs, "instanceRefresh", "preferences")]
    return found + [refused for policy in policies for refused in _healthy(policy)]


def _healthy(policy: Values | None) -> list[Refused]:
    least, most = (known(policy, f"{word}HealthyPercentage") for word in ("min", "max"))
    if not isinstance(least, int) or not isinstance(most, int) or -1 in (least, most):
        return []
    if most < 100:
        return [_invalid(f"MaxHealthyPercentage {most} is not between 100 and 200")]
    if most - least > 100:
        message = "The difference between MinHealthyPercentage and MaxHealthyPercentage is greater than 100"
        return [_invalid(f"{message}: {least} and {most}")]
    return []


def _refuse(asked: Asked) -> None:
    name = known(asked.inputs, "name")
    if name is not None and asked.store.get(AUTO_SCALING_GROUP, name) is not None:
        message = (
            f"AutoScalingGroup by this name already exists - A group with the name {name} already exists"
        )
        raise Refused("AlreadyExists", message)
    _refuse_size(asked)
    subnets = [outputs_of(asked, SUBNET, one) for one in known_items(asked.inputs, "vpcZoneIdentifiers")]
    if len({one["vpcId"] for one in subnets if one is not None}) > 1:
        raise _invalid("The subnets must be in the same VPC")
    try:
        template = template_of(asked)
    except Refused as refused:
        raise _invalid(f"{FULLY_FORMED} {refused.message}") from None
    if template is None:
        return
    refuse(_formed(asked, template))
    nodes = of_scaling_group(asked.store, _sized(asked), template)
    refuse(_placed(nodes) + _interfaces(nodes, asked))
    if nodes.count:
        refuse(_launched(nodes, asked.preview))


def _refuse_size(asked: Asked) -> None:
    least, most, desired = (known(asked.inputs, key) for key in ("minSize", "maxSize", "desiredCapacity"))
    if isinstance(asked.store, Without) or None in (least, most, desired) or least <= desired <= most:
        return
    message = f"Desired capacity:{desired} must be between the specified min size:{least} and max size:{most}"
    raise _invalid(message)


def _sized(asked: Asked) -> Values:
    """An update that leaves the size out has it follow new bounds (UpdateAutoScalingGroup, MinSize)."""
    least, most, desired = (known(asked.inputs, key) for key in ("minSize", "maxSize", "desiredCapacity"))
    if None in (least, most, desired):
        return asked.inputs
    return {**asked.inputs, "desiredCapacity": min(max(desired, least), most)}


def _formed(asked: Asked, template: Values) -> list[Refused]:
    found = [
        _invalid(f"{FULLY_FORMED} The request must contain the parameter {member}")
        for key, member in (("imageId", "ImageId"), ("instanceType", "InstanceType"))
        if template.get(key) is None
    ]
    named = known(template, "iamInstanceProfile") or {}
    for key, value in named.items():
        known_there = value is UNKNOWN or instance_profile(asked.store, {"iamInstanceProfile": {key: value}})
        if value is not None and not known_there and not asked.preview:
            message = f"Value ({value}) for parameter iamInstanceProfile.{key} is invalid."
            found.append(_invalid(f"{FULLY_FORMED} {message} Invalid IAM Instance Profile {key}"))
    return found + image_parameters.refusals(template)


def _placed(nodes: Nodes) -> list[Refused]:
    group = nodes.placement_group
    if group is None or group["strategy"] != "cluster" or len(nodes.zones) < 2:
        return []
    return [_invalid(f"{ZONES}: {', '.join(nodes.zones)} and {group['name']}.")]


def _interfaces(nodes: Nodes, asked: Asked) -> list[Refused]:
    """All interfaces of an instance are in one zone, and the group chooses the primary one's subnet.

    The services' own words for this are not public.
    """
    found = []
    for one in known_items(nodes.template, "networkInterfaces"):
        subnet = outputs_of(asked, SUBNET, known(one, "subnetId"))
        if subnet is None:
            continue
        primary = not known(one, "networkCardIndex") and not known(one, "deviceIndex")
        ids = [each["id"] for each in nodes.subnets]
        if primary and ids and ids != [subnet["id"]]:
            found.append(f"The primary network interface is in {subnet['id']}, the group in {', '.join(ids)}")
        elif nodes.zones and nodes.zones != [subnet["availabilityZone"]]:
            zones = ", ".join(nodes.zones)
            found.append(f"A network interface is in {subnet['availabilityZone']}, the group in {zones}")
    return [_invalid(f"{FULLY_FORMED} {message}.") for message in found]


def _launched(nodes: Nodes, preview: bool) -> list[Refused]:
    """What comes of asking for the nodes. Rules and policies may come with the same run: a preview waits."""
    market = known(nodes.template, "instanceMarketOptions", "marketType") or "on-demand"
    found = launch.usage_refusals(known(nodes.template, "instanceType"), market)
    found += capacity.refusals(nodes) + reservations.refusals(nodes)
    return found if preview else found + traffic.refusals(nodes) + nodes_ready.refusals(nodes)


def _make(asked: Asked) -> tuple[str, Values]:
    inputs, place = asked.inputs, asked.store.place
    name = inputs["name"]
    uuid = hexes(place, 32, AUTO_SCALING_GROUP, name)
    parts = "-".join((uuid[:8], uuid[8:12], uuid[12:16], uuid[16:20], uuid[20:]))
    defaults = {"defaultCooldown": 300, "healthCheckGracePeriod": 300, "healthCheckType": "EC2"}
    return name, {
        **{key: inputs.get(key, value) for key, value in defaults.items()},
        "arn": arn(place, "autoscaling", f"autoScalingGroup:{parts}:autoScalingGroupName/{name}"),
        **_told(asked),
    }


def _told(asked: Asked) -> Values:
    """Size, zones and template as the service answers them."""
    template, sized = template_of(asked) or {}, _sized(asked)
    zones = of_scaling_group(asked.store, asked.inputs, template).zones
    given = known(asked.inputs, "launchTemplate") or {}
    version = {"version": given["version"]} if "version" in given else {}
    return {
        "availabilityZones": zones,
        "desiredCapacity": sized.get("desiredCapacity", sized.get("minSize")),
        "launchTemplate": {"id": template.get("id"), "name": template.get("name"), **version},
    }


def _update(asked: Asked, old: Values, object: Values) -> Values:
    """In place: a new template version starts a refresh, which the provider does not wait for."""
    return {} if asked.preview else _told(asked)


KIND = Kind(
    type=AUTO_SCALING_GROUP,
    naming=Naming("name", 255, prefix_property="namePrefix"),
    computed=(
        *("arn", "availabilityZones", "defaultCooldown", "desiredCapacity", "healthCheckGracePeriod"),
        "healthCheckType",
    ),
    computed_inside={"launchTemplate": ("id", "name")},
    rules=_rules,
    refuse=_refuse,
    make=_make,
    update=_update,
)
