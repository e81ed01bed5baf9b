"""The sandbox on the real Pulumi engine: a generated project in `.sandbox/<stack>/`, and the CLI over it.

Everything that a run needs or leaves stands in that folder: the project with its copied stack file, the
backend, a home with the two plugins, the store. Of the caller's environment it takes an allow-list, so no
credential, no kubeconfig and no setting of Pulumi reaches it.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import account, project
from sandbox.core.values import Values
from sandbox.folder import FolderStore, transaction

ROOT = project.ROOT
INSTALLED = ROOT / ".sandbox" / "pulumi"
"""Where `make up INSTALL=1` puts the CLI."""
NO_CLI = "pulumi (not on PATH: make up INSTALL=1 fetches it)"
PASSED_ON = ("EFA_POOLS_NOW", "LANG", "LC_ALL", "LC_CTYPE", "NO_COLOR", "SANDBOX_NOW", "TERM", "TMPDIR", "TZ")


def find() -> str | None:
    """The `pulumi` on PATH, else the one that was installed here; None where there is none."""
    return shutil.which("pulumi") or shutil.which("pulumi", path=str(INSTALLED / "bin"))


def install() -> str:
    """Fetches the CLI of the SDK's version, with the installer of Pulumi's Automation API."""
    from pulumi.automation import PulumiCommand

    return str(PulumiCommand.install(root=str(INSTALLED)).command)


@dataclass(frozen=True)
class Outcome:
    """What one command of the CLI came to."""

    code: int
    text: str
    """Everything that it printed, empty where it printed to the caller's terminal."""
    steps: list[Values]
    """The steps of the engine as its event log has them: `op`, `urn`, `type`, `diffs`, `detailedDiff`, ..."""
    seconds: float

    @property
    def errors(self) -> str:
        """The lines that say what went wrong."""
        return "\n".join(line.strip() for line in self.text.splitlines() if "error:" in line)

    def ops(self, type: str = "") -> dict[str, str]:
        """What was done, by logical name: create, update, replace, delete, same, import, ..."""
        found: dict[str, str] = {}
        for step in self.steps:
            if step["type"].endswith(type) and step["op"] not in ("create-replacement", "delete-replaced"):
                found[step["urn"].rsplit("::", 1)[-1]] = step["op"]
        return found

    def paths(self, name: str) -> set[str]:
        """The properties for which the resource of this logical name was changed."""
        found = [one for one in self.steps if one["urn"].endswith(f"::{name}")]
        return {path for one in found for path in one.get("detailedDiff") or {}}

    def changed(self) -> dict[str, str]:
        """The same without what stayed as it was."""
        return {name: op for name, op in self.ops().items() if op not in ("same", "read", "refresh")}


