"""A run on the engine reads nothing of the caller's accounts, and leaves nothing behind in the repository."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.session import ROOT, Session, needs_cli

pytestmark = needs_cli

HOSTILE = {
    "AWS_ACCESS_KEY_ID": "hostile-key",
    "AWS_SECRET_ACCESS_KEY": "hostile-secret",
    "AWS_PROFILE": "hostile-profile",
    "AWS_REGION": "mars-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1/hostile",
    "KUBECONFIG": "/nonexistent/hostile-kubeconfig",
    "PULUMI_ACCESS_TOKEN": "hostile-token",
    "PULUMI_BACKEND_URL": "https://hostile.invalid",
    "PULUMI_CONFIG": '{"aws:region": "hostile"}',
    "PULUMI_CONFIG_PASSPHRASE": "hostile-passphrase",
    "PULUMI_CONFIG_PASSPHRASE_FILE": "/nonexistent/hostile-passphrase",
    "PULUMI_DEBUG_PROVIDERS": "aws:1",
    "PULUMI_HOME": "/nonexistent/hostile-home",
    "PULUMI_STACK": "hostile-stack",
}


def test_the_program_sees_nothing_of_the_callers_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: seen\nruntime: python\n", encoding="utf-8")
    (program / "__main__.py").write_text(
        "import os, pulumi, pulumi_aws as aws\n"
        'pulumi.export("environment", dict(os.environ))\n'
        'pulumi.export("partition", aws.get_partition().partition)\n',
        encoding="utf-8",
    )
    for key, value in HOSTILE.items():
        monkeypatch.setenv(key, value)
    stack = Session(tmp_path / "s", program=program)
    done = stack.up("--skip-preview")
    assert done.code == 0, done.text
    (outputs,) = [one["outputs"] for one in stack.state()["resources"] if one["type"].endswith(":Stack")]
    seen = outputs["environment"]
    assert outputs["partition"] == "aws"
    assert not [value for value in HOSTILE.values() if value in seen.values()]
    assert not {key for key in seen if key.startswith("AWS_") or key == "KUBECONFIG"}
    assert seen["HOME"] == str(stack.folder / "home")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's files as a repository of their own: a developer's `.sandbox` stays as it is."""
    made = tmp_path_factory.mktemp("copy") / "repository"
    hidden = shutil.ignore_patterns(".git", ".venv", ".sandbox", ".*_cache", ".hypothesis", "__pycache__")
    shutil.copytree(ROOT, made, ignore=hidden)
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=made, check=True, capture_output=True)
    return made


def sandbox(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", *arguments, "--stack", "prod"],
        cwd=copy,
        env={**os.environ, **HOSTILE},
        capture_output=True,
        text=True,
        check=False,
    )


def status(copy: Path) -> str:
    done = subprocess.run(
        ["git", "status", "--porcelain"], cwd=copy, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_up_and_down_leave_the_repository_as_it_was(copy: Path) -> None:
    before = status(copy)
    up = sandbox(copy, "up")
    assert up.returncode == 0, up.stdout + up.stderr
    lines = up.stdout.splitlines()
    assert any("8 x p5.48xlarge" in line for line in lines)
    assert "On the Pulumi engine" in lines[-2] and "pulumi up -s prod" in lines[-1]
    assert "hostile" not in up.stdout + up.stderr
    assert status(copy) == before
    again = sandbox(copy, "preview")
    assert again.returncode == 0 and "unchanged" in again.stdout and "to create" not in again.stdout
    assert "is in its state" in sandbox(copy, "recover").stdout
    down = sandbox(copy, "down")
    assert down.returncode == 0, down.stdout
    assert "deleted" in down.stdout
    assert "not up" in sandbox(copy, "down").stdout
    assert status(copy) == before


def test_secrets_stay_sealed_in_the_state(copy: Path) -> None:
    text = "".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in (copy / ".sandbox" / "prod" / "backend").rglob("*.json")
    )
    assert "sandbox.invalid" not in text, "the stand-in kubeconfig is a secret"
    assert "ciphertext" in text
