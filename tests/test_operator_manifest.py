"""The MPI operator from a manifest: what is refused, what is registered, and in which order."""

import itertools
import json
import os
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from efa_pools.check.operator_manifest import LARGEST, read_operator
from efa_pools.cli import main
from efa_pools.plan.operator_objects import stages
from efa_pools.stackfile import read_stack

from sandbox import account, core
from sandbox.core.references import CRD, CRD_PATCH
from sandbox.core.values import Refused
from sandbox.inprocess import Result, run
from tests.operator_file import Documents, documents, write
from tests.stacks import KUBECONFIG, ROOT, run_program
from tests.test_nccl_gate import JOB, P4D
from tests.wire_calls import construct

DEPLOYMENT, DEFINITION = "Deployment mpi-operator", "CustomResourceDefinition mpijobs.kubeflow.org"
KEY = "efa-pools:ncclTest.operatorManifest"


def container(made: Documents) -> dict[str, Any]:
    found: dict[str, Any] = made[DEPLOYMENT]["spec"]["template"]["spec"]["containers"][0]
    return found


def image(value: Any) -> Callable[[Documents], object]:
    return lambda made: container(made).update(image=value)


def version(**changes: Any) -> Callable[[Documents], object]:
    return lambda made: made[DEFINITION]["spec"]["versions"][0].update(changes)


def problems(file: Path, *, whole: bool = True) -> list[str]:
    found, said = read_operator(file.name, file.parent, whole=whole)
    assert not (found and said)
    return [one.line() for one in said]


# -- what is refused

