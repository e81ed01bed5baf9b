"""Each check of the preflight: passed, failed or warned, and unknown, by answers that botocore validates.

The answers here are stubbed because moto lacks the calls (reservations, placement groups, quotas, add-ons),
or to have each outcome; `test_preflight_moto.py` asks moto's server what it can answer.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import efa_pools
import pytest
from efa_pools import catalogue
from efa_pools.images import AMI_TYPES
from efa_pools.preflight import nodes, quotas
from efa_pools.preflight.account import Account, Failed, NoAccount
from efa_pools.preflight.finding import Finding
from efa_pools.preflight.images import parameter
from efa_pools.preflight.offerings import hours_problem
from efa_pools.preflight.progress import shown
from efa_pools.preflight.report import table
from efa_pools.preflight.run import CHECKS, ask, run
from efa_pools.resources import pool_outputs

from tests.live.accounts import (
    GROUP,
    NOW,
    RESERVATION,
    SUBNET,
    VPC,
    Answer,
    Session,
    refusing,
    stubbed,
    subject,
)
from tests.test_layers import imports

BY_NAME = {check.name: check for check in CHECKS}
PG = "pg-0abcdef1234567890"
ARN = "arn:aws:resource-groups:us-east-2:123456789012:group/blocks"
AMI = "ami-0abcdef1234567890"


# -- answers


def offered(*zones: str) -> Answer:
    found = [
        {"InstanceType": "p5.48xlarge", "LocationType": "availability-zone", "Location": one} for one in zones
    ]
    return "ec2", "DescribeInstanceTypeOfferings", {"InstanceTypeOfferings": found}


def subnet(**changes: Any) -> Answer:
    plain = {
        "SubnetId": SUBNET,
        "AvailabilityZone": "us-east-2b",
        "VpcId": VPC,
        "AvailableIpAddressCount": 4000,
        "MapPublicIpOnLaunch": False,
    }
    return "ec2", "DescribeSubnets", {"Subnets": [plain | changes]}


def instances(*found: dict[str, Any]) -> Answer:
    return "ec2", "DescribeInstances", {"Reservations": [{"Instances": [one]} for one in found]}


def node(pool: str, stack: str = "efa-pools/prod", **more: Any) -> dict[str, Any]:
    tags = [{"Key": "efa-pools/pool", "Value": pool}, {"Key": "efa-pools/stack", "Value": stack}]
    return {"InstanceType": "p5.48xlarge", "Tags": tags, **more}


def reserved(*changes: dict[str, Any]) -> Answer:
    plain = {
        "CapacityReservationId": RESERVATION,
        "State": "active",
        "InstanceType": "p5.48xlarge",
        "AvailabilityZone": "us-east-2b",
        "InstancePlatform": "Linux/UNIX",
        "Tenancy": "default",
        "ReservationType": "capacity-block",
        "TotalInstanceCount": 4,
        "AvailableInstanceCount": 4,
        "StartDate": datetime(2026, 12, 1, 11, 30, tzinfo=UTC),
        "EndDate": datetime(2026, 12, 8, 11, 30, tzinfo=UTC),
    }
    found = [
        {key: value for key, value in {**plain, **one}.items() if value is not None}
        for one in changes or ({},)
    ]
    return "ec2", "DescribeCapacityReservations", {"CapacityReservations": found}


def quota(value: float) -> Answer:
    return "service-quotas", "GetServiceQuota", {"Quota": {"Value": value}}


def default_quota(value: float) -> Answer:
    return "service-quotas", "GetAWSDefaultServiceQuota", {"Quota": {"Value": value}}


def placed(**changes: Any) -> Answer:
    plain = {
        "GroupName": "p5",
        "GroupId": PG,
        "State": "available",
        "Strategy": "cluster",
        "GroupArn": "arn:p5",
    }
    return "ec2", "DescribePlacementGroups", {"PlacementGroups": [plain | changes]}


def guarded(inbound: Any, outbound: Any, vpc: str = VPC) -> Answer:
    one = {"GroupId": GROUP, "VpcId": vpc, "IpPermissions": inbound, "IpPermissionsEgress": outbound}
    return "ec2", "DescribeSecurityGroups", {"SecurityGroups": [one]}


def rule(group: str | None = GROUP, protocol: str = "-1") -> list[dict[str, Any]]:
    if group is None:
        return [{"IpProtocol": protocol, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    return [{"IpProtocol": protocol, "UserIdGroupPairs": [{"GroupId": group}]}]


def pictured(**changes: Any) -> Answer:
    plain = {"ImageId": AMI, "Name": "node", "State": "available", "Architecture": "x86_64"}
    return "ec2", "DescribeImages", {"Images": [plain | changes]}


def cluster(**changes: Any) -> Answer:
    network = {"vpcId": VPC, "clusterSecurityGroupId": "sg-0c1a5e0d2b3f4a596"}
    plain = {"status": "ACTIVE", "version": "1.34", "resourcesVpcConfig": network}
    return "eks", "DescribeCluster", {"cluster": plain | changes}


def addon(version: str) -> Answer:
    return "eks", "DescribeAddon", {"addon": {"addonVersion": version}}


def groups(*names: str) -> Answer:
    return "eks", "ListNodegroups", {"nodegroups": list(names)}


def offering(**changes: Any) -> Answer:
    plain = {
        "CapacityBlockOfferingId": "cb-0a1b",
        "InstanceType": "p5.48xlarge",
        "InstanceCount": 4,
        "AvailabilityZone": "us-east-2b",
        "StartDate": datetime(2026, 12, 1, 11, 30, tzinfo=UTC),
        "EndDate": datetime(2026, 12, 8, 11, 30, tzinfo=UTC),
        "CapacityBlockDurationHours": 168,
        "UpfrontFee": "20000.50",
        "CurrencyCode": "USD",
    }
    return "ec2", "DescribeCapacityBlockOfferings", {"CapacityBlockOfferings": [plain | changes]}


# -- pools

BLOCK = {"capacity": {"kind": "capacity-block", "reservationId": RESERVATION, "count": 4}}
STATED = {
    "capacity": {**BLOCK["capacity"], "start": "2026-12-01T11:30:00Z", "end": "2026-12-08T11:30:00Z"},
}
ODCR = {"capacity": {"kind": "reservation", "reservationId": RESERVATION}}
FROM = {**ODCR, "placement": {"mode": "from-reservation"}}
PLACED = {"placement": {"mode": "existing", "groupId": PG}}
BUY = {
    "capacity": {
        "kind": "capacity-block",
        "offeringId": "cb-0a1b",
        "start": "2026-12-01T11:30:00Z",
        "end": "2026-12-08T11:30:00Z",
        "maximumPrice": "20000.50",
        "currency": "USD",
    }
}
NO_RESERVATIONS: Answer = ("ec2", "DescribeCapacityReservations", {"CapacityReservations": []})
MADE = {"capacity": {"kind": "reservation", "count": 5}}
NEXT_DAY = datetime(2026, 12, 2, 11, 30, tzinfo=UTC)
GIVEN = {"securityGroupIds": [GROUP]}
BY_ID = {"image": {"family": "al2023", "amiId": AMI}}
OURS: dict[str, Any] = {
    "nodes": {"kind": "self-managed"},
    "cluster": {"endpoint": "https://x", "certificateAuthority": "Y2E=", "serviceCidr": "172.20.0.0/16"},
}
TOLD: dict[str, Any] = {
    "endpoint": "https://x",
    "certificateAuthority": {"data": "Y2E="},
    "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
    "accessConfig": {"authenticationMode": "API"},
}
IDLE = {"size": {"min": 0, "desired": 0, "max": 4}}
GONE = "InvalidCapacityReservationId.NotFound"
START, END = (datetime(2026, 12, day, 11, 30, tzinfo=UTC) for day in (6, 13))
LATER = {"StartDate": START, "EndDate": END}
ADDRESSES = 50  # of a p5.48xlarge with the CNI's defaults, by hand: one interface on card 0 filled

# Check, the pool, the answers in order, the verdict, and what must be said.
CASES: list[tuple[str, dict[str, Any], list[Answer], str, tuple[str, ...]]] = [
    ("type-offered", {}, [offered("us-east-2a", "us-east-2b")], "pass", ("us-east-2b",)),
    ("type-offered", {}, [offered("us-east-2a")], "fail", ("p5.48xlarge in us-east-2a", "us-east-2b")),
    ("type-offered", {}, [offered()], "fail", ("no zone of us-east-2",)),
    # Reservations.
    ("reservation-state", BLOCK, [reserved()], "pass", ("active",)),
    ("reservation-state", BLOCK, [reserved({"State": "scheduled"})], "fail", ("scheduled", "desired: 0")),
    ("reservation-state", BLOCK | IDLE, [reserved({"State": "scheduled"})], "warn", ("nothing to change",)),
    ("reservation-state", BLOCK, [reserved({"State": "expired"})], "fail", ("expired", "gone")),
    (
        "reservation-state",
        BLOCK,
        [("ec2", "DescribeCapacityReservations", GONE)],
        "fail",
        (RESERVATION, "us-east-2"),
    ),
    ("reservation-match", BLOCK, [reserved()], "pass", ("p5.48xlarge",)),
    ("reservation-match", BLOCK, [reserved({"InstanceType": "p5e.48xlarge"})], "fail", ("p5e.48xlarge",)),
    ("reservation-match", BLOCK, [reserved({"AvailabilityZone": "us-east-2a"})], "fail", ("us-east-2a",)),
    ("reservation-match", BLOCK, [reserved({"InstancePlatform": "Windows"})], "fail", ("Windows",)),
    ("reservation-match", ODCR, [reserved()], "fail", ("capacity-block", "default")),
    ("reservation-match", ODCR, [reserved({"ReservationType": "default"})], "pass", ()),
    ("reservation-count", BLOCK, [reserved(), instances()], "pass", ("4 reserved, 4 free",)),
    (
        "reservation-count",
        BLOCK,
        [reserved({"TotalInstanceCount": 3}), instances()],
        "fail",
        ("3 reserved", "size.max"),
    ),
    (
        "reservation-count",
        BLOCK,
        [reserved({"AvailableInstanceCount": 1}), instances(node("train"))],
        "pass",
        ("1 taken by this stack",),
    ),
    (
        "reservation-count",
        BLOCK,
        [reserved({"AvailableInstanceCount": 1}), instances(node("another"))],
        "fail",
        ("1 free, 0 taken by this stack", "others run in it"),
    ),
    ("reservation-count", BLOCK, [reserved({"TotalInstanceCount": 8}), instances()], "warn", ("count: 8",)),
    ("reservation-window", STATED, [reserved()], "pass", ("usable until 2026-12-08T11:00:00Z",)),
    ("reservation-window", BLOCK, [reserved()], "warn", ("capacity.end: '2026-12-08T11:30:00Z'",)),
    ("reservation-window", BLOCK, [reserved(LATER)], "fail", ("2026-12-06T11:30:00Z to", "desired: 0")),
    (
        "reservation-window",
        STATED | IDLE,
        [reserved(LATER)],
        "fail",
        ("as stated", "capacity.start: '2026-12-06T"),
    ),
    ("reservation-window", ODCR, [reserved({"StartDate": NOW, "EndDate": None})], "pass", ("to not stated",)),
    (
        "reservation-window",
        {**ODCR, "capacity__end": "2026-12-08T11:30:00Z"},
        [reserved({"StartDate": NOW, "EndDate": None})],
        "fail",
        ("state capacity.start: '2026-12-04T12:00:00Z', no capacity.end, for it has none",),
    ),
    (
        "reservation-open",
        {"capacity": {"kind": "open-reservation"}},
        [reserved(), instances()],
        "pass",
        ("4 free in 1",),
    ),
    (
        "reservation-open",
        {"capacity": {"kind": "open-reservation"}},
        [reserved({"AvailableInstanceCount": 1}), instances()],
        "warn",
        ("1 free", "2 more nodes"),
    ),
    (
        "reservation-left",
        MADE,
        [reserved({"CapacityReservationId": "cr-0left"})],
        "warn",
        ("reservationId: cr-0left",),
    ),
    ("reservation-left", BUY, [reserved()], "warn", (RESERVATION, "retained")),
    ("reservation-left", BUY, [NO_RESERVATIONS], "pass", ("none made for this pool",)),
    # The price of a block.
    ("block-price", BUY, [offering()], "pass", ("20000.50 USD", "us-east-2b")),
    ("block-price", BUY, [offering(UpfrontFee="20000.51")], "fail", ("20000.51", "raise maximumPrice")),
    (
        "block-price",
        BUY,
        [offering(AvailabilityZone="us-east-2a")],
        "fail",
        ("take an offering in us-east-2b",),
    ),
    (
        "block-price",
        BUY,
        [offering(StartDate=NEXT_DAY)],
        "fail",
        ("state capacity.start: '2026-12-02T11:30:00Z'",),
    ),
    (
        "block-price",
        BUY,
        [offering(EndDate=NEXT_DAY)],
        "fail",
        ("until 2026-12-02T11:30:00Z", "state capacity.end: '2026-12-02T11:30:00Z'"),
    ),
    ("block-price", BUY, [offering(CurrencyCode="EUR")], "fail", ("currency: EUR",)),
    (
        "block-price",
        BUY,
        [offering(CapacityBlockOfferingId="cb-2")],
        "fail",
        ("cb-0a1b is no longer offered",),
    ),
    (
        "block-price",
        {**BUY, "capacity__maximumPrice": None},
        [offering()],
        "warn",
        ("maximumPrice: '20000.50'",),
    ),
    ("block-price", {**BUY, "capacity__end": None}, [], "unknown", ("window is not stated",)),
    ("block-price", {**BUY, "capacity__maximumPrice": "much"}, [offering()], "unknown", ("as a number",)),
    # Quotas: a p5.48xlarge has 192 vCPUs.
    ("vcpu-quota", {}, [quota(768), instances()], "pass", ("768 vCPUs (L-417A185B", "384", "768")),
    (
        "vcpu-quota",
        MADE,
        [quota(1000), instances()],
        "pass",
        ("960 at the desired size",),
    ),
    ("vcpu-quota", {}, [quota(767), instances()], "warn", ("ask Service Quotas for 768",)),
    ("vcpu-quota", {}, [quota(383), instances()], "fail", ("383 vCPUs",)),
    ("vcpu-quota", {}, [quota(768), instances(node("train"))], "pass", ("0 of them used outside",)),
    (
        "vcpu-quota",
        {},
        [quota(768), instances(node("train", "else/prod"))],
        "warn",
        ("192 of them used outside",),
    ),
    (
        "vcpu-quota",
        {},
        [quota(575), instances(node("train", "else/prod"))],
        "fail",
        ("384 at the desired size", "192 of them used outside"),
    ),
    (
        "vcpu-quota",
        {},
        [
            quota(768),
            instances(node("x", InstanceLifecycle="capacity-block"), node("x", InstanceLifecycle="spot")),
        ],
        "pass",
        ("0 of them",),
    ),
    (
        "vcpu-quota",
        {},
        [("service-quotas", "GetServiceQuota", "NoSuchResourceException"), default_quota(0), instances()],
        "fail",
        ("0 vCPUs",),
    ),
    ("vcpu-quota", {"capacity": {"kind": "spot"}}, [quota(768), instances()], "pass", ("L-C4BD4855",)),
    ("vcpu-quota", BLOCK, [], "pass", ("count against no quota",)),
    ("vcpu-quota", ODCR, [], "pass", ("counted when the reservation was made",)),
    (
        "vcpu-quota",
        {"instanceType": "p6-b200.48xlarge", "capacity": {"kind": "spot"}},
        [],
        "unknown",
        ("p6-b200",),
    ),
    # Subnets.
    ("subnet-zone", {}, [subnet()], "pass", (f"{SUBNET} in us-east-2b",)),
    ("subnet-zone", {}, [subnet(AvailabilityZone="us-east-2a")], "fail", (f"{SUBNET} in us-east-2a",)),
    (
        "subnet-zone",
        {},
        [("ec2", "DescribeSubnets", "InvalidSubnetID.NotFound")],
        "fail",
        ("InvalidSubnetID",),
    ),
    ("subnet-network", {}, [subnet()], "pass", (VPC,)),
    ("subnet-network", {}, [subnet(VpcId="vpc-1")], "fail", ("vpc-1", VPC)),
    ("subnet-public-ip", {}, [subnet()], "pass", ("no public addresses",)),
    ("subnet-public-ip", {}, [subnet(MapPublicIpOnLaunch=True)], "fail", (SUBNET, "33 interfaces")),
    (
        "subnet-addresses",
        {},
        [subnet(AvailableIpAddressCount=4 * ADDRESSES), instances()],
        "pass",
        ("200 free",),
    ),
    (
        "subnet-addresses",
        {},
        [subnet(AvailableIpAddressCount=4 * ADDRESSES - 1), instances()],
        "warn",
        ("199 free", "200"),
    ),
    (
        "subnet-addresses",
        {},
        [subnet(AvailableIpAddressCount=2 * ADDRESSES - 1), instances()],
        "fail",
        ("99 free", "100"),
    ),
    (
        "subnet-addresses",
        {},
        [subnet(AvailableIpAddressCount=2 * ADDRESSES), instances(node("train"), node("train"))],
        "pass",
        ("0 more at the desired size, 100 at the largest",),
    ),
    # Placement groups.
    ("placement-group", PLACED, [placed()], "pass", ("p5: available",)),
    ("placement-group", PLACED, [placed(Strategy="spread")], "fail", ("strategy spread",)),
    ("placement-group", PLACED, [placed(State="deleting")], "fail", ("deleting",)),
    (
        "placement-group",
        PLACED,
        [("ec2", "DescribePlacementGroups", "InvalidPlacementGroup.Unknown")],
        "fail",
        (PG,),
    ),
    (
        "placement-group",
        {"placement": {"mode": "existing", "groupName": "p5", "partitionNumber": 3}},
        [placed(Strategy="partition", PartitionCount=2)],
        "fail",
        ("2 partitions", "3 partitions or more"),
    ),
    ("placement-reservation", FROM, [reserved({"PlacementGroupArn": "arn:p5"})], "pass", ("arn:p5",)),
    ("placement-reservation", FROM, [reserved()], "fail", ("none",)),
    ("placement-reservation", FROM, [NO_RESERVATIONS], "fail", ("reserved in nothing",)),
    (
        "placement-reservation",
        PLACED | ODCR,
        [reserved({"PlacementGroupArn": "arn:p5"}), placed()],
        "pass",
        ("arn:p5",),
    ),
    (
        "placement-reservation",
        PLACED | ODCR,
        [reserved({"PlacementGroupArn": "arn:x"}), placed()],
        "fail",
        ("arn:x",),
    ),
    ("placement-reservation", PLACED | BLOCK, [reserved(), placed()], "warn", ("none",)),
    # Security groups.
    ("security-group-rules", GIVEN, [guarded(rule(), rule())], "pass", (GROUP,)),
    (
        "security-group-rules",
        GIVEN,
        [guarded(rule(), rule(None))],
        "fail",
        ("no outbound", f"add to {GROUP}"),
    ),
    (
        "security-group-rules",
        GIVEN,
        [guarded(rule(protocol="tcp"), [])],
        "fail",
        ("no inbound and no outbound",),
    ),
    ("security-group-rules", GIVEN, [guarded(rule("sg-1"), rule())], "fail", ("no inbound",)),
    (
        "security-group-rules",
        GIVEN,
        [("ec2", "DescribeSecurityGroups", "InvalidGroup.NotFound")],
        "fail",
        ("InvalidGroup",),
    ),
    ("security-group-network", GIVEN, [guarded([], [])], "pass", (VPC,)),
    ("security-group-network", GIVEN, [guarded([], [], "vpc-1")], "fail", ("vpc-1",)),
    # Images.
    ("image", BY_ID, [pictured()], "pass", ("node: available, for x86_64",)),
    ("image", BY_ID, [pictured(Architecture="arm64")], "fail", ("arm64", "x86_64")),
    ("image", BY_ID, [pictured(State="pending")], "fail", ("pending",)),
    ("image", BY_ID, [("ec2", "DescribeImages", "InvalidAMIID.NotFound")], "fail", (AMI,)),
    ("image", BY_ID, [pictured(DeprecationTime="2026-12-01T00:00:00.000Z")], "warn", ("deprecated",)),
    ("image", {}, [("ssm", "GetParameter", {"Parameter": {"Value": AMI}})], "pass", (AMI, "v20261105")),
    ("image", {}, [("ssm", "GetParameter", "ParameterNotFound")], "fail", ("no such release", "v20261105")),
    # The cluster.
    ("cluster-status", {}, [cluster()], "pass", ("efa: ACTIVE",)),
    ("cluster-status", {}, [cluster(status="UPDATING")], "warn", ("UPDATING",)),
    ("cluster-status", {}, [cluster(status="FAILED")], "fail", ("FAILED",)),
    (
        "cluster-status",
        {},
        [("eks", "DescribeCluster", "ResourceNotFoundException")],
        "fail",
        ("no cluster efa",),
    ),
    ("cluster-version", {}, [cluster()], "pass", ("1.34",)),
    ("cluster-version", {}, [cluster(version="1.33")], "fail", ("1.33",)),
    (
        "cluster-version",
        {"cluster": {"kubernetesVersion": None}},
        [cluster()],
        "warn",
        ('kubernetesVersion: "1.34"',),
    ),
    ("cluster-network", {}, [cluster()], "pass", (VPC,)),
    (
        "cluster-network",
        {},
        [cluster(resourcesVpcConfig={"vpcId": "vpc-1"})],
        "fail",
        ("state vpcId: vpc-1",),
    ),
    (
        "cluster-network",
        {},
        [cluster(kubernetesNetworkConfig={"ipFamily": "ipv6"})],
        "fail",
        ("IPv6",),
    ),
    ("cluster-joining", OURS, [cluster(**TOLD)], "pass", ("authentication API",)),
    (
        "cluster-joining",
        OURS,
        [cluster(**TOLD | {"endpoint": "https://other"})],
        "fail",
        ("another endpoint",),
    ),
    (
        "cluster-joining",
        OURS,
        [cluster(**TOLD | {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.100.0.0/16"}})],
        "fail",
        ("another serviceCidr", "describe-cluster --name efa"),
    ),
    (
        "cluster-joining",
        OURS,
        [cluster(**TOLD | {"certificateAuthority": {"data": "b3RoZXI="}})],
        "fail",
        ("another certificateAuthority",),
    ),
    (
        "cluster-joining",
        OURS,
        [cluster(**TOLD | {"accessConfig": {"authenticationMode": "CONFIG_MAP"}})],
        "fail",
        ("authenticationMode=API_AND_CONFIG_MAP",),
    ),
    (
        "cluster-joining",
        OURS | {"nodes": {"kind": "self-managed", "instanceProfileName": "mine"}},
        [cluster(**TOLD | {"accessConfig": {"authenticationMode": "CONFIG_MAP"}})],
        "pass",
        ("CONFIG_MAP",),
    ),
    ("cluster-cni", {}, [addon("v1.18.5-eksbuild.1")], "pass", ("v1.18.5",)),
    ("cluster-cni", {}, [addon("v1.18.4-eksbuild.2")], "fail", ("v1.18.4", "1.18.5 or newer")),
    (
        "cluster-cni",
        {"layout": "efa-primary", "instanceType": "g5.8xlarge"},
        [addon("v1.9.0")],
        "pass",
        ("v1.9.0",),
    ),
    ("cluster-cni", {}, [addon("main")], "unknown", ("main", "kubectl")),
    (
        "cluster-cni",
        {},
        [("eks", "DescribeAddon", "ResourceNotFoundException")],
        "unknown",
        ("not installed", "kubectl"),
    ),
    ("cluster-node-groups", {}, [groups("a", "b"), quota(3)], "pass", ("2 of other makers",)),
    (
        "cluster-node-groups",
        {},
        [groups("a", "b", "train-nodes-0a1b2c3"), quota(3)],
        "pass",
        ("2 of other makers",),
    ),
    ("cluster-node-groups", {}, [groups("a", "b", "c"), quota(3)], "fail", ("L-6D54EA21",)),
    ("node-group-size", {}, [quota(4)], "pass", ("at most 4",)),
    ("node-group-size", {}, [quota(3)], "fail", ("L-BD136A63", "4 nodes")),
]
IDS = [f"{name}-{status}-{at}" for at, (name, _, _, status, _) in enumerate(CASES)]


@pytest.mark.parametrize(("name", "changes", "answers", "status", "said"), CASES, ids=IDS)
def test_verdicts(name: str, changes: Any, answers: list[Answer], status: str, said: tuple[str, ...]) -> None:
    """Stubbed: every answer is held against botocore's model of the service."""
    with stubbed(answers) as account:
        found = ask(BY_NAME[name], subject(**changes), account)
    assert found is not None
    text = f"{found.found}; {found.expected}; {found.fix}"
    assert found.status == status, text
    assert [one for one in said if one not in text] == [], text
    assert found.found and found.expected and (found.fix or status == "pass")


