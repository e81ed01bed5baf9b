"""Self-managed pools: what is registered, what a group is told, how the percentages come out."""

import base64
import tomllib
from email import message_from_string
from typing import Any

import pulumi
import pytest
import yaml
from efa_pools import EfaWorkerPool, catalogue
from efa_pools.check.pool import check_pool
from efa_pools.images import AMI_TYPES, parameter
from efa_pools.plan.decisions import decisions
from efa_pools.plan.pool import PoolPlan, describe, plan_pool
from efa_pools.plan.refresh import healthy
from efa_pools.plan.scaling_tags import template_tags
from efa_pools.problem import errors

from sandbox.core.values import UNKNOWN
from sandbox.inprocess import Result
from tests.pools import valid_pool
from tests.stacks import ARGUMENTS, CLUSTER_FACTS, run_pool, run_program, run_stack

OURS = {"kind": "self-managed"}
RESERVATION = "cr-0f60718293a4b5c6d"
ROLE = "arn:aws:iam::123456789012:role/efa-nodes"
CHILDREN = {
    **{name: "SecurityGroup" for name in ("sg",)},
    "sg-self-in": "SecurityGroupIngressRule",
    "sg-self-out": "SecurityGroupEgressRule",
    "sg-out": "SecurityGroupEgressRule",
    "pg": "PlacementGroup",
    "lt": "LaunchTemplate",
    "role": "Role",
    **{f"role-{end}": "RolePolicyAttachment" for end in ("worker", "registry", "cni")},
    "profile": "InstanceProfile",
    "access": "AccessEntry",
    "nodes": "Group",
}


def ours(*, preview: bool = False, **changes: Any) -> Result:
    return run_pool(preview=preview, **{"nodes": OURS, **CLUSTER_FACTS, **changes})


def made(result: Result) -> dict[str, str]:
    assert result.failure is None, result.failure
    customs = (one for one in result.registrations if one.custom)
    return {one.name.removeprefix("train-"): one.type.rpartition(":")[2] for one in customs}


@pytest.mark.parametrize("preview", [True, False])
def test_children_and_outputs(preview: bool) -> None:
    result = ours(preview=preview)
    assert made(result) == CHILDREN
    found = result.outputs["pool"]
    # Pulumi chooses a group's name, so even a preview knows it.
    assert found["nodeGroupName"] == "" and found["autoScalingGroupName"].startswith("train-nodes-")
    assert (found["launchTemplateVersion"] is UNKNOWN) is preview


def test_the_group_waits_for_all_that_lets_its_nodes_join() -> None:
    result = ours()
    before = set(result.named("train-nodes").depends_on)
    assert {"train-access", "train-role-cni", "train-sg-self-out", "train-sg-out", "train-pg"} <= before
    template, group = result.named("train-lt"), result.named("train-nodes").inputs
    assert template.inputs["iamInstanceProfile"] == {"arn": result.named("train-profile").outputs["arn"]}
    assert group["launchTemplate"] == {"id": template.id, "version": "1"}
    assert group["vpcZoneIdentifiers"] == ["subnet-0b2c3d4e5f6071829"]
    entry = result.named("train-access").inputs
    assert entry["principalArn"] == result.named("train-role").outputs["arn"]
    assert (entry["clusterName"], entry["type"]) == ("efa-dev", "EC2_LINUX")
    assert group["capacityRebalance"] is False and group["protectFromScaleIn"] is False
    handed = [one for one in group["tags"] if one["propagateAtLaunch"]]
    assert handed == [{"key": "kubernetes.io/cluster/efa-dev", "value": "owned", "propagateAtLaunch": True}]


def test_user_data_tells_the_cluster_labels_and_taints() -> None:
    taints = [
        {"key": "nvidia.com/gpu", "effect": "NoSchedule"},
        {"key": "a", "value": "b", "effect": "NoExecute"},
    ]
    text = base64.b64decode(ours(taints=taints).named("train-lt").inputs["userData"]).decode()
    _, part = message_from_string(text).get_payload()
    spec = yaml.safe_load(part.get_payload())["spec"]
    assert set(spec["cluster"].values()) == {"efa-dev", *CLUSTER_FACTS.values()}
    (labels,) = spec["kubelet"]["flags"]
    told = dict(one.split("=") for one in labels.removeprefix("--node-labels=").split(","))
    assert told["efa-pools/efa"] == "true" and told["efa-pools/pool"] == "train"
    assert spec["kubelet"]["config"]["registerWithTaints"] == [
        {"key": "nvidia.com/gpu", "value": "", "effect": "NoSchedule"},
        {"key": "a", "value": "b", "effect": "NoExecute"},
    ]


