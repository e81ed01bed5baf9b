"""The test as Kubernetes objects: what a worker asks for, where it stands, and that the operator takes it."""

import json
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from efa_pools.check.nccl_test import pool_problems
from efa_pools.check.pool import check_pool
from efa_pools.cli import main
from efa_pools.cli.arguments import parser
from efa_pools.model.pool import Taint
from efa_pools.model.stack import NcclTestPool
from efa_pools.plan.mpi_job import config_map, mpi_job
from efa_pools.plan.nccl_test import MODES, operator_manifest, plan_test, public_image, under_test
from efa_pools.plan.pool import plan_pool

from tests.karpenter_judge import _strict
from tests.nccl_logs import EFA, made
from tests.stacks import ROOT

DATA: dict[str, Any] = json.loads((ROOT / "sandbox" / "core" / "mpijob_crd.json").read_text("utf-8"))


@cache
def operator() -> jsonschema.Draft202012Validator:
    (version,) = DATA["crd"]["spec"]["versions"]
    return jsonschema.Draft202012Validator(_strict(version["schema"]["openAPIV3Schema"]))


def refusals(job: dict[str, Any]) -> list[str]:
    """What an API server with the operator's CRD says; metadata is every object's."""
    spec = {key: value for key, value in job.items() if key != "metadata"}
    return [f"{error.json_path}: {error.message}" for error in operator().iter_errors(spec)]


def pool(instance_type: str, **changes: Any) -> NcclTestPool:
    known = {"name": "train", "instance_type": instance_type, "image_family": "al2023", "nodes": 2}
    return NcclTestPool(**{**known, **changes})


def job(instance_type: str, mode: Any = "all", **changes: Any) -> dict[str, Any]:
    return mpi_job(plan_test(pool(instance_type, **changes), None, None, mode), "test", "scripts")


def worker(made: dict[str, Any]) -> dict[str, Any]:
    return dict(made["spec"]["mpiReplicaSpecs"]["Worker"]["template"]["spec"])


# GPUs, EFA interfaces of the recommended layout: EC2 User Guide, "Accelerated computing instance types" and
# "Maximize network bandwidth" (efa-acc-inst-types.html), read 2026-11.
TYPES = {
    "p4d.24xlarge": (8, 4),
    "p5.48xlarge": (8, 32),
    "p6-b200.48xlarge": (8, 8),
    "g6e.48xlarge": (8, 4),
}


@pytest.mark.parametrize("name", TYPES)
def test_a_worker_asks_for_all_that_its_node_has(name: str) -> None:
    gpus, efa = TYPES[name]
    (container,) = worker(job(name))["containers"]
    devices = {"nvidia.com/gpu": gpus, "vpc.amazonaws.com/efa": efa, "hugepages-2Mi": "5120Mi"}
    assert container["resources"]["limits"] == devices
    # AWS's own manifest for eight GPUs.
    assert container["resources"]["requests"] == {**devices, "memory": "32000Mi"}
    assert job(name)["spec"]["slotsPerWorker"] == gpus


@pytest.mark.parametrize("name", TYPES)
def test_requests_are_the_pools_plan(name: str) -> None:
    image = {"family": "al2023", "releaseVersion": "1.34.2-20261105"}
    raw = {"name": "train", "instanceType": name, "size": {"desired": 2}, "image": image}
    plan = plan_pool(check_pool(raw).draft)
    made = plan_test(under_test(plan), None, None)
    assert (made.efa, made.gpus, made.nodes) == (
        plan.efa_per_node,
        plan.instance.gpu_count,
        plan.nodes.desired,
    )
    assert made.ceiling_gbps == plan.instance.bandwidth_gbps and made.efa == TYPES[name][1]


def test_own_interfaces_and_huge_pages_count() -> None:
    (container,) = worker(job("p5.48xlarge", efa_per_node=16, huge_pages2_mi=1000))["containers"]
    assert container["resources"]["limits"]["vpc.amazonaws.com/efa"] == 16
    assert container["resources"]["limits"]["hugepages-2Mi"] == "2000Mi"


