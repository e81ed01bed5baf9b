"""Gardener's verdicts: its own unit tests as data, and what they leave out, confirmed by its code."""

import json
from pathlib import Path
from typing import Any

import pytest
from efa_pools.gardener.cloud_profile import CloudProfile, profile_problems
from efa_pools.gardener.decode import decode_config
from efa_pools.gardener.interfaces import expand
from efa_pools.gardener.quantities import quantity
from efa_pools.gardener.shapes import API_VERSION
from efa_pools.gardener.shoot import read_workers, shoot_problems, undecodable, worker_config_problems
from efa_pools.gardener.update import update_problems
from efa_pools.gardener.worker import worker_problems
from efa_pools.gardener.worker_config import config_problems
from efa_pools.problem import Problem, errors

from tests.gardener_shoots import config, profile, shoot, worker

DATA = Path(__file__).parent / "data" / "gardener"


def cases(name: str) -> list[Any]:
    return json.loads((DATA / name).read_text(encoding="utf-8"))["cases"]


def by_config(case: Any) -> list[Problem]:
    decoded, faults = decode_config(case["worker_config"])
    assert decoded is not None, faults
    volumes = [
        {k: v for k, v in one.items() if v is not None} for one in case["context"]["dataVolumes"] or []
    ]
    return list(config_problems(decoded, case["context"]["volume"], volumes))


def by_worker(case: Any) -> list[Problem]:
    context = case["context"]
    ((one,), _) = read_workers([context["worker"]])
    raw = context.get("providerConfigRaw", case["worker_config"])
    if context["providerConfigSetOnWorker"]:
        one["providerConfig"] = raw
    decoded, faults = (None, []) if raw is None else decode_config(raw)
    if faults:
        return [undecodable(faults)]
    return list(worker_problems(one, frozenset(context["infrastructureZones"]), decoded))


def by_update(case: Any) -> list[Problem]:
    old, new = (read_workers(case["context"][key])[0] for key in ("oldWorkers", "newWorkers"))
    return list(update_problems(old, new))


def by_profile(case: Any) -> list[Problem]:
    given = case["context"]["cloudProfile"]
    old, new = (read_workers(case["context"][key])[0] for key in ("oldWorkers", "newWorkers"))
    images = [
        {
            "name": one["name"],
            "versions": [
                {
                    "version": one["version"],
                    "regions": [
                        {"name": one["region"], "ami": one["ami"], "architecture": one["architecture"]}
                    ],
                }
            ],
        }
        for one in given["machineImages"]
    ]
    return list(profile_problems(profile(given["machineTypes"], images), given["region"], old, new))


JUDGES = {
    "ValidateWorkerConfig": by_config,
    "ValidateWorker": by_worker,
    "AdmitWorker": by_worker,
    "ValidateWorkersUpdate": by_update,
    "ValidateWorkersAgainstCloudProfileOnUpdate": by_profile,
}


@pytest.mark.parametrize("case", cases("validation.json"), ids=lambda case: case["id"])
def test_gardeners_own_cases(case: Any) -> None:
    def full(problem: Problem) -> str:
        field = problem.field()
        return case["field_root"] + ("" if field.startswith("[") else ".") + field

    found = {(full(one), one.kind) for one in JUDGES[case["function"]](case)}
    assert found == {(one["field"], one["kind"]) for one in case["errors"]}


@pytest.mark.parametrize("case", cases("interfaces.json"), ids=lambda case: case["id"])
def test_gardeners_own_expansions(case: Any) -> None:
    decoded, _ = decode_config(config(networkInterfaces=case["networkInterfaces"]))
    assert decoded is not None
    assert expand(decoded["networkInterfaces"], "subnet-acbd1234", "sg-12345") == case["expanded"]