BOTTLEROCKET = {"image": {"family": "bottlerocket", "release_version": "1.57.0-a1b2c3d4"}}
WRONG_FACTS: list[tuple[dict[str, Any], str]] = [
    ({"cluster_service_cidr": "fd00::/108"}, "cluster_service_cidr: NotSupported: fd00::/108"),
    ({"cluster_certificate_authority": {"data": "Q0E="}}, "cluster_certificate_authority: Invalid: {'data'"),
    ({"cluster_endpoint": None}, "cluster_endpoint: Required: missing"),
    ({**BOTTLEROCKET, "kubernetes_version": None}, "kubernetes_version: Required: missing"),
    ({**BOTTLEROCKET, "kubernetes_version": 1.34}, "kubernetes_version: Invalid: 1.34"),
]


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(("wrong", "said"), WRONG_FACTS)
def test_what_other_resources_tell_is_judged_once_it_is_known(
    wrong: dict[str, Any], said: str, preview: bool
) -> None:
    def program() -> None:
        facts = {
            key: value if key == "image" else pulumi.Output.from_input(value) for key, value in wrong.items()
        }
        arguments: Any = {**ARGUMENTS, **CLUSTER_FACTS, "nodes": OURS, **facts}
        EfaWorkerPool("train", arguments)

    result = run_program(program, preview=preview)
    assert f"efa-pools pool 'train': nodes would never join:\n  {said}" in (result.failure or "")


def test_bottlerocket_is_told_in_toml_and_found_by_the_clusters_version() -> None:
    image = {"family": "bottlerocket", "release_version": "1.52.0-3f1a9b2c"}
    taints = [{"key": "a", "value": "b", "effect": "NoExecute"}, {"key": "a", "effect": "NoSchedule"}]
    template = ours(image=image, taints=taints, kubernetes_version="1.34").named("train-lt").inputs
    told = tomllib.loads(base64.b64decode(template["userData"]).decode())["settings"]["kubernetes"]
    assert told["cluster-name"] == "efa-dev" and told["api-server"] == CLUSTER_FACTS["cluster_endpoint"]
    assert told["node-taints"] == {"a": ["b:NoExecute", ":NoSchedule"]}
    where = "/aws/service/bottlerocket/aws-k8s-1.34-nvidia/x86_64/1.52.0-3f1a9b2c/image_id"
    assert template["imageId"] == f"resolve:ssm:{where}"


def test_parameters_of_releases() -> None:
    # As the EKS User Guide and Karpenter's amifamily write them.
    folder = "/aws/service/eks/optimized-ami/1.34/amazon-linux-2023"
    assert parameter(AMI_TYPES["AL2023_ARM_64_NVIDIA"], "1.34.2-20261105", "1.34") == (
        f"{folder}/arm64/nvidia/amazon-eks-node-al2023-arm64-nvidia-1.34-v20261105/image_id"
    )
    assert parameter(AMI_TYPES["AL2023_x86_64_STANDARD"], "1.34.2-20261105", "1.34") == (
        f"{folder}/x86_64/standard/amazon-eks-node-al2023-x86_64-standard-1.34-v20261105/image_id"
    )
    assert parameter(AMI_TYPES["BOTTLEROCKET_ARM_64"], "1.42.0-5ed15786", "1.33") == (
        "/aws/service/bottlerocket/aws-k8s-1.33/arm64/1.42.0-5ed15786/image_id"
    )


def test_given_role_profile_and_image() -> None:
    given = made(ours(nodes={**OURS, "role_arn": ROLE}))
    assert set(CHILDREN) - set(given) == {"role", "role-worker", "role-registry", "role-cni"}
    result = ours(nodes={**OURS, "role_arn": ROLE})
    assert result.named("train-profile").inputs["role"] == "efa-nodes"
    assert result.named("train-access").inputs["principalArn"] == ROLE
    deep = ours(nodes={**OURS, "role_arn": ROLE.replace("role/", "role/teams/ml/")}, preview=True)
    assert (
        deep.named("train-profile").inputs["role"] == "efa-nodes"
    )  # IAM takes a role's name without its path
    own = ours(nodes={**OURS, "instance_profile_name": "efa-self-managed"})
    assert not {"role", "profile", "access"} & set(made(own))
    assert own.named("train-lt").inputs["iamInstanceProfile"] == {"name": "efa-self-managed"}
    ((severity, text),) = own.messages
    assert severity == "warning" and text.startswith("nodes.role_arn: Required")
    image = {"family": "al2023", "ami_id": "ami-0123456789abcdef0"}
    assert ours(image=image).named("train-lt").inputs["imageId"] == "ami-0123456789abcdef0"


