"""Turns Pulumi inputs into the EC2, EKS and IAM requests that the AWS provider would send.

The translation is ours, not the provider's: one table (`request_table.py`, which names its sources) walked
along the service model. A property that the table lacks is a problem, as it is for the provider.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, partial
from typing import Any, TypeVar

from botocore.loaders import Loader
from botocore.model import ServiceModel

from sandbox.core.request_rows import Member
from sandbox.core.request_table import RULE_SOURCES, SHAPES
from sandbox.core.values import UNKNOWN, Values

_C = TypeVar("_C", dict[str, Any], list[Any])


@dataclass(frozen=True)
class Request:
    """One call to a service."""

    service: str
    operation: str
    params: Values

    @property
    def shape(self) -> Any:
        return model(self.service).operation_model(self.operation).input_shape


@cache
def model(service: str) -> Any:
    """The service model from the botocore package: no client, no region, no credentials, no user's models."""
    loader = Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH])
    return ServiceModel(loader.load_service_model(service, "service-2"), service)


@cache
def _members(service: str, shape: str) -> dict[str, str]:
    """The shape's members by their name in lower case: Pulumi's names differ in case ("nodeGroupName")."""
    return {member.casefold(): member for member in model(service).shape_for(shape).members}


def requests(type: str, inputs: Values) -> tuple[list[Request], list[str]]:
    """The requests for a resource, and the properties that have no place in them."""
    if type not in _BUILDERS:
        return [], []
    translation = _Translation()
    return _BUILDERS[type](translation, inputs), translation.problems


