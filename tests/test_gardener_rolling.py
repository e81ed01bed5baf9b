"""Which changes replace a worker's machines; the data are hashes that Gardener's own code computed."""

import json
from pathlib import Path
from typing import Any

import pytest
from efa_pools.gardener.check import check_gardener
from efa_pools.gardener.decode import decode_config
from efa_pools.gardener.rolling import Cluster, Part, class_hash, config_parts, config_text, rolls

from tests.gardener_shoots import P5_INTERFACES, config, p5_worker, shoot

HASHES = json.loads((Path(__file__).parent / "data/gardener/hashes.json").read_text(encoding="utf-8"))
OLD, NEW = Cluster("1.33.4"), Cluster("1.34.1")
EXPLICIT = [{"networkCardIndex": card, "type": "efa-only"} for card in range(1, 32)]
TYPED = {"networkInterfaces": [{"type": "efa"}]}


def with_config(**keys: Any) -> dict[str, Any]:
    return {"providerConfig": config(**keys)}


# Before, after, and whether it rolls below Kubernetes 1.34 and from it on.
CHANGES: list[tuple[dict[str, Any], dict[str, Any], bool, bool]] = [
    (
        {},
        {"labels": {"a": "b"}, "annotations": {"a": "b"}, "minimum": 1, "zones": ["eu-west-1a", "b"]},
        False,
        False,
    ),
    (
        {},
        {"maxSurge": 3, "maxUnavailable": 1, "taints": [{"key": "a", "effect": "NoSchedule"}]},
        False,
        False,
    ),
    ({}, {"machine": {"type": "p4d.24xlarge"}}, True, True),
    ({}, {"volume": {"type": "gp3", "size": "300Gi"}}, True, True),
    ({}, {"volume": {"type": "gp3", "size": "200Gi", "encrypted": True}}, True, True),
    ({}, {"cri": {"name": "containerd"}}, False, False),
    ({}, {"kubernetes": {"kubelet": {"cpuManagerPolicy": "static"}}}, True, True),
    ({}, with_config(networkInterfaces=P5_INTERFACES[:2] + EXPLICIT), True, True),
    (with_config(**TYPED), with_config(**TYPED, cpuOptions={"amdSevSnp": "enabled"}), True, False),
    (
        with_config(networkInterfaces=[{}]),
        with_config(networkInterfaces=[{"type": "interface"}]),
        True,
        False,
    ),
    (
        with_config(networkInterfaces=[{"type": "efa"}]),
        with_config(networkInterfaces=[{"type": "efa", "description": "x"}]),
        True,
        False,
    ),
    (with_config(volume={"iops": 200}), with_config(volume={"throughput": 200}), True, False),
    (
        with_config(placement={"tenancy": "host"}),
        with_config(placement={"affinity": "host"}),
        True,
        False,
    ),
    (with_config(), with_config(nodeTemplate={"virtualCapacity": {"a": 1}}), False, False),
    (with_config(), with_config(nodeTemplate={"capacity": {"a": 1}}), True, True),
    (with_config(), with_config(instanceMetadataOptions={"httpTokens": "required"}), True, True),
    (
        {"updateStrategy": "AutoInPlaceUpdate"},
        {"updateStrategy": "AutoInPlaceUpdate", "machine": {}},
        False,
        False,
    ),
]


def test_hashes_are_gardeners() -> None:
    for case in HASHES["cases"]:
        made = class_hash("node-agent", case["worker"], Cluster(case["kubernetes"]))
        assert made == case["hash"], case["worker"]


@pytest.mark.parametrize("before, after, below, since", CHANGES, ids=str)
def test_what_rolls(before, after, below, since) -> None:
    old, new = {**p5_worker(), **before}, {**p5_worker(), **after}
    assert bool(rolls(old, new, OLD, OLD)) is below
    assert bool(rolls(old, new, NEW, NEW)) is since


def test_what_of_the_shoot_rolls_its_workers() -> None:
    one = p5_worker()
    static = Cluster("1.34.1", kubelet={"cpuManagerPolicy": "static"})
    own = p5_worker(kubernetes={"kubelet": {"cpuManagerPolicy": "none"}})
    assert rolls(one, one, NEW, static) == ("kubernetes.kubelet.cpuManagerPolicy",)
    assert rolls(own, own, NEW, static) == ()
    for version, ipvs, rolled in (("1.33.1", False, True), ("1.34.1", False, False), ("1.34.1", True, True)):
        before, after = (Cluster(version, node_local_dns=on, ipvs=ipvs) for on in (False, True))
        assert bool(rolls(one, one, before, after)) is rolled


def test_the_reasons_are_fields() -> None:
    new = p5_worker(volume={"type": "gp3", "size": "300Gi"}, config={"placement": {"groupId": "pg-1"}})
    assert rolls(p5_worker(), new, NEW, NEW) == ("volume.size", "providerConfig.placement.groupId")


def test_values_stand_in_gardeners_order() -> None:
    decoded, _ = decode_config(
        config(
            networkInterfaces=[
                *P5_INTERFACES,
                {"networkCardIndex": 2, "subnetID": "s", "description": "x"},
                {},
            ],
            placement={"tenancy": "host", "groupId": "pg-1"},
            nodeTemplate={"capacity": {"memory": "1.5Gi", "cpu": "500m"}},
        )
    )
    assert decoded is not None
    assert [one.value for one in config_parts(decoded)] == [
        *("cpu=1", "memory=1610612736"),
        *("interface", "0", "0", "efa-only", "1", "0", "efa-only", "0", "1", "31"),
        *("interface", "0", "2", "s", "interface", "0"),
        *("pg-1", "host"),
    ]
    assert Part("providerConfig.placement.groupId", "pg-1") in list(config_parts(decoded))


def test_text_is_what_kubectl_sends() -> None:
    raw = {"b": "<&>\u2028é", "a": [1], "nodeTemplate": {"virtualCapacity": {"x": 1}}}
    assert config_text(raw) == '{"a":[1],"b":"\\u003c\\u0026\\u003e\\u2028é"}'


def test_an_update_says_what_it_replaces() -> None:
    new = p5_worker(config={"placement": {"groupId": "pg-0abcdef12345678"}})
    (found,) = [one for one in check_gardener(shoot(new), shoot(p5_worker())) if "rolls" in one.message]
    assert (found.field(), found.severity) == ("spec.provider.workers[0]", "warning")
    assert "providerConfig.placement.groupId" in found.message
    lone = check_gardener(config(placement={"groupId": "pg-1"}), config())
    assert any("rolls" in one.message for one in lone)
