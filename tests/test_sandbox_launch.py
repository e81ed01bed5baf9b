"""What the sandbox says when nodes are asked for: one thing changed a case, and the code it must give."""

import base64
import copy
import warnings
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pulumi
import pytest
import yaml

from sandbox import account, core
from sandbox.core import Place, Refused
from sandbox.core.capacity import addresses
from sandbox.core.references import ACCESS_ENTRY, CAPACITY_RESERVATION, SUBNET
from sandbox.inprocess import Result
from tests.stacks import lose, run_pool, run_program
from tests.test_sandbox_core import (
    ATTACHMENT,
    BLOCK,
    BLOCK_MARKET,
    CLUSTER_GROUP,
    EGRESS,
    GROUP,
    INGRESS,
    NODES,
    NODES_GROUP,
    NOW,
    POLICIES,
    RESERVATION,
    ROLE,
    SECURITY_GROUP,
    SUBNET_A,
    SUBNET_B,
    SUBNET_C,
    TEMPLATE,
    TRUST,
    VPC,
    make,
    nic,
    p5_layout,
    refusal,
    target,
    template,
)

with warnings.catch_warnings():
    # The AWS SDK warns of its own deprecated classes while it loads.
    warnings.simplefilter("ignore", DeprecationWarning)
    import pulumi_aws as aws

    # A module of the SDK loads itself at first use.
    _ = (aws.ec2.LaunchTemplate, aws.eks.NodeGroup, aws.iam.Role, aws.vpc.SecurityGroupIngressRule)

Change = Callable[[dict[str, Any]], Any]
GIVEN_ROLE = "arn:aws:iam::123456789012:role/efa-nodes"
RESOURCE_GROUP = "arn:aws:resource-groups:us-east-2:123456789012:group/p5en-reservations"
BLOCKED = template(**BLOCK_MARKET, capacityReservationSpecification=target(BLOCK))
IN_BLOCK = {"capacityType": "CAPACITY_BLOCK"}
GROUPS = {"vpcSecurityGroupIds": [NODES_GROUP, CLUSTER_GROUP]}
P5EN: dict[str, Any] = {"instanceType": "p5en.48xlarge", **GROUPS}
RESERVED = {**P5EN, "capacityReservationSpecification": target(RESERVATION)}
BY_GROUP = {"capacityReservationTarget": {"capacityReservationResourceGroupArn": RESOURCE_GROUP}}
IN_C = {"subnetIds": [SUBNET_C]}


def size(count: int) -> dict[str, Any]:
    return {"scalingConfig": {"minSize": 0, "desiredSize": count, "maxSize": max(count, 1)}}


def found(change: Change | None = None, later: timedelta = timedelta()) -> core.MemoryStore:
    """The account with one thing changed, some time later."""
    content = yaml.safe_load(account.DEFAULT.read_text(encoding="utf-8"))
    if change:
        change(content)
    store = core.MemoryStore(Place(content["account"], content["region"], "aws", NOW + later, "s"))
    account.fill(store, content)
    return store


def ask(store: core.Store, lt: dict[str, Any], name: str = "train", **group: Any) -> Any:
    """A node group with its template; the account's own role has everything it needs."""
    id, made = make(store, TEMPLATE, f"lt{len(store.all(TEMPLATE))}", **copy.deepcopy(lt))
    inputs = {
        "clusterName": "efa-dev",
        "nodeRoleArn": GIVEN_ROLE,
        "subnetIds": [SUBNET_B],
        **size(2),
        "launchTemplate": {"id": id, "version": str(made["latestVersion"])},
    }
    return make(store, NODES, name, **{**inputs, **group})


def of(section: str, key: str, id: str, **values: Any) -> Change:
    """Changes one object of the account as found."""

    def change(content: dict[str, Any]) -> None:
        (one,) = [one for one in content[section] if one[key] == id]
        one.update(values)

    return change


def reservation(id: str, **values: Any) -> Change:
    return of("capacityReservations", "id", id, **values)


def without(section: str, id: str) -> Change:
    def change(content: dict[str, Any]) -> None:
        content[section] = [one for one in content[section] if one["id"] != id]

    return change


