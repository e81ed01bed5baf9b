"""The pool's security group: all traffic to and from itself, in both directions, and ordinary egress.

EFA traffic is matched only by rules that name a group (EC2 User Guide, EFA: "allows all inbound and
outbound traffic to and from the security group itself"). Pulumi removes EC2's default egress rule, so
the ordinary one is stated.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import ec2, vpc


def security_group(
    name: str, vpc_id: pulumi.Input[str] | None, tags: Mapping[str, str], opts: pulumi.ResourceOptions
) -> tuple[ec2.SecurityGroup, list[pulumi.Resource]]:
    """The group, and the rules that must be there before a node starts."""
    group = ec2.SecurityGroup(
        f"{name}-sg",
        # Without the pool's name: EC2 cannot change a description, so a renamed pool would lose its group.
        description="Nodes of an EFA worker pool",
        vpc_id=vpc_id,
        tags=dict(tags),
        opts=opts,
    )
    everything: Any = {
        "security_group_id": group.id,
        "ip_protocol": "-1",
        "tags": dict(tags),
        "opts": opts,
    }
    inbound = vpc.SecurityGroupIngressRule(
        f"{name}-sg-self-in",
        referenced_security_group_id=group.id,
        description="EFA and all other traffic from nodes of the pool",
        **everything,
    )
    outbound = vpc.SecurityGroupEgressRule(
        f"{name}-sg-self-out",
        referenced_security_group_id=group.id,
        description="EFA and all other traffic to nodes of the pool",
        **everything,
    )
    ordinary = vpc.SecurityGroupEgressRule(
        f"{name}-sg-out",
        cidr_ipv4="0.0.0.0/0",
        description="API server, registries, storage",
        **everything,
    )
    return group, [inbound, outbound, ordinary]
