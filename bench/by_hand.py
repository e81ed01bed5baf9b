"""One pool of p5.48xlarge written by hand: exactly the resources that EfaWorkerPool registers, without it.

`tests/test_bench.py` compares what both register, property for property.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import ec2, eks, iam, vpc

ZONE, SUBNET, VPC = "us-east-2b", "subnet-0b2c3d4e5f6071829", "vpc-0e7a1c2b3d4f50617"
CLUSTER, CLUSTER_GROUP, RELEASE = "efa-dev", "sg-0c1a5e0d2b3f4a596", "1.34.2-20261105"
INSTANCE_TYPE, CARDS, NODES = "p5.48xlarge", 32, 2
USER_DATA = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="efa-pools"

--efa-pools
Content-Type: text/x-shellscript; charset="utf-8"

#!/bin/sh
set -eu
mkdir -p /etc/systemd/system/containerd.service.d
cat > /etc/systemd/system/containerd.service.d/zz-efa-pools.conf <<'END'
[Service]
LimitMEMLOCK=infinity
END
systemctl daemon-reload

--efa-pools
Content-Type: application/node.eks.aws; charset="utf-8"

{
  "apiVersion": "node.eks.aws/v1alpha1",
  "kind": "NodeConfig",
  "spec": {
    "kubelet": {
      "config": {
        "maxPods": 51
      },
      "flags": [
        "--max-pods=51"
      ]
    },
    "instance": {
      "localStorage": {
        "strategy": "RAID0"
      }
    }
  }
}
--efa-pools--
"""
LABELS = {
    "efa-pools/efa": "true",
    "efa-pools/efa-count": str(CARDS),
    "efa-pools/network-cards": str(CARDS),
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    ],
}
POLICIES = {
    "worker": "AmazonEKSWorkerNodePolicy",
    "registry": "AmazonEC2ContainerRegistryPullOnly",
    "cni": "AmazonEKS_CNI_Policy",
}


FIGURES: dict[str, Any] = {
    "interfacesPerNode": CARDS + 1,
    "efaPerNode": CARDS,
    "gpusPerNode": 8,
    "bandwidthGbpsPerNode": 3200,
    "addressesPerNode": 1,
    "addressesPerNodeWithCni": 50,
    "capacityReservationId": "",
    "retained": [],
}


def pool(name: str, parent: pulumi.Resource | None = None) -> dict[str, Any]:
    """Register a pool's eleven resources; returns what a component of it would give as outputs."""
    opts = pulumi.ResourceOptions(parent=parent)
    tags = {"Name": f"bench-{name}", "efa-pools/pool": name, "efa-pools/stack": "efa-pools/bench"}
    group, rules = _security_group(name, tags, opts)
    moved = pulumi.ResourceOptions(parent=parent, replacement_trigger=[ZONE])
    placement = ec2.PlacementGroup(f"{name}-pg", strategy="cluster", tags=tags, opts=moved)
    template = _launch_template(name, group, placement, tags, opts)
    role, attachments = _role(name, tags, opts)
    nodes = eks.NodeGroup(
        f"{name}-nodes",
        cluster_name=CLUSTER,
        node_role_arn=role.arn,
        subnet_ids=[SUBNET],
        ami_type="AL2023_x86_64_NVIDIA",
        release_version=RELEASE,
        capacity_type="ON_DEMAND",
        scaling_config={"min_size": NODES, "max_size": NODES, "desired_size": NODES},
        update_config={"max_unavailable": 1, "update_strategy": "DEFAULT"},
        node_repair_config={"enabled": True, "max_parallel_nodes_repaired_count": 1},
        launch_template={"id": template.id, "version": template.latest_version.apply(str)},
        labels={"efa-pools/pool": name, **LABELS},
        tags=tags,
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=[*rules, group, placement, *attachments],
            custom_timeouts=pulumi.CustomTimeouts(update="60m"),
        ),
    )
    return {
        "launchTemplateId": template.id,
        "launchTemplateVersion": template.latest_version.apply(str),
        "securityGroupId": group.id,
        "placementGroupName": placement.name,
        "placementGroupId": placement.placement_group_id,
        "nodeGroupName": nodes.node_group_name,
        "autoScalingGroupName": nodes.resources.apply(_auto_scaling_group),
        "nodeSelector": {"efa-pools/pool": name},
        **FIGURES,
    }


