"""The sandbox's rules on plain dicts. They show what the sandbox refuses, not what AWS accepts."""

import base64
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox import account, core
from sandbox.core import UNKNOWN, Refused, launch
from sandbox.core.values import settled

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:ec2/placementGroup:PlacementGroup"
NODES = "aws:eks/nodeGroup:NodeGroup"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
RELEASE = "kubernetes:helm.sh/v3:Release"
TEMPLATE_OF_CLAIMS = "kubernetes:resource.k8s.io/v1:ResourceClaimTemplate"

VPC = "vpc-0e7a1c2b3d4f50617"
CLUSTER_GROUP, NODES_GROUP = "sg-0c1a5e0d2b3f4a596", "sg-0a7b8c9d0e1f2a3b4"
SUBNET_A, SUBNET_B = "subnet-0a1b2c3d4e5f60718", "subnet-0b2c3d4e5f6071829"
SUBNET_C = "subnet-0c3d4e5f607182930"
BLOCK, RESERVATION = "cr-0e5f60718293a4b5c", "cr-0f60718293a4b5c6d"
TRUST = json.dumps(
    {
        "Statement": [
            {"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole", "Effect": "Allow"}
        ]
    }
)

POLICIES = [
    f"arn:aws:iam::aws:policy/{name}"
    for name in (
        "AmazonEKSWorkerNodePolicy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEKS_CNI_Policy",
    )
]


def nic(card: int, device: int, type: str = "efa-only", **more: Any) -> dict[str, Any]:
    return {"networkCardIndex": card, "deviceIndex": device, "interfaceType": type, **more}


def p5_layout() -> list[dict[str, Any]]:
    own, both = {"securityGroups": [NODES_GROUP]}, {"securityGroups": [NODES_GROUP, CLUSTER_GROUP]}
    layout = [nic(0, 0, "interface", **both), nic(0, 1, **own)]
    return [*layout, *(nic(card, 0, **own) for card in range(1, 32))]


def template(**changes: Any) -> dict[str, Any]:
    return {"instanceType": "p5.48xlarge", "networkInterfaces": p5_layout(), **changes}


def target(id: str, preference: str | None = None) -> dict[str, Any]:
    spec = {"capacityReservationTarget": {"capacityReservationId": id}}
    return {**spec, "capacityReservationPreference": preference} if preference else spec


def refusal(call: Any, *args: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args)
    return caught.value


@pytest.fixture
def store() -> core.MemoryStore:
    return account.load(at=NOW)


def make(
    store: core.Store, type: str, logical: str = "train", /, **inputs: Any
) -> tuple[Any, dict[str, Any]]:
    return core.create(store, type, logical, inputs, False)


def nodes(store: core.Store, lt: dict[str, Any] | None = None, **changes: Any) -> tuple[Any, dict[str, Any]]:
    """A valid node group with a template `lt`, then the changes."""
    if store.get(ROLE, "nodes") is None:
        make(store, ROLE, name="nodes", assumeRolePolicy=TRUST, managedPolicyArns=POLICIES)
    id, made = make(store, TEMPLATE, **(lt or template()))
    inputs = {
        "clusterName": "efa-dev",
        "nodeRoleArn": "arn:aws:iam::123456789012:role/nodes",
        "subnetIds": [SUBNET_B],
        "scalingConfig": {"minSize": 2, "desiredSize": 2, "maxSize": 2},
        "launchTemplate": {"id": id, "version": str(made["latestVersion"])},
    }
    return make(store, NODES, **{**inputs, **changes})


# -- the cut


