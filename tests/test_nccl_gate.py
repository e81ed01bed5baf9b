"""NcclTest in a stack: what it registers, what runs it again, and how its verdict holds the stack up."""

from typing import Any

import pytest
import yaml

from sandbox import account, core
from sandbox.core.values import UNKNOWN
from sandbox.inprocess import Result, run
from tests.stacks import KUBECONFIG, ROOT, run_program, run_stack
from tests.test_nccl_job import refusals
from tests.wire_calls import construct

P4D: dict[str, Any] = {
    "name": "validation",
    "instance_type": "p4d.24xlarge",
    "image_family": "al2023",
    "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}],
    "nodes": 2,
}
WAIT_FOR = "jsonpath={.status.conditions[?(@.type=='Succeeded'||@.type=='Failed')].status}=True"
JOB, CRD = "nccl-test-job", "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"


def run_test(*, preview: bool = False, **arguments: Any) -> Result:
    def program() -> None:
        import pulumi
        from efa_pools import NcclTest

        test = NcclTest("nccl-test", {"pool": P4D, **arguments})  # type: ignore[typeddict-item]
        pulumi.export("result", test.result)
        pulumi.export("job", test.job_name)

    return run_program(program, preview=preview)


def run_dev(store: core.MemoryStore, change: Any = None) -> Result:
    """The project's own dev stack against an account that is not as found."""
    import json
    import runpy

    from efa_pools.stackfile import read_stack

    config = read_stack(ROOT, "dev")
    if change:
        change(config)
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    return run(
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
        stack="test",
        project="efa-pools",
        config={**texts, KUBECONFIG: "apiVersion: v1"},
        preview=False,
        store=store,
        secret_keys=[KUBECONFIG],
    )


def faulty(fault: str) -> core.MemoryStore:
    store = account.load()
    outputs = {"nodeGroupLabels": {"efa-pools/pool": "validation"}, "fault": fault}
    store.put("sandbox:index:FabricFault", "f", {"id": "f", "inputs": {}, "outputs": outputs})
    return store


def test_the_dev_stack_tests_its_two_nodes() -> None:
    result = run_stack("dev")
    assert result.failure is None
    job, scripts = result.named(JOB), result.named("nccl-test-scripts")
    assert result.outputs["ncclTest"]["result"] == "succeeded"
    assert result.outputs["ncclTest"]["job"] == job.inputs["metadata"]["name"]
    assert job.provider == scripts.provider == "cluster" and refusals(job.inputs) == []
    assert job.inputs["spec"]["mpiReplicaSpecs"]["Worker"]["replicas"] == 2
    launcher = job.inputs["spec"]["mpiReplicaSpecs"]["Launcher"]["template"]["spec"]
    assert launcher["volumes"][0]["configMap"]["name"] == scripts.inputs["metadata"]["name"]
    assert job.depends_on and job.delete_before_replace
    assert job.version == scripts.version == result.named("addons-efa").version != ""


def test_a_gate_waits_for_either_end() -> None:
    result = run_stack("dev")
    assert result.named(JOB).inputs["metadata"]["annotations"] == {"pulumi.com/waitFor": WAIT_FOR}
    without = run_stack("dev", change=lambda config: config["efa-pools:ncclTest"].pop("gate"))
    assert "annotations" not in without.named(JOB).inputs["metadata"]
    assert without.failure is None and without.outputs["ncclTest"]["result"] == "not-awaited"


def test_a_preview_waits_for_nothing() -> None:
    result = run_stack("dev", preview=True)
    assert result.failure is None and result.outputs["ncclTest"]["result"] is UNKNOWN


def test_a_faulty_fabric_fails_the_run_and_says_how_to_see_more() -> None:
    result = run_dev(faulty("traffic goes through TCP sockets, not EFA"))
    name = result.named(JOB).inputs["metadata"]["name"]
    for said in (
        f"MPIJob {name} has failed (BackoffLimitExceeded",
        "TCP sockets",
        "kubectl get pods",
        "--replace",
    ):
        assert said in (result.failure or "")
    assert "result" not in result.outputs.get("ncclTest", {})


def test_without_gate_a_faulty_fabric_fails_nothing() -> None:
    def change(config: dict[str, Any]) -> None:
        config["efa-pools:ncclTest"]["gate"] = False

    assert run_dev(faulty("slow"), change).failure is None


def test_without_the_operator_up_says_so() -> None:
    store = account.load()
    store.remove(CRD, "mpijobs.kubeflow.org")
    failure = run_dev(store).failure or ""
    assert 'no matches for kind "MPIJob"' in failure


PENDING: dict[str, tuple[Any, str]] = {
    "no device plugin": (
        lambda config: config.update({"efa-pools:addons": {"efa": "none"}}),
        "Insufficient vpc.amazonaws.com/efa (4 asked for, 0 there)",
    ),
    "no GPU operator": (
        lambda config: config.update({"efa-pools:addons": {"gpu": "none"}}),
        "Insufficient nvidia.com/gpu (8 asked for, 0 there)",
    ),
}


@pytest.mark.parametrize("case", PENDING)
def test_workers_without_devices_end_at_the_time_limit(case: str) -> None:
    change, said = PENDING[case]
    failure = run_stack("dev", change=change).failure or ""
    assert "DeadlineExceeded" in failure and said in failure


