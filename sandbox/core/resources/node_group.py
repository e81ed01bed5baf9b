"""EKS managed node groups (CreateNodegroup). Instances are not modelled, only what making them needs."""

from sandbox.core import capacity, managed_nodes, nodes_ready, reservations, traffic
from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import Naming, arn, hexes
from sandbox.core.nodes import Nodes
from sandbox.core.references import (
    CLUSTER,
    NODE_GROUP,
    ROLE,
    SUBNET,
    outputs_of,
    with_output,
)
from sandbox.core.resources.role import trusts
from sandbox.core.template_version import template_of
from sandbox.core.values import Refused, Values, known, known_items, refuse

RESERVED_LABELS = ("kubernetes.io/", "k8s.io/", "eks.amazonaws.com/")


def _invalid(message: str) -> Refused:
    return Refused("InvalidParameterException", message)


def _rules(inputs: Values) -> list[Refused]:
    found = []
    least, desired, most = (
        known(inputs, "scalingConfig", f"{word}Size") for word in ("min", "desired", "max")
    )
    if least is not None and desired is not None and least > desired:
        found.append(_invalid(f"Minimum capacity {least} can't be greater than desired size {desired}"))
    if most is not None and desired is not None and desired > most:
        found.append(_invalid(f"desired capacity {desired} can't be greater than max size {most}"))
    if least is not None and most is not None and least > most:
        found.append(_invalid(f"Minimum capacity {least} can't be greater than max size {most}"))
    update = known(inputs, "updateConfig") or {}
    if update.get("maxUnavailable") is not None and update.get("maxUnavailablePercentage") is not None:
        found.append(_invalid("Specify maxUnavailable or maxUnavailablePercentage, not both"))
    if any(str(label).startswith(RESERVED_LABELS) for label in known(inputs, "labels") or {}):
        prefixes = ", ".join(RESERVED_LABELS)
        found.append(_invalid(f"Label cannot contain reserved prefixes [{prefixes}]"))
    template = inputs.get("launchTemplate")
    if template is None and known(inputs, "capacityType") == "CAPACITY_BLOCK":
        found.append(_invalid("The capacity type CAPACITY_BLOCK needs a launch template"))
    if isinstance(template, dict) and (template.get("id") is None) == (template.get("name") is None):
        message = "You must specify either the launch template ID or the launch template name in the request."
        found.append(_invalid(message))
    return found


def _refuse(asked: Asked) -> None:
    inputs = asked.inputs
    cluster = outputs_of(asked, CLUSTER, inputs.get("clusterName"))
    name = known(inputs, "nodeGroupName")
    if cluster and name and asked.store.get(NODE_GROUP, f"{cluster['name']}:{name}") is not None:
        message = f"NodeGroup already exists with name {name} and cluster name {cluster['name']}"
        raise Refused("ResourceInUseException", message)
    version = known(inputs, "version")
    if cluster and version not in (None, cluster["version"]):
        raise _invalid(f"Kubernetes version {version} is not the cluster's, {cluster['version']}")
    subnets = [outputs_of(asked, SUBNET, subnet) for subnet in known_items(inputs, "subnetIds")]
    found = [subnet for subnet in subnets if subnet is not None]
    for subnet in found:
        if cluster and subnet["vpcId"] != cluster["vpcConfig"]["vpcId"]:
            raise _invalid(f"Subnet {subnet['id']} is not in the VPC of cluster {cluster['name']}")
    _refuse_role(asked)
    template = template_of(asked)
    if template is not None:
        refuse(managed_nodes.refusals(template["id"], template, inputs))
    elif inputs.get("launchTemplate") is not None:
        return
    nodes = Nodes(asked.store, inputs, template or {})
    refuse(_zones(nodes))
    if nodes.count:
        refuse(_launched(nodes, asked.preview))


def _zones(nodes: Nodes) -> list[Refused]:
    group = nodes.placement_group
    if group is None or group["strategy"] != "cluster" or len(nodes.zones) < 2:
        return []
    message = "You cannot specify multiple Availability Zones and a cluster placement group"
    return [Refused("InvalidRequestException", f"{message}: {', '.join(nodes.zones)} and {group['name']}.")]