P5_GROUP = {"placement": {"groupName": "p5-train"}}
HOST = {"placement": {"groupName": "p5-train", "tenancy": "host"}}
PREFIXED = template(networkInterfaces=[{**p5_layout()[0], "ipv4PrefixCount": 2}, *p5_layout()[1:]])
ONLY_OPEN = {
    "capacityReservationSpecification": {"capacityReservationPreference": "capacity-reservations-only"}
}
NO_GROUPS = template(networkInterfaces=[p5_layout()[0], nic(1, 0)])
CLOSED = "ReservationCapacityExceeded"


def layout_groups(index: int) -> dict[str, Any]:
    return {"securityGroups": p5_layout()[index]["securityGroups"]}


# account, template, node group -> code, words
REFUSED: dict[str, tuple[Change | None, dict[str, Any], dict[str, Any], str, str]] = {
    "group in another zone": (
        of("placementGroups", "name", "p5-train", availabilityZone="us-east-2c"),
        *(
            template(**P5_GROUP),
            {},
            "InvalidPlacementGroup.InUse",
            "in another availability zone: us-east-2c",
        ),
    ),
    "group going away": (
        of("placementGroups", "name", "p5-train", state="deleting"),
        *(template(**P5_GROUP), {}, "IncorrectState", "it is deleting"),
    ),
    "group on a host": (None, template(**HOST), {}, "InvalidParameterCombination", "Dedicated Hosts"),
    "eight apart": (
        of("placementGroups", "name", "p5-train", strategy="spread", availabilityZone=None),
        *(template(**P5_GROUP), size(8), "InsufficientInstanceCapacity", "there is room for 7"),
    ),
    "type in the node group": (
        None,
        {"networkInterfaces": p5_layout()},
        *({"instanceTypes": ["p5en.48xlarge"]}, "InvalidParameterValue", "index '31' does not exist"),
    ),
    "reservation of another type": (
        None,
        {**RESERVED, "instanceType": None},
        *({**IN_C, "instanceTypes": ["p5.48xlarge"]}, CLOSED, "is for p5en.48xlarge, not for p5.48xlarge"),
    ),
    "reservation in another zone": (None, RESERVED, {}, CLOSED, "is in us-east-2c"),
    "reservation in one of two zones": (
        *(None, RESERVED, {"subnetIds": [SUBNET_B, SUBNET_C]}, CLOSED, "the subnets are in us-east-2b"),
    ),
    "reservation of another platform": (
        *(reservation(RESERVATION, instancePlatform="Windows"), RESERVED, IN_C, CLOSED, "platform Windows"),
    ),
    "reservation of another tenancy": (
        *(reservation(RESERVATION, tenancy="dedicated"), RESERVED, IN_C, CLOSED, "another tenancy"),
    ),
    "reservation cancelled": (
        *(reservation(RESERVATION, state="cancelled"), RESERVED, IN_C, CLOSED, "is cancelled"),
    ),
    "reservation of another group": (
        reservation(RESERVATION, placementGroupArn="arn:aws:ec2:us-east-2:1:placement-group/other"),
        {**RESERVED, "placement": {"groupName": "p5-train"}},
        *(IN_C, "InvalidPlacementGroup.InUse", "was made in another placement group than 'p5-train'"),
    ),
    "reservation too small": (None, RESERVED, {**IN_C, **size(5)}, CLOSED, "has 4 free instances, 5 are"),
    "reservation used by others": (
        reservation(RESERVATION, availableInstanceCount=1),
        *(RESERVED, IN_C, CLOSED, "has 1 free instances, 2 are"),
    ),
    "only in reservations": (None, {**P5EN, **ONLY_OPEN}, IN_C, CLOSED, "no reservation matches"),
    "block not yet paid": (
        *(reservation(BLOCK, state="payment-pending"), BLOCKED, IN_BLOCK, CLOSED, "is payment-pending"),
    ),
    "block not yet started": (
        *(reservation(BLOCK, startsIn="1h"), BLOCKED, IN_BLOCK, CLOSED, "starts at 2026-01-15T13:00"),
    ),
    "block ended": (reservation(BLOCK, endsIn="-1h"), BLOCKED, IN_BLOCK, CLOSED, "is expired since"),
    "block about to end": (
        *(reservation(BLOCK, endsIn="30m"), BLOCKED, IN_BLOCK, CLOSED, "from 30 minutes before"),
    ),
    "block too small": (None, BLOCKED, {**IN_BLOCK, **size(9)}, CLOSED, "has 8 free instances, 9 are"),
    "block not in the group": (
        None,
        {**P5EN, **BLOCK_MARKET, "capacityReservationSpecification": BY_GROUP},
        *({**IN_BLOCK, **IN_C}, CLOSED, "of the type default, which the market type is not"),
    ),
    "addresses": (
        of("subnets", "id", SUBNET_B, availableIpAddressCount=1),
        *(template(), {}, "InsufficientFreeAddressesInSubnet", f"in subnet '{SUBNET_B}' to satisfy"),
    ),
    "addresses of prefixes": (
        of("subnets", "id", SUBNET_B, availableIpAddressCount=65),
        *(PREFIXED, {}, "InsufficientFreeAddressesInSubnet", "66 wanted, 65 free"),
    ),
    "quota": (
        of("quotas", "code", "L-417A185B", value=768 + 383),
        *(template(), {}, "VcpuLimitExceeded", "current vCPU limit of 1151 allows for the instance bucket"),
    ),
    "quota of spot": (
        of("quotas", "code", "L-C4BD4855", value=383),
        *(template(), {"capacityType": "SPOT"}, "MaxSpotInstanceCountExceeded", "384 vCPUs of 383"),
    ),
    "quota past the reservations": (
        of("quotas", "code", "L-417A185B", value=768 + 191),
        *({**P5EN, "capacityReservationSpecification": BY_GROUP}, {**IN_C, **size(5)}),
        *("VcpuLimitExceeded", "960 vCPUs"),
    ),
    "inbound to itself": (
        without("ingressRules", "sgr-03"),
        template(),
        {},
        "EfaTrafficBlocked",
        "all inbound",
    ),
    "outbound to itself": (
        without("egressRules", "sgr-06"),
        template(),
        {},
        "EfaTrafficBlocked",
        "all outbound",
    ),
    "interface without groups": (None, NO_GROUPS, {}, "EfaTrafficBlocked", "in the VPC's default one"),
    "egress": (without("egressRules", "sgr-07"), template(), {}, "NodeCreationFailure", "allows TCP 443 out"),
    "public subnet": (
        of("subnets", "id", SUBNET_B, mapPublicIpOnLaunch=True),
        *(template(), {}, "NodeCreationFailure", f"{SUBNET_B} is public"),
    ),
    **{
        f"policy {one}": (
            of("roles", "name", "efa-nodes", managedPolicyArns=[arn for arn in POLICIES if one not in arn]),
            *(template(), {}, "NodeCreationFailure", f"Missing: the policy {one}"),
        )
        for one in ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy")
    },
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_launch_that_is_refused(case: str) -> None:
    change, lt, group, code, words = REFUSED[case]
    refused = refusal(lambda: ask(found(change), lt, **group))
    assert refused.code == code and words in refused.message
    # Nothing is launched where no node is wanted.
    ask(found(change), lt, **{**group, **size(0)})


# account, template, node group
ACCEPTED: dict[str, tuple[Change | None, dict[str, Any], dict[str, Any]]] = {
    "as found": (None, template(), {}),
    "in its group": (None, template(**P5_GROUP), {}),
    "all of a block": (None, BLOCKED, {**IN_BLOCK, **size(8)}),
    "block ending later": (reservation(BLOCK, endsIn="31m"), BLOCKED, IN_BLOCK),
    "reservation ending soon": (reservation(RESERVATION, endsIn="10m"), RESERVED, IN_C),
    "all of a reservation": (None, RESERVED, {**IN_C, **size(4)}),
    "more than a group holds": (
        *(None, {**P5EN, "capacityReservationSpecification": BY_GROUP}, {**IN_C, **size(5)}),
    ),
    "only in reservations, an open one": (
        *(reservation(RESERVATION, instanceMatchCriteria="open"), {**P5EN, **ONLY_OPEN}, IN_C),
    ),
    "a quota to the last vCPU": (of("quotas", "code", "L-417A185B", value=768 + 384), template(), {}),
    "blocks beside a full quota": (of("quotas", "code", "L-417A185B", value=0), BLOCKED, IN_BLOCK),
    "reserved beside a full quota": (of("quotas", "code", "L-417A185B", value=768), RESERVED, IN_C),
    "one interface in a public subnet": (
        *(
            of("subnets", "id", SUBNET_B, mapPublicIpOnLaunch=True),
            {"instanceType": "t3.medium", **GROUPS},
            {},
        ),
    ),
    "no quota stated": (lambda content: content.pop("quotas"), template(), size(100)),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_launch_that_is_accepted(case: str) -> None:
    change, lt, group = ACCEPTED[case]
    ask(found(change), lt, **group)


@pytest.mark.parametrize(
    ("lt", "group", "counts", "code"),
    [
        (RESERVED, IN_C, (3, 2), CLOSED),
        (BLOCKED, IN_BLOCK, (5, 4), CLOSED),
        (template(placement={"groupName": "apart"}), {}, (4, 4), "InsufficientInstanceCapacity"),
        (template(), {}, (30, 7), "VcpuLimitExceeded"),
    ],
)
def test_node_groups_share_what_there_is(
    lt: dict[str, Any], group: dict[str, Any], counts: tuple[int, int], code: str
) -> None:
    store = found()
    make(store, GROUP, name="apart", strategy="spread")
    first, second = counts
    id, _ = ask(store, lt, "first", **group, **size(first))
    assert refusal(lambda: ask(store, lt, "second", **group, **size(second))).code == code
    core.delete(store, NODES, id)
    ask(store, lt, "third", **group, **size(second))


def test_node_groups_share_a_subnets_addresses() -> None:
    store = found(of("subnets", "id", SUBNET_B, availableIpAddressCount=3))
    ask(store, template(), "first")
    code = refusal(lambda: ask(store, template(), "second")).code
    assert code == "InsufficientFreeAddressesInSubnet"


def test_a_cluster_group_is_where_its_nodes_are() -> None:
    store = found()
    make(store, GROUP, name="new", strategy="cluster")
    lt = template(placement={"groupName": "new"})
    ask(store, lt, "first")
    refused = refusal(lambda: ask(store, lt, "second", subnetIds=[SUBNET_A]))
    assert refused.code == "InvalidPlacementGroup.InUse" and refused.message.endswith(": us-east-2b")


def test_its_own_nodes_are_not_in_the_way_of_an_update() -> None:
    store = found()
    id, _ = ask(store, RESERVED, **IN_C, **size(3))
    old = store.get(NODES, id)
    assert old is not None
    inputs = old["inputs"]
    core.update(store, NODES, id, inputs, {**inputs, **size(4)}, False)
    wider = {**inputs, **size(5)}
    assert refusal(core.update, store, NODES, id, inputs, wider, True).code == CLOSED


def test_an_ultraserver_takes_no_launch_in_the_last_hour() -> None:
    layout = [
        nic(0, 0, "interface", securityGroups=[NODES_GROUP, CLUSTER_GROUP]),
        nic(1, 0, securityGroups=[NODES_GROUP]),
    ]
    lt = {**BLOCKED, "instanceType": "p6e-gb200.36xlarge", "networkInterfaces": layout}
    ultra = {"instanceType": "p6e-gb200.36xlarge"}
    refused = refusal(lambda: ask(found(reservation(BLOCK, endsIn="60m", **ultra)), lt, **IN_BLOCK))
    assert "from 60 minutes before" in refused.message
    ask(found(reservation(BLOCK, endsIn="61m", **ultra)), lt, **IN_BLOCK)


def test_the_clock_decides_and_not_the_state_that_was_read() -> None:
    store = found(reservation(BLOCK, startsIn="1h"))
    moved = core.MemoryStore(Place("123456789012", "us-east-2", "aws", NOW + timedelta(hours=2), "s"))
    for type, objects in store._objects.items():
        for id, object in objects.items():
            moved.put(type, id, object)
    ask(moved, BLOCKED, **IN_BLOCK)
    scheduled = store.get(CAPACITY_RESERVATION, BLOCK)
    assert scheduled is not None and scheduled["outputs"]["state"] == "scheduled"


def test_addresses_at_launch() -> None:
    assert addresses({}) == 1 and addresses(template()) == 1 and addresses(PREFIXED) == 33
    assert (
        addresses({"networkInterfaces": [nic(0, 0, "interface", ipv4AddressCount=3), nic(1, 0, "efa")]}) == 5
    )
    listed = nic(0, 0, "interface", ipv4Addresses=["10.40.0.9", "10.40.0.10"])
    assert addresses({"networkInterfaces": [listed]}) == 2


@pytest.mark.parametrize(
    ("type", "id", "lt", "code"),
    [
        (GROUP, "p5-train", template(**P5_GROUP), "InvalidPlacementGroup.Unknown"),
        (CAPACITY_RESERVATION, RESERVATION, RESERVED, "InvalidCapacityReservationId.NotFound"),
        (SECURITY_GROUP, NODES_GROUP, template(), "InvalidGroup.NotFound"),
    ],
)
def test_what_went_away_after_the_template_was_made(
    type: str, id: str, lt: dict[str, Any], code: str
) -> None:
    store = found()
    made, _ = make(store, TEMPLATE, name="before", **copy.deepcopy(lt))
    store.remove(type, id)
    inputs = {"clusterName": "efa-dev", "nodeRoleArn": GIVEN_ROLE, "subnetIds": [SUBNET_C], **size(2)}
    refused = refusal(lambda: make(store, NODES, **inputs, launchTemplate={"id": made, "version": "1"}))
    assert refused.code == code


# -- joining the cluster


def test_rules_may_stand_in_for_the_clusters_group() -> None:
    store = found()
    lt = template(networkInterfaces=[{**one, "securityGroups": [NODES_GROUP]} for one in p5_layout()])
    refused = refusal(lambda: ask(store, lt, "without"))
    assert f"Missing: the cluster's security group {CLUSTER_GROUP} on an interface" in refused.message
    for group, peer, port in ((CLUSTER_GROUP, NODES_GROUP, 443), (NODES_GROUP, CLUSTER_GROUP, 10250)):
        assert "or rules in its place" in refusal(lambda: ask(store, lt, "without")).message
        rule = {"securityGroupId": group, "referencedSecurityGroupId": peer, "ipProtocol": "tcp"}
        make(store, INGRESS, f"to-{port}", **rule, fromPort=port, toPort=port)
    ask(store, lt, "with")


def test_an_access_entry_that_is_not_a_nodes_is_in_the_way() -> None:
    store = found()
    entry = {"clusterName": "efa-dev", "principalArn": GIVEN_ROLE}
    store.put(ACCESS_ENTRY, "entry", {"id": "entry", "inputs": entry, "outputs": entry})
    assert "has the type STANDARD, not EC2_LINUX" in refusal(lambda: ask(store, template())).message
    entry["type"] = "EC2_LINUX"
    store.put(ACCESS_ENTRY, "entry", {"id": "entry", "inputs": entry, "outputs": entry})
    ask(store, template())


def test_a_subnet_of_the_stack_needs_a_way_out() -> None:
    store = found()
    table, association = (
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
    )
    subnet = {"id": "subnet-1", "arn": "a", "availabilityZone": "us-east-2b", "vpcId": VPC}
    outputs = {**subnet, "cidrBlock": "10.40.1.0/24"}
    store.put(SUBNET, "subnet-1", {"id": "subnet-1", "inputs": {}, "outputs": outputs})
    refused = refusal(lambda: ask(store, template(), subnetIds=["subnet-1"]))
    assert "subnet-1 has no route to the internet" in refused.message
    link = {"subnetId": "subnet-1", "routeTableId": "rtb-1"}
    store.put(association, "a", {"id": "a", "inputs": link, "outputs": link})
    for route, fits in (({"gatewayId": "igw-1"}, False), ({"natGatewayId": "nat-1"}, True)):
        routes = {"routes": [{"cidrBlock": "0.0.0.0/0", **route}]}
        store.put(table, "rtb-1", {"id": "rtb-1", "inputs": routes, "outputs": routes})
        if fits:
            ask(store, template(), "through-nat", subnetIds=["subnet-1"])
        else:
            assert "is public" in refusal(lambda: ask(store, template(), subnetIds=["subnet-1"])).message
            one = nic(0, 0, "interface", associatePublicIpAddress="true", **layout_groups(0))
            lt = {"instanceType": "t3.medium", "networkInterfaces": [one]}
            ask(store, lt, "public", subnetIds=["subnet-1"])


# -- whole programs: the component and by hand


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("train-role-worker", "NodeCreationFailure: Instances failed to join the kubernetes cluster"),
        ("train-role-worker", "Missing: the policy AmazonEKSWorkerNodePolicy on the role train-role-"),
        ("train-role-registry", "Missing: the policy AmazonEC2ContainerRegistryPullOnly on the role"),
        ("train-role-cni", "Missing: the policy AmazonEKS_CNI_Policy on the role"),
        ("train-sg-out", "Missing: egress, no rule of sg-"),
        ("train-sg-self-in", "EfaTrafficBlocked: EFA interfaces have the security group sg-"),
        ("train-sg-self-in", "has no rule that allows all inbound traffic from the security group itself"),
        ("train-sg-self-out", "has no rule that allows all outbound traffic to the security group itself"),
    ],
)
def test_the_component_without_one_of_its_children(
    name: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(name, monkeypatch)
    failure = run_pool().failure or ""
    assert failure.startswith("train-nodes (aws:eks/nodeGroup:NodeGroup): ") and words in failure
    assert len(failure.splitlines()) == 1


def test_the_component_without_the_clusters_group() -> None:
    failure = run_pool(cluster_security_group_id=None).failure or ""
    assert f"Missing: the cluster's security group {CLUSTER_GROUP} on an interface with an address" in failure


def test_the_component_with_what_the_account_has() -> None:
    given = run_pool(nodes={"role_arn": GIVEN_ROLE}, security_group_ids=[NODES_GROUP])
    assert given.failure is None
    restricted = run_pool(security_group_ids=[CLUSTER_GROUP]).failure or ""
    assert f"egress, no rule of {CLUSTER_GROUP} on the first interface" in restricted


def by_hand(left_out: str = "", public: bool = False, **changes: Any) -> Result:
    """Two p5.48xlarge written with pulumi_aws alone, without one part of what they need."""

    def program() -> None:
        group = aws.ec2.SecurityGroup("group", vpc_id=VPC)
        rules = {
            "in": (aws.vpc.SecurityGroupIngressRule, {"referenced_security_group_id": group.id}),
            "out": (aws.vpc.SecurityGroupEgressRule, {"referenced_security_group_id": group.id}),
            "egress": (aws.vpc.SecurityGroupEgressRule, {"cidr_ipv4": "0.0.0.0/0"}),
        }
        before: list[pulumi.Resource] = [
            rule(name, security_group_id=group.id, ip_protocol="-1", **peer)
            for name, (rule, peer) in rules.items()
            if name != left_out
        ]
        role = aws.iam.Role("role", assume_role_policy=TRUST)
        before += [
            aws.iam.RolePolicyAttachment(arn.rpartition("/")[2], role=role.name, policy_arn=arn)
            for arn in POLICIES
            if left_out not in arn or not left_out
        ]
        addressed = [group.id] if left_out == "cluster" else [group.id, CLUSTER_GROUP]
        layout: list[Any] = [
            {
                "network_card_index": one["networkCardIndex"],
                "device_index": one["deviceIndex"],
                "interface_type": one["interfaceType"],
                "security_groups": [group.id] if one["interfaceType"] == "efa-only" else addressed,
                "associate_public_ip_address": "true" if public and not one["deviceIndex"] else None,
            }
            for one in p5_layout()
        ]
        lt = aws.ec2.LaunchTemplate(
            "lt", instance_type="p5.48xlarge", network_interfaces=layout, **changes.get("template", {})
        )
        nodes: dict[str, Any] = {
            "cluster_name": "efa-dev",
            "node_role_arn": role.arn,
            "subnet_ids": [SUBNET_B],
            "scaling_config": {"min_size": 2, "desired_size": 2, "max_size": 2},
            "launch_template": {"id": lt.id, "version": lt.latest_version.apply(lambda it: str(int(it)))},
            **changes.get("nodes", {}),
        }
        aws.eks.NodeGroup("nodes", **nodes, opts=pulumi.ResourceOptions(depends_on=before))

    return run_program(program)


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ("in", "EfaTrafficBlocked: EFA interfaces have the security group"),
        ("out", "all outbound traffic to the security group itself"),
        ("egress", "Missing: egress, no rule of"),
        ("cluster", f"Missing: the cluster's security group {CLUSTER_GROUP}"),
        ("WorkerNodePolicy", "NodeCreationFailure: Instances failed to join the kubernetes cluster. Missing"),
        ("PullOnly", "the policy AmazonEC2ContainerRegistryPullOnly on the role"),
        ("CNI", "the policy AmazonEKS_CNI_Policy on the role"),
    ],
)
def test_by_hand_without_one_part(left_out: str, words: str) -> None:
    failure = by_hand(left_out).failure or ""
    assert failure.startswith("nodes (aws:eks/nodeGroup:NodeGroup): ") and words in failure


