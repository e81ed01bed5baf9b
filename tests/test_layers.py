"""The layers hold: who imports whom, how long files are, and that the wire and the models agree."""

import ast
import graphlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from efa_pools import EfaClusterAddons, EfaWorkerPool, GardenerWorkers, NcclTest, __version__
from efa_pools.check.arguments import CLUSTER_ARGUMENTS
from efa_pools.images import AMI_TYPES
from efa_pools.model import capacity, machine, nodes, placement, pool, stack, volumes
from efa_pools.model.wire import Wire
from efa_pools.plan.twins import TWINS
from efa_pools.resources import addons, args, nccl_test
from pulumi.provider.experimental.component import ComponentProvider
from pydantic.alias_generators import to_camel

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "components" / "efa_pools"
MODELS: dict[Any, type[Wire]] = {
    args.NetworkCardIndexRange: machine.CardRange,
    args.NetworkInterface: machine.NetworkInterface,
    args.NetworkCard: machine.NetworkCard,
    args.Instance: machine.StatedInstance,
    args.Size: pool.Size,
    args.Placement: placement.Placement,
    args.Capacity: capacity.Capacity,
    args.Nodes: nodes.Nodes,
    args.Image: nodes.Image,
    args.Volume: volumes.Volume,
    args.Metadata: machine.Metadata,
    args.Cpu: machine.Cpu,
    args.Taint: pool.Taint,
    args.Update: nodes.Update,
    addons.AddonChart: stack.Chart,
    addons.AddonPool: stack.AddonPool,
    addons.EfaClusterAddonsArgs: stack.AddonArguments,
    nccl_test.NcclTestPool: stack.NcclTestPool,
    nccl_test.NcclTestArgs: stack.NcclTestArguments,
}
COMPONENTS: list[Any] = [EfaWorkerPool, EfaClusterAddons, NcclTest, GardenerWorkers]


def wire_keys(model: type[Wire]) -> set[str]:
    return {field.alias for field in model.fields().values()}


@pytest.mark.parametrize("wire", MODELS, ids=lambda wire: wire.__name__)
def test_arguments_have_the_models_keys(wire: Any) -> None:
    assert {to_camel(key) for key in wire.__annotations__} == wire_keys(MODELS[wire])


def test_pool_arguments_are_the_pools_keys_the_clusters_and_the_twins() -> None:
    keys = {to_camel(key) for key in args.EfaWorkerPoolArgs.__annotations__}
    assert keys == (wire_keys(pool.Pool) - {"name"}) | set(CLUSTER_ARGUMENTS) | set(TWINS)


def test_required_arguments_are_the_models() -> None:
    required = {to_camel(key) for key in args.EfaWorkerPoolArgs.__required_keys__}
    assert required == {field.alias for field in pool.Pool.fields().values() if field.required}


def provider_schema() -> Any:
    provider = ComponentProvider(COMPONENTS, "efa-pools", version=__version__)
    return json.loads(provider.schema)


def test_pulumi_can_make_a_schema_of_the_components() -> None:
    schema = provider_schema()
    assert set(schema["resources"]) == {f"efa-pools:index:{one.__name__}" for one in COMPONENTS}
    for described in schema["resources"].values():
        assert all(one.get("description") for one in described["inputProperties"].values())
        assert all(one.get("description") for one in described["properties"].values())


def test_only_references_are_inputs() -> None:
    properties = provider_schema()["resources"]["efa-pools:index:EfaWorkerPool"]["inputProperties"]
    inputs = {key for key, value in properties.items() if not value.get("plain")}
    assert inputs == set(CLUSTER_ARGUMENTS) | set(TWINS) | {"subnetIds", "securityGroupIds"}


def imports(path: Path) -> set[str]:
    """Top-level names of everything that a file imports, relative ones as written."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(
                "." * node.level + (node.module or "") if node.level else (node.module or "").split(".")[0]
            )
    return found


def modules_imported(path: Path) -> set[Path]:
    """Files of the package that a file imports anywhere in it, relative ones only, as it writes them all."""
    found: set[Path] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            place = path.parents[node.level - 1].joinpath(*(node.module.split(".") if node.module else ()))
            names = [place.with_suffix(".py"), *(place / f"{alias.name}.py" for alias in node.names)]
            found |= {one for one in names if one.is_file()}
    return found


def test_no_file_imports_itself_by_way_of_others() -> None:
    graph = {path: modules_imported(path) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"}
    assert sum(len(targets) for targets in graph.values()) > 400
    list(graphlib.TopologicalSorter(graph).static_order())


PULUMI = {"pulumi", "pulumi_aws", "pulumi_kubernetes"}


def test_only_resources_and_settings_know_pulumi() -> None:
    knowing = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if imports(path) & PULUMI}
    assert all(one.startswith("resources/") or one == "settings.py" for one in knowing)


def test_models_know_nothing_above_them() -> None:
    for path in (PACKAGE / "model").glob("*.py"):
        assert not {name for name in imports(path) if name.startswith("..") and name != "..problem"}, path


def test_nothing_in_the_package_knows_the_sandbox() -> None:
    assert not [path for path in PACKAGE.rglob("*.py") if "sandbox" in imports(path)]


def test_sandbox_core_knows_neither_pulumi_nor_the_package() -> None:
    script = (
        "import sys\nfor name in ('pulumi', 'grpc', 'efa_pools', 'pulumi_aws'): sys.modules[name] = None\n"
        "import sandbox.core, sandbox.account; sandbox.account.load(); print('fine')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "fine", done.stderr


SOURCES = [
    path
    for folder in ("components", "sandbox", "policies", "bench", "delivery")
    for path in (ROOT / folder).rglob("*.py")
]


def test_files_and_functions_are_short() -> None:
    for path in [*SOURCES, ROOT / "__main__.py"]:
        text = path.read_text(encoding="utf-8")
        limit = 400 if path.name == "args.py" else 250
        assert len(text.splitlines()) <= limit, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 45, f"{path}: {node.name}"


def test_no_file_is_named_after_nothing() -> None:
    assert not {path.name for path in SOURCES} & {"utils.py", "helpers.py", "common.py", "misc.py"}


def test_wire_modules_keep_real_annotations() -> None:
    for path in (PACKAGE / "resources").glob("*.py"):
        assert "from __future__ import annotations" not in path.read_text(encoding="utf-8"), path


def test_ami_types_are_ekss() -> None:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    enum = set(ServiceModel(Loader().load_service_model("eks", "service-2")).shape_for("AMITypes").enum)
    unused = {name for name in enum if name.startswith(("AL2_", "WINDOWS_"))} | {"CUSTOM"}
    assert set(AMI_TYPES) == enum - unused