def other_pool(**changes: Any) -> str:
    """The job of a test over nodes that differ from what the test was told."""
    store = account.load()
    result = run_dev(store)
    spec = result.named(JOB).inputs["spec"]
    pod = spec["mpiReplicaSpecs"]["Worker"]["template"]["spec"]
    pod.update({key: value for key, value in changes.items() if key != "replicas"})
    spec["mpiReplicaSpecs"]["Worker"]["replicas"] = changes.get("replicas", 2)
    inputs = {
        "apiVersion": "kubeflow.org/v2beta1",
        "kind": "MPIJob",
        "metadata": {"name": "other", "annotations": {"pulumi.com/waitFor": WAIT_FOR}},
        "spec": spec,
    }
    _, outputs = core.create(store, "kubernetes:kubeflow.org/v2beta1:MPIJob", "other", inputs, False)
    return str(outputs["status"]["conditions"][-1])


def test_the_sandbox_places_workers_as_kubernetes_does() -> None:
    assert "Succeeded" in other_pool()
    assert "untolerated taint nvidia.com/gpu" in other_pool(tolerations=[])
    assert "the label efa-pools/pool is not train" in other_pool(nodeSelector={"efa-pools/pool": "train"})
    assert "1 Worker pods were pending" in other_pool(replicas=3)
    small = {"limits": {"hugepages-2Mi": "20Gi"}, "requests": {"memory": "1Gi"}}
    container = {"name": "c", "image": "i:1", "resources": small}
    assert "Insufficient hugepages-2Mi (20480 asked for, 10256 there)" in other_pool(containers=[container])


def names(**arguments: Any) -> str:
    result = run_test(**arguments)
    assert result.failure is None
    return str(result.outputs["job"])


def test_what_changes_the_test_makes_another_job() -> None:
    usual = names()
    assert usual == names() and usual.startswith("nccl-test-")
    changes: list[dict[str, Any]] = [
        {"image": "mirror.example/nccl-tests:1"},
        {"repeats": 2},
        {"triggers": ["lt-1", "2"]},
        {"triggers": ["lt-1", "3"]},
        {"pool": {**P4D, "nodes": 3}},
        {"pool": {**P4D, "efa_per_node": 3}},
    ]
    found = [names(**change) for change in changes]
    assert len({usual, *found}) == len(changes) + 1


def test_a_trigger_that_is_not_known_yet_leaves_the_name_open() -> None:
    import pulumi

    def program() -> None:
        from efa_pools import NcclTest
        from pulumi.output import Unknown

        later = pulumi.Output.from_input(Unknown())
        NcclTest("nccl-test", {"pool": P4D, "gate": True, "triggers": [later]})  # type: ignore[typeddict-item]

    result = run_program(program, preview=True)
    assert result.failure is None and result.named(JOB).inputs["metadata"]["name"] is UNKNOWN


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown key": ({"gates": True}, "gates: Forbidden: unknown key; did you mean 'gate'"),
    "no pool": ({"pool": None}, "pool: Required"),
    "neuron": ({"pool": {**P4D, "instance_type": "trn2.48xlarge"}}, "pool.instance_type: NotSupported"),
    "repeats": ({"repeats": 0}, "repeats: Invalid: 0: expected 1 or more"),
    "gate on one node": ({"pool": {**P4D, "nodes": 1}, "gate": True}, "pool.nodes: Invalid"),
    "latest": ({"image": "nccl"}, "image: Invalid: 'nccl': expected a tag or a digest"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments_register_nothing(case: str) -> None:
    arguments, said = BAD[case]
    messages: list[str] = []

    def program() -> None:
        from efa_pools import NcclTest

        try:
            NcclTest("nccl-test", {"pool": P4D, **arguments})  # type: ignore[typeddict-item]
        except Exception as error:
            messages.append(str(error))

    assert run_program(program).registrations == [] and said in messages[0]


def test_all_problems_at_once_and_a_name_that_pods_can_have() -> None:
    messages: list[str] = []

    def program() -> None:
        from efa_pools import NcclTest

        try:
            NcclTest("Test_1", {"pool": P4D, "repeats": 0, "image": "nccl"})  # type: ignore[typeddict-item]
        except Exception as error:
            messages.append(str(error))

    assert run_program(program).registrations == []
    assert all(f"{field}: Invalid" in messages[0] for field in ("name", "repeats", "image"))


def test_a_test_needs_a_kubeconfig() -> None:
    def change(config: dict[str, Any]) -> None:
        config.update({KUBECONFIG: None, "efa-pools:addons": {"efa": "none", "gpu": "none"}})

    result = run_stack("dev", change=change)
    assert result.registrations == [] and "pulumi config set --secret" in (result.failure or "")


@pytest.mark.parametrize("preview", [True, False])
def test_other_languages_have_it_too(preview: bool) -> None:
    pool = {"name": "train", "instanceType": "p5.48xlarge", "imageFamily": "al2023", "nodes": 4.0}
    sent = {"pool": pool, "repeats": 2.0, "triggers": [UNKNOWN if preview else "1"]}
    result, said = construct(sent, "NcclTest", preview=preview)
    assert said == "" and result.failure is None
    job = result.named("train-job").inputs["spec"]
    assert job["mpiReplicaSpecs"]["Worker"]["replicas"] == 4
    assert result.outputs["state"]["result"] == "not-awaited"
    _, said = construct({"pool": {**pool, "instanceType": "inf2.48xlarge"}, "gate": 1.0}, "NcclTest")
    assert "pool.instanceType: NotSupported" in said and "gate: Invalid" in said


def test_the_account_file_shows_how_to_break_the_fabric() -> None:
    text = (ROOT / "sandbox" / "account.yaml").read_text(encoding="utf-8")
    example = text.split("For example\n# ")[1].split("\n")[0]
    (fault,) = yaml.safe_load(example)
    store = account.load()
    account.fill(store, {"fabricFaults": [fault]})
    assert "TCP sockets" in (run_dev(store).failure or "")
