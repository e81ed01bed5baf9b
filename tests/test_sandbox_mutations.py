"""However wrong the inputs are, the core accepts or refuses them; it never breaks down."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox import account, core
from sandbox.core import UNKNOWN, Refused
from sandbox.core.resources import KINDS
from sandbox.core.values import settled

GROUP, TRUST = "sg-0c1a5e0d2b3f4a596", '{"Statement": [{"Principal": {"Service": "ec2.amazonaws.com"}}]}'
TEMPLATE, ROLE = "aws:ec2/launchTemplate:LaunchTemplate", "aws:iam/role:Role"
RULE = {
    "securityGroupId": GROUP,
    "referencedSecurityGroupId": GROUP,
    "ipProtocol": "tcp",
    "fromPort": 1,
    "toPort": 2,
}
VALID: dict[str, dict[str, Any]] = {
    TEMPLATE: {
        "instanceType": "p5.48xlarge",
        "networkInterfaces": [
            {
                "networkCardIndex": 0,
                "deviceIndex": 0,
                "interfaceType": "interface",
                "securityGroups": [GROUP],
            },
            {
                "networkCardIndex": 1,
                "deviceIndex": 0,
                "interfaceType": "efa-only",
                "deleteOnTermination": "true",
            },
        ],
        "placement": {"groupName": "p5-train"},
        "instanceMarketOptions": {"marketType": "capacity-block"},
        "capacityReservationSpecification": {
            "capacityReservationTarget": {"capacityReservationId": "cr-0e5f60718293a4b5c"}
        },
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 10, "encrypted": "true"}}],
        "tagSpecifications": [{"resourceType": "volume", "tags": {"a": "b"}}],
        "userData": "aGk=",
        "tags": {"a": "b"},
    },
    "aws:ec2/placementGroup:PlacementGroup": {
        "strategy": "partition",
        "partitionCount": 2,
        "tags": {"a": "b"},
    },
    "aws:ec2/securityGroup:SecurityGroup": {"vpcId": "vpc-0e7a1c2b3d4f50617", "description": "d"},
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": RULE,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": RULE,
    ROLE: {
        "assumeRolePolicy": TRUST,
        "inlinePolicies": [{"name": "x", "policy": "{}"}],
        "managedPolicyArns": ["arn:aws:iam::aws:policy/X"],
    },
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
        "role": "r",
        "policyArn": "arn:aws:iam::aws:policy/X",
    },
    "aws:eks/nodeGroup:NodeGroup": {
        "clusterName": "efa-dev",
        "nodeRoleArn": "arn:aws:iam::123456789012:role/r",
        "subnetIds": ["subnet-0b2c3d4e5f6071829"],
        "scalingConfig": {"minSize": 2, "desiredSize": 2, "maxSize": 2},
        "launchTemplate": {"name": "template", "version": "1"},
        "capacityType": "CAPACITY_BLOCK",
        "amiType": "AL2023_x86_64_NVIDIA",
        "labels": {"a": "b"},
        "taints": [{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}],
        "updateConfig": {"maxUnavailable": 1},
    },
    "kubernetes:helm.sh/v3:Release": {
        "chart": "c",
        "namespace": "kube-system",
        "values": {"a": 1},
        "repositoryOpts": {"repo": "https://example.invalid"},
        "version": "1",
    },
}
ODD = [
    UNKNOWN,
    None,
    0,
    -1,
    33,
    4.5,
    True,
    "",
    "x",
    "true",
    [],
    {},
    [UNKNOWN],
    {"a": UNKNOWN},
    ["a", 1],
    [{}],
    {"x": {}},
]


def changed(value: Any, dice: random.Random) -> Any:
    """`value` with odd values, missing and additional keys here and there."""
    if dice.random() < 0.12:
        return dice.choice(ODD)
    if isinstance(value, list):
        return [changed(item, dice) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: changed(item, dice) for key, item in value.items() if dice.random() > 0.03}
    return {**made, "bogus": dice.choice(ODD)} if dice.random() < 0.05 else made


def prepared() -> core.MemoryStore:
    store = account.load(at=datetime(2026, 1, 15, tzinfo=UTC))
    core.create(store, ROLE, "r", {"name": "r", "assumeRolePolicy": TRUST}, False)
    core.create(store, TEMPLATE, "t", {**VALID[TEMPLATE], "name": "template", "userData": None}, False)
    return store


def test_every_type_has_valid_inputs_here() -> None:
    assert VALID.keys() == KINDS.keys()
    for type, inputs in VALID.items():
        core.create(prepared(), type, "n", inputs, False)


@pytest.mark.parametrize("type", VALID)
def test_wrong_inputs_are_refused_and_nothing_worse(type: str) -> None:
    dice = random.Random(type)
    store, accepted, refused = prepared(), 0, 0
    for i in range(300):
        inputs = {key: changed(value, dice) for key, value in VALID[type].items()}
        try:
            core.create(store, type, f"n{i}", inputs, preview=i % 2 == 0 or not settled(inputs))
            accepted += 1
        except Refused:
            refused += 1
    assert refused > 0
