"""Placement groups, Capacity Blocks, reservations, charts' origin, protection."""

from typing import Any

from tests.policies.asking import UNKNOWN, Given
from tests.policies.case import Cases
from tests.policies.resources import (
    BLOCK_ID,
    BUCKET,
    GROUP,
    NODES,
    PLUGIN,
    PURCHASE,
    RESERVATION,
    RESOURCE_GROUP,
    SCALING,
    SUBNET_A,
    SUBNET_B,
    TEMPLATE,
    linked,
    targeted,
)

BOTH = linked(NODES.but({"subnetIds": [UNKNOWN, UNKNOWN]}), subnetIds=["subnet-a", "subnet-b"])
SPREAD = GROUP.but({"strategy": "spread"})
ZONES = (
    Cases("cluster-group-in-one-zone")
    .good(TEMPLATE, GROUP, SUBNET_A, NODES)
    .good(TEMPLATE, SPREAD, SUBNET_A, SUBNET_B, BOTH, why="spread")
    .good(TEMPLATE, GROUP, NODES.but({"subnetIds": ["subnet-1", "subnet-2"]}), why="others' subnets")
    .bad(TEMPLATE, GROUP, SUBNET_A, SUBNET_B, BOTH, said=["us-east-2a, us-east-2b: expected one zone"])
    .bad(
        TEMPLATE,
        GROUP,
        SUBNET_A,
        SUBNET_B,
        linked(SCALING, vpcZoneIdentifiers=["subnet-a", "subnet-b"]),
        said=["expected one zone"],
        why="Auto Scaling group",
    )
    .none(TEMPLATE, GROUP)
    .unsure(TEMPLATE, GROUP, SUBNET_A, SUBNET_B.but({"availabilityZone": UNKNOWN}), BOTH)
)
IN_GROUP = linked(RESERVATION.but({"placementGroupArn": UNKNOWN}), placementGroupArn=["pg"])
TO_OURS = linked(
    targeted(group=True, capacityReservationId=UNKNOWN), capacityReservationSpecification=["reserved"]
)
NEW_GROUP = (
    Cases("no-new-group-beside-reservation")
    .good(targeted(market="capacity-block", capacityReservationId=BLOCK_ID), GROUP)
    .good(TEMPLATE, GROUP, why="on demand")
    .good(TO_OURS, GROUP, IN_GROUP, why="reservation made in the group")
    .bad(
        GROUP,
        targeted(market="capacity-block", group=True, capacityReservationId=BLOCK_ID),
        said=["placement of pg: 'create' with capacity kind capacity-block: expected none"],
    )
    .bad(
        GROUP,
        targeted(group=True, capacityReservationId=UNKNOWN),
        said=["capacity kind reservation"],
        why="reservation",
    )
    .bad(
        GROUP.but({"id": "train-4f1c"}),
        targeted(capacityReservationId=BLOCK_ID).but({"placement": {"groupName": "train-4f1c"}}),
        said=["placement of pg"],
        why="known by name",
    )
    .none(GROUP)
    .unsure(GROUP, targeted(group=True).but({"capacityReservationSpecification": None}))
)
RESOURCE_GROUPS = (
    Cases("no-group-beside-resource-group")
    .good(targeted(market="capacity-block", capacityReservationResourceGroupArn=RESOURCE_GROUP))
    .bad(
        targeted(market="capacity-block", group=True, capacityReservationResourceGroupArn=UNKNOWN),
        said=["EC2 forbids a placement group"],
    )
    .none(targeted(market="capacity-block", group=True, capacityReservationId=BLOCK_ID), why="by id")
    .none(BUCKET)
    .unsure(
        targeted(market=UNKNOWN, group=True, capacityReservationResourceGroupArn=RESOURCE_GROUP),
    )
)
EXISTING_ID = "pg-0d4e5f60718293a4b"
EXISTING = targeted(market="capacity-block", capacityReservationId=BLOCK_ID).but(
    {"placement": {"groupId": EXISTING_ID}}
)
EXISTING_GROUP = (
    Cases("existing-group-beside-block")
    .good(EXISTING, config={"tried": [EXISTING_ID]})
    .good(targeted(market="capacity-block", capacityReservationId=BLOCK_ID), why="no group")
    .good(EXISTING.but({"instanceMarketOptions": None}), why="no block")
    .bad(EXISTING, said=["'existing' beside a Capacity Block", "InsufficientInstanceCapacity"])
    .none(GROUP)
    .unsure(EXISTING.but({"instanceMarketOptions.marketType": UNKNOWN}))
)
BLOCK_NODES = NODES.but({"capacityType": "CAPACITY_BLOCK"})
NAMED = (
    Cases("capacity-block-is-named")
    .good(targeted(market="capacity-block", capacityReservationId=BLOCK_ID))
    .good(targeted(market="capacity-block", capacityReservationResourceGroupArn=UNKNOWN), why="group")
    .bad(targeted(market="capacity-block"), said=["capacityReservationTarget: missing"])
    .bad(
        targeted(market="capacity-block").but({"capacityReservationSpecification": None}),
        said=["capacityReservationTarget: missing"],
        why="nothing at all",
    )
    .none(TEMPLATE)
    .none(BUCKET, why="another type")
    .unsure(targeted(market="capacity-block").but({"capacityReservationSpecification": UNKNOWN}))
)
BLOCK_TEMPLATE = targeted(market="capacity-block", capacityReservationId=BLOCK_ID)
MARKET = (
    Cases("capacity-type-fits-market")
    .good(TEMPLATE, NODES)
    .good(BLOCK_TEMPLATE, BLOCK_NODES, why="block")
    .none(targeted(market="spot"), SCALING, why="Auto Scaling groups have none")
    .bad(TEMPLATE, BLOCK_NODES, said=["CAPACITY_BLOCK with market type None", "expected capacity-block"])
    .bad(BLOCK_TEMPLATE, NODES, said=["expected no market type"], why="market without the type")
    .bad(
        targeted(market="spot"),
        NODES.but({"capacityType": "SPOT"}),
        said=["expected no market type"],
        why="spot in the template",
    )
    .none(TEMPLATE)
    .unsure(TEMPLATE, NODES.but({"capacityType": UNKNOWN}))
)