def test_every_check_has_its_verdicts() -> None:
    for name in BY_NAME:
        statuses = {case[3] for case in CASES if case[0] == name}
        assert "pass" in statuses and statuses & {"fail", "warn"}, name


APPLIES = {
    **{name: STATED for name in BY_NAME if name.startswith("reservation-")},
    "reservation-open": {"capacity": {"kind": "open-reservation"}},
    "reservation-left": BUY,
    "block-price": BUY,
    "placement-group": PLACED,
    "placement-reservation": FROM,
    "security-group-rules": GIVEN,
    "security-group-network": GIVEN,
    "cluster-joining": OURS,
}
PREFIX = {"Nodegroups": "eks", "Cluster": "eks", "Addon": "eks", "Quota": "servicequotas", "Parameter": "ssm"}


@pytest.mark.parametrize("name", BY_NAME)
def test_a_missing_permission_is_unknown_and_named(name: str) -> None:
    account, asked = refusing("UnauthorizedOperation")
    found = ask(BY_NAME[name], subject(**APPLIES.get(name, {})), account)
    assert found is not None and found.status == "unknown" and len(asked) == 1
    service = next((word for end, word in PREFIX.items() if asked[0].endswith(end)), "ec2")
    assert found.expected == f"permission {service}:{asked[0]}"
    assert f"{service}:{asked[0]}" in found.fix and "preflight-policy.json" in found.fix