def test_by_hand_the_same_answers() -> None:
    assert by_hand().failure is None
    public = by_hand(public=True).failure or ""
    assert "InvalidParameterCombination: The associatePublicIPAddress parameter cannot be" in public
    block = {
        "instance_market_options": {"market_type": "capacity-block"},
        "capacity_reservation_specification": {
            "capacity_reservation_target": {"capacity_reservation_id": BLOCK}
        },
    }
    nine = {"capacity_type": "CAPACITY_BLOCK"}
    nine["scaling_config"] = {"min_size": 9, "desired_size": 9, "max_size": 9}  # type: ignore[assignment]
    assert f"{CLOSED}: The requested" in (by_hand(template=block, nodes=nine).failure or "")
    elsewhere = by_hand(template={"placement": {"group_name": "p5-train"}}, nodes={"subnet_ids": [SUBNET_A]})
    assert "InvalidPlacementGroup.InUse" in (elsewhere.failure or "")


# -- what cannot be deleted


def used(store: core.Store) -> dict[str, str]:
    """A node group with a group, a role and a placement group of its own, by type."""
    group, _ = make(store, SECURITY_GROUP, vpcId=VPC, description="d")
    itself = {"securityGroupId": group, "referencedSecurityGroupId": group, "ipProtocol": "-1"}
    make(store, INGRESS, **itself)
    make(store, EGRESS, **itself)
    make(store, EGRESS, "out", securityGroupId=group, cidrIpv4="0.0.0.0/0", ipProtocol="-1")
    placement, _ = make(store, GROUP, strategy="cluster")
    role, made = make(store, ROLE, assumeRolePolicy=TRUST)
    for arn in POLICIES:
        make(store, ATTACHMENT, arn, role=role, policyArn=arn)
    layout = [{**one, "securityGroups": [group, CLUSTER_GROUP]} for one in p5_layout()]
    lt = template(networkInterfaces=layout, placement={"groupName": placement})
    nodes, outputs = ask(store, lt, nodeRoleArn=made["arn"])
    given = outputs["launchTemplate"]["id"]
    return {SECURITY_GROUP: group, GROUP: placement, ROLE: role, NODES: nodes, TEMPLATE: given}