CAPACITY: dict[str, tuple[dict[str, Any], str | None, Any]] = {
    "on-demand": ({"kind": "on-demand"}, None, None),
    "spot": ({"kind": "spot"}, "spot", None),
    "open": ({"kind": "open-reservation"}, None, {"capacityReservationPreference": "open"}),
    **{
        kind: (
            {"kind": kind, "reservation_id": id},
            market,
            {"capacityReservationTarget": {"capacityReservationId": id}},
        )
        for kind, market, id in (
            ("capacity-block", "capacity-block", "cr-0e5f60718293a4b5c"),
            ("reservation", None, RESERVATION),
            ("interruptible-reservation", "interruptible-capacity-reservation", RESERVATION),
        )
    },
}


@pytest.mark.parametrize("kind", CAPACITY)
def test_market_and_target_stand_in_the_template(kind: str) -> None:
    capacity, market, reservation = CAPACITY[kind]
    of = {"instance_type": "p5en.48xlarge"} if capacity.get("reservation_id") == RESERVATION else {}
    template = ours(capacity=capacity, size={"desired": 0}, **of).named("train-lt").inputs
    assert (template.get("instanceMarketOptions") or {}).get("marketType") == market
    assert template.get("capacityReservationSpecification") == reservation


def test_who_owns_the_size() -> None:
    fixed, scaled = ours(), ours(size={"min": 0, "max": 4})
    assert fixed.named("train-nodes").ignore_changes == ()
    assert scaled.named("train-nodes").ignore_changes == ("desiredCapacity",)
    sizes = {
        key: scaled.named("train-nodes").inputs[key] for key in ("minSize", "desiredCapacity", "maxSize")
    }
    assert sizes == {"minSize": 0, "desiredCapacity": 0, "maxSize": 4}
    # A load balancer's word on a node that takes no traffic would end it.
    assert scaled.named("train-nodes").inputs["healthCheckType"] == "EC2"


def test_updates_of_reserved_pools_terminate_first_and_protection_yields_to_a_refresh() -> None:
    block = {"kind": "capacity-block", "reservation_id": "cr-0e5f60718293a4b5c"}
    group = ours(capacity=block, size={"desired": 8}, update={"protect_from_scale_in": True})
    inputs = group.named("train-nodes").inputs
    bounds = {"minHealthyPercentage": 87, "maxHealthyPercentage": 100}
    assert inputs["instanceMaintenancePolicy"] == bounds and inputs["protectFromScaleIn"] is True
    wanted = {**bounds, "scaleInProtectedInstances": "Refresh"}
    assert inputs["instanceRefresh"] == {"strategy": "Rolling", "preferences": wanted}
    first = ours(size={"desired": 8}, update={"max_unavailable": 2}).named("train-nodes").inputs
    assert first["instanceMaintenancePolicy"] == {"minHealthyPercentage": 100, "maxHealthyPercentage": 125}


