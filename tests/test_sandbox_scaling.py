"""What the sandbox says of Auto Scaling groups, and of nodes that EKS does not look after."""

import base64
import copy
import json
from typing import Any

import pytest

from sandbox import core
from sandbox.core import UNKNOWN
from sandbox.core.references import (
    ACCESS_ENTRY,
    AUTO_SCALING_GROUP,
    AUTO_SCALING_TAG,
    CLUSTER,
    INSTANCE_PROFILE,
)
from sandbox.core.user_data import told
from tests.stacks import CLUSTER_FACTS, lose, run_pool
from tests.test_sandbox_core import (
    BLOCK,
    BLOCK_MARKET,
    GROUP,
    POLICIES,
    ROLE,
    SUBNET_A,
    SUBNET_B,
    TEMPLATE,
    TRUST,
    make,
    p5_layout,
    refusal,
    target,
    template,
)
from tests.test_sandbox_launch import Change, ask, found, of, without

PROFILE = {"iamInstanceProfile": {"name": "efa-self-managed"}}
OWNED = {"key": "kubernetes.io/cluster/efa-dev", "value": "owned", "propagateAtLaunch": True}
PARAMETERS = "resolve:ssm:/aws/service"
AL2023 = f"{PARAMETERS}/eks/optimized-ami/1.34/amazon-linux-2023"


def node_config(**changes: Any) -> str:
    cluster = {
        "name": "efa-dev",
        "apiServerEndpoint": CLUSTER_FACTS["cluster_endpoint"],
        "certificateAuthority": CLUSTER_FACTS["cluster_certificate_authority"],
        "cidr": CLUSTER_FACTS["cluster_service_cidr"],
        **changes,
    }
    return encoded(json.dumps({"kind": "NodeConfig", "spec": {"cluster": cluster}}))


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def own(**changes: Any) -> dict[str, Any]:
    return template(**{"imageId": "ami-1", "userData": node_config(), **PROFILE, **changes})


def group(store: core.Store, lt: dict[str, Any], logical: str = "train", /, **changes: Any) -> Any:
    id, made = make(store, TEMPLATE, f"lt{len(store.all(TEMPLATE))}", **copy.deepcopy(lt))
    inputs = {
        "minSize": 2,
        "desiredCapacity": 2,
        "maxSize": 2,
        "vpcZoneIdentifiers": [SUBNET_B],
        "launchTemplate": {"id": id, "version": str(made["latestVersion"])},
        "tags": [OWNED],
    }
    return make(store, AUTO_SCALING_GROUP, logical, **{**inputs, **changes})