def test_a_claim_stands_in_for_devices_that_no_plugin_counts() -> None:
    made = job("p5.48xlarge", efa_claim_template="efa-all")
    pod = worker(made)
    assert pod["resourceClaims"] == [{"name": "efa", "resourceClaimTemplateName": "efa-all"}]
    resources = pod["containers"][0]["resources"]
    assert resources["claims"] == [{"name": "efa"}] and "vpc.amazonaws.com/efa" not in resources["limits"]
    assert refusals(made) == []


def test_without_huge_pages_libfabric_is_told() -> None:
    made = job("p5.48xlarge", huge_pages2_mi=0)
    assert "hugepages-2Mi" not in worker(made)["containers"][0]["resources"]["limits"]
    (launcher,) = made["spec"]["mpiReplicaSpecs"]["Launcher"]["template"]["spec"]["containers"]
    assert {"name": "FI_EFA_USE_HUGE_PAGE", "value": "0"} in launcher["env"]


def test_one_worker_on_each_node_of_the_pool() -> None:
    taints = (
        Taint(key="nvidia.com/gpu", effect="NoSchedule"),
        Taint(key="team", value="a", effect="NoExecute"),
    )
    made = job("p4d.24xlarge", taints=taints, nodes=7)
    specs = made["spec"]["mpiReplicaSpecs"]
    assert specs["Worker"]["replicas"] == 7
    for role in ("Launcher", "Worker"):
        pod = specs[role]["template"]["spec"]
        assert pod["nodeSelector"] == {"efa-pools/pool": "train"}
        assert [one["key"] for one in pod["tolerations"]] == ["nvidia.com/gpu", "team"]
    (apart,) = worker(made)["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    labels = specs["Worker"]["template"]["metadata"]["labels"]
    assert apart["topologyKey"] == "kubernetes.io/hostname"
    assert apart["labelSelector"]["matchLabels"].items() <= labels.items()
    assert "metadata" not in specs["Launcher"]["template"]


def test_it_ends_and_cleans_up() -> None:
    policy = job("p4d.24xlarge")["spec"]["runPolicy"]
    assert policy["cleanPodPolicy"] == "Running" and policy["ttlSecondsAfterFinished"] == 86400
    assert policy["backoffLimit"] == 0 and policy["activeDeadlineSeconds"] >= 1800
    three = mpi_job(plan_test(pool("p4d.24xlarge"), None, 3), "test", "scripts")["spec"]["runPolicy"]
    assert three["activeDeadlineSeconds"] > policy["activeDeadlineSeconds"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", TYPES)
def test_the_operators_schema_takes_it(name: str, mode: str) -> None:
    assert refusals(job(name, mode)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "runPolicy", "activeDeadline"), 5),
        (("spec", "mpiReplicaSpecs", "Worker", "template", "spec", "tolerance"), []),
        (("spec", "mpiReplicaSpecs", "Worker", "replicas"), "2"),
        (("spec", "slotsPerWorker"), "8"),
        (("spec", "mpiReplicaSpecs"), None),
    ],
)
def test_the_judge_refuses_what_is_wrong(path: tuple[str, ...], value: Any) -> None:
    wrong = inner = json.loads(json.dumps(job("p4d.24xlarge")))
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    assert refusals(wrong) != []


def test_the_image_is_pinned_and_its_source_named() -> None:
    (container,) = worker(job("p4d.24xlarge"))["containers"]
    assert container["image"] == public_image()
    assert container["image"].rpartition(":")[2] not in ("", "latest")


def test_the_scripts_fit_in_a_config_map_and_judge(tmp_path: Path) -> None:
    data = config_map(plan_test(pool("p4d.24xlarge"), None, None), "scripts")["data"]
    assert set(data) == {"launch.py", "mpirun.py", "suspects.py", "test.json", "verdict.py"}
    assert sum(map(len, data.values())) < 2**19
    (tmp_path / "verdict.py").write_text(data["verdict.py"])
    found = subprocess.run(
        [sys.executable, "-I", "-S", str(tmp_path / "verdict.py")],
        input=made(42.75, before=EFA),
        capture_output=True,
        check=False,
    )
    assert (found.returncode, json.loads(found.stdout)["fractionOfCeiling"]) == (0, 0.855)


