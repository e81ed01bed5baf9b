"""Who the nodes are: an IAM role with the policies without which a node cannot join, its profile and access.

EKS makes the profile of a managed group and lets its role in; an Auto Scaling group of ours needs both made.
Sources: EKS User Guide, "Amazon EKS node IAM role"; EKS API, CreateAccessEntry.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pulumi
from pulumi_aws import eks, iam

from ..plan.pool import PoolPlan
from .surroundings import either

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


class Identity(NamedTuple):
    """The role as the node group names it, the profile as the template does, and what must come before."""

    role_arn: Any
    """None for self-managed nodes with a given profile alone: their role is the user's affair."""
    profile: dict[str, Any] | None
    """None for managed nodes, whose template must not have one."""
    before_nodes: list[pulumi.Resource]


def identity(
    plan: PoolPlan, name: str, args: Mapping[str, Any], tags: Mapping[str, str], opts: pulumi.ResourceOptions
) -> Identity:
    """Make what is not given."""
    nodes = plan.pool.nodes
    arn = either(args, "node_role_arn", nodes.role_arn)
    given = {"name": nodes.instance_profile_name, "arn": nodes.instance_profile_arn}
    profile: dict[str, Any] | None = {key: value for key, value in given.items() if value is not None} or None
    role_name: Any = None
    before: list[pulumi.Resource] = []
    if arn is None and profile is None:
        role, before = node_role(name, plan, tags, opts)
        arn, role_name = role.arn, role.name
    if not plan.self_managed:
        return Identity(arn, None, before)
    if profile is None:
        if role_name is None:
            role_name = pulumi.Output.from_input(arn).apply(lambda known: known.rpartition("/")[2])
        made = iam.InstanceProfile(f"{name}-profile", role=role_name, tags=dict(tags), opts=opts)
        profile = {"arn": made.arn}
    if arn is not None:
        before.append(_access(name, args.get("cluster_name"), arn, tags, opts))
    return Identity(arn, profile, before)


def node_role(
    name: str, plan: PoolPlan, tags: Mapping[str, str], opts: pulumi.ResourceOptions
) -> tuple[iam.Role, list[pulumi.Resource]]:
    """The role, and the attachments that must be there before a node starts."""
    # EKS keeps an access entry of its own for the role of a managed group, and there is one for each role. So
    # a pool that moves to another kind of nodes gets another role.
    role = iam.Role(
        f"{name}-role",
        assume_role_policy=json.dumps(ASSUME),
        tags=dict(tags),
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(replacement_trigger=[plan.pool.nodes.kind])
        ),
    )
    zones = plan.pool.availability_zones or ()
    attached: list[pulumi.Resource] = [
        iam.RolePolicyAttachment(
            f"{name}-role-{suffix}",
            role=role.name,
            policy_arn=f"arn:{partition(zones)}:iam::aws:policy/{policy}",
            opts=opts,
        )
        for suffix, policy in POLICIES.items()
    ]
    return role, attached


def _access(
    name: str, cluster: Any, role_arn: Any, tags: Mapping[str, str], opts: pulumi.ResourceOptions
) -> eks.AccessEntry:
    return eks.AccessEntry(
        f"{name}-access",
        cluster_name=cluster,
        principal_arn=role_arn,
        type="EC2_LINUX",
        tags=dict(tags),
        opts=opts,
    )


def partition(zones: Sequence[str]) -> str:
    """The AWS partition of the pool's zones; asking AWS for it would cost a call for each pool."""
    zone = zones[0] if zones else ""
    if zone.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if zone.startswith("us-gov-") else "aws"
