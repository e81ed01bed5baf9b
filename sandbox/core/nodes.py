"""The nodes that a group asks EC2 for, with everything its inputs refer to.

A managed node group or an Auto Scaling group that wants nodes makes EC2 launch instances from its template.
What stands in the way is said by `capacity`, `reservations`, `traffic` and `nodes_ready`, each over the one
view of this module. They look at the store when the node group is made or changed, because rules and policies
are resources of their own that may come after the template.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.core.references import (
    AUTO_SCALING_GROUP,
    CLUSTER,
    INSTANCE_PROFILE,
    LAUNCH_TEMPLATE,
    NODE_GROUP,
    PLACEMENT_GROUP,
    ROLE,
    SUBNET,
    with_output,
)
from sandbox.core.store import Store
from sandbox.core.user_data import Told, told
from sandbox.core.values import Values, known, known_items

EFFECTS = {"NoSchedule": "NO_SCHEDULE", "NoExecute": "NO_EXECUTE", "PreferNoSchedule": "PREFER_NO_SCHEDULE"}
"""Kubernetes's words of taints in EKS's."""
DEFAULT_TYPE = "t3.medium"
"""What EKS takes where neither the request nor the template names a type (CreateNodegroup, instanceTypes)."""


@dataclass(frozen=True)
class Interface:
    """One network interface of each node."""

    type: str
    primary: bool
    groups: frozenset[str]
    """Its security groups; none where EC2 takes the VPC's default one."""

    @property
    def addressed(self) -> bool:
        return self.type != "efa-only"

    @property
    def efa(self) -> bool:
        return self.type != "interface"


@dataclass(frozen=True)
class Nodes:
    """The instances of one node group."""

    store: Store
    group: Values
    """The node group's inputs, or its outputs once it is there."""
    template: Values
    """The launch template's data; nothing where EKS makes its own."""
    managed: bool = True
    """Whether EKS runs them; else `group` is an Auto Scaling group, seen as one (`of_scaling_group`)."""
    handed_on: frozenset[str] = frozenset()
    """Keys of the Auto Scaling group's tags that its instances get."""

    @property
    def count(self) -> int:
        return known(self.group, "scalingConfig", "desiredSize") or 0

    @property
    def types(self) -> list[str]:
        """The first is the one that EC2 tries first."""
        given = known(self.template, "instanceType")
        return [given] if given else known_items(self.group, "instanceTypes") or [DEFAULT_TYPE]

    @property
    def subnets(self) -> list[Values]:
        found = (self.store.get(SUBNET, subnet) for subnet in known_items(self.group, "subnetIds"))
        return [subnet["outputs"] for subnet in found if subnet is not None]

    @property
    def zones(self) -> list[str]:
        return sorted({subnet["availabilityZone"] for subnet in self.subnets})

    @property
    def cluster(self) -> Values:
        found = self.store.get(CLUSTER, known(self.group, "clusterName") or "")
        return found["outputs"] if found else {}

    @property
    def cluster_group(self) -> str | None:
        group: str | None = known(self.cluster, "vpcConfig", "clusterSecurityGroupId")
        return group

    @property
    def told(self) -> Told | None:
        """What user data tells them of their cluster."""
        return told(known(self.template, "userData"))

    @property
    def role(self) -> Values | None:
        arn = known(self.group, "nodeRoleArn")
        return with_output(self.store, ROLE, "arn", arn) if arn else None

    @property
    def placement_group(self) -> Values | None:
        placement = known(self.template, "placement")
        by_id, by_name = known(placement, "groupId"), known(placement, "groupName")
        if by_id:
            return with_output(self.store, PLACEMENT_GROUP, "placementGroupId", by_id)
        return with_output(self.store, PLACEMENT_GROUP, "name", by_name) if by_name else None

    @property
    def interfaces(self) -> list[Interface]:
        """Where the template names no security group at all, EKS puts the cluster's on every interface.

        EKS User Guide, "Customize managed nodes with launch templates", using custom security groups.
        """
        given = known_items(self.template, "networkInterfaces")
        outside = known_items(self.template, "vpcSecurityGroupIds")
        named = [frozenset(known_items(one, "securityGroups")) for one in given]
        if self.managed and not outside and not any(named):
            outside = [self.cluster_group] if self.cluster_group else []
            named = [frozenset(outside)] * len(given)
        if not given:
            return [Interface("interface", True, frozenset(outside))]
        kinds = [known(one, "interfaceType") or "interface" for one in given]
        return [
            Interface(kind, _is_primary(one), groups)
            for one, kind, groups in zip(given, kinds, named, strict=True)
        ]

    @property
    def name(self) -> str:
        return str(known(self.group, "nodeGroupName"))


def _is_primary(interface: Values) -> bool:
    return not known(interface, "networkCardIndex") and not known(interface, "deviceIndex")


def instance_profile(store: Store, template: Values) -> Values | None:
    """The instance profile that a template names."""
    named = known(template, "iamInstanceProfile")
    for property in ("arn", "name"):
        value = known(named, property)
        if value is not None:
            return with_output(store, INSTANCE_PROFILE, property, value)
    return None


def of_scaling_group(store: Store, group: Values, template: Values) -> Nodes:
    """An Auto Scaling group as a node group: its cluster stands in user data, its role in the profile."""
    facts = told(known(template, "userData"))
    role_name = known(instance_profile(store, template), "role")
    role = store.get(ROLE, role_name) if role_name else None
    seen = {
        "nodeGroupName": known(group, "name"),
        "scalingConfig": {"desiredSize": known(group, "desiredCapacity") or known(group, "minSize")},
        "subnetIds": group.get("vpcZoneIdentifiers"),
        "clusterName": facts.name if facts else None,
        "labels": facts.labels if facts else {},
        "taints": [{**one, "effect": EFFECTS.get(one.get("effect", ""), "")} for one in facts.taints]
        if facts
        else [],
        "nodeRoleArn": role["outputs"]["arn"] if role else None,
    }
    tags = known_items(group, "tags")
    handed_on = frozenset(str(known(one, "key")) for one in tags if known(one, "propagateAtLaunch"))
    return Nodes(store, seen, template, managed=False, handed_on=handed_on)


def running(store: Store) -> Iterator[Nodes]:
    """The nodes of every group that the store holds."""
    for found in store.all(AUTO_SCALING_GROUP):
        template = data(store, known(found["outputs"], "launchTemplate"))
        scaled = of_scaling_group(store, found["outputs"], template or {})
        if scaled.count:
            yield scaled
    for found in store.all(NODE_GROUP):
        template = data(store, known(found["outputs"], "launchTemplate"))
        nodes = Nodes(store, found["outputs"], template or {})
        if nodes.count:
            yield nodes


def data(store: Store, named: Values | None) -> Values | None:
    """What stands in the version that is named of a launch template, with the template's own id and name."""
    id, name = known(named, "id"), known(named, "name")
    found = store.get(LAUNCH_TEMPLATE, id) if id else None
    if found is None and name:
        found = next((one for one in store.all(LAUNCH_TEMPLATE) if one["outputs"].get("name") == name), None)
    if found is None:
        return None
    outputs: Values = found["outputs"]
    version = str(known(named, "version") or "$Default")
    number = outputs.get({"$Latest": "latestVersion", "$Default": "defaultVersion"}.get(version, ""), version)
    versions: dict[str, Any] = found.get("versions", {})
    return {**versions.get(str(number), outputs), "id": outputs["id"], "name": outputs["name"]}
