"""The generated project that the sandbox runs on the engine: Pulumi.yaml, stack file, home with the plugins.

The program is the repository's own. The stack file is copied as it is; only what is sealed in it is sealed
with somebody else's key, so that stand-ins take its place.
"""

import hashlib
import json
import os
import re
import shlex
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"aws": "pulumi-aws", "kubernetes": "pulumi-kubernetes"}
DIGEST = "stack-file.sha256"
SEALED = "sandbox"
"""What a sealed value becomes."""
_SEALED_VALUE = re.compile(r":[ \t]*(?:\n[ \t]+secure:[^\n]*|\{[ \t]*secure:[^}]*\})")
_SEALING = re.compile(r"^(?:encryptionsalt|encryptedkey|secretsprovider):[^\n]*\n?", re.MULTILINE)


def name(program: Path) -> str:
    """The project's name."""
    return str(_read(program)["name"])


def write(folder: Path, program: Path, stack: str, stack_file: Path, store: Path) -> str | None:
    """Brings the project up to date. The digest for `keep` if the stack file was copied anew."""
    for place in (folder, folder / "backend", folder / "home"):
        place.mkdir(parents=True, exist_ok=True)
    _put(folder / "Pulumi.yaml", json.dumps(_project(folder, program), indent=2))
    for package, distribution in PACKAGES.items():
        plugin(folder / "home", package, version(distribution), store)
    copy, text = folder / f"Pulumi.{stack}.yaml", stack_file.read_text(encoding="utf-8")
    digest, kept = hashlib.sha256(text.encode()).hexdigest(), folder / DIGEST
    if copy.exists() and kept.exists() and kept.read_text(encoding="utf-8") == digest:
        return None
    kept.unlink(missing_ok=True)
    copy.write_text(unsealed(text), encoding="utf-8")
    return digest


def unsealed(text: str) -> str:
    """A stack file's text without its key, and with a stand-in for each sealed value."""
    return _SEALING.sub("", _SEALED_VALUE.sub(f": {SEALED}", text))


def keep(folder: Path, digest: str) -> None:
    """Notes that the copy is complete, secrets included: it is used until the original changes."""
    (folder / DIGEST).write_text(digest, encoding="utf-8")


def _read(program: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((program / "Pulumi.yaml").read_text(encoding="utf-8"))
    return found


def _project(folder: Path, program: Path) -> dict[str, Any]:
    # An absolute path: a relative one would be looked for in the generated project.
    options = {"virtualenv": sys.prefix} if Path(sys.prefix, "bin", "python").exists() else {}
    runtime = {"name": "python", "options": options}
    return {**_read(program), "runtime": runtime, "main": os.path.relpath(program, folder)}


def plugin(home: Path, package: str, version: str, store: Path) -> None:
    """A plugin is a directory with the SDK's exact version in its name, and a program in it."""
    launcher = home / "plugins" / f"resource-{package}-v{version}" / f"pulumi-resource-{package}"
    line = [sys.executable, "-m", "sandbox.plugin", package, version, str(store)]
    _put(launcher, f"#!/bin/sh\ncd {shlex.quote(str(ROOT))} && exec {shlex.join(line)}\n")
    launcher.chmod(0o755)


def _put(path: Path, text: str) -> None:
    """Writes what is not there yet: another run may be reading it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
