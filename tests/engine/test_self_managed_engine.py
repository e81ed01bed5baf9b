"""A self-managed pool on the real engine: made, scaled, moved to EKS's hands and back, taken away."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import core
from sandbox.core.references import (
    ACCESS_ENTRY,
    AUTO_SCALING_GROUP,
    INSTANCE_PROFILE,
    LAUNCH_TEMPLATE,
    NODE_GROUP,
    ROLE,
)
from tests.engine.session import CHILDREN, Session, needs_cli, pool, slow

pytestmark = [needs_cli, slow]

OURS = {"kind": "self-managed"}
BESIDES = {"train-profile", "train-access"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    yield Session(tmp_path_factory.mktemp("self-managed"))


def configure(stack: Session, **changes: Any) -> Session:
    return stack.configure(pool(**{"nodes": OURS, **changes}))


def steps(done: Any, *ops: str) -> list[tuple[str, str]]:
    found = [(step["op"], step["urn"].rsplit("::", 1)[-1]) for step in done.steps]
    return [one for one in found if one[0] in ops]


def test_up_makes_the_pool(stack: Session) -> None:
    done = configure(stack).up()
    assert done.code == 0, done.text
    made = {f"train-{child}" for child in CHILDREN} | BESIDES
    assert {name for name, op in done.changed().items() if op == "create"} >= made
    stack.assert_settled()
    template, profile = stack.object(LAUNCH_TEMPLATE), stack.object(INSTANCE_PROFILE)
    assert template["inputs"]["iamInstanceProfile"] == {"arn": profile["outputs"]["arn"]}
    entry, role = stack.object(ACCESS_ENTRY)["outputs"], stack.object(ROLE)["outputs"]
    assert (entry["principalArn"], entry["type"]) == (role["arn"], "EC2_LINUX")
    assert stack.resources(AUTO_SCALING_GROUP)[0]["inputs"]["launchTemplate"]["version"] == "1"


def test_nothing_changes_without_a_change(stack: Session) -> None:
    done = stack.preview("--expect-no-changes")
    assert done.code == 0, done.text


def test_the_group_grows_in_place(stack: Session) -> None:
    before = stack.object(AUTO_SCALING_GROUP)["outputs"]["arn"]
    done = configure(stack, size={"desired": 4}).quick()
    assert done.changed() == {"train-nodes": "update"}
    after = stack.object(AUTO_SCALING_GROUP)["outputs"]
    assert (after["arn"], after["desiredCapacity"], after["maxSize"]) == (before, 4, 4)


def test_interfaces_are_a_new_version_that_the_group_is_pinned_to(stack: Session) -> None:
    before = stack.object(AUTO_SCALING_GROUP)["outputs"]["arn"]
    done = configure(stack, size={"desired": 4}, layout="max-ena").quick()
    assert done.changed() == {"train-lt": "update", "train-nodes": "update"}
    assert done.paths("train-nodes") == {"launchTemplate.version"}
    after = stack.object(AUTO_SCALING_GROUP)["outputs"]
    assert (after["arn"], after["launchTemplate"]["version"]) == (before, "2")
    stack.assert_settled()


def test_a_scaled_group_keeps_the_size_that_others_set(stack: Session) -> None:
    configure(stack, size={"min": 0, "max": 4}).quick()
    found = stack.object(AUTO_SCALING_GROUP)
    inputs = {**found["inputs"], "desiredCapacity": 3}
    with stack.store() as store:
        core.update(store, AUTO_SCALING_GROUP, found["id"], found["inputs"], inputs, False)
    assert configure(stack, size={"min": 1, "max": 5}).quick("--refresh").code == 0
    after = stack.object(AUTO_SCALING_GROUP)["outputs"]
    assert (after["minSize"], after["maxSize"], after["desiredCapacity"]) == (1, 5, 3)


def test_a_move_to_eks_makes_the_new_group_and_another_role_before_the_old_go(stack: Session) -> None:
    configure(stack).quick()
    old = stack.object(ROLE)["outputs"]["arn"]
    done = configure(stack, nodes={"kind": "eks-managed"}).quick()
    order = steps(done, "create", "create-replacement", "delete", "delete-replaced")
    groups = [one for one in order if one[1] == "train-nodes"]
    assert [op for op, _ in groups] == ["create", "delete"]
    assert order.index(("create-replacement", "train-role")) < order.index(("create", "train-nodes"))
    assert order.index(("delete", "train-nodes")) < order.index(("delete-replaced", "train-role"))
    assert {("delete", name) for name in BESIDES} <= set(order)
    assert stack.object(ROLE)["outputs"]["arn"] != old
    assert stack.object(NODE_GROUP)["outputs"]["nodeRoleArn"] != old
    stack.assert_settled()


def test_and_back(stack: Session) -> None:
    done = configure(stack).quick()
    order = steps(done, "create", "create-replacement", "delete", "delete-replaced")
    # The entry of the new role stands beside the one that EKS keeps for the old.
    assert order.index(("create", "train-access")) < order.index(("create", "train-nodes"))
    assert order.index(("create", "train-nodes")) < order.index(("delete", "train-nodes"))
    stack.assert_settled()


def test_down_leaves_the_account_as_it_was(stack: Session) -> None:
    done = stack.destroy("--skip-preview")
    assert done.code == 0, done.text
    assert stack.objects() == set() and stack.resources() == []
