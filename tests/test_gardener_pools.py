"""Workers become pools and pools workers, and nothing is lost on the way."""

from typing import Any

import pytest
from efa_pools.check.arguments import check_arguments
from efa_pools.check.pool import check_pool
from efa_pools.check.stack import check_stack
from efa_pools.gardener.exporting import export_worker
from efa_pools.gardener.importing import clean, import_worker
from efa_pools.gardener.interfaces import expand
from efa_pools.gardener.leaving import export_pool
from efa_pools.gardener.rolling import Cluster, machine_hash
from efa_pools.gardener.shapes import API_VERSION
from efa_pools.gardener.verdict import verdict
from efa_pools.model.wire import DEFERRED
from efa_pools.plan.render import text
from efa_pools.plan.stack import plan_stack
from efa_pools.problem import errors
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bad_pools.gardener import WORKER
from tests.gardener_shoots import P5_INTERFACES, config, p5_worker
from tests.pools import ABSENT, VALID, changed, valid_pool

META = {"name": "prod", "namespace": "garden-ml"}
OWN_LABELS = {"efa-pools/pool": "gpu", "efa-pools/efa": "true"}
OLD, NEW = Cluster("1.33.4"), Cluster("1.34.1")
DATA = [{"name": "scratch", "type": "gp3", "size": "500Gi"}, {"name": "cache", "type": "gp2", "size": "50Gi"}]


