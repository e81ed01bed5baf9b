"""The add-ons' values in the public charts, rendered by the real helm: each exists and does what we say."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from efa_pools import garden_linux
from efa_pools.check.addons import check_addons
from efa_pools.plan.addons import AddonPlan, plan_addons
from efa_pools.plan.charts import Release, at, known_charts
from efa_pools.plan.drain_chart import HANDLER_CHART
from efa_pools.plan.efa_charts import DRA_CHART, PLUGIN_CHART
from efa_pools.plan.gpu_chart import GPU_CHART, INSTALLER
from efa_pools.problem import errors
from efa_pools.verify import causes
from efa_pools.verify.nodes import nodes

from tests import nodes as nodes_of_dev
from tests.rendered import CHARTS, chart_file, needs_charts, only, render, runs_on, strings

pytestmark = needs_charts

GPU_TAINT = {"key": "nvidia.com/gpu", "effect": "NoSchedule"}
TEAM_TAINT = {"key": "team", "value": "a", "effect": "NoExecute"}
PLAIN = {"name": "plain", "instanceType": "p5.48xlarge", "imageFamily": "al2023"}
TAINTED = {**PLAIN, "name": "tainted", "instanceType": "p5en.48xlarge", "taints": [GPU_TAINT, TEAM_TAINT]}
HPC = {"name": "cfd", "instanceType": "hpc6a.48xlarge", "imageFamily": "al2023"}
TRAINIUM = {"name": "trn", "instanceType": "trn2.48xlarge", "imageFamily": "al2023"}
BOTTLEROCKET = {**PLAIN, "name": "rocket", "imageFamily": "bottlerocket"}
GARDEN = {**PLAIN, "name": "garden", "imageFamily": "garden-linux", "taints": [GPU_TAINT]}
WAITING = {**TAINTED, "name": "waiting", "drain": "node-termination-handler"}
CUSTOM = {**PLAIN, "name": "own", "imageFamily": "custom"}
MIRROR = "mirror.example:5000/public"

EFA_NODE = {"efa-pools/efa": "true", "efa-pools/pool": "plain", "node.kubernetes.io/instance-type": "p9"}
PLAIN_NODE = {"efa-pools/pool": "cpu", "node.kubernetes.io/instance-type": "p5.48xlarge"}
AUTO_NODE = {**EFA_NODE, "eks.amazonaws.com/compute-type": "auto"}


def plan(*pools: Any, **arguments: Any) -> AddonPlan:
    checked = check_addons({"pools": list(pools), "kubernetesVersion": "1.35", **arguments})
    assert errors(checked.problems) == []
    return plan_addons(checked.addons, checked.pools)


CASES: dict[str, AddonPlan] = {
    "plain": plan(PLAIN),
    "tainted": plan(TAINTED),
    "two types": plan(PLAIN, TAINTED, HPC, TRAINIUM),
    "bottlerocket": plan(BOTTLEROCKET),
    "garden linux": plan(GARDEN),
    "custom": plan(CUSTOM),
    "dra": plan(TAINTED, efa="dra"),
    "no gpu": plan(HPC, TRAINIUM),
    "drained": plan(PLAIN, WAITING),
    "closed drained": plan(WAITING, imageRegistry=MIRROR),
    "closed": plan(PLAIN, imageRegistry=MIRROR),
    "closed garden linux": plan(GARDEN, imageRegistry=MIRROR, efa="dra"),
}
RELEASES = {
    f"{case}, {made.chart}": made
    for case, planned in CASES.items()
    for made in (planned.efa, planned.gpu, planned.drain)
    if made is not None
}


def gpu(case: str) -> Release:
    made = CASES[case].gpu
    assert made is not None
    return made


def efa(case: str) -> Release:
    made = CASES[case].efa
    assert made is not None
    return made


# -- what we hold about the charts


@pytest.mark.parametrize("name", [PLUGIN_CHART, DRA_CHART, GPU_CHART, HANDLER_CHART])
def test_we_hold_the_charts_own_facts(name: str) -> None:
    known, values = known_charts()[name], chart_file(name, "values.yaml")
    assert known["keys"] == sorted(values)
    images = dict(repositories(values))
    for subchart in sorted((CHARTS / name / "charts").glob("*/values.yaml")):
        below = yaml.load(subchart.read_text(encoding="utf-8"), yaml.CSafeLoader)
        images |= {f"{subchart.parent.name}.{path}": place for path, place in repositories(below)}
    assert known["images"] == images
    version = chart_file(name, "Chart.yaml")["version"]
    # The repository of the operator has no version in its chart; its releases have.
    assert version == known["version"] or version.endswith("-devel")
    if "driver" in known:
        assert known["driver"] == values["driver"]["version"]


def repositories(values: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from repositories(value, (*path, key))
        elif key == "repository" and value:
            yield ".".join((*path, key)), value


def leaves(values: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


@pytest.mark.parametrize("case", RELEASES)
def test_every_value_exists_in_its_chart(case: str) -> None:
    made = RELEASES[case]
    name = made.chart.rpartition("/")[2]
    texts = [path.read_text(encoding="utf-8") for path in (CHARTS / name).rglob("templates/*.yaml")]
    for path in leaves(made.values):
        chart, inside = name, path
        if (CHARTS / chart / "charts" / path[0]).is_dir():
            chart, inside = f"{chart}/charts/{path[0]}", path[1:]
        assert exists(chart_file(chart, "values.yaml"), inside) or any(
            f".Values.{'.'.join(inside)} " in text for text in texts
        ), path


def exists(values: Any, path: tuple[str, ...]) -> bool:
    """Whether the chart has the value; below an empty mapping or a free text everything goes."""
    for key in path:
        if values in (None, {}):
            return True
        if not isinstance(values, dict) or key not in values:
            return False
        values = values[key]
    return True


# -- EFA drivers


@pytest.mark.parametrize("case", ["plain", "tainted", "two types", "no gpu", "dra", "garden linux"])
def test_the_driver_runs_on_exactly_the_nodes_with_efa(case: str) -> None:
    found = only(render(efa(case)), "DaemonSet")
    assert runs_on(found, EFA_NODE)
    assert not runs_on(found, PLAIN_NODE) and not runs_on(found, AUTO_NODE) and not runs_on(found, {})
    affinity = found["spec"]["template"]["spec"]["affinity"]["nodeAffinity"]
    (term,) = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert {one["key"] for one in term["matchExpressions"]} == {
        "efa-pools/efa",
        "eks.amazonaws.com/compute-type",
    }


@pytest.mark.parametrize(("case", "ready"), [("plain", False), ("two types", True), ("dra", True)])
def test_the_driver_tolerates_the_pools_taints_and_no_others(case: str, ready: bool) -> None:
    found = only(render(efa(case)), "DaemonSet")
    assert runs_on(found, EFA_NODE, [GPU_TAINT, TEAM_TAINT]) is ready
    assert not runs_on(found, EFA_NODE, [{**TEAM_TAINT, "value": "b"}])
    assert not runs_on(found, EFA_NODE, [{"key": "other", "effect": "NoSchedule"}])


def test_two_label_keys_would_open_the_plugin_to_other_nodes() -> None:
    """Why there is one key: the chart makes alternatives of several and guards only the last."""
    made = efa("plain")
    two = {"keys": ["efa-pools/efa", "team"], "values": ["true"]}
    found = only(render(made._replace(values={**made.values, "supportedInstanceLabels": two})), "DaemonSet")
    assert runs_on(found, AUTO_NODE) and runs_on(found, {"team": "true"})


@pytest.mark.parametrize("name", ["r", "addons-efa-3fa2b1c0"])
def test_verifys_commands_find_what_the_chart_makes(name: str) -> None:
    """Pulumi ends a release's name with letters of its own, and the chart's names begin with it."""
    found = only(render(efa("plain"), name=name), "DaemonSet")
    (node,) = nodes(nodes_of_dev.node(**{nodes_of_dev.EFA: None}))
    commands = [
        one.command for count in (0, 2) for one in causes.efa(node, count, 4, foreign=(), served=False)
    ]
    words = {one for text in commands for one in re.findall(r"\| grep ([\w-]+)\)", text)}
    assert words and all(one in found["metadata"]["name"] for one in words)
    labels = {one for text in commands for one in re.findall(r" -l (\S+)=(\S+)", text)}
    assert labels and all(found["metadata"]["labels"].get(key) == value for key, value in labels)


def test_dra_brings_the_device_class_that_the_templates_ask_for() -> None:
    device_class = only(render(efa("dra"), "1.34.0"), "DeviceClass")
    assert device_class["apiVersion"] == "resource.k8s.io/v1"
    for template in CASES["dra"].claim_templates:
        (request,) = template.spec["spec"]["devices"]["requests"]
        assert request["exactly"]["deviceClassName"] == device_class["metadata"]["name"]
    images = [text for path, text in strings(render(efa("dra"))) if path[-1] == "image"]
    assert images and not [one for one in images if PLUGIN_CHART in one], "one driver alone"


# -- the node termination handler


def test_the_handler_runs_on_exactly_the_pools_that_ask_for_it() -> None:
    made = CASES["drained"].drain
    assert made is not None and CASES["plain"].drain is None
    found = only(render(made), "DaemonSet")
    waiting = {"efa-pools/pool": "waiting"}
    # It must stay on a node that is tainted while it drains it.
    gone = {"key": "aws-node-termination-handler/asg-lifecycle-termination", "effect": "NoSchedule"}
    assert runs_on(found, {**waiting, "kubernetes.io/os": "linux"}, [GPU_TAINT, TEAM_TAINT, gone])
    assert not runs_on(found, {**EFA_NODE, "kubernetes.io/os": "linux"})
    (container,) = found["spec"]["template"]["spec"]["containers"]
    told = {one["name"]: one.get("value") for one in container["env"]}
    assert (
        told["ENABLE_ASG_LIFECYCLE_DRAINING"] == "true" and told["ENABLE_SQS_TERMINATION_DRAINING"] == "false"
    )
    assert told["ENABLE_SPOT_INTERRUPTION_DRAINING"] == told["ENABLE_SCHEDULED_EVENT_DRAINING"] == "false"
    # The node's metadata is reached whatever its hop limit.
    assert found["spec"]["template"]["spec"]["hostNetwork"] is True
    closed = CASES["closed drained"].drain
    assert closed is not None
    images = [text for path, text in strings(render(closed)) if path[-1] == "image"]
    assert images and all(one.startswith(MIRROR) for one in images)


# -- the GPU operator


def policy(case: str) -> dict[str, Any]:
    spec: dict[str, Any] = only(render(gpu(case)), "ClusterPolicy")["spec"]
    return spec


@pytest.mark.parametrize(
    ("case", "driver", "toolkit", "plugin"),
    [
        ("plain", False, False, True),
        ("bottlerocket", False, False, False),
        ("garden linux", True, True, True),
        ("custom", True, True, True),
    ],
)
def test_the_operator_brings_what_the_image_lacks(
    case: str, driver: bool, toolkit: bool, plugin: bool
) -> None:
    found = policy(case)
    enabled = [found[part]["enabled"] for part in ("driver", "toolkit", "devicePlugin")]
    assert enabled == [driver, toolkit, plugin]
    assert found["driver"]["rdma"]["enabled"] is False and found["gdrcopy"]["enabled"] is False
    assert found["dcgmExporter"]["enabled"] and found["gfd"]["enabled"]


def test_operands_tolerate_the_taints_and_features_are_looked_for_on_gpu_pools_only() -> None:
    objects = render(gpu("two types"))
    worker = only(objects, "DaemonSet", "-worker")
    taints = [GPU_TAINT, TEAM_TAINT]
    for name, wanted in {"plain": True, "tainted": True, "cfd": False, "trn": False}.items():
        assert runs_on(worker, {"efa-pools/pool": name}, taints) is wanted, name
    assert not runs_on(worker, {}) and not runs_on(
        worker, {"efa-pools/pool": "plain"}, [{"key": "x", "effect": "NoExecute"}]
    )
    tolerated = {one["key"] for one in policy("two types")["daemonsets"]["tolerations"]}
    assert tolerated == {"nvidia.com/gpu", "team"}
    assert [one["metadata"]["name"] for one in objects if one["kind"] == "DaemonSet"] == [
        worker["metadata"]["name"]
    ], "the operator makes the others, by the labels that the worker finds"


def test_no_operator_for_other_accelerators() -> None:
    assert CASES["no gpu"].gpu is None


# -- Garden Linux


def test_garden_linux_values_are_the_installers() -> None:
    theirs, ours = chart_file(INSTALLER, "gpu-operator-values.yaml"), gpu("garden linux").values
    for path in leaves(theirs):
        wanted, found = at(theirs, ".".join(path)), at(ours, ".".join(path))
        if path == ("driver", "version"):
            wanted = str(wanted)
        elif path[-1] == "custom":
            wanted, found = (json.dumps(one).replace("\\n", "").replace(" ", "") for one in (wanted, found))
            wanted, found = (sorted(one) for one in (wanted, found))
        assert found == wanted, path


def test_garden_linux_drivers_are_those_that_are_built() -> None:
    built = chart_file(INSTALLER, "versions.yaml")
    known = known_charts()[INSTALLER]
    branches = {one.partition(".")[0] for one in built["nvidia_drivers"]}
    assert set(known["drivers"]) == branches and known["driver"] in branches
    assert {"amd64": "x86_64"}.keys() == set(built["cpu_arch"])
    for release in built["os_versions"]:
        for branch in branches:
            excluded = any(
                branch == rule["driver_version_prefix"]
                and numbers(release) >= numbers(rule["os_version_min"])
                for rule in built["excluded_combinations"]
            )
            assert garden_linux.has_driver(release, branch) is not excluded, (release, branch)


def numbers(release: str) -> list[int]:
    return [int(part) for part in release.split(".")]


def test_garden_linux_labels_are_made_where_it_runs_and_nowhere_else() -> None:
    settings = only(render(gpu("garden linux")), "ConfigMap", "worker-conf")["data"]["nfd-worker.conf"]
    sources = yaml.load(settings, yaml.CSafeLoader)["sources"]
    (rule,) = sources["custom"]
    assert "system-os_release.VERSION_ID=0" in rule["labelsTemplate"]
    assert rule["matchFeatures"][0]["matchExpressions"] == {"GARDENLINUX_VERSION": {"op": "Exists"}}
    assert "0302" in sources["pci"]["deviceClassWhitelist"], "the chart's own sources stay"
    found = policy("garden linux")
    assert found["driver"]["usePrecompiled"] and found["driver"]["version"] == "590"
    assert found["cdi"] == {"enabled": True, "default": True}
    assert found["toolkit"]["installDir"] == "/opt/nvidia"
    assert "custom" not in json.dumps(only(render(gpu("plain")), "ConfigMap", "worker-conf"))


# -- closed networks


@pytest.mark.parametrize("case", ["closed", "closed garden linux"])
def test_no_public_host_is_left_in_any_image(case: str) -> None:
    for made in (efa(case), gpu(case)):
        objects = render(made)
        images = [
            text for path, text in strings(objects) if path[-1] in ("image", "repository") and "/" in text
        ]
        assert len(images) >= 1 and all(one.startswith(f"{MIRROR}/") for one in images), images
        text = json.dumps(objects)
        hosts = {place.partition("/")[0] for place in public_images()}
        assert not [host for host in hosts if host in text]
        # Whatever else looks like a registry: a host, a path, and a tag.
        looks = re.findall(r'"((?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?/[\w./-]+:[\w.-]+)"', text)
        assert all(one.startswith(MIRROR) for one in looks), looks


def public_images() -> list[str]:
    return [place for one in known_charts().values() for place in one.get("images", {}).values()] + [
        known_charts()[INSTALLER]["repository"]
    ]


def test_open_networks_do_name_public_hosts() -> None:
    """The search above finds hosts where there are some."""
    for made in (efa("plain"), gpu("garden linux")):
        text = json.dumps(render(made))
        assert any(place.partition("/")[0] in text for place in public_images())


def test_a_digest_pins_the_plugin() -> None:
    digest = f"v0.5.20@sha256:{'0' * 64}"
    made = plan(PLAIN, charts={PLUGIN_CHART: {"values": {"image": {"tag": digest}}}}).efa
    assert made is not None
    (image,) = (text for path, text in strings(render(made)) if path[-1] == "image")
    assert image.endswith(f"aws-efa-k8s-device-plugin:{digest}")
