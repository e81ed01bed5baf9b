"""What EfaWorkerPool registers, in process: types, names, inputs, options. AWS itself is not asked."""

import base64
import json
from pathlib import Path
from typing import Any

import botocore
import pulumi
import pytest
from efa_pools import EfaClusterAddons, EfaWorkerPool, GardenerWorkers, NcclTest
from efa_pools.check.pool import check_pool
from efa_pools.problem import errors
from efa_pools.resources.node_role import partition

from sandbox import account
from sandbox.core.values import UNKNOWN
from tests.pools import changed, valid_pool
from tests.stacks import ARGUMENTS, CLUSTER_FACTS, run_pool, run_program

CHILDREN = {
    "train-sg": "aws:ec2/securityGroup:SecurityGroup",
    "train-sg-self-in": "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "train-sg-self-out": "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "train-sg-out": "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "train-pg": "aws:ec2/placementGroup:PlacementGroup",
    "train-lt": "aws:ec2/launchTemplate:LaunchTemplate",
    "train-role": "aws:iam/role:Role",
    "train-role-worker": "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "train-role-registry": "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "train-role-cni": "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "train-nodes": "aws:eks/nodeGroup:NodeGroup",
}
OUTPUTS = {
    "launchTemplateId",
    "launchTemplateVersion",
    "securityGroupId",
    "placementGroupName",
    "placementGroupId",
    "nodeGroupName",
    "autoScalingGroupName",
    "interfacesPerNode",
    "efaPerNode",
    "gpusPerNode",
    "bandwidthGbpsPerNode",
    "addressesPerNode",
    "addressesPerNodeWithCni",
    "nodeSelector",
    "capacityReservationId",
    "retained",
}


@pytest.mark.parametrize("preview", [True, False])
def test_children_and_parents(preview: bool) -> None:
    result = run_pool(preview=preview)
    assert result.failure is None
    made = {one.name: one.type for one in result.registrations if one.custom}
    assert made == CHILDREN
    assert {one.parent for one in result.registrations if one.custom} == {"train"}
    component = result.named("train")
    assert component.type == "efa-pools:index:EfaWorkerPool" and set(component.outputs) == OUTPUTS


def test_outputs_are_flat_and_typed() -> None:
    found = run_pool().outputs["pool"]
    assert (found["interfacesPerNode"], found["efaPerNode"], found["gpusPerNode"]) == (33, 32, 8)
    assert (found["bandwidthGbpsPerNode"], found["addressesPerNode"], found["addressesPerNodeWithCni"]) == (
        3200,
        1,
        50,
    )
    assert found["launchTemplateVersion"] == "1" and found["launchTemplateId"].startswith("lt-")
    assert found["nodeSelector"] == {"efa-pools/pool": "train"}
    assert found["autoScalingGroupName"].startswith("eks-") and found["placementGroupId"].startswith("pg-")


def test_preview_knows_figures_and_leaves_ids_open() -> None:
    found = run_pool(preview=True).outputs["pool"]
    assert found["efaPerNode"] == 32
    assert found["launchTemplateId"] is UNKNOWN and found["autoScalingGroupName"] is UNKNOWN


def test_security_group_lets_the_pool_reach_itself_both_ways() -> None:
    result = run_pool()
    group = result.named("train-sg").id
    for name in ("train-sg-self-in", "train-sg-self-out"):
        rule = result.named(name).inputs
        assert (rule["ipProtocol"], rule["referencedSecurityGroupId"], rule["securityGroupId"]) == (
            "-1",
            group,
            group,
        )
    ordinary = result.named("train-sg-out").inputs
    assert (ordinary["ipProtocol"], ordinary["cidrIpv4"]) == ("-1", "0.0.0.0/0")
    assert {"train-sg-self-in", "train-sg-self-out", "train-sg-out"} <= set(
        result.named("train-nodes").depends_on
    )


