"""Requests for every type of the catalogue fit the shapes, enums, bounds and patterns of botocore's models.

The judge is `sandbox.core.shapes`, which is shown first to refuse what AWS refuses.
"""

from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import pytest
from efa_pools import catalogue, layouts
from efa_pools.images import accelerator

from sandbox import account
from sandbox.core.references import CAPACITY_RESERVATION
from sandbox.core.shapes import problems
from sandbox.inprocess import Registration, Result, run
from tests.stacks import ARGUMENTS, CLUSTER_FACTS

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:ec2/placementGroup:PlacementGroup"
NODES = "aws:eks/nodeGroup:NodeGroup"
SCALED, TAG = "aws:autoscaling/group:Group", "aws:autoscaling/tag:Tag"
ACCESS, PROFILE = "aws:eks/accessEntry:AccessEntry", "aws:iam/instanceProfile:InstanceProfile"
TYPES = [name for name in catalogue.names() if catalogue.get(name).cards]  # type: ignore[union-attr]
BLOCK = "cr-0123456789abcdef0"
AT_ONCE = 40


def changed(type: str, /, **changes: Any) -> dict[str, Any]:
    inputs: dict[str, dict[str, Any]] = {
        TEMPLATE: {
            "name": "train",
            "networkInterfaces": [{"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}],
        },
        NODES: {
            "clusterName": "efa-dev",
            "nodeGroupName": "train",
            "nodeRoleArn": "arn:aws:iam::123456789012:role/efa-nodes",
            "subnetIds": ["subnet-0a1b2c3d4e5f60718"],
            "scalingConfig": {"minSize": 1, "maxSize": 1, "desiredSize": 1},
        },
        GROUP: {"name": "train", "strategy": "cluster"},
        SCALED: {
            "name": "train",
            "minSize": 0,
            "maxSize": 1,
            "launchTemplate": {"id": "lt-0123456789abcdef0", "version": "1"},
            "vpcZoneIdentifiers": ["subnet-0a1b2c3d4e5f60718", "subnet-0b2c3d4e5f6071829"],
        },
        TAG: {
            "autoscalingGroupName": "train",
            "tag": {"key": "k", "value": "v", "propagateAtLaunch": False},
        },
        ACCESS: {"clusterName": "efa-dev", "principalArn": "arn:aws:iam::123456789012:role/efa-nodes"},
        PROFILE: {"name": "train", "role": "efa-nodes"},
    }
    return {**inputs[type], **changes}


REFUSED = {
    "interface type": (
        TEMPLATE,
        {"networkInterfaces": [{"networkCardIndex": 0, "interfaceType": "efa-nope"}]},
    ),
    "card": (TEMPLATE, {"networkInterfaces": [{"networkCardIndex": -99, "interfaceType": "efa"}]}),
    "market type": (TEMPLATE, {"instanceMarketOptions": {"marketType": "barter"}}),
    "instance type": (TEMPLATE, {"instanceType": "p5.48xlrge"}),
    "unknown key": (TEMPLATE, {"networkInterfaces": [{"cardIndex": 0}]}),
    "no subnets": (NODES, {"subnetIds": []}),
    "capacity type": (NODES, {"capacityType": "BARTER"}),
    "no nodes at all": (NODES, {"scalingConfig": {"minSize": 0, "maxSize": 0, "desiredSize": 0}}),
    "taint effect": (NODES, {"taints": [{"key": "a", "effect": "NoSchedule"}]}),
    "strategy": (GROUP, {"strategy": "clustered"}),
    "negative size": (SCALED, {"minSize": -1}),
    "healthy percentage": (SCALED, {"instanceMaintenancePolicy": {"minHealthyPercentage": 101}}),
    "refresh strategy": (SCALED, {"instanceRefresh": {"strategy": "Leaping"}}),
    "protected": (
        SCALED,
        {"instanceRefresh": {"preferences": {"scaleInProtectedInstances": "Maybe"}, "strategy": "Rolling"}},
    ),
    "mixed instances": (SCALED, {"mixedInstancesPolicy": {"launchTemplate": {}}}),
    "tag key": (TAG, {"tag": {"key": "k" * 129, "value": "v", "propagateAtLaunch": False}}),
    "entry type": (ACCESS, {"type": "EC2_BEOS"}),
    "profile name": (PROFILE, {"name": "a b"}),
}


@pytest.mark.parametrize("type", [TEMPLATE, NODES, GROUP, SCALED, TAG, ACCESS, PROFILE])
def test_the_judge_accepts_what_is_right(type: str) -> None:
    assert problems(type, changed(type)) == []


@pytest.mark.parametrize("case", REFUSED)
def test_the_judge_refuses_what_is_wrong(case: str) -> None:
    type, changes = REFUSED[case]
    assert problems(type, changed(type, **changes))


@cache
def everything(kind: str = "eks-managed") -> Result:
    """One pool of every type, as a preview."""
    store = account.load()
    found = store.get(CAPACITY_RESERVATION, "cr-0e5f60718293a4b5c")
    assert found is not None
    outputs = {**found["outputs"], "id": BLOCK, "instanceType": "p6e-gb200.36xlarge"}
    store.put(CAPACITY_RESERVATION, BLOCK, {**found, "id": BLOCK, "outputs": outputs})
    made: list[Registration] = []
    wanted = TYPES if kind == "eks-managed" else distinct()
    # Pulumi's own waiting grows with the square of what one program registers.
    for start in range(0, len(wanted), AT_ONCE):
        program = partial(register, kind, wanted[start : start + AT_ONCE])
        result = run(program, stack="test", project="efa-pools", config={}, preview=True, store=store)
        assert result.failure is None, result.failure
        made += result.registrations
    return Result(made, {}, None, [])


def distinct() -> list[str]:
    """One type for each of what tells types apart in a template."""
    found: dict[object, str] = {}
    for name in TYPES:
        instance = catalogue.get(name)
        assert instance is not None
        interfaces = layouts.interfaces(instance, "recommended")
        sold = (instance.usage_classes, instance.placement_strategies)
        found.setdefault((interfaces, instance.architectures, accelerator(instance), sold), name)
    return list(found.values())


def register(kind: str, names: Sequence[str]) -> None:
    from efa_pools import EfaWorkerPool

    for name in names:
        instance = catalogue.get(name)
        assert instance is not None
        arguments = {**ARGUMENTS, **CLUSTER_FACTS, "instance_type": name, "nodes": {"kind": kind}}
        if "on-demand" not in instance.usage_classes:
            arguments["capacity"] = {"kind": "capacity-block", "reservation_id": BLOCK}
        elif "cluster" not in instance.placement_strategies:
            arguments["placement"] = {"mode": "none"}
        EfaWorkerPool(name.replace(".", "-"), arguments)  # type: ignore[arg-type]


def test_every_type_is_registered_and_accepted() -> None:
    result = everything()
    assert result.failure is None
    assert len(result.of("LaunchTemplate")) == len(result.of("NodeGroup")) == len(TYPES) == 304
    assert len(result.of("PlacementGroup")) == 302


@pytest.mark.parametrize("type", [TEMPLATE, NODES, GROUP])
def test_every_request_fits_botocores_model(type: str) -> None:
    wrong = {one.name: found for one in everything().of(type) if (found := problems(type, one.inputs))}
    assert wrong == {}


def test_what_differs_between_types_is_accepted_self_managed() -> None:
    result = everything("self-managed")
    for type in (TEMPLATE, SCALED, ACCESS, PROFILE):
        found = result.of(type)
        assert len(found) == len(distinct()) >= 25
        assert {one.name: wrong for one in found if (wrong := problems(type, one.inputs))} == {}


def test_every_image_fits_its_type() -> None:
    for one in everything().of("NodeGroup"):
        instance = _dotted(one.name)
        arm = "ARM" in one.inputs["amiType"]
        assert arm == ("arm64" in instance.architectures), one.name
        assert ("NVIDIA" in one.inputs["amiType"]) == ("NVIDIA" in (instance.gpu_name or "")), one.name


def _dotted(resource: str) -> catalogue.InstanceType:
    plain = resource.removesuffix("-nodes")
    (name,) = [one for one in TYPES if one.replace(".", "-") == plain]
    found = catalogue.get(name)
    assert found is not None
    return found