@pytest.mark.parametrize(
    ("type", "code", "words"),
    [
        (GROUP, "InvalidPlacementGroup.InUse", "is in use and may not be deleted."),
        (SECURITY_GROUP, "DependencyViolation", "has a dependent object"),
        (ROLE, "DeleteConflict", "must detach all policies first"),
    ],
)
def test_what_nodes_use_stays(type: str, code: str, words: str) -> None:
    store = found()
    ids = used(store)
    refused = refusal(core.delete, store, type, ids[type])
    assert refused.code == code and words in refused.message
    assert store.get(type, ids[type]) is not None
    core.delete(store, NODES, ids[NODES])
    for one in store.all(ATTACHMENT):
        core.delete(store, ATTACHMENT, one["id"])
    core.delete(store, type, ids[type])
    core.delete(store, type, ids[type])


def test_an_image_by_id_wants_a_new_group() -> None:
    store = found()
    ids = used(store)
    template_, nodes = store.get(TEMPLATE, ids[TEMPLATE]), store.get(NODES, ids[NODES])
    assert template_ is not None and nodes is not None
    own = base64.b64encode(b"#cloud-config\n").decode()
    newer = {**template_["inputs"], "imageId": "ami-0abcdef1234567890", "userData": own}
    core.update(store, TEMPLATE, ids[TEMPLATE], template_["inputs"], newer, False)
    moved = {**nodes["inputs"], "launchTemplate": {"id": ids[TEMPLATE], "version": "2"}}
    refused = refusal(core.update, store, NODES, ids[NODES], nodes["inputs"], moved, False)
    assert "You must create a new node group" in refused.message


