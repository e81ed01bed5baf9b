"""Nodes, subnets, images and updates."""

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

CASES = [
    bad("nodes.kind", "self-managed", "NotSupported", "'self-managed'", "expected eks-managed"),
    bad("nodes.kind", "fargate", "NotSupported", "'fargate'", "'eks-managed'"),
    bad("nodes.shoot", "prod", "Forbidden", "'prod'", "gardener, not eks-managed"),
    bad("nodes.namespace", "garden", "Forbidden", "'garden'", "gardener, not eks-managed"),
    bad("nodes.worker", {"zones": 1}, "Forbidden", "{'zones': 1}", "gardener, not eks-managed"),
    bad("nodes.instanceProfileName", "node", "Forbidden", "'node'", "self-managed, not eks-managed"),
    bad("nodes.instanceProfileArn", PROFILE, "Forbidden", f"'{PROFILE}'", "self-managed, not eks-managed"),
    bad(
        "nodes",
        {"kind": "self-managed", "instanceProfileName": "a", "instanceProfileArn": PROFILE},
        "Forbidden",
        f"'{PROFILE}'",
        "one of the two",
        at="nodes.instanceProfileArn",
        also=("nodes.kind NotSupported",),
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
    bad(
        "image",
        {"family": "custom", "amiId": AMI},
        "NotSupported",
        "'custom'",
        "al2023 or bottlerocket",
        at="image.family",
    ),
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
    bad(
        "image",
        BOTTLEROCKET["image"],
        "NotSupported",
        "'bottlerocket'",
        "trn2.48xlarge",
        at="image.family",
        given=TRN,
    ),
    # Updates.
    bad("update.maxUnavailable", 5, "TooMany", "5", "at most 4"),
    bad("update.maxUnavailable", 101, "TooMany", "101", "at most 100", given={"size.max": 200}),
    bad("update.maxUnavailable", 0, "Invalid", "0", "1 or more"),
    bad("update.maxUnavailable", "33%", "Invalid", "'33%'", "whole number"),
    bad("update.strategy", "rolling", "NotSupported", "'rolling'", "'terminate-first' or 'launch-first'"),
]
