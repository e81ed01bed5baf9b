"""The MPI operator's manifest in its real shape: `data/mpi_operator.yaml` with the sandbox's definition."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.stacks import ROOT

Documents = dict[str, dict[str, Any]]


def documents(*, schema: bool = False) -> Documents:
    """The objects, by kind and name. Without `schema` that of the definition is short, and quick to read."""
    data = json.loads((ROOT / "sandbox" / "core" / "mpijob_crd.json").read_text(encoding="utf-8"))
    others = yaml.safe_load_all((ROOT / "tests" / "data" / "mpi_operator.yaml").read_text(encoding="utf-8"))
    first, *rest = others
    definition = copy.deepcopy(data["crd"])
    if not schema:
        definition["spec"]["versions"][0]["schema"] = {"openAPIV3Schema": {"type": "object"}}
    made = [first, definition, *rest]
    return {f"{one['kind']} {one['metadata']['name']}": one for one in made}


def write(file: Path, change: Callable[[Documents], object] | None = None) -> Path:
    """The manifest as a file, changed first."""
    made = documents()
    if change:
        change(made)
    file.write_text(yaml.safe_dump_all(made.values()), encoding="utf-8")
    return file
