"""The components on pulumi-kubernetes itself and an API server.

Nothing runs there, so the tests say how a job ended. The engine finds the provider on PATH, as
`pulumi-resource-kubernetes`.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from efa_pools.summary.markdown import LIMIT, markdown
from efa_pools.summary.stream import parse

from tests.api_server import Cluster, needs_api_server, running
from tests.engine.session import ROOT, needs_cli, slow
from tests.test_shoot_cluster import CPU, DEFINITION

pytestmark = [
    slow,
    needs_cli,
    needs_api_server,
    pytest.mark.skipif(
        shutil.which("pulumi-resource-kubernetes") is None,
        reason="there is no pulumi-resource-kubernetes on PATH",
    ),
]
CRD = json.loads((ROOT / "sandbox/core/mpijob_crd.json").read_text(encoding="utf-8"))["crd"]
SHOOT = {"region": "eu-west-1", "provider": {"type": "aws", "workers": [CPU]}}
PROGRAM = """\
import json
import pulumi
import pulumi_kubernetes as kubernetes
import efa_pools

config = pulumi.Config()
provider = kubernetes.Provider("cluster", kubeconfig=config.require("kubeconfig"))
component = getattr(efa_pools, config.require("component"))
made = component("it", json.loads(config.require("arguments")), pulumi.ResourceOptions(providers=[provider]))
pulumi.export("result", getattr(made, "result", None))
"""
TEST = {"pool": {"name": "validation", "instance_type": "p4d.24xlarge", "image_family": "al2023", "nodes": 2}}
WORKER: dict[str, Any] = {
    "instance_type": "p5.48xlarge",
    "size": {"desired": 4},
    "availability_zones": ["eu-west-1a"],
    "layout_version": 1,
    "placement": {"mode": "none"},
    "image": {"family": "garden-linux", "release_version": "2150.6.0"},
    "nodes": {"kind": "gardener", "shoot": "prod", "namespace": "default"},
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running(tmp_path_factory.mktemp("cluster")) as made:
        made.apply(CRD, DEFINITION)
        made.established(MPIJob="mpijobs.kubeflow.org", Shoot="shoots.core.gardener.cloud")
        yield made


class Stack:
    """A program with one component."""

    def __init__(self, folder: Path, cluster: Cluster, component: str) -> None:
        self.folder, self.cluster, self.component = folder, cluster, component
        runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
        (folder / "Pulumi.yaml").write_text(json.dumps({"name": "it", "runtime": runtime}), encoding="utf-8")
        (folder / "__main__.py").write_text(PROGRAM, encoding="utf-8")
        (folder / "state").mkdir()
        self.environment = {
            **os.environ,
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "1",
        }
        # The new stack is the selected one.
        assert self.wait(self.start("stack", "init", "test"))[0] == 0

    def configure(self, arguments: dict[str, Any]) -> "Stack":
        config = {
            "it:kubeconfig": self.cluster.kubeconfig.read_text(encoding="utf-8"),
            "it:component": self.component,
            "it:arguments": json.dumps(arguments),
        }
        (self.folder / "Pulumi.test.yaml").write_text(json.dumps({"config": config}), encoding="utf-8")
        return self

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["pulumi", *words, "--non-interactive"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait(self, started: "subprocess.Popen[str]") -> tuple[int, str]:
        text, _ = started.communicate(timeout=180)
        return started.returncode, text

    def up(self) -> tuple[int, str]:
        return self.wait(self.start("up", "--yes", "--skip-preview"))

    def summary(self, *more: str) -> str:
        code, text = self.wait(self.start("preview", "--json", *more))
        assert code == 0, text
        return markdown(parse(text), allowed=False, limit=LIMIT)


def ended(stack: Stack, started: "subprocess.Popen[str]", before: str | None, end: str) -> str:
    """Say how the job ended as soon as it is there, and collect the one before it; the new job's name."""
    patch = partial(stack.cluster.run, "kubectl", "patch", "mpijob", "--type=merge")
    for _ in range(600):
        assert started.poll() is None, started.communicate()[0]
        for one in stack.cluster.get("mpijobs"):
            name = one["metadata"]["name"]
            if one["metadata"].get("deletionTimestamp"):
                # What the garbage collector does, of which there is none here.
                patch(name, "-p", '{"metadata":{"finalizers":null}}')
            elif name != before:
                condition = {"type": end, "status": "True", "reason": "Said", "message": "by the test"}
                status = json.dumps({"status": {"conditions": [condition]}})
                patch(name, "--subresource=status", "-p", status)
                return str(name)
        time.sleep(0.1)
    raise AssertionError("no job came")


def test_the_gate_waits_for_the_job_and_reads_its_end(cluster: Cluster, tmp_path: Path) -> None:
    stack = Stack(tmp_path, cluster, "NcclTest").configure({**TEST, "gate": True})
    started = stack.start("up", "--yes", "--skip-preview")
    first = ended(stack, started, None, "Succeeded")
    code, text = stack.wait(started)
    assert code == 0 and '"succeeded"' in text
    code, text = stack.wait(stack.start("preview", "--refresh", "--expect-no-changes"))
    assert code == 0, text

    stack.configure({**TEST, "gate": True, "repeats": 2})
    started = stack.start("up", "--yes", "--skip-preview")
    second = ended(stack, started, first, "Failed")
    code, text = stack.wait(started)
    assert code != 0 and f"the fabric is not proven: MPIJob {second} has failed (Said: by the test)" in text


def test_a_worker_behind_another_one_is_compared_by_name(cluster: Cluster, tmp_path: Path) -> None:
    shoot = {"apiVersion": "core.gardener.cloud/v1beta1", "kind": "Shoot", "spec": SHOOT}
    cluster.apply({**shoot, "metadata": {"name": "prod", "namespace": "default"}})
    stack = Stack(tmp_path, cluster, "GardenerWorkers").configure(WORKER)
    code, text = stack.up()
    assert code == 0, text
    before = workers(cluster)
    # The provider's own view; what it writes is nothing.
    assert stack.wait(stack.start("preview", "--expect-no-changes"))[0] != 0
    for more in ((), ("--refresh",)):
        assert stack.summary(*more).startswith("## Preview of `test`: no changes\n")
    assert stack.up()[0] == 0 and workers(cluster) == before and [*before] == ["cpu", "it"]

    stack.configure({**WORKER, "size": {"desired": 6}})
    assert "stay, 4 nodes become 6 nodes" in stack.summary()
    assert stack.up()[0] == 0 and workers(cluster) == {
        **before,
        "it": {**before["it"], "minimum": 6, "maximum": 6},
    }

    others_write(cluster, maximum=9)
    code, text = stack.up()
    assert code != 0 and 'conflict with "others"' in text and 'workers[name="it"].maximum' in text
    assert workers(cluster)["it"]["maximum"] == 9


def workers(cluster: Cluster) -> dict[str, Any]:
    (shoot,) = cluster.get("shoots")
    return {one["name"]: one for one in shoot["spec"]["provider"]["workers"]}


def others_write(cluster: Cluster, **values: Any) -> None:
    (shoot,) = cluster.get("shoots")
    shoot["spec"]["provider"]["workers"][1].update(values)
    cluster.run("kubectl", "replace", "--field-manager", "others", "-f", "-", given=json.dumps(shoot))
