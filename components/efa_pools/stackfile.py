"""A stack's configuration without the engine: Pulumi.yaml's defaults, the stack's own file over them."""

from pathlib import Path
from typing import Any

from . import documents

PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")


def _project(folder: Path) -> dict[str, Any] | None:
    path = next((folder / name for name in PROJECT_FILES if (folder / name).is_file()), None)
    if path is None:
        return None
    project = documents.read(str(path))
    if not isinstance(project, dict):
        raise documents.Unreadable(f"{path}: expected a mapping, as a Pulumi project file is")
    if not isinstance(project.get("config") or {}, dict):
        raise documents.Unreadable(f"{path}: config: expected a mapping of configuration keys")
    return project


def project_name(folder: Path) -> str:
    """The project's name; empty where there is no project."""
    return str((_project(folder) or {}).get("name", ""))


def project_defaults(folder: Path) -> dict[str, Any] | None:
    """Values that Pulumi.yaml sets for every stack, by full key; None where there is no project."""
    project = _project(folder)
    if project is None:
        return None
    name = str(project.get("name", ""))
    defaults: dict[str, Any] = {}
    for key, entry in (project.get("config") or {}).items():
        full = key if ":" in key else f"{name}:{key}"
        if isinstance(entry, dict):
            # `value` is for keys of other packages, `default` for the project's own.
            chosen = entry.get("value", entry.get("default"))
        else:
            chosen = entry
        if chosen is not None:
            defaults[full] = chosen
    return defaults


def read_stack(folder: Path, stack: str) -> dict[str, Any]:
    """The merged configuration of a stack. Raises `documents.Unreadable` with what to do."""
    path = folder / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        known = sorted(one.name.split(".")[1] for one in folder.glob("Pulumi.*.yaml"))
        hint = f"stacks here: {', '.join(known)}" if known else "run this beside Pulumi.yaml"
        raise documents.Unreadable(f"Pulumi.{stack}.yaml: no such stack file; {hint}")
    own = documents.read(str(path))
    config = own.get("config") if isinstance(own, dict) else None
    if not isinstance(config, dict):
        raise documents.Unreadable(f"{path.name}: expected a mapping with `config`")
    return {**(project_defaults(folder) or {}), **config}
