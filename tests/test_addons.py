"""EfaClusterAddons: which releases, with which values, and what is refused before anything is registered.

What the values do in the charts is judged by helm, in test_charts.py.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from efa_pools import EfaClusterAddons, garden_linux
from efa_pools.check.addons import check_addons
from efa_pools.check.stack import check_stack
from efa_pools.plan.charts import known_charts
from efa_pools.plan.efa_charts import DRA_CHART, PLUGIN_CHART
from efa_pools.plan.gpu_chart import GPU_CHART
from efa_pools.problem import errors
from efa_pools.stackfile import read_stack

from sandbox.inprocess import Result
from tests.stacks import run_program, run_stack

ROOT = Path(__file__).parent.parent
P5 = {"name": "train", "instance_type": "p5.48xlarge", "image_family": "al2023"}
TAINTED = {**P5, "name": "other", "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]}
B200 = {**P5, "name": "b200", "instance_type": "p6-b200.48xlarge"}
B300 = {**P5, "name": "b300", "instance_type": "p6-b300.48xlarge"}
GB200 = {**P5, "name": "gb200", "instance_type": "p6e-gb200.36xlarge"}
HPC = {"name": "cfd", "instance_type": "hpc6a.48xlarge", "image_family": "al2023"}
TRAINIUM = {"name": "trn", "instance_type": "trn2.48xlarge", "image_family": "al2023"}
GARDEN = {**P5, "name": "garden", "image_family": "garden-linux"}
CUSTOM = {**P5, "name": "own", "image_family": "custom"}
DRA = {"efa": "dra", "kubernetes_version": "1.35"}


def run_addons(**arguments: Any) -> Result:
    def program() -> None:
        EfaClusterAddons("addons", arguments)  # type: ignore[arg-type]

    result = run_program(program)
    assert result.failure is None
    return result


def outputs(**arguments: Any) -> dict[str, Any]:
    """The component's outputs as a program sees them."""

    def program() -> None:
        import pulumi

        addons = EfaClusterAddons("addons", arguments)  # type: ignore[arg-type]
        pulumi.export("templates", addons.efa_claim_templates)
        pulumi.export("allocatable", addons.expected_allocatable)
        pulumi.export("chart", addons.efa_chart_version)

    result = run_program(program)
    assert result.failure is None
    return result.outputs


def test_two_pinned_releases() -> None:
    result = run_addons(pools=[P5])
    efa, gpu = result.named("addons-efa").inputs, result.named("addons-gpu").inputs
    assert (efa["chart"], efa["version"], efa["namespace"]) == (PLUGIN_CHART, "v0.5.30", "kube-system")
    assert (gpu["chart"], gpu["version"], gpu["namespace"]) == (GPU_CHART, "v26.3.3", "gpu-operator")
    assert efa["repositoryOpts"] == {"repo": known_charts()[PLUGIN_CHART]["repository"]}
    assert gpu["createNamespace"] and not efa["createNamespace"]


