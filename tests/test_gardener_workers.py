"""GardenerWorkers: the patch that a pool becomes, and what is refused before anything is registered."""

import json
from typing import Any

import pulumi
import pytest
from efa_pools import EfaWorkerPool, GardenerWorkers

from sandbox.core.values import UNKNOWN
from tests.stacks import run_program, run_stack
from tests.wire_calls import construct

PATCH = "kubernetes:core.gardener.cloud/v1beta1:ShootPatch"
# The documented P5 pool (Pulumi.gardener.yaml) as Gardener's API has it: types_shoot.go, types_worker.go.
P5 = {
    "name": "p5",
    "machine": {"type": "p5.48xlarge", "image": {"name": "gardenlinux", "version": "2150.6.0"}},
    "minimum": 2,
    "maximum": 4,
    "maxSurge": 1,
    "maxUnavailable": 0,
    "zones": ["us-east-2b"],
    "labels": {"efa-pools/pool": "p5", "efa-pools/efa": "true"},
    "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}],
    "volume": {"type": "gp3", "size": "200Gi"},
    "providerConfig": {
        "apiVersion": "aws.provider.extensions.gardener.cloud/v1alpha1",
        "kind": "WorkerConfig",
        "networkInterfaces": [
            {"type": "interface"},
            {"deviceIndex": 1, "type": "efa-only"},
            {"networkCardIndexRange": {"from": 1, "to": 31}, "type": "efa-only"},
        ],
        "nodeTemplate": {"capacity": {"vpc.amazonaws.com/efa": "32", "nvidia.com/gpu": "8"}},
        "placement": {"groupId": "the group's"},
    },
}
ARGUMENTS: dict[str, Any] = {
    "instance_type": "p5.48xlarge",
    "size": {"desired": 2},
    "availability_zones": ["us-east-2b"],
    "layout_version": 1,
    "nodes": {"kind": "gardener", "shoot": "training", "namespace": "garden-ml"},
    "image": {"family": "garden-linux", "release_version": "2150.6.0"},
}


def workers(patch: Any) -> list[Any]:
    return patch.inputs["spec"]["provider"]["workers"]  # type: ignore[no-any-return]


def run_workers(*, preview: bool = False, twins: Any = None, **changes: Any) -> Any:
    given = {key: value for key, value in {**ARGUMENTS, **changes}.items() if value is not None}

    def program() -> None:
        made = {key: one() for key, one in (twins or {}).items()}
        pool = GardenerWorkers("gpu", {**given, **made})
        pulumi.export("pool", pool.outputs())
        pulumi.export("id", pool.placement_group_id)

    return run_program(program, preview=preview)


def test_the_documented_example_is_one_entry_of_the_shoot() -> None:
    result = run_stack("gardener")
    assert result.failure is None
    (patch,) = result.of(PATCH)
    (group,) = result.of("PlacementGroup")
    expected = json.loads(json.dumps(P5).replace("the group's", group.outputs["placementGroupId"]))
    assert patch.inputs == {
        "apiVersion": "core.gardener.cloud/v1beta1",
        "kind": "Shoot",
        # No annotation: those are the Shoot's, and its pools would fight over them.
        "metadata": {"name": "training", "namespace": "garden-ml"},
        "spec": {"provider": {"workers": [expected]}},
    }
    assert patch.provider == "garden" and "p5-pg" in patch.depends_on
    assert {one.provider for one in result.of("kubernetes:helm.sh/v3:Release")} == {"cluster"}


def test_the_add_ons_of_a_shoot_are_garden_linuxs() -> None:
    result = run_stack("gardener")
    driver = result.named("addons-gpu").inputs["values"]["driver"]
    assert "gardenlinux-nvidia-installer" in driver["repository"] and driver["usePrecompiled"]
    assert result.named("addons-efa").inputs["chart"] == "aws-efa-k8s-device-plugin"


def test_the_stacks_outputs_say_where_the_worker_is() -> None:
    out = run_stack("gardener").outputs["pools"]["p5"]
    named = ("shootName", "shootNamespace", "workerName", "interfacesPerNode", "efaPerNode")
    assert [out[key] for key in named] == ["training", "garden-ml", "p5", 33, 32]
    assert out["placementGroupId"].startswith("pg-")


