"""The test's objects on a real API server with the operator's manifest: stored as they are."""

import copy
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from efa_pools.check.operator_manifest import read_operator
from efa_pools.plan.mpi_job import config_map, mpi_job
from efa_pools.plan.nccl_test import MODES, plan_test
from efa_pools.plan.operator_objects import CRD_KIND, stages

from tests.api_server import Cluster, needs_api_server, running
from tests.operator_file import documents, write
from tests.rendered import program
from tests.test_nccl_job import pool

pytestmark = needs_api_server


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """With the operator's objects in the order, and by the verbs, that the provider makes them."""
    file = write(tmp_path_factory.mktemp("operator") / "o.yaml", lambda it: it.update(documents(schema=True)))
    found, problems = read_operator(file.name, file.parent)
    assert problems == []
    with running(tmp_path_factory.mktemp("cluster")) as made:
        for one in (one for stage in stages(found) for one in stage):
            if one["kind"] != CRD_KIND:
                made.apply(one)
                continue
            assert applied(made, one) == ""
            made.established(MPIJob="mpijobs.kubeflow.org")
        yield made


def applied(cluster: Cluster, document: dict[str, Any], manager: str = "pulumi-kubernetes-a") -> str:
    """What the server refuses of a server-side apply without force; nothing where it takes it."""
    done = subprocess.run(
        [
            *(program("kubectl") or "kubectl", "--kubeconfig", str(cluster.kubeconfig), "apply", "-f", "-"),
            *("--server-side", "--validate=strict", "--field-manager", manager),
        ],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr if done.returncode else ""


def test_the_operators_objects_are_there_as_the_manifest_has_them(cluster: Cluster) -> None:
    for asked in documents(schema=True).values():
        place = ("-n", asked["metadata"]["namespace"]) if "namespace" in asked["metadata"] else ()
        text = cluster.run("kubectl", "get", asked["kind"], asked["metadata"]["name"], *place, "-o", "json")
        stored = json.loads(text)
        assert stored == with_defaults(asked, stored), asked["kind"]


def test_a_definition_that_is_there_is_taken_over_and_never_forced(cluster: Cluster) -> None:
    definition = documents(schema=True)["CustomResourceDefinition mpijobs.kubeflow.org"]
    assert applied(cluster, definition, "pulumi-kubernetes-b") == ""
    other = copy.deepcopy(definition)
    other["spec"]["names"]["shortNames"] = ["mj"]
    assert applied(cluster, other, "pulumi-kubernetes-c") == ""
    other["spec"]["names"]["shortNames"] = ["mpi"]
    said = applied(cluster, other, "pulumi-kubernetes-b")
    assert 'conflict with "pulumi-kubernetes-c": .spec.names.shortNames' in said
    # What the delete of a Patch type does; so the definition is retained, and nobody's jobs go with it.
    empty = {key: definition[key] for key in ("apiVersion", "kind")}
    for manager in "abc":
        refused = applied(
            cluster, {**empty, "metadata": {"name": "mpijobs.kubeflow.org"}}, f"pulumi-kubernetes-{manager}"
        )
    assert "Required value" in refused


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