def test_nodes_use_the_version_that_they_run() -> None:
    store = found()
    ids = used(store)
    template_, nodes = store.get(TEMPLATE, ids[TEMPLATE]), store.get(NODES, ids[NODES])
    assert template_ is not None and nodes is not None
    make(store, GROUP, name="next", strategy="cluster")
    newer = {**template_["inputs"], "placement": {"groupName": "next"}}
    core.update(store, TEMPLATE, ids[TEMPLATE], template_["inputs"], newer, False)
    assert refusal(core.delete, store, GROUP, ids[GROUP]).code == "InvalidPlacementGroup.InUse"
    old = nodes["inputs"]
    moved = {**old, "launchTemplate": {"id": ids[TEMPLATE], "version": "2"}}
    core.update(store, NODES, ids[NODES], old, moved, False)
    core.delete(store, GROUP, ids[GROUP])
    assert refusal(core.delete, store, GROUP, "next").code == "InvalidPlacementGroup.InUse"


def test_a_preview_waits_for_what_it_cannot_know() -> None:
    store = found(without("egressRules", "sgr-07"))
    lt, _ = make(store, TEMPLATE, **template())
    inputs = {
        "clusterName": "efa-dev",
        "nodeRoleArn": GIVEN_ROLE,
        "subnetIds": [SUBNET_A],
        "launchTemplate": {"id": lt, "version": "1"},
        **size(2),
    }
    core.create(store, NODES, "n", inputs, True)
    assert refusal(core.create, store, NODES, "n", {**inputs, **size(41)}, True).code == "VcpuLimitExceeded"
    unknown = {**inputs, **size(41), "launchTemplate": {"id": lt, "version": core.UNKNOWN}}
    core.create(store, NODES, "n", unknown, True)