def test_a_reservation_that_the_pool_makes_is_named_in_the_patch() -> None:
    # A type that is sold on demand, and that the account's quota has room for twice.
    made = run_workers(
        instance_type="p4d.24xlarge",
        capacity={"kind": "reservation", "count": 2},
        placement={"mode": "create"},
        tags={"owner": "research"},
    )
    assert made.failure is None, made.failure
    (reserved,) = made.of("CapacityReservation")
    (group,) = made.of("PlacementGroup")
    asked = reserved.inputs
    assert (asked["instanceCount"], asked["instanceMatchCriteria"]) == (2, "targeted")
    assert asked["placementGroupArn"] == group.outputs["arn"] and asked["tags"]["owner"] == "research"
    (worker,) = workers(made.of(PATCH)[0])
    assert worker["providerConfig"]["capacityReservation"] == {"capacityReservationId": reserved.id}
    assert made.outputs["pool"]["retained"] == [reserved.id, group.outputs["placementGroupId"]]


def test_a_preview_knows_all_but_the_groups_id() -> None:
    result = run_stack("gardener", preview=True)
    assert result.failure is None
    (patch,) = result.of(PATCH)
    assert workers(patch)[0]["providerConfig"]["placement"] == {"groupId": UNKNOWN}


def test_without_the_gardens_kubeconfig_nothing_is_registered() -> None:
    result = run_stack(
        "gardener", change=lambda config: config.update({"efa-pools:gardenKubeconfig": "null"})
    )
    assert "efa-pools:gardenKubeconfig: Required" in (result.failure or "")
    assert not result.registrations


def test_two_pools_own_an_entry_each() -> None:
    def second(config: dict[str, Any]) -> None:
        (pool,) = config["efa-pools:pools"]
        config["efa-pools:pools"] = [pool, {**pool, "name": "p5-more"}]

    result = run_stack("gardener", change=second)
    assert result.failure is None
    assert [[one["name"] for one in workers(patch)] for patch in result.of(PATCH)] == [["p5"], ["p5-more"]]


def test_a_stack_has_one_shoot() -> None:
    def second(config: dict[str, Any]) -> None:
        (pool,) = config["efa-pools:pools"]
        other = {**pool, "name": "q", "nodes": {**pool["nodes"], "shoot": "other"}}
        config["efa-pools:pools"] = [pool, other]

    failure = run_stack("gardener", change=second).failure or ""
    assert "pools[1].nodes.shoot: Invalid: 'other'" in failure


def test_ids_that_other_resources_make_stand_in_the_patch() -> None:
    twins = {
        "placement_group_id": lambda: pulumi.Output.from_input("pg-0d4e5f60718293a4b"),
        "capacity_reservation_id": lambda: pulumi.Output.from_input("cr-0e5f60718293a4b5c"),
    }
    result = run_workers(twins=twins, capacity={"kind": "capacity-block"})
    assert result.failure is None
    (patch,) = result.of(PATCH)
    config = workers(patch)[0]["providerConfig"]
    assert config["placement"] == {"groupId": "pg-0d4e5f60718293a4b"}
    assert config["capacityReservation"] == {"capacityReservationId": "cr-0e5f60718293a4b5c"}
    assert config["instanceMarketOptions"] == {"marketType": "capacity-block"}
    assert not result.of("PlacementGroup")
    assert result.outputs["id"] == "pg-0d4e5f60718293a4b"


def test_an_image_that_is_left_to_gardener_is_not_sent() -> None:
    nodes = {**ARGUMENTS["nodes"], "worker": {"machine": {"image": {"name": "gardenlinux"}}}}
    result = run_workers(nodes=nodes, image={"family": "custom"})
    assert result.failure is None
    (patch,) = result.of(PATCH)
    assert workers(patch)[0]["machine"]["image"] == {"name": "gardenlinux"}
    assert any("machine.image.version" in text for severity, text in result.messages if severity == "warning")