class Engine:
    """One stack's sandbox on the engine."""

    def __init__(
        self,
        stack: str,
        folder: Path | None = None,
        program: Path = ROOT,
        stack_file: Path | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        self.stack, self.program = stack, program
        self.secrets = secrets or {}
        self.folder = folder or ROOT / ".sandbox" / stack
        self.stack_file = stack_file or program / f"Pulumi.{stack}.yaml"
        self.store_folder = self.folder / "store"
        self._command = find() or NO_CLI
        self.name = project.name(program)

    def up(self, *more: str, show: bool = False) -> Outcome:
        return self.run("up", "--yes", *more, show=show)

    def preview(self, *more: str, show: bool = False) -> Outcome:
        return self.run("preview", "--diff", *more, show=show)

    def refresh(self, *more: str, show: bool = False) -> Outcome:
        return self.run("refresh", "--yes", *more, show=show)

    def destroy(self, *more: str, show: bool = False) -> Outcome:
        return self.run("destroy", "--yes", *more, show=show)

    def bring_in(self, type: str, name: str, id: str, *more: str) -> Outcome:
        """`pulumi import`."""
        return self.run("import", type, name, id, "--yes", *more)

    def runs(self) -> dict[int, bool]:
        """The processes that hold the stack's lock, and whether they are still there."""
        found = (self.folder / "backend" / ".pulumi" / "locks").rglob("*.json")
        pids = [int(json.loads(path.read_text(encoding="utf-8"))["pid"]) for path in found]
        return {pid: _alive(pid) for pid in pids}

    def cancel(self) -> Outcome:
        """`pulumi cancel`: removes the lock that a killed run left."""
        return self.run("cancel", "--yes")

    def run(self, command: str, *arguments: str, show: bool = False) -> Outcome:
        """Any command of the CLI on this stack, after the project is in place."""
        self._prepare()
        log = self.folder / "events.jsonl"
        log.unlink(missing_ok=True)
        logged = command in ("up", "preview", "refresh", "destroy", "import")
        began = time.monotonic()
        done = self._call(
            [command, *arguments, "--stack", self.stack, *(["--event-log", str(log)] if logged else [])], show
        )
        steps = list(_steps(log)) if log.exists() else []
        return Outcome(done.returncode, done.stdout or "", steps, time.monotonic() - began)

    def start(self, command: str, *arguments: str) -> "subprocess.Popen[str]":
        """The same without waiting, in a process group of its own."""
        self._prepare()
        return subprocess.Popen(
            self._line([command, *arguments, "--stack", self.stack]),
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def state(self) -> Values:
        """The deployment: `resources`, `pending_operations`, ..., empty before the first up."""
        if not self._deployment().exists():
            return {}
        found: Values = json.loads(self._deployment().read_text(encoding="utf-8"))
        return found["checkpoint"].get("latest") or {}

    def retained(self) -> list[str]:
        """The stack's output `retained`: ids of what a destroy leaves in the account."""
        found: list[Values] = self.state().get("resources") or []
        (stack,) = [one for one in found if one["type"] == "pulumi:pulumi:Stack"] or [{}]
        return list(stack.get("outputs", {}).get("retained", []))

    def resources(self, type: str = "") -> list[Values]:
        """The custom resources of the state, providers aside."""
        found: list[Values] = self.state().get("resources") or []
        return [
            one
            for one in found
            if one.get("custom") and one["type"].endswith(type) and not one["type"].startswith("pulumi:")
        ]

    @contextmanager
    def store(self) -> Iterator[FolderStore]:
        """The account as it stands, for a look or for a change behind Pulumi's back."""
        with transaction(self.store_folder, account.load()) as store:
            yield store

    def environment(self) -> dict[str, str]:
        """All that a run sees of the outside: an allow-list, a path, and places in the folder."""
        passed = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
        home = self.folder / "home"
        found = Path(shutil.which(self._command) or self._command).parent
        places = [str(found), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
        return {
            **passed,
            "PATH": os.pathsep.join(places),
            "HOME": str(home),
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": (self.folder / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "sandbox",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # For the event log, which says what was done.
            "PULUMI_DEBUG_COMMANDS": "true",
        }

    def _prepare(self) -> None:
        digest = project.write(self.folder, self.program, self.stack, self.stack_file, self.store_folder)
        if digest is None:
            return
        if not self._deployment().exists():
            self._call(["stack", "init", self.stack], must=True)
        for key, value in self.secrets.items():
            self._call(["config", "set", "--secret", key, "--stack", self.stack, "--", value], must=True)
        project.keep(self.folder, digest)

    def _deployment(self) -> Path:
        return self.folder / "backend" / ".pulumi" / "stacks" / self.name / f"{self.stack}.json"

    def _line(self, arguments: Sequence[str]) -> list[str]:
        # What follows a bare `--` is no option.
        split = arguments.index("--") if "--" in arguments else len(arguments)
        color = "always" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else "never"
        general = ["--non-interactive", "--color", color]
        return [self._command, *arguments[:split], *general, *arguments[split:]]

    def _call(self, arguments: list[str], show: bool = False, must: bool = False) -> Any:
        line = self._line(arguments)
        where: Values = {"cwd": self.folder, "env": self.environment(), "stdin": subprocess.DEVNULL}
        if show:
            return subprocess.CompletedProcess(line, _ended(subprocess.Popen(line, **where)))
        where |= {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        done = subprocess.run(line, check=False, **where)
        if must and done.returncode:
            raise RuntimeError(f"pulumi {' '.join(arguments[:2])} failed: {done.stdout}")
        return done


def _ended(running: "subprocess.Popen[Any]") -> int:
    """The exit code. Ctrl-C reaches the CLI as well, which ends its step and gives the lock back: let it."""
    while True:
        with suppress(KeyboardInterrupt):
            return running.wait()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _steps(log: Path) -> Iterator[Values]:
    for line in log.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        step = event.get("resourcePreEvent", {}).get("metadata")
        if step and not step["type"].startswith("pulumi:pulumi:Stack"):
            yield {**step, "planning": event["resourcePreEvent"].get("planning", False)}
