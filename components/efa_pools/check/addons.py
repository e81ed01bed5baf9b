"""The arguments of EfaClusterAddons."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..model.parse import parse, shown
from ..model.stack import AddonArguments, AddonPool, Addons
from ..model.wire import Deferred
from ..plan.charts import known_charts, stated_values
from ..plan.drain_chart import HANDLER_CHART, drain_release, drained_pools
from ..plan.efa_charts import CHARTS, DRA_CHART, efa_release
from ..plan.gpu_chart import GPU_CHART, gpu_release
from ..problem import Path as Path_
from ..problem import Problem, warning
from .addon_images import image_problems
from .addon_versions import version_problems
from .chart_paths import path_problems

DRA_SINCE, DRA_CHART_SINCE = (1, 34), (1, 35)
"""resource.k8s.io/v1, which the chart's DeviceClass and our templates use, and EKS User Guide, "Manage EFA
devices on Amazon EKS"; the chart's own README asks for one more (both 2026-08)."""
SCHEMES = ("https://", "http://", "oci://")


class CheckedAddons(NamedTuple):
    """The add-ons and their pools; complete if no finding is an error."""

    addons: Addons
    pools: tuple[AddonPool, ...]
    problems: tuple[Problem, ...]


def check_addons(raw: Any) -> CheckedAddons:
    """Check the arguments of the add-ons, and the charts that they take from a path."""
    parsed = parse(AddonArguments, raw)
    problems = [*parsed.problems]
    known = parsed.value
    pools = known.pools if "pools" in parsed.sound else ()
    version = known.kubernetes_version if "kubernetes_version" in parsed.sound else Deferred()
    if {"efa", "gpu", "charts"} <= parsed.sound:
        problems += addon_problems(known, pools, version)
        problems += path_problems(known, Path())
    return CheckedAddons(known, pools, tuple(problems))


def addon_problems(
    addons: Addons, pools: Sequence[AddonPool], kubernetes_version: str | Deferred | None
) -> Iterator[Problem]:
    """What is wrong with add-ons of sound shape, by the paths of the component's arguments."""
    for name, chart in addons.charts.items():
        yield from _source_problems(name, chart.repository, chart.path)
        yield from _value_problems(name, chart.values or {})
    yield from _shape_problems(addons, pools)
    yield from _unused_charts(addons)
    if HANDLER_CHART in addons.charts and pools and not drained_pools(pools):
        message = (
            "stated beside no pool with drain: node-termination-handler; expected such a pool, or no chart"
        )
        yield Problem(("charts", HANDLER_CHART), "Forbidden", message)
    if addons.efa == "dra":
        yield from _dra_problems(pools, kubernetes_version)
    yield from version_problems(addons, pools)
    yield from image_problems(addons, pools)


def _source_problems(name: str, repository: str | None, path: str | None) -> Iterator[Problem]:
    if repository is not None and path is not None:
        message = f"{path!r} beside repository {repository!r}: expected one of the two"
        yield Problem(("charts", name, "path"), "Forbidden", message)
    elif repository is not None and not repository.startswith(SCHEMES):
        message = (
            f"{repository!r}: expected a chart repository, one of {', '.join(SCHEMES)}; for a folder, path"
        )
        yield Problem(("charts", name, "repository"), "Invalid", message)


def _value_problems(name: str, values: Mapping[str, Any]) -> Iterator[Problem]:
    path: Path_ = ("charts", name, "values")
    for where in _deferred(values, path):
        message = (
            "an output of another resource cannot stand here; expected a literal: values are checked first"
        )
        yield Problem(where, "Invalid", message)
    known = [*known_charts()[name]["keys"], "global"]
    for key in values:
        if key not in known:
            from difflib import get_close_matches

            close = get_close_matches(key, known, 1, 0.6)
            hint = f"did you mean {close[0]!r}" if close else "see the chart's values.yaml"
            version = known_charts()[name]["version"]
            message = f"no value of the chart in {version}; {hint}; helm ignores what a chart does not know"
            yield warning((*path, key), "NotSupported", message)


def _shape_problems(addons: Addons, pools: Sequence[AddonPool]) -> Iterator[Problem]:
    """Values of another shape than ours: they would replace it whole, and the chart fails to render."""
    bare = addons.replace(charts={})
    for made in (efa_release(bare, pools), gpu_release(bare, pools), drain_release(bare, pools)):
        if made is not None:
            name = made.chart.rpartition("/")[2]
            yield from _other_shapes(made.values, stated_values(name, addons), ("charts", name, "values"))


def _other_shapes(ours: Mapping[str, Any], theirs: Mapping[str, Any], path: Path_) -> Iterator[Problem]:
    for key, value in theirs.items():
        mine, where, expected = ours.get(key), (*path, key), None
        if isinstance(mine, Mapping) and isinstance(value, Mapping):
            yield from _other_shapes(mine, value, where)
        elif isinstance(mine, Mapping):
            expected = "a mapping of keys"
        elif isinstance(mine, list) and not isinstance(value, (list, tuple)):
            expected = "a list"
        if expected and not isinstance(value, Deferred):  # which has its own problem
            message = f"{shown(value)}: expected {expected}; it would take the place of what the add-ons set"
            yield Problem(where, "Invalid", message)


def _deferred(value: Any, path: Path_) -> Iterator[Path_]:
    if isinstance(value, Deferred):
        yield path
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _deferred(inner, (*path, str(key)))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _deferred(inner, (*path, index))


def _unused_charts(addons: Addons) -> Iterator[Problem]:
    """A chart that is stated and not installed: two EFA drivers would both claim each device."""
    for name in addons.charts:
        if name in CHARTS.values() and name != CHARTS.get(addons.efa):
            word = next(word for word, chart in CHARTS.items() if chart == name)
            why = "one driver alone may manage the EFA devices of a node"
            message = (
                f"stated beside efa: {addons.efa}, which does not install it; expected efa: {word}, or no "
            )
            yield Problem(("charts", name), "Forbidden", f"{message}such chart; {why}")
        if name == GPU_CHART and addons.gpu == "none":
            message = (
                "stated beside gpu: none, which does not install it; expected gpu: auto, or no such chart"
            )
            yield Problem(("charts", name), "Forbidden", message)


def _dra_problems(pools: Sequence[AddonPool], version: str | Deferred | None) -> Iterator[Problem]:
    path, least = ("kubernetesVersion",), ".".join(map(str, DRA_SINCE))
    if version is None:
        message = f"missing; expected the cluster's version, to see that it has efa: dra: {least} or newer"
        yield warning(path, "Required", message)
    elif isinstance(version, str):
        given = tuple(int(part) for part in version.split("."))
        if given < DRA_SINCE:
            why = "older API servers do not know resource.k8s.io/v1, and the driver's DeviceClass is refused"
            yield Problem(path, "Invalid", f"{version!r}: expected {least} or newer with efa: dra; {why}")
        elif given < DRA_CHART_SINCE:
            message = (
                f"{version!r}: enough for EKS's documentation, but the README of {DRA_CHART} asks for 1.35"
            )
            yield warning(path, "Invalid", message)
    for index, pool in enumerate(pools):
        if pool.image_family not in ("al2023", "bottlerocket"):
            message = (
                f"{shown(pool.image_family)}: EKS documents the DRA driver for al2023 and bottlerocket "
                "images only; it needs NRI in the node's containerd"
            )
            yield warning(("pools", index, "imageFamily"), "NotSupported", message)