def test_core_imports_neither_pulumi_nor_grpc_nor_the_package() -> None:
    program = (
        "import sys\n"
        "for name in ('pulumi', 'pulumi_aws', 'pulumi_kubernetes', 'grpc', 'efa_pools', 'boto3'):\n"
        "    sys.modules[name] = None\n"
        "from sandbox import core, account\n"
        "store = account.load()\n"
        f"print(core.create(store, '{GROUP}', 'x', {{'strategy': 'cluster'}}, False)[0])\n"
        "from sandbox.core import launch\n"
        "assert launch.hardware('p5.48xlarge').efas == 32\n"
        "assert 'moto' not in sys.modules\n"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("x-")


def test_no_part_of_the_sandbox_names_the_package() -> None:
    # The command line alone puts the two together.
    for file in {*(ROOT / "sandbox").rglob("*.py")} - {ROOT / "sandbox/__main__.py"}:
        assert "efa_pools" not in file.read_text(encoding="utf-8"), file


def test_an_unknown_type_or_function_is_refused_by_name(store: core.Store) -> None:
    assert "aws:s3/bucket:Bucket" in refusal(make, store, "aws:s3/bucket:Bucket").message
    assert refusal(core.check, "aws:s3/bucket:Bucket", {}).code == "UnknownResourceType"
    assert "aws:ec2/getAmi:getAmi" in refusal(core.invoke, store, "aws:ec2/getAmi:getAmi", {}).message


def test_partition(store: core.Store) -> None:
    found = core.invoke(store, "aws:index/getPartition:getPartition", {})
    assert (found["partition"], found["dnsSuffix"]) == ("aws", "amazonaws.com")


# -- names, ids, outputs


def test_names_are_pulumis_and_repeat() -> None:
    first, second = (make(account.load(at=NOW), GROUP, strategy="cluster") for _ in range(2))
    assert first == second
    assert first[0].startswith("train-") and len(first[0]) == len("train-") + 7
    assert make(account.load(at=NOW, seed="other"), GROUP, strategy="cluster")[0] != first[0]


def test_a_name_too_long_for_the_type_is_refused(store: core.Store) -> None:
    assert "at most 63" in refusal(make, store, NODES, "n" * 60).message


def test_a_prefix_is_extended_as_terraform_does(store: core.Store) -> None:
    _, made = make(store, SECURITY_GROUP, namePrefix="pool-", vpcId=VPC, description="d")
    assert made["name"].startswith("pool-") and len(made["name"]) == len("pool-") + 26


@pytest.mark.parametrize(
    ("type", "inputs", "id", "names"),
    [
        (TEMPLATE, template(tags={"a": "b"}), "lt-", "arn name latestVersion defaultVersion tagsAll region"),
        (GROUP, {"strategy": "cluster"}, "train-", "arn name placementGroupId tagsAll region"),
        (SECURITY_GROUP, {"vpcId": VPC, "description": "d"}, "sg-", "arn name ownerId tagsAll"),
        (ROLE, {"assumeRolePolicy": TRUST}, "train-", "arn name uniqueId createDate"),
        (
            RELEASE,
            {"chart": "c", "namespace": "kube-system"},
            "kube-system/train-",
            "name status resourceNames",
        ),
    ],
)
def test_outputs_are_unknown_in_a_preview_and_known_afterwards(
    store: core.Store, type: str, inputs: dict[str, Any], id: str, names: str
) -> None:
    previewed_id, previewed = core.create(store, type, "train", inputs, True)
    made_id, made = core.create(store, type, "train", inputs, False)
    assert previewed_id is UNKNOWN and made_id.startswith(id)
    assert set(names.split()) <= previewed.keys() and settled(made)
    assert previewed["name"] == made["name"]
    assert all(previewed[key] in (UNKNOWN, made[key]) for key in names.split())
    assert not settled(previewed)


def test_a_preview_keeps_nothing(store: core.Store) -> None:
    before = len(store.all(GROUP))
    core.create(store, GROUP, "train", {"strategy": "cluster"}, True)
    assert len(store.all(GROUP)) == before


def test_node_group_outputs(store: core.Store) -> None:
    id, made = nodes(store)
    assert id == f"efa-dev:{made['nodeGroupName']}"
    assert made["resources"][0]["autoscalingGroups"][0]["name"].startswith(f"eks-{made['nodeGroupName']}-")
    assert (made["status"], made["capacityType"], made["version"]) == ("ACTIVE", "ON_DEMAND", "1.34")


def test_read_and_delete(store: core.Store) -> None:
    id, _ = make(store, GROUP, strategy="cluster")
    found = core.read(store, GROUP, id)
    assert found is not None and found["inputs"]["strategy"] == "cluster"
    core.delete(store, GROUP, id)
    core.delete(store, GROUP, id)
    assert core.read(store, GROUP, id) is None


# -- what EC2 refuses of a layout


def test_the_documented_layouts_pass(store: core.Store) -> None:
    ultraserver = [nic(0, 0, "interface"), *(nic(card, 0) for card in (1, 5, 9, 13))]
    b300 = [nic(0, 0, "interface"), *(nic(card, 0) for card in range(1, 17))]
    for type, layout in (
        ("p5.48xlarge", p5_layout()),
        ("p6e-gb200.36xlarge", ultraserver),
        ("p6-b300.48xlarge", b300),
    ):
        core.check(TEMPLATE, {"instanceType": type, "networkInterfaces": layout})
    core.check(
        TEMPLATE, {"instanceType": "hpc6id.32xlarge", "networkInterfaces": [nic(0, 0, "efa"), nic(1, 0)]}
    )


@pytest.mark.parametrize(
    ("type", "layout", "words"),
    [
        ("p5.48xlarge", [nic(0, 0, "interface"), nic(32, 0)], "index '32' does not exist"),
        (
            "p5.48xlarge",
            [nic(0, 0, "interface"), nic(1, 2)],
            "The specified number '2' for the device index exceeds",
        ),
        ("p5.48xlarge", [nic(0, 0, "interface"), nic(1, 0), nic(1, 0)], "unique device index"),
        ("p5.48xlarge", [nic(0, 0, "interface"), nic(1, 0), nic(1, 1)], "only one EFA for each network card"),
        ("p5.48xlarge", [nic(0, 0)], "EFA-only network interface as the primary"),
        ("p5.48xlarge", [nic(0, 1)], "you must include a device at index 0"),
        ("p5.48xlarge", [nic(1, 0, "interface")], "you must include a device at index 0"),
        ("p5.48xlarge", [{"interfaceType": "interface"}], "requires a device index"),
        ("p6-b300.48xlarge", [nic(0, 0, "efa")], "does not support the interface type 'efa'"),
        (
            "p6-b300.48xlarge",
            [nic(0, 0, "interface"), nic(0, 1)],
            "does not support the interface type 'efa-only'",
        ),
        ("p6e-gb200.36xlarge", [nic(0, 0, "interface"), nic(1, 0, "interface")], "does not support"),
        ("p6e-gb200.36xlarge", [nic(0, 0, "interface"), nic(1, 1)], "Specify a number from 0 to 0"),
        ("i7ie.48xlarge", [nic(0, 0, "interface"), nic(0, 1), nic(1, 0)], "maximum of 1 EFA"),
        ("t3.medium", [nic(0, 0, "interface"), nic(0, 1)], "does not support the interface type"),
        (
            "p5.48xlarge",
            [nic(0, 0, "interface", associatePublicIpAddress="true"), nic(0, 1)],
            "cannot be specified",
        ),
        (
            "p5.48xlarge",
            [nic(0, 0, "interface"), nic(0, 1, ipv4AddressCount=1)],
            "do not support IP addresses",
        ),
    ],
)
def test_a_layout_that_ec2_refuses(type: str, layout: list[dict[str, Any]], words: str) -> None:
    assert words in refusal(core.check, TEMPLATE, {"instanceType": type, "networkInterfaces": layout}).message


def test_every_problem_of_one_layout_is_said_at_once() -> None:
    layout = [nic(0, 0), nic(40, 0), nic(1, 9)]
    message = refusal(core.check, TEMPLATE, template(networkInterfaces=layout)).message
    assert "primary" in message and "'40'" in message and "'9'" in message


def test_groups_beside_interfaces_are_refused() -> None:
    found = refusal(core.check, TEMPLATE, template(vpcSecurityGroupIds=[CLUSTER_GROUP]))
    assert "instance-level security groups" in found.message


def test_unknown_values_are_passed_over() -> None:
    core.check(TEMPLATE, template(networkInterfaces=UNKNOWN, placement={"groupName": UNKNOWN}))
    core.check(TEMPLATE, template(networkInterfaces=[nic(0, 0, "interface"), UNKNOWN]))
    core.check(TEMPLATE, template(instanceType=UNKNOWN, userData=UNKNOWN))
    core.check(TEMPLATE, {"networkInterfaces": [nic(0, UNKNOWN)]})


def test_every_type_with_efa_has_a_layout_that_passes() -> None:
    types = [name for name, found in launch._types().items() if found["NetworkInfo"].get("EfaInfo")]
    assert len(types) == 303
    for name in types:
        found = launch.hardware(name)
        assert found is not None
        single = found.cards[0].devices == 1
        layout = [nic(0, 0, "efa" if single else "interface")]
        layout += [nic(0, 1)] if not single and "efa-only" in found.cards[0].types else []
        layout += [nic(card, 0) for card in found.cards if card]
        if found.efas < sum(n["interfaceType"] != "interface" for n in layout):
            layout = layout[: found.efas + 1]
        core.check(TEMPLATE, {"instanceType": name, "networkInterfaces": layout})


# -- references and the account


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"networkInterfaces": [nic(0, 0, "interface", securityGroups=["sg-0"])]}, "InvalidGroup.NotFound"),
        ({"networkInterfaces": [nic(0, 0, "interface", subnetId="subnet-0")]}, "InvalidSubnetID.NotFound"),
        ({"placement": {"groupName": "nowhere"}}, "InvalidPlacementGroup.Unknown"),
        ({"placement": {"groupId": "pg-0"}}, "InvalidPlacementGroup.Unknown"),
        ({"capacityReservationSpecification": target("cr-0")}, "InvalidCapacityReservationId.NotFound"),
    ],
)
def test_a_template_that_refers_to_nothing(store: core.Store, changes: dict[str, Any], code: str) -> None:
    assert refusal(lambda: make(store, TEMPLATE, **template(**changes))).code == code