@pytest.mark.parametrize("name", BY_NAME)
def test_no_answer_is_unknown(name: str) -> None:
    account, _ = refusing("InternalError", 500)
    found = ask(BY_NAME[name], subject(**APPLIES.get(name, {})), account)
    assert found is not None and found.status == "unknown" and "InternalError" in found.found


def test_old_credentials_end_the_run() -> None:
    account, _ = refusing("ExpiredToken")
    with pytest.raises(NoAccount, match="log in again"):
        run(subject().stack, account, lambda done, total: None)
    with pytest.raises(NoAccount, match="log in again"):
        account.identity()


def test_a_question_is_asked_once() -> None:
    account, asked = refusing("UnauthorizedOperation")
    told: list[tuple[int, int]] = []
    found = run(subject({}, {}).stack, account, lambda done, total: told.append((done, total)))
    assert len(asked) == len(set(asked)) + 1, "DescribeInstances is asked for this stack and for all"
    assert {one.status for one in found} == {"unknown"} and told[-1][0] == told[-1][1] == len(told)
    whole = [one.check for one in found if one.pool is None]
    arising = [check.name for check in CHECKS if check.once and check.name != "cluster-joining"]
    assert whole == arising
    assert [one.pool for one in found if one.check == "type-offered"] == ["train", "other-1", "other-2"]