def _refuse_role(asked: Asked) -> None:
    role_arn = known(asked.inputs, "nodeRoleArn")
    if role_arn is None:
        return
    role = with_output(asked.store, ROLE, "arn", role_arn)
    if role is None:
        raise _invalid(f"The role with name {role_arn.rsplit('/', 1)[-1]} cannot be found.")
    # With this text and the name of China's own EC2: pulumi-eks, pull request 796.
    service = "ec2.amazonaws.com.cn" if asked.store.place.partition == "aws-cn" else "ec2.amazonaws.com"
    if not trusts(role, service):
        raise _invalid(
            f"Following required service principals [{service}] were not found in the trust relationships "
            f"of nodeRole {role_arn}"
        )


def _launched(nodes: Nodes, preview: bool) -> list[Refused]:
    """What comes of asking for the nodes. Rules and policies may come with the same run: a preview waits."""
    found = capacity.refusals(nodes) + reservations.refusals(nodes)
    return found if preview else found + traffic.refusals(nodes) + nodes_ready.refusals(nodes)


def _make(asked: Asked) -> tuple[str, Values]:
    inputs, place = asked.inputs, asked.store.place
    cluster, name = inputs["clusterName"], inputs["nodeGroupName"]
    uuid = hexes(place, 32, NODE_GROUP, cluster, name)
    parts = "-".join((uuid[:8], uuid[8:12], uuid[12:16], uuid[16:20], uuid[20:]))
    group = {"autoscalingGroups": [{"name": f"eks-{name}-{parts}"}], "remoteAccessSecurityGroupId": ""}
    template = template_of(asked)
    spec = {"id": template["id"], "name": template["name"]} if template else {}
    custom = template is not None and template.get("imageId") is not None
    found = asked.store.get(CLUSTER, cluster)
    version = found["outputs"]["version"] if found else ""
    defaults = {
        "amiType": "CUSTOM" if custom else "AL2023_x86_64_STANDARD",
        "capacityType": "ON_DEMAND",
        "diskSize": 0 if template else 20,
        "instanceTypes": [] if template else ["t3.medium"],
        "releaseVersion": template["imageId"] if custom and template else f"{version}.0-sandbox",
        "version": version,
        "updateConfig": {"maxUnavailable": 1},
    }
    return f"{cluster}:{name}", {
        **{key: inputs.get(key, value) for key, value in defaults.items()},
        "arn": arn(place, "eks", f"nodegroup/{cluster}/{name}/{parts}"),
        "resources": [group],
        "status": "ACTIVE",
        **(
            {"launchTemplate": {**spec, "version": inputs["launchTemplate"].get("version")}}
            if template
            else {}
        ),
    }


def _new_version_of_a_block(asked: Asked, old: Values) -> list[Refused]:
    """A block has no spare machine: its group is upgraded while it is empty.

    EKS User Guide, "Create a managed node group with Capacity Blocks for ML", considerations. EKS's own words
    are not public.
    """
    new = asked.inputs
    turned = [key for key in ("launchTemplate", "releaseVersion", "version") if old.get(key) != new.get(key)]
    desired = known(new, "scalingConfig", "desiredSize")
    if known(new, "capacityType") != "CAPACITY_BLOCK" or not turned or not desired:
        return []
    message = (
        f"A node group with Capacity Blocks is upgraded with a desired size of 0, not {desired}: "
        f"{', '.join(turned)} cannot change now."
    )
    return [_invalid(message)]


def _image_by_id(asked: Asked, object: Values) -> list[Refused]:
    """EKS User Guide, "Customize managed nodes with launch templates", limits when specifying an AMI ID."""
    template, was = template_of(asked), object["outputs"].get("amiType") == "CUSTOM"
    if template is None or was == (template.get("imageId") is not None):
        return []
    message = (
        "You must create a new node group to switch between specifying an AMI ID in a launch template and not"
    )
    return [_invalid(f"{message} specifying an AMI ID.")]


def _update(asked: Asked, old: Values, object: Values) -> Values:
    """In place: EKS rolls the nodes, the group and its Auto Scaling group stay."""
    refuse(_new_version_of_a_block(asked, old) + _image_by_id(asked, object))
    made = {} if asked.preview else _make(asked)[1]
    return {key: value for key, value in made.items() if key not in ("arn", "resources")}


KIND = Kind(
    type=NODE_GROUP,
    naming=Naming("nodeGroupName", 63, prefix_property="nodeGroupNamePrefix"),
    computed=(
        *(
            "amiType",
            "arn",
            "capacityType",
            "diskSize",
            "instanceTypes",
            "releaseVersion",
            "resources",
            "status",
        ),
        *("tagsAll", "updateConfig", "version"),
    ),
    rules=_rules,
    refuse=_refuse,
    make=_make,
    update=_update,
)
