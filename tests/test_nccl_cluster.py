"""The test's objects on a real API server with the operator's CRD: stored as they are, nothing dropped."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from efa_pools.plan.mpi_job import config_map, mpi_job
from efa_pools.plan.nccl_test import MODES, plan_test

from tests.api_server import Cluster, needs_api_server, running
from tests.stacks import ROOT
from tests.test_nccl_job import pool

pytestmark = needs_api_server


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    data = json.loads((ROOT / "sandbox" / "core" / "mpijob_crd.json").read_text(encoding="utf-8"))
    with running(tmp_path_factory.mktemp("cluster")) as made:
        made.apply(data["crd"])
        # The first has to be there before kubectl can read the second.
        for said in ("jsonpath={.status.acceptedNames.kind}=MPIJob", "condition=Established"):
            made.run("kubectl", "wait", f"--for={said}", "crd/mpijobs.kubeflow.org", "--timeout=30s")
        yield made


@pytest.mark.parametrize("claim", [None, "efa-node"])
@pytest.mark.parametrize("mode", MODES)
def test_the_server_stores_what_it_is_given(cluster: Cluster, mode: Any, claim: str | None) -> None:
    test = plan_test(pool("p5.48xlarge", efa_claim_template=claim), None, None, mode)
    name = f"{mode}-{'claim' if claim else 'devices'}"
    scripts, job = config_map(test, f"{name}-scripts"), mpi_job(test, name, f"{name}-scripts")
    cluster.apply(scripts, job)
    found = {one["metadata"]["name"]: one for kind in ("mpijobs", "configmaps") for one in cluster.get(kind)}
    assert found[name]["spec"] == with_defaults(job["spec"], found[name]["spec"])
    assert found[f"{name}-scripts"]["data"] == scripts["data"] and found[f"{name}-scripts"]["immutable"]


def with_defaults(asked: Any, stored: Any) -> Any:
    """What was asked for, with what the server added beside it."""
    if isinstance(asked, dict) and isinstance(stored, dict):
        return {**stored, **{key: with_defaults(value, stored.get(key)) for key, value in asked.items()}}
    if isinstance(asked, list) and isinstance(stored, list) and len(asked) == len(stored):
        return [with_defaults(*both) for both in zip(asked, stored, strict=True)]
    return asked


def test_the_pods_of_a_job_are_pods_to_the_server(cluster: Cluster) -> None:
    """The CRD knows no rule between fields; the templates as pods are judged by Kubernetes's own."""
    specs = mpi_job(plan_test(pool("p4d.24xlarge"), None, None), "t", "s")["spec"]["mpiReplicaSpecs"]
    for role, one in specs.items():
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": role.lower(), "namespace": "default"}}
        cluster.apply({**pod, "spec": {**one["template"]["spec"], "restartPolicy": one["restartPolicy"]}})
    assert {one["metadata"]["name"] for one in cluster.get("pods")} == {"launcher", "worker"}
