"""`efa-pools check --old` for workers of a Shoot: what may not change, and what replaces machines."""

import copy
import json
from typing import Any

import pytest

from tests.bad_pools.gardener import WORKER
from tests.pools import ABSENT, valid_pool
from tests.test_cli import run, write

POOL: dict[str, Any] = {
    key: value
    for key, value in {**valid_pool(), **WORKER, "name": "gpu", "size": {"min": 2, "max": 8}}.items()
    if value is not ABSENT
}
PLACE = "nodes.worker"


def pool(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(POOL), **changes}


def stack(*pools: dict[str, Any], version: str = "1.34") -> dict[str, Any]:
    cluster = {"kubernetesVersion": version}
    return {"config": {"efa-pools:cluster": cluster, "efa-pools:pools": list(pools)}}


def updated(capsys, tmp_path, old: Any, new: Any) -> tuple[int, list[str]]:
    given = [write(tmp_path, new, "new.yaml"), "--old", write(tmp_path, old, "old.yaml"), "--json"]
    code, out, err = run(capsys, "check", *given)
    assert code != 2, err
    found = json.loads(out)["problems"]
    return code, [f"{one['field']}: {one['message']}" for one in found if PLACE in one["field"]]


IMAGE = {"family": "garden-linux", "releaseVersion": "2150.7.0"}
CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "image": ({"image": IMAGE}, "every machine of the pool, 2 to 8, is replaced, because of machine.image"),
    "nothing": ({}, ""),
    "size": ({"size": {"min": 2, "max": 9}}, ""),
    "labels": ({"labels": {"a": "b"}}, ""),
    "root volume": ({"rootVolume": {"size": 300}}, "because of volume.size"),
    "metadata": ({"metadata": {"hopLimit": 3}}, "providerConfig.instanceMetadataOptions"),
    "group": ({"placement": {"mode": "existing", "groupId": "pg-0d4e5f60718293a4b"}}, "placement.groupId"),
}


def test_a_group_that_comes_to_a_pool_rolls_it(capsys, tmp_path) -> None:
    without = pool(placement={"mode": "none"})
    _, (found,) = updated(capsys, tmp_path, without, pool(placement={"mode": "create"}))
    assert "because of providerConfig.placement.groupId" in found


@pytest.mark.parametrize("case", CHANGES)
def test_what_rolls(case: str, capsys, tmp_path) -> None:
    changes, expected = CHANGES[case]
    code, found = updated(capsys, tmp_path, pool(), pool(**changes))
    assert code == 0 and bool(found) == bool(expected)
    assert all(one.startswith(f"{PLACE}: rolls: ") and expected in one for one in found)


def test_fields_count_from_the_root(capsys, tmp_path) -> None:
    other = pool(name="other")
    for shape, root in ((stack, "config.efa-pools:pools"), (lambda *pools: list(pools), "")):
        _, found = updated(capsys, tmp_path, shape(pool(), other), shape(other, pool(image=IMAGE)))
        assert [one.partition(":" if not root else ": ")[0] for one in found] == [f"{root}[1].{PLACE}"]


def test_a_new_kubernetes_minor_rolls_and_a_fixed_pool_has_a_number(capsys, tmp_path) -> None:
    fixed = pool(size={"desired": 1})
    _, (found,) = updated(capsys, tmp_path, stack(fixed), stack(fixed, version="1.35"))
    assert "rolls: the one machine of the pool is replaced, because of kubernetes.version" in found


def test_zones_may_only_be_appended(capsys, tmp_path) -> None:
    spread = {"placement": {"mode": "none"}}
    old = pool(**spread, availabilityZones=["us-east-2a", "us-east-2b"])
    code, found = updated(capsys, tmp_path, old, pool(**spread, availabilityZones=["us-east-2b"]))
    assert code == 1 and found[0].startswith(f"{PLACE}.zones: expected the zones of before")


def test_in_place_workers_keep_their_machines(capsys, tmp_path) -> None:
    nodes = {**POOL["nodes"], "worker": {"updateStrategy": "AutoInPlaceUpdate"}}
    code, found = updated(capsys, tmp_path, pool(nodes=nodes), pool(nodes=nodes, metadata={"hopLimit": 3}))
    assert code == 1 and [one.split(":")[0] for one in found] == [f"{PLACE}.providerConfig"]


def test_a_new_pool_replaces_nothing(capsys, tmp_path) -> None:
    assert updated(capsys, tmp_path, stack(pool()), stack(pool(), pool(name="more"))) == (0, [])


@pytest.mark.parametrize("old", [[pool()], {**pool(), "size": {"min": 9, "max": 1}}, {"kind": "Shoot"}])
def test_an_old_file_of_another_shape_or_with_errors_is_unusable(old: Any, capsys, tmp_path) -> None:
    code, out, err = run(
        capsys, "check", write(tmp_path, pool(), "new.yaml"), "--old", write(tmp_path, old, "old.yaml")
    )
    assert (code, out) == (2, "") and "old.yaml" in err


def test_pools_of_eks_have_no_such_rules(capsys, tmp_path) -> None:
    file = write(tmp_path, valid_pool())
    code, out, err = run(capsys, "check", file, "--old", file)
    assert (code, out) == (2, "") and "gardener" in err
