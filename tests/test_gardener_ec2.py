"""What Gardener admits and EC2 or the machine controller refuses: a warning, never an error."""

from typing import Any

import pytest
from efa_pools.gardener.shoot import shoot_problems, worker_config_problems
from efa_pools.problem import Problem, errors

from tests.gardener_shoots import P5_INTERFACES, config, p5_worker, shoot, worker

NET = "providerConfig.networkInterfaces"
FIRST, *_ = P5_INTERFACES
RESERVED = {"capacityReservation": {"capacityReservationId": "cr-1"}}
TWO = {"zones": ["eu-west-1a", "eu-west-1b"]}


def net(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"providerConfig": config(networkInterfaces=list(entries))}


def warned(problems: list[Problem]) -> set[str]:
    assert errors(problems) == []
    return {f"{one.field().removeprefix('spec.provider.workers[0].')} {one.kind}" for one in problems}


CASES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (net(FIRST, {"networkCardIndex": 32, "type": "efa-only"}), {}, f"{NET}[1].networkCardIndex Invalid"),
    (
        net(FIRST, {"networkCardIndexRange": {"from": 1, "to": 32}}),
        {},
        f"{NET}[1].networkCardIndexRange.to Invalid",
    ),
    (net(FIRST, {"deviceIndex": 2, "type": "efa-only"}), {}, f"{NET}[1].deviceIndex Invalid"),
    (net(FIRST, FIRST), {}, f"{NET}[1] Duplicate"),
    (net(FIRST, {"deviceIndex": 1, "type": "efa"}, {"type": "efa"}), {}, f"{NET}[2] Duplicate"),
    (net({"type": "efa"}, {"deviceIndex": 1, "type": "efa-only"}), {}, f"{NET}[1].type TooMany"),
    (net({"networkCardIndex": 1, "type": "efa"}), {}, f"{NET} Required"),
    (net({"networkCardIndexRange": {"to": 2147483647}, "type": "efa"}), {}, f"{NET} TooMany"),
    (net({"type": "efa", "subnetID": ""}), {}, f"{NET}[0].subnetID Required"),
    (net({"type": "efa", "subnetID": "subnet-1"}) | TWO, {}, f"{NET}[0].subnetID Invalid"),
    ({"machine": {"type": "m5.large"}}, {}, "machine.type NotSupported"),
    ({"minimum": 0}, {}, "providerConfig.nodeTemplate.capacity Required"),
    (TWO, {"placement": {"groupId": "pg-1"}}, "providerConfig.placement.groupId Invalid"),
    (
        {},
        {"placement": {"groupId": "pg-1", "tenancy": "host"}},
        "providerConfig.placement.groupId Forbidden",
    ),
    ({}, {"placement": {"partitionNumber": 1}}, "providerConfig.placement.partitionNumber Invalid"),
    (
        {},
        {"placement": {"groupId": "pg-1", "partitionNumber": 8}},
        "providerConfig.placement.partitionNumber TooMany",
    ),
    ({}, {"placement": {"affinity": "host"}}, "providerConfig.placement.affinity Forbidden"),
    (
        TWO,
        {"placement": {"tenancy": "host", "hostId": "h-1"}},
        "providerConfig.placement.hostId Invalid",
    ),
    (
        {},
        {
            "capacityReservation": {
                "capacityReservationPreference": "capacity-reservations-only",
                "capacityReservationId": "cr-1",
            }
        },
        "providerConfig.capacityReservation.capacityReservationPreference Forbidden",
    ),
    (TWO, RESERVED, "providerConfig.capacityReservation.capacityReservationId Invalid"),
    ({}, RESERVED, "maxSurge Invalid"),
    (
        {},
        {**RESERVED, "instanceMarketOptions": {"marketType": "spot"}},
        "providerConfig.instanceMarketOptions.marketType Invalid",
    ),
    (
        {},
        {"instanceMarketOptions": {"marketType": "capacity-block"}},
        "providerConfig.capacityReservation.capacityReservationId Required",
    ),
    (
        {},
        {
            **RESERVED,
            "instanceMarketOptions": {"marketType": "capacity-block"},
            "placement": {"groupId": "pg-1"},
        },
        "providerConfig.placement.groupId Invalid",
    ),
    (
        {},
        {"instanceMetadataOptions": {}},
        "providerConfig.instanceMetadataOptions.httpPutResponseHopLimit Invalid",
    ),
    (
        {},
        {"cpuOptions": {"coreCount": 0, "threadsPerCore": 1}},
        "providerConfig.cpuOptions.coreCount Invalid",
    ),
    ({}, {"iamInstanceProfile": {"arn": ""}}, "providerConfig.iamInstanceProfile.arn Required"),
    (
        {},
        {
            "capacityReservation": {
                "capacityReservationPreference": "capacity-reservations-only",
                "capacityReservationResourceGroupArn": "arn:aws:resource-groups:eu-west-2:1:group/x",
            }
        },
        "providerConfig.capacityReservation.capacityReservationPreference Forbidden",
    ),
    ({"volume": {"type": "io2", "size": "50Gi"}}, {}, "volume.type NotSupported"),
    ({"volume": {"type": "st1", "size": "500Gi"}}, {}, "volume.type Invalid"),
    (
        {"volume": {"type": "gp2", "size": "50Gi"}},
        {"volume": {"throughput": 200}},
        "providerConfig.volume.throughput Forbidden",
    ),
    ({}, {"volume": {"iops": 100}}, "providerConfig.volume.iops Invalid"),
    ({"volume": {"type": "gp3", "size": "30G"}}, {}, "volume.size Invalid"),
    ({"dataVolumes": [{"name": "a", "size": "1Gi", "type": "st1"}]}, {}, "dataVolumes[0].size Invalid"),
    ({"name": "Much-Too-Long-A-Name"}, {}, "name Invalid"),
    ({"dataVolumes": [{"name": "a", "size": "9Gi", "type": "gp3"}] * 2}, {}, "dataVolumes[1].name Duplicate"),
    ({"kubeletDataVolumeName": "a"}, {}, "kubeletDataVolumeName Invalid"),
    ({"providerconfig": {}}, {}, "providerconfig Forbidden"),
]


