"""The component package without an engine: its schema, its host at the wire, its wheel."""

import copy
import difflib
import json
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from efa_pools import __version__

from sandbox.core.values import UNKNOWN, settled
from tests.pools import P5_INTERFACES, changed
from tests.stacks import CLUSTER_FACTS, ROOT
from tests.test_worker_pool import CHILDREN, OUTPUTS
from tests.update_schema import SNAPSHOT, schema_text
from tests.wire_calls import construct, host

# What a YAML program sends: the example's own properties. Every number is a double on the wire.
YAML: dict[str, Any] = yaml.safe_load((ROOT / "examples" / "yaml" / "Pulumi.yaml").read_text())
SENT: dict[str, Any] = YAML["resources"]["train"]["properties"]
ADDONS: dict[str, Any] = {
    "pools": [{"name": "train", "instanceType": "p5.48xlarge", "imageFamily": "al2023"}],
    "charts": {"gpu-operator": {"values": {"driver": {"own_key": 1.0}}}},
}
both = pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])

# -- the schema


def test_the_schema_is_the_snapshot() -> None:
    """On purpose? `.venv/bin/python -m tests.update_schema`, and the change into the changelog."""
    had, has = SNAPSHOT.read_text(encoding="utf-8").splitlines(), schema_text().splitlines()
    diff = "\n".join(
        difflib.unified_diff(had, has, "tests/data/schema.json", "the package", lineterm="", n=4)
    )
    assert not diff, f"users see another schema:\n{diff}"


def schema() -> dict[str, Any]:
    return dict(json.loads(host().schema))


def test_everything_is_documented() -> None:
    undocumented = [
        f"{token}.{name}"
        for section in ("resources", "types")
        for token, described in schema()[section].items()
        for kind in ("inputProperties", "properties")
        for name, one in described.get(kind, {}).items()
        if not one.get("description")
    ]
    # Their meaning stands at the range itself: `from` is a word of Python and has no place for a docstring.
    range = "efa-pools:index:NetworkCardIndexRange"
    assert undocumented == [f"{range}.from", f"{range}.to"]
    for section in ("resources", "types"):
        for token, described in schema()[section].items():
            assert described.get("description") or token == range, token


def test_the_plugin_hosts_what_python_users_import() -> None:
    text = (ROOT / "components" / "__main__.py").read_text(encoding="utf-8")
    assert "Host(__version__)" in text
    names = ("EfaWorkerPool", "EfaClusterAddons", "GardenerWorkers", "NcclTest")
    assert set(schema()["resources"]) == {f"efa-pools:index:{name}" for name in names}
    assert not (ROOT / "components" / "Pulumi.yaml").exists(), "the CLI refuses it beside PulumiPlugin.yaml"


# -- the host at the wire


@both
def test_exactly_the_values_that_yaml_sends(preview: bool) -> None:
    result, said = construct(SENT, preview=preview)
    assert said == "" and result.failure is None
    assert {one.name: one.type for one in result.registrations if one.custom} == CHILDREN
    assert set(result.outputs["state"]) == OUTPUTS and settled(result.outputs) is not preview
    assert result.outputs["state"]["efaPerNode"] == 4
    assert result.named("train-nodes").inputs["scalingConfig"]["desiredSize"] == 2