def test_percentages_never_take_more_than_wished_where_they_can_say_it() -> None:
    for nodes in range(1, 301):
        for wish in (1, 2, 3, nodes):
            for first in (True, False):
                least, most, at_once = healthy(nodes, wish, first)
                assert 0 <= least <= 100 <= most <= 200 and most - least <= 100
                # EC2 rounds the healthy minimum up; the other bound leaves no room.
                gone = nodes - -(-nodes * least // 100)
                come = nodes * most // 100 - nodes
                assert (gone, come) == ((at_once, 0) if first else (0, at_once))
                assert at_once >= 1
                if nodes <= 100 or wish >= 3:
                    assert at_once <= wish
    assert healthy(200, 1, True).at_once == 2 and healthy(0, 1, True).at_once == 0


def plan(**changes: Any) -> PoolPlan:
    raw = {key: value for key, value in {**valid_pool(), **changes}.items() if value is not None}
    checked = check_pool(raw)
    assert errors(checked.problems) == []
    return plan_pool(checked.draft)


def test_the_plan_explains_the_kind() -> None:
    made = plan(nodes={**OURS, "instanceProfileName": "efa"}, update={"protectFromScaleIn": True})
    told = {one.field: one for one in decisions(made)}
    assert made.needs.joins and describe(made)["nodes"]["kind"] == "self-managed"
    assert "Auto Scaling" in told["nodes.kind"].choice and "drains" in told["nodes.kind"].why
    assert "role in the given profile" in told["nodes.roleArn"].choice
    assert "amazon-eks-node-al2023-x86_64-nvidia-1.34-v20261105" in told["image"].why
    assert (
        "percent of 4 nodes" in told["update"].why and "protected" in told["update.protectFromScaleIn"].choice
    )
    managed = {one.field: one for one in decisions(plan(size={"desired": 2}))}
    assert "node repair, one at a time" in {one.choice for one in decisions(plan(size={"desired": 2}))}
    assert "nodes.roleArn" not in managed


def tags(instance_type: str, **changes: Any) -> dict[str, str]:
    base = {
        "name": "train",
        "instanceType": instance_type,
        "size": {"min": 0, "max": 4},
        "subnetIds": ["subnet-0a1b2c3d"],
        "placement": {"mode": "none"},
        "image": {"family": "al2023", "releaseVersion": "1.34.2-20261105"},
    }
    prefix = "k8s.io/cluster-autoscaler/node-template/"
    checked = check_pool({**base, **changes})
    assert errors(checked.problems) == []
    return {key.removeprefix(prefix): value for key, value in template_tags(plan_pool(checked.draft)).items()}


def test_an_empty_group_tells_what_its_nodes_have() -> None:
    taints = [
        {"key": "nvidia.com/gpu", "effect": "NoSchedule"},
        {"key": "team", "value": "a", "effect": "NoExecute"},
    ]
    assert tags("p5.48xlarge", labels={"team": "a"}, taints=taints) == {
        "label/efa-pools/efa": "true",
        "label/efa-pools/efa-count": "32",
        "label/efa-pools/network-cards": "32",
        "label/efa-pools/pool": "train",
        "label/team": "a",
        "resources/hugepages-2Mi": "10256Mi",
        "resources/nvidia.com/gpu": "8",
        "resources/vpc.amazonaws.com/efa": "32",
        "taint/nvidia.com/gpu": ":NoSchedule",
        "taint/team": "a:NoExecute",
    }
    effects = [{"key": "team", "effect": "NoExecute"}, {"key": "team", "value": "b", "effect": "NoSchedule"}]
    assert tags("p5.48xlarge", taints=effects)["taint/team"] == ":NoExecute"
    neuron = tags("trn2.48xlarge", hugePages2Mi=0)
    count = catalogue.get("trn2.48xlarge")
    assert count is not None and neuron["resources/aws.amazon.com/neuron"] == str(count.neuron_count) == "16"
    assert "resources/hugepages-2Mi" not in neuron and "resources/nvidia.com/gpu" not in neuron
    assert tags("p5.48xlarge", size={"desired": 2}) == {}


def test_a_fixed_pool_tells_nobody_and_may_say_what_no_tag_holds() -> None:
    taints = [{"key": "team", "effect": "NoExecute"}, {"key": "team", "effect": "NoSchedule"}]
    result = ours(taints=taints, preview=True)
    assert result.failure is None and result.messages == []
    ((_, text),) = ours(taints=taints, size={"min": 0, "max": 2}, preview=True).messages
    assert text.startswith("taints[1]: Invalid: 'team': expected each key once")


def test_managed_groups_get_the_tags_on_the_group_that_eks_made() -> None:
    result = run_pool(size={"min": 0, "max": 4})
    assert result.failure is None
    group = result.outputs["pool"]["autoScalingGroupName"]
    made = {one.name: one.inputs for one in result.of("Tag")}
    assert {one["autoscalingGroupName"] for one in made.values()} == {group}
    efa = made["train-nodes-tag-resources/vpc.amazonaws.com/efa"]["tag"]
    key = "k8s.io/cluster-autoscaler/node-template/resources/vpc.amazonaws.com/efa"
    assert efa == {"key": key, "value": "32", "propagateAtLaunch": False}
    assert run_pool().of("Tag") == [] and len(made) == 7


def test_node_repair_is_careful_where_machines_are_counted_out() -> None:
    open_ = run_pool(size={"min": 0, "max": 4}).named("train-nodes").inputs["nodeRepairConfig"]
    fixed = run_pool().named("train-nodes").inputs["nodeRepairConfig"]
    assert (open_, fixed) == ({"enabled": True}, {"enabled": True, "maxParallelNodesRepairedCount": 1})


@pytest.mark.parametrize("preview", [True, False])
def test_the_whole_program_with_a_pool_of_ours(preview: bool) -> None:
    def change(config: dict[str, Any]) -> None:
        facts = {
            "endpoint": CLUSTER_FACTS["cluster_endpoint"],
            "certificateAuthority": CLUSTER_FACTS["cluster_certificate_authority"],
            "serviceCidr": CLUSTER_FACTS["cluster_service_cidr"],
        }
        config["efa-pools:cluster"].update(facts)
        config["efa-pools:pools"][0]["nodes"] = OURS

    result = run_stack("dev", preview=preview, change=change)
    assert result.failure is None, result.failure
    found = result.outputs["pools"]["validation"]
    assert found["nodeGroupName"] == "" and found["autoScalingGroupName"].startswith("validation-nodes-")
    assert result.named("validation-nodes").type == "aws:autoscaling/group:Group"