def test_a_preview_knows_ids_but_not_the_names_of_the_same_run(store: core.Store) -> None:
    core.create(store, TEMPLATE, "t", template(placement={"groupName": "made-in-this-run"}), True)
    by_id = template(placement={"groupId": "pg-0"})
    assert refusal(core.create, store, TEMPLATE, "t", by_id, True).code == "InvalidPlacementGroup.Unknown"


def test_existing_groups_are_found_by_name_and_id(store: core.Store) -> None:
    make(store, TEMPLATE, "a", **template(placement={"groupName": "p5-train"}))
    make(store, TEMPLATE, "b", **template(placement={"groupId": "pg-0d4e5f60718293a4b"}))


BLOCK_MARKET = {"instanceMarketOptions": {"marketType": "capacity-block"}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"capacityReservationSpecification": target(RESERVATION)},
            "is for p5en.48xlarge, not for p5.48xlarge",
        ),
        ({"capacityReservationSpecification": target(BLOCK)}, "is a Capacity Block"),
        (BLOCK_MARKET, "needs a capacity reservation target"),
        ({"capacityReservationSpecification": target(BLOCK, "open")}, "can't be combined"),
        ({"placement": {"groupName": "p5-train", "groupId": "pg-0d4e5f60718293a4b"}}, "not both"),
        ({"placement": {"groupName": "p5-train", "partitionNumber": 2}}, "has no partition 2"),
        ({"userData": "no base64"}, "Invalid BASE64"),
        ({"userData": base64.b64encode(b"x" * 16385).decode()}, "limited to 16384"),
    ],
)
def test_a_template_that_cannot_launch(store: core.Store, changes: dict[str, Any], words: str) -> None:
    assert words in refusal(lambda: make(store, TEMPLATE, **template(**changes))).message