def test_numbers_are_doubles_on_the_wire_and_whole_in_the_plan() -> None:
    sent = {
        **SENT,
        "networkInterfaces": [
            {"networkCardIndex": 0.0, "deviceIndex": 0.0, "type": "interface"},
            {"networkCardIndexRange": {"from": 0.0, "to": 3.0}, "deviceIndex": 1.0, "type": "efa-only"},
        ],
        "hugePages2Mi": 5128.0,
        "rootVolume": {"size": 200.0},
    }
    sent.pop("layoutVersion")
    result, said = construct(sent)
    assert said == "" and result.failure is None
    assert len(result.named("train-lt").inputs["networkInterfaces"]) == 5
    assert "200.0" not in json.dumps(result.named("train-lt").inputs)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "misspelt at the top": (
        {"instanceTyp": "p4d.24xlarge"},
        "instanceTyp: Forbidden: unknown key; did you mean",
    ),
    "Python's casing": (
        {"layout_version": 1.0},
        "layout_version: Forbidden: unknown key; did you mean 'layoutVersion'",
    ),
    "misspelt reference": ({"clustrName": "c"}, "clustrName: Forbidden: unknown key"),
    "unknown": ({"colour": "red"}, "colour: Forbidden: unknown key"),
    "misspelt below": ({"size.desird": 2.0}, "size.desird: Forbidden: unknown key; did you mean 'desired'"),
    "misspelt in a list": (
        {"taints": [{"key": "a", "effct": "NoSchedule"}]},
        "taints[0].effct: Forbidden: unknown key; did you mean 'effect'",
    ),
    "misspelt deep down": (
        {"networkInterfaces": [*P5_INTERFACES[:2], {"networkCardIndexRange": {"form": 1, "to": 31}}]},
        "networkInterfaces[2].networkCardIndexRange.form: Forbidden: unknown key; did you mean 'from'",
    ),
    "text for a number": ({"size.desired": "2"}, "size.desired: Invalid"),
    "a fraction": ({"size.desired": 4.7}, "size.desired: Invalid: 4.7"),
    "a number for text": ({"instanceType": 4.0}, "instanceType: Invalid"),
    "a mapping for a list": ({"taints": {}}, "taints: Invalid"),
    "a list for a mapping": ({"placement": ["cluster"]}, "placement: Invalid"),
    "text for a flag": ({"rootVolume": {"encrypted": "yes"}}, "rootVolume.encrypted: Invalid"),
    "a wrong word": ({"placement.mode": "creat"}, "placement.mode: NotSupported: 'creat'"),
    "a mistyped reference": ({"clusterName": 4.0}, "clusterName: Invalid"),
    "a mistyped reference in a list": ({"subnetIds": [7.0]}, "subnetIds[0]: Invalid"),
}


@both
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_key_fails_with_our_message_and_registers_nothing(case: str, preview: bool) -> None:
    changes, expected = WRONG[case]
    result, said = construct(changed(SENT, changes), preview=preview)
    assert result.registrations == []
    assert said.startswith("efa-pools pool 'train': ") and expected in said, said
    assert "Traceback" not in said and "network_" not in said


def test_every_problem_at_once() -> None:
    changes = {"size.desired": "2", "clustrName": "c", "image.colour": "red", "taints": [{"key": "a"}]}
    _, said = construct(changed(SENT, changes))
    for field in ("size.desired", "clustrName", "image.colour", "taints[0].effect"):
        assert f"\n  {field}: " in said, said
    assert "4 problems, nothing was created" in said


@pytest.mark.parametrize(
    "key", sorted({*schema()["resources"]["efa-pools:index:EfaWorkerPool"]["requiredInputs"]})
)
def test_a_missing_key_is_named(key: str) -> None:
    sent = {name: value for name, value in SENT.items() if name != key}
    result, said = construct(sent)
    assert result.registrations == [] and f"{key}: Required" in said


OWN = {"nodes": {"kind": "self-managed"}}
OPEN = {
    "subnetIds": [UNKNOWN],
    "clusterName": UNKNOWN,
    "vpcId": UNKNOWN,
    "clusterSecurityGroupId": UNKNOWN,
    "nodeRoleArn": UNKNOWN,
    "placementGroupId": UNKNOWN,
    "kubernetesVersion": UNKNOWN,
}


def test_references_that_are_not_known_yet() -> None:
    result, said = construct({**SENT, **OPEN}, preview=True)
    assert said == "" and result.failure is None
    nodes, template = result.named("train-nodes").inputs, result.named("train-lt").inputs
    assert (nodes["clusterName"], nodes["subnetIds"], nodes["nodeRoleArn"]) == (UNKNOWN, [UNKNOWN], UNKNOWN)
    assert template["placement"] == {"groupId": UNKNOWN} and not result.of("PlacementGroup")
    assert not result.of("Role") and result.outputs["state"]["efaPerNode"] == 4