def test_a_template_may_go_while_nodes_run() -> None:
    store = found()
    core.delete(store, TEMPLATE, used(store)[TEMPLATE])


def test_a_group_that_another_groups_rule_names_stays() -> None:
    store = found()
    group, _ = make(store, SECURITY_GROUP, vpcId=VPC, description="d")
    rule = {"securityGroupId": CLUSTER_GROUP, "referencedSecurityGroupId": group, "ipProtocol": "-1"}
    id, _ = make(store, INGRESS, **rule)
    assert refusal(core.delete, store, SECURITY_GROUP, group).code == "DependencyViolation"
    core.delete(store, INGRESS, id)
    core.delete(store, SECURITY_GROUP, group)
    assert refusal(core.delete, store, SECURITY_GROUP, CLUSTER_GROUP).code == "DependencyViolation"


def test_a_role_that_the_provider_detaches_may_go() -> None:
    store = found()
    role, _ = make(store, ROLE, assumeRolePolicy=TRUST, forceDetachPolicies=True)
    make(store, ATTACHMENT, role=role, policyArn=POLICIES[0])
    core.delete(store, ROLE, role)


def test_every_reason_is_said_at_once() -> None:
    store = found(without("egressRules", "sgr-07"))
    with pytest.raises(Refused) as caught:
        ask(store, template(**P5_GROUP), subnetIds=[SUBNET_A], **size(41))
    for words in ("InvalidPlacementGroup.InUse", "VcpuLimitExceeded", "NodeCreationFailure"):
        assert words in str(caught.value)
