"""EfaClusterAddons: which releases, with which values; judged against the charts' own documented keys."""

import json
from typing import Any

import pytest
from efa_pools import EfaClusterAddons
from efa_pools.plan.charts import EFA_CHART, GPU_CHART, known_charts

from sandbox.inprocess import Result
from tests.stacks import run_program

P5 = {"name": "train", "instance_type": "p5.48xlarge", "image_family": "al2023"}
TAINTED = {**P5, "name": "other", "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]}
HPC = {"name": "cfd", "instance_type": "hpc6a.48xlarge", "image_family": "al2023"}
TRAINIUM = {"name": "trn", "instance_type": "trn2.48xlarge", "image_family": "al2023"}


def run_addons(**arguments: Any) -> Result:
    def program() -> None:
        EfaClusterAddons("addons", arguments)  # type: ignore[arg-type]

    result = run_program(program)
    assert result.failure is None
    return result


def test_two_pinned_releases() -> None:
    result = run_addons(pools=[P5])
    efa, gpu = result.named("addons-efa").inputs, result.named("addons-gpu").inputs
    assert (efa["chart"], efa["version"], efa["namespace"]) == (EFA_CHART, "v0.5.30", "kube-system")
    assert (gpu["chart"], gpu["version"], gpu["namespace"]) == (GPU_CHART, "v26.3.3", "gpu-operator")
    assert efa["repositoryOpts"] == {"repo": "https://aws.github.io/eks-charts"}
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


def test_operator_looks_at_gpu_pools_only_and_leaves_the_images_driver_alone() -> None:
    values = run_addons(pools=[P5, HPC, TRAINIUM]).named("addons-gpu").inputs["values"]
    affinity = values["node-feature-discovery"]["worker"]["affinity"]
    assert "train" in json.dumps(affinity) and "cfd" not in json.dumps(affinity)
    assert values["driver"] == {"enabled": False} and values["toolkit"] == {"enabled": False}


@pytest.mark.parametrize("pools", [[HPC], [TRAINIUM], [{**P5, "instance_type": "p9.96xlarge"}]])
def test_no_operator_without_nvidia_gpus(pools: list[dict[str, Any]]) -> None:
    assert [one.name for one in run_addons(pools=pools).of("Release")] == ["addons-efa"]


def test_none_means_none() -> None:
    assert run_addons(pools=[P5], efa="none", gpu="none").of("Release") == []


def test_chart_from_a_path_a_mirror_and_with_values() -> None:
    charts = {
        EFA_CHART: {"path": "./charts/efa", "values": {"resources": {"limits": {"cpu": "1"}}}},
        GPU_CHART: {
            "repository": "https://mirror.example",
            "version": "v26.3.1",
            "values": {"driver": {"rdma": 1}},
        },
    }
    result = run_addons(pools=[P5], charts=charts)
    efa, gpu = result.named("addons-efa").inputs, result.named("addons-gpu").inputs
    assert efa["chart"] == "./charts/efa" and not {"version", "repositoryOpts"} & set(efa)
    assert (
        efa["values"]["resources"] == {"limits": {"cpu": "1"}} and "supportedInstanceLabels" in efa["values"]
    )
    assert (gpu["repositoryOpts"], gpu["version"]) == ({"repo": "https://mirror.example"}, "v26.3.1")
    assert gpu["values"]["driver"] == {"enabled": False, "rdma": 1}


def test_image_registry_redirects_every_image() -> None:
    result = run_addons(pools=[P5], image_registry="mirror.example/public/")
    efa, gpu = (result.named(name).inputs["values"] for name in ("addons-efa", "addons-gpu"))
    assert efa["image"]["repository"] == "mirror.example/public/eks/aws-efa-k8s-device-plugin"
    assert gpu["operator"]["repository"] == "mirror.example/public/nvidia"
    assert gpu["driver"] == {
        "enabled": False,
        "repository": "mirror.example/public/nvidia",
        "manager": {"repository": "mirror.example/public/nvidia/cloud-native"},
    }
    assert "nvcr.io" not in json.dumps(gpu) and "amazonaws" not in json.dumps(efa)


def test_charts_say_where_they_were_read() -> None:
    assert all(
        {"version", "repository", "namespace", "images", "source"} == set(one) - {"minimums"}
        for one in known_charts().values()
    )

    for least in known_charts()[EFA_CHART]["minimums"]:
        assert {"types", "chart", "image", "why", "source"} == set(least)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "dra": ({"pools": [P5], "efa": "dra"}, "efa: NotSupported"),
    "unknown chart": ({"pools": [P5], "charts": {"cilium": {}}}, "charts.cilium: NotSupported"),
    "unknown key": ({"pools": [P5], "gpus": "auto"}, "gpus: Forbidden"),
    "no pools": ({}, "pools: Required"),
    "path and repository": (
        {"pools": [P5], "charts": {EFA_CHART: {"path": "a", "repository": "https://b"}}},
        f"charts.{EFA_CHART}.path: Forbidden",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments_register_nothing(case: str) -> None:
    arguments, said = BAD[case]
    messages: list[str] = []

    def program() -> None:
        try:
            EfaClusterAddons("addons", arguments)  # type: ignore[arg-type]
        except Exception as error:
            messages.append(str(error))

    assert run_program(program).registrations == [] and said in messages[0]
