"""Versions of the EFA device plugin and of the NVIDIA driver that an instance type does not work with."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ..model.stack import AddonPool, Addons
from ..plan.charts import at, chart_version, known_charts, stated_values
from ..plan.efa_charts import PLUGIN_CHART, pools_with_efa
from ..plan.gpu_chart import GPU_CHART, gpu_release, pools_with_gpus
from ..problem import Path, Problem


def version_problems(addons: Addons, pools: Sequence[AddonPool]) -> Iterator[Problem]:
    """Each version that is too old or too new for a type among the pools."""
    if addons.efa == "device-plugin":
        yield from _plugin_problems(addons, pools_with_efa(pools))
    yield from _driver_problems(addons, pools_with_gpus(addons, pools))


def _plugin_problems(addons: Addons, pools: Sequence[AddonPool]) -> Iterator[Problem]:
    chart: Path = ("charts", PLUGIN_CHART)
    tag = at(stated_values(PLUGIN_CHART, addons), "image.tag")
    given = (
        ("chart", (*chart, "version"), chart_version(PLUGIN_CHART, addons)),
        ("image", (*chart, "values", "image", "tag"), tag),
    )
    for least in known_charts()[PLUGIN_CHART]["minimums"]:
        types = _types(pools, least["types"])
        for what, path, version in given:
            if types and _older(version, least[what]):
                message = f"{version!r}: expected {least[what]} or newer for {types}; {least['why']}"
                yield Problem(path, "Invalid", message)


def _driver_problems(addons: Addons, pools: Sequence[AddonPool]) -> Iterator[Problem]:
    """The driver that the operator installs; one inside the image is not ours to check."""
    made = gpu_release(addons, pools)
    if made is None or not at(made.values, "driver.enabled"):
        return
    version = at(made.values, "driver.version")
    if version is None and made.version == known_charts()[GPU_CHART]["version"]:
        version = known_charts()[GPU_CHART]["driver"]
    branch = re.match(r"\d+", str(version))
    for limit in known_charts()[GPU_CHART]["forbiddenDrivers"]:
        types = _types(pools, limit["types"])
        if types and branch and int(branch[0]) >= limit["from"]:
            message = f"{version!r}: expected a driver before {limit['from']} for {types}; {limit['why']}"
            yield Problem(("charts", GPU_CHART, "values", "driver", "version"), "Invalid", message)


def _types(pools: Sequence[AddonPool], prefix: str) -> str:
    """The pools' instance types with a prefix, once each."""
    found = {pool.instance_type: None for pool in pools if pool.instance_type.startswith(prefix)}
    return ", ".join(found)


def _older(version: Any, least: str) -> bool:
    given = _numbers(version)
    return given is not None and given < (_numbers(least) or ())


def _numbers(version: Any) -> tuple[int, ...] | None:
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version) if isinstance(version, str) else None
    return tuple(int(part) for part in found.groups()) if found else None