def test_pools_share_subnets_quotas_and_reservations() -> None:
    answers = [subnet(AvailableIpAddressCount=8 * ADDRESSES - 1), instances()]
    with stubbed(answers) as account:
        found = ask(BY_NAME["subnet-addresses"], subject({}), account)
    assert found is not None and found.status == "warn" and "train, other-1" in found.expected
    with stubbed([quota(8 * 192 - 1), instances()]) as account:
        found = ask(BY_NAME["vcpu-quota"], subject({}), account)
    assert found is not None and found.status == "warn" and "1536" in found.expected
    with stubbed([reserved(), instances()]) as account:
        found = ask(BY_NAME["reservation-count"], subject(BLOCK, **BLOCK), account)
    assert found is not None and found.status == "fail" and "train, other-1" in found.expected


def test_what_becomes_of_each_state_of_a_reservation() -> None:
    """By hand from EC2's CapacityReservation.State: which still become active by themselves."""
    states = every_state()
    coming = {"scheduled", "payment-pending", "pending", "assessing", "delayed"}
    assert coming < states
    for state in sorted(states):
        with stubbed([reserved({"State": state})]) as account:
            wanted = ask(BY_NAME["reservation-state"], subject(**BLOCK), account)
        with stubbed([reserved({"State": state})]) as account:
            idle = ask(BY_NAME["reservation-state"], subject(**{**BLOCK, **IDLE}), account)
        assert wanted is not None and idle is not None
        assert wanted.status == ("pass" if state == "active" else "fail"), state
        assert idle.status == {"active": "pass"}.get(state, "warn" if state in coming else "fail"), state
        assert ("until it is active" in wanted.fix) is (state in coming), state