def test_the_workers_script_is_one_that_a_shell_reads() -> None:
    (container,) = worker(job("p4d.24xlarge"))["containers"]
    shell, flag, script = container["command"]
    assert subprocess.run([shell, "-n", flag, script], capture_output=True, check=False).stderr == b""
    assert shlex.split(script)[-2:] == ["/usr/sbin/sshd", "-De"]


# -- the command


def run(capsys: Any, *arguments: str) -> tuple[int, str, str]:
    try:
        code = main(["nccl", "job", *arguments])
    except SystemExit as stop:
        code = int(stop.code or 0)
    return (code, *capsys.readouterr())


@pytest.mark.parametrize("mode", MODES)
def test_the_command_prints_both_objects(capsys: Any, monkeypatch: Any, mode: str) -> None:
    monkeypatch.chdir(ROOT)
    code, out, err = run(capsys, "--mode", mode)
    scripts, made = yaml.safe_load_all(out)
    assert (code, err) == (0, "") and refusals(made) == []
    (volume,) = made["spec"]["mpiReplicaSpecs"]["Launcher"]["template"]["spec"]["volumes"]
    assert volume["configMap"]["name"] == scripts["metadata"]["name"] != made["metadata"]["name"]
    assert json.loads(scripts["data"]["test.json"])["mode"] == mode
    assert run(capsys, "--mode", mode)[1] == out
    version = "v0.8.0"
    assert out.startswith(f"# Kubeflow MPI operator {version}: ") and operator_manifest() in out
    assert f"/{version}/" in operator_manifest() and version in (ROOT / "README.md").read_text()
    assert run(capsys, "--mode", mode, "--repeats", "2")[1] != out


def test_the_command_wants_one_pool(capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(ROOT)
    code, out, err = run(capsys, "--stack", "prod")
    assert (code, out) == (2, "") and "expected one of the stack's pools: train, research" in err
    code, out, err = run(capsys, "--stack", "prod", "--pool", "research")
    assert (code, out) == (1, "") and "starts with 0 nodes" in err
    code, out, err = run(capsys, "--stack", "prod", "--pool", "train", "--image", "own/nccl")
    assert (code, out) == (1, "") and "image: Invalid: 'own/nccl': expected a tag or a digest" in err
    code, out, err = run(capsys, "--stack", "prod", "--pool", "train", "--image", "own/nccl:1")
    assert (code, err) == (0, "") and "image: own/nccl:1" in out


def test_the_commands_modes_are_the_plans() -> None:
    for mode in MODES:
        assert parser().parse_args(["nccl", "job", "--mode", mode]).mode == mode


BAD: dict[str, tuple[NcclTestPool, bool, str]] = {
    "neuron": (
        pool("trn1.32xlarge"),
        False,
        "pool.instanceType: NotSupported: 'trn1.32xlarge' has Neuron devices",
    ),
    "no GPUs": (pool("hpc7a.96xlarge"), False, "pool.instanceType: NotSupported: 'train' (hpc7a.96xlarge)"),
    "unknown": (pool("p5.48xlrge"), False, "nearest: p5.48xlarge"),
    "no nodes": (
        pool("p5.48xlarge", nodes=0),
        False,
        "pool.nodes: Invalid: pool 'train' starts with 0 nodes",
    ),
    "gate on one node": (pool("p5.48xlarge", nodes=1), True, "one node's data crosses no network"),
    "no EFA": (
        pool("p5.48xlarge", efa_per_node=0),
        False,
        "has 0 EFA interfaces on each node: expected 1 to 32",
    ),
    "too many EFA": (pool("p4d.24xlarge", efa_per_node=5), False, "expected 1 to 4"),
    "arm64": (pool("p6e-gb200.36xlarge"), False, "image: Required: missing; expected one for arm64"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_tested(case: str) -> None:
    given, gate, said = BAD[case]
    (found,) = pool_problems(given, gate, None)
    assert said in found.line()


def test_one_node_without_gate_is_a_baseline() -> None:
    assert list(pool_problems(pool("p5.48xlarge", nodes=1), False, None)) == []
