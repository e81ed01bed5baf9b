"""A Helm release as plain values: which chart, from where, with our values and the user's over them.

Where charts and images come from stands once, in `data/charts.json`; everything there can be redirected.
"""

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from ..model.stack import AddonPool, Addons

_DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "charts.json")


class Release(NamedTuple):
    """One Helm release."""

    chart: str
    """A name in `repository`, an `oci://` address, or a local path."""
    version: str | None
    """None with a chart from a path, which has its own."""
    repository: str | None
    namespace: str
    create_namespace: bool
    values: dict[str, Any]


@cache
def known_charts() -> dict[str, Any]:
    """Versions, repositories, images and limits of the charts, with their sources."""
    with open(_DATA, encoding="utf-8") as file:
        data: dict[str, Any] = json.load(file)
    return data


def chart_version(name: str, addons: Addons) -> str | None:
    """The version that is installed: stated, or ours. Of a chart in a path only a stated one is known."""
    chosen = addons.charts.get(name)  # type: ignore[call-overload]
    if chosen is not None and (chosen.version or chosen.path):
        return chosen.version  # type: ignore[no-any-return]
    version: str = known_charts()[name]["version"]
    return version


def stated_values(name: str, addons: Addons) -> dict[str, Any]:
    """The user's values for a chart."""
    chosen = addons.charts.get(name)  # type: ignore[call-overload]
    return (chosen.values if chosen else None) or {}


def release(name: str, addons: Addons, values: Mapping[str, Any]) -> Release:
    """The release of a chart with our `values`, redirected images, and the user's values over both."""
    known, chosen = known_charts()[name], addons.charts.get(name)  # type: ignore[call-overload]
    ours = _redirected(values, known["images"], addons.image_registry)
    path = chosen.path if chosen else None
    repository = None if path else (chosen.repository if chosen else None) or known["repository"]
    chart = path or name
    if repository is not None and repository.startswith("oci://"):
        # Helm takes a registry's charts by their whole address, never from a repository.
        chart, repository = f"{repository.rstrip('/')}/{name}", None
    return Release(
        chart=chart,
        version=chart_version(name, addons),
        repository=repository,
        namespace=known["namespace"],
        create_namespace=known["namespace"] != "kube-system",
        values=laid_over(ours, stated_values(name, addons)),
    )


def tolerations(pools: Sequence[AddonPool]) -> list[dict[str, str]]:
    """One toleration for each taint of the pools, without repeats, in order."""
    made: list[dict[str, str]] = []
    for taint in (taint for pool in pools for taint in pool.taints):
        match = {"operator": "Equal", "value": taint.value} if taint.value else {"operator": "Exists"}
        one = {"key": taint.key, **match, "effect": taint.effect}
        if one not in made:
            made.append(one)
    return made


def at(values: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, None where there is none."""
    found: Any = values
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def laid_over(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """The second's values over the first's, mapping by mapping; lists are replaced, as helm does."""
    merged = dict(ours)
    for key, value in theirs.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = laid_over(merged[key], value) if both else value
    return merged


def _redirected(
    values: Mapping[str, Any], images: Mapping[str, str], registry: str | None
) -> Mapping[str, Any]:
    """The values with every image taken from the registry, under the path that it has in public."""
    for path, public in images.items() if registry else ():
        image = at(values, path) or public
        nested: Any = f"{str(registry).rstrip('/')}/{image.partition('/')[2]}"
        for key in reversed(path.split(".")):
            nested = {key: nested}
        values = laid_over(values, nested)
    return values
