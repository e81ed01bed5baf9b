"""Resources as people write them without a component, with one mistake each."""

from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

TAGS = {"owner": "research", "cost-center": "training"}
BLOCK = "cr-0e5f60718293a4b5c"
RESOURCES = "arn:aws:resource-groups:us-east-2:123456789012:group/blocks"
IMAGE = {"ami_type": "AL2023_x86_64_NVIDIA", "release_version": "1.34.2-20261105"}
kept = pulumi.ResourceOptions(protect=True)
cluster = kubernetes.Provider("cluster", kubeconfig="apiVersion: v1")
on_cluster = pulumi.ResourceOptions(provider=cluster)


def group(name: str, *, inward: bool = True, outward: bool = True) -> aws.ec2.SecurityGroup:
    made = aws.ec2.SecurityGroup(name, vpc_id="vpc-0e7a1c2b3d4f50617", tags=TAGS)
    itself: Any = {"security_group_id": made.id, "ip_protocol": "-1"}
    if inward:
        aws.vpc.SecurityGroupIngressRule(f"{name}-in", referenced_security_group_id=made.id, **itself)
    aws.vpc.SecurityGroupEgressRule(f"{name}-self", referenced_security_group_id=made.id, **itself)
    if outward:
        aws.vpc.SecurityGroupEgressRule(f"{name}-out", cidr_ipv4="0.0.0.0/0", **itself)
    return made


nodes_group = group("nodes-sg")


def interfaces(cards: int = 4, sg: aws.ec2.SecurityGroup = nodes_group) -> list[Any]:
    own = {"delete_on_termination": "true", "security_groups": [sg.id]}
    first = [{"interface_type": "interface", **own}, {"device_index": 1, "interface_type": "efa-only", **own}]
    rest = [
        {"network_card_index": n, "device_index": 0, "interface_type": "efa-only", **own}
        for n in range(1, cards)
    ]
    return [*first, *rest]


def template(name: str, **changes: Any) -> aws.ec2.LaunchTemplate:
    stated: dict[str, Any] = {
        "instance_type": "p4d.24xlarge",
        "network_interfaces": interfaces(),
        "metadata_options": {"http_tokens": "required"},
        "block_device_mappings": [{"device_name": "/dev/xvda", "ebs": {"encrypted": "true"}}],
        "tag_specifications": [{"resource_type": kind, "tags": TAGS} for kind in ("instance", "volume")],
        "tags": TAGS,
        **changes,
    }
    return aws.ec2.LaunchTemplate(name, **stated)


def nodes(name: str, of: aws.ec2.LaunchTemplate, most: int = 1, **changes: Any) -> aws.eks.NodeGroup:
    stated: dict[str, Any] = {
        "cluster_name": "efa-dev",
        "node_role_arn": "arn:aws:iam::123456789012:role/efa-nodes",
        "subnet_ids": ["subnet-0a1b2c3d4e5f60718"],
        "scaling_config": {"min_size": 0, "max_size": most, "desired_size": 0},
        "launch_template": {"id": of.id, "version": of.latest_version.apply(str)},
        "tags": TAGS,
        **IMAGE,
        **changes,
    }
    return aws.eks.NodeGroup(name, **stated)


def target(key: str, value: Any) -> dict[str, Any]:
    return {"capacity_reservation_target": {f"capacity_reservation_{key}": value}}


def reservation(name: str, opts: pulumi.ResourceOptions | None = kept) -> aws.ec2.CapacityReservation:
    return aws.ec2.CapacityReservation(
        name,
        instance_type="p4d.24xlarge",
        instance_platform="Linux/UNIX",
        availability_zone="us-east-2a",
        instance_count=2,
        tags=TAGS,
        opts=opts,
    )


def chart(name: str, chart: str = "gpu-operator", **changes: Any) -> None:
    repository = {"repo": "https://helm.ngc.nvidia.com/nvidia"}
    stated: dict[str, Any] = {"version": "v26.3.3", "repository_opts": repository, **changes}
    kubernetes.helm.v3.Release(name, chart=chart, opts=on_cluster, **stated)


block = {"instance_market_options": {"market_type": "capacity-block"}}
a_group = aws.ec2.PlacementGroup("a-group", strategy="cluster", tags=TAGS)
subnets = [
    aws.ec2.Subnet(f"subnet-{zone}", vpc_id="vpc-1", availability_zone=f"us-east-2{zone}") for zone in "ab"
]

template("five-cards", network_interfaces=interfaces(5))
nodes("two-cards", template("no-type", instance_type=None), instance_types=["g6e.24xlarge"])
template("no-such-type", instance_type="p4d.24xl")
public = interfaces()
public[0]["associate_public_ip_address"] = "true"
template("public", network_interfaces=public)
template("no-way-in", network_interfaces=interfaces(sg=group("deaf-sg", inward=False)))
template("no-way-out", network_interfaces=interfaces(sg=group("mute-sg", outward=False)))
in_group = template("in-group", placement={"group_name": a_group.name})
nodes("two-zones", in_group, subnet_ids=[one.id for one in subnets])
template(
    "starved",
    placement={"group_name": a_group.name},
    capacity_reservation_specification=target("id", BLOCK),
    **block,
)
template(
    "forbidden",
    placement={"group_name": "p5-train"},
    capacity_reservation_specification=target("resource_group_arn", RESOURCES),
    **block,
)
template(
    "untried",
    placement={"group_id": "pg-0d4e5f60718293a4b"},
    capacity_reservation_specification=target("id", BLOCK),
    **block,
)
template("nameless", **block)
plain = template("plain")
nodes("not-a-block", plain, capacity_type="CAPACITY_BLOCK")
small, shared = reservation("small"), reservation("shared")
nodes("too-many", template("in-small", capacity_reservation_specification=target("id", small.id)), 3)
in_block = template("in-block", capacity_reservation_specification=target("id", BLOCK), **block)
nodes("beyond-block", in_block, 9, capacity_type="CAPACITY_BLOCK")
for number in (1, 2):
    spec = target("id", shared.id)
    nodes(
        f"sharing-{number}", template(f"in-shared-{number}", capacity_reservation_specification=spec), number
    )
reservation("unasked")
reservation("loose", opts=None)
template("tokenless", metadata_options={"http_tokens": "optional"})
template("clear", block_device_mappings=[{"device_name": "/dev/xvda", "ebs": {"volume_size": 100}}])
aws.ec2.PlacementGroup("untagged", strategy="cluster", tags={"owner": "research"})
nodes("newest-template", plain, launch_template={"id": plain.id, "version": "$Latest"})
nodes("newest-image", plain, release_version=None)
chart("newest-chart", version=None)
chart("strange-chart", repository_opts={"repo": "https://charts.example.com"})
template("b200", instance_type="p6-b200.48xlarge", network_interfaces=interfaces(8))
chart(
    "old-plugin",
    "aws-efa-k8s-device-plugin",
    version="v0.5.9",
    repository_opts={"repo": "https://aws.github.io/eks-charts"},
)
pod: Any = {"containers": [{"name": "x", "image": "nccl-tests"}], "restart_policy": "Never"}
kubernetes.batch.v1.Job("moving-image", spec={"template": {"spec": pod}}, opts=on_cluster)
