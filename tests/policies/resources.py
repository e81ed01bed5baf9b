"""A stack of hand-written resources in order, in the form of a preview: ids are not known yet."""

from typing import Any

from tests.policies.asking import UNKNOWN, Given

TAGS = {"owner": "ml-platform", "cost-center": "training"}
BLOCK_ID = "cr-0e5f60718293a4b5c"
RESOURCE_GROUP = "arn:aws:resource-groups:us-east-2:123456789012:group/blocks"


def interface(card: int, device: int, type: str) -> dict[str, Any]:
    return {
        "networkCardIndex": card,
        "deviceIndex": device,
        "interfaceType": type,
        "deleteOnTermination": "true",
        "securityGroups": [UNKNOWN],
    }


# The layout of a p4d.24xlarge: EC2 User Guide, "Maximize network bandwidth with EFA".
INTERFACES = [
    interface(0, 0, "interface"),
    interface(0, 1, "efa-only"),
    *(interface(card, 0, "efa-only") for card in (1, 2, 3)),
]
TEMPLATE = Given(
    "aws:ec2/launchTemplate:LaunchTemplate",
    "lt",
    {
        "instanceType": "p4d.24xlarge",
        "networkInterfaces": INTERFACES,
        "blockDeviceMappings": [
            {"deviceName": "/dev/xvda", "ebs": {"volumeSize": 100, "encrypted": "true"}},
        ],
        "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required"},
        "placement": {"groupName": UNKNOWN},
        "tagSpecifications": [
            {"resourceType": "instance", "tags": TAGS},
            {"resourceType": "volume", "tags": TAGS},
        ],
        "tags": TAGS,
    },
    {"networkInterfaces": ["sg"], "placement": ["pg"]},
)
NODES = Given(
    "aws:eks/nodeGroup:NodeGroup",
    "nodes",
    {
        "clusterName": "efa-dev",
        "capacityType": "ON_DEMAND",
        "amiType": "AL2023_x86_64_NVIDIA",
        "releaseVersion": "1.34.2-20261105",
        "scalingConfig": {"minSize": 2, "maxSize": 2, "desiredSize": 2},
        "subnetIds": [UNKNOWN],
        "launchTemplate": {"id": UNKNOWN, "version": UNKNOWN},
        "tags": TAGS,
    },
    {"launchTemplate": ["lt"], "subnetIds": ["subnet-a"]},
)
SCALING = Given(
    "aws:autoscaling/group:Group",
    "asg",
    {
        "minSize": 2,
        "maxSize": 2,
        "vpcZoneIdentifiers": [UNKNOWN],
        "launchTemplate": {"id": UNKNOWN, "version": "3"},
        "tags": [{"key": key, "value": value, "propagateAtLaunch": True} for key, value in TAGS.items()],
    },
    {"launchTemplate": ["lt"], "vpcZoneIdentifiers": ["subnet-a"]},
)
GROUP = Given(
    "aws:ec2/placementGroup:PlacementGroup",
    "pg",
    {"name": "train-4f1c", "strategy": "cluster", "tags": TAGS},
)
SECURITY = Given(
    "aws:ec2/securityGroup:SecurityGroup",
    "sg",
    # Not stated, so the provider reads the rules after creation.
    {"description": "nodes", "vpcId": "vpc-1", "ingress": UNKNOWN, "egress": UNKNOWN, "tags": TAGS},
)
SUBNET_A, SUBNET_B = (
    Given("aws:ec2/subnet:Subnet", f"subnet-{zone}", {"availabilityZone": f"us-east-2{zone}"})
    for zone in "ab"
)


def own_rule(direction: str, **props: Any) -> Given:
    """A rule of the group, to itself unless stated otherwise."""
    refers = {"securityGroupId": ["sg"]}
    stated = {"securityGroupId": UNKNOWN, "ipProtocol": "-1", **props}
    if not props:
        stated["referencedSecurityGroupId"] = UNKNOWN
        refers["referencedSecurityGroupId"] = ["sg"]
    type = f"aws:vpc/securityGroup{direction}Rule:SecurityGroup{direction}Rule"
    return Given(type, f"{direction}-{len(props)}".lower(), stated, refers)


SELF_IN, SELF_OUT = own_rule("Ingress"), own_rule("Egress")
WAY_OUT = own_rule("Egress", cidrIpv4="0.0.0.0/0")
RULES = (SELF_IN, SELF_OUT, WAY_OUT)
PLUGIN = Given(
    "kubernetes:helm.sh/v3:Release",
    "efa",
    {
        "chart": "aws-efa-k8s-device-plugin",
        "version": "v0.5.30",
        "repositoryOpts": {"repo": "https://aws.github.io/eks-charts"},
        "namespace": "kube-system",
        "values": {"image": {"tag": "v0.5.20"}},
    },
)
POD = Given(
    "kubernetes:batch/v1:Job",
    "job",
    {
        "spec": {
            "template": {
                "spec": {"containers": [{"name": "all-reduce", "image": "example.com:5000/nccl:2.29.2"}]}
            }
        }
    },
)
RESERVATION = Given(
    "aws:ec2/capacityReservation:CapacityReservation",
    "reserved",
    {
        "instanceType": "p4d.24xlarge",
        "instancePlatform": "Linux/UNIX",
        "availabilityZone": "us-east-2a",
        "instanceCount": 2,
        "tags": TAGS,
    },
    protect=True,
)
PURCHASE = Given(
    "aws:ec2/capacityBlockReservation:CapacityBlockReservation",
    "block",
    {"capacityBlockOfferingId": "cb-0123456789abcdef0", "instancePlatform": "Linux/UNIX", "tags": TAGS},
    protect=True,
)
VOLUME = Given("aws:ebs/volume:Volume", "scratch", {"availabilityZone": "us-east-2a", "encrypted": True})
BUCKET = Given("aws:s3/bucket:Bucket", "bucket", {"bucket": "data"})


def linked(given: Given, name: str | None = None, protect: bool | None = None, **refers: list[str]) -> Given:
    """The resource, made of these others."""
    kept = given.protect if protect is None else protect
    return Given(given.type, name or given.name, given.props, {**given.refers, **refers}, kept)


def targeted(*, market: str | None = None, group: bool = False, **target: str) -> Given:
    """The template with a target, in a placement group or in none."""
    changes: dict[str, Any] = {
        "capacityReservationSpecification": {"capacityReservationTarget": target} if target else {},
        "placement": {"groupName": UNKNOWN} if group else None,
    }
    if market:
        changes["instanceMarketOptions"] = {"marketType": market}
    made = TEMPLATE.but(changes)
    refers = {"networkInterfaces": ["sg"], **({"placement": ["pg"]} if group else {})}
    return Given(made.type, made.name, made.props, refers)


STACK = (TEMPLATE, NODES, GROUP, SECURITY, SUBNET_A, *RULES, PLUGIN, POD, VOLUME)
"""A stack in order, which no rule finds fault with."""
