"""Every command of docs/gardener-migration.md, in order, on its own files."""

import json
import re
import runpy
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from efa_pools.stackfile import read_stack

from sandbox.inprocess import Result
from tests.stacks import ROOT, SECRETS, run_program
from tests.test_cli import run

PAGE = (ROOT / "docs" / "gardener-migration.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"`([\w.]+)`:\n```yaml\n(.*?)```", PAGE, re.S))
DERIVED = re.findall(r"`([\w.]+)` is `([\w.]+)` with (\S+) replaced by (\S+)\.\n", PAGE)
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S) for line in block.splitlines()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name, source, old, new in DERIVED:
        assert FILES[source].count(old) == 1
        (tmp_path / name).write_text(FILES[source].replace(old, new), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pulumi(folder: Path, command: str, stack: str) -> Result:
    """The program with that stack file, on the sandbox and in process."""
    config = {**read_stack(folder, stack), **dict.fromkeys(SECRETS, "apiVersion: v1")}
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    program = lambda: runpy.run_path(str(ROOT / "__main__.py"))  # noqa: E731
    return run_program(program, preview=command == "preview", config=texts)


def test_the_page_has_commands_and_files() -> None:
    assert len(COMMANDS) >= 13 and len(FILES) == 3 and len(DERIVED) == 1
    assert len(re.findall("```", PAGE)) == 2 * (len(FILES) + len(re.findall("```sh", PAGE)))


def test_every_command_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for line in COMMANDS:
        program, *words = shlex.split(line)
        if program == "pulumi":
            command, _, stack = words
            failure = pulumi(folder, command, stack).failure
            assert failure is None, (line, failure)
        else:
            assert program == "efa-pools"
            code, out, err = run(capsys, *words)
            assert code == 0 and out, (line, out, err)


def test_the_pool_that_is_imported_is_the_worker(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And a stack with it takes the worker over without a conflict: what is sent is what is there."""
    (pool,) = json.loads(run(capsys, "gardener", "import", "shoot.yaml", "--json")[1])["pools"]
    config = {"efa-pools:cluster": {"kubernetesVersion": "1.34"}, "efa-pools:pools": [pool]}
    (folder / "Pulumi.taken.yaml").write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    (patch,) = pulumi(folder, "up", "taken").of("ShootPatch")
    (sent,) = patch.inputs["spec"]["provider"]["workers"]
    (there,) = yaml.safe_load(FILES["shoot.yaml"])["spec"]["provider"]["workers"]
    labels: Any = sent.pop("labels")
    assert sent == there and labels == {"efa-pools/pool": "p5", "efa-pools/efa": "true"}


def test_there_and_back_is_the_same_worker_but_for_our_defaults(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = yaml.safe_load(run(capsys, "gardener", "export", "Pulumi.garden.yaml", "--pool", "p5")[1])
    (there,) = yaml.safe_load(FILES["shoot.yaml"])["spec"]["provider"]["workers"]
    assert again.pop("labels") and again["providerConfig"].pop("nodeTemplate")
    assert again == there


def test_the_newer_image_rolls_all_four(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", "Pulumi.newer.yaml", "--old", "Pulumi.garden.yaml", "--json")
    (found,) = [one for one in json.loads(out)["problems"] if "rolls" in one["message"]]
    assert found["message"] in PAGE and code == 0
    assert found["field"] == "config.efa-pools:pools[0].nodes.worker"
