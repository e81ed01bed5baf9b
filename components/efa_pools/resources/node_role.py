"""Who the nodes are: an IAM role with the policies without which a node cannot join, its profile and access.

EKS makes the profile of a managed group and lets its role in; a group of ours needs both made.
Sources: EKS User Guide, "Amazon EKS node IAM role"; EKS API, CreateAccessEntry. Partitions by Region:
botocore 1.44.5, partitions.json. EC2's name in a trust policy: eksctl, pkg/apis/eksctl.io/v1alpha5/
partitions.go, commit 99984ad of 2026-08-22; in China EKS refuses a role with another (pulumi-eks pull
request 796 of 2022-10-17).
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
EC2 = "ec2.amazonaws.com"


class Partition(NamedTuple):
    """What differs between AWS's partitions for a node role."""

    regions: str
    """How the names of its Regions begin."""
    name: str
    ec2: str = EC2
    """EC2 as a trust policy names it."""


COMMERCIAL = Partition("", "aws")
PARTITIONS = (
    Partition("cn-", "aws-cn", "ec2.amazonaws.com.cn"),
    Partition("us-gov-", "aws-us-gov"),
    Partition("eusc-", "aws-eusc"),
    Partition("us-iso-", "aws-iso", "ec2.c2s.ic.gov"),
    Partition("us-isob-", "aws-iso-b", "ec2.sc2s.sgov.gov"),
    Partition("eu-isoe-", "aws-iso-e"),
    Partition("us-isof-", "aws-iso-f"),
)


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
    where = partition(plan.pool.availability_zones or ())
    # EKS keeps an access entry of its own for the role of a managed group, and there is one for each role. So
    # a pool that moves to another kind of nodes gets another role.
    role = iam.Role(
        f"{name}-role",
        assume_role_policy=json.dumps(trust(where.ec2)),
        tags=dict(tags),
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(replacement_trigger=[plan.pool.nodes.kind])
        ),
    )
    attached: list[pulumi.Resource] = [
        iam.RolePolicyAttachment(
            f"{name}-role-{suffix}",
            role=role.name,
            policy_arn=f"arn:{where.name}:iam::aws:policy/{policy}",
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


def trust(ec2: str) -> dict[str, Any]:
    """The trust policy of a role for instances."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ec2}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def partition(zones: Sequence[str]) -> Partition:
    """The AWS partition of the pool's zones, else of the stack's `aws:region`.

    Asking AWS for it would cost a call for each pool.
    """
    region = zones[0] if zones else pulumi.Config("aws").get("region") or ""
    return next((one for one in PARTITIONS if region.startswith(one.regions)), COMMERCIAL)