def test_usage_classes_and_strategies_come_with_the_type(store: core.Store) -> None:
    spot = {"instanceType": "hpc7a.96xlarge", "instanceMarketOptions": {"marketType": "spot"}}
    assert "not available as spot" in refusal(core.check, TEMPLATE, spot).message
    small = {"instanceType": "t3.medium", "placement": {"groupName": "p5-train"}}
    assert (
        "Cluster placement groups cannot be used" in refusal(lambda: make(store, TEMPLATE, **small)).message
    )


# -- node groups


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"clusterName": "nowhere"}, "ResourceNotFoundException"),
        ({"subnetIds": ["subnet-0"]}, "InvalidSubnetID.NotFound"),
        ({"subnetIds": []}, "ParamValidationError"),
        ({"launchTemplate": {"id": "lt-0", "version": "1"}}, "InvalidLaunchTemplateId.NotFound"),
        ({"nodeRoleArn": "arn:aws:iam::123456789012:role/nobody"}, "InvalidParameterException"),
        ({"scalingConfig": {"minSize": 3, "desiredSize": 2, "maxSize": 4}}, "InvalidParameterException"),
        ({"scalingConfig": {"minSize": 0, "desiredSize": 5, "maxSize": 4}}, "InvalidParameterException"),
        ({"scalingConfig": {"minSize": 0, "desiredSize": 0, "maxSize": 0}}, "ParamValidationError"),
        ({"capacityType": "CAPACITY_BLOCK"}, "InvalidParameterException"),
        ({"taints": [{"key": "k", "effect": "NoSchedule"}]}, "ParamValidationError"),
        ({"labels": {"kubernetes.io/x": "y"}}, "InvalidParameterException"),
        ({"instanceTypes": ["p5.48xlarge"]}, "InvalidRequestException"),
        ({"diskSize": 100}, "InvalidParameterException"),
        ({"amiType": "CUSTOM"}, "InvalidRequestException"),
        ({"version": "1.33"}, "InvalidParameterException"),
        (
            {"scalingConfig": {"minSize": 0, "desiredSize": 8001, "maxSize": 9000}},
            "InsufficientFreeAddressesInSubnet",
        ),
    ],
)
def test_a_node_group_that_eks_refuses(store: core.Store, changes: dict[str, Any], code: str) -> None:
    assert refusal(lambda: nodes(store, **changes)).code == code


