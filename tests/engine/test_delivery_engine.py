"""The workflows' steps that need an engine, as they stand in the files, and the moves of a stack's state."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import core
from tests.engine.session import NODES, ROOT, Session, needs_cli, pool, slow
from tests.test_workflows import written

pytestmark = [needs_cli, slow]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    stack = Session(tmp_path_factory.mktemp("delivery"), stack="dev")
    stack._prepare()
    # A step calls Python by the checkout's path.
    (stack.folder / ".venv" / "bin").mkdir(parents=True)
    launcher = stack.folder / ".venv" / "bin" / "python"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    launcher.chmod(0o755)
    yield stack


def step(stack: Session, line: str, **more: str) -> "subprocess.CompletedProcess[str]":
    stack._prepare()
    environment = {
        **stack.environment(),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'components'}",
        "STACK": "dev",
        **more,
    }
    environment.pop("PULUMI_DEBUG_COMMANDS")
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", line],
        cwd=stack.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def previewed(stack: Session, workflow: str, **more: str) -> tuple[int, str]:
    shutil.rmtree(stack.folder / "summaries", ignore_errors=True)
    done = step(stack, written(workflow, "preview", "delivery.preview"), SHARE="1", **more)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, (stack.folder / "summaries" / "dev.md").read_text(encoding="utf-8")


def merged(stack: Session) -> None:
    done = step(stack, written("up", "up", "pulumi up"))
    assert done.returncode == 0, done.stdout


def change_behind(stack: Session, **changes: Any) -> None:
    found = stack.object(NODES)
    with stack.store() as store:
        core.update(store, NODES, found["id"], found["inputs"], {**found["inputs"], **changes}, False)


def test_a_pull_request_and_its_merge(stack: Session) -> None:
    summary = stack.folder / "step.md"
    code, text = previewed(stack, "preview", GITHUB_STEP_SUMMARY=str(summary))
    assert code == 0 and text.startswith("## Preview of `dev`: 1 pool created")
    assert summary.read_text(encoding="utf-8") == text
    merged(stack)
    stack.assert_settled()
    code, text = previewed(stack, "up")
    assert code == 0 and "no changes" in text


def test_drift_is_seen_and_told(stack: Session) -> None:
    code, text = previewed(stack, "drift")
    assert code == 0 and text.splitlines()[0].endswith(": no changes")
    change_behind(stack, scalingConfig={"minSize": 1, "maxSize": 3, "desiredSize": 1})
    code, text = previewed(stack, "drift")
    assert code == 1 and not text.splitlines()[0].endswith(": no changes")
    assert "scalingConfig.desiredSize" in text and "1 -> 2" in text
    done = step(stack, "pulumi up --yes --refresh --non-interactive --stack dev")
    assert done.returncode == 0, done.stdout


def test_a_label_lets_a_replacement_pass(stack: Session) -> None:
    reserved = {"kind": "reservation", "reservationId": "cr-0f60718293a4b5c6d", "count": 4}
    place = {"subnetIds": ["subnet-0c3d4e5f607182930"], "availabilityZones": ["us-east-2c"]}
    kept = pool(instanceType="p5en.48xlarge", capacity=reserved, placement=None, **place)
    merged(stack.configure(kept))
    stack.configure({**kept, "rootVolume": {"size": 300}})
    code, text = previewed(stack, "preview", ALLOW_REPLACE="")
    assert code == 1 and "**Capacity at risk.**" in text
    code, text = previewed(stack, "preview", ALLOW_REPLACE="yes")
    assert code == 0 and "and accepted" in text
    stack.configure(kept)


def test_an_engine_that_does_not_start_is_told(stack: Session) -> None:
    code, text = previewed(stack, "preview", PULUMI_CONFIG_PASSPHRASE="", PULUMI_BACKEND_URL="nowhere://x")
    assert code == 1 and "did not start" in text and "error: " in text


def commands(heading: str) -> list[str]:
    """The commands below a heading of docs/environments.md."""
    text = (ROOT / "docs" / "environments.md").read_text(encoding="utf-8")
    section = text.partition(f"### {heading}\n")[2]
    return re.split(r"\n(?=\S)", re.findall(r"```\n(.*?)\n```", section, re.S)[0])


def test_a_stack_moves_to_another_backend(stack: Session, tmp_path: Path) -> None:
    before = stack.known()
    new = tmp_path / "backend"
    new.mkdir()
    lines = commands("From one backend to another")
    assert len(lines) > 4
    moved = step(
        stack, "\n".join(["set -x", *lines]), NEW=new.as_uri(), PULUMI_BACKEND_URL="", OLD=_backend(stack)
    )
    assert moved.returncode == 0, moved.stdout + moved.stderr
    assert list((new / ".pulumi" / "stacks").rglob("dev.json"))
    checked = step(
        stack,
        "pulumi preview --expect-no-changes --non-interactive --stack dev",
        PULUMI_BACKEND_URL=new.as_uri(),
    )
    assert checked.returncode == 0, checked.stdout
    assert stack.known() == before


def _backend(stack: Session) -> str:
    return (stack.folder / "backend").as_uri()