def test_interfaces_carry_groups_and_no_public_address() -> None:
    result = run_pool()
    first, second, *_ = interfaces = result.named("train-lt").inputs["networkInterfaces"]
    group = result.named("train-sg").id
    assert len(interfaces) == 33
    assert first["securityGroups"] == [group, "sg-0c1a5e0d2b3f4a596"] and second["securityGroups"] == [group]
    assert first["associatePublicIpAddress"] == "false" and "associatePublicIpAddress" not in second
    assert all(one["deleteOnTermination"] == "true" for one in interfaces)
    assert "vpcSecurityGroupIds" not in result.named("train-lt").inputs


def test_template_holds_nothing_that_eks_refuses() -> None:
    inputs = run_pool(capacity={"kind": "spot"}).named("train-lt").inputs
    assert not {
        "iamInstanceProfile",
        "instanceMarketOptions",
        "hibernationOptions",
        "vpcSecurityGroupIds",
    } & set(inputs)
    assert not any("subnetId" in one for one in inputs["networkInterfaces"])


def test_template_is_guarded_and_tagged() -> None:
    inputs = run_pool().named("train-lt").inputs
    assert inputs["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 2,
    }
    (root,) = inputs["blockDeviceMappings"]
    assert (root["deviceName"], root["ebs"]["encrypted"], root["ebs"]["volumeSize"]) == (
        "/dev/xvda",
        "true",
        100,
    )
    specifications = {one["resourceType"]: one["tags"] for one in inputs["tagSpecifications"]}
    assert set(specifications) == {"instance", "volume", "network-interface"}
    wanted = {
        "owner": "research",
        "efa-pools/pool": "train",
        "efa-pools/stack": "efa-pools/test",
        "Name": "test-train",
    }
    assert all(tags == wanted for tags in specifications.values())


def test_volumes() -> None:
    data = [
        {"name": "scratch", "size": 500, "iops": 6000, "throughput": 500},
        {
            "name": "set",
            "snapshot_id": "snap-0123456789abcdef0",
            "type": "io2",
            "iops": 9000,
            "kms_key_id": "alias/efa",
        },
    ]
    mappings = (
        run_pool(root_volume={"size": 300}, data_volumes=data).named("train-lt").inputs["blockDeviceMappings"]
    )
    assert [one["deviceName"] for one in mappings] == ["/dev/xvda", "/dev/sdf", "/dev/sdg"]
    assert mappings[1]["ebs"] | {"throughput": 500, "iops": 6000, "volumeSize": 500} == mappings[1]["ebs"]
    snapshot = mappings[2]["ebs"]
    assert snapshot["snapshotId"] == "snap-0123456789abcdef0" and "volumeSize" not in snapshot
    assert (snapshot["kmsKeyId"], snapshot["volumeType"]) == ("alias/efa", "io2")


def test_bottlerocket_keeps_images_on_its_second_volume() -> None:
    image = {"family": "bottlerocket", "release_version": "1.52.0-3f1a9b2c"}
    result = run_pool(image=image)
    first, second = result.named("train-lt").inputs["blockDeviceMappings"]
    assert (first["deviceName"], second["deviceName"], second["ebs"]["volumeSize"]) == (
        "/dev/xvda",
        "/dev/xvdb",
        100,
    )
    assert "volumeSize" not in first["ebs"]
    assert result.named("train-nodes").inputs["amiType"] == "BOTTLEROCKET_x86_64_NVIDIA"


CAPACITY: dict[str, tuple[dict[str, Any], str, Any, Any]] = {
    "on-demand": ({"kind": "on-demand"}, "ON_DEMAND", None, None),
    "spot": ({"kind": "spot"}, "SPOT", None, None),
    "open": ({"kind": "open-reservation"}, "ON_DEMAND", None, {"capacityReservationPreference": "open"}),
    "block": (
        {"kind": "capacity-block", "reservation_id": "cr-0e5f60718293a4b5c"},
        "CAPACITY_BLOCK",
        {"marketType": "capacity-block"},
        {"capacityReservationTarget": {"capacityReservationId": "cr-0e5f60718293a4b5c"}},
    ),
    "group": (
        {
            "kind": "reservation",
            "resource_group_arn": "arn:aws:resource-groups:us-east-2:123456789012:group/p5en-reservations",
        },
        "ON_DEMAND",
        None,
        {
            "capacityReservationTarget": {
                "capacityReservationResourceGroupArn": "arn:aws:resource-groups:us-east-2:123456789012:group/"
                "p5en-reservations"
            }
        },
    ),
}


