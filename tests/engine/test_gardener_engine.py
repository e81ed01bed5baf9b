"""Workers of a Shoot on the real engine: made, changed, moved by others, taken away."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.core import server_side_apply
from sandbox.core.references import SHOOT, SHOOT_PATCH
from tests.engine.session import GROUP, Session, needs_cli, slow

pytestmark = [needs_cli, slow]

OTHERS = "gardener-controller-manager"
POOL: dict[str, Any] = {
    "name": "gpu",
    "instanceType": "p5.48xlarge",
    "size": {"min": 2, "max": 4},
    "availabilityZones": ["us-east-2b"],
    "layoutVersion": 1,
    "nodes": {"kind": "gardener", "shoot": "training", "namespace": "garden-ml"},
    "image": {"family": "garden-linux", "releaseVersion": "2150.6.0"},
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    yield Session(tmp_path_factory.mktemp("gardener"))


def configure(stack: Session, *pools: dict[str, Any]) -> Session:
    more = {
        "efa-pools:cluster": {"kubernetesVersion": "1.34"},
        "efa-pools:gardenKubeconfig": "apiVersion: v1",
    }
    return stack.configure(*pools, **more)


def shoot(stack: Session) -> Any:
    with stack.store() as store:
        return store.get(SHOOT, "garden-ml/training")


def workers(stack: Session) -> dict[str, Any]:
    return {one["name"]: one for one in shoot(stack)["outputs"]["spec"]["provider"]["workers"]}


def test_up_makes_the_group_and_the_worker(stack: Session) -> None:
    foreign = workers(stack)
    done = configure(stack, POOL).up()
    assert done.code == 0, done.text
    stack.assert_settled()
    group = stack.object(GROUP)["outputs"]
    assert workers(stack)["gpu"]["providerConfig"]["placement"] == {"groupId": group["placementGroupId"]}
    assert {**workers(stack), "gpu": None} == {**foreign, "gpu": None}
    assert group["tags"]["owner"] == "research"


def test_nothing_changes_without_a_change(stack: Session) -> None:
    done = stack.preview("--expect-no-changes")
    assert done.code == 0, done.text


def test_a_second_pool_and_a_new_size_change_their_entries_alone(stack: Session) -> None:
    patches = [one["id"] for one in stack.resources(SHOOT_PATCH)]
    done = configure(stack, {**POOL, "size": {"min": 2, "max": 6}}, {**POOL, "name": "more"}).quick()
    assert done.changed()["gpu-worker"] == "update" and done.changed()["more-worker"] == "create"
    assert done.paths("gpu-worker") == {"spec.provider.workers[0].maximum"}
    assert workers(stack)["gpu"]["maximum"] == 6 and set(workers(stack)) == {"services", "gpu", "more"}
    assert set(patches) < {one["id"] for one in stack.resources(SHOOT_PATCH)}  # the manager stays


def test_what_others_moved_ends_the_run_and_is_not_forced(stack: Session) -> None:
    version = {"machine": {"image": {"version": "2150.7.0"}}}
    spec = {"provider": {"workers": [{"name": "gpu", **version}]}}
    with stack.store() as store:
        found: Any = store.get(SHOOT, "garden-ml/training")
        store.put(
            SHOOT,
            found["id"],
            {**found, "outputs": server_side_apply.written(found["outputs"], OTHERS, spec)},
        )
    done = configure(stack, {**POOL, "size": {"min": 2, "max": 8}}, {**POOL, "name": "more"}).up()
    assert done.code != 0 and OTHERS in done.text and "machine.image.version" in done.text
    assert workers(stack)["gpu"]["machine"]["image"]["version"] == "2150.7.0"
    assert workers(stack)["gpu"]["maximum"] == 6


def test_the_others_value_is_no_conflict(stack: Session) -> None:
    moved = {**POOL, "image": {"family": "garden-linux", "releaseVersion": "2150.7.0"}}
    done = configure(stack, moved, {**POOL, "name": "more"}).quick()
    assert done.changed()["gpu-worker"] == "update"


def test_a_pool_that_is_left_out_takes_its_worker_away(stack: Session) -> None:
    configure(stack, {**POOL, "name": "more"}).quick()
    assert set(workers(stack)) == {"services", "more"}
    stack.assert_settled()


def test_down_leaves_what_was_there(stack: Session) -> None:
    done = stack.destroy()
    assert done.code == 0, done.text
    assert set(workers(stack)) == {"services"} and not stack.objects()
    managers = {one["manager"] for one in shoot(stack)["outputs"]["metadata"]["managedFields"]}
    assert managers == {"gardener-dashboard", OTHERS}