def test_a_template_version_that_is_not_there(store: core.Store) -> None:
    id, _ = make(store, TEMPLATE, "other", **template())
    found = refusal(lambda: nodes(store, launchTemplate={"id": id, "version": "2"}))
    assert found.code == "InvalidLaunchTemplateId.VersionNotFound"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"iamInstanceProfile": {"name": "p"}}, "should not specify an instance profile"),
        ({"networkInterfaces": [nic(0, 0, "interface", subnetId=SUBNET_B)]}, "should not specify a subnet"),
        ({"instanceMarketOptions": {"marketType": "spot"}}, "should not request spot instances"),
        ({"userData": base64.b64encode(b"#!/bin/sh\n").decode()}, "MIME multipart"),
    ],
)
def test_a_template_that_managed_nodes_may_not_use(
    store: core.Store, changes: dict[str, Any], words: str
) -> None:
    assert words in refusal(lambda: nodes(store, template(**changes))).message


def test_a_capacity_block_needs_both_sides_and_its_zone(store: core.Store) -> None:
    block = template(**BLOCK_MARKET, capacityReservationSpecification=target(BLOCK))
    assert "need each other" in refusal(lambda: nodes(store, {**block, "name": "one"})).message
    elsewhere = {"capacityType": "CAPACITY_BLOCK", "subnetIds": [SUBNET_A]}
    assert "is in us-east-2b" in refusal(lambda: nodes(store, {**block, "name": "two"}, **elsewhere)).message
    nodes(store, {**block, "name": "three"}, capacityType="CAPACITY_BLOCK")


def test_a_reservation_holds_so_many_in_its_zone(store: core.Store) -> None:
    reserved = {
        "instanceType": "p5en.48xlarge",
        "capacityReservationSpecification": target(RESERVATION),
        "vpcSecurityGroupIds": [NODES_GROUP, CLUSTER_GROUP],
    }
    nodes(store, reserved, subnetIds=[SUBNET_C])
    five = {"minSize": 0, "desiredSize": 5, "maxSize": 5}
    more = {"subnetIds": [SUBNET_C], "scalingConfig": five, "nodeGroupName": "more"}
    found = refusal(lambda: nodes(store, {**reserved, "name": "more"}, **more))
    assert found.code == "ReservationCapacityExceeded"


def test_an_ended_block_takes_no_nodes() -> None:
    store = account.load(at=NOW)
    found = store.get("aws:ec2/capacityReservation:CapacityReservation", BLOCK)
    assert found is not None and found["outputs"]["state"] == "active"
    found["outputs"]["state"] = "expired"
    block = template(**BLOCK_MARKET, capacityReservationSpecification=target(BLOCK))
    assert "is expired" in refusal(lambda: nodes(store, block, capacityType="CAPACITY_BLOCK")).message


