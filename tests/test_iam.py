"""`docs/iam/`: the roles may do what the stack's resources make the AWS provider do, and nothing else.

What creates an object comes from the sandbox's translation of the stacks; what reads, changes and deletes it
from the provider's source (hashicorp/terraform-provider-aws, internal/service, the files named below). That
each action exists is botocore's word. IAM itself judges nothing here.
"""

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest
from botocore.loaders import Loader
from efa_pools.resources.node_role import POLICIES

from delivery.environments import known
from sandbox.core.requests import requests
from tests.stacks import ROOT, run_stack

# By type: what the provider calls to read, and to change and delete.
PROVIDER: dict[str, tuple[set[str], set[str]]] = {
    "aws:ec2/launchTemplate:LaunchTemplate": (  # ec2/ec2_launch_template.go
        {"ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"},
        {"ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate", "ec2:DeleteLaunchTemplate"},
    ),
    "aws:ec2/placementGroup:PlacementGroup": (  # ec2/ec2_placement_group.go
        {"ec2:DescribePlacementGroups"},
        {"ec2:DeletePlacementGroup"},
    ),
    "aws:ec2/securityGroup:SecurityGroup": (  # ec2/vpc_security_group.go; it takes the default egress away
        {"ec2:DescribeSecurityGroups", "ec2:DescribeNetworkInterfaces"},
        {"ec2:DeleteSecurityGroup", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"},
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (  # ec2/vpc_security_group_ingress_rule.go
        {"ec2:DescribeSecurityGroupRules"},
        {"ec2:ModifySecurityGroupRules", "ec2:RevokeSecurityGroupIngress"},
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": (  # ec2/vpc_security_group_egress_rule.go
        {"ec2:DescribeSecurityGroupRules"},
        {"ec2:ModifySecurityGroupRules", "ec2:RevokeSecurityGroupEgress"},
    ),
    "aws:iam/role:Role": (  # iam/role.go
        {
            "iam:GetRole",
            "iam:ListRolePolicies",
            "iam:ListAttachedRolePolicies",
            "iam:ListInstanceProfilesForRole",
        },
        {"iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:DeleteRole", "iam:TagRole", "iam:UntagRole"},
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (  # iam/role_policy_attachment.go
        {"iam:ListAttachedRolePolicies"},
        {"iam:DetachRolePolicy"},
    ),
    "aws:eks/nodeGroup:NodeGroup": (  # eks/node_group.go
        {"eks:DescribeNodegroup", "eks:DescribeUpdate"},
        {
            "eks:UpdateNodegroupConfig",
            "eks:UpdateNodegroupVersion",
            "eks:DeleteNodegroup",
            "eks:TagResource",
            "eks:UntagResource",
        },
    ),
    # What no stack here registers may be made all the same, by pools of self-managed nodes.
    "aws:autoscaling/group:Group": (  # autoscaling/group.go
        {
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:DescribeInstanceRefreshes",
            "autoscaling:DescribeScalingActivities",
        },
        {
            "autoscaling:CreateAutoScalingGroup",
            "autoscaling:UpdateAutoScalingGroup",
            "autoscaling:DeleteAutoScalingGroup",
            "autoscaling:StartInstanceRefresh",
            "autoscaling:CancelInstanceRefresh",
        },
    ),
    "aws:autoscaling/tag:Tag": (  # autoscaling/tag.go
        {"autoscaling:DescribeTags"},
        {"autoscaling:CreateOrUpdateTags", "autoscaling:DeleteTags"},
    ),
    "aws:iam/instanceProfile:InstanceProfile": (  # iam/instance_profile.go
        {"iam:GetInstanceProfile"},
        {
            "iam:CreateInstanceProfile",
            "iam:DeleteInstanceProfile",
            "iam:AddRoleToInstanceProfile",
            "iam:RemoveRoleFromInstanceProfile",
            "iam:TagInstanceProfile",
            "iam:UntagInstanceProfile",
        },
    ),
    "aws:eks/accessEntry:AccessEntry": (  # eks/access_entry.go
        {"eks:DescribeAccessEntry"},
        {"eks:CreateAccessEntry", "eks:UpdateAccessEntry", "eks:DeleteAccessEntry"},
    ),
    # And by pools that make a reservation or keep the times of a block. Nobody here may cancel what is paid
    # for, nor buy a block: `ec2:PurchaseCapacityBlock` is for the person who does.
    "aws:ec2/capacityReservation:CapacityReservation": (  # ec2/ec2_capacity_reservation.go
        {"ec2:DescribeCapacityReservations"},
        {"ec2:CreateCapacityReservation", "ec2:ModifyCapacityReservation"},
    ),
    "aws:autoscaling/schedule:Schedule": (  # autoscaling/schedule.go
        {"autoscaling:DescribeScheduledActions"},
        {"autoscaling:PutScheduledUpdateGroupAction", "autoscaling:DeleteScheduledAction"},
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": (  # autoscaling/lifecycle_hook.go
        {"autoscaling:DescribeLifecycleHooks"},
        {"autoscaling:PutLifecycleHook", "autoscaling:DeleteLifecycleHook"},
    ),
}
ALWAYS = {"sts:GetCallerIdentity"}
"""The provider asks who it is."""
TAGS = {"ec2:CreateTags", "ec2:DeleteTags"}
CALLER = {"iam:PassRole", "iam:CreateServiceLinkedRole", "ec2:RunInstances"}
"""What EKS demands of who makes a node group. Source: EKS User Guide, launch templates; node IAM role."""
STATE_READ = {"s3:ListBucket", "s3:GetObject", "kms:Decrypt"}
STATE_WRITE = {"s3:PutObject", "s3:DeleteObject", "kms:Encrypt"}
NO_OPERATIONS = {"iam:PassRole", "s3:ListBucket"}
"""Permissions that no operation is named after. Source: Service Authorization Reference."""


def document(name: str) -> list[dict[str, Any]]:
    found = json.loads((ROOT / "docs" / "iam" / f"{name}.json").read_text(encoding="utf-8"))
    assert found["Version"] == "2012-10-17"
    return list(found["Statement"])


def actions(name: str) -> set[str]:
    return {action for one in document(name) for action in one["Action"]}


@pytest.fixture(scope="module")
def created() -> dict[str, set[str]]:
    """By type, the calls that create what the stacks register."""
    found: dict[str, set[str]] = {}
    for stack in known():
        for one in run_stack(stack).registrations:
            if one.custom and one.type.startswith("aws:"):
                made = {f"{call.service}:{call.operation}" for call in requests(one.type, one.inputs)[0]}
                found.setdefault(one.type, set()).update(made)
    return found


def test_every_type_of_the_stacks_is_known_here(created: dict[str, set[str]]) -> None:
    assert set(created) <= set(PROVIDER), "docs/iam and this table lack what these types need"


def test_up_may_do_just_what_its_resources_need(created: dict[str, set[str]]) -> None:
    reads, writes = (set().union(*(one[side] for one in PROVIDER.values())) for side in (0, 1))
    makes = set().union(*created.values())
    assert actions("up") == reads | writes | makes | ALWAYS | TAGS | CALLER | STATE_READ | STATE_WRITE


def test_preview_may_read_the_same_and_change_nothing() -> None:
    reads = set().union(*(one[0] for one in PROVIDER.values()))
    assert actions("preview") == reads | ALWAYS | STATE_READ
    for action in actions("preview") - {"kms:Decrypt"}:
        assert action.partition(":")[2].startswith(("Describe", "Get", "List")), action


@pytest.mark.parametrize("name", ["preview", "up"])
def test_actions_are_operations_of_aws(name: str) -> None:
    assert not any("*" in action for action in actions(name))
    for action in actions(name) - NO_OPERATIONS:
        service, _, operation = action.partition(":")
        assert operation in Loader().load_service_model(service, "service-2")["operations"], action


@pytest.mark.parametrize("name", ["preview", "up"])
def test_only_reads_and_starts_from_templates_reach_everything(name: str) -> None:
    for one in document(name):
        if one["Resource"] == "*":
            assert one["Sid"] in ("ReadWhatPoolsAreMadeOf", "StartFromTemplatesAsEksAsks")
            assert (
                one["Sid"] == "ReadWhatPoolsAreMadeOf" or "ec2:LaunchTemplate" in one["Condition"]["ArnLike"]
            )


def test_node_roles_get_the_nodes_policies_only() -> None:
    (one,) = [one for one in document("up") if "iam:AttachRolePolicy" in one["Action"]]
    allowed = one["Condition"]["ArnEquals"]["iam:PolicyARN"]
    assert set(allowed) == {f"arn:aws:iam::aws:policy/{policy}" for policy in POLICIES.values()}
    assert fnmatchcase("arn:aws:iam::ACCOUNT:role/train-role-4890361", one["Resource"])


def test_what_is_made_with_tags_may_be_tagged_as_it_is_made() -> None:
    """EC2 asks for CreateTags beside the call that makes an object with tags. Source: EC2 User Guide, "Grant
    permission to tag Amazon EC2 resources during creation"."""
    statements = {one["Sid"]: one for one in document("up")}
    tagged = {*statements["MakeTagged"]["Action"], *statements["RulesAreMadeWithTheirTags"]["Action"]}
    allowed = set(statements["TagWhatIsMade"]["Condition"]["StringEquals"]["ec2:CreateAction"])
    assert {action.removeprefix("ec2:") for action in tagged} | {"RunInstances"} == allowed
    # EKS asks for TagResource on the object itself, then and when tags change.
    on_eks = [arn for one in document("up") if "eks:TagResource" in one["Action"] for arn in one["Resource"]]
    assert {arn.split(":")[-1].split("/")[0] for arn in on_eks} >= {"nodegroup", "access-entry"}


SUBJECT = "token.actions.githubusercontent.com:sub"


@pytest.mark.parametrize(
    "name, subjects",
    [
        ("trust-preview", ["pull_request", "ref:refs/heads/main"]),
        ("trust-up", [f"environment:{name}" for name in known()]),
    ],
)
def test_who_may_take_a_role(name: str, subjects: list[str]) -> None:
    (one,) = document(name)
    assert one["Action"] == "sts:AssumeRoleWithWebIdentity" and set(one["Condition"]) == {"StringEquals"}
    equal = one["Condition"]["StringEquals"]
    assert equal["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
    assert equal[SUBJECT] == [f"repo:ORGANISATION/REPOSITORY:{subject}" for subject in subjects]
