"""The examples that run in process, on the real engine against the sandbox."""

import json
import sys
from pathlib import Path

import pytest

from sandbox.engine import Engine
from tests.engine.consumers import EXAMPLES, Consumer, told
from tests.engine.session import needs_cli

pytestmark = needs_cli


def engine(example: str, folder: Path) -> Engine:
    """The example itself, with this environment in place of its own."""
    stack_file = folder / "stack.yaml"
    stack_file.write_text(json.dumps({"config": {"aws:region": "us-east-2"}}), encoding="utf-8")
    return Engine("dev", folder / "run", EXAMPLES / example, stack_file)


def up(stack: Engine) -> None:
    preview = stack.preview()
    assert preview.code == 0, preview.text
    done = stack.up("--skip-preview")
    assert done.code == 0, done.text
    again = stack.preview("--expect-no-changes")
    assert again.code == 0, again.text


def test_the_smallest_pool(tmp_path: Path) -> None:
    stack = engine("smallest", tmp_path)
    up(stack)
    assert len(stack.resources()) == 11
    assert stack.destroy("--skip-preview").code == 0
    with stack.store() as store:
        assert store.own() == []


def test_an_eks_cluster_from_scratch_comes_up_and_goes_in_order(tmp_path: Path) -> None:
    stack = engine("eks-from-scratch", tmp_path)
    up(stack)
    assert len(stack.resources()) == 28
    down = stack.destroy("--skip-preview")
    assert down.code == 0, down.text
    gone = [step["urn"].rsplit("::", 2)[-2:] for step in down.steps if step["op"] == "delete"]
    order = [f"{type.rsplit(':', 1)[-1]} {name}" for type, name in gone]
    # Helm hooks need nodes, nodes need their way out until they are gone.
    for sooner, later in (
        ("Release addons-gpu", "NodeGroup train-nodes"),
        ("NodeGroup train-nodes", "NatGateway efa"),
        ("NodeGroup train-nodes", "Cluster efa"),
        ("NatGateway efa", "InternetGateway efa"),
    ):
        assert order.index(sooner) < order.index(later), order
    with stack.store() as store:
        # Helm leaves the namespace that it made.
        assert {one["type"] for one in store.own()} <= {"kubernetes:core/v1:Namespace"}


@pytest.fixture
def fleet(tmp_path: Path) -> Consumer:
    """Where the Automation API finds its backend, its home and the two plugins; the project is its own."""
    (tmp_path / "Pulumi.yaml").write_text("{name: efa-fleet, runtime: python}", encoding="utf-8")
    consumer = Consumer(tmp_path)
    consumer._prepare()
    (tmp_path / "Pulumi.yaml").unlink()
    return consumer


def test_a_fleet(fleet: Consumer) -> None:
    counts = {}
    for command in ("up", "preview", "destroy"):
        program = (sys.executable, str(EXAMPLES / "fleet" / "fleet.py"), command)
        done = told(*program, cwd=fleet.folder, environment=fleet.environment())
        assert done.returncode == 0, done.stderr
        _, *rows = done.stdout.splitlines()
        assert [row.split()[0] for row in rows] == ["dev-us-east-2", "prod-us-east-2"]
        counts[command] = [row.split()[3:5] for row in rows]
    assert counts["up"] == [["13", "0"], ["12", "0"]]
    assert counts["preview"] == [["0", "0"]] * 2
    assert counts["destroy"] == [["0", "13"], ["0", "12"]]
    with fleet.store() as store:
        assert store.own() == []