WRONG: dict[str, tuple[Callable[[Documents], object], str]] = {
    "no image": (image(None), f"{DEPLOYMENT}, container mpi-operator: image missing"),
    "no tag": (image("mpioperator/mpi-operator"), "image 'mpioperator/mpi-operator': expected a digest or"),
    "no tag, a port": (image("registry.example:5000/mpi-operator"), "what 'latest' is changes"),
    "latest": (image("mpioperator/mpi-operator:latest"), "what 'latest' is changes"),
    "master": (image("mpioperator/mpi-operator:master"), "what 'master' is changes"),
    "no definition": (
        lambda made: made.pop(DEFINITION),
        f"Required: 'o.yaml': no {DEFINITION}: expected one",
    ),
    "another version": (
        version(name="v1"),
        f"NotSupported: 'o.yaml': {DEFINITION} serves v1: expected v2beta1",
    ),
    "served no more": (version(served=False), "serves no version: expected v2beta1"),
    "no spec": (lambda made: made[DEFINITION].update(spec=None), "serves no version: expected v2beta1"),
    "no deployment": (lambda made: made.pop(DEPLOYMENT), "Required: 'o.yaml': no Deployment: expected the"),
    "no kind": (lambda made: made[DEPLOYMENT].pop("kind"), "document 7: kind missing: expected a Kubernetes"),
    "no version": (lambda made: made[DEPLOYMENT].pop("apiVersion"), "document 7: apiVersion missing"),
    "no name": (lambda made: made[DEPLOYMENT]["metadata"].pop("name"), "document 7: metadata.name missing"),
    "a bad name": (lambda made: made[DEPLOYMENT]["metadata"].update(name="a/b"), "metadata.name 'a/b'"),
    "a bad namespace": (
        lambda made: made[DEPLOYMENT]["metadata"].update(namespace=7),
        "metadata.namespace 7",
    ),
    "no metadata": (lambda made: made[DEPLOYMENT].pop("metadata"), "document 7: metadata missing"),
    "metadata of text": (lambda made: made[DEPLOYMENT].update(metadata="x"), "document 7: metadata 'x'"),
    "no object": (lambda made: made.update(x=["a"]), "document 8: ['a']: expected a Kubernetes object"),
    "twice": (
        lambda made: made.update(x={**made[DEPLOYMENT], "apiVersion": "apps/v1beta2"}),
        f"Duplicate: 'o.yaml': document 8: {DEPLOYMENT} stands in document 7 too",
    ),
    "infinity": (
        lambda made: made[DEPLOYMENT].update(spec=float("inf")),
        "inf: expected plain text, numbers",
    ),
    "a huge number": (lambda made: made[DEPLOYMENT].update(spec=10**30), "expected plain text, numbers"),
    "half a character": (lambda made: made[DEPLOYMENT].update(x="\ud800"), "expected plain text, numbers"),
    "bytes": (lambda made: made[DEPLOYMENT].update(spec=b"x"), "expected plain text, numbers"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(case: str, tmp_path: Path) -> None:
    change, said = WRONG[case]
    found = problems(write(tmp_path / "o.yaml", change))
    assert any(said in one for one in found), found
    assert all(one.startswith("operatorManifest: ") and "'o.yaml': " in one for one in found)


def test_everything_is_said_at_once(tmp_path: Path) -> None:
    def change(made: Documents) -> None:
        for case in ("master", "served no more", "no object"):
            WRONG[case][0](made)

    assert len(problems(write(tmp_path / "o.yaml", change))) == 3


@pytest.mark.parametrize(
    "value",
    ["mpioperator/mpi-operator:0.8.0", "a:5000/b:v1", "a/b@sha256:0", "a/b:latest@sha256:0"],
)
def test_a_pinned_image_is_fine(value: str, tmp_path: Path) -> None:
    assert problems(write(tmp_path / "o.yaml", image(value))) == []


def nested(file: Path) -> None:
    levels = "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(9))
    file.write_text(f"a0: &a0 [x]\n{levels}", encoding="utf-8")


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (
        lambda file: None,
        "no such file: expected the operator's manifest, a path from the project's",
    ),
    "a folder": (Path.mkdir, "not a file: expected"),
    "a pipe": (os.mkfifo, "not a file: expected"),
    "bytes": (lambda file: file.write_bytes(b"\xff\xfe\x00"), "cannot be read: it is not UTF-8 text"),
    "no YAML": (lambda file: file.write_text("a: [b\nc: d\n"), "line 2, column 2: not YAML"),
    "a key twice": (
        lambda file: file.write_text("a: b\na: c\n"),
        "line 2, column 1: not YAML or JSON: key 'a'",
    ),
    "a tag of Python": (lambda file: file.write_text("!!python/object:os.system {}"), "not YAML"),
    "too deep": (lambda file: file.write_text("[" * 100_000), "not YAML"),
    "itself": (lambda file: file.write_text("&a [*a]"), "more than 100000 values"),
    "aliases of aliases": (nested, "more than 100000 values"),
    "too large": (lambda file: file.write_text("#" * (LARGEST + 1)), "bytes: expected at most 4194304"),
    "empty": (lambda file: file.write_text(""), "no Deployment"),
    "nothing but dashes": (lambda file: file.write_text("---\n---\n"), "no Deployment"),
    "words": (lambda file: file.write_text("404: Not Found"), "document 1: metadata missing"),
}


@pytest.mark.parametrize("case", FILES)
def test_what_is_no_manifest_is_said(case: str, tmp_path: Path) -> None:
    make, said = FILES[case]
    make(tmp_path / "o.yaml")
    found = problems(tmp_path / "o.yaml")
    assert any(said in one for one in found), found


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b", "o.yaml/x"])
def test_a_path_that_no_file_has_is_said(name: str, tmp_path: Path) -> None:
    write(tmp_path / "o.yaml")
    (found,) = read_operator(name, tmp_path)[1]
    assert "expected the operator's manifest, a path" in found.message


def test_a_stack_file_outside_of_its_project_may_lack_the_manifest(tmp_path: Path) -> None:
    found, said = read_operator("o.yaml", tmp_path, whole=False)
    assert found == () and [one.severity for one in said] == ["warning"]
    write(tmp_path / "o.yaml", image("a:latest"))
    assert [one.severity for one in read_operator("o.yaml", tmp_path, whole=False)[1]] == ["error"]


# -- the stack


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The dev stack in a folder of its own, with the operator's manifest."""
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("gate: true", "gate: true\n    operatorManifest: o.yaml"))
    write(tmp_path / "o.yaml")
    return tmp_path


