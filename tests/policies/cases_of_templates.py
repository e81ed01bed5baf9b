"""Interfaces, security groups, machines, tags, pins."""

from typing import Any

from tests.policies.asking import UNKNOWN, Given
from tests.policies.case import Cases
from tests.policies.resources import (
    BUCKET,
    GROUP,
    INTERFACES,
    NODES,
    PLUGIN,
    POD,
    PURCHASE,
    RESERVATION,
    RULES,
    SCALING,
    SECURITY,
    SELF_IN,
    SELF_OUT,
    TEMPLATE,
    VOLUME,
    WAY_OUT,
    interface,
    linked,
)

NO_TYPE = TEMPLATE.but({"instanceType": None})
ONE_TYPE = NODES.but({"instanceTypes": ["p4d.24xlarge"]})
PLAIN = TEMPLATE.but({"networkInterfaces": None})


def mixed(type: str) -> Given:
    """An Auto Scaling group over several types."""
    used = {"launchTemplateId": UNKNOWN, "version": "3"}
    policy = {"launchTemplate": {"launchTemplateSpecification": used, "overrides": [{"instanceType": type}]}}
    made = SCALING.but({"launchTemplate": None, "mixedInstancesPolicy": policy})
    return Given(made.type, made.name, made.props, {"mixedInstancesPolicy": ["lt"]})


LAYOUT = (
    Cases("efa-layout")
    .good(TEMPLATE)
    .good(NO_TYPE, why="type of the group")
    .good(TEMPLATE.but({"instanceType": "p9.48xlarge"}), why="unknown type")
    .bad(
        TEMPLATE.but({"networkInterfaces.4.networkCardIndex": 4}),
        said=["networkInterfaces[4].networkCardIndex: 4: expected", "0 to 3", "efa-pools layout"],
    )
    .bad(
        TEMPLATE.but({"networkInterfaces.1.deviceIndex": 0}),
        said=["networkInterfaces[1]: network card 0, device 0: already taken"],
        why="taken",
    )
    .bad(
        TEMPLATE.but({"instanceType": "p6-b300.48xlarge"}),
        said=["networkInterfaces[1].interfaceType: 'efa-only': expected interface"],
        why="card without EFA",
    )
    .bad(
        TEMPLATE.but({"networkInterfaces.0.interfaceType": "efa-only", "networkInterfaces.1": None}),
        said=["networkInterfaces[0].interfaceType: 'efa-only'", "no address"],
        why="primary",
    )
    .bad(
        NO_TYPE.but({"networkInterfaces": [*INTERFACES, interface(1, 1, "efa")]}),
        said=["networkInterfaces[5].interfaceType", "at most one EFA on a card"],
        why="on no type",
    )
    .none(TEMPLATE.but({"networkInterfaces": UNKNOWN}), why="unknown list")
    .none(BUCKET)
    .unsure(TEMPLATE.but({"networkInterfaces.4.networkCardIndex": UNKNOWN}))
    .unsure(TEMPLATE.but({"networkInterfaces.0": UNKNOWN}), why="perhaps the primary")
)
OF_GROUPS = (
    Cases("efa-layout-of-groups")
    .good(NO_TYPE, ONE_TYPE)
    .good(TEMPLATE, NODES.but({"instanceTypes": ["p5.48xlarge"]}), why="the template has one")
    .bad(
        NO_TYPE,
        NODES.but({"instanceTypes": ["p4d.24xlarge", "g6e.24xlarge"]}),
        said=["g6e.24xlarge with template lt", "networkInterfaces[3]", "0 to 1", "(and 1 more)"],
        at="nodes",
        why="two cards",
    )
    .bad(NO_TYPE, mixed("hpc7a.96xlarge"), said=["hpc7a.96xlarge", "0 to 1"], why="mixed")
    .none(NO_TYPE)
    .unsure(NO_TYPE, NODES.but({"instanceTypes": UNKNOWN}))
)
KNOWN = (
    Cases("efa-type-known")
    .good(TEMPLATE)
    .bad(TEMPLATE.but({"instanceType": "p4d.24xl"}), said=["'p4d.24xl'", "such as p4d.24xlarge"])
    .none(TEMPLATE.but({"networkInterfaces": [INTERFACES[0]]}), why="no EFA")
    .none(BUCKET)
    .unsure(TEMPLATE.but({"instanceType": UNKNOWN}))
)
ADDRESS = (
    Cases("no-public-address")
    .good(TEMPLATE)
    .good(TEMPLATE.but({"networkInterfaces.0.associatePublicIpAddress": "false"}), why="false")
    .bad(
        TEMPLATE.but({"networkInterfaces.0.associatePublicIpAddress": "true"}),
        said=["networkInterfaces[0].associatePublicIpAddress: true", "5 interfaces"],
    )
    .none(TEMPLATE.but({"networkInterfaces": [{"associatePublicIpAddress": "true"}]}), why="single")
    .none(BUCKET)
    .unsure(TEMPLATE.but({"networkInterfaces.0.associatePublicIpAddress": UNKNOWN}))
)

