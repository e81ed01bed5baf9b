"""The translation table against its two sources, and the validator on the requests that it makes."""

import re
import time
import warnings
from typing import Any

import pytest

from sandbox.core import UNKNOWN, launch
from sandbox.core.request_limits import LIMITS
from sandbox.core.request_table import RULE_SOURCES, SHAPES
from sandbox.core.requests import model, requests
from sandbox.core.shapes import problems

with warnings.catch_warnings():
    # The AWS SDK warns of its own deprecated classes while it loads.
    warnings.simplefilter("ignore", DeprecationWarning)
    from pulumi_aws import autoscaling, ec2, eks, iam, vpc

    # A module of the SDK loads itself at first use.
    _ = (
        autoscaling.GroupArgs,
        ec2.LaunchTemplateArgs,
        eks.NodeGroupArgs,
        iam.RoleArgs,
        vpc.SecurityGroupIngressRuleArgs,
    )

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:ec2/placementGroup:PlacementGroup"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
NODES = "aws:eks/nodeGroup:NodeGroup"
ROLE = "aws:iam/role:Role"

NODE_GROUP = {
    "clusterName": "c",
    "nodeRoleArn": "arn:aws:iam::123456789012:role/r",
    "subnetIds": ["subnet-1"],
    "scalingConfig": {"minSize": 2, "maxSize": 2, "desiredSize": 2},
}