NET = "networkInterfaces"
# What the unit tests leave out; every verdict here was returned by the real validator.
CONFIGS = [
    ({NET: [{"type": "efa-only"}, {}]}, [f"{NET}[0].type Invalid"]),
    ({NET: [{"type": "efa-only", "networkCardIndexRange": {"to": 3}}]}, [f"{NET}[0].type Invalid"]),
    ({NET: [{"type": "efa-only", "networkCardIndexRange": {"from": 1, "to": 3}}]}, []),
    ({NET: [{"type": "efa-only", "networkCardIndex": 0, "deviceIndex": 1}]}, []),
    ({NET: [{"type": "EFA"}]}, [f"{NET}[0].type NotSupported"]),
    ({NET: [{"networkCardIndex": 2147483648}]}, [f"{NET}[0].networkCardIndex Invalid"]),
    ({NET: [{"deviceIndex": 2147483648}]}, [f"{NET}[0].deviceIndex Invalid"]),
    (
        {NET: [{"networkCardIndexRange": {"from": -1, "to": 2147483648}}]},
        [f"{NET}[0].networkCardIndexRange.from Invalid", f"{NET}[0].networkCardIndexRange.to Invalid"],
    ),
    (
        {NET: [{"networkCardIndex": -1, "networkCardIndexRange": {"from": 3, "to": 1}}]},
        [
            f"{NET}[0] Invalid",
            f"{NET}[0].networkCardIndex Invalid",
            f"{NET}[0].networkCardIndexRange Invalid",
        ],
    ),
    ({NET: [{}, {}, {"type": "efa"}, {"type": "efa"}]}, []),
    ({NET: [None]}, []),
    (
        {
            "capacityReservation": {
                "capacityReservationPreference": "open",
                "capacityReservationId": "cr-1",
                "capacityReservationResourceGroupArn": "arn:aws:resource-groups:eu-west-2:1:group/x",
            }
        },
        [
            "capacityReservation.capacityReservationPreference Forbidden",
            "capacityReservation.capacityReservationId Forbidden",
        ],
    ),
    (
        {"capacityReservation": {"capacityReservationPreference": "x", "capacityReservationId": ""}},
        [
            "capacityReservation.capacityReservationPreference NotSupported",
            "capacityReservation.capacityReservationPreference Forbidden",
            "capacityReservation.capacityReservationId Required",
        ],
    ),
    (
        {"cpuOptions": {"coreCount": -4, "amdSevSnp": "x"}},
        ["cpuOptions.amdSevSnp NotSupported", "cpuOptions.threadsPerCore Required"],
    ),
    ({"cpuOptions": {"coreCount": -4, "threadsPerCore": 2}}, []),
    ({"iamInstanceProfile": {"arn": ""}}, []),
    ({"iamInstanceProfile": {"name": ""}}, ["iamInstanceProfile.name Required"]),
    ({"iamInstanceProfile": {"name": "a" * 129}}, ["iamInstanceProfile.name Invalid"]),
    ({"iamInstanceProfile": {"name": "a\n"}}, ["iamInstanceProfile.name Invalid"]),
    ({"instanceMarketOptions": {}}, ["instanceMarketOptions.marketType NotSupported"]),
    ({"placement": {"hostId": "", "tenancy": "dedicated"}}, ["placement.hostId Forbidden"]),
    ({"placement": {"partitionNumber": 2147483648}}, ["placement.partitionNumber Invalid"]),
    (
        {"instanceMetadataOptions": {"httpPutResponseHopLimit": 0}},
        ["instanceMetadataOptions.httpPutResponseHopLimit Invalid"],
    ),
    (
        {"instanceMetadataOptions": {"httpPutResponseHopLimit": 65}},
        ["instanceMetadataOptions.httpPutResponseHopLimit Invalid"],
    ),
    ({"instanceMetadataOptions": {"httpPutResponseHopLimit": 64}}, []),
    (
        {"nodeTemplate": {"virtualCapacity": {"subdomain.domain.com/x": "-1500m", "": "-1"}}},
        [
            "nodeTemplate.virtualCapacity.subdomain.domain.com/x Invalid",
            "nodeTemplate.virtualCapacity[] Invalid",
        ],
    ),
    ({"nodeTemplate": {"capacity": {"cpu": None, "memory": 2, "gpu": 1.5, "x": "-1"}}}, []),
    ({"volume": {"iops": 0, "throughput": 0}}, ["volume.iops Forbidden", "volume.throughput Invalid"]),
    ({"volume": {"iops": 4.0, "throughput": None}}, []),
]


def found_in(problems: list[Problem]) -> set[str]:
    return {f"{one.field()} {one.kind}" for one in errors(problems)}


@pytest.mark.parametrize("keys, expected", CONFIGS, ids=lambda value: str(value)[:60])
def test_worker_config(keys: dict[str, Any], expected: list[str]) -> None:
    assert found_in(worker_config_problems(config(**keys))) == set(expected)