def _auto_scaling_group(resources: Any) -> str:
    return str(resources[0].autoscaling_groups[0].name)


def _security_group(
    name: str, tags: Mapping[str, str], opts: pulumi.ResourceOptions
) -> tuple[ec2.SecurityGroup, list[pulumi.Resource]]:
    group = ec2.SecurityGroup(
        f"{name}-sg", description="Nodes of an EFA worker pool", vpc_id=VPC, tags=tags, opts=opts
    )
    inbound = vpc.SecurityGroupIngressRule(
        f"{name}-sg-self-in",
        security_group_id=group.id,
        referenced_security_group_id=group.id,
        ip_protocol="-1",
        description="EFA and all other traffic from nodes of the pool",
        tags=tags,
        opts=opts,
    )
    outbound = vpc.SecurityGroupEgressRule(
        f"{name}-sg-self-out",
        security_group_id=group.id,
        referenced_security_group_id=group.id,
        ip_protocol="-1",
        description="EFA and all other traffic to nodes of the pool",
        tags=tags,
        opts=opts,
    )
    ordinary = vpc.SecurityGroupEgressRule(
        f"{name}-sg-out",
        security_group_id=group.id,
        cidr_ipv4="0.0.0.0/0",
        ip_protocol="-1",
        description="API server, registries, storage",
        tags=tags,
        opts=opts,
    )
    return group, [inbound, outbound, ordinary]


def _interfaces(group: ec2.SecurityGroup) -> Any:
    primary = {
        "network_card_index": 0,
        "device_index": 0,
        "interface_type": "interface",
        "delete_on_termination": "true",
        "associate_public_ip_address": "false",
        "security_groups": [group.id, CLUSTER_GROUP],
    }
    further = [
        {
            "network_card_index": card,
            "device_index": 0 if card else 1,
            "interface_type": "efa-only",
            "delete_on_termination": "true",
            "security_groups": [group.id],
        }
        for card in range(CARDS)
    ]
    return [primary, *further]


def _launch_template(
    name: str,
    group: ec2.SecurityGroup,
    placement: ec2.PlacementGroup,
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> ec2.LaunchTemplate:
    return ec2.LaunchTemplate(
        f"{name}-lt",
        description=f"EFA worker pool {name}",
        instance_type=INSTANCE_TYPE,
        user_data=base64.b64encode(USER_DATA.encode()).decode(),
        network_interfaces=_interfaces(group),
        block_device_mappings=[
            {
                "device_name": "/dev/xvda",
                "ebs": {
                    "volume_type": "gp3",
                    "volume_size": 100,
                    "encrypted": "true",
                    "delete_on_termination": "true",
                },
            }
        ],
        placement={"group_name": placement.name},
        metadata_options={
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 2,
        },
        tag_specifications=[
            {"resource_type": kind, "tags": tags} for kind in ("instance", "volume", "network-interface")
        ],
        tags=tags,
        opts=opts,
    )


def _role(
    name: str, tags: Mapping[str, str], opts: pulumi.ResourceOptions
) -> tuple[iam.Role, list[pulumi.Resource]]:
    moved = pulumi.ResourceOptions(parent=opts.parent, replacement_trigger=["eks-managed"])
    role = iam.Role(f"{name}-role", assume_role_policy=json.dumps(TRUST), tags=tags, opts=moved)
    attachments: list[pulumi.Resource] = [
        iam.RolePolicyAttachment(
            f"{name}-role-{suffix}",
            role=role.name,
            policy_arn=f"arn:aws:iam::aws:policy/{policy}",
            opts=opts,
        )
        for suffix, policy in POLICIES.items()
    ]
    return role, attachments