def every_state() -> set[str]:
    model = Account(session=Session()).client("ec2").meta.service_model
    return set(model.shape_for("CapacityReservationState").enum)


@pytest.mark.parametrize(
    ("check", "key"), [("reservation-state", "State"), ("reservation-count", "TotalInstanceCount")]
)
def test_an_answer_that_lacks_a_field_is_unknown(check: str, key: str) -> None:
    """EC2's model obliges it to none."""
    with stubbed([reserved({key: None})]) as account:
        found = ask(BY_NAME[check], subject(**BLOCK), account)
    assert found is not None and found.status == "unknown" and key in found.found


def test_machines_of_a_block_to_come_are_not_free_yet() -> None:
    waiting = {"State": "scheduled", "AvailableInstanceCount": 0}
    with stubbed([reserved(waiting), instances()]) as account:
        found = ask(BY_NAME["reservation-count"], subject(**BLOCK), account)
    assert found is not None and found.status == "pass" and "0 free" in found.found


def test_reservations_of_a_resource_group() -> None:
    """Stubbed: one of two has ended, which leaves capacity and is worth a look."""
    ids = [f"arn:aws:ec2:us-east-2:123456789012:capacity-reservation/cr-{one}" for one in (1, 2)]
    resources = [
        {"Identifier": {"ResourceArn": one, "ResourceType": "AWS::EC2::CapacityReservation"}} for one in ids
    ]
    listing = ("resource-groups", "ListGroupResources", {"Resources": resources})
    pool = {"capacity": {"kind": "reservation", "resourceGroupArn": ARN}}
    with stubbed([listing, reserved({}, {"State": "expired"})]) as account:
        found = ask(BY_NAME["reservation-state"], subject(**pool), account)
    assert found is not None and found.status == "warn" and "expired" in found.found