UNREADABLE = [
    "foo",
    [],
    {},
    {"kind": "WorkerConfig"},
    {"apiVersion": API_VERSION, "kind": "InfrastructureConfig"},
    {"apiVersion": API_VERSION.replace("v1alpha1", "v1"), "kind": "WorkerConfig"},
    config(Volume={}),
    config(volume={"IOPS": 3}),
    config(volume={"iops": "3"}),
    config(volume={"iops": 4.7}),
    config(volume={"iops": True}),
    config(volume={"iops": 2147483648}),
    config(volume=[]),
    config(networkInterfaces={}),
    config(networkInterfaces=[{"networkCardIndex": 2**63}]),
    config(networkInterfaces=[{"subnetId": "subnet-1"}]),
    config(dataVolumes=[{"snapshotId": "snap-1"}]),
    config(placement={"groupID": "pg-1"}),
    config(capacityReservation={"capacityReservationID": "cr-1"}),
    config(nodeTemplate={"capacity": {"cpu": "1 Gi"}}),
    config(foo=None),
]


@pytest.mark.parametrize("raw", UNREADABLE, ids=lambda raw: str(raw)[-60:])
def test_an_undecodable_config_is_one_error(raw: Any) -> None:
    assert found_in(worker_config_problems(raw)) == {"providerConfig Invalid"}
    found = shoot_problems(shoot(worker(providerConfig=raw, zones=["nowhere"]), worker()))
    assert found_in(found) == {"spec.provider.workers[0].providerConfig Invalid"}


# Value and whether it is negative and whole; None where Kubernetes cannot parse it.
QUANTITIES = [
    ("1500m", (False, False)),
    ("2000m", (False, True)),
    ("-50Gi", (True, True)),
    ("0.5Ki", (False, True)),
    ("0.1Ki", (False, False)),
    ("1E400", (False, True)),
    ("0.9999999999999", (False, True)),
    ("1.0000000001", (False, False)),
    ("0.0000000001", (False, False)),
    ("-0", (False, True)),
    (".", (False, True)),
    ("Ki", (False, True)),
    ("5.", (False, True)),
    (" 1 ", (False, True)),
    (1.5, (False, False)),
    ("", None),
    ("1e", None),
    ("0x10", None),
    ("++1", None),
    ("1_000", None),
    ("1 Gi", None),
    (True, None),
    ([], None),
]


@pytest.mark.parametrize("raw, expected", QUANTITIES, ids=repr)
def test_quantities(raw: Any, expected: tuple[bool, bool] | None) -> None:
    found = quantity(raw)
    assert (None if found is None else (found.negative, found.whole)) == expected


def test_values_of_data_volumes_count_as_the_pool_counts() -> None:
    pooled = [{"name": name, "size": "50Gi", "type": "gp3"} for name in ("a", "b")]
    raw = config(dataVolumes=[{"name": "b", "iops": -1, "snapshotID": "x"}])
    found = shoot_problems(shoot(worker(providerConfig=raw, dataVolumes=pooled)))
    root = "spec.provider.workers[0].providerConfig.dataVolumes"
    assert found_in(found) == {f"{root}[1].iops Forbidden", f"{root}[0].snapshotID Invalid"}


SIZES = [
    ({"minimum": 3, "maximum": 2}, "maximum Forbidden"),
    ({"minimum": -1}, "minimum Invalid"),
    ({"maxSurge": 0}, "maxUnavailable Invalid"),
    ({"maxSurge": "0%", "maxUnavailable": 0}, "maxUnavailable Invalid"),
    ({"maxUnavailable": "101%"}, "maxUnavailable Invalid"),
    ({"maxSurge": "many"}, "maxSurge Invalid"),
    ({"updateStrategy": "ManualInPlaceUpdate", "maxSurge": 1}, "maxSurge Invalid"),
    ({"updateStrategy": "Rolling"}, "updateStrategy NotSupported"),
    ({"zones": "eu-west-1a"}, "zones Invalid"),
    ({"zones": ["us-east-1a"]}, "zones[0] Invalid"),
    ({"volume": {"size": 50, "type": "gp3"}}, "volume.size Invalid"),
]


@pytest.mark.parametrize("keys, expected", SIZES, ids=str)
def test_worker(keys: dict[str, Any], expected: str) -> None:
    found = shoot_problems(shoot(worker(**keys)))
    assert f"spec.provider.workers[0].{expected}" in found_in(found)


def test_a_shoot_without_workers_has_nothing_to_refuse() -> None:
    assert shoot_problems({"kind": "Shoot"}) == []