def back(worker: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The pool of a worker, and the worker of that pool."""
    found = import_worker(worker, META)
    assert found.pool is not None, found.problems
    return found.pool, export_worker(check_pool(found.pool).draft).worker


# What is added to the documented P5 worker, and what of it no key of a pool says.
WORKERS: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({}, {}, []),
    ({"minimum": 0, "maximum": 8}, {}, []),
    ({"labels": {"team": "ml"}, "taints": [{"key": "a", "effect": "NoSchedule"}]}, {}, []),
    ({"labels": {"team": "ml", **OWN_LABELS}}, {}, []),
    ({"annotations": {"a": "b"}, "priority": 3}, {}, ["annotations.a", "priority"]),
    ({"maxSurge": 0, "maxUnavailable": 2}, {}, []),
    ({"maxSurge": "10%", "maxUnavailable": 1}, {}, ["maxSurge", "maxUnavailable"]),
    (
        {"updateStrategy": "ManualInPlaceUpdate", "maxSurge": None, "maxUnavailable": None},
        {},
        ["updateStrategy"],
    ),
    ({"machine": {"type": "p5.48xlarge", "architecture": "amd64"}}, {}, ["machine.architecture"]),
    (
        {"machine": {"type": "p5.48xlarge", "image": {"name": "suse-chost", "version": "15"}}},
        {},
        ["machine.image.name", "machine.image.version"],
    ),
    ({"volume": {"type": "gp3", "size": "0200Gi"}}, {}, ["volume.type", "volume.size"]),
    ({"volume": {"type": "gp3", "size": "200Gi", "encrypted": True}}, {"volume": {"iops": 4000}}, []),
    ({"dataVolumes": DATA}, {"dataVolumes": [{"name": "scratch", "iops": 6000}]}, []),
    ({"dataVolumes": DATA}, {"dataVolumes": [{"name": "cache"}]}, ["providerConfig.dataVolumes"]),
    (
        {"dataVolumes": DATA},
        {"dataVolumes": [{"name": "cache", "iops": 5}, {"name": "scratch", "iops": 6000}]},
        ["providerConfig.dataVolumes"],
    ),
    ({"machine": {"type": "p5.48xlarge", "image": {"name": "gardenlinux"}}}, {}, ["machine.image.name"]),
    ({}, {"iamInstanceProfile": {"name": "gpu"}}, []),
    ({}, {"instanceMetadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 3}}, []),
    (
        {},
        {"instanceMetadataOptions": {"httpPutResponseHopLimit": 3}},
        ["providerConfig.instanceMetadataOptions.httpPutResponseHopLimit"],
    ),
    ({}, {"instanceMetadataOptions": {}}, ["providerConfig.instanceMetadataOptions"]),
    ({}, {"cpuOptions": {"coreCount": 48, "threadsPerCore": 2}}, []),
    ({}, {"capacityReservation": {"capacityReservationId": "cr-0abcdef1234567890"}}, []),
    ({}, {"capacityReservation": {"capacityReservationPreference": "open"}}, []),
    ({"maxSurge": 0, "maxUnavailable": 2}, {}, []),
    (
        {},
        {"capacityReservation": {"capacityReservationPreference": "none"}},
        ["providerConfig.capacityReservation.capacityReservationPreference"],
    ),
    (
        {},
        {
            "capacityReservation": {"capacityReservationId": "cr-0abcdef1234567890"},
            "instanceMarketOptions": {"marketType": "capacity-block"},
        },
        [],
    ),
    ({}, {"instanceMarketOptions": {"marketType": "spot"}}, []),
    ({}, {"placement": {"groupId": "pg-0abcdef1234567890"}}, []),
    ({}, {"placement": {"groupId": "training"}}, ["providerConfig.placement.groupId"]),
    ({}, {"placement": {"tenancy": "dedicated"}}, []),
    (
        {},
        {"nodeTemplate": {"capacity": {"vpc.amazonaws.com/efa": 32}}},
        ["providerConfig.nodeTemplate.capacity.vpc.amazonaws.com/efa"],
    ),
    ({}, {"nodeTemplate": {"capacity": {"vpc.amazonaws.com/efa": "32", "nvidia.com/gpu": "8"}}}, []),
]


@pytest.mark.parametrize("keys, configured, kept", WORKERS, ids=str)
def test_import_then_export_gives_the_same_worker(keys, configured, kept) -> None:
    worker = {key: value for key, value in p5_worker(config=configured, **keys).items() if value is not None}
    pool, again = back(worker)
    assert list(import_worker(worker).kept) == [f"nodes.worker.{one}" for one in kept]
    assert again["providerConfig"] == worker["providerConfig"]
    assert again == {**worker, "labels": {**worker.get("labels", {}), **OWN_LABELS}}
    assert {machine_hash(again, one) for one in (OLD, NEW)} == {
        machine_hash(worker, one) for one in (OLD, NEW)
    }
    assert back(again)[0] == pool
    assert (pool["nodes"]["shoot"], pool["nodes"]["namespace"]) == ("prod", "garden-ml")


@pytest.mark.parametrize(
    "configured", [{}, {"capacityReservation": {"capacityReservationId": "cr-0abcdef1234567890"}}]
)
def test_amounts_that_nobody_states_are_the_api_servers(configured: Any) -> None:
    """A manifest may leave them out; the API server writes 1 and 0, also beside a reservation."""
    worker = p5_worker(config=configured)
    stated = {key: value for key, value in worker.items() if key not in ("maxSurge", "maxUnavailable")}
    imported = import_worker(stated)
    assert imported.kept == ()
    assert (imported.pool["capacity"]["kind"] if configured else "reservation") == "reservation"
    exported, problems = export_pool(check_pool(imported.pool))
    assert not errors(problems)
    assert exported == {**worker, "labels": {**OWN_LABELS}}


def test_a_block_that_is_to_be_bought_has_no_id_yet() -> None:
    capacity = {
        "kind": "capacity-block",
        "offeringId": "cb-0123456789abcdef0",
        "maximumPrice": "30000.00",
        "currency": "USD",
        "start": "2026-12-01T11:30:00Z",
        "whenInactive": "defer",
    }
    eks = {**valid_pool(), "capacity": capacity, "placement": {"mode": "none"}}
    assert [one.field() for one in errors(export_pool(check_pool(eks))[1])] == ["capacity.reservationId"]


def test_a_key_that_no_worker_has_is_told() -> None:
    """It is sent as it stands, and the API server drops or refuses it."""
    pool = import_worker(p5_worker(annotation={"team": "ml"})).pool
    assert ("nodes.worker.annotation", "warning") in [
        (one.field(), one.severity) for one in check_pool(pool).problems
    ]


def test_an_image_without_a_version_stays_gardeners_to_choose() -> None:
    """Neither an error of ours nor in the way of the export."""
    imported = import_worker(p5_worker(machine={"type": "p5.48xlarge", "image": {"name": "gardenlinux"}}))
    worker, problems = export_pool(check_pool(imported.pool))
    assert worker["machine"]["image"] == {"name": "gardenlinux"}
    assert [one.severity for one in problems] == ["warning"]


def test_range_shorthand_is_kept_and_the_plan_has_33_interfaces() -> None:
    pool, again = back(p5_worker())
    assert pool["networkInterfaces"] == P5_INTERFACES
    assert again["providerConfig"]["networkInterfaces"] == P5_INTERFACES
    plan = plan_stack("dev", check_stack({"efa-pools:pools": [pool]}))
    assert errors(plan.problems) == []
    (made,) = plan.as_json()["pools"]
    assert (len(made["interfaces"]), made["efaPerNode"]) == (33, 32)
    assert (made["addressesPerNode"], made["addressesPerNodeWithCni"]) == (1, 1)
    assert "VPC CNI" not in text(plan) and "shoot's nodes" in text(plan)


@pytest.mark.parametrize(
    "instance_type", ["p4d.24xlarge", "p5.48xlarge", "p6-b200.48xlarge", "hpc7a.96xlarge"]
)
def test_gardener_expands_a_preset_to_what_the_plan_has(instance_type: str) -> None:
    checked = check_pool({**PRESET, "instanceType": instance_type})
    worker, problems = export_pool(checked)
    assert errors(problems) == []
    expanded = expand(worker["providerConfig"]["networkInterfaces"], "subnet-1", "sg-1")
    places = [(one["networkCardIndex"], one["deviceIndex"], one["interfaceType"]) for one in expanded]
    assert places == [
        (one.network_card_index, one.device_index, one.type) for one in checked.draft.interfaces
    ]


PRESET = {
    "name": "gpu",
    "instanceType": "p5.48xlarge",
    "size": {"desired": 4},
    "availabilityZones": ["eu-west-1a"],
    "placement": {"mode": "existing", "groupId": "pg-0abcdef1234567890"},
    "nodes": {"kind": "gardener", "shoot": "prod", "namespace": "garden-ml"},
    "image": {"family": "garden-linux", "releaseVersion": "2150.6.0"},
}


def test_a_minimal_pool_becomes_a_whole_worker() -> None:
    worker, problems = export_pool(check_pool(PRESET))
    assert errors(problems) == [] and list(verdict(worker)) == []
    assert worker == {
        "name": "gpu",
        "machine": {"type": "p5.48xlarge", "image": {"name": "gardenlinux", "version": "2150.6.0"}},
        "minimum": 4,
        "maximum": 4,
        "maxSurge": 1,
        "maxUnavailable": 0,
        "zones": ["eu-west-1a"],
        "labels": OWN_LABELS,
        "volume": {"type": "gp3", "size": "100Gi"},
        "providerConfig": {
            "apiVersion": API_VERSION,
            "kind": "WorkerConfig",
            "nodeTemplate": {"capacity": {"vpc.amazonaws.com/efa": "32", "nvidia.com/gpu": "8"}},
            "networkInterfaces": P5_INTERFACES,
            "placement": {"groupId": "pg-0abcdef1234567890"},
        },
    }


def test_a_pool_of_the_kind_comes_back_as_it_was() -> None:
    pool = changed(VALID, {**WORKER, "size.desired": ABSENT, "update.maxUnavailable": ABSENT})
    pool.pop("capacity")
    worker, problems = export_pool(check_pool(pool))
    assert errors(problems) == []
    found = import_worker(worker, META)
    assert found.pool == {**pool, "placement": {**pool["placement"]}} and found.kept == ()


@pytest.mark.parametrize(
    "capacity, amounts",
    [
        ({"kind": "on-demand"}, (1, 0)),
        ({"kind": "spot"}, (1, 0)),
        ({"kind": "open-reservation"}, (0, 1)),
        ({"kind": "reservation", "reservationId": "cr-0abcdef1234567890"}, (0, 1)),
        ({"kind": "capacity-block", "reservationId": "cr-0abcdef1234567890"}, (0, 1)),
    ],
    ids=lambda value: str(value),
)
def test_reserved_machines_have_none_to_surge_with(capacity, amounts) -> None:
    worker, _ = export_pool(check_pool({**PRESET, "placement": {"mode": "none"}, "capacity": capacity}))
    assert (worker["maxSurge"], worker["maxUnavailable"]) == amounts


def test_a_created_group_has_no_id_yet() -> None:
    _, problems = export_pool(check_pool(changed(PRESET, {"placement": ABSENT})))
    assert [one.field() for one in errors(problems)] == ["placement.groupId"]


def test_another_kind_names_what_it_leaves_behind() -> None:
    worker, problems = export_pool(check_pool(valid_pool()))
    assert errors(problems) == [] and list(verdict(worker)) == []
    left = {one.field() for one in problems if "left behind" in one.message}
    assert left == {"subnetIds", "tags", "hugePages2Mi", "nodes.roleArn", "image.family"}
    assert worker["providerConfig"]["dataVolumes"] == [{"name": "scratch", "iops": 6000, "throughput": 500}]


def test_a_worker_that_ec2_refuses_is_imported_with_its_problems() -> None:
    worker = p5_worker(
        zones=["eu-west-1a", "eu-west-1b"], config={"placement": {"groupId": "pg-0abcdef12345678"}}
    )
    found = import_worker(worker)
    assert found.pool is not None
    assert [one.field() for one in errors(found.problems)] == ["availabilityZones"]


@pytest.mark.parametrize(
    "keys, field",
    [
        ({"providerConfig": None}, "providerConfig.networkInterfaces"),
        ({"providerConfig": config(networkInterfaces=[{}])}, "providerConfig.networkInterfaces"),
        ({"zones": ["zone1"]}, "availabilityZones[0]"),
    ],
    ids=["no config", "no EFA", "no zone of AWS"],
)
def test_what_is_no_pool_is_skipped_with_the_reason(keys, field) -> None:
    found = import_worker({**p5_worker(), **keys})
    assert found.pool is None and [one.field() for one in found.problems] == [field]


def test_the_component_of_ec2_nodes_makes_no_worker() -> None:
    arguments = {key: value for key, value in PRESET.items() if key != "name"}
    found = [f"{one.field()} {one.kind}" for one in errors(check_arguments("gpu", arguments).problems)]
    assert found == ["nodes.kind NotSupported"]


def test_ids_that_are_made_later_are_not_judged() -> None:
    later = {"placementGroupId": DEFERRED, "capacityReservationId": DEFERRED}
    pool = {**PRESET, "capacity": {"kind": "reservation"}}
    del pool["placement"]
    checked = check_pool(pool, twins=later)
    assert errors(checked.problems) == []
    assert export_worker(checked.draft).worker["providerConfig"]["placement"] == {"groupId": DEFERRED}


def test_the_tags_of_a_stack_stay_off_workers() -> None:
    found = check_stack({"efa-pools:pools": [PRESET], "efa-pools:tags": {"owner": "ml"}})
    assert errors(found.problems) == []


def some(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of these keys."""
    return st.fixed_dictionaries({}, optional=optional)


def words(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


COUNT = st.integers(0, 3)
SPAN = st.tuples(COUNT, COUNT).map(lambda ends: {"from": min(ends), "to": max(ends)})
OTHER = st.fixed_dictionaries(
    {"deviceIndex": st.integers(1, 2)},
    optional={
        "type": words("interface", "efa", "efa-only", None),
        "networkCardIndexRange": SPAN,
        "description": st.text(max_size=5),
        "subnetID": words("subnet-1", "x"),
    },
)
INTERFACES = st.lists(OTHER, max_size=3).map(
    lambda others: [{"type": "efa", "networkCardIndex": 0.0}, *others]
)
GROUP_ARN = "arn:aws:resource-groups:us-east-2:123456789012:group/blocks"
CONFIG = st.fixed_dictionaries(
    {"networkInterfaces": INTERFACES},
    optional={
        "volume": some(iops=words(1, 4000), throughput=words(1, 200)),
        "placement": some(
            groupId=words("pg-0abcdef12345678", "train", ""),
            tenancy=words("default", "dedicated", "host"),
            partitionNumber=words(1, 2147483647),
            affinity=words("host", "default"),
        ),
        "capacityReservation": some(capacityReservationPreference=words("open", "none"))
        | some(capacityReservationId=words("cr-1", "cr-0abcdef1234567890"))
        | some(capacityReservationResourceGroupArn=words(GROUP_ARN)),
        "instanceMarketOptions": words("spot", "capacity-block").map(lambda kind: {"marketType": kind}),
        "cpuOptions": words({}, {"coreCount": 0, "threadsPerCore": 1}, {"amdSevSnp": "enabled"}),
        "iamInstanceProfile": words({"name": "gpu"}, {"arn": ""}, {"name": "gpu", "arn": None}),
        "instanceMetadataOptions": some(
            httpTokens=words("required", "optional"), httpPutResponseHopLimit=words(1, 2, 64)
        ),
        "nodeTemplate": some(
            capacity=st.dictionaries(words("cpu", "a/b"), words("1", 2, 1.5, "50Gi"), max_size=2),
            virtualCapacity=st.dictionaries(words("a/b"), words("1", 2)),
        ),
    },
)
LABELS = st.dictionaries(
    words("team", "efa-pools/pool", "efa-pools/efa", "a b"), words("x", "true", ""), max_size=2
)
KEYS = some(
    maximum=words(4, 5),
    maxSurge=words(0, 1, 3, "10%", None),
    maxUnavailable=words(1, 2, "5%"),
    labels=LABELS,
    annotations=LABELS,
    volume=st.fixed_dictionaries(
        {"size": words("50Gi", "050Gi", "1Ti"), "type": words("gp3", "gp2", "Volume")},
        optional={"name": words("root"), "encrypted": st.booleans()},
    ),
    dataVolumes=st.lists(words(*DATA), max_size=2),
    taints=st.lists(words({"key": "a", "effect": "NoSchedule"}, {"key": "a", "effect": "x"}), max_size=2),
    updateStrategy=words("AutoInPlaceUpdate", "AutoRollingUpdate"),
    unheardOf=words(1, None, True),
)


@settings(max_examples=120, deadline=None)
@given(CONFIG, KEYS)
def test_any_worker_is_refused_skipped_or_comes_back(
    configured: dict[str, Any], keys: dict[str, Any]
) -> None:
    worker = p5_worker(**keys)
    worker["providerConfig"] = config(**configured)
    if list(verdict(worker)):
        return
    found = import_worker(worker)
    if found.pool is None:
        assert found.problems
        return
    worker, again = clean(worker), export_worker(check_pool(found.pool).draft).worker
    assert again["providerConfig"] == worker["providerConfig"]
    for cluster in (OLD, NEW):
        assert machine_hash(again, cluster) == machine_hash(worker, cluster)
    assert import_worker(again).pool == found.pool