def priced(asked: Sequence[Answer], **changes: Any) -> tuple[Finding | None, list[dict[str, Any]]]:
    """What the check of a block's price says, and the parameters of its questions."""
    sent: list[dict[str, Any]] = []
    with stubbed(asked) as account:
        events = account.client("ec2").meta.events

        def record(params: dict[str, Any], **_: Any) -> None:
            sent.append(dict(params))

        events.register("provide-client-params", record)
        try:
            found = ask(BY_NAME["block-price"], subject(**{**BUY, **changes}), account)
        finally:
            events.unregister("provide-client-params", record)
    return found, sent


# EC2 sells 1 to 14 days and then weeks, all ending at 11:30 UTC, and lists what is a little off as well.
LENGTHS = {
    "2026-12-01T11:30:00Z": 168,
    "2026-12-01T13:10:00Z": 168,  # a little less than a week
    "2026-12-08T05:30:00Z": 24,  # six hours
    "2026-11-24T11:30:00Z": 336,
    "2026-11-24T05:30:00Z": 336,  # a little more than two weeks
    "2026-11-17T12:00:00Z": 504,
    "2026-11-17T04:00:00Z": 504,
}


@pytest.mark.parametrize("start", LENGTHS)
def test_an_offering_is_looked_for_under_a_duration_that_is_sold(start: str) -> None:
    begins = datetime.fromisoformat(start)
    found, (sent,) = priced([offering(StartDate=begins)], capacity__start=start)
    assert sent["CapacityDurationHours"] == LENGTHS[start] and hours_problem(LENGTHS[start]) is None
    assert found is not None and found.status == "pass"


