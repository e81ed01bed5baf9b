"""What a change does to an object of the sandbox: replaced or updated, and what an update makes of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox import account, core
from sandbox.core import UNKNOWN
from sandbox.core.changes import Change, rules
from sandbox.core.resources import KINDS

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
TEMPLATE, GROUP = "aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/placementGroup:PlacementGroup"
NODES, RULE = "aws:eks/nodeGroup:NodeGroup", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SCALED, TAG = "aws:autoscaling/group:Group", "aws:autoscaling/tag:Tag"
ACCESS, PROFILE = "aws:eks/accessEntry:AccessEntry", "aws:iam/instanceProfile:InstanceProfile"
SUBNETS = Change("vpcZoneIdentifiers", "update", False)
NIC = {"deviceIndex": 0, "securityGroups": ["sg-1", "sg-2"]}


@pytest.fixture
def store() -> core.MemoryStore:
    return account.load(at=NOW)


def test_every_type_has_a_row_with_its_source() -> None:
    assert rules().keys() == KINDS.keys()
    assert all(len(rule.commit) == 40 and rule.file.endswith(".go") for rule in rules().values())


@pytest.mark.parametrize(
    ("type", "old", "new", "expected"),
    [
        (GROUP, {"strategy": "cluster"}, {"strategy": "spread"}, [Change("strategy", "update", True)]),
        (GROUP, {"tags": {"a/b": "1"}}, {"tags": {"a/b": "2"}}, [Change('tags["a/b"]', "update", False)]),
        (GROUP, {"tags": {"a": "1"}}, {}, [Change("tags", "delete", False)]),
        (TEMPLATE, {"imageId": "a"}, {"imageId": "b"}, [Change("imageId", "update", False)]),
        (TEMPLATE, {}, {"name": "x"}, [Change("name", "add", True)]),
        (
            TEMPLATE,
            {"networkInterfaces": [NIC]},
            {"networkInterfaces": [{**NIC, "deviceIndex": 1}, NIC]},
            [
                Change("networkInterfaces[0].deviceIndex", "update", False),
                Change("networkInterfaces[1]", "add", False),
            ],
        ),
        (
            NODES,
            {"launchTemplate": {"id": "lt-1", "version": "1"}},
            {"launchTemplate": {"id": "lt-1", "version": UNKNOWN}},
            [Change("launchTemplate.version", "update", False)],
        ),
        (
            NODES,
            {"launchTemplate": {"id": "lt-1"}},
            {"launchTemplate": {"id": UNKNOWN}},
            [Change("launchTemplate.id", "update", True)],
        ),
        (NODES, {"launchTemplate": {"id": "a"}}, {}, [Change("launchTemplate", "delete", True)]),
        (NODES, {"remoteAccess": {"ec2SshKey": "a"}}, {}, [Change("remoteAccess", "delete", True)]),
        (NODES, {"subnetIds": ["a"]}, {"subnetIds": ["b"]}, [Change("subnetIds", "update", True)]),
        (SCALED, {"vpcZoneIdentifiers": ["a"]}, {"vpcZoneIdentifiers": ["b"]}, [SUBNETS]),
        (SCALED, {"tags": [{"key": "a"}, {"key": "b"}]}, {"tags": [{"key": "b"}, {"key": "a"}]}, []),
        (SCALED, {"name": "a"}, {"name": "b"}, [Change("name", "update", True)]),
        (TAG, {"tag": {"key": "a"}}, {"tag": {"key": "b"}}, [Change("tag.key", "update", True)]),
        (TAG, {"tag": {"value": "a"}}, {"tag": {"value": "b"}}, [Change("tag.value", "update", False)]),
        (ACCESS, {"principalArn": "a"}, {"principalArn": "b"}, [Change("principalArn", "update", True)]),
        (PROFILE, {"role": "a"}, {"role": "b"}, [Change("role", "update", False)]),
        (RULE, {"cidrIpv4": "a"}, {"cidrIpv4": "b"}, [Change("cidrIpv4", "update", False)]),
        (
            RULE,
            {"cidrIpv4": "a"},
            {"cidrIpv6": "b"},
            [Change("cidrIpv4", "delete", True), Change("cidrIpv6", "add", True)],
        ),
    ],
)
def test_what_replaces_and_what_does_not(type: str, old: Any, new: Any, expected: Any) -> None:
    assert core.diff(type, old, new) == expected


def test_what_the_service_decided_is_no_change() -> None:
    """The provider's optional and computed properties: absent ones stay as they are."""
    told = {"amiType": "CUSTOM", "releaseVersion": "ami-1"}
    assert core.diff(NODES, {"amiType": "CUSTOM"}, {}, told) == []
    assert core.diff(NODES, {}, {"amiType": "CUSTOM"}, told) == []
    assert core.diff(NODES, {"releaseVersion": "1.34.2-20261105"}, {}, {}) == []
    assert core.diff(NODES, {}, {"amiType": "AL2023_x86_64_NVIDIA"}, told) == [
        Change("amiType", "update", True)
    ]