@pytest.mark.parametrize("kind", CAPACITY)
def test_capacity(kind: str) -> None:
    capacity, eks, market, reservation = CAPACITY[kind]
    result = run_pool(capacity=capacity, preview=True)
    template = result.named("train-lt").inputs
    assert result.failure is None
    assert result.named("train-nodes").inputs["capacityType"] == eks
    assert template.get("instanceMarketOptions") == market
    assert template.get("capacityReservationSpecification") == reservation
    assert (
        template["instanceType"] == "p5.48xlarge"
        and "instanceTypes" not in result.named("train-nodes").inputs
    )


def test_block_gets_no_group_of_ours() -> None:
    result = run_pool(capacity={"kind": "capacity-block", "reservation_id": "cr-0e5f60718293a4b5c"})
    assert result.failure is None and "train-pg" not in {one.name for one in result.registrations}
    assert "placement" not in result.named("train-lt").inputs


@pytest.mark.parametrize(
    ("placement", "made", "template"),
    [
        (
            {"strategy": "spread", "spread_level": "rack"},
            {"strategy": "spread", "spreadLevel": "rack"},
            {"groupName"},
        ),
        (
            {"strategy": "partition", "partition_count": 3, "partition_number": 2},
            {"strategy": "partition", "partitionCount": 3},
            {"groupName", "partitionNumber"},
        ),
        ({"group_id": "pg-0d4e5f60718293a4b"}, None, {"groupId"}),
        ({"mode": "existing", "group_name": "p5-train"}, None, {"groupName"}),
        ({"mode": "none", "tenancy": "dedicated"}, None, {"tenancy"}),
    ],
)
def test_placement(placement: dict[str, Any], made: dict[str, Any] | None, template: set[str]) -> None:
    result = run_pool(placement=placement)
    assert result.failure is None
    groups = [{k: v for k, v in one.inputs.items() if k != "tags"} for one in result.of("PlacementGroup")]
    assert groups == ([made] if made else [])
    assert set(result.named("train-lt").inputs["placement"]) == template


def test_fixed_pool_owns_its_size_and_scaled_pool_does_not() -> None:
    fixed, scaled = run_pool(), run_pool(size={"min": 0, "max": 4})
    assert fixed.named("train-nodes").ignore_changes == ()
    assert scaled.named("train-nodes").ignore_changes == ("scalingConfig.desiredSize",)
    assert scaled.named("train-nodes").inputs["scalingConfig"] == {
        "minSize": 0,
        "maxSize": 4,
        "desiredSize": 0,
    }


def test_reserved_pools_terminate_first() -> None:
    reserved = run_pool(capacity={"kind": "open-reservation"}, preview=True).named("train-nodes").inputs
    stated = run_pool(update={"max_unavailable": 2, "strategy": "launch-first"}).named("train-nodes").inputs
    assert reserved["updateConfig"] == {"maxUnavailable": 1, "updateStrategy": "MINIMAL"}
    assert stated["updateConfig"] == {"maxUnavailable": 2, "updateStrategy": "DEFAULT"}


def test_nodes_have_labels_taints_and_a_pinned_template() -> None:
    result = run_pool(
        labels={"team": "a"},
        taints=[{"key": "nvidia.com/gpu", "effect": "NoSchedule"}],
        nodes={"kind": "eks-managed"},
    )
    inputs = result.named("train-nodes").inputs
    assert inputs["labels"] == {
        "team": "a",
        "efa-pools/pool": "train",
        "efa-pools/efa": "true",
        "efa-pools/efa-count": "32",
        "efa-pools/network-cards": "32",
    }
    assert inputs["taints"] == [{"key": "nvidia.com/gpu", "value": "", "effect": "NO_SCHEDULE"}]
    assert inputs["launchTemplate"] == {"id": result.named("train-lt").id, "version": "1"}
    assert (inputs["amiType"], inputs["releaseVersion"]) == ("AL2023_x86_64_NVIDIA", "1.34.2-20261105")