def test_a_list_that_is_not_known_yet_as_a_whole() -> None:
    result, said = construct({**SENT, "subnetIds": UNKNOWN, "securityGroupIds": UNKNOWN}, preview=True)
    assert said == "" and result.failure is None
    assert result.named("train-nodes").inputs["subnetIds"] is UNKNOWN and not result.of("SecurityGroup")


def test_known_references_of_other_resources_keep_their_dependencies() -> None:
    urn = "urn:pulumi:test::efa-pools::aws:eks/cluster:Cluster::efa"
    result, said = construct(SENT, depends={"clusterName": [urn], "subnetIds": [urn]})
    assert said == "" and result.failure is None
    nodes = result.named("train-nodes")
    assert nodes.inputs["clusterName"] == "efa-dev" and "efa" in nodes.depends_on
    assert nodes.inputs["subnetIds"] == SENT["subnetIds"]


def test_a_wrong_fact_of_another_resource_fails_once_it_is_known() -> None:
    """Nodes would read it from user data and never join."""
    urn = "urn:pulumi:test::efa-pools::aws:eks/cluster:Cluster::efa"
    facts = {
        "clusterEndpoint": CLUSTER_FACTS["cluster_endpoint"],
        "clusterCertificateAuthority": CLUSTER_FACTS["cluster_certificate_authority"],
        "clusterServiceCidr": "fd00::/108",
    }
    depends = {key: [urn] for key in facts}
    result, said = construct({**SENT, **OWN, **facts}, depends=depends)
    assert said == "" and "cluster_service_cidr: NotSupported: fd00::/108" in (result.failure or "")
    sound = facts | {"clusterServiceCidr": CLUSTER_FACTS["cluster_service_cidr"]}
    result, said = construct({**SENT, **OWN, **sound}, depends=depends)
    assert said == "" and result.failure is None


def test_a_secret_reference_stays_secret() -> None:
    result, said = construct(SENT, secret=["clusterName"])
    assert said == "" and "clusterName" in result.named("train-nodes").secrets


@pytest.mark.parametrize("key", ["instanceType", "size", "availabilityZones", "labels"])
def test_shape_must_be_known(key: str) -> None:
    result, said = construct({**SENT, key: UNKNOWN}, preview=True)
    assert result.registrations == [] and f"\n  {key}: " in said, said


def test_shape_must_be_known_at_every_depth() -> None:
    result, said = construct(changed(SENT, {"size.desired": UNKNOWN}), preview=True)
    assert result.registrations == [] and "size.desired: " in said, said


def test_the_users_own_keys_stay_as_they_are() -> None:
    result, said = construct({**SENT, "labels": {"my_team": "a"}, "tags": {"cost_center": "b"}})
    assert said == ""
    assert result.named("train-nodes").inputs["labels"]["my_team"] == "a"
    assert result.named("train-pg").inputs["tags"]["cost_center"] == "b"


@both
def test_addons_at_the_wire(preview: bool) -> None:
    result, said = construct(ADDONS, "EfaClusterAddons", preview=preview)
    assert said == "" and result.failure is None and len(result.of("Release")) == 2
    operator = result.named("train-gpu").inputs["values"]
    assert operator["driver"]["own_key"] == 1
    assert set(result.outputs["state"]) == {
        *("efaReleaseName", "efaChartVersion", "gpuReleaseName", "gpuChartVersion"),
        *("drainReleaseName", "drainChartVersion", "efaClaimTemplates", "expectedAllocatable"),
    }
    assert result.outputs["state"]["expectedAllocatable"]["train"]["vpc.amazonaws.com/efa"] == 32


