"""Helm releases that make EFA and GPUs schedulable, as plain values.

Where charts and images come from stands once, in `data/charts.json`; everything there can be redirected.
"""

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from .. import catalogue
from ..images import accelerator
from ..model.stack import Addons
from .pool import LABEL_EFA, LABEL_POOL

EFA_CHART, GPU_CHART = "aws-efa-k8s-device-plugin", "gpu-operator"
# Images of these families carry the NVIDIA driver and the container toolkit.
DRIVER_INSIDE = frozenset({"al2023", "bottlerocket"})
_DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "charts.json")


class AddonPool(NamedTuple):
    """What an add-on needs to know of a pool."""

    name: str
    instance_type: str
    image_family: str
    taints: tuple[Mapping[str, str], ...] = ()

    @property
    def has_nvidia_gpus(self) -> bool:
        """Whether the catalogue gives the type NVIDIA GPUs."""
        found = catalogue.get(self.instance_type)
        return found is not None and accelerator(found) == "nvidia"


class Release(NamedTuple):
    """One Helm release."""

    chart: str
    version: str | None
    """None with a chart from a path, which has its own."""
    repository: str | None
    namespace: str
    create_namespace: bool
    values: dict[str, Any]


@cache
def known_charts() -> dict[str, Any]:
    """Versions, repositories and images of the charts, with their sources."""
    with open(_DATA, encoding="utf-8") as file:
        data: dict[str, Any] = json.load(file)
    return data


def efa_release(addons: Addons, pools: Sequence[AddonPool]) -> Release | None:
    """The EFA device plugin on exactly the nodes that carry our EFA label.

    One label key only: with several, the chart makes alternatives of them and drops its own guard from all
    but the last.
    """
    if addons.efa != "device-plugin" or not pools:
        return None
    values = {
        "supportedInstanceLabels": {"keys": [LABEL_EFA], "values": ["true"]},
        "tolerations": tolerations(pools),
    }
    return _release(EFA_CHART, addons, values)


def gpu_release(addons: Addons, pools: Sequence[AddonPool]) -> Release | None:
    """The NVIDIA GPU operator, if any pool has NVIDIA GPUs; it looks at those pools' nodes only."""
    with_gpus = [pool for pool in pools if pool.has_nvidia_gpus]
    if addons.gpu != "auto" or not with_gpus:
        return None
    inside = all(pool.image_family in DRIVER_INSIDE for pool in with_gpus)
    tolerated = tolerations(with_gpus)
    values = {
        "driver": {"enabled": not inside},
        "toolkit": {"enabled": not inside},
        "daemonsets": {"tolerations": tolerated},
        "node-feature-discovery": {"worker": {"tolerations": tolerated, "affinity": _on_pools(with_gpus)}},
    }
    return _release(GPU_CHART, addons, values)


def tolerations(pools: Sequence[AddonPool]) -> list[dict[str, str]]:
    """One toleration for each taint of the pools, without repeats, in order."""
    made: list[dict[str, str]] = []
    for pool in pools:
        for taint in pool.taints:
            value = taint.get("value")
            match = {"operator": "Equal", "value": value} if value else {"operator": "Exists"}
            one = {"key": taint["key"], **match, "effect": taint["effect"]}
            if one not in made:
                made.append(one)
    return made


def _on_pools(pools: Sequence[AddonPool]) -> dict[str, Any]:
    match = {"key": LABEL_POOL, "operator": "In", "values": [pool.name for pool in pools]}
    term = {"matchExpressions": [match]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}


def _release(name: str, addons: Addons, values: dict[str, Any]) -> Release:
    known, chosen = known_charts()[name], addons.charts.get(name)  # type: ignore[call-overload]
    if addons.image_registry is not None:
        for path, public in known["images"].items():
            _set(values, path.split("."), f"{addons.image_registry.rstrip('/')}/{public.partition('/')[2]}")
    local = chosen.path if chosen else None
    return Release(
        chart=local or name,
        version=None if local else (chosen.version if chosen else None) or known["version"],
        repository=None if local else (chosen.repository if chosen else None) or known["repository"],
        namespace=known["namespace"],
        create_namespace=known["namespace"] != "kube-system",
        values=_laid_over(values, (chosen.values if chosen else None) or {}),
    )


def _set(values: dict[str, Any], path: Sequence[str], value: str) -> None:
    for key in path[:-1]:
        values = values.setdefault(key, {})
    values[path[-1]] = value


def _laid_over(ours: dict[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """The user's values over ours, mapping by mapping; lists are replaced, as helm does."""
    merged = dict(ours)
    for key, value in theirs.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), dict)
        merged[key] = _laid_over(merged[key], value) if both else value
    return merged