@pytest.mark.parametrize(
    ("size", "at_once", "minutes"), [(2, 1, 60), (7, 1, 210), (7, 3, 90), (100, 10, 300)]
)
def test_the_provider_waits_until_the_last_node_is_replaced(size: int, at_once: int, minutes: int) -> None:
    """Its own hour is over before a large pool is through; half an hour for each turn is enough."""
    result = run_pool(size={"desired": size}, update={"max_unavailable": at_once}, preview=True)
    assert result.named("train-nodes").timeouts == {"update": f"{minutes}m"}


def test_node_role_lets_nodes_join() -> None:
    result = run_pool()
    trust = json.loads(result.named("train-role").inputs["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com"}
    policies = {one.inputs["policyArn"].rpartition("/")[2] for one in result.of("RolePolicyAttachment")}
    assert policies == {
        "AmazonEKSWorkerNodePolicy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEKS_CNI_Policy",
    }
    assert {"train-role-worker", "train-role-cni"} <= set(result.named("train-nodes").depends_on)


def test_partitions_are_those_of_botocores_table() -> None:
    folder = Path(botocore.__file__).parent / "data"
    table = json.loads((folder / "partitions.json").read_text(encoding="utf-8"))["partitions"]
    for one in table:
        regions = [region for region in one["regions"] if not region.endswith("-global")]
        assert regions
        for region in regions:
            assert partition([f"{region}a"]).name == one["id"], region
            zoned = check_pool(changed(valid_pool(), {"availabilityZones": [f"{region}a"]}))
            assert errors(zoned.problems) == [], region


@pytest.mark.parametrize("changes", [{}, {"nodes": {"kind": "self-managed"}, **CLUSTER_FACTS}])
@pytest.mark.parametrize(("name", "region"), [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")])
def test_a_pool_comes_up_in_another_partition(
    name: str, region: str, changes: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EKS in China refuses a role that trusts EC2 by its other name."""
    text = account.DEFAULT.read_text(encoding="utf-8").replace("partition: aws\n", f"partition: {name}\n")
    there = tmp_path / "account.yaml"
    there.write_text(text.replace("us-east-2", region).replace("arn:aws:", f"arn:{name}:"), encoding="utf-8")
    load = account.load
    monkeypatch.setattr(account, "load", lambda: load(there))
    facts = {key: str(value).replace("us-east-2", region) for key, value in CLUSTER_FACTS.items()}
    told = {key: facts.get(key, value) for key, value in changes.items()}
    for zones in ([f"{region}b"], None):
        placement = None if zones else {"mode": "none"}
        config = {} if zones else {"aws:region": region}
        result = run_pool(availability_zones=zones, placement=placement, config=config, **told)
        assert result.failure is None


def test_given_role_and_groups_are_used_and_not_made() -> None:
    role = "arn:aws:iam::123456789012:role/efa-nodes"
    result = run_pool(nodes={"role_arn": role}, security_group_ids=["sg-0c1a5e0d2b3f4a596"], preview=True)
    kinds = {one.type.rpartition(":")[2] for one in result.registrations if one.custom}
    assert kinds == {"PlacementGroup", "LaunchTemplate", "NodeGroup"}
    assert result.named("train-nodes").inputs["nodeRoleArn"] == role
    assert result.outputs["pool"]["securityGroupId"] == ""


def test_image_by_id_gets_user_data_with_the_cluster() -> None:
    result = run_pool(image={"family": "al2023", "ami_id": "ami-0123456789abcdef0"}, **CLUSTER_FACTS)
    template, nodes = result.named("train-lt").inputs, result.named("train-nodes").inputs
    text = base64.b64decode(template["userData"]).decode()
    assert template["imageId"] == "ami-0123456789abcdef0" and "releaseVersion" not in nodes
    assert nodes["amiType"] == "CUSTOM"  # so that the provider sees an image by id come or go
    assert CLUSTER_FACTS["cluster_endpoint"] in text and "efa-pools/pool=train" in text


def test_outputs_of_other_resources() -> None:
    def program() -> None:
        from pulumi_aws import ec2

        group = ec2.PlacementGroup("own", strategy="cluster")
        arguments = {**ARGUMENTS, "placement_group_id": group.placement_group_id}
        arguments["subnet_ids"] = pulumi.Output.from_input(ARGUMENTS["subnet_ids"])
        arguments["cluster_name"] = pulumi.Output.from_input("efa-dev")
        EfaWorkerPool("train", arguments)

    for preview in (True, False):
        result = run_program(program, preview=preview)
        assert result.failure is None
        placement = result.named("train-lt").inputs["placement"]
        assert set(placement) == {"groupId"} and (placement["groupId"] is UNKNOWN) is preview


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown key": ({"colour": "red"}, "colour: Forbidden"),
    "nested key": ({"size": {"desired": 2, "desird": 3}}, "size.desird: Forbidden"),
    "twin": (
        {"placement_group_id": "pg-1", "placement": {"group_id": "pg-0d4e5f60718293a4b"}},
        "placement_group_id: Forbidden",
    ),
    "reservation without kind": ({"capacity_reservation_id": "cr-1"}, "capacity_reservation_id: Invalid"),
    "no cluster": ({"cluster_name": None}, "cluster_name: Required"),
    "nested output": ({"placement": {"group_id": "OUTPUT"}}, "placement.group_id: Invalid: an output"),
    "self-managed without facts": ({"nodes": {"kind": "self-managed"}}, "cluster_endpoint: Required"),
    "gardener": ({"nodes": {"kind": "gardener"}}, "nodes.kind: NotSupported"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments_register_nothing(case: str) -> None:
    changes, said = BAD[case]
    messages: list[str] = []

    def program() -> None:
        placed = changes.get("placement", {}).get("group_id") == "OUTPUT"
        extra = {"placement": {"group_id": pulumi.Output.from_input("pg-1")}} if placed else changes
        merged = {key: value for key, value in {**ARGUMENTS, **extra}.items() if value is not None}
        try:
            EfaWorkerPool("train", merged)  # type: ignore[arg-type]
        except Exception as error:
            messages.append(str(error))

    result = run_program(program)
    assert result.registrations == [] and said in messages[0] and "pool 'train'" in messages[0]


def test_warnings_are_logged_at_the_pool() -> None:
    quiet, loud = run_pool(), run_pool(layout_version=None)
    assert quiet.messages == []
    ((severity, text),) = loud.messages
    assert severity == "warning" and text.startswith("layout_version: Required: not pinned")


@pytest.mark.parametrize("wrap", [lambda value: value, pulumi.Output.from_input])
def test_the_clusters_group_stands_once_among_given_groups(wrap: Any) -> None:
    given = "sg-0a7b8c9d0e1f2a3b4", "sg-0c1a5e0d2b3f4a596"

    def program() -> None:
        EfaWorkerPool(
            "train",
            {
                **ARGUMENTS,
                "security_group_ids": wrap(list(given)),
                "cluster_security_group_id": wrap(given[1]),
            },
        )

    first, second, *_ = run_program(program).named("train-lt").inputs["networkInterfaces"]
    assert first["securityGroups"] == second["securityGroups"] == list(given)


def test_a_mistake_is_told_without_a_traceback() -> None:
    """The engine's Python host prints one for every exception but `pulumi.RunError`."""
    result = run_pool(size={"desired": "2"}, subnet_id="subnet-0b2c3d4e5f6071829")
    assert result.registrations == [] and result.failure is not None
    first, size, key = result.failure.splitlines()
    assert first == "efa-pools pool 'train': 2 problems, nothing was created"
    assert size == "  size.desired: Invalid: '2': expected a whole number, without quotes"
    assert key.startswith("  subnet_id: Forbidden: unknown key; did you mean 'subnet_ids'")


@pytest.mark.parametrize("component", [EfaWorkerPool, EfaClusterAddons, GardenerWorkers, NcclTest])
def test_an_editor_shows_our_words(component: Any) -> None:
    assert component.__doc__ and "pulumi.RunError" in (component.__init__.__doc__ or "")