def test_device_plugin_selects_on_our_one_label() -> None:
    values = run_addons(pools=[P5, TAINTED]).named("addons-efa").inputs["values"]
    assert values["supportedInstanceLabels"] == {"keys": ["efa-pools/efa"], "values": ["true"]}
    assert values["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]


def test_tolerations_are_the_taints_without_repeats() -> None:
    valued = {**P5, "taints": [{"key": "team", "value": "a", "effect": "NoExecute"}]}
    values = run_addons(pools=[TAINTED, valued, TAINTED]).named("addons-efa").inputs["values"]
    assert [one["key"] for one in values["tolerations"]] == ["nvidia.com/gpu", "team"]
    assert values["tolerations"][1] == {
        "key": "team",
        "operator": "Equal",
        "value": "a",
        "effect": "NoExecute",
    }


def test_pools_without_efa_get_no_driver_and_no_toleration() -> None:
    without = {**TAINTED, "efa_per_node": 0}
    assert [one.name for one in run_addons(pools=[without]).of("Release")] == ["addons-gpu"]
    assert run_addons(pools=[P5, without]).named("addons-efa").inputs["values"]["tolerations"] == []


def test_operator_looks_at_gpu_pools_only_and_leaves_the_images_driver_alone() -> None:
    values = run_addons(pools=[P5, HPC, TRAINIUM]).named("addons-gpu").inputs["values"]
    affinity = values["node-feature-discovery"]["worker"]["affinity"]
    assert "train" in json.dumps(affinity) and "cfd" not in json.dumps(affinity)
    assert values["driver"]["enabled"] is False and values["toolkit"] == {"enabled": False}


@pytest.mark.parametrize("pools", [[HPC], [TRAINIUM], [{**P5, "instance_type": "p9.96xlarge"}]])
def test_no_operator_without_nvidia_gpus(pools: list[dict[str, Any]]) -> None:
    assert [one.name for one in run_addons(pools=pools).of("Release")] == ["addons-efa"]


def test_none_means_none() -> None:
    result = run_addons(pools=[P5], efa="none", gpu="none")
    assert result.of("Release") == [] == result.of("ResourceClaimTemplate")


def test_dra_driver_takes_the_plugins_place_with_templates_for_pods() -> None:
    result = run_addons(pools=[TAINTED], **DRA)
    efa = result.named("addons-efa").inputs
    assert (efa["chart"], efa["version"]) == (DRA_CHART, "1.0.0")
    assert efa["values"]["supportedInstanceLabels"] == {"keys": ["efa-pools/efa"], "values": ["true"]}
    made = {one.inputs["metadata"]["name"]: one.inputs for one in result.of("ResourceClaimTemplate")}
    asked = {name: one["spec"]["spec"]["devices"]["requests"][0]["exactly"] for name, one in made.items()}
    device_class = {"deviceClassName": "efa.networking.k8s.aws"}
    assert asked == {
        "efa-node": {**device_class, "allocationMode": "All"},
        "efa-rail": {**device_class, "allocationMode": "ExactCount", "count": 1},
    }


def test_templates_follow_the_charts_device_class() -> None:
    charts = {DRA_CHART: {"values": {"deviceClass": {"name": "fabric"}}}}
    for one in run_addons(pools=[P5], charts=charts, **DRA).of("ResourceClaimTemplate"):
        assert '"deviceClassName": "fabric"' in json.dumps(one.inputs)


def test_expected_allocatable_by_pool() -> None:
    found = outputs(pools=[P5, B300, GB200, TRAINIUM, {**HPC, "efa_per_node": 0}])["allocatable"]
    assert found == {
        "train": {"vpc.amazonaws.com/efa": 32, "nvidia.com/gpu": 8},
        "b300": {"vpc.amazonaws.com/efa": 16, "nvidia.com/gpu": 8},
        "gb200": {"vpc.amazonaws.com/efa": 4, "nvidia.com/gpu": 4},
        "trn": {"vpc.amazonaws.com/efa": 16},
        "cfd": {},
    }
    stated = outputs(pools=[{**P5, "efa_per_node": 8}], gpu="none")["allocatable"]
    assert stated == {"train": {"vpc.amazonaws.com/efa": 8}}
    under_dra = outputs(pools=[P5], **DRA)
    assert under_dra["allocatable"] == {"train": {"nvidia.com/gpu": 8}}
    assert under_dra["templates"] == ["efa-node", "efa-rail"]


def test_chart_from_a_path_a_mirror_and_with_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chart = tmp_path / "charts" / "efa" / "Chart.yaml"
    chart.parent.mkdir(parents=True)
    chart.write_text("name: aws-efa-k8s-device-plugin", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    charts = {
        PLUGIN_CHART: {"path": "./charts/efa", "values": {"resources": {"limits": {"cpu": "1"}}}},
        GPU_CHART: {
            "repository": "https://mirror.example",
            "version": "v26.3.1",
            "values": {"driver": {"env": []}},
        },
    }
    result = run_addons(pools=[P5], charts=charts)
    efa, gpu = result.named("addons-efa").inputs, result.named("addons-gpu").inputs
    assert efa["chart"] == "./charts/efa" and not {"version", "repositoryOpts"} & set(efa)
    assert (
        efa["values"]["resources"] == {"limits": {"cpu": "1"}} and "supportedInstanceLabels" in efa["values"]
    )
    assert (gpu["repositoryOpts"], gpu["version"]) == ({"repo": "https://mirror.example"}, "v26.3.1")
    assert gpu["values"]["driver"] == {"enabled": False, "rdma": {"enabled": False}, "env": []}


def test_chart_from_a_registry_is_named_by_its_whole_address() -> None:
    charts = {PLUGIN_CHART: {"repository": "oci://mirror.example/charts/"}}
    efa = run_addons(pools=[P5], charts=charts).named("addons-efa").inputs
    assert efa["chart"] == f"oci://mirror.example/charts/{PLUGIN_CHART}" and "repositoryOpts" not in efa
    assert efa["version"] == "v0.5.30"


def test_image_registry_redirects_every_image_but_the_users_own() -> None:
    result = run_addons(pools=[GARDEN], image_registry="mirror.example/public/")
    efa, gpu = (result.named(name).inputs["values"] for name in ("addons-efa", "addons-gpu"))
    assert efa["image"]["repository"] == "mirror.example/public/eks/aws-efa-k8s-device-plugin"
    assert gpu["operator"]["repository"] == "mirror.example/public/nvidia"
    assert gpu["driver"]["repository"] == (
        "mirror.example/public/gardenlinux/gardenlinux-nvidia-installer/1.17.0"
    )
    assert not [host for host in public_hosts() if host in json.dumps([efa, gpu])]
    charts = {GPU_CHART: {"values": {"driver": {"repository": "mine.example/driver"}}}}
    own = run_addons(pools=[GARDEN], image_registry="mirror.example", charts=charts)
    assert own.named("addons-gpu").inputs["values"]["driver"]["repository"] == "mine.example/driver"


def public_hosts() -> set[str]:
    """Every host of charts and images, from the one file that names them."""
    places = [
        place
        for one in known_charts().values()
        for place in (one["repository"], *one.get("images", {}).values())
    ]
    return {place.rpartition("://")[2].partition("/")[0] for place in places}


def test_public_hosts_stand_in_one_file() -> None:
    hosts = public_hosts()
    assert {"nvcr.io", "ghcr.io", "registry.k8s.io"} < hosts
    folders = [ROOT / name for name in ("components", "sandbox", "examples", "docs", "bench")]
    files = [*ROOT.glob("*"), *(path for folder in folders for path in folder.rglob("*"))]
    named = {".py", ".json", ".toml", ".yaml", ".md", ".ts"}
    searched = [one for one in files if one.suffix in named and "node_modules" not in one.parts]
    assert len(searched) > 100
    naming = {one for one in searched if any(host in one.read_text(encoding="utf-8") for host in hosts)}
    made_from_it = ROOT / "docs" / "policies.md"
    assert naming - {made_from_it} == {ROOT / "components" / "efa_pools" / "data" / "charts.json"}


def test_charts_say_where_they_were_read() -> None:
    assert all({"version", "repository", "source"} <= set(one) for one in known_charts().values())
    limits = [
        *known_charts()[PLUGIN_CHART]["minimums"],
        *known_charts()[GPU_CHART]["forbiddenDrivers"],
    ]
    assert limits and all(limit["source"] and limit["why"] for limit in limits)


@pytest.mark.parametrize(
    ("release", "has"),
    [
        ("1592.18", False),
        ("1877.12", False),
        ("1877.13", True),
        ("1877.23", True),
        ("1990.1", False),
        ("2150.0", True),
        ("2150.0.0", True),
        ("2200.1", True),
        ("today", False),
    ],
)
def test_which_garden_linux_has_efa(release: str, has: bool) -> None:
    assert garden_linux.has_efa(release) is has


def plugin(**chart: Any) -> dict[str, Any]:
    return {"charts": {PLUGIN_CHART: chart}}


def driver(**values: Any) -> dict[str, Any]:
    return {"charts": {GPU_CHART: {"values": {"driver": values}}}}


DRIVER_VERSION = f"charts.{GPU_CHART}.values.driver.version: "
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "both drivers": ({"pools": [P5], **DRA, **plugin()}, f"charts.{PLUGIN_CHART}: Forbidden"),
    "the other driver": ({"pools": [P5], "charts": {DRA_CHART: {}}}, f"charts.{DRA_CHART}: Forbidden"),
    "a chart beside none": ({"pools": [P5], "efa": "none", **plugin()}, f"charts.{PLUGIN_CHART}: Forbidden"),
    "the operator beside none": (
        {"pools": [P5], "gpu": "none", "charts": {GPU_CHART: {}}},
        f"charts.{GPU_CHART}: Forbidden",
    ),
    "dra on an old cluster": (
        {"pools": [P5], "efa": "dra", "kubernetes_version": "1.33"},
        "kubernetes_version: Invalid: '1.33': expected 1.34 or newer",
    ),
    "old chart for p6-b200": (
        {"pools": [B200], **plugin(version="v0.5.9")},
        f"charts.{PLUGIN_CHART}.version: Invalid: 'v0.5.9': expected v0.5.10 or newer for p6-b200.48xlarge",
    ),
    "old chart in a path": (
        {"pools": [B200], **plugin(version="0.5.9", path="./efa")},
        f"charts.{PLUGIN_CHART}.version: Invalid",
    ),
    "old plugin for p6-b200": (
        {"pools": [B200], **plugin(values={"image": {"tag": "v0.5.5"}})},
        f"charts.{PLUGIN_CHART}.values.image.tag: Invalid: 'v0.5.5': expected v0.5.6",
    ),
    "old chart for p6-b300": (
        {"pools": [B300], **plugin(version="v0.5.22")},
        f"charts.{PLUGIN_CHART}.version: Invalid",
    ),
    "a range of versions": ({"pools": [P5], **plugin(version="^0.5")}, f"charts.{PLUGIN_CHART}.version: "),
    "a driver that breaks EFA": (
        {"pools": [{**GB200, "image_family": "custom"}], **driver(version="595.91.07")},
        f"{DRIVER_VERSION}Invalid: '595.91.07': expected a driver before 595 for p6e-gb200.36xlarge",
    ),
    "a driver nobody built": (
        {"pools": [GARDEN], **driver(version="595")},
        f"{DRIVER_VERSION}NotSupported: '595': expected a driver branch, one of 570, 580, 590",
    ),
    "a driver nobody built for the release": (
        {"pools": [{**GARDEN, "image_release": "2150.8.0"}], **driver(version=570)},
        f"{DRIVER_VERSION}NotSupported: '570': expected a driver branch, one of 580, 590",
    ),
    "garden linux without efa": (
        {"pools": [{**GARDEN, "image_release": "1877.12"}]},
        "pools[0].image_release: NotSupported: '1877.12': expected Garden Linux 1877.13",
    ),
    "garden linux on arm": (
        {"pools": [{**GB200, "image_family": "garden-linux"}]},
        "pools[0].image_family: NotSupported",
    ),
    "images that differ": (
        {"pools": [P5, GARDEN]},
        "pools[1].image_family: Invalid: 'garden-linux' beside 'al2023' of pool 'train'",
    ),
    "two device plugins": (
        {"pools": [P5, {**TAINTED, "image_family": "bottlerocket"}]},
        "pools[1].image_family: Invalid",
    ),
    "text for a mapping": (
        {"pools": [P5], "charts": {GPU_CHART: {"values": {"driver": "none"}}}},
        f"charts.{GPU_CHART}.values.driver: Invalid: 'none': expected a mapping of keys",
    ),
    "a list for a mapping": (
        {"pools": [P5], **driver(rdma=[True])},
        f"charts.{GPU_CHART}.values.driver.rdma: Invalid: [True]: expected a mapping of keys",
    ),
    "a mapping for a list": (
        {"pools": [P5], **plugin(values={"tolerations": {"key": "a"}})},
        f"charts.{PLUGIN_CHART}.values.tolerations: Invalid: {{'key': 'a'}}: expected a list",
    ),
    "unknown chart": ({"pools": [P5], "charts": {"cilium": {}}}, "charts.cilium: NotSupported"),
    "unknown key of a chart": ({"pools": [P5], **plugin(repo="x")}, f"charts.{PLUGIN_CHART}.repo: Forbidden"),
    "unknown key": ({"pools": [P5], "gpus": "auto"}, "gpus: Forbidden"),
    "no pools": ({}, "pools: Required"),
    "path and repository": (
        {"pools": [P5], **plugin(path="a", repository="https://b")},
        f"charts.{PLUGIN_CHART}.path: Forbidden",
    ),
    "a repository without a scheme": (
        {"pools": [P5], **plugin(repository="mirror.example/charts")},
        f"charts.{PLUGIN_CHART}.repository: Invalid",
    ),
    "a registry with a scheme": (
        {"pools": [P5], "image_registry": "https://mirror.example"},
        "image_registry: ",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments_register_nothing(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "efa").mkdir()
    (tmp_path / "efa" / "Chart.yaml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    arguments, said = BAD[case]
    messages: list[str] = []

    def program() -> None:
        try:
            EfaClusterAddons("addons", arguments)  # type: ignore[arg-type]
        except Exception as error:
            messages.append(str(error))

    assert run_program(program).registrations == [] and said in messages[0]
    assert messages[0].startswith("efa-pools add-ons 'addons': 1 problem,"), "one clear error each"


def test_an_output_among_values_is_refused() -> None:
    messages: list[str] = []

    def program() -> None:
        import pulumi

        late = pulumi.Output.from_input("x")
        try:
            EfaClusterAddons("addons", {"pools": [P5], **plugin(values={"nodeSelector": {"a": late}})})  # type: ignore[arg-type, typeddict-item]
        except Exception as error:
            messages.append(str(error))

    assert run_program(program).registrations == []
    assert f"charts.{PLUGIN_CHART}.values.nodeSelector.a: Invalid" in messages[0]


OK: dict[str, dict[str, Any]] = {
    "old chart for an old type": {"pools": [P5], **plugin(version="v0.5.3")},
    "the type's first chart": {"pools": [B200], **plugin(version="v0.5.10")},
    "dra on the first version": {"pools": [P5], "efa": "dra", "kubernetes_version": "1.34"},
    "the image's driver is not ours": {"pools": [GB200], **driver(version="595.91.07")},
    "drivers of one's own": {"pools": [GARDEN], **driver(version="595", repository="mine.example")},
    "images decided by the user": {
        "pools": [P5, GARDEN],
        "charts": {GPU_CHART: {"values": {"driver": {"enabled": False}, "toolkit": {"enabled": False}}}},
    },
    "other images without GPUs": {"pools": [P5, {**HPC, "image_family": "garden-linux"}]},
    "garden linux": {"pools": [{**GARDEN, "image_release": "2150.9.0"}], **driver(version=580)},
}


def wire(value: Any) -> Any:
    from efa_pools.resources.inputs import to_wire

    return to_wire(value)


@pytest.mark.parametrize("case", OK)
def test_good_arguments(case: str) -> None:
    assert errors(check_addons(wire(OK[case])).problems) == []


WARNED: dict[str, tuple[dict[str, Any], str]] = {
    "dra on an unknown version": ({"efa": "dra"}, "1.34 or newer"),
    "a misspelt value": (plugin(values={"toleration": []}), "did you mean 'tolerations'"),
    "dra below the chart's wish": ({"efa": "dra", "kubernetes_version": "1.34"}, "asks for 1.35"),
    "dra on other images": ({**DRA, "pools": [GARDEN]}, "needs NRI"),
    "a custom image": ({"pools": [CUSTOM]}, "what the image carries is not known"),
}


@pytest.mark.parametrize("case", WARNED)
def test_warnings_stop_nothing(case: str) -> None:
    arguments, said = WARNED[case]
    (problem,) = check_addons(wire({"pools": [P5], **arguments})).problems
    assert problem.severity == "warning" and said in problem.message


def test_a_stack_hands_its_pools_and_version_to_the_add_ons() -> None:
    def with_dra(config: dict[str, Any]) -> None:
        config["efa-pools:addons"] = {"efa": "dra", "gpu": "auto"}

    result = run_stack("prod", change=with_dra)
    assert result.failure is None
    assert result.named("addons-efa").inputs["chart"] == DRA_CHART
    assert len(result.of("ResourceClaimTemplate")) == 2


def test_a_stacks_problems_stand_at_its_own_keys() -> None:
    config = read_stack(ROOT, "prod")
    config["efa-pools:addons"] = {"efa": "dra", **plugin()}
    config["efa-pools:cluster"] = {**config["efa-pools:cluster"], "kubernetesVersion": "1.33"}
    second = config["efa-pools:pools"][1]
    second["image"] = {"family": "bottlerocket", "releaseVersion": "1.52.0-3f1a9b2c"}
    found = {one.field() for one in errors(check_stack(config).problems)}
    assert {
        f"efa-pools:addons.charts.{PLUGIN_CHART}",
        "efa-pools:cluster.kubernetesVersion",
        "efa-pools:pools[1].image.family",
    } <= found


PATHS = {
    "nothing": ("charts/none", "nothing is there; expected a chart's folder or its .tgz"),
    "no chart": (".", "no Chart.yaml in it; expected a chart's folder"),
    "an address": ("https://charts.example/efa", "nothing is there"),
    "no path": ("a\0b", "expected a chart's folder or its .tgz"),
    "a chart": ("efa", None),
    "an archive": ("efa.tgz", None),
}


@pytest.mark.parametrize("case", PATHS)
def test_charts_of_a_path_are_there(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, said = PATHS[case]
    (tmp_path / "efa").mkdir()
    for name in ("efa/Chart.yaml", "efa.tgz"):
        (tmp_path / name).write_text("", encoding="utf-8")
    charts = {PLUGIN_CHART: {"path": path}}
    config = {**read_stack(ROOT, "dev"), "efa-pools:addons": {"charts": charts}}
    asked = [
        (check_stack(config, folder=tmp_path, whole=whole).problems, "efa-pools:addons.", whole)
        for whole in (True, False)
    ]
    monkeypatch.chdir(tmp_path)
    asked.append((check_addons({"pools": wire([P5]), "charts": charts}).problems, "", True))
    for found, prefix, whole in asked:
        told = [one for one in found if one.field() == f"{prefix}charts.{PLUGIN_CHART}.path"]
        assert [one.severity for one in told] == ([] if said is None else ["error" if whole else "warning"])
        assert all((said or "") in one.message for one in told)