def test_sets_have_no_order_and_lists_have() -> None:
    turned = {**NIC, "securityGroups": ["sg-2", "sg-1"]}
    assert core.diff(TEMPLATE, {"networkInterfaces": [NIC]}, {"networkInterfaces": [turned]}) == []
    assert core.diff(NODES, {"subnetIds": ["a", "b"]}, {"subnetIds": ["b", "a"]}) == []
    assert core.diff(NODES, {"instanceTypes": ["a", "b"]}, {"instanceTypes": ["b", "a"]})
    assert core.diff(NODES, {"subnetIds": ["a"]}, {"subnetIds": [UNKNOWN]})[0].replaces


def test_a_name_is_kept_unless_the_prefix_changes(store: core.MemoryStore) -> None:
    old = core.complete(store.place, TEMPLATE, "t", {}, {"namePrefix": "a-"})
    assert core.complete(store.place, TEMPLATE, "t", old, {"namePrefix": "a-"}) == old
    assert core.complete(store.place, TEMPLATE, "t", old, {"namePrefix": "b-"})["name"].startswith("b-")
    assert core.complete(store.place, TEMPLATE, "t", old, {"name": "own"})["name"] == "own"


def template(store: core.MemoryStore, **inputs: Any) -> tuple[str, dict[str, Any]]:
    given = {"name": "tpl", "instanceType": "p5.48xlarge", **inputs}
    return core.create(store, TEMPLATE, "t", given, False)[0], given


def test_changed_data_is_a_new_version_and_the_old_one_stays(store: core.MemoryStore) -> None:
    id, old = template(store)
    new = {**old, "instanceType": "p4d.24xlarge"}
    previewed = core.update(store, TEMPLATE, id, old, new, True)
    assert previewed["latestVersion"] is UNKNOWN and previewed["defaultVersion"] == 1
    assert core.update(store, TEMPLATE, id, old, new, False)["latestVersion"] == 2
    found = store.get(TEMPLATE, id)
    assert found and found["inputs"] == new and found["versions"] == {"1": old, "2": new}


def test_tags_alone_are_no_new_version_though_a_plan_cannot_tell(store: core.MemoryStore) -> None:
    id, old = template(store)
    new = {**old, "tags": {"a": "b"}}
    assert core.update(store, TEMPLATE, id, old, new, True)["latestVersion"] is UNKNOWN
    made = core.update(store, TEMPLATE, id, old, new, False)
    assert made["latestVersion"] == 1 and made["tagsAll"] == {"a": "b"}


def test_the_default_version_follows_where_it_is_told_to(store: core.MemoryStore) -> None:
    id, old = template(store, updateDefaultVersion=True)
    new = {**old, "instanceType": "p4d.24xlarge"}
    assert core.update(store, TEMPLATE, id, old, new, False)["defaultVersion"] == 2


def test_a_preview_of_an_update_keeps_nothing(store: core.MemoryStore) -> None:
    id, old = template(store)
    before = store.get(TEMPLATE, id)
    core.update(store, TEMPLATE, id, old, {**old, "instanceType": "p4d.24xlarge"}, True)
    assert store.get(TEMPLATE, id) == before


def test_an_update_is_judged_as_a_create_is(store: core.MemoryStore) -> None:
    id, old = template(store)
    with pytest.raises(core.Refused, match=r"InvalidPlacementGroup\.Unknown"):
        core.update(store, TEMPLATE, id, old, {**old, "placement": {"groupId": "pg-0nope"}}, True)
    with pytest.raises(core.Refused, match="NotFound"):
        core.update(store, TEMPLATE, "lt-0nope", old, old, False)


def test_a_removed_property_is_gone_from_the_outputs(store: core.MemoryStore) -> None:
    id, old = template(store, imageId="ami-0123456789abcdef0")
    assert "imageId" not in core.update(store, TEMPLATE, id, old, {"name": "tpl"}, False)


def test_no_create_is_idempotent(store: core.MemoryStore) -> None:
    """The same request twice is two objects: who loses the answer to the first has lost the object."""
    for seed in ("one", "two"):
        inputs = core.complete(account.load(at=NOW, seed=seed).place, GROUP, "g", {}, {"strategy": "cluster"})
        core.create(store, GROUP, "g", inputs, False)
    assert len({one["id"] for one in store.all(GROUP) if one["id"].startswith("g-")}) == 2


def test_what_the_account_had_before_can_be_read_for_an_import(store: core.MemoryStore) -> None:
    found = core.read(store, GROUP, "p5-train")
    assert found and found["inputs"] == {"name": "p5-train", "strategy": "cluster"}
    assert core.read(store, GROUP, "nope") is None