def test_an_ultraservers_price_is_asked_by_ultraserver() -> None:
    """EC2 lists them as u-p6e-gb200x36 (9 machines) and u-p6e-gb200x72 (18), not by instance type."""
    image = {"family": "al2023", "amiId": AMI}
    ultra = {"instanceType": "p6e-gb200.36xlarge", "image": image, "size": {"min": 0, "max": 18}}
    none: Answer = ("ec2", "DescribeCapacityBlockOfferings", {"CapacityBlockOfferings": []})
    found, sent = priced([none, offering(UltraserverType="u-p6e-gb200x72")], **ultra)
    assert found is not None and found.status == "pass"
    assert [(one["UltraserverType"], one["UltraserverCount"]) for one in sent] == [
        ("u-p6e-gb200x36", 2),
        ("u-p6e-gb200x72", 1),
    ]
    assert not any("InstanceType" in one or "InstanceCount" in one for one in sent)
    found, sent = priced([none], **{**ultra, "capacity__count": 27})
    assert [one["UltraserverCount"] for one in sent] == [3] and found is not None and found.status == "fail"
    found, sent = priced([], **{**ultra, "capacity__count": 10})
    assert sent == [] and found is not None and found.status == "unknown"
    assert "a multiple of 9 or 18" in found.fix


def of_a_group(check: str, *found: dict[str, Any]) -> Finding:
    """What a check says of the reservations that a resource group holds."""
    ids = [f"arn:aws:ec2:us-east-2:123456789012:capacity-reservation/cr-{at}" for at in range(len(found))]
    listing: Answer = (
        "resource-groups",
        "ListGroupResources",
        {"Resources": [{"Identifier": {"ResourceArn": one}} for one in ids]},
    )
    plain = {"ReservationType": "default", "TotalInstanceCount": 2}
    with stubbed([listing, reserved(*(plain | one for one in found))]) as account:
        answer = ask(
            BY_NAME[check],
            subject(size={"desired": 2}, capacity={"kind": "reservation", "resourceGroupArn": ARN}),
            account,
        )
    assert answer is not None
    return answer


def test_one_reservation_of_a_group_may_be_of_another_type() -> None:
    other = {"InstanceType": "p5e.48xlarge"}
    assert [
        of_a_group("reservation-match", *found).status for found in (({}, {}), ({}, other), (other, other))
    ] == [
        "pass",
        "warn",
        "fail",
    ]


def test_a_groups_window_is_from_the_first_start_to_the_last_end() -> None:
    found = of_a_group("reservation-window", {}, LATER)
    assert found.status == "pass" and found.found.startswith("2026-12-01T11:30:00Z to 2026-12-13T11:30:00Z")
    assert of_a_group("reservation-window", LATER, LATER).status == "fail"
    endless = of_a_group("reservation-window", {"EndDate": None}, LATER)
    assert endless.status == "pass" and "to not stated" in endless.found


def test_zones_without_a_subnet_are_named() -> None:
    two = {"availabilityZones": ["us-east-2b", "us-east-2c"], "placement": {"mode": "none"}}
    with stubbed([subnet()]) as account:
        found = ask(BY_NAME["subnet-zone"], subject(**two), account)
    assert found is not None and found.status == "fail" and "us-east-2b, us-east-2c" in found.expected


def test_checks_that_do_not_arise() -> None:
    plain = subject(instanceType="p5.48xlarge")
    account, _ = refusing("UnauthorizedOperation")
    silent = {name for name, check in BY_NAME.items() if ask(check, plain, account) is None}
    assert silent == {
        *(name for name in BY_NAME if name.startswith(("reservation-", "placement-", "security-group-"))),
        "block-price",
        "cluster-joining",
    }