def test_a_cluster_group_stays_in_one_zone(store: core.Store) -> None:
    grouped = template(placement={"groupName": "p5-train"})
    both = refusal(lambda: nodes(store, {**grouped, "name": "one"}, subnetIds=[SUBNET_A, SUBNET_B]))
    assert "multiple Availability Zones and a cluster placement group" in both.message
    other = refusal(lambda: nodes(store, {**grouped, "name": "two"}, subnetIds=[SUBNET_A]))
    assert other.code == "InvalidPlacementGroup.InUse"
    assert "in use in another availability zone: us-east-2b" in other.message
    nodes(store, {**grouped, "name": "three"})


def test_a_role_that_ec2_may_not_assume(store: core.Store) -> None:
    make(store, ROLE, name="nodes", assumeRolePolicy=TRUST.replace("ec2.", "lambda."))
    assert "trust relationships" in refusal(lambda: nodes(store)).message


# -- the other types


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({}, "MissingParameter"),
        ({"strategy": "clustered"}, "ParamValidationError"),
        ({"strategy": "partition", "partitionCount": 8}, "ParamValidationError"),
        ({"strategy": "cluster", "partitionCount": 2}, "InvalidParameterCombination"),
        ({"strategy": "cluster", "spreadLevel": "rack"}, "InvalidParameterCombination"),
        ({"strategy": "spread", "spreadLevel": "host"}, "InvalidParameterValue"),
        ({"strategy": "cluster", "name": "p5-train"}, "InvalidPlacementGroup.Duplicate"),
    ],
)
def test_a_placement_group_that_ec2_refuses(store: core.Store, inputs: dict[str, Any], code: str) -> None:
    assert refusal(lambda: make(store, GROUP, **inputs)).code == code


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"vpcId": "vpc-0"}, "InvalidVpcID.NotFound"),
        ({}, "VPCIdNotSpecified"),
        ({"vpcId": VPC, "name": "sg-mine"}, "InvalidParameterValue"),
        ({"vpcId": VPC, "name": "eks-cluster-sg-efa-dev"}, "InvalidGroup.Duplicate"),
        ({"vpcId": VPC, "egress": [{"protocol": "-1"}]}, "UnsupportedOperation"),
    ],
)
def test_a_security_group_that_ec2_refuses(store: core.Store, inputs: dict[str, Any], code: str) -> None:
    assert refusal(lambda: make(store, SECURITY_GROUP, description="d", **inputs)).code == code


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"securityGroupId": "sg-0"}, "'sg-0' does not exist"),
        ({"referencedSecurityGroupId": "sg-0"}, "'sg-0' does not exist"),
        ({"referencedSecurityGroupId": None}, "exactly one of"),
        ({"cidrIpv4": "0.0.0.0/0"}, "exactly one of"),
        ({"fromPort": 0, "toPort": 0}, "all protocols and specific ports"),
        ({"ipProtocol": "tcp"}, "both from and to ports"),
        ({"ipProtocol": "tcp", "fromPort": 9, "toPort": 8}, "Invalid port range"),
        ({"referencedSecurityGroupId": None, "cidrIpv4": "10.0.0.1/8"}, "malformed"),
    ],
)
def test_a_rule_that_ec2_refuses(store: core.Store, changes: dict[str, Any], words: str) -> None:
    rule = {"securityGroupId": CLUSTER_GROUP, "referencedSecurityGroupId": CLUSTER_GROUP, "ipProtocol": "-1"}
    assert words in refusal(lambda: make(store, INGRESS, **{**rule, **changes})).message


def test_the_same_rule_twice_is_refused_the_other_direction_is_not(store: core.Store) -> None:
    group, _ = make(store, SECURITY_GROUP, vpcId=VPC, description="d")
    rule = {"securityGroupId": group, "referencedSecurityGroupId": group, "ipProtocol": "-1"}
    id, made = make(store, INGRESS, **rule)
    assert id.startswith("sgr-") and made["securityGroupRuleId"] == id
    make(store, EGRESS, **rule)
    assert refusal(lambda: make(store, INGRESS, "again", **rule)).code == "InvalidPermission.Duplicate"
    found = {**rule, "securityGroupId": CLUSTER_GROUP, "referencedSecurityGroupId": CLUSTER_GROUP}
    assert refusal(lambda: make(store, INGRESS, **found)).code == "InvalidPermission.Duplicate"


