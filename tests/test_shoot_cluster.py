"""The sandbox's server-side apply beside a real API server's, on the same steps.

The Shoot there is a custom resource whose list of workers is a map by name. Gardener's own API says so with
patchStrategy and patchMergeKey, which kube-openapi (pkg/schemaconv, getListElementRelationship) reads alike.
"""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.core import server_side_apply
from sandbox.core.server_side_apply import applied, written
from sandbox.core.values import Refused
from tests.api_server import Cluster, needs_api_server, running
from tests.rendered import program
from tests.test_gardener_workers import P5

pytestmark = needs_api_server
VERSION = server_side_apply.VERSION
OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
WORKERS = {
    "type": "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
    "items": {**OPEN, "required": ["name"], "properties": {"name": {"type": "string"}}},
}
PROVIDER = {**OPEN, "properties": {"workers": WORKERS}}
SPEC = {**OPEN, "properties": {"provider": PROVIDER}}
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "shoots.core.gardener.cloud"},
    "spec": {
        "group": "core.gardener.cloud",
        "names": {"kind": "Shoot", "plural": "shoots", "singular": "shoot", "listKind": "ShootList"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1beta1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": SPEC}}},
            }
        ],
    },
}
CPU = {"name": "cpu", "machine": {"type": "m6i.large", "image": {"name": "gardenlinux", "version": "1"}}}
UNPINNED = {**P5, "machine": {"type": "p5.48xlarge", "image": {"name": "gardenlinux"}}}
MOVED = {"name": "p5", "machine": {"image": {"version": "2150.7.0"}}}
Step = tuple[str, str, Any]
# (what, who, with which worker); no worker states nothing, which is what deleting a patch does.
STEPS: dict[str, list[Step]] = {
    "twice": [("apply", "pool", P5), ("apply", "pool", P5)],
    "changed": [("apply", "pool", P5), ("apply", "pool", {**P5, "maximum": 8, "labels": {"a": "b"}})],
    "beside another's": [("apply", "pool", P5), ("apply", "more", {**P5, "name": "more"}),
                         ("apply", "pool", None)],
    "a pinned version moved": [("apply", "pool", P5), ("write", "gcm", MOVED), ("apply", "pool", P5)],
    "the pin lifted": [("apply", "pool", P5), ("write", "gcm", MOVED), ("apply", "pool", UNPINNED)],
    "never pinned": [("apply", "pool", UNPINNED), ("write", "gcm", MOVED), ("apply", "pool", UNPINNED)],
    "taken away though moved": [("apply", "pool", P5), ("write", "gcm", MOVED), ("apply", "pool", None)],
    "somebody else's worker": [("apply", "pool", {**CPU, "maximum": 3}), ("apply", "pool", None)],
    "another's worker as it is": [("apply", "pool", CPU), ("apply", "pool", None)],
    "another's worker changed": [("apply", "pool", {**CPU, "machine": {"type": "m7i.large"}})],
    "owned by two": [("apply", "a", P5), ("apply", "b", P5), ("apply", "a", None), ("apply", "b", None)],
    "two, one changes": [("apply", "a", P5), ("apply", "b", P5), ("apply", "a", {**P5, "minimum": 0})],
    "adopted, then moved": [("apply", "pool", CPU), ("write", "gcm", {"name": "cpu", "maximum": 9}),
                            ("apply", "pool", CPU)],
}  # fmt: skip


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running(tmp_path_factory.mktemp("garden")) as started:
        started.apply(DEFINITION)
        started.established(Shoot="shoots.core.gardener.cloud")
        yield started


def document(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": VERSION,
        "kind": "Shoot",
        "metadata": {"name": name, "namespace": "default"},
        **({"spec": spec} if spec else {}),
    }


def spec_of(worker: Any) -> dict[str, Any]:
    return {"provider": {"workers": [worker]}} if worker else {}


class Server:
    """One Shoot on the API server."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster, self.name = cluster, name
        self._run("create", "dashboard", document(name, spec_of(CPU)))

    def _run(self, verb: str, manager: str, given: Any, *more: str) -> str:
        done = subprocess.run(
            [program("kubectl") or "kubectl", "--kubeconfig", str(self.cluster.kubeconfig), verb,
             *("-f", "-", "--field-manager", manager), *more],
            input=json.dumps(given), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0 or "conflict" in done.stderr, done.stderr
        return done.stderr if done.returncode else ""

    def take(self, step: Step) -> str:
        what, manager, worker = step
        if what == "apply":
            return self._run("apply", manager, document(self.name, spec_of(worker)), "--server-side")
        live = self.read()
        # An ordinary write, as controllers do it: the whole object with one change.
        spec = written({"metadata": {}, "spec": live["spec"]}, manager, spec_of(worker))["spec"]
        return self._run("replace", manager, {**live, "spec": spec})

    def read(self) -> Any:
        found = self.cluster.get("shoots", "--show-managed-fields")
        return next(one for one in found if one["metadata"]["name"] == self.name)

    def state(self) -> Any:
        live = self.read()
        owners = {
            one["manager"]: set(paths(one["fieldsV1"].get("f:spec", {}), ".spec"))
            for one in live["metadata"]["managedFields"]
        }
        return live["spec"], {name: owned for name, owned in owners.items() if owned}


def paths(fields: Any, path: str) -> Iterator[str]:
    """The leaves of fieldsV1 as Kubernetes prints them, and the entries of lists."""
    inner = {key: value for key, value in fields.items() if key != "."}
    if (path.endswith("]") and "." in fields) or not inner:
        yield path
    for key, value in inner.items():
        if key.startswith("k:"):
            yield from paths(value, f"{path}[name={json.dumps(json.loads(key[2:])['name'])}]")
        else:
            yield from paths(value, f"{path}.{key[2:]}")


class Sandboxed:
    """The same Shoot in the sandbox."""

    def __init__(self) -> None:
        bare = {"metadata": {}, "spec": spec_of(CPU)}
        self.object = server_side_apply.with_owners(bare, {"dashboard": set(server_side_apply.fields(bare))})

    def take(self, step: Step) -> str:
        what, manager, worker = step
        try:
            change = applied if what == "apply" else written
            self.object = change(self.object, manager, spec_of(worker))
        except Refused as refused:
            return str(refused)
        return ""

    def state(self) -> Any:
        told = self.object["metadata"]["managedFields"]
        return self.object["spec"], {one["manager"]: set(one["fields"]) for one in told}


@pytest.mark.parametrize("case", STEPS)
def test_the_sandbox_applies_as_the_api_server_does(case: str, cluster: Cluster) -> None:
    server, sandboxed = Server(cluster, case.replace(" ", "-").replace("'", "").replace(",", "")), Sandboxed()
    for step in STEPS[case]:
        said, told = server.take(step), sandboxed.take(step)
        assert bool(said) == bool(told), (step, said, told)
        for owner in ("dashboard", "gcm", "a", "b"):
            assert (f'"{owner}"' in said) == (f'"{owner}"' in told), (step, said, told)
        assert sandboxed.state() == server.state(), step


def test_the_patch_twice_is_one_version_of_the_object(cluster: Cluster) -> None:
    server = Server(cluster, "unchanged")
    server.take(("apply", "pool", P5))
    before = server.read()["metadata"]["resourceVersion"]
    server.take(("apply", "pool", P5))
    assert server.read()["metadata"]["resourceVersion"] == before