REFUSED = {
    "another kind": ({"nodes": {"kind": "self-managed"}}, "nodes.kind: NotSupported: 'self-managed'"),
    "no kind": ({"nodes": None}, "nodes.kind: NotSupported: 'eks-managed'"),
    "no shoot": ({"nodes": {"kind": "gardener"}}, "nodes.shoot: Required"),
    "no namespace": ({"nodes": {"kind": "gardener", "shoot": "a"}}, "nodes.namespace: Required"),
    "a cluster": ({"cluster_name": "efa-dev"}, "cluster_name: Forbidden"),
    "subnets": ({"subnet_ids": ["subnet-0b2c3d4e5f6071829"]}, "subnet_ids: Forbidden"),
    "a role": ({"node_role_arn": "arn:aws:iam::123456789012:role/n"}, "nodes.role_arn: Forbidden"),
    "a name": ({"name": "x"}, "name: Forbidden"),
    "an unknown key": ({"size": {"desired": 1, "most": 2}}, "size.most: Forbidden"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_before_anything_is_registered(case: str) -> None:
    changes, expected = REFUSED[case]
    result = run_workers(**changes)
    assert result.registrations == [] and expected in (result.failure or "")


def test_the_eks_component_names_the_other() -> None:
    result = run_program(lambda: EfaWorkerPool("gpu", ARGUMENTS))  # type: ignore[arg-type]
    assert result.registrations == [] and "GardenerWorkers" in (result.failure or "")


def test_what_gardener_refuses_ends_the_run() -> None:
    """A zone that the Shoot does not span is known to Gardener alone."""
    failure = run_workers(availability_zones=["us-east-2c"]).failure or ""
    assert 'spec.provider.workers[1].zones[0]: Invalid value: "us-east-2c"' in failure


def test_a_worker_that_others_own_is_a_conflict() -> None:
    def program() -> None:
        GardenerWorkers("services", ARGUMENTS)  # type: ignore[arg-type]

    failure = run_program(program).failure or ""
    assert 'conflict with "gardener-controller-manager"' not in failure  # the same version, so no conflict
    assert (
        'conflict with "gardener-dashboard" using core.gardener.cloud/v1beta1: '
        '.spec.provider.workers[name="services"].machine.type' in failure
    )


SENT: dict[str, Any] = {
    "instanceType": "p5.48xlarge",
    "size": {"min": 2.0, "max": 4.0},
    "availabilityZones": ["us-east-2b"],
    "networkInterfaces": [
        {"type": "interface"},
        {"deviceIndex": 1.0, "type": "efa-only"},
        {"networkCardIndexRange": {"from": 1.0, "to": 31.0}, "type": "efa-only"},
    ],
    "nodes": {
        "kind": "gardener",
        "shoot": "training",
        "namespace": "garden-ml",
        "worker": {"priority": 10.0, "providerConfig": {"volume": {"iops": 4000.0}}},
    },
    "image": {"family": "garden-linux", "releaseVersion": "2150.6.0"},
}


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
def test_other_languages_make_workers_through_the_package(preview: bool) -> None:
    result, said = construct(SENT, "GardenerWorkers", preview=preview)
    assert said == "" and result.failure is None
    (patch,) = result.of(PATCH)
    (worker,) = workers(patch)
    assert worker["providerConfig"]["networkInterfaces"] == P5["providerConfig"]["networkInterfaces"]
    assert (worker["priority"], worker["providerConfig"]["volume"]) == (10, {"iops": 4000})
    assert ".0" not in json.dumps({key: worker[key] for key in ("minimum", "maximum", "priority")})
    state = result.outputs["state"]
    assert {**state, "placementGroupId": "", "placementGroupName": ""} == {
        "shootName": "training",
        "shootNamespace": "garden-ml",
        "workerName": "train",
        "placementGroupId": "",
        "placementGroupName": "",
        "capacityReservationId": "",
        "retained": [],
        "interfacesPerNode": 33,
        "efaPerNode": 32,
        "gpusPerNode": 8,
        "bandwidthGbpsPerNode": 3200,
        "addressesPerNode": 1,
        "addressesPerNodeWithCni": 1,
        "nodeSelector": {"efa-pools/pool": "train"},
    }


def test_other_languages_read_their_own_casing() -> None:
    result, said = construct({**SENT, "clusterName": "c", "subnetId": "s"}, "GardenerWorkers")
    assert "clusterName: Forbidden" in said and "subnetId: Forbidden" in said
    assert not result.registrations
