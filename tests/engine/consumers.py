"""Other people's projects on the real engine: copies of the examples, the component package beside them."""

import os
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from sandbox import project
from sandbox.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
NOT_COPIED = shutil.ignore_patterns("__pycache__", "venv", "sdks", "node_modules", "package-lock.json")
UNREACHABLE = ("No matching distribution found", "ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ETIMEDOUT")
OURS = ("AWS_", "PULUMI_", "KUBECONFIG")


def copies(folder: Path) -> Path:
    """The package and the examples as in the repository; installing leaves its traces there and not here."""
    shutil.copytree(ROOT / "components", folder / "components", ignore=NOT_COPIED)
    shutil.copytree(EXAMPLES, folder / "examples", ignore=NOT_COPIED)
    return folder


class Consumer(Engine):
    """A project that installs what it needs by itself."""

    def __init__(self, folder: Path) -> None:
        super().__init__("dev", folder, folder)

    def install(self) -> None:
        """`pulumi install`: the package, its SDK, and what the language wants."""
        self.must("install")

    def must(self, *arguments: str) -> str:
        """A command that belongs to no stack; skips the test where no package registry is reached."""
        self._prepare()
        done = self._call(list(arguments))
        reachable(done.returncode, done.stdout)
        return str(done.stdout)

    def environment(self) -> dict[str, str]:
        """The caller's own, whose settings of pip and npm are needed, but nothing of AWS or Pulumi."""
        passed = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
        return {**passed, **super().environment(), "HOME": os.environ.get("HOME", "")}

    def _prepare(self) -> None:
        if (self.folder / "home").exists():
            return
        (self.folder / "backend").mkdir(parents=True)
        for package, distribution in project.PACKAGES.items():
            project.plugin(self.folder / "home", package, version(distribution), self.store_folder)
        self._call(["stack", "init", self.stack], must=True)


def reachable(code: int, text: str) -> None:
    """Fails with what a program said, or skips where it only missed the network."""
    if code and any(word in text for word in UNREACHABLE):
        pytest.skip("no package registry is reached")
    assert code == 0, text


def told(*command: str, cwd: Path, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Runs another program."""
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