UPDATES = [
    ({"zones": ["eu-west-1a", "eu-west-1b"]}, set()),
    ({"zones": ["eu-west-1b"]}, {"zones Invalid"}),
    ({"updateStrategy": "AutoInPlaceUpdate"}, {"updateStrategy Invalid"}),
    ({"name": "other", "zones": ["eu-west-1b"]}, set()),
    ({"maxSurge": "150%"}, set()),
    ({"maxUnavailable": "101%"}, {"maxUnavailable Invalid"}),
]


@pytest.mark.parametrize("keys, expected", UPDATES, ids=str)
def test_updates(keys: dict[str, Any], expected: set[str]) -> None:
    found = shoot_problems(shoot(worker(**keys)), shoot(worker()))
    assert found_in(found) == {f"spec.provider.workers[0].{one}" for one in expected}


def test_in_place_workers_keep_their_machines() -> None:
    fixed = {"updateStrategy": "AutoInPlaceUpdate"}
    new = worker(**fixed, machine={"type": "p4d.24xlarge"}, providerConfig=config())
    root = "spec.provider.workers[0]"
    assert found_in(shoot_problems(shoot(new), shoot(worker(**fixed)))) == {
        f"{root}.machine.type Invalid",
        f"{root}.providerConfig Invalid",
    }


def test_the_first_stage_that_finds_anything_ends_the_matter() -> None:
    """Source: validator/shoot.go: the update, then the cloud profile, then each worker."""
    root = "spec.provider.workers[0]"
    bare = worker(zones=["eu-west-1b"])
    del bare["volume"]
    nothing = profile([], [])
    assert found_in(shoot_problems(shoot(bare), shoot(worker()), nothing)) == {f"{root}.zones Invalid"}
    assert found_in(shoot_problems(shoot(bare), None, nothing)) == {f"{root}.machine.type Invalid"}
    assert f"{root}.volume Required" in found_in(shoot_problems(shoot(bare)))


def test_another_way_in_place_frees_the_machine() -> None:
    """Core compares the machine only where the strategy is the very same."""
    old, new = (worker(updateStrategy=f"{way}InPlaceUpdate") for way in ("Auto", "Manual"))
    for key in ("maxSurge", "maxUnavailable"):
        del new[key]
    new["machine"] = {"type": "p4d.24xlarge"}
    assert found_in(shoot_problems(shoot(new), shoot(old))) == set()
    gone = worker(updateStrategy="AutoInPlaceUpdate", machine={})
    assert found_in(shoot_problems(shoot(gone), shoot(old))) == {
        "spec.provider.workers[0].machine.type Invalid"
    }


IMAGE = {
    "name": "gardenlinux",
    "versions": [{"version": "1", "regions": [{"name": "eu-west-1", "ami": "ami-1"}]}],
}
PROFILES: list[tuple[dict[str, Any], CloudProfile, str | None]] = [
    ({"image": {"name": "gardenlinux", "version": "1"}}, profile([{"name": "p5.48xlarge"}], [IMAGE]), None),
    (
        {"image": {"name": "gardenlinux", "version": "2"}},
        profile([{"name": "p5.48xlarge"}], [IMAGE]),
        "image",
    ),
    ({}, profile([], [IMAGE]), "type"),
    (
        {"architecture": "arm64", "image": {"name": "gardenlinux", "version": "1"}},
        profile([{"name": "p5.48xlarge"}], [IMAGE]),
        "image",
    ),
]


def test_a_type_keeps_the_architecture_of_its_first_worker() -> None:
    """Gardener writes it into the profile's own capabilities, where the next worker finds it."""
    image = {"name": "gardenlinux", "version": "1"}
    known = profile([{"name": "p5.48xlarge", "capabilities": {"net": ["a"]}}], [IMAGE])
    machines = ({"type": "p5.48xlarge", "image": image, "architecture": one} for one in ("amd64", "arm64"))
    workers = [worker(name=f"w{index}", machine=machine) for index, machine in enumerate(machines)]
    assert found_in(shoot_problems(shoot(*workers), None, known)) == set()


@pytest.mark.parametrize("machine, known, expected", PROFILES, ids=["there", "version", "type", "processor"])
def test_cloud_profile(machine: dict[str, Any], known: CloudProfile, expected: str | None) -> None:
    found = shoot_problems(shoot(worker(machine={"type": "p5.48xlarge", **machine})), None, known)
    wanted = {f"spec.provider.workers[0].machine.{expected} Invalid"} if expected else set()
    assert found_in(found) == wanted
