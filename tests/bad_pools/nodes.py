"""Nodes, subnets, images and updates."""

from typing import Any

from tests.bad_pools.case import bad
from tests.pools import ABSENT

PROFILE = "arn:aws:iam::123456789012:instance-profile/node"
AMI = "ami-0abcdef1234567890"
GIVEN_AMI = {"image": {"family": "al2023", "amiId": AMI}}
BOTTLEROCKET = {"image": {"family": "bottlerocket", "releaseVersion": "1.52.0-3f1a9b2c"}}
TRN = {
    "instanceType": "trn2.48xlarge",
    "networkInterfaces": ABSENT,
    "layoutVersion": 1,
    "cpu": ABSENT,
}
OURS: dict[str, Any] = {"nodes": {"kind": "self-managed", "roleArn": "arn:aws:iam::123456789012:role/node"}}
LONG = f"{'a' * 60}/{'b' * 40}"
SUBNETS = ["subnet-0a1b2c3d", "subnet-0b1c2d3e"]

CASES = [
    bad("nodes.kind", "fargate", "NotSupported", "'fargate'", "'eks-managed'"),
    bad("nodes.shoot", "prod", "Forbidden", "'prod'", "gardener, not eks-managed"),
    bad("nodes.namespace", "garden", "Forbidden", "'garden'", "gardener, not eks-managed"),
    bad("nodes.worker", {"zones": 1}, "Forbidden", "{'zones': 1}", "gardener, not eks-managed"),
    bad("nodes.instanceProfileName", "node", "Forbidden", "'node'", "self-managed, not eks-managed"),
    bad("nodes.instanceProfileArn", PROFILE, "Forbidden", f"'{PROFILE}'", "self-managed, not eks-managed"),
    bad(
        "nodes",
        {**OURS["nodes"], "instanceProfileName": "a", "instanceProfileArn": PROFILE},
        "Forbidden",
        f"'{PROFILE}'",
        "one of the two",
        at="nodes.instanceProfileArn",
    ),
    bad("nodes.roleArn", "node", "Invalid", "'node'", "an IAM role ARN"),
    bad("nodes", "eks-managed", "Invalid", "'eks-managed'", "a mapping"),
    bad("subnetIds", ABSENT, "Required", "missing", "subnet-..."),
    bad("subnetIds", None, "Required", "missing", "subnet-..."),
    bad("subnetIds", [], "Invalid", "[]", "at least 1"),
    bad("subnetIds.0", "vpc-0a1b2c3d", "Invalid", "'vpc-0a1b2c3d'", "a subnet id"),
    bad(
        "nodes",
        {"kind": "gardener"},
        "Required",
        "missing",
        "zones",
        at="availabilityZones",
        given={
            "availabilityZones": ABSENT,
            "placement": {"mode": "none"},
            "tags": ABSENT,
            "hugePages2Mi": ABSENT,
        },
        also=("subnetIds Forbidden", "image.family NotSupported"),
    ),
    # Images.
    bad("image", ABSENT, "Required", "missing", "releaseVersion"),
    bad("image.family", ABSENT, "Required", "missing", "al2023"),
    bad("image.family", "al2", "NotSupported", "'al2'", "'al2023'"),
    bad("image.releaseVersion", ABSENT, "Required", "missing", "amiId"),
    bad("image.releaseVersion", "latest", "Invalid", "'latest'", "such as 1.34"),
    bad("image.releaseVersion", "1.52.0", "Invalid", "'1.52.0'", "bottlerocket", given=BOTTLEROCKET),
    bad("image.releaseVersion", "1.34.2-20261105", "Forbidden", "'1.34.2-20261105'", AMI, given=GIVEN_AMI),
    bad("image.amiType", "AL2023_x86_64_NVIDIA", "Forbidden", "'AL2023_x86_64_NVIDIA'", AMI, given=GIVEN_AMI),
    bad("image.amiId", "ami-latest", "Invalid", "'ami-latest'", "an AMI id", given=GIVEN_AMI),
    bad("image.amiType", "AL2_x86_64_GPU", "NotSupported", "'AL2_x86_64_GPU'", "AL2023_x86_64_NVIDIA"),
    bad(
        "image.amiType",
        "BOTTLEROCKET_x86_64_NVIDIA",
        "Invalid",
        "'BOTTLEROCKET_x86_64_NVIDIA'",
        "AL2023_x86_64_NVIDIA",
    ),
    bad(
        "image.amiType", "AL2023_ARM_64_NVIDIA", "Invalid", "'AL2023_ARM_64_NVIDIA'", "x86_64", "p5.48xlarge"
    ),
    bad(
        "image.amiType",
        "AL2023_x86_64_STANDARD",
        "Invalid warning",
        "'AL2023_x86_64_STANDARD'",
        "expected AL2023_x86_64_NVIDIA",
    ),
    # Updates.
    bad("update.maxUnavailable", 5, "TooMany", "5", "at most 4"),
    bad("update.maxUnavailable", 101, "TooMany", "101", "at most 100", given={"size.max": 200}),
    bad("update.maxUnavailable", 0, "Invalid", "0", "1 or more"),
    bad("update.maxUnavailable", "33%", "Invalid", "'33%'", "whole number"),
    bad("update.strategy", "rolling", "NotSupported", "'rolling'", "'terminate-first' or 'launch-first'"),
    # Auto Scaling groups of our own.
    bad(
        "nodes",
        {"kind": "self-managed", "instanceProfileName": "node"},
        "Required warning",
        "'node'",
        "create-access-entry",
        "EC2_LINUX",
        at="nodes.roleArn",
    ),
    bad("update.protectFromScaleIn", True, "Forbidden", "true", "self-managed, not eks-managed"),
    bad("update.protectFromScaleIn", "yes", "Invalid", "'yes'", "true or false", given=OURS),
    bad("update.maxUnavailable", 5, "TooMany", "5", "at most 4", given=OURS),
    bad(
        "networkInterfaces.0.subnetId",
        "subnet-0b1c2d3e",
        "Invalid",
        "'subnet-0b1c2d3e'",
        "expected 'subnet-0a1b2c3d'",
        given=OURS,
    ),
    bad(
        "networkInterfaces.1.subnetId",
        "subnet-0b1c2d3e",
        "Invalid",
        "'subnet-0b1c2d3e'",
        "several subnetIds",
        given={**OURS, "subnetIds": SUBNETS},
    ),
    bad(
        "image.amiType",
        "BOTTLEROCKET_x86_64_NVIDIA_FIPS",
        "NotSupported",
        "'BOTTLEROCKET_x86_64_NVIDIA_FIPS'",
        "expected amiId",
        given={**OURS, **BOTTLEROCKET},
    ),
    bad("image.releaseVersion", ABSENT, "Required", "missing", "amiId", given=OURS),
    # What a scaled group tells of its nodes.
    bad("labels", {LONG: "x"}, "Invalid warning", "at most 82 characters", at=f"labels.{LONG}", given=OURS),
    # What EKS takes of Kubernetes's words.
    bad(
        "labels", {"a" * 60 + "/team": "x"}, "Invalid", "at most 63 characters", at=f"labels.{'a' * 60}/team"
    ),
    bad("labels", {"team": ""}, "Invalid", "'' of 'team'", "expected a value", at="labels.team"),
    bad("taints.0.key", "a" * 60 + "/team", "Invalid", "at most 63 characters"),
    bad(
        "taints.1",
        {"key": "nvidia.com/gpu", "effect": "NoExecute"},
        "Invalid warning",
        "'nvidia.com/gpu'",
        "one effect for a key",
    ),
    bad(
        "tags",
        {f"tag-{index}": "x" for index in range(40)},
        "TooMany",
        "up to 56 with those",
        "at most 50",
        given=OURS,
    ),
]
