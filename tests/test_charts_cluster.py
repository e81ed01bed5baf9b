"""The add-ons on a real API server: installed, placed on the right nodes, changed by nothing, taken away."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from efa_pools.check.addons import check_addons
from efa_pools.plan.addons import AddonPlan, plan_addons
from efa_pools.plan.charts import Release
from efa_pools.problem import errors

from tests.api_server import Cluster, needs_api_server, running
from tests.rendered import CHARTS, needs_charts, runs_on

pytestmark = [needs_charts, needs_api_server]

GPU_TAINT = {"key": "nvidia.com/gpu", "effect": "NoSchedule"}
POOLS = [
    {"name": "train", "instanceType": "p5.48xlarge", "imageFamily": "al2023", "taints": [GPU_TAINT]},
    {"name": "cfd", "instanceType": "hpc6a.48xlarge", "imageFamily": "al2023"},
    {"name": "garden", "instanceType": "p5.48xlarge", "imageFamily": "garden-linux"},
]
OURS = "efa-pools/pool"


def node(name: str, taints: Any = (), **labels: str) -> dict[str, Any]:
    written = {key.replace("__", "/").replace("_", "-"): value for key, value in labels.items()}
    spec = {"taints": [{**taint, "value": ""} for taint in taints]}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": written}, "spec": spec}


NODES = [
    node("train-0", [GPU_TAINT], efa_pools__efa="true", efa_pools__pool="train"),
    node("train-1", [GPU_TAINT], efa_pools__efa="true", efa_pools__pool="train"),
    node("cfd-0", efa_pools__efa="true", efa_pools__pool="cfd"),
    node("system-0"),
    node("efa-off-0", [GPU_TAINT], efa_pools__pool="train"),
    node("foreign-0", [{"key": "other", "effect": "NoSchedule"}], efa_pools__efa="true"),
]
EFA_NODES = {"train-0", "train-1", "cfd-0"}


def plan(*names: str, **arguments: Any) -> AddonPlan:
    pools = [pool for pool in POOLS if pool["name"] in names]
    checked = check_addons({"pools": pools, "kubernetesVersion": "1.35", **arguments})
    assert errors(checked.problems) == []
    return plan_addons(checked.addons, checked.pools)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running(tmp_path_factory.mktemp("api")) as made:
        made.apply(*NODES)
        yield made


def helm(cluster: Cluster, verb: str, release: Release, *arguments: str) -> str:
    values = json.dumps(release.values)
    where = ["--namespace", release.namespace, *(["--create-namespace"] if verb == "install" else [])]
    name = release.chart.rpartition("/")[2]
    return cluster.run("helm", verb, name, str(CHARTS / name), "-f", "-", *where, *arguments, given=values)


def uninstall(cluster: Cluster, release: Release) -> None:
    name = release.chart.rpartition("/")[2]
    cluster.run("helm", "uninstall", name, "--namespace", release.namespace, "--no-hooks")


def chosen(cluster: Cluster, name: str) -> set[str]:
    """The nodes on which a DaemonSet would run, by what the server holds of both."""
    (found,) = (one for one in cluster.get("daemonsets") if name in one["metadata"]["name"])
    return {
        one["metadata"]["name"]
        for one in cluster.get("nodes")
        if runs_on(found, one["metadata"].get("labels", {}), one["spec"].get("taints", ()))
    }


KINDS = (
    "daemonsets,deployments,jobs,configmaps,serviceaccounts,roles,rolebindings,clusterroles,"
    "clusterrolebindings,deviceclasses,secrets"
)


def everything(cluster: Cluster) -> set[tuple[str, str]]:
    return {(one["kind"], one["metadata"]["name"]) for one in cluster.get(KINDS)}


@pytest.mark.parametrize("efa", ["device-plugin", "dra"])
def test_an_efa_driver_comes_and_goes(cluster: Cluster, efa: str) -> None:
    before = everything(cluster)
    release = plan("train", "cfd", efa=efa).efa
    assert release is not None
    helm(cluster, "install", release)
    assert chosen(cluster, release.chart) == EFA_NODES
    manifest = ("get", "manifest", release.chart, "--namespace", release.namespace)
    first, generation = cluster.run("helm", *manifest), generations(cluster)
    helm(cluster, "upgrade", release)
    assert cluster.run("helm", *manifest) == first and generations(cluster) == generation
    assert everything(cluster) != before
    uninstall(cluster, release)
    assert everything(cluster) == before


def test_one_driver_takes_the_others_place_in_one_release(cluster: Cluster) -> None:
    """What happens where a stack changes its word: the component keeps the release and changes its chart."""
    before = everything(cluster)
    plugin, dra = (plan("train", efa=word).efa for word in ("device-plugin", "dra"))
    assert plugin is not None and dra is not None
    where = ("--namespace", "kube-system", "-f", "-")
    for verb, made in (("install", plugin), ("upgrade", dra)):
        chart = str(CHARTS / made.chart)
        cluster.run("helm", verb, "addons-efa", chart, *where, given=json.dumps(made.values))
    names = [one["metadata"]["name"] for one in cluster.get("daemonsets")]
    assert names == [f"addons-efa-{dra.chart}"]
    cluster.run("helm", "uninstall", "addons-efa", "--namespace", "kube-system")
    assert everything(cluster) == before


def generations(cluster: Cluster) -> dict[str, int]:
    """The server counts every change of a DaemonSet's spec."""
    return {one["metadata"]["name"]: one["metadata"]["generation"] for one in cluster.get("daemonsets")}


