"""However wrong the inputs are, the core accepts or refuses them; it never breaks down."""

import base64
import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox import account, core
from sandbox.core import UNKNOWN, Refused
from sandbox.core.references import CRD_PATCH
from sandbox.core.resources import KINDS
from sandbox.core.values import settled
from tests.gardener_shoots import p5_worker
from tests.operator_file import documents

GROUP, TRUST = "sg-0c1a5e0d2b3f4a596", '{"Statement": [{"Principal": {"Service": "ec2.amazonaws.com"}}]}'
NODES_GROUP = "sg-0a7b8c9d0e1f2a3b4"
TEMPLATE, ROLE = "aws:ec2/launchTemplate:LaunchTemplate", "aws:iam/role:Role"
OPERATOR = documents()
VPC = "vpc-0e7a1c2b3d4f50617"
SUBNETS = ["subnet-0a1b2c3d4e5f60718", "subnet-0b2c3d4e5f6071829"]
RULE = {
    "securityGroupId": GROUP,
    "referencedSecurityGroupId": GROUP,
    "ipProtocol": "tcp",
    "fromPort": 1,
    "toPort": 2,
}
_REPLICA: dict[str, Any] = {
    "replicas": 1,
    "restartPolicy": "Never",
    "template": {
        "spec": {
            "nodeSelector": {"a": "b"},
            "tolerations": [{"key": "a", "operator": "Exists"}],
            "containers": [
                {
                    "name": "c",
                    "image": "i:1",
                    "resources": {
                        "limits": {"nvidia.com/gpu": 8, "hugepages-2Mi": "5120Mi"},
                        "requests": {"memory": "1Gi"},
                    },
                }
            ],
        }
    },
}
VALID: dict[str, dict[str, Any]] = {
    TEMPLATE: {
        "instanceType": "p5.48xlarge",
        "networkInterfaces": [
            {
                "networkCardIndex": 0,
                "deviceIndex": 0,
                "interfaceType": "interface",
                "securityGroups": [GROUP, NODES_GROUP],
            },
            {
                "networkCardIndex": 1,
                "deviceIndex": 0,
                "interfaceType": "efa-only",
                "deleteOnTermination": "true",
                "securityGroups": [NODES_GROUP],
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
    "kubernetes:core.gardener.cloud/v1beta1:ShootPatch": {
        "apiVersion": "core.gardener.cloud/v1beta1",
        "kind": "Shoot",
        "metadata": {"name": "training", "namespace": "garden-ml"},
        "spec": {"provider": {"workers": [{**p5_worker(), "zones": ["us-east-2b"]}]}},
    },
    "aws:ec2/placementGroup:PlacementGroup": {
        "strategy": "partition",
        "partitionCount": 2,
        "tags": {"a": "b"},
    },
    "aws:ec2/securityGroup:SecurityGroup": {"vpcId": VPC, "description": "d"},
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
        "nodeRoleArn": "arn:aws:iam::123456789012:role/efa-nodes",
        "subnetIds": ["subnet-0b2c3d4e5f6071829"],
        "scalingConfig": {"minSize": 2, "desiredSize": 2, "maxSize": 2},
        "launchTemplate": {"name": "template", "version": "1"},
        "capacityType": "CAPACITY_BLOCK",
        "amiType": "AL2023_x86_64_NVIDIA",
        "labels": {"a": "b"},
        "taints": [{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}],
        "updateConfig": {"maxUnavailable": 1},
    },
    "aws:ec2/vpc:Vpc": {"cidrBlock": "10.1.0.0/16", "enableDnsHostnames": True, "tags": {"a": "b"}},
    "aws:ec2/subnet:Subnet": {
        "vpcId": VPC,
        "cidrBlock": "10.40.200.0/24",
        "availabilityZone": "us-east-2a",
        "mapPublicIpOnLaunch": False,
    },
    "aws:ec2/internetGateway:InternetGateway": {"vpcId": VPC},
    "aws:ec2/eip:Eip": {"domain": "vpc"},
    "aws:ec2/natGateway:NatGateway": {"connectivityType": "private", "subnetId": SUBNETS[0]},
    "aws:ec2/routeTable:RouteTable": {
        "vpcId": VPC,
        "routes": [{"cidrBlock": "0.0.0.0/0", "natGatewayId": UNKNOWN}],
    },
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {
        "routeTableId": UNKNOWN,
        "subnetId": SUBNETS[0],
    },
    "aws:eks/cluster:Cluster": {
        "roleArn": "arn:aws:iam::123456789012:role/c",
        "version": "1.34",
        "vpcConfig": {"subnetIds": SUBNETS, "endpointPrivateAccess": True, "securityGroupIds": [GROUP]},
        "accessConfig": {"authenticationMode": "API"},
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16"},
    },
    "kubernetes:core/v1:ConfigMap": {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "scripts", "namespace": "default", "labels": {"a": "b"}},
        "data": {"a": "b"},
        "immutable": True,
    },
    "kubernetes:core/v1:Namespace": OPERATOR["Namespace mpi-operator"],
    "kubernetes:core/v1:ServiceAccount": {
        **OPERATOR["ServiceAccount mpi-operator"],
        "metadata": {"name": "mpi-operator"},
    },
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole": OPERATOR["ClusterRole mpi-operator"],
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": OPERATOR["ClusterRoleBinding mpi-operator"],
    "kubernetes:apps/v1:Deployment": {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d", "namespace": "default"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"serviceAccountName": "default", "containers": [{"name": "c", "image": "i:1"}]},
            },
        },
    },
    CRD_PATCH: OPERATOR["CustomResourceDefinition mpijobs.kubeflow.org"],
    "kubernetes:kubeflow.org/v2beta1:MPIJob": {
        "apiVersion": "kubeflow.org/v2beta1",
        "kind": "MPIJob",
        "metadata": {"name": "test", "namespace": "default", "annotations": {"pulumi.com/waitFor": "x"}},
        "spec": {
            "runPolicy": {"cleanPodPolicy": "Running"},
            "mpiReplicaSpecs": {"Launcher": _REPLICA, "Worker": {**_REPLICA, "replicas": 2}},
        },
    },
    "kubernetes:resource.k8s.io/v1:ResourceClaimTemplate": {
        "metadata": {"name": "t"},
        "spec": {"spec": {"devices": {"requests": [{"name": "r", "exactly": {"deviceClassName": "c"}}]}}},
    },
    "kubernetes:helm.sh/v3:Release": {
        "chart": "c",
        "namespace": "kube-system",
        "values": {"a": 1},
        "repositoryOpts": {"repo": "https://example.invalid"},
        "version": "1",
    },
}
VALID |= {
    "aws:autoscaling/group:Group": {
        "minSize": 0,
        "desiredCapacity": 2,
        "maxSize": 4,
        "vpcZoneIdentifiers": ["subnet-0b2c3d4e5f6071829"],
        "launchTemplate": {"name": "self-managed", "version": "1"},
        "healthCheckType": "EC2",
        "protectFromScaleIn": True,
        "capacityRebalance": False,
        "instanceMaintenancePolicy": {"minHealthyPercentage": 50, "maxHealthyPercentage": 100},
        "instanceRefresh": {
            "strategy": "Rolling",
            "preferences": {"minHealthyPercentage": 50, "maxHealthyPercentage": 100, "instanceWarmup": "60"},
        },
        "tags": [{"key": "kubernetes.io/cluster/efa-dev", "value": "owned", "propagateAtLaunch": True}],
    },
    "aws:autoscaling/schedule:Schedule": {
        "autoscalingGroupName": "group",
        "scheduledActionName": "start",
        "startTime": "2026-02-01T11:30:00Z",
        "minSize": 0,
        "desiredCapacity": 2,
        "maxSize": 4,
        "timeZone": "Etc/UTC",
    },
    "aws:autoscaling/lifecycleHook:LifecycleHook": {
        "autoscalingGroupName": "group",
        "lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        "heartbeatTimeout": 600,
        "defaultResult": "CONTINUE",
    },
    "aws:ec2/capacityReservation:CapacityReservation": {
        "instanceType": "g6e.48xlarge",
        "instancePlatform": "Linux/UNIX",
        "instanceCount": 2,
        "availabilityZone": "us-east-2b",
        "instanceMatchCriteria": "targeted",
        "endDate": "2026-03-01T00:00:00Z",
        "endDateType": "limited",
        "tags": {"a": "b"},
    },
    "aws:ec2/capacityBlockReservation:CapacityBlockReservation": {
        "capacityBlockOfferingId": "cb-0a1b2c3d4e5f60718",
        "instancePlatform": "Linux/UNIX",
        "tags": {"a": "b"},
    },
    "aws:autoscaling/tag:Tag": {
        "autoscalingGroupName": "group",
        "tag": {"key": "a", "value": "b", "propagateAtLaunch": False},
    },
    "aws:eks/accessEntry:AccessEntry": {
        "clusterName": "efa-dev",
        "principalArn": "arn:aws:iam::123456789012:role/r",
        "type": "EC2_LINUX",
        "tags": {"a": "b"},
    },
    "aws:iam/instanceProfile:InstanceProfile": {"role": "r", "path": "/efa/", "tags": {"a": "b"}},
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
    trusted = TRUST.replace("ec2.", "eks.")
    core.create(store, ROLE, "c", {"name": "c", "assumeRolePolicy": trusted}, False)
    core.create(store, TEMPLATE, "t", {**VALID[TEMPLATE], "name": "template", "userData": None}, False)
    own = {"name": "self-managed", "iamInstanceProfile": {"name": "efa-self-managed"}, "imageId": "ami-1"}
    core.create(store, TEMPLATE, "s", {**VALID[TEMPLATE], **own, "userData": told_to(store)}, False)
    group = {**VALID["aws:autoscaling/group:Group"], "name": "group", "desiredCapacity": 0}
    core.create(store, "aws:autoscaling/group:Group", "g", group, False)
    return store


def told_to(store: core.MemoryStore) -> str:
    """User data that tells a node its cluster."""
    found = store.get("aws:eks/cluster:Cluster", "efa-dev")
    assert found is not None
    told = {
        "name": "efa-dev",
        "apiServerEndpoint": found["outputs"]["endpoint"],
        "certificateAuthority": found["outputs"]["certificateAuthority"]["data"],
        "cidr": found["outputs"]["serviceCidr"],
    }
    text = json.dumps({"kind": "NodeConfig", "spec": {"cluster": told}})
    return base64.b64encode(text.encode()).decode()


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