class _Translation:
    """One walk over the inputs, which notes what it cannot place."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def call(self, service: str, operation: str, inputs: Values, path: str = "") -> Request:
        shape = model(service).operation_model(operation).input_shape
        return Request(service, operation, self.structure(service, shape, inputs, path))

    def structure(self, service: str, shape: Any, value: Values, path: str = "") -> Values:
        rows = SHAPES[service, shape.name]
        made: Values = {}
        for key, item in value.items():
            row = rows.get(key)
            if row is None:
                close = get_close_matches(key, rows, 1)
                hint = f", did you mean {close[0]}?" if close else ""
                self.problems.append(f"{path}{key}: there is no such property{hint}")
            elif not row.modelled and item is not None:
                self.problems.append(f"{path}{key}: the sandbox does not model this property")
            elif row.to is not None and item is not None and not (key == "tags" and item == {}):
                name = row.to or _members(service, shape.name)[key.casefold()]
                made[name] = self.member(service, shape.members[name], row, item, f"{path}{key}")
        return made

    def member(self, service: str, shape: Any, row: Member, value: Any, path: str) -> Any:
        if value is UNKNOWN:
            return UNKNOWN
        if row.how == "bool":
            return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
        if row.how == "json":
            return json.dumps(value, default=str) if isinstance(value, dict) else value
        if row.how == "tags":
            found = self.expected(dict, value, path)
            pairs = [{"Key": key, "Value": item} for key, item in found.items()]
            return [{"ResourceType": row.wrap, "Tags": pairs}] if row.wrap else pairs
        if row.how == "wrap":
            return [{row.wrap: item} for item in self.expected(list, value, path)]
        if row.how == "joined":
            items = self.expected(list, value, path)
            return UNKNOWN if UNKNOWN in items else ",".join(map(str, items))
        if row.how == "number":
            return int(value) if isinstance(value, str) and value.isdigit() else value
        if row.how == "one":
            return [self.value(service, shape.member, self.expected(dict, value, path), path)]
        return self.value(service, shape, value, path)

    def expected(self, kind: type[_C], value: Any, path: str) -> _C:
        """`value`, or an empty one of that kind where it is something else; what is unknown is no problem."""
        if isinstance(value, kind):
            return value
        if value is not None and value is not UNKNOWN:
            self.problems.append(f"{path}: {value!r} is not a {'mapping' if kind is dict else 'list'}")
        return kind()

    def value(self, service: str, shape: Any, value: Any, path: str) -> Any:
        if shape.type_name == "structure" and isinstance(value, dict):
            return self.structure(service, shape, value, f"{path}.")
        if shape.type_name == "list" and isinstance(value, list):
            return [self.value(service, shape.member, v, f"{path}[{i}]") for i, v in enumerate(value)]
        return value


def _launch_template(walk: _Translation, inputs: Values) -> list[Request]:
    outside = SHAPES["ec2", "CreateLaunchTemplateRequest"]
    call = walk.call(
        "ec2", "CreateLaunchTemplate", _with_name({k: v for k, v in inputs.items() if k in outside})
    )
    data_shape = model("ec2").shape_for("RequestLaunchTemplateData")
    data = {k: v for k, v in inputs.items() if k not in outside}
    call.params["LaunchTemplateData"] = walk.structure("ec2", data_shape, data)
    return [call]


def _rule(direction: str, walk: _Translation, inputs: Values) -> list[Request]:
    permission_shape = model("ec2").shape_for("IpPermission")
    inside = SHAPES["ec2", "IpPermission"]
    permission = walk.structure("ec2", permission_shape, {k: v for k, v in inputs.items() if k in inside})
    for key, (member, item) in RULE_SOURCES.items():
        if inputs.get(key) is not None:
            described = (
                {"Description": inputs["description"]} if inputs.get("description") is not None else {}
            )
            permission[member] = [{item: inputs[key], **described}]
    elsewhere = {*inside, *RULE_SOURCES, "description"}
    call = walk.call(
        "ec2",
        f"AuthorizeSecurityGroup{direction}",
        {k: v for k, v in inputs.items() if k not in elsewhere},
    )
    call.params["IpPermissions"] = [permission]
    return [call]


def _role(walk: _Translation, inputs: Values) -> list[Request]:
    calls = [walk.call("iam", "CreateRole", _with_name(inputs))]
    name = inputs.get("name") or UNKNOWN
    for i, policy in enumerate(walk.expected(list, inputs.get("inlinePolicies"), "inlinePolicies")):
        path = f"inlinePolicies[{i}]"
        call = walk.call("iam", "PutRolePolicy", walk.expected(dict, policy, path), f"{path}.")
        unnamed = {"PolicyName": UNKNOWN, "PolicyDocument": UNKNOWN} if policy is UNKNOWN else {}
        calls.append(Request("iam", "PutRolePolicy", {**unnamed, **call.params, "RoleName": name}))
    for policy_arn in walk.expected(list, inputs.get("managedPolicyArns"), "managedPolicyArns"):
        calls.append(Request("iam", "AttachRolePolicy", {"RoleName": name, "PolicyArn": policy_arn}))
    return calls


def _instance_profile(walk: _Translation, inputs: Values) -> list[Request]:
    calls = [walk.call("iam", "CreateInstanceProfile", _with_name(inputs))]
    if inputs.get("role") is not None:
        added = {"InstanceProfileName": inputs.get("name") or UNKNOWN, "RoleName": inputs["role"]}
        calls.append(Request("iam", "AddRoleToInstanceProfile", added))
    return calls


def _auto_scaling_group(walk: _Translation, inputs: Values) -> list[Request]:
    """The group, and the refresh that a change of its template will start."""
    calls = [walk.call("autoscaling", "CreateAutoScalingGroup", _with_name(inputs))]
    if inputs.get("instanceRefresh") is not None:
        path = "instanceRefresh"
        call = walk.call(
            "autoscaling", "StartInstanceRefresh", walk.expected(dict, inputs[path], path), f"{path}."
        )
        named = {"AutoScalingGroupName": inputs.get("name") or UNKNOWN}
        calls.append(Request("autoscaling", "StartInstanceRefresh", {**call.params, **named}))
    return calls


def _auto_scaling_tag(walk: _Translation, inputs: Values) -> list[Request]:
    call = walk.call("autoscaling", "CreateOrUpdateTags", inputs)
    of = {"ResourceId": inputs.get("autoscalingGroupName"), "ResourceType": "auto-scaling-group"}
    given = call.params.get("Tags", [])
    call.params["Tags"] = UNKNOWN if given is UNKNOWN else [{**tag, **of} for tag in given]
    return [call]


def _route_table(walk: _Translation, inputs: Values) -> list[Request]:
    calls = [walk.call("ec2", "CreateRouteTable", inputs)]
    for i, route in enumerate(walk.expected(list, inputs.get("routes"), "routes")):
        given = walk.expected(dict, route, f"routes[{i}]")
        call = walk.call("ec2", "CreateRoute", given, f"routes[{i}].")
        calls.append(Request("ec2", "CreateRoute", {**call.params, "RouteTableId": UNKNOWN}))
    return calls


def _with_name(inputs: Values, property: str = "name") -> Values:
    """A name that is not chosen yet counts as unknown: the provider always sends one."""
    return inputs if inputs.get(property) is not None else {**inputs, property: UNKNOWN}


def _one(service: str, operation: str, name: str = "") -> Callable[[_Translation, Values], list[Request]]:
    """A resource that is one call, whose properties all stand at its top."""

    def build(walk: _Translation, inputs: Values) -> list[Request]:
        return [walk.call(service, operation, _with_name(inputs, name) if name else inputs)]

    return build


_BUILDERS: dict[str, Callable[[_Translation, Values], list[Request]]] = {
    "aws:autoscaling/group:Group": _auto_scaling_group,
    "aws:autoscaling/lifecycleHook:LifecycleHook": _one("autoscaling", "PutLifecycleHook", "name"),
    "aws:autoscaling/schedule:Schedule": _one("autoscaling", "PutScheduledUpdateGroupAction"),
    "aws:autoscaling/tag:Tag": _auto_scaling_tag,
    "aws:eks/accessEntry:AccessEntry": _one("eks", "CreateAccessEntry"),
    "aws:iam/instanceProfile:InstanceProfile": _instance_profile,
    "aws:ec2/capacityBlockReservation:CapacityBlockReservation": _one("ec2", "PurchaseCapacityBlock"),
    "aws:ec2/capacityReservation:CapacityReservation": _one("ec2", "CreateCapacityReservation"),
    "aws:ec2/launchTemplate:LaunchTemplate": _launch_template,
    "aws:ec2/placementGroup:PlacementGroup": _one("ec2", "CreatePlacementGroup"),
    "aws:ec2/securityGroup:SecurityGroup": _one("ec2", "CreateSecurityGroup", "name"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": partial(_rule, "Ingress"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": partial(_rule, "Egress"),
    "aws:ec2/vpc:Vpc": _one("ec2", "CreateVpc"),
    "aws:ec2/subnet:Subnet": _one("ec2", "CreateSubnet"),
    "aws:ec2/internetGateway:InternetGateway": _one("ec2", "CreateInternetGateway"),
    "aws:ec2/eip:Eip": _one("ec2", "AllocateAddress"),
    "aws:ec2/natGateway:NatGateway": _one("ec2", "CreateNatGateway"),
    "aws:ec2/routeTable:RouteTable": _route_table,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _one("ec2", "AssociateRouteTable"),
    "aws:eks/cluster:Cluster": _one("eks", "CreateCluster", "name"),
    "aws:eks/nodeGroup:NodeGroup": _one("eks", "CreateNodegroup", "nodeGroupName"),
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _one("iam", "AttachRolePolicy"),
}