# -- data


def test_every_type_has_a_quota_whose_name_says_so() -> None:
    words = {
        "g": "G and VT",
        "gr": "G and VT",
        "vt": "G and VT",
        "u": "High Memory",
        "inf": "Inf",
        "trn": "Trn",
    }
    for name in catalogue.names():
        letters = name[: next(at for at, one in enumerate(name) if one.isdigit() or one == "-")]
        found = quotas.family(name, spot=False)
        assert found is not None, name
        if "(" in found.name:
            assert letters[0].upper() in found.name.partition("(")[2].split(")")[0].split(", "), name
        else:
            assert f" {words.get(letters, letters.upper())} instances" in found.name, name


def test_spot_quotas_are_of_the_generation() -> None:
    codes = {
        name: quotas.family(name, spot=True) for name in ("p4d.24xlarge", "p5.48xlarge", "p6-b200.48xlarge")
    }
    assert [one and one.name for one in codes.values()] == [
        "All P4, P3 and P2 Spot Instance Requests",
        "All P5 Spot Instance Requests",
        None,
    ]
    assert quotas.family("hpc7a.96xlarge", spot=True) is None


def test_parameters_of_images() -> None:
    """By hand from the forms in the guides."""
    al2023 = parameter(AMI_TYPES["AL2023_x86_64_NVIDIA"], "1.34.2-20261105", None)
    assert al2023 == (
        "/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/x86_64/nvidia/"
        "amazon-eks-node-al2023-x86_64-nvidia-1.34-v20261105/image_id"
    )
    rocket = AMI_TYPES["BOTTLEROCKET_ARM_64_NVIDIA_FIPS"]
    assert parameter(rocket, "1.52.0-3f1a9b2c", "1.34") == (
        "/aws/service/bottlerocket/aws-k8s-1.34-nvidia-fips/arm64/1.52.0-3f1a9b2c/image_id"
    )
    assert parameter(rocket, "1.52.0-3f1a9b2c", None) is None
    assert "/standard/" in str(parameter(AMI_TYPES["AL2023_ARM_64_STANDARD"], "1.34.2-20261105", None))


def test_nodes_are_found_by_the_tags_that_the_component_sets() -> None:
    assert (nodes.TAG_POOL, nodes.TAG_STACK) == (pool_outputs.TAG_POOL, pool_outputs.TAG_STACK)


def test_the_report_names_the_fix() -> None:
    rows = table(
        [
            Finding(None, "cluster-status", "pass", "efa: ACTIVE", "efa: ACTIVE", ""),
            Finding("train", "image", "fail", "no image", "ami-1: available", "correct it"),
        ]
    )
    assert "pass     -      cluster-status  efa: ACTIVE\n" in rows
    assert "fail     train  image           no image; expected ami-1: available\n" in rows
    assert "fix: correct it" in rows and rows.endswith("1 passed, 0 to look at, 1 failed, 0 unknown")


def test_no_connection_is_no_traceback() -> None:
    with pytest.raises(Failed, match="ec2:DescribeSubnets"):
        Account(session=Session()).call("ec2", "DescribeSubnets")


def test_a_bar_where_somebody_watches(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with shown("stack dev", quiet=True) as told:
        told(1, 2)
    assert "stack dev" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "rich", None)
    with shown("stack dev", quiet=False) as told:
        told(2, 2)
    out, err = capsys.readouterr()
    assert (out, err) == ("", "efa-pools: stack dev\n")


def test_boto3_is_imported_by_the_preflight_alone() -> None:
    package = Path(efa_pools.__file__).parent
    knowing = {path.parent.name for path in package.rglob("*.py") if imports(path) & {"boto3", "botocore"}}
    assert knowing == {"preflight"}
    script = "import sys, efa_pools.preflight.run, efa_pools.cli.preflight; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"boto3", "botocore", "rich", "pulumi"} & set(done.stdout.split())


# -- the policy

POLICY = json.loads(
    (Path(__file__).parent.parent / "docs" / "preflight-policy.json").read_text(encoding="utf-8")
)


def test_the_policy_allows_what_is_asked_and_nothing_else() -> None:
    """Every check with every pool of the cases, against answers as stubbed, recorded as IAM names them."""
    from tests.test_offerings import asked_by_offerings

    asked = set(asked_by_offerings())
    for name, changes, answers, _, _ in CASES:
        with stubbed(answers, asked) as account:
            ask(BY_NAME[name], subject(**changes), account)
    listing = subject(capacity={"kind": "reservation", "resourceGroupArn": ARN})
    account, operations = refusing("UnauthorizedOperation")
    assert ask(BY_NAME["reservation-state"], listing, account) is not None
    asked |= {f"resource-groups:{one}" for one in operations}
    account, operations = refusing("InternalError", 500)
    with pytest.raises(NoAccount):
        account.identity()
    asked |= {f"sts:{one}" for one in operations}
    allowed = [action for one in POLICY["Statement"] for action in one["Action"]]
    assert sorted(allowed) == sorted(asked)
    assert all(one["Effect"] == "Allow" for one in POLICY["Statement"])
    assert all(action.split(":")[1].startswith(("Describe", "Get", "List")) for action in allowed)
