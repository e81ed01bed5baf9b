"""The MPI operator from a manifest on the real engine: what changes in place, and what stays."""

from pathlib import Path

from sandbox.core.references import CRD, CRD_PATCH
from tests.engine.session import Session, needs_cli, pool, slow
from tests.operator_file import Documents, documents, write

pytestmark = [needs_cli, slow]
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


def configured(stack: Session, file: Path | None) -> Session:
    manifest = {"operatorManifest": str(file)} if file else {}
    return stack.configure(
        pool(),
        **{
            "efa-pools:kubeconfig": "apiVersion: v1",
            "efa-pools:addons": {"efa": "device-plugin", "gpu": "auto"},
            "efa-pools:ncclTest": {"pool": "train", "gate": True, **manifest},
        },
    )


def newer(made: Documents) -> None:
    spec = made["Deployment mpi-operator"]["spec"]["template"]["spec"]
    spec["containers"][0]["image"] = "mpioperator/mpi-operator:0.9.0"
    made.update(documents(schema=True) | {"Deployment mpi-operator": made["Deployment mpi-operator"]})


def test_the_operator_comes_changes_and_goes_and_its_definition_stays(tmp_path: Path) -> None:
    stack = configured(Session(tmp_path), None)
    with stack.store() as store:
        store.remove(CRD, "mpijobs.kubeflow.org")
    without = stack.up("--skip-preview")
    assert without.code != 0 and "is the operator installed?" in without.text
    # A preview first: nothing of the operator is in the cluster yet.
    made = configured(stack, write(tmp_path / "o.yaml")).up()
    assert made.code == 0, made.text
    assert len([one for one in stack.resources() if "nccl-test-operator-" in one["urn"]]) == 7
    before = {one["urn"]: one["id"] for one in stack.resources()}
    changed = configured(stack, write(tmp_path / "o.yaml", newer)).quick().changed()
    assert {urn.rsplit("::", 1)[-1]: op for urn, op in changed.items()} == {
        "nccl-test-operator-deployment-mpi-operator/mpi-operator": "update",
        "nccl-test-operator-customresourcedefinition-mpijobs.kubeflow.org": "update",
    }
    assert before == {one["urn"]: one["id"] for one in stack.resources()}
    gone = stack.destroy()
    assert gone.code == 0, gone.text
    with stack.store() as store:
        assert store.get(CRD, "mpijobs.kubeflow.org") is not None and not store.all(DEPLOYMENT)
        # The engine forgets the object, and nothing deletes it.
        assert store.get(CRD_PATCH, "mpijobs.kubeflow.org") is not None
    stack.quick()
