"""Bad days on the real engine: refused, throttled, hanging, two at once, killed. The next up converges."""

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import recover
from sandbox.on_engine import recovered
from tests.engine.session import GROUP, NODES, TEMPLATE, Session, needs_cli, pool

pytestmark = needs_cli


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    yield Session(tmp_path_factory.mktemp("faults"))


def fault(do: str, type: str, operation: str = "create", nth: int = 1, **more: Any) -> dict[str, Any]:
    return {"do": do, "type": type, "operation": operation, "nth": nth, **more}


def until(true: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def killed(stack: Session, type: str) -> str:
    """Kills the engine after an object has been made and before its id is known; the object's id."""
    before = stack.objects()
    stack.order(fault("hang-after", type, seconds=60))
    run = stack.start("up", "--yes", "--skip-preview")
    try:
        until(lambda: {one for one in stack.objects() - before if one[0] == type})
        # Everything else that could go on meanwhile has come to its end.
        until(
            lambda: (
                [one["resource"]["type"] for one in stack.state().get("pending_operations") or []] == [type]
            )
        )
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        told, _ = run.communicate(timeout=30)
    made = {one for one in stack.objects() - before if one[0] == type}
    assert len(made) == 1, told
    ((_, id),) = made
    assert (type, id) not in stack.known()
    return id


def one_more(stack: Session, name: str) -> None:
    """Wants one more pool beside one that is up."""
    stack.configure(pool()).quick()
    stack.configure(pool(), pool(name=name, size={"desired": 1}))


def test_a_refusal_in_the_middle_is_one_line_and_the_next_up_goes_on(stack: Session) -> None:
    full = "We currently do not have sufficient p4d.24xlarge capacity in the Availability Zone you requested"
    stack.order(fault("refuse", NODES, code="InsufficientInstanceCapacity", message=full))
    done = stack.up("--skip-preview")
    assert done.code != 0
    assert f"error: InsufficientInstanceCapacity: {full}" in done.errors
    assert "sandbox/plugin.py" not in done.text
    # What had been made before is known, so that nothing is made twice.
    stack.assert_settled()
    assert set(stack.quick().changed().values()) == {"create"}
    assert stack.resources(NODES)
    stack.assert_settled()


def test_a_refused_update_leaves_what_was_there(stack: Session) -> None:
    stack.order(fault("refuse", NODES, "update", code="ServerException", message="try again"))
    done = stack.configure(pool(size={"desired": 4})).up("--skip-preview")
    assert done.code != 0 and "error: ServerException: try again" in done.errors
    assert stack.object(NODES)["outputs"]["scalingConfig"]["desiredSize"] == 2
    assert stack.quick().changed() == {"train-nodes": "update"}
    stack.assert_settled()


def test_throttling_is_waited_for_and_gives_up_in_the_end(stack: Session) -> None:
    stack.configure(pool(size={"desired": 4}), pool(name="second", size={"desired": 1}))
    stack.order(fault("throttle", GROUP, attempts=2), fault("throttle", TEMPLATE, attempts=9))
    done = stack.up("--skip-preview")
    assert done.code != 0
    assert "RequestLimitExceeded" in done.errors and "PlacementGroup" not in done.errors
    stack.quick()
    stack.assert_settled()


def test_two_ups_at_once_do_not_mix(stack: Session) -> None:
    stack.configure(pool(size={"desired": 3}), pool(name="second", size={"desired": 1}))
    stack.order(fault("hang", NODES, "update", seconds=6))
    first = stack.start("up", "--yes", "--skip-preview")
    until(lambda: any((stack.folder / "backend/.pulumi/locks").rglob("*.json")))
    second = stack.up("--skip-preview")
    assert second.code != 0 and "currently locked by 1 lock" in second.errors
    text, _ = first.communicate(timeout=60)
    assert first.returncode == 0, text
    assert not stack.quick().changed()
    stack.assert_settled()


def test_killed_in_a_create_the_next_up_makes_a_second_object(stack: Session) -> None:
    """What really happens, step by step, up to `make recover`."""
    one_more(stack, "third")
    first = killed(stack, GROUP)
    # 1. The run's lock is still there, and only `pulumi cancel` removes it.
    assert "pulumi cancel" in stack.up("--skip-preview").errors
    assert list(stack.runs().values()) == [False]
    assert stack.cancel().code == 0 and not stack.runs()
    # 2. The state knows that a create was under way, and what it asked for, but no id.
    (pending,) = stack.state()["pending_operations"]
    assert pending["type"] == "creating" and pending["resource"]["urn"].endswith("::third-pg")
    assert "id" not in pending["resource"]
    # 3. The next up warns, and makes a second group under a name of its own.
    done = stack.quick()
    assert "interrupted while creating" in done.text
    assert stack.objects() - stack.known() == {(GROUP, first)}
    # 4. The first is found by its tag. The state has another in its place, so it can only be deleted.
    (lost,) = recover.lost(stack)
    assert (lost.id, lost.adopt) == (first, [])
    told = recover.report(stack)
    assert f"make recover STACK=test DELETE={first}" in told
    assert f"aws ec2 delete-placement-group --group-name {first}" in told
    recover.delete(stack, first)
    assert recover.settle(stack).code == 0
    assert not recover.lost(stack)
    stack.assert_settled()


def test_killed_in_a_create_the_object_can_be_taken_in_before_the_next_up(
    stack: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    one_more(stack, "fourth")
    first = killed(stack, NODES)
    capsys.readouterr()
    assert recovered(stack, None, None)
    told = capsys.readouterr().out
    assert "The lock of a killed run is removed" in told
    assert f"pulumi import {NODES} fourth-nodes {first} --parent fourth=" in told
    assert not recovered(stack, "nope", None)
    assert recovered(stack, first, None), capsys.readouterr().out
    # It stands where the program wants it: the next up has nothing left to make.
    assert "fourth-nodes" not in stack.quick().changed()
    stack.assert_settled()


def test_a_resource_s_own_timeout_ends_the_waiting(tmp_path: Any) -> None:
    program = tmp_path / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: efa-pools\nruntime: python\n", encoding="utf-8")
    (program / "__main__.py").write_text(
        "import pulumi, pulumi_aws as aws\n"
        'aws.ec2.PlacementGroup("g", strategy="cluster", opts=pulumi.ResourceOptions('
        'custom_timeouts=pulumi.CustomTimeouts(create="1s")))\n',
        encoding="utf-8",
    )
    stack = Session(tmp_path / "s", program=program)
    stack.order(fault("hang", GROUP, seconds=60))
    done = stack.up("--skip-preview")
    assert done.code != 0 and "timeout while waiting" in done.errors and done.seconds < 30
    stack.assert_settled()
    stack.quick()
    stack.assert_settled()