def test_wrong_addons_fail_with_our_message() -> None:
    sent = copy.deepcopy({**ADDONS, "efa": "device-plugn", "chart": {}})
    sent["pools"][0]["instanceTyp"] = sent["pools"][0].pop("instanceType")
    result, said = construct(sent, "EfaClusterAddons")
    assert result.registrations == [] and said.startswith("efa-pools add-ons 'train': ")
    for field in ("efa: NotSupported", "chart: Forbidden", "pools[0].instanceTyp: Forbidden"):
        assert f"\n  {field}" in said, said


def test_a_component_that_the_package_lacks() -> None:
    with pytest.raises(Exception, match="EfaWorkerPol"):
        construct(SENT, "EfaWorkerPol")


# -- wheel and sdist


def python(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    python("-m", "hatchling", "build", "-d", folder, cwd=ROOT / "components")
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


SOURCES = {
    str(path.relative_to(ROOT / "components"))
    for path in (ROOT / "components" / "efa_pools").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}


def test_the_wheel_holds_the_package_and_nothing_else(built: tuple[Path, Path]) -> None:
    names = set(zipfile.ZipFile(built[0]).namelist())
    assert {name for name in names if ".dist-info/" not in name} == SOURCES
    assert {"efa_pools/py.typed", "efa_pools/data/catalogue.json", "efa_pools/data/charts.json"} | {
        "efa_pools/nccl/launch.py",
    } <= names
    assert built[0].name == f"efa_pools-{__version__}-py3-none-any.whl"


def test_the_sdist_holds_the_plugin_too_and_makes_the_same_wheel(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    with tarfile.open(built[1]) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    for name in ("PulumiPlugin.yaml", "__main__.py", "README.md", "pyproject.toml", *SOURCES):
        assert (folder / name).is_file(), name
    python("-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "again", cwd=folder)
    (again,) = (tmp_path / "again").iterdir()
    assert zipfile.ZipFile(again).namelist() == zipfile.ZipFile(built[0]).namelist()


def test_pip_takes_it_from_a_folder_of_a_git_repository(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    left_out = shutil.ignore_patterns("__pycache__", "venv")
    shutil.copytree(ROOT / "components", repository / "components", ignore=left_out)
    author = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
    for arguments in (("init", "-q"), ("add", "."), (*author, "commit", "-q", "-m", "all")):
        subprocess.run(["git", *arguments], cwd=repository, check=True)
    wanted = f"git+{repository.as_uri()}#subdirectory=components"
    python("-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", tmp_path, wanted)
    (wheel,) = tmp_path.glob("*.whl")
    assert SOURCES <= set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def installed(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel in an empty environment: no pip, no dependency. Its folder of programs."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    python("-m", "venv", "--without-pip", folder)
    inside = folder / "bin" / "python"
    python("-m", "pip", "--python", inside, "install", "--quiet", "--no-deps", "--no-index", built[0])
    return folder / "bin"


def run(program: Path, *arguments: str) -> str:
    done = subprocess.run(
        [program, *arguments], cwd=program.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_line_works_in_an_empty_environment(installed: Path) -> None:
    assert "p5.48xlarge" in run(installed / "efa-pools", "layout", "p5.48xlarge")
    found = json.loads(run(installed / "efa-pools", "layout", "p5.48xlarge", "--json"))
    assert (found["networkCards"], found["efaInterfaces"], len(found["interfaces"])) == (32, 32, 33)
    assert (
        run(installed / "python", "-c", "import efa_pools; print(efa_pools.__version__)").strip()
        == __version__
    )


def test_the_components_work_from_the_wheel_and_its_dependencies(installed: Path) -> None:
    (site,) = installed.parent.glob("lib/python*/site-packages")
    # The dependencies of this environment without its editable install: no .pth file is read there.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    script = (
        "import efa_pools; from efa_pools.resources.host import Host\n"
        "print(efa_pools.__file__, efa_pools.EfaWorkerPool.__name__, len(Host('1').schema) > 1000)"
    )
    file, *rest = run(installed / "python", "-W", "ignore", "-c", script).split()
    assert file.startswith(str(site)) and rest == ["EfaWorkerPool", "True"]
