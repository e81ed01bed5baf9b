"""The life of a stack on the real engine: what each change does to what is there."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import core
from tests.engine.session import CHILDREN, GROUP, NODES, TEMPLATE, Session, needs_cli, pool

pytestmark = needs_cli


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    yield Session(tmp_path_factory.mktemp("lifecycle"))


def names(*ends: str, of: str = "train") -> set[str]:
    return {f"{of}-{end}" for end in ends}


def change_behind(stack: Session, type: str, **changes: Any) -> None:
    """Somebody else changes an object, through the same service."""
    found = stack.object(type)
    with stack.store() as store:
        core.update(store, type, found["id"], found["inputs"], {**found["inputs"], **changes}, False)


def test_up_makes_the_pool(stack: Session) -> None:
    done = stack.up()
    assert done.code == 0, done.text
    assert {name for name, op in done.changed().items() if op == "create"} >= names(*CHILDREN)
    stack.assert_settled()
    # A pool's nodes are replaced in turn; the provider's hour is enough for two of them.
    (nodes,) = stack.resources(NODES)
    assert nodes["customTimeouts"]["update"] == 60 * 60


def test_nothing_changes_without_a_change(stack: Session) -> None:
    done = stack.preview("--expect-no-changes")
    assert done.code == 0, done.text
    assert not done.changed()


def test_a_fixed_pool_grows_in_place(stack: Session) -> None:
    before = stack.object(NODES)["outputs"]["arn"]
    done = stack.configure(pool(size={"desired": 4})).quick()
    assert done.changed() == {"train-nodes": "update"}
    assert stack.resources(NODES)[0]["customTimeouts"]["update"] == 4 * 30 * 60
    after = stack.object(NODES)["outputs"]
    assert (after["arn"], after["scalingConfig"]["desiredSize"]) == (before, 4)
    assert done.paths("train-nodes") == {f"scalingConfig.{word}Size" for word in ("desired", "max", "min")}
    stack.assert_settled()


def test_interfaces_are_a_new_version_of_the_template_and_the_group_stays(stack: Session) -> None:
    before = stack.object(NODES)["outputs"]["arn"]
    preview = stack.configure(pool(size={"desired": 4}, layout="max-ena")).preview()
    assert preview.changed() == {"train-lt": "update", "train-nodes": "update"}
    assert preview.paths("train-nodes") == {"launchTemplate.version"}
    done = stack.quick()
    assert done.changed() == preview.changed()
    template, nodes = stack.object(TEMPLATE), stack.object(NODES)["outputs"]
    assert template["outputs"]["latestVersion"] == 2 and set(template["versions"]) == {"1", "2"}
    assert (nodes["arn"], nodes["launchTemplate"]["version"]) == (before, "2")
    stack.assert_settled()


def test_another_placement_strategy_makes_the_new_group_first(stack: Session) -> None:
    old = stack.object(GROUP)["id"]
    spread = {"mode": "create", "strategy": "spread"}
    done = stack.configure(pool(placement=spread)).quick()
    order = [(step["op"], step["urn"].rsplit("::", 1)[-1]) for step in done.steps if step["op"] != "same"]
    wanted = [
        ("create-replacement", "train-pg"),
        ("update", "train-lt"),
        ("update", "train-nodes"),
        ("delete-replaced", "train-pg"),
    ]
    assert [one for one in order if one in wanted] == wanted
    assert stack.object(GROUP)["id"] != old
    stack.assert_settled()


def test_a_scaled_pool_keeps_the_size_that_others_set(stack: Session) -> None:
    stack.configure(pool(size={"min": 0, "max": 4})).quick()
    change_behind(stack, NODES, scalingConfig={"minSize": 0, "maxSize": 4, "desiredSize": 3})
    done = stack.configure(pool(size={"min": 1, "max": 5})).quick("--refresh")
    assert done.changed()["train-nodes"] == "update"
    scaling = {"minSize": 1, "maxSize": 5, "desiredSize": 3}
    assert stack.object(NODES)["outputs"]["scalingConfig"] == scaling


def test_a_minimum_above_the_present_size_is_refused_before_anything_changes(stack: Session) -> None:
    before = stack.objects()
    done = stack.configure(pool(size={"min": 4, "max": 6})).preview()
    assert done.code != 0
    assert "Minimum capacity 4 can't be greater than desired size 3" in done.errors
    assert stack.objects() == before


def test_a_misspelt_key_of_the_stack_file_is_refused(stack: Session) -> None:
    misspelt: dict[str, Any] = {"efa-pools:tagz": {"owner": "ml"}}
    done = stack.configure(pool(size={"desired": 3}), **misspelt).preview()
    assert done.code != 0 and not done.changed()
    assert "efa-pools:tagz: Forbidden: unknown key; did you mean 'tags'" in done.text


def test_a_pool_comes_and_goes_without_the_other(stack: Session) -> None:
    one, two = pool(), pool(name="second", size={"desired": 1})
    stack.configure(one).quick()
    done = stack.configure(one, two).quick()
    assert names(*CHILDREN, of="second") <= set(done.changed())
    assert not any(name.startswith("train") for name in done.changed())
    done = stack.configure(one).quick()
    assert {op for op in done.changed().values()} == {"delete"}
    assert names(*CHILDREN, of="second") <= set(done.changed())
    stack.assert_settled()


def test_refresh_sees_what_others_changed_and_up_takes_it_back(stack: Session) -> None:
    size = {"minSize": 2, "maxSize": 6, "desiredSize": 2}
    change_behind(stack, NODES, scalingConfig=size)
    done = stack.refresh("--skip-preview")
    assert done.code == 0, done.text
    (state,) = stack.resources(NODES)
    assert state["outputs"]["scalingConfig"] == size
    assert stack.quick().changed() == {"train-nodes": "update"}
    assert stack.object(NODES)["outputs"]["scalingConfig"]["maxSize"] == 2
    stack.assert_settled()


def test_what_others_deleted_is_made_again(stack: Session) -> None:
    nodes = stack.object(NODES)["id"]
    with stack.store() as store:
        core.delete(store, NODES, nodes)
    done = stack.quick("--refresh")
    assert done.ops()["train-nodes"] == "create"
    stack.assert_settled()


def test_down_leaves_the_account_as_it_was(stack: Session) -> None:
    done = stack.destroy("--skip-preview")
    assert done.code == 0, done.text
    assert stack.objects() == set() and stack.resources() == []