def p5(**last: Any) -> dict[str, Any]:
    """A p5 template with 33 interfaces; `last` changes the last of them."""
    layout = [
        {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface", "securityGroups": ["sg-1"]}
    ]
    layout += [
        {"networkCardIndex": 0, "deviceIndex": 1, "interfaceType": "efa-only", "securityGroups": ["sg-1"]}
    ]
    layout += [{"networkCardIndex": i, "deviceIndex": 0, "interfaceType": "efa-only"} for i in range(1, 32)]
    layout[-1] = {**layout[-1], **last}
    return {"instanceType": "p5.48xlarge", "networkInterfaces": layout}


# -- the validator


def test_the_validator_refuses_what_botocore_alone_lets_pass() -> None:
    assert problems(TEMPLATE, p5()) == []
    (found,) = problems(TEMPLATE, p5(interfaceType="efa-nope"))
    assert "NetworkInterfaces[32].InterfaceType: 'efa-nope' is not one of interface | efa | efa-only" in found
    (found,) = problems(TEMPLATE, p5(networkCardIndex=-99))
    assert "NetworkInterfaces[32].NetworkCardIndex: -99 is below the minimum 0" in found
    (found,) = problems(TEMPLATE, {"instanceMarketOptions": {"marketType": "sport"}})
    assert "MarketType: 'sport' is not one of spot | capacity-block" in found
    (found,) = problems(NODES, {**NODE_GROUP, "subnetIds": []})
    assert "subnets: its length 0 is below the minimum 1" in found


@pytest.mark.parametrize(
    ("type", "inputs", "words"),
    [
        (TEMPLATE, {"instanceType": "p5.48xlrge"}, "'p5.48xlrge' is not one of the 1437 values"),
        (TEMPLATE, {"networkInterface": []}, "networkInterface: there is no such property"),
        (TEMPLATE, {"networkInterfaces": [{"groups": ["sg-1"]}]}, "networkInterfaces[0].groups: there is no"),
        (TEMPLATE, {"metadataOptions": {"httpTokens": "yes"}}, "'yes' is not one of optional | required"),
        (TEMPLATE, {"metadataOptions": {"httpPutResponseHopLimit": 65}}, "65 is above the maximum 64"),
        (TEMPLATE, {"blockDeviceMappings": [{"ebs": {"volumeSize": "40g"}}]}, "Invalid type"),
        (TEMPLATE, {"blockDeviceMappings": [{"ebs": {"encrypted": "maybe"}}]}, "Invalid type"),
        (TEMPLATE, {"blockDeviceMappings": [{"ebs": {"volumeType": "gp9"}}]}, "'gp9' is not one of"),
        (TEMPLATE, {"networkInterfaces": [{"deviceIndex": 4.5}]}, "Invalid type"),
        (TEMPLATE, {"tagSpecifications": [{"resourceType": "subnet"}]}, "'subnet' is not one of instance"),
        (GROUP, {"strategy": "clustre"}, "'clustre' is not one of cluster"),
        (GROUP, {"strategy": "partition", "partitionCount": 9}, "9 is above the maximum 7"),
        (NODES, {**NODE_GROUP, "taints": [{"key": "k", "effect": "NoSchedule"}]}, "NO_SCHEDULE"),
        (NODES, {**NODE_GROUP, "capacityType": "BLOCK"}, "'BLOCK' is not one of ON_DEMAND"),
        (NODES, {**NODE_GROUP, "scalingConfig": {"minSize": -1}}, "valid min value: 0"),
        (NODES, {**NODE_GROUP, "updateConfig": {"maxUnavailablePercentage": 101}}, "above the maximum 100"),
        (NODES, {"clusterName": "c"}, 'Missing required parameter in input: "subnets"'),
        (ROLE, {"assumeRolePolicy": "{}", "path": "no-slash"}, "does not match the pattern"),
        (ROLE, {"assumeRolePolicy": "{}", "tags": {"a": "b;"}}, "does not match the pattern"),
        (ROLE, {"assumeRolePolicy": "{}", "maxSessionDuration": 43201}, "above the maximum 43200"),
    ],
)
def test_a_request_of_the_wrong_shape(type: str, inputs: dict[str, Any], words: str) -> None:
    assert any(words in found for found in problems(type, inputs)), problems(type, inputs)


def test_unknown_values_are_passed_over_wherever_they_stand() -> None:
    assert (
        problems(TEMPLATE, p5(securityGroups=UNKNOWN, networkCardIndex=UNKNOWN, interfaceType=UNKNOWN)) == []
    )
    assert problems(TEMPLATE, p5(securityGroups=[UNKNOWN, "sg-1"])) == []
    assert problems(TEMPLATE, {"networkInterfaces": UNKNOWN, "tags": UNKNOWN, "placement": UNKNOWN}) == []
    assert problems(TEMPLATE, {"networkInterfaces": [UNKNOWN], "tags": {"owner": UNKNOWN}}) == []
    assert problems(NODES, {**NODE_GROUP, "subnetIds": [UNKNOWN], "nodeRoleArn": UNKNOWN}) == []
    assert problems(ROLE, {"assumeRolePolicy": UNKNOWN, "name": UNKNOWN}) == []


def test_a_template_with_33_interfaces_takes_a_few_milliseconds() -> None:
    problems(TEMPLATE, p5())
    best = min(_timed(lambda: problems(TEMPLATE, p5())) for _ in range(5))
    assert best < 0.02


def _timed(call: Any) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def test_requests_of_every_efa_type_have_the_right_shape() -> None:
    for name, found in launch._types().items():
        if found["NetworkInfo"].get("EfaInfo"):
            layout = [
                {"networkCardIndex": card["NetworkCardIndex"], "deviceIndex": 0, "interfaceType": type}
                for card in found["NetworkInfo"]["NetworkCards"]
                for type in card["InterfaceTypes"]
            ]
            assert problems(TEMPLATE, {"instanceType": name, "networkInterfaces": layout}) == []
            for strategy in found["PlacementGroupInfo"]["SupportedStrategies"]:
                assert problems(GROUP, {"strategy": strategy}) == []


# -- the translation


def test_renames_flags_tags_and_wrapped_lists() -> None:
    interface = {
        "securityGroups": ["sg-1"],
        "deleteOnTermination": "true",
        "associatePublicIpAddress": False,
        "ipv4AddressCount": 2,
        "ipv6Addresses": ["::1"],
    }
    inputs = {
        "name": "n",
        "description": "d",
        "networkInterfaces": [interface],
        "tagSpecifications": [{"resourceType": "volume", "tags": {"a": "b"}}],
        "tags": {"c": "d"},
        "updateDefaultVersion": True,
        "vpcSecurityGroupIds": ["sg-2"],
    }
    (call,), found = requests(TEMPLATE, inputs)
    assert found == []
    assert call.params == {
        "LaunchTemplateName": "n",
        "VersionDescription": "d",
        "TagSpecifications": [{"ResourceType": "launch-template", "Tags": [{"Key": "c", "Value": "d"}]}],
        "LaunchTemplateData": {
            "NetworkInterfaces": [
                {
                    "Groups": ["sg-1"],
                    "DeleteOnTermination": True,
                    "AssociatePublicIpAddress": False,
                    "SecondaryPrivateIpAddressCount": 2,
                    "Ipv6Addresses": [{"Ipv6Address": "::1"}],
                }
            ],
            "TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "a", "Value": "b"}]}],
            "SecurityGroupIds": ["sg-2"],
        },
    }


def test_a_rule_becomes_one_permission() -> None:
    inputs = {
        "securityGroupId": "sg-1",
        "referencedSecurityGroupId": "sg-1",
        "ipProtocol": "-1",
        "description": "d",
    }
    (call,), found = requests(INGRESS, inputs)
    assert (call.operation, found) == ("AuthorizeSecurityGroupIngress", [])
    permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1", "Description": "d"}]}
    assert call.params == {"GroupId": "sg-1", "IpPermissions": [permission]}


def test_a_role_with_policies_is_several_calls() -> None:
    inputs = {
        "assumeRolePolicy": "{}",
        "inlinePolicies": [{"name": "p", "policy": "{}"}],
        "managedPolicyArns": ["arn:aws:iam::aws:policy/P"],
    }
    calls, _ = requests(ROLE, inputs)
    assert [call.operation for call in calls] == ["CreateRole", "PutRolePolicy", "AttachRolePolicy"]
    assert problems(ROLE, inputs) == []


def test_a_group_is_also_the_refresh_that_it_will_start() -> None:
    group, tag = "aws:autoscaling/group:Group", "aws:autoscaling/tag:Tag"
    preferences = {"instanceWarmup": "60", "minHealthyPercentage": 50}
    inputs = {
        "name": "g",
        "minSize": 1,
        "maxSize": 1,
        "vpcZoneIdentifiers": ["subnet-1", "subnet-2"],
        "launchTemplate": {"id": "lt-1", "version": "1"},
        "instanceRefresh": {"strategy": "Rolling", "preferences": preferences},
        "tags": [{"key": "k", "value": "v", "propagateAtLaunch": True}],
    }
    (made, refresh), wrong = requests(group, inputs)
    assert (wrong, problems(group, inputs)) == ([], [])
    assert made.params["VPCZoneIdentifier"] == "subnet-1,subnet-2"
    assert made.params["Tags"] == [{"Key": "k", "Value": "v", "PropagateAtLaunch": True}]
    assert made.params["LaunchTemplate"] == {"LaunchTemplateId": "lt-1", "Version": "1"}
    assert refresh.params["Preferences"] == {"InstanceWarmup": 60, "MinHealthyPercentage": 50}
    (call,), _ = requests(tag, {"autoscalingGroupName": "g", "tag": inputs["tags"][0]})
    named = {"ResourceId": "g", "ResourceType": "auto-scaling-group"}
    assert call.params == {"Tags": [{"Key": "k", "Value": "v", "PropagateAtLaunch": True, **named}]}
    assert (
        requests(group, {**inputs, "vpcZoneIdentifiers": [UNKNOWN]})[0][0].params["VPCZoneIdentifier"]
        is UNKNOWN
    )


# -- the table


@pytest.mark.parametrize(("service", "shape"), SHAPES)
def test_each_row_names_a_member_of_the_service_model(service: str, shape: str) -> None:
    members = model(service).shape_for(shape).members
    lower = {member.casefold() for member in members}
    for name, row in SHAPES[service, shape].items():
        assert row.to is None or (row.to in members if row.to else name.casefold() in lower), name


def test_each_limit_names_a_member_of_the_service_model() -> None:
    for service, shape, member in LIMITS:
        assert member in model(service).shape_for(shape).members


def properties(args: type) -> dict[str, str]:
    """The Pulumi names of an SDK class, with the text of their types."""
    found = {}
    for python, member in vars(args).items():
        if isinstance(member, property):
            name = getattr(member.fget, "_pulumi_name", None) or python
            found[name] = str(member.fget.__annotations__["return"])  # type: ignore[union-attr]
    return found


def nested(types: Any, text: str) -> type | None:
    named = re.search(r"'(?:[\w.]*\.)?(\w+Args)'", text)
    return getattr(types, named[1]) if named else None


def compare(
    types: Any, args: type, service: str, shape: Any, rows: dict[str, Any], left_over: set[str]
) -> None:
    """`rows` has exactly the properties of `args`, and so on down wherever a property is a structure."""
    accepted = properties(args)
    assert accepted.keys() - left_over == rows.keys(), shape.name
    lower = {member.casefold(): member for member in shape.members}
    for name, row in rows.items():
        below = nested(types, accepted[name])
        if below is None or row.to is None or row.how != "same":
            continue
        inner = shape.members[row.to or lower[name.casefold()]]
        inner = inner.member if inner.type_name == "list" else inner
        if inner.type_name == "structure":
            compare(types, below, service, inner, SHAPES[service, inner.name], set())


def test_the_table_has_exactly_the_properties_of_the_sdk() -> None:
    outside = SHAPES["ec2", "CreateLaunchTemplateRequest"]
    data = SHAPES["ec2", "RequestLaunchTemplateData"]
    assert properties(ec2.LaunchTemplateArgs).keys() == outside.keys() | data.keys()
    data_shape = model("ec2").shape_for("RequestLaunchTemplateData")
    compare(ec2, ec2.LaunchTemplateArgs, "ec2", data_shape, data, set(outside))
    for types, args, service, shape in (
        (ec2, ec2.PlacementGroupArgs, "ec2", "CreatePlacementGroupRequest"),
        (ec2, ec2.SecurityGroupArgs, "ec2", "CreateSecurityGroupRequest"),
        (eks, eks.NodeGroupArgs, "eks", "CreateNodegroupRequest"),
        (ec2, ec2.VpcArgs, "ec2", "CreateVpcRequest"),
        (ec2, ec2.SubnetArgs, "ec2", "CreateSubnetRequest"),
        (ec2, ec2.InternetGatewayArgs, "ec2", "CreateInternetGatewayRequest"),
        (ec2, ec2.EipArgs, "ec2", "AllocateAddressRequest"),
        (ec2, ec2.NatGatewayArgs, "ec2", "CreateNatGatewayRequest"),
        (ec2, ec2.RouteTableArgs, "ec2", "CreateRouteTableRequest"),
        (ec2, ec2.RouteTableRouteArgs, "ec2", "CreateRouteRequest"),
        (ec2, ec2.RouteTableAssociationArgs, "ec2", "AssociateRouteTableRequest"),
        (eks, eks.ClusterArgs, "eks", "CreateClusterRequest"),
        (iam, iam.RoleArgs, "iam", "CreateRoleRequest"),
        (iam, iam.RoleInlinePolicyArgs, "iam", "PutRolePolicyRequest"),
        (iam, iam.RolePolicyAttachmentArgs, "iam", "AttachRolePolicyRequest"),
        (iam, iam.InstanceProfileArgs, "iam", "CreateInstanceProfileRequest"),
        (eks, eks.AccessEntryArgs, "eks", "CreateAccessEntryRequest"),
        (autoscaling, autoscaling.GroupArgs, "autoscaling", "CreateAutoScalingGroupType"),
        (ec2, ec2.CapacityReservationArgs, "ec2", "CreateCapacityReservationRequest"),
        (ec2, ec2.CapacityBlockReservationArgs, "ec2", "PurchaseCapacityBlockRequest"),
        (autoscaling, autoscaling.ScheduleArgs, "autoscaling", "PutScheduledUpdateGroupActionType"),
        (autoscaling, autoscaling.LifecycleHookArgs, "autoscaling", "PutLifecycleHookType"),
        (autoscaling, autoscaling.TagArgs, "autoscaling", "CreateOrUpdateTagsType"),
        (autoscaling, autoscaling.GroupInstanceRefreshArgs, "autoscaling", "StartInstanceRefreshType"),
    ):
        compare(types, args, service, model(service).shape_for(shape), SHAPES[service, shape], set())


def test_the_table_has_exactly_the_properties_of_rules_in_the_sdk() -> None:
    inside = SHAPES["ec2", "IpPermission"].keys() | RULE_SOURCES.keys() | {"description"}
    for direction in ("Ingress", "Egress"):
        args = getattr(vpc, f"SecurityGroup{direction}RuleArgs")
        rows = SHAPES["ec2", f"AuthorizeSecurityGroup{direction}Request"]
        assert properties(args).keys() == rows.keys() | inside


def test_the_walk_over_the_sdk_sees_a_missing_row(monkeypatch: pytest.MonkeyPatch) -> None:
    row = ("ec2", "LaunchTemplatePlacementRequest")
    monkeypatch.setitem(SHAPES, row, {k: v for k, v in SHAPES[row].items() if k != "tenancy"})
    with pytest.raises(AssertionError, match="LaunchTemplatePlacementRequest"):
        test_the_table_has_exactly_the_properties_of_the_sdk()