def nodes(size: Any, name: str = "nodes", template: str = "lt") -> Given:
    """A node group that may grow to this size."""
    made = NODES.but({"scalingConfig.maxSize": size})
    return linked(made, name, launchTemplate=[template])


OURS = linked(targeted(capacityReservationId=UNKNOWN), capacityReservationSpecification=["reserved"])
THEIRS = targeted(capacityReservationId=BLOCK_ID)
COUNTS = {"counts": {BLOCK_ID: 4}}
POOLS = [{"name": "train", "capacity": {"kind": "capacity-block", "reservationId": BLOCK_ID, "count": 4}}]
SIZE = (
    Cases("size-within-reservation")
    .good(OURS, RESERVATION, nodes(2))
    .good(THEIRS, nodes(4), config=COUNTS, why="stated")
    .good(THEIRS, nodes(400), why="nobody says how many")
    .bad(OURS, RESERVATION, nodes(3), said=["maximum size: 3: expected at most the 2 reserved"])
    .bad(THEIRS, nodes(5), config=COUNTS, said=["at most the 4"], why="stated")
    .bad(THEIRS, nodes(5), pools=POOLS, said=["at most the 4"], why="stated in the pool")
    .bad(
        OURS,
        RESERVATION,
        linked(SCALING.but({"maxSize": 3}), launchTemplate=["lt"]),
        said=["3: expected at most the 2"],
        why="Auto Scaling group",
    )
    .none(OURS, RESERVATION)
    .unsure(OURS, RESERVATION, nodes(UNKNOWN))
    .unsure(OURS, RESERVATION.but({"instanceCount": UNKNOWN}), nodes(3), why="count")
)
SECOND = linked(OURS, "lt-2")
OVERSOLD = (
    Cases("reservation-not-oversold")
    .good(OURS, RESERVATION, SECOND, nodes(1), nodes(1, "others", "lt-2"))
    .good(OURS, RESERVATION, nodes(3), why="one alone is another rule's")
    .bad(
        OURS,
        RESERVATION,
        SECOND,
        nodes(2),
        nodes(1, "others", "lt-2"),
        said=["nodes, others: 3 nodes at most: expected 2"],
    )
    .bad(
        THEIRS,
        linked(THEIRS, "lt-2"),
        nodes(3),
        nodes(2, "others", "lt-2"),
        pools=POOLS,
        said=["5 nodes at most: expected 4"],
        why="stated in the pool",
    )
    .none(OURS, RESERVATION)
    .unsure(OURS, RESERVATION, SECOND, nodes(UNKNOWN), nodes(2, "others", "lt-2"))
)
BOUGHT = (
    Cases("capacity-is-bought-on-purpose")
    .good(RESERVATION, PURCHASE, config={"allowed": ["reserved", "block"]})
    .bad(RESERVATION, said=["reserved: expected its name under `allowed`", "2 x p4d.24xlarge"])
    .bad(PURCHASE, said=["cannot be cancelled"], why="block")
    .none(BUCKET)
    .unsure(RESERVATION.but({"instanceCount": UNKNOWN}), config={"allowed": ["reserved"]})
)
KEPT = (
    Cases("capacity-is-kept")
    .good(RESERVATION, PURCHASE)
    .good(linked(RESERVATION, protect=False), config={"expendable": ["reserved"]}, why="expendable")
    .bad(linked(RESERVATION, protect=False), said=["reserved: expected protect: true"])
    .bad(linked(PURCHASE, protect=False), said=["block: expected protect"], why="block")
    .none(BUCKET)
    .unsure(RESERVATION.but({"instanceCount": UNKNOWN}))
)
REPOSITORY = (
    Cases("helm-repository-is-allowed")
    .good(PLUGIN)
    .good(
        PLUGIN.but({"chart": "oci://mirror.example.com/charts/efa", "repositoryOpts": None}),
        config={"allowed": ["oci://mirror.example.com/charts"]},
        why="mirror",
    )
    .bad(
        PLUGIN.but({"repositoryOpts.repo": "https://aws.github.io.example.com/eks-charts"}),
        said=["'https://aws.github.io.example.com/eks-charts': expected"],
    )
    .bad(
        PLUGIN.but({"repositoryOpts.repo": "https://aws.github.io/eks-charts-evil"}),
        said=["eks-charts-evil"],
        why="similar",
    )
    .bad(PLUGIN.but({"chart": "oci://example.com/efa"}), said=["'oci://example.com/efa'"], why="OCI")
    .bad(
        PLUGIN.but({"repositoryOpts": None}), said=["'aws-efa-k8s-device-plugin'"], why="this machine's alias"
    )
    .bad(
        PLUGIN.but({"chart": "https://example.com/efa-0.5.30.tgz", "repositoryOpts": None}),
        said=["'https://example.com/efa-0.5.30.tgz'"],
        why="archive behind a URL",
    )
    .bad(
        PLUGIN.but({"repositoryOpts.repo": "http://aws.github.io/eks-charts"}),
        said=["'http://aws.github.io/eks-charts'"],
        why="in the clear",
    )
    .bad(
        PLUGIN.but({"repositoryOpts.repo": "https://aws.github.io/eks-charts/%2e%2e/evil"}),
        said=["%2e%2e/evil"],
        why="way out",
    )
    .none(PLUGIN.but({"chart": "./charts/efa", "repositoryOpts": None}), why="local")
    .none(PLUGIN.but({"chart": "charts/efa-0.5.30.tgz", "repositoryOpts": None}), why="local archive")
    .none(Given("kubernetes:helm.sh/v4:Chart", "component", {}), why="no inputs are shown")
    .none(BUCKET)
    .unsure(PLUGIN.but({"repositoryOpts": UNKNOWN}))
)
B200 = TEMPLATE.but({"instanceType": "p6-b200.48xlarge"})
AGE = (
    Cases("efa-plugin-knows-type")
    .good(B200, PLUGIN)
    .good(TEMPLATE, PLUGIN.but({"version": "v0.5.3"}), why="old type")
    .good(B200, PLUGIN.but({"chart": "gpu-operator", "version": "v0.1.0"}), why="another chart")
    .bad(
        B200,
        PLUGIN.but({"version": "v0.5.9"}),
        said=["version: 'v0.5.9': expected v0.5.10 or newer for p6-b200.48xlarge"],
    )
    .bad(
        TEMPLATE.but({"instanceType": None}),
        NODES.but({"instanceTypes": ["p6-b300.48xlarge"]}),
        PLUGIN.but({"values.image.tag": "v0.5.15"}),
        said=["values.image.tag: 'v0.5.15': expected v0.5.16"],
        why="image",
    )
    .none(B200)
    .unsure(B200, PLUGIN.but({"version": UNKNOWN}))
)
PROTECTED = (
    Cases("nodes-are-protected")
    .good(linked(NODES, protect=True), linked(GROUP, protect=True))
    .bad(NODES, said=["nodes: expected protect: true"])
    .bad(SCALING, said=["asg: expected protect"], why="Auto Scaling group")
    .none(BUCKET)
    .unsure(linked(NODES.but({"subnetIds": UNKNOWN}), protect=True))
)
CASES = [
    case
    for cases in (
        ZONES,
        NEW_GROUP,
        RESOURCE_GROUPS,
        EXISTING_GROUP,
        NAMED,
        MARKET,
        SIZE,
        OVERSOLD,
        BOUGHT,
        KEPT,
        REPOSITORY,
        AGE,
        PROTECTED,
    )
    for case in cases.all
]