INLINE = {
    "ingress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}],
    "egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True, "cidrBlocks": ["0.0.0.0/0"]}],
}
KNOWN_ID = SECURITY.but({"id": "sg-1"})


def classic(type: str, **props: Any) -> Given:
    """aws.ec2.SecurityGroupRule."""
    token = "aws:ec2/securityGroupRule:SecurityGroupRule"
    stated = {"type": type, "protocol": "-1", "fromPort": 0, "toPort": 0, "securityGroupId": UNKNOWN, **props}
    return Given(token, f"{type}-rule", stated, {"securityGroupId": ["sg"]})


def with_id(*ids: str) -> Given:
    """The template once ids are known."""
    entries = [{**one, "securityGroups": [*ids]} for one in INTERFACES]
    made = TEMPLATE.but({"networkInterfaces": entries})
    return Given(made.type, made.name, made.props)


OTHER = Given(SECURITY.type, "other", SECURITY.props)
TWO_GROUPS = Given(
    TEMPLATE.type,
    "lt",
    {**TEMPLATE.props, "networkInterfaces": [{**one, "securityGroups": [UNKNOWN] * 2} for one in INTERFACES]},
    {"networkInterfaces": ["sg", "other"]},
)
ITSELF = (
    Cases("efa-group-names-itself")
    .good(TEMPLATE, SECURITY, *RULES)
    .good(TEMPLATE, SECURITY.but(INLINE), why="inline")
    .good(TEMPLATE, SECURITY, classic("ingress", self=True), classic("egress", self=True), why="classic")
    .good(TWO_GROUPS, SECURITY, OTHER, SELF_IN, SELF_OUT, why="one of two")
    .good(with_id("sg-0fffffffffffffff0"), SECURITY, why="somebody else's")
    .good(with_id("sg-1", "sg-0fffffffffffffff0"), KNOWN_ID, why="beside somebody else's")
    .good(linked(TWO_GROUPS, networkInterfaces=["sg"]), SECURITY, why="one of two is made elsewhere")
    .good(PLAIN, SECURITY, why="no EFA")
    .bad(TEMPLATE, SELF_IN, WAY_OUT, SECURITY, said=["egress: expected protocol -1", "template lt"])
    .bad(TEMPLATE, SELF_OUT, SECURITY, said=["ingress: expected"], why="no way in")
    .bad(TEMPLATE, SECURITY, said=["ingress and egress"], why="nothing")
    .bad(
        TEMPLATE,
        SELF_OUT,
        SELF_IN.but({"ipProtocol": "tcp", "fromPort": 0, "toPort": 65535}),
        SECURITY,
        said=["ingress: expected"],
        why="TCP only",
    )
    .bad(
        TEMPLATE,
        classic("ingress", cidrBlocks=["0.0.0.0/0"]),
        classic("egress", self=True),
        SECURITY,
        said=["ingress: expected"],
        why="any address is not the group",
    )
    .bad(with_id("sg-1"), SELF_IN, KNOWN_ID, said=["egress: expected"], why="ids known")
    .none(SECURITY, SELF_IN)
    .unsure(TEMPLATE.but({"networkInterfaces": UNKNOWN}), SECURITY, why="interfaces")
    .unsure(
        TEMPLATE,
        Given(SECURITY.type, "sg", SECURITY.props, {"ingress": ["x"], "egress": ["x"]}),
        Given("aws:ec2/prefixListReference:X", "x", {}),
        why="rules made of others",
    )
)
OUT = (
    Cases("efa-nodes-reach-out")
    .good(TEMPLATE, SECURITY, *RULES)
    .good(TEMPLATE, SECURITY, classic("egress", cidrBlocks=["10.0.0.0/8"]), why="classic")
    .good(TEMPLATE, SECURITY.but(INLINE), why="one inline rule for both")
    .bad(
        TEMPLATE,
        SECURITY.but(INLINE).but({"egress.0.cidrBlocks": []}),
        said=["egress: expected"],
        why="inline for itself",
    )
    .bad(TEMPLATE, SELF_IN, SELF_OUT, SECURITY, said=["egress: expected", "never join"])
    .none(SECURITY)
    .unsure(TEMPLATE.but({"networkInterfaces": UNKNOWN}), SECURITY)
)
TOKENS = (
    Cases("imdsv2")
    .good(TEMPLATE)
    .good(TEMPLATE.but({"metadataOptions": {"httpEndpoint": "disabled"}}), why="no service")
    .bad(TEMPLATE.but({"metadataOptions.httpTokens": "optional"}), said=["'optional': expected required"])
    .bad(TEMPLATE.but({"metadataOptions": None}), said=["httpTokens: None"], why="not stated")
    .none(BUCKET)
    .unsure(TEMPLATE.but({"metadataOptions": UNKNOWN}))
)
ENCRYPTED = (
    Cases("encrypted-volumes")
    .good(TEMPLATE)
    .good(VOLUME)
    .good(TEMPLATE.but({"blockDeviceMappings.0.ebs": None}), why="no EBS")
    .bad(
        TEMPLATE.but({"blockDeviceMappings.0.ebs.encrypted": "false"}),
        said=["blockDeviceMappings[0].ebs.encrypted: 'false'"],
    )
    .bad(TEMPLATE.but({"blockDeviceMappings.0.ebs.encrypted": None}), said=["None"], why="not stated")
    .bad(VOLUME.but({"encrypted": False}), said=["encrypted: False"], why="volume")
    .none(BUCKET)
    .unsure(TEMPLATE.but({"blockDeviceMappings.0.ebs.encrypted": UNKNOWN}))
)
HALF_TAGGED = TEMPLATE.but({"tags": None, "tagSpecifications.0": None}).props
DEFAULTS = {"tags": {"owner": "x", "cost-center": "y"}}
REQUIRED = (
    Cases("required-tags")
    .good(TEMPLATE)
    .good(NODES)
    .good(SCALING)
    .good(GROUP.but({"tags": {"team": "x"}}), config={"tags": ["team"]}, why="configured")
    .good(Given(GROUP.type, "pg", {}, default_tags=DEFAULTS), why="provider's")
    .good(
        Given(GROUP.type, "pg", {}, default_tags='{"tags":{"owner":"x","cost-center":"y"}}'),
        why="provider's as JSON",
    )
    .bad(GROUP.but({"tags.owner": None}), said=["tags: expected owner"])
    .bad(NODES.but({"tags": None}), said=["tags: expected owner and cost-center"], why="none at all")
    .bad(SECURITY.but({"tags": {"owner": ""}}), said=["owner and cost-center"], why="empty")
    .bad(
        TEMPLATE.but({"tagSpecifications.1.tags": None}),
        said=["tagSpecifications of volume: expected owner and cost-center"],
        why="launched",
    )
    .bad(SCALING.but({"tags.0": None}), said=["tags: expected owner"], why="Auto Scaling group")
    .bad(
        Given(TEMPLATE.type, "lt", HALF_TAGGED, default_tags=DEFAULTS),
        said=["tagSpecifications of instance"],
        why="defaults do not reach nodes",
    )
    .bad(RESERVATION.but({"tags": None}), said=["owner"], why="reservation")
    .bad(PURCHASE.but({"tags": None}), said=["owner"], why="block")
    .none(BUCKET)
    .unsure(GROUP.but({"tags": UNKNOWN}))
    .unsure(Given(GROUP.type, "pg", {}, default_tags=UNKNOWN), why="provider's")
    .unsure(GROUP.but({"tags.owner": UNKNOWN}), why="value")
)
VERSION = (
    Cases("template-version-is-pinned")
    .good(NODES)
    .good(SCALING)
    .good(mixed("p4d.24xlarge"), why="mixed")
    .bad(NODES.but({"launchTemplate.version": "$Latest"}), said=["launchTemplate.version: '$Latest'"])
    .bad(SCALING.but({"launchTemplate.version": None}), said=["launchTemplate.version: None"], why="default")
    .bad(
        mixed("p4d.24xlarge").but(
            {"mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.version": "$Default"}
        ),
        said=["launchTemplateSpecification.version: '$Default'"],
        why="mixed",
    )
    .bad(
        mixed("p4d.24xlarge").but(
            {
                "mixedInstancesPolicy.launchTemplate.overrides.0.launchTemplateSpecification": {
                    "launchTemplateId": UNKNOWN,
                    "version": "$Latest",
                }
            }
        ),
        said=["overrides[0].launchTemplateSpecification.version: '$Latest'"],
        why="override",
    )
    .none(BUCKET)
    .unsure(NODES.but({"launchTemplate": UNKNOWN}))
)
PARAMETER = "resolve:ssm:/aws/service/bottlerocket/aws-k8s-1.34-nvidia/x86_64/latest/image_id"
IMAGE = (
    Cases("node-image-is-pinned")
    .good(NODES)
    .good(TEMPLATE)
    .good(TEMPLATE.but({"imageId": "ami-0123456789abcdef0"}), why="id")
    .bad(NODES.but({"releaseVersion": None}), said=["releaseVersion: expected"])
    .bad(TEMPLATE.but({"imageId": PARAMETER}), said=["resolve:ssm:"], why="parameter")
    .bad(
        NODES.but({"releaseVersion": None, "amiType": None, "launchTemplate": None}),
        said=["releaseVersion"],
        why="EKS's own template",
    )
    .none(NODES.but({"releaseVersion": None, "amiType": None}), why="the template's")
    .none(BUCKET)
    .unsure(NODES.but({"releaseVersion": UNKNOWN}))
)
CHART = (
    Cases("chart-is-pinned")
    .good(PLUGIN)
    .good(PLUGIN.but({"version": "26.3.3-rc.1+build"}), why="pre-release")
    .bad(PLUGIN.but({"version": None}), said=["version: None"])
    .bad(PLUGIN.but({"version": "^0.5.0"}), said=["'^0.5.0': expected an exact version"], why="range")
    .bad(PLUGIN.but({"version": "0.5"}), said=["'0.5'"], why="two numbers")
    .none(PLUGIN.but({"chart": "./charts/efa", "version": None}), why="local")
    .none(PLUGIN.but({"chart": "https://example.com/efa-0.5.30.tgz", "version": None}), why="archive")
    .none(Given("kubernetes:helm.sh/v4:Chart", "component", {}), why="no inputs are shown")
    .none(BUCKET)
    .unsure(PLUGIN.but({"version": UNKNOWN}))
)
CONTAINER = "spec.template.spec.containers.0.image"
CONTAINERS = (
    Cases("container-image-is-pinned")
    .good(POD)
    .good(PLUGIN)
    .good(POD.but({CONTAINER: "nccl@sha256:" + "0" * 64}), why="digest")
    .bad(POD.but({CONTAINER: "example.com:5000/nccl"}), said=["'example.com:5000/nccl': expected"])
    .bad(POD.but({CONTAINER: "nccl:latest"}), said=["'nccl:latest'"], why="latest")
    .bad(PLUGIN.but({"values.image.tag": "latest"}), said=["tag: latest"], why="in a chart")
    .none(BUCKET)
    .unsure(POD.but({CONTAINER: UNKNOWN}))
)
CASES = [
    case
    for cases in (
        LAYOUT,
        OF_GROUPS,
        KNOWN,
        ADDRESS,
        ITSELF,
        OUT,
        TOKENS,
        ENCRYPTED,
        REQUIRED,
        VERSION,
        IMAGE,
        CHART,
        CONTAINERS,
    )
    for case in cases.all
]