def test_the_server_takes_our_claim_templates(cluster: Cluster) -> None:
    made = plan("train", efa="dra").claim_templates
    cluster.apply(
        *(
            {
                "apiVersion": "resource.k8s.io/v1",
                "kind": "ResourceClaimTemplate",
                "metadata": {"name": one.name, "namespace": "default"},
                "spec": one.spec,
            }
            for one in made
        )
    )
    held = {one["metadata"]["name"]: one["spec"]["spec"] for one in cluster.get("resourceclaimtemplates")}
    assert held == {one.name: one.spec["spec"] for one in made} and len(held) == 2


@pytest.mark.parametrize("pool", ["train", "garden"])
def test_the_operator_comes_and_leaves_only_definitions(cluster: Cluster, pool: str) -> None:
    before = everything(cluster)
    release = plan(pool).gpu
    assert release is not None
    helm(cluster, "install", release)
    (policy,) = cluster.get("clusterpolicies.nvidia.com")
    inside = pool != "garden"
    assert policy["spec"]["driver"]["enabled"] is not inside
    assert policy["spec"]["toolkit"]["enabled"] is not inside
    worker = chosen(cluster, "node-feature-discovery-worker")
    assert worker == ({"train-0", "train-1", "efa-off-0"} if inside else set())
    # Its hooks are Jobs, which nothing here would run.
    helm(cluster, "upgrade", release, "--no-hooks")
    assert cluster.get("clusterpolicies.nvidia.com")[0]["metadata"]["generation"] == 1
    uninstall(cluster, release)
    assert everything(cluster) == before and cluster.get("clusterpolicies.nvidia.com") == []
    definitions = {one["metadata"]["name"] for one in cluster.get("customresourcedefinitions")}
    assert "clusterpolicies.nvidia.com" in definitions


def test_the_server_refuses_a_policy_with_a_wrong_value(cluster: Cluster) -> None:
    """The definitions that the chart brings are a check of the values, and this one can fail."""
    release = plan("train").gpu
    assert release is not None
    wrong = {**release.values, "daemonsets": {"updateStrategy": "Sometimes"}}
    with pytest.raises(AssertionError, match="updateStrategy"):
        helm(cluster, "install", release._replace(values=wrong))