def up(
    project: Path, monkeypatch: pytest.MonkeyPatch, store: core.MemoryStore, preview: bool = False
) -> Result:
    monkeypatch.chdir(project)
    texts = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in read_stack(project, "dev").items()
    }
    return run(
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
        stack="test",
        project="efa-pools",
        config={**texts, KUBECONFIG: "apiVersion: v1"},
        preview=preview,
        store=store,
        secret_keys=[KUBECONFIG],
    )


def bare() -> core.MemoryStore:
    store = account.load()
    store.remove(CRD, "mpijobs.kubeflow.org")
    return store


def test_up_installs_the_operator_and_then_the_gate_succeeds(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = up(project, monkeypatch, bare())
    assert result.failure is None and result.outputs["ncclTest"]["result"] == "succeeded"
    children = [one for one in result.registrations if one.name.startswith("nccl-test-operator-")]
    assert [one.name.removeprefix("nccl-test-operator-") for one in children] == [
        "namespace-mpi-operator",
        "customresourcedefinition-mpijobs.kubeflow.org",
        "serviceaccount-mpi-operator/mpi-operator",
        "clusterrole-kubeflow-mpijobs-admin",
        "clusterrole-mpi-operator",
        "clusterrolebinding-mpi-operator",
        "deployment-mpi-operator/mpi-operator",
    ]
    assert {one.parent for one in children} == {"nccl-test"} and {one.provider for one in children} == {
        "cluster"
    }
    assert {one.name for one in children} <= set(result.named(JOB).depends_on)
    kept = [one.name for one in children if one.retain_on_delete]
    assert kept == ["nccl-test-operator-customresourcedefinition-mpijobs.kubeflow.org"]
    wanted = documents().values()
    given = [{key: value for key, value in one.inputs.items() if value is not None} for one in children]
    assert sorted(given, key=repr) == sorted(wanted, key=repr)


def test_a_preview_needs_no_operator_in_the_cluster(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert up(project, monkeypatch, bare(), preview=True).failure is None


def test_without_the_manifest_the_operator_has_to_be_there(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = project / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("    operatorManifest: o.yaml\n", ""))
    assert "is the operator installed?" in (up(project, monkeypatch, bare()).failure or "")
    result = up(project, monkeypatch, account.load())
    assert result.failure is None
    assert not [one for one in result.registrations if "-operator-" in one.name]


def test_a_definition_that_is_there_is_taken_over(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert up(project, monkeypatch, account.load()).failure is None


def test_another_operator_in_the_cluster_is_left_alone(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = account.load()
    namespace = documents()["Namespace mpi-operator"]
    core.create(store, "kubernetes:core/v1:Namespace", "theirs", namespace, False)
    assert 'namespaces "mpi-operator" already exists' in (up(project, monkeypatch, store).failure or "")


def test_the_definition_stays_when_the_stack_goes() -> None:
    store = bare()
    id, _ = core.create(store, CRD_PATCH, "n", documents()[DEFINITION], False)
    with pytest.raises(Refused, match="retainOnDelete"):
        core.delete(store, CRD_PATCH, id)
    found = store.get(CRD, "mpijobs.kubeflow.org")
    assert found is not None and found["outputs"]["spec"]["names"]["kind"] == "MPIJob"


def test_a_new_version_changes_objects_in_place() -> None:
    after = documents()
    container(after)["image"] = "mpioperator/mpi-operator:0.9.0"
    version(additionalPrinterColumns=[])(after)
    after["ClusterRole mpi-operator"]["rules"].append(
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    )
    types = {
        DEPLOYMENT: "kubernetes:apps/v1:Deployment",
        DEFINITION: CRD_PATCH,
        "ClusterRole mpi-operator": "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
    }
    for name, type in types.items():
        changes = core.diff(type, documents()[name], after[name])
        assert changes and not any(one.replaces for one in changes), name
    store = bare()
    id, _ = core.create(store, CRD_PATCH, "n", documents()[DEFINITION], False)
    core.update(store, CRD_PATCH, id, documents()[DEFINITION], after[DEFINITION], False)
    found = store.get(CRD, id)
    assert found is not None and found["outputs"]["spec"] == after[DEFINITION]["spec"]


def test_any_order_of_the_file_is_made_one_that_works() -> None:
    made = list(documents().values())
    kinds = [{one["kind"] for one in stage} for stage in stages(made)]
    assert kinds == [{one["kind"] for one in stage} for stage in stages(made[::-1])] and len(kinds) == 5
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    assert [one["kind"] for one in itertools.chain(*stages([*made, other]))][-2:] == [
        "ConfigMap",
        "Deployment",
    ]


def test_the_sandbox_knows_when_no_pod_can_start(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project / "o.yaml", lambda made: made.pop("ServiceAccount mpi-operator"))
    said = 'serviceaccount "mpi-operator" not found'
    assert said in (up(project, monkeypatch, bare()).failure or "")


# -- check and up say the same


def test_check_and_up_refuse_the_same(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project / "o.yaml", image("mpioperator/mpi-operator:master"))
    said = (
        "document 7, Deployment mpi-operator, container mpi-operator: image 'mpioperator/mpi-operator:master'"
    )
    monkeypatch.chdir(ROOT)
    assert main(["check", str(project / "Pulumi.dev.yaml")]) == 1
    assert f"config.{KEY}: Invalid: 'o.yaml': {said}" in capsys.readouterr().out
    result = up(project, monkeypatch, bare())
    assert result.registrations == [] and f"{KEY}: Invalid: 'o.yaml': {said}" in (result.failure or "")
    assert main(["plan", "--stack", "dev"]) == 1
    assert said in capsys.readouterr().out
    (project / "o.yaml").unlink()
    assert main(["plan", "--stack", "dev"]) == 1
    assert f"{KEY}: Invalid: 'o.yaml': no such file" in capsys.readouterr().out


def test_a_stack_file_from_elsewhere_is_not_refused_for_a_file_that_it_cannot_have(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "o.yaml").unlink()
    (project / "Pulumi.yaml").unlink()
    assert main(["check", str(project / "Pulumi.dev.yaml")]) == 0
    assert f"warning: config.{KEY}: Invalid: 'o.yaml': no such file" in capsys.readouterr().out


def test_a_plan_names_the_operator_and_shows_no_manifest(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    write(project / "o.yaml", lambda made: made.update(documents(schema=True)))
    for command in (["plan", "--stack", "dev"], ["nccl", "job", "--stack", "dev"]):
        assert main(command) == 0
        out = capsys.readouterr().out
        assert "openAPIV3Schema" not in out
        if command[0] == "plan":
            assert "operator: mpioperator/mpi-operator:0.8.0 from o.yaml" in out
    monkeypatch.chdir(ROOT)
    assert main(["plan", "--stack", "dev"]) == 0
    assert "waits for its verdict; MPI operator: found in the cluster\n\nsources\n" in out_of(capsys)
    assert main(["plan", "--stack", "dev", "--markdown"]) == 0
    assert "MPI operator: found in the cluster" in out_of(capsys)
    assert main(["plan", "--stack", "prod"]) == 0
    assert "MPI operator" not in out_of(capsys)


def out_of(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.rstrip()


# -- the component


def test_the_component_refuses_before_it_registers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "o.yaml", image("a:latest"))
    messages: list[str] = []

    def program() -> None:
        from efa_pools import NcclTest

        try:
            NcclTest("nccl-test", {"pool": P4D, "repeats": 0, "operator_manifest": "o.yaml"})  # type: ignore[typeddict-item]
        except Exception as error:
            messages.append(str(error))

    assert run_program(program).registrations == []
    assert "operator_manifest: Invalid: 'o.yaml'" in messages[0] and "repeats: Invalid" in messages[0]


def test_other_languages_have_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "o.yaml")
    pool = {"name": "train", "instanceType": "p5.48xlarge", "imageFamily": "al2023", "nodes": 4.0}
    result, said = construct({"pool": pool, "operatorManifest": "o.yaml"}, "NcclTest")
    assert said == "" and result.failure is None
    assert result.named("train-operator-deployment-mpi-operator/mpi-operator").inputs["spec"]["replicas"] == 1
    _, said = construct({"pool": pool, "operatorManifest": "p.yaml"}, "NcclTest")
    assert "operatorManifest: Invalid: 'p.yaml': no such file" in said
