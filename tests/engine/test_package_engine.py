"""The component package in other people's stacks, on the real engine against the sandbox.

These install what users install, from package registries, and take minutes: `make test SLOW=1`.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.consumers import Consumer, copies, told
from tests.engine.session import needs_cli
from tests.pools import changed
from tests.test_worker_pool import CHILDREN
from tests.update_schema import SNAPSHOT

pytestmark = [
    needs_cli,
    pytest.mark.skipif(not os.environ.get("SLOW"), reason="takes minutes and package registries: SLOW=1"),
]


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [one for one in programs if shutil.which(one) is None]
    return pytest.mark.skipif(bool(missing), reason=f"there is no {', '.join(missing)} on PATH")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copies(tmp_path_factory.mktemp("consumers"))


@pytest.fixture(scope="module")
def python(place: Path) -> Consumer:
    """The example as it was before `pulumi package add`, and then that command."""
    folder = place / "examples" / "python-sdk"
    for name, marks in (
        ("Pulumi.yaml", ("packages:", "efa-pools: ", "# In a")),
        ("requirements.txt", ("sdks/",)),
    ):
        lines = (folder / name).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.strip().startswith(marks)]
        assert len(kept) == len(lines) - len(marks)
        (folder / name).write_text("".join(kept), encoding="utf-8")
    consumer = Consumer(folder)
    consumer.must("package", "add", "../../components")
    return consumer


@pytest.fixture(scope="module")
def text(place: Path) -> Consumer:
    """The YAML example."""
    consumer = Consumer(place / "examples" / "yaml")
    consumer.install()
    return consumer


def came_up(consumer: Consumer) -> None:
    """Preview, up, a preview without a change, and down; the account is as it was found."""
    preview = consumer.preview()
    assert preview.code == 0 and "[unknown]" in preview.text, preview.text
    done = consumer.up("--skip-preview")
    assert done.code == 0, done.text
    assert set(done.ops()) == {*CHILDREN, "train"} | {one for one in done.ops() if one.startswith("default_")}
    again = consumer.preview("--expect-no-changes")
    assert again.code == 0, again.text
    outputs = consumer.state()["resources"][0]["outputs"]
    assert outputs["efaPerNode"] == 4 and outputs["nodeGroupName"].startswith("train-nodes-")
    gone = consumer.destroy("--skip-preview")
    assert gone.code == 0, gone.text
    with consumer.store() as store:
        assert store.own() == []


# -- the schema


def test_the_engine_reads_the_schema(text: Consumer) -> None:
    said = text.must("package", "get-schema", "../../components")
    found, _ = json.JSONDecoder().raw_decode(said[said.index("{\n") :])
    ours = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    assert found["name"] == "efa-pools" and found["version"] != "0.0.0"
    for section in ("resources", "types"):
        assert found[section].keys() == ours[section].keys()
        for token, described in ours[section].items():
            for kind in ("inputProperties", "properties"):
                assert found[section][token].get(kind, {}).keys() == described.get(kind, {}).keys(), token


# -- Python, through the generated SDK


def test_package_add_writes_what_the_example_has(python: Consumer) -> None:
    example = Path(__file__).parents[2] / "examples" / "python-sdk"
    had, has = (yaml.safe_load((one / "Pulumi.yaml").read_text()) for one in (example, python.folder))
    # The command writes a setting in its long form.
    assert {**has, "config": had["config"]} == had and "aws:region" in has["config"]
    wanted = (example / "requirements.txt").read_text().split()
    assert (python.folder / "requirements.txt").read_text().split() == wanted


def test_a_python_stack_through_the_sdk(python: Consumer) -> None:
    came_up(python)


def rewritten(consumer: Consumer, name: str, change: Callable[[str], str]) -> Callable[[], None]:
    """Changes a file; the result puts it back."""
    path = consumer.folder / name
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")

    def back() -> None:
        path.write_text(before, encoding="utf-8")

    return back


def test_wrong_keys_in_python_fail_with_our_text(python: Consumer) -> None:
    interfaces = '[{"network_card_index_range": {"from_": 0, "too": 3}, "deviceIndx": 1}]'

    def change(text: str) -> str:
        text = text.replace('size={"desired": 2}', 'size={"desird": 2}')
        return text.replace("layout_version=1", f"network_interfaces={interfaces}")

    back = rewritten(python, "__main__.py", change)
    try:
        done = python.preview()
    finally:
        back()
    assert done.code != 0 and not done.ops().keys() & CHILDREN.keys()
    for line in (
        "resource 'train' has a problem: efa-pools pool 'train': 4 problems, nothing was created",
        "size.desird: Forbidden: unknown key; did you mean 'desired'",
        "networkInterfaces[0].deviceIndx: Forbidden: unknown key; did you mean 'deviceIndex'",
        "networkInterfaces[0].networkCardIndexRange.too: Forbidden: unknown key; did you mean 'to'",
    ):
        assert line in done.text, done.text
    # What follows is the SDK's, in the program that the engine interrupts; nothing is of the component.
    assert "efa_pools/resources" not in done.text and "InputPropertiesError" not in done.text


# -- YAML


@needs("pulumi-language-yaml")
def test_a_yaml_stack(text: Consumer) -> None:
    came_up(text)


BESIDE: dict[str, Any] = {
    "group": {"type": "aws:ec2:PlacementGroup", "properties": {"strategy": "cluster"}},
    "own": {
        "type": "aws:ec2:SecurityGroup",
        "properties": {"vpcId": "vpc-0e7a1c2b3d4f50617", "description": "d"},
    },
    "in": {
        "type": "aws:vpc:SecurityGroupIngressRule",
        "properties": {
            "securityGroupId": "${own.id}",
            "referencedSecurityGroupId": "${own.id}",
            "ipProtocol": "-1",
        },
    },
    "out": {
        "type": "aws:vpc:SecurityGroupEgressRule",
        "properties": {
            "securityGroupId": "${own.id}",
            "referencedSecurityGroupId": "${own.id}",
            "ipProtocol": "-1",
        },
    },
    "ordinary": {
        "type": "aws:vpc:SecurityGroupEgressRule",
        "properties": {"securityGroupId": "${own.id}", "cidrIpv4": "0.0.0.0/0", "ipProtocol": "-1"},
    },
}
REFERENCES = {
    "placementGroupId": "${group.placementGroupId}",
    "securityGroupIds": ["${own.id}", "sg-0c1a5e0d2b3f4a596"],
}


@needs("pulumi-language-yaml")
def test_outputs_of_other_resources_are_unknown_in_the_preview_and_known_afterwards(text: Consumer) -> None:
    def change(before: str) -> str:
        found = yaml.safe_load(before)
        found["resources"].update(BESIDE)
        train = found["resources"]["train"]
        train["properties"].update(REFERENCES)
        train["options"] = {"dependsOn": ["${in}", "${out}", "${ordinary}"]}
        return str(yaml.safe_dump(found))

    back = rewritten(text, "Pulumi.yaml", change)
    try:
        preview = text.preview()
        assert preview.code == 0 and "groupId: [unknown]" in preview.text.replace("  ", ""), preview.text
        done = text.up("--skip-preview")
        assert done.code == 0, done.text
        (template,) = text.resources("LaunchTemplate")
        (group,) = text.resources("PlacementGroup")
        (own,) = text.resources("SecurityGroup")
        assert template["inputs"]["placement"] == {"groupId": group["outputs"]["placementGroupId"]}
        first = template["inputs"]["networkInterfaces"][0]
        assert first["securityGroups"] == [own["id"], "sg-0c1a5e0d2b3f4a596"]
        assert text.preview("--expect-no-changes").code == 0
    finally:
        gone = text.destroy("--skip-preview")
        back()
    assert gone.code == 0, gone.text


@needs("pulumi-language-yaml")
def test_a_wrong_value_in_yaml_fails_with_our_text(text: Consumer) -> None:
    """Keys and types YAML's own language host holds against the schema; relations it cannot know."""

    def change(before: str) -> str:
        found = yaml.safe_load(before)
        changes = {"availabilityZones": ["us-east-2a", "us-east-2b"], "placement.strategy": "clustered"}
        found["resources"]["train"]["properties"] = changed(
            found["resources"]["train"]["properties"], changes
        )
        return str(yaml.safe_dump(found))

    back = rewritten(text, "Pulumi.yaml", change)
    try:
        done = text.preview()
    finally:
        back()
    assert done.code != 0 and "Traceback" not in done.text
    assert "placement.strategy: NotSupported: 'clustered'" in done.text, done.text
    assert "1 problem, nothing was created" in done.text or "2 problems, nothing was created" in done.text


