"""Objects that were there before, and pools that get another name, on the real engine."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import core
from tests.engine.session import GROUP, NODES, TEMPLATE, Session, needs_cli, pool
from tests.stacks import ARGUMENTS

pytestmark = needs_cli

HEAD = """import json
import pulumi, pulumi_aws as aws
from pathlib import Path
from efa_pools import EfaWorkerPool
ARGUMENTS = json.loads(Path(__file__).with_name("arguments.json").read_text())
"""
BLOCK = {"mode": "existing", "groupId": "pg-0d4e5f60718293a4b"}


def write(program: Path, text: str) -> None:
    (program / "__main__.py").write_text(HEAD + text, encoding="utf-8")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    program = tmp_path_factory.mktemp("program")
    (program / "Pulumi.yaml").write_text("name: efa-pools\nruntime: python\n", encoding="utf-8")
    (program / "arguments.json").write_text(json.dumps(ARGUMENTS), encoding="utf-8")
    write(program, "")
    yield Session(tmp_path_factory.mktemp("existing"), program=program)


def test_the_cli_imports_an_existing_placement_group(stack: Session) -> None:
    done = stack.bring_in(GROUP, "theirs", "p5-train", "--skip-preview")
    assert done.code == 0, done.text
    (found,) = stack.resources(GROUP)
    assert (found["id"], found["inputs"]) == ("p5-train", {"name": "p5-train", "strategy": "cluster"})
    # The code that it proposes is the SDK's.
    assert "aws.ec2.PlacementGroup(" in done.text and 'strategy="cluster"' in done.text
    # With that code in the program there is nothing left to do, and what was imported is protected.
    write(stack.program, 'aws.ec2.PlacementGroup("theirs", name="p5-train", strategy="cluster")')
    assert not stack.preview().changed()
    refused = stack.destroy("--skip-preview")
    assert refused.code != 0 and "because it is protected" in refused.text and stack.resources(GROUP)


def test_an_option_imports_a_launch_template_made_by_hand(stack: Session) -> None:
    with stack.store() as store:
        inputs = {"name": "by-hand", "instanceType": "p5.48xlarge"}
        id, _ = core.create(store, TEMPLATE, "by-hand", inputs, False)
    opts = f'opts=pulumi.ResourceOptions(import_="{id}")'
    line = 'aws.ec2.LaunchTemplate("lt", name="by-hand", instance_type="{}", ' + opts + ")"
    write(stack.program, line.format("p4d.24xlarge"))
    # What differs from the object as it is comes as an update right after the import, and is shown before.
    steps = [step["op"] for step in stack.preview().steps if step["urn"].endswith("::lt")]
    assert steps == ["import", "update"]
    keep = 'aws.ec2.PlacementGroup("theirs", name="p5-train", strategy="cluster")\n'
    write(stack.program, keep + line.format("p5.48xlarge"))
    done = stack.quick()
    assert done.ops()["lt"] == "import"
    write(stack.program, keep + 'aws.ec2.LaunchTemplate("lt", name="by-hand", instance_type="p4d.24xlarge")')
    assert stack.quick().changed() == {"lt": "update"}
    assert stack.object(TEMPLATE)["outputs"]["latestVersion"] == 2


def test_get_reads_what_is_there_and_says_what_is_not(stack: Session) -> None:
    read = 'group = aws.ec2.PlacementGroup.get("theirs", "{}")\npulumi.export("id", group.placement_group_id)'
    stack.run("state", "unprotect", "--all", "--yes")
    write(
        stack.program,
        'aws.ec2.PlacementGroup("theirs", name="p5-train", strategy="cluster", '
        "opts=pulumi.ResourceOptions(retain_on_delete=True))",
    )
    stack.quick()
    write(stack.program, read.format("p5-train"))
    assert stack.quick().code == 0
    with stack.store() as store:
        assert store.get(GROUP, "p5-train") is not None
    write(stack.program, read.format("nope"))
    assert "nope" in stack.up("--skip-preview").errors


def test_a_pool_gets_another_name_and_keeps_its_nodes_group(stack: Session) -> None:
    write(stack.program, 'EfaWorkerPool("train", ARGUMENTS)')
    stack.quick()
    before = stack.object(NODES)["outputs"]["arn"], stack.object(GROUP)["id"]
    alias = 'opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="train")])'
    write(stack.program, f'EfaWorkerPool("other", ARGUMENTS, {alias})')
    done = stack.quick()
    assert (stack.object(NODES)["outputs"]["arn"], stack.object(GROUP)["id"]) == before
    assert {done.ops()[f"other-{end}"] for end in ("nodes", "pg", "sg", "lt")} == {"update"}
    stack.assert_settled()


def test_groups_and_reservations_given_by_id_are_never_touched(tmp_path: Path) -> None:
    capacity = {"kind": "capacity-block", "reservationId": "cr-0e5f60718293a4b5c", "count": 8}
    wanted = pool(
        instanceType="p5.48xlarge",
        subnetIds=["subnet-0b2c3d4e5f6071829"],
        availabilityZones=["us-east-2b"],
        placement=BLOCK,
        capacity=capacity,
    )
    stack = Session(tmp_path)
    assert stack.configure(wanted).quick().code == 0
    assert not stack.resources(GROUP)
    done = stack.destroy("--skip-preview")
    assert done.code == 0, done.text
    # Not a file is left: nothing of the account's own was changed or removed.
    assert not list(stack.store_folder.glob("objects/*/*"))
