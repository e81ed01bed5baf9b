"""What a cluster stands in, on the sandbox: VPC, subnets, ways out, the EKS cluster itself."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox import account, core
from sandbox.core import UNKNOWN, Refused
from sandbox.core.references import (
    CLUSTER,
    EIP,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    NODE_GROUP,
    ROLE,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    SECURITY_GROUP,
    SUBNET,
    VPC,
)

NOW = datetime(2026, 1, 15, tzinfo=UTC)
FOUND_VPC, FOUND_SUBNET = "vpc-0e7a1c2b3d4f50617", "subnet-0a1b2c3d4e5f60718"


def trust(service: str) -> str:
    return json.dumps({"Statement": [{"Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})


def make(store: core.Store, type: str, name: str, /, **inputs: Any) -> tuple[Any, dict[str, Any]]:
    return core.create(store, type, name, inputs, False)


def refused(store: core.Store, type: str, preview: bool = False, /, **inputs: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        core.create(store, type, "n", inputs, preview)
    return caught.value


@pytest.fixture
def store() -> core.MemoryStore:
    return account.load(at=NOW)


@pytest.fixture
def network(store: core.MemoryStore) -> dict[str, str]:
    """A VPC with a way out and two private subnets; ids by name."""
    vpc, _ = make(store, VPC, "v", cidrBlock="10.0.0.0/16")
    gateway, _ = make(store, INTERNET_GATEWAY, "g", vpcId=vpc)
    a, _ = make(store, SUBNET, "a", vpcId=vpc, cidrBlock="10.0.0.0/18", availabilityZone="us-east-2a")
    b, _ = make(store, SUBNET, "b", vpcId=vpc, cidrBlock="10.0.64.0/18", availabilityZone="us-east-2b")
    address, _ = make(store, EIP, "e", domain="vpc")
    make(store, ROLE, "c", name="c", assumeRolePolicy=trust("eks.amazonaws.com"))
    return {"vpc": vpc, "gateway": gateway, "a": a, "b": b, "address": address}


def cluster(network: dict[str, str], **changes: Any) -> dict[str, Any]:
    role = "arn:aws:iam::123456789012:role/c"
    return {"roleArn": role, "vpcConfig": {"subnetIds": [network["a"], network["b"]]}, **changes}


def test_a_cluster_tells_what_nodes_need(store: core.MemoryStore, network: dict[str, str]) -> None:
    name, made = make(store, CLUSTER, "gpu", **cluster(network, version="1.34"))
    assert name == made["name"] and name.startswith("gpu-") and made["version"] == "1.34"
    assert made["endpoint"].startswith("https://") and made["certificateAuthority"]["data"]
    assert made["vpcConfig"]["vpcId"] == network["vpc"]
    assert made["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"
    group = store.get(SECURITY_GROUP, made["vpcConfig"]["clusterSecurityGroupId"])
    assert group is not None and group["outputs"]["vpcId"] == network["vpc"]


def test_a_preview_leaves_open_what_stands_inside_an_input(
    store: core.MemoryStore, network: dict[str, str]
) -> None:
    _, made = core.create(store, CLUSTER, "gpu", cluster(network), True)
    assert made["vpcConfig"]["clusterSecurityGroupId"] is UNKNOWN and made["endpoint"] is UNKNOWN
    assert made["vpcConfig"]["subnetIds"] == [network["a"], network["b"]]


def test_an_update_keeps_what_creation_told(store: core.MemoryStore, network: dict[str, str]) -> None:
    inputs = cluster(network)
    name, made = make(store, CLUSTER, "gpu", **inputs)
    changed = core.update(store, CLUSTER, name, inputs, {**inputs, "name": name, "version": "1.35"}, False)
    assert changed["vpcConfig"] == made["vpcConfig"] and changed["version"] == "1.35"


def test_a_subnets_free_addresses_are_its_block_less_five(
    store: core.MemoryStore, network: dict[str, str]
) -> None:
    name, _ = make(store, CLUSTER, "gpu", **cluster(network))
    small, _ = make(
        store, SUBNET, "s", vpcId=network["vpc"], cidrBlock="10.0.128.0/28", availabilityZone="us-east-2a"
    )
    make(store, ROLE, "n", name="n", assumeRolePolicy=trust("ec2.amazonaws.com"))
    template, _ = make(store, "aws:ec2/launchTemplate:LaunchTemplate", "t", instanceType="m7i.large")
    size = {"minSize": 12, "desiredSize": 12, "maxSize": 12}
    inputs = {
        "clusterName": name,
        "nodeRoleArn": "arn:aws:iam::123456789012:role/n",
        "subnetIds": [small],
        "scalingConfig": size,
        "launchTemplate": {"id": template, "version": "1"},
    }
    assert "12 wanted, 11 free" in refused(store, NODE_GROUP, **inputs).message


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"cidrBlock": "10.0.0.0/8"}, "InvalidVpc.Range"),
        ({"cidrBlock": "10.0.0.1/16"}, "InvalidParameterValue"),
        ({}, "MissingParameter"),
        ({"cidrBlock": "10.0.0.0/16", "ipv6CidrBlock": "::/56"}, "ParamValidationError"),
    ],
)
def test_a_vpc_that_ec2_refuses(store: core.MemoryStore, inputs: dict[str, Any], code: str) -> None:
    assert refused(store, VPC, True, **inputs).code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cidrBlock": "10.1.0.0/24"}, "InvalidSubnet.Range"),
        ({"cidrBlock": "10.0.0.0/24"}, "InvalidSubnet.Conflict"),
        ({"availabilityZone": "us-west-2a"}, "InvalidParameterValue"),
        ({"vpcId": "vpc-0"}, "InvalidVpcID.NotFound"),
    ],
)
def test_a_subnet_that_ec2_refuses(
    store: core.MemoryStore, network: dict[str, str], changes: dict[str, Any], code: str
) -> None:
    good = {"vpcId": network["vpc"], "cidrBlock": "10.0.128.0/24", "availabilityZone": "us-east-2a"}
    assert refused(store, SUBNET, **{**good, **changes}).code == code
    make(store, SUBNET, "n", **good)


def test_a_public_nat_gateway_needs_an_address_and_an_internet_gateway(
    store: core.MemoryStore, network: dict[str, str]
) -> None:
    address = {"allocationId": network["address"]}
    assert refused(store, NAT_GATEWAY, subnetId=network["a"]).code == "InvalidParameterCombination"
    unattached = refused(store, NAT_GATEWAY, subnetId=FOUND_SUBNET, **address)
    assert unattached.code == "Gateway.NotAttached" and FOUND_VPC in unattached.message
    make(store, NAT_GATEWAY, "n", subnetId=network["a"], **address)
    assert refused(store, NAT_GATEWAY, subnetId=network["a"], **address).code == "Resource.AlreadyAssociated"


def test_one_internet_gateway_for_a_vpc(store: core.MemoryStore, network: dict[str, str]) -> None:
    assert refused(store, INTERNET_GATEWAY, vpcId=network["vpc"]).code == "Resource.AlreadyAssociated"


@pytest.mark.parametrize(
    ("routes", "code"),
    [
        ([{"cidrBlock": "0.0.0.0/0"}], "InvalidParameterCombination"),
        ([{"cidrBlock": "everywhere", "gatewayId": UNKNOWN}], "InvalidParameterValue"),
        ([{"cidrBlock": "0.0.0.0/0", "gatewayId": UNKNOWN}] * 2, "RouteAlreadyExists"),
        ([{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-0"}], "InvalidGatewayID.NotFound"),
        ([{"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-0"}], "InvalidNatGatewayID.NotFound"),
        ([{"cidrBlock": "0.0.0.0/0", "vpcEndpointId": "vpce-0"}], "ParamValidationError"),
    ],
)
def test_a_route_that_ec2_refuses(store: core.MemoryStore, routes: list[dict[str, Any]], code: str) -> None:
    assert refused(store, ROUTE_TABLE, True, vpcId=FOUND_VPC, routes=routes).code == code


def test_what_belongs_to_another_network(store: core.MemoryStore, network: dict[str, str]) -> None:
    route = {"cidrBlock": "0.0.0.0/0", "gatewayId": network["gateway"]}
    assert "different networks" in refused(store, ROUTE_TABLE, vpcId=FOUND_VPC, routes=[route]).message
    table, _ = make(store, ROUTE_TABLE, "t", vpcId=network["vpc"], routes=[route])
    joined = {"routeTableId": table, "subnetId": FOUND_SUBNET}
    assert "different networks" in refused(store, ROUTE_TABLE_ASSOCIATION, **joined).message
    make(store, ROUTE_TABLE_ASSOCIATION, "a", routeTableId=table, subnetId=network["a"])
    again = refused(store, ROUTE_TABLE_ASSOCIATION, routeTableId=table, subnetId=network["a"])
    assert again.code == "Resource.AlreadyAssociated"


def test_a_cluster_that_eks_refuses(store: core.MemoryStore, network: dict[str, str]) -> None:
    a, b = network["a"], network["b"]
    assert (
        "two different AZs"
        in refused(store, CLUSTER, **cluster(network, vpcConfig={"subnetIds": [a]})).message
    )
    elsewhere = {"subnetIds": [b, FOUND_SUBNET]}
    assert "the same VPC" in refused(store, CLUSTER, **cluster(network, vpcConfig=elsewhere)).message
    nobody = "arn:aws:iam::123456789012:role/nobody"
    assert "does not exist" in refused(store, CLUSTER, **cluster(network, roleArn=nobody)).message
    nodes = "arn:aws:iam::123456789012:role/nodes"
    make(store, ROLE, "nodes", name="nodes", assumeRolePolicy=trust("ec2.amazonaws.com"))
    assert "trusted entity" in refused(store, CLUSTER, **cluster(network, roleArn=nodes)).message
    assert refused(store, CLUSTER, **cluster(network, name="efa-dev")).code == "ResourceInUseException"
    shape = refused(store, CLUSTER, **cluster(network, accessConfig={"authenticationMode": "SECRET"}))
    assert "is not one of API" in shape.message
    assert "does not model" in refused(store, CLUSTER, **cluster(network, computeConfig={})).message


def test_unknown_values_are_passed_over(store: core.MemoryStore) -> None:
    for type, inputs in {
        SUBNET: {"vpcId": UNKNOWN, "cidrBlock": "10.0.0.0/24"},
        NAT_GATEWAY: {"subnetId": UNKNOWN, "allocationId": UNKNOWN},
        ROUTE_TABLE: {"vpcId": UNKNOWN, "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": UNKNOWN}]},
        ROUTE_TABLE_ASSOCIATION: {"routeTableId": UNKNOWN, "subnetId": UNKNOWN},
        CLUSTER: {"roleArn": UNKNOWN, "vpcConfig": {"subnetIds": [UNKNOWN, UNKNOWN]}},
    }.items():
        core.create(store, type, "n", inputs, True)


def test_what_still_stands_in_a_network_keeps_it(store: core.MemoryStore, network: dict[str, str]) -> None:
    nat, _ = make(store, NAT_GATEWAY, "n", subnetId=network["a"], allocationId=network["address"])
    name, made = make(store, CLUSTER, "gpu", **cluster(network))
    for type, id, words in (
        (VPC, network["vpc"], "has dependencies"),
        (SUBNET, network["a"], "has dependencies"),
        (INTERNET_GATEWAY, network["gateway"], "mapped public address"),
        (SECURITY_GROUP, made["vpcConfig"]["clusterSecurityGroupId"], "dependent object"),
    ):
        with pytest.raises(Refused, match=words):
            core.delete(store, type, id)
    order = [(CLUSTER, name), (NAT_GATEWAY, nat), (INTERNET_GATEWAY, network["gateway"])]
    for type, id in [*order, (SUBNET, network["a"]), (SUBNET, network["b"]), (VPC, network["vpc"])]:
        core.delete(store, type, id)
    assert store.get(SECURITY_GROUP, made["vpcConfig"]["clusterSecurityGroupId"]) is None