# -- TypeScript


@pytest.fixture(scope="module")
def typescript(place: Path) -> Consumer:
    consumer = Consumer(place / "examples" / "typescript")
    consumer.install()
    return consumer


def tsc(consumer: Consumer) -> str:
    done = told("npx", "--no-install", "tsc", cwd=consumer.folder, environment=consumer.environment())
    return done.stdout if done.returncode else ""


@needs("node", "npm", "pulumi-language-nodejs")
def test_typescript_knows_the_types(typescript: Consumer) -> None:
    assert tsc(typescript) == ""
    for right, wrong, said in (
        ("desired: 2", "desird: 2", "'desird' does not exist"),
        ("desired: 2", 'desired: "2"', "Type 'string' is not assignable to type 'number'"),
        ('instanceType: "p4d.24xlarge",', "", "Property 'instanceType' is missing"),
    ):
        back = rewritten(typescript, "index.ts", lambda text, a=right, b=wrong: text.replace(a, b))
        try:
            assert said in tsc(typescript)
        finally:
            back()


@needs("node", "npm", "pulumi-language-nodejs")
def test_a_typescript_stack(typescript: Consumer) -> None:
    came_up(typescript)


def test_a_group_on_a_block_is_not_upgraded_through_the_package(text: Consumer) -> None:
    """The engine asks a hook that lives in the package's own process."""

    def block(release: str) -> Callable[[str], str]:
        def change(program: str) -> str:
            found = yaml.safe_load(program)
            found["resources"]["train"]["properties"] |= {
                "instanceType": "p5.48xlarge",
                "availabilityZones": ["us-east-2b"],
                "subnetIds": ["subnet-0b2c3d4e5f6071829"],
                "capacity": {"kind": "capacity-block", "reservationId": "cr-0e5f60718293a4b5c"},
                "image": {"family": "al2023", "releaseVersion": release},
            }
            return json.dumps(found)

        return change

    back = rewritten(text, "Pulumi.yaml", block("1.34.2-20261105"))
    try:
        done = text.up("--skip-preview")
        assert done.code == 0, done.text
        back()
        back = rewritten(text, "Pulumi.yaml", block("1.34.2-20261112"))
        refused = text.preview()
        assert refused.code != 0 and "would change while 2 nodes are wanted" in refused.text
    finally:
        back()
        gone = text.destroy("--skip-preview")
    assert gone.code == 0, gone.text