IN_A = {"networkInterfaces": [{**p5_layout()[0], "subnetId": SUBNET_A}]}
APART = {"networkInterfaces": [p5_layout()[0], {**p5_layout()[1], "subnetId": SUBNET_A}]}
HEALTHY = {"minHealthyPercentage": 0, "maxHealthyPercentage": 101}
NEVER = "NodesNeverJoin"
# account, template, group -> code, words
REFUSED: dict[str, tuple[Change | None, dict[str, Any], dict[str, Any], str, str]] = {
    "sizes": (None, own(), {"minSize": 3}, "ValidationError", "Min size must not be larger"),
    "desired": (None, own(), {"desiredCapacity": 3}, "ValidationError", "Desired capacity:3 must be between"),
    "no subnet": (None, own(), {"vpcZoneIdentifiers": None}, "ValidationError", "VPC Subnet is required"),
    "no template": (
        None,
        own(),
        {"launchTemplate": None},
        "ValidationError",
        "contain either LaunchTemplate",
    ),
    "no version": (
        *(None, own(), {"launchTemplate": {"name": "named", "id": "lt-1"}}),
        *("ValidationError", "and not both"),
    ),
    "percentages": (
        *(None, own(), {"instanceMaintenancePolicy": HEALTHY}),
        *("ValidationError", "is greater than 100"),
    ),
    "no image": (None, own(imageId=None), {}, "ValidationError", "must contain the parameter ImageId"),
    "no profile of that name": (
        *(None, own(iamInstanceProfile={"name": "x"}), {}),
        *("ValidationError", "Invalid IAM Instance Profile name"),
    ),
    "parameter": (
        *(None, own(imageId=f"{AL2023}/x86_64/nvidia/latest/image_id"), {}),
        *("ValidationError", "x86_64/nvidia/latest/image_id does not exist"),
    ),
    "architecture": (
        *(None, own(imageId=f"{PARAMETERS}/bottlerocket/aws-k8s-1.34/arm64/latest/image_id"), {}),
        *("InvalidParameterValue", "does not match the architecture 'arm64'"),
    ),
    "two zones": (
        *(None, own(placement={"groupName": "p5-train"}), {"vpcZoneIdentifiers": [SUBNET_A, SUBNET_B]}),
        *("ValidationError", "multiple Availability Zones and a cluster placement group"),
    ),
    "primary elsewhere": (None, own(**IN_A), {}, "ValidationError", f"is in {SUBNET_A}, the group in"),
    "interface in another zone": (
        None,
        own(**APART),
        {},
        "ValidationError",
        "is in us-east-2a, the group in",
    ),
    "block too small": (
        *(None, own(**BLOCK_MARKET, capacityReservationSpecification=target(BLOCK))),
        *({"maxSize": 9, "desiredCapacity": 9}, "ReservationCapacityExceeded", "8 free instances"),
    ),
    "addresses": (
        of("subnets", "id", SUBNET_B, availableIpAddressCount=1),
        *(own(), {}, "InsufficientFreeAddressesInSubnet", SUBNET_B),
    ),
    "rules": (without("egressRules", "sgr-06"), own(), {}, "EfaTrafficBlocked", "all outbound"),
    "egress": (without("egressRules", "sgr-07"), own(), {}, NEVER, "allows TCP 443 out"),
    "no role": (None, own(iamInstanceProfile=None), {}, NEVER, "a node role, by an instance profile"),
    "policy": (
        of("roles", "name", "efa-self-managed", managedPolicyArns=POLICIES[:2]),
        *(own(), {}, NEVER, "the policy AmazonEKS_CNI_Policy"),
    ),
    "no access": (lambda account: account.pop("accessEntries"), own(), {}, NEVER, "there is no access entry"),
    "no tag": (None, own(), {"tags": []}, NEVER, "the tag kubernetes.io/cluster/efa-dev"),
    "no user data": (None, own(userData=None), {}, NEVER, "user data that tells the cluster"),
    "no such cluster": (None, own(userData=node_config(name="other")), {}, NEVER, "it says other"),
    "another endpoint": (
        *(None, own(userData=node_config(apiServerEndpoint="https://x")), {}),
        *(NEVER, "user data with the endpoint of cluster efa-dev, it says https://x"),
    ),
    "no certificate": (
        *(None, own(userData=node_config(certificateAuthority=None)), {}),
        *(NEVER, "the certificate authority of cluster efa-dev, it says nothing"),
    ),
    "another service range": (
        *(None, own(userData=node_config(cidr="10.100.0.0/16")), {}, NEVER, "the service CIDR"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_group_that_is_refused(case: str) -> None:
    change, lt, changes, code, words = REFUSED[case]
    refused = refusal(lambda: group(found(change), lt, **changes))
    assert refused.code == code and words in refused.message, refused
    if code == NEVER:
        # Nothing is launched where no node is wanted.
        group(found(change), lt, **{**changes, "minSize": 0, "desiredCapacity": 0})


def test_a_group_that_is_accepted() -> None:
    store = found()
    id, made = group(store, own(imageId=f"{AL2023}/x86_64/nvidia/recommended/image_id"))
    assert made["availabilityZones"] == ["us-east-2b"] and made["desiredCapacity"] == 2
    assert refusal(lambda: group(store, own(), "b", name=id)).code == "AlreadyExists"
    again = {"name": "another", "launchTemplate": {"id": made["launchTemplate"]["id"], "version": "2"}}
    assert "Could not find the specified version 2" in refusal(lambda: group(store, own(), **again)).message


def test_groups_of_both_kinds_share_what_there_is() -> None:
    store = found()
    block = {**BLOCK_MARKET, "capacityReservationSpecification": target(BLOCK)}
    six = {"minSize": 6, "desiredCapacity": 6, "maxSize": 6}
    id, _ = group(store, own(**block), **six)
    both = {"capacityType": "CAPACITY_BLOCK", "scalingConfig": {"minSize": 0, "desiredSize": 4, "maxSize": 4}}
    refused = refusal(lambda: ask(store, template(**block), "managed", **both))
    assert refused.code == "ReservationCapacityExceeded"
    core.delete(store, AUTO_SCALING_GROUP, id)
    ask(store, template(**block), "managed-again", **both)


def test_a_group_in_use_stays() -> None:
    store = found()
    make(store, GROUP, name="own", strategy="cluster")
    id, _ = group(store, own(placement={"groupName": "own"}))
    assert refusal(core.delete, store, GROUP, "own").code == "InvalidPlacementGroup.InUse"
    core.delete(store, AUTO_SCALING_GROUP, id)
    core.delete(store, GROUP, "own")


def test_new_bounds_take_the_size_along() -> None:
    store = found()
    id, _ = group(store, own(), minSize=0, desiredCapacity=0, maxSize=4)
    old = store.get(AUTO_SCALING_GROUP, id)
    assert old is not None
    wider = {**old["inputs"], "minSize": 1, "maxSize": 5}
    assert core.update(store, AUTO_SCALING_GROUP, id, old["inputs"], wider, False)["desiredCapacity"] == 1


def test_user_data_is_read_in_every_form() -> None:
    toml = '[settings.kubernetes]\ncluster-name = "a"\napi-server = "b"\ncluster-certificate = "c"\n'
    shell = "MIME-Version: 1.0\nContent-Type: text/x-shellscript\n\n#!/bin/sh\n"
    yaml = "kind: NodeConfig\nspec:\n  cluster:\n    name: a\n    apiServerEndpoint: b\n"
    mime = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n'
    mime += "--x\nContent-Type: %s\n\n%s\n--x--\n"
    found_toml = told(encoded(toml))
    assert found_toml is not None and (found_toml.endpoint, found_toml.wants_cidr) == ("b", False)
    for text in (yaml, mime % ("application/node.eks.aws", yaml)):
        facts = told(encoded(text))
        assert facts is not None and (facts.name, facts.endpoint, facts.certificate) == ("a", "b", None)
    for text in ("", shell, mime % ("text/x-shellscript", yaml), "[settings", "kind: [", "a: b"):
        assert told(encoded(text)) is None, text
    assert told("not base64") is None


def test_a_managed_image_of_ones_own_must_tell_the_cluster_too() -> None:
    named = {"imageId": "ami-1", "userData": node_config()}
    ask(found(), template(**named))
    named["userData"] = node_config(apiServerEndpoint="https://x")
    refused = refusal(lambda: ask(found(), template(**named)))
    assert refused.code == "NodeCreationFailure" and "it says https://x" in refused.message


# -- who the nodes are


def test_access_entries() -> None:
    store = found()
    entry = {"clusterName": "efa-dev", "principalArn": "arn:aws:iam::123456789012:role/efa-nodes"}
    _, made = make(store, ACCESS_ENTRY, **entry, type="EC2_LINUX")
    assert made["kubernetesGroups"] == ["system:nodes"] and made["userName"].startswith("system:node:")
    assert refusal(lambda: make(store, ACCESS_ENTRY, **entry)).code == "ResourceInUseException"
    nobody = {**entry, "principalArn": "arn:aws:iam::123456789012:role/nobody"}
    assert "invalid principal" in refusal(lambda: make(store, ACCESS_ENTRY, **nobody)).message
    groups = {**entry, "type": "EC2_LINUX", "kubernetesGroups": ["a"]}
    assert "kubernetesGroups" in refusal(lambda: make(store, ACCESS_ENTRY, **groups)).message
    old = store.get(CLUSTER, "efa-dev")
    assert old is not None
    config_map = {**old["outputs"], "accessConfig": {"authenticationMode": "CONFIG_MAP"}}
    store.put(CLUSTER, "efa-dev", {**old, "outputs": config_map})
    assert refusal(lambda: make(store, ACCESS_ENTRY, **entry)).code == "InvalidRequestException"


def test_eks_keeps_the_entry_of_a_managed_groups_role() -> None:
    store = found()
    ask(store, template())
    entry = {"clusterName": "efa-dev", "principalArn": "arn:aws:iam::123456789012:role/efa-nodes"}
    assert refusal(lambda: make(store, ACCESS_ENTRY, **entry)).code == "ResourceInUseException"


def test_instance_profiles() -> None:
    store = found()
    make(store, ROLE, name="r", assumeRolePolicy=TRUST)
    id, made = make(store, INSTANCE_PROFILE, "p", role="r", path="/efa/")
    assert id.startswith("p-") and made["arn"].endswith(f"instance-profile/efa/{id}")
    assert refusal(lambda: make(store, INSTANCE_PROFILE, name=id)).code == "EntityAlreadyExists"
    assert refusal(lambda: make(store, INSTANCE_PROFILE, "q", role="s")).code == "NoSuchEntity"
    core.create(store, INSTANCE_PROFILE, "q", {"role": UNKNOWN}, True)


def test_tags_go_on_groups_of_ours_and_of_eks() -> None:
    store = found()
    _, managed = ask(store, template())
    scaled, _ = group(store, own(), "own")
    behind = managed["resources"][0]["autoscalingGroups"][0]["name"]
    tag = {"key": "a", "value": "b", "propagateAtLaunch": False}
    for name in (behind, scaled):
        id, _ = make(store, AUTO_SCALING_TAG, autoscalingGroupName=name, tag=tag)
        assert id == f"{name},a"
    refused = refusal(lambda: make(store, AUTO_SCALING_TAG, autoscalingGroupName="x", tag=tag))
    assert refused.message == "AutoScalingGroup name not found - AutoScalingGroup 'x' not found"
    missing = refusal(lambda: make(store, AUTO_SCALING_TAG, autoscalingGroupName=scaled, tag={"key": "a"}))
    assert "tag.value: a value is required" in missing.message


# -- the component, with one thing taken away


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("train-role-worker", "Missing: the policy AmazonEKSWorkerNodePolicy on the role train-role-"),
        ("train-role-registry", "Missing: the policy AmazonEC2ContainerRegistryPullOnly"),
        ("train-role-cni", "Missing: the policy AmazonEKS_CNI_Policy"),
        ("train-access", "Missing: access to cluster efa-dev, there is no access entry of arn:"),
        ("train-sg-out", "Missing: egress, no rule of sg-"),
        ("train-sg-self-in", "EfaTrafficBlocked"),
    ],
)
def test_the_component_without_one_of_its_children(
    name: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(name, monkeypatch)
    failure = run_pool(nodes={"kind": "self-managed"}, **CLUSTER_FACTS).failure or ""
    assert failure.startswith("train-nodes (aws:autoscaling/group:Group): ") and words in failure


BOTTLEROCKET = {
    "image": {"family": "bottlerocket", "release_version": "1.52.0-3f1a9b2c"},
    "kubernetes_version": "1.34",
}


@pytest.mark.parametrize("image", [{}, BOTTLEROCKET])
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cluster_security_group_id": None}, "Missing: the cluster's security group sg-0c1a5e0d2b3f4a596"),
        ({"cluster_endpoint": "https://x"}, "Missing: user data with the endpoint of cluster efa-dev"),
        ({"cluster_certificate_authority": "eA=="}, "Missing: user data with the certificate authority"),
        ({"cluster_name": "efa-prod"}, "Missing: user data with the endpoint of cluster efa-prod"),
    ],
)
def test_the_component_with_wrong_facts(image: Any, changes: dict[str, Any], words: str) -> None:
    arguments = {**CLUSTER_FACTS, **image, **changes, "nodes": {"kind": "self-managed"}}
    failure = run_pool(**arguments).failure or ""
    assert NEVER in failure and words in failure
    assert run_pool(**{**CLUSTER_FACTS, **image, "nodes": {"kind": "self-managed"}}).failure is None


def test_managed_nodes_are_told_by_eks() -> None:
    assert run_pool(cluster_endpoint="https://x").failure is None
