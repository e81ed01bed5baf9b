"""The public charts rendered by helm, and what Kubernetes would make of the result.

Charts come from the folder that EFA_POOLS_CHARTS names, one folder each, as `helm pull --untar` makes them;
helm from .tools (`make tools`) or from PATH. The reading of affinities and taints follows the Kubernetes
documentation, "Assigning Pods to Nodes" and "Taints and Tolerations"; it knows nothing of the package.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from efa_pools.plan.charts import Release

ROOT = Path(__file__).parent.parent
CHARTS = Path(os.environ.get("EFA_POOLS_CHARTS", "/nowhere"))


def program(name: str) -> str | None:
    """A program of `make tools`, or of PATH."""
    own = ROOT / ".tools" / name
    return str(own) if own.exists() else shutil.which(name)


needs_charts = pytest.mark.skipif(
    not CHARTS.is_dir() or program("helm") is None,
    reason="EFA_POOLS_CHARTS names no folder with charts, or there is no helm (`make tools`)",
)


def chart_file(chart: str, name: str) -> Any:
    """A YAML file of a chart."""
    return yaml.load((CHARTS / chart / name).read_text(encoding="utf-8"), yaml.CSafeLoader)


def render(release: Release, kubernetes: str = "1.35.0", name: str = "r") -> list[dict[str, Any]]:
    """Every object of a release of that name, hooks included and CRDs not."""
    folder = str(CHARTS / release.chart.rpartition("/")[2])
    command = [program("helm") or "helm", "template", name, folder, "--values", "-"]
    done = subprocess.run(
        [*command, "--namespace", release.namespace, "--kube-version", kubernetes],
        input=json.dumps(release.values),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.load_all(done.stdout, yaml.CSafeLoader) if one]


def only(objects: list[dict[str, Any]], kind: str, ending: str = "") -> dict[str, Any]:
    """The one object of a kind whose name ends like this."""
    (found,) = (one for one in objects if one["kind"] == kind and one["metadata"]["name"].endswith(ending))
    return found


def runs_on(daemon_set: Mapping[str, Any], labels: Mapping[str, str], taints: Any = ()) -> bool:
    """Whether a DaemonSet puts a pod on a node of these labels and taints."""
    pod = daemon_set["spec"]["template"]["spec"]
    affinity = (pod.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    chosen = all(labels.get(key) == value for key, value in (pod.get("nodeSelector") or {}).items())
    terms = required["nodeSelectorTerms"] if required else [{"matchExpressions": []}]
    matched = any(all(_matches(one, labels) for one in term["matchExpressions"]) for term in terms)
    tolerations = pod.get("tolerations") or []
    hard = [one for one in taints if one["effect"] != "PreferNoSchedule" and one["key"] not in CONDITIONS]
    return chosen and matched and all(any(_tolerates(one, taint) for one in tolerations) for taint in hard)


# The DaemonSet controller adds tolerations for these ("DaemonSet", taints and tolerations).
CONDITIONS = {
    f"node.kubernetes.io/{one}"
    for one in (
        "not-ready",
        "unreachable",
        "disk-pressure",
        "memory-pressure",
        "pid-pressure",
        "unschedulable",
    )
}


def _matches(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, operator, values = expression["key"], expression["operator"], expression.get("values", [])
    return {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }[operator]


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if toleration.get("effect") not in (None, taint["effect"]):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, taint["key"])
    return toleration.get("key") == taint["key"] and toleration.get("value") == taint.get("value", "")


def strings(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text in an object, with the keys that lead to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(inner, (*path, str(key)))
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, path)
    elif isinstance(value, str):
        yield path, value
