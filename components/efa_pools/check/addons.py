"""The arguments of EfaClusterAddons."""

from collections.abc import Iterator
from typing import Any

from ..model.parse import parse
from ..model.stack import AddonArguments, AddonPool, Addons
from ..problem import Problem
from ..rules.capacity import NOT_YET
from .plugin import plugin_problems


def check_addons(raw: Any) -> tuple[Addons, tuple[AddonPool, ...], list[Problem]]:
    """Check the arguments of the add-ons; what is returned is complete if no finding is an error."""
    parsed = parse(AddonArguments, raw)
    problems = [*parsed.problems]
    if {"efa", "charts"} <= parsed.sound:
        problems += addon_problems(parsed.value)
    pools = parsed.value.pools if "pools" in parsed.sound else ()
    if {"efa", "charts"} <= parsed.sound:
        problems += plugin_problems(parsed.value, (pool.instance_type for pool in pools))
    return parsed.value, pools, problems


def addon_problems(addons: Addons) -> Iterator[Problem]:
    """What this release cannot install yet."""
    if addons.efa == "dra":
        yield Problem(("efa",), "NotSupported", f"'dra' is {NOT_YET}; expected device-plugin or none")
    for name, chart in addons.charts.items():
        if chart.repository is not None and chart.path is not None:
            yield Problem(
                ("charts", name, "path"),
                "Forbidden",
                f"{chart.path!r} beside repository {chart.repository!r}: expected one of the two",
            )