@pytest.mark.parametrize("keys, configured, expected", CASES, ids=str)
def test_a_warning(keys: dict[str, Any], configured: dict[str, Any], expected: str) -> None:
    given = {**p5_worker(config=configured), **keys}
    assert expected in warned(shoot_problems(shoot(given))) - warned(shoot_problems(shoot(p5_worker())))


def test_a_sound_worker_has_no_warning() -> None:
    assert warned(shoot_problems(shoot(p5_worker(), worker(name="system")))) == set()


def test_no_surge_in_percent_is_none_either() -> None:
    held = {"capacityReservation": {"capacityReservationId": "cr-1"}}
    for surge, said in ((0, False), ("0%", False), ("10%", True), (1, True)):
        given = shoot(p5_worker(config=held, maxSurge=surge, maxUnavailable=1))
        assert ("maxSurge Invalid" in warned(shoot_problems(given))) is said


def test_the_first_entry_of_an_ipv6_shoot_holds_an_address() -> None:
    given = shoot(worker(**net({"networkCardIndex": 1, "type": "efa-only"}, FIRST)))
    given["spec"]["networking"] = {"ipFamilies": ["IPv4", "IPv6"]}
    assert f"{NET}[0].type Invalid" in warned(shoot_problems(given))


def test_a_config_alone_is_warned_of_what_holds_for_every_type() -> None:
    found = worker_config_problems(config(networkInterfaces=[{"networkCardIndex": 1, "type": "efa"}]))
    assert warned(found) == {"networkInterfaces Required"}


def test_zones_are_not_compared_without_an_infrastructure() -> None:
    given = shoot(p5_worker(zones=["anywhere"]))
    del given["spec"]["provider"]["infrastructureConfig"]
    assert warned(shoot_problems(given)) == {"spec.provider.infrastructureConfig Required"}
