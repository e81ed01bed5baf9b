"""The test of a pool's fabric on the real engine: when it runs again, and how it holds up the stack."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.core.references import FABRIC_FAULT
from tests.engine.session import Session, needs_cli, pool

pytestmark = needs_cli
JOB = "kubernetes:kubeflow.org/v2beta1:MPIJob"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    yield configured(Session(tmp_path_factory.mktemp("gate")))


def configured(stack: Session, *pools: dict[str, Any], **test: Any) -> Session:
    return stack.configure(
        *(pools or (pool(),)),
        **{
            "efa-pools:kubeconfig": "apiVersion: v1",
            "efa-pools:addons": {"efa": "device-plugin", "gpu": "auto"},
            "efa-pools:ncclTest": {"pool": "train", "gate": True, **test},
        },
    )


def fabric(stack: Session, fault: str | None) -> None:
    """What is wrong with the network between the pool's nodes, or nothing."""
    outputs = {"nodeGroupLabels": {"efa-pools/pool": "train"}, "fault": fault}
    with stack.store() as store:
        store.remove(FABRIC_FAULT, "f")
        if fault:
            store.put(FABRIC_FAULT, "f", {"id": "f", "inputs": {}, "outputs": outputs})


def job(stack: Session) -> str:
    return str(stack.object(JOB)["id"])


def test_up_ends_with_the_verdict(stack: Session) -> None:
    stack.quick()
    (made,) = stack.resources(JOB)
    assert made["outputs"]["status"]["conditions"][-1]["type"] == "Succeeded"
    limit = made["inputs"]["spec"]["runPolicy"]["activeDeadlineSeconds"]
    assert made["customTimeouts"]["create"] == limit + 300
    stack.assert_settled()


def test_another_template_is_tested_again_and_a_fault_fails_the_run_until_the_next_test(
    stack: Session,
) -> None:
    before = job(stack)
    fabric(stack, "traffic goes through TCP sockets, not EFA")
    done = configured(stack, pool(layout="max-ena")).up("--skip-preview")
    assert done.code != 0 and "the fabric is not proven" in done.text and "TCP sockets" in done.text
    assert "Traceback" not in done.text
    order = [(step["op"], step["urn"].rsplit("::", 1)[-1]) for step in done.steps if step["op"] != "same"]
    old, new = ((op, "nccl-test-job") for op in ("delete-replaced", "create-replacement"))
    assert order.index(old) < order.index(new) > order.index(("update", "train-nodes"))
    failed = job(stack)
    assert failed != before
    # Nothing has changed, so nothing runs, and what has failed stays failed.
    again = stack.up("--skip-preview")
    assert again.code != 0 and "the fabric is not proven" in again.text and job(stack) == failed
    assert not {"create", "update", "replace"} & set(again.changed().values())
    fabric(stack, None)
    (urn,) = [one["urn"] for one in stack.resources(JOB)]
    stack.quick("--replace", urn)
    assert job(stack) == failed
    stack.assert_settled()
