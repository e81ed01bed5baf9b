"""Gardener's defaults, by what a worker becomes; the table with their sources is data."""

import json
from pathlib import Path
from typing import Any

import pytest
from efa_pools.gardener.decode import decode_config
from efa_pools.gardener.machine_class import (
    Place,
    deployment_labels,
    machine_class,
    per_zone,
    update_amounts,
)

from tests.gardener_shoots import config, worker

ROWS = json.loads((Path(__file__).parent / "data/gardener/defaults.json").read_text(encoding="utf-8"))[
    "cases"
]
TABLE = {row["field"]: row["default"] for row in ROWS}
PLACE = Place("eu-west-1a", "subnet-1", "sg-1", "shoot--ml--prod", "nodes")
DATA = [
    {"name": "b", "size": "5Gi", "type": "gp3"},
    {"name": "a", "size": "6Gi", "type": "gp3", "encrypted": False},
]


def made(keys: dict[str, Any] | None = None, place: Place = PLACE, **configured: Any) -> dict[str, Any]:
    decoded, faults = decode_config(config(**configured))
    assert decoded is not None, faults
    return machine_class(worker(**(keys or {})), decoded, place)


def first(**entry: Any) -> dict[str, Any]:
    return made(networkInterfaces=[entry])["networkInterfaces"][0]


NET = "networkInterfaces[]"
SCALARS = [
    (f"{NET}.deviceIndex", lambda: first()["deviceIndex"]),
    (f"{NET}.type", lambda: first()["interfaceType"]),
    (f"{NET}.associatePublicIPAddress (not configurable)", lambda: first()["associatePublicIPAddress"]),
    (f"{NET}.deleteOnTermination (not configurable)", lambda: first()["deleteOnTermination"]),
    (f"{NET}.networkCardIndexRange.from", lambda: first(networkCardIndexRange={})["networkCardIndex"]),
    (
        f"{NET}.networkCardIndexRange.to",
        lambda: len(made(networkInterfaces=[{"networkCardIndexRange": {}}])["networkInterfaces"]) - 1,
    ),
    (
        "pool volume.encrypted / dataVolumes[].encrypted",
        lambda: made()["blockDevices"][0]["ebs"]["encrypted"],
    ),
    (
        "EBS deleteOnTermination (not configurable)",
        lambda: made()["blockDevices"][0]["ebs"]["deleteOnTermination"],
    ),
    ("srcAndDstChecksEnabled (not configurable)", lambda: made()["srcAndDstChecksEnabled"]),
]


@pytest.mark.parametrize("field, value", SCALARS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_plain_default(field: str, value: Any) -> None:
    assert value() == TABLE[field]


def test_nothing_stated_is_one_plain_interface() -> None:
    alone = {"subnetID": "subnet-1", "securityGroupIDs": ["sg-1"]}
    assert made()["networkInterfaces"] == made(networkInterfaces=[])["networkInterfaces"] == [alone]
    assert first() == {
        **alone,
        "networkCardIndex": 0,
        "deviceIndex": 0,
        "interfaceType": "interface",
        "associatePublicIPAddress": False,
        "deleteOnTermination": True,
    }


def test_ipv6_goes_to_the_first_of_the_list() -> None:
    both = PLACE._replace(ip_families=("IPv4", "IPv6"))
    entries = made(place=both, networkInterfaces=[{"networkCardIndex": 3}, {}])["networkInterfaces"]
    assert (entries[0]["ipv6AddressCount"], entries[0]["ipv6PrefixCount"]) == (1, 1)
    assert "ipv6AddressCount" not in entries[1]


def test_metadata_is_defaulted_as_a_whole() -> None:
    assert made()["instanceMetadataOptions"] == {"httpPutResponseHopLimit": 2, "httpTokens": "required"}
    assert made(instanceMetadataOptions={})["instanceMetadataOptions"] == {}
    single = made(place=PLACE._replace(ip_families=("IPv6",)))["instanceMetadataOptions"]
    assert single["httpProtocolIpv6"] == "enabled"


def test_what_is_absent_is_not_sent() -> None:
    absent = {"placement", "cpuOptions", "instanceMarketOptions", "capacityReservation"}
    assert not absent & set(made())
    assert "iops" not in made()["blockDevices"][0]["ebs"]


def test_data_volumes_stand_by_name_and_the_first_values_count() -> None:
    values = [{"name": "a", "iops": 3000, "snapshotID": "snap-1"}, {"name": "a", "iops": 9}]
    root, a, b = made({"dataVolumes": DATA}, dataVolumes=values)["blockDevices"]
    assert [one["deviceName"] for one in (root, a, b)] == ["/root", "/dev/sdf", "/dev/sdg"]
    assert (a["ebs"]["iops"], a["ebs"]["snapshotID"], a["ebs"]["encrypted"]) == (3000, "snap-1", False)
    assert b["ebs"]["encrypted"] is True and "deviceName" not in made()["blockDevices"][0]


def test_labels_become_tags_and_zones_win() -> None:
    keys = {"labels": {"team": "ml", "kubernetes.io/role/node": "x", "topology.kubernetes.io/zone": "y"}}
    assert made(keys)["tags"] == {
        "kubernetes.io/cluster/shoot--ml--prod": "1",
        "kubernetes.io/role/node": "x",
        "team": "ml",
        "topology.kubernetes.io/zone": "y",
    }
    assert deployment_labels(worker(**keys), "z")["topology.kubernetes.io/zone"] == "z"
    assert made()["iam"] == {"name": "nodes"} and made(iamInstanceProfile={"arn": "arn:x"})["iam"] == {
        "arn": "arn:x"
    }


def test_sizes_over_zones_and_update_defaults() -> None:
    assert (per_zone(5, 2), per_zone(10, 2), per_zone(1, 3)) == ([3, 2], [5, 5], [1, 0, 0])
    amounts = {
        strategy: update_amounts({"updateStrategy": strategy})
        for strategy in ("AutoRollingUpdate", "AutoInPlaceUpdate", "ManualInPlaceUpdate")
    }
    assert list(amounts.values()) == [(1, 0), (0, 1), (None, None)]
    assert update_amounts({"maxSurge": 0, "maxUnavailable": "5%"}) == (0, "5%")