def test_names_in_use_are_refused(store: core.Store) -> None:
    make(store, TEMPLATE, name="taken")
    assert "AlreadyExists" in refusal(lambda: make(store, TEMPLATE, name="taken")).code
    make(store, ROLE, name="taken", assumeRolePolicy=TRUST)
    assert (
        refusal(lambda: make(store, ROLE, name="taken", assumeRolePolicy=TRUST)).code == "EntityAlreadyExists"
    )
    nodes(store, template(name="one"), nodeGroupName="taken")
    assert (
        refusal(lambda: nodes(store, template(name="two"), nodeGroupName="taken")).code
        == "ResourceInUseException"
    )


def test_iam_refuses_bad_documents_and_missing_roles(store: core.Store) -> None:
    assert refusal(lambda: make(store, ROLE, assumeRolePolicy="{")).code == "MalformedPolicyDocument"
    policy = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
    assert refusal(lambda: make(store, ATTACHMENT, role="nobody", policyArn=policy)).code == "NoSuchEntity"
    make(store, ROLE, name="r", assumeRolePolicy=TRUST)
    assert refusal(lambda: make(store, ATTACHMENT, role="r", policyArn="x" * 20)).code == "InvalidInput"


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, "chart must be given"),
        ({"chart": "c", "repository": "https://x"}, "repository: there is no such property"),
        ({"chart": "c", "repositoryOpts": {"url": "https://x"}}, "repositoryOpts.url"),
        ({"chart": "c", "name": "n" * 54}, "longer than 53"),
        ({"chart": "c", "namespace": "nowhere"}, 'namespaces "nowhere" not found'),
    ],
)
def test_a_release_that_helm_refuses(store: core.Store, inputs: dict[str, Any], words: str) -> None:
    assert words in refusal(lambda: make(store, RELEASE, **inputs)).message


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (None, "exactly: Required value"),
        ({"deviceClassName": "c", "allocationMode": "Some"}, "Unsupported value"),
        ({"deviceClassName": "c", "allocationMode": "All", "count": 2}, "must not be specified"),
        ({"deviceClassName": "c", "count": 0}, "greater than zero"),
        ({"allocationMode": "All"}, "deviceClassName: Required value"),
    ],
)
def test_a_claim_template_that_the_api_server_refuses(store: core.Store, asked: Any, words: str) -> None:
    spec = {"spec": {"devices": {"requests": [{"name": "r", "exactly": asked}]}}}
    template = {"metadata": {"name": "t"}, "spec": spec}
    assert words in refusal(lambda: make(store, TEMPLATE_OF_CLAIMS, **template)).message


def test_a_claim_template_keeps_its_name(store: core.Store) -> None:
    make(store, TEMPLATE_OF_CLAIMS, metadata={"name": "t"})
    make(store, TEMPLATE_OF_CLAIMS, metadata={"name": "t", "namespace": "other"})
    again = refusal(lambda: make(store, TEMPLATE_OF_CLAIMS, metadata={"name": "t"}))
    assert again.code == "AlreadyExists"
    assert "name or generateName" in refusal(lambda: make(store, TEMPLATE_OF_CLAIMS, spec={})).message


def test_a_release_makes_its_namespace_and_keeps_its_name(store: core.Store) -> None:
    make(store, RELEASE, chart="c", name="r", namespace="efa", createNamespace=True)
    make(store, RELEASE, chart="./charts/d", name="s", namespace="efa")
    again = refusal(lambda: make(store, RELEASE, chart="c", name="r", namespace="efa"))
    assert "still in use" in again.message


# -- the account


def test_windows_are_relative_and_the_clock_can_be_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_NOW", "2026-01-15T12:00:00Z")
    found = account.load().get("aws:ec2/capacityReservation:CapacityReservation", BLOCK)
    assert found is not None
    assert found["outputs"]["startDate"] == "2026-01-14T12:00:00+00:00"
    assert found["outputs"]["endDate"] == "2026-01-21T12:00:00+00:00"
    monkeypatch.setenv("SANDBOX_NOW", "2026-01-15T12:00:00")
    with pytest.raises(ValueError, match="expected a time with its offset"):
        account.now()


def test_a_window_that_is_no_time_is_an_error(tmp_path: Path) -> None:
    text = account.DEFAULT.read_text(encoding="utf-8").replace("startsIn: -1d", "startsIn: yesterday")
    (tmp_path / "account.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="'yesterday' is not a time from now"):
        account.load(tmp_path / "account.yaml", NOW)
