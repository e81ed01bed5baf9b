"""The IAM role of the nodes, with the policies without which a node cannot join.

Source: EKS User Guide, "Amazon EKS node IAM role".
"""

import json
from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import iam

POLICIES = {
    "worker": "AmazonEKSWorkerNodePolicy",
    "registry": "AmazonEC2ContainerRegistryPullOnly",
    "cni": "AmazonEKS_CNI_Policy",
}
ASSUME = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    ],
}


def node_role(
    name: str, zones: Sequence[str], tags: Mapping[str, str], opts: pulumi.ResourceOptions
) -> tuple[pulumi.Output[str], list[pulumi.Resource]]:
    """The role's ARN, and the attachments that must be there before a node starts."""
    role = iam.Role(f"{name}-role", assume_role_policy=json.dumps(ASSUME), tags=dict(tags), opts=opts)
    attached: list[pulumi.Resource] = [
        iam.RolePolicyAttachment(
            f"{name}-role-{suffix}",
            role=role.name,
            policy_arn=f"arn:{partition(zones)}:iam::aws:policy/{policy}",
            opts=opts,
        )
        for suffix, policy in POLICIES.items()
    ]
    return role.arn, attached


def partition(zones: Sequence[str]) -> str:
    """The AWS partition of the pool's zones; asking AWS for it would cost a call for each pool."""
    zone = zones[0] if zones else ""
    if zone.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if zone.startswith("us-gov-") else "aws"
