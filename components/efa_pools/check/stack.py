"""The check of a stack's configuration: its keys, its pools, and what they are to each other."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from ..model.parse import parse, shown
from ..model.pool import Cluster
from ..model.stack import AddonPool, Addons, NcclTest, StackConfig
from ..model.wire import DEFERRED, Deferred
from ..plan.draft import Draft
from ..problem import Path as Path_
from ..problem import Problem, warning
from ..rules import words
from .addons import addon_problems
from .chart_paths import path_problems
from .cluster import cluster_problems, version_problems
from .pool import Checked, check_pools
from .shoots import one_shoot, shoot_is_named

NAMESPACE = "efa-pools"


class CheckedStack(NamedTuple):
    """A stack's configuration, read; `pools` are complete if no finding is an error."""

    pools: tuple[Draft, ...]
    cluster: Cluster
    addons: Addons
    nccl_test: NcclTest | None
    problems: tuple[Problem, ...]
    operator: tuple[dict[str, Any], ...] = ()
    """The objects of the test's operator where the stack brings it."""


def check_stack(
    config: Mapping[str, Any],
    *,
    whole: bool = True,
    now: datetime | None = None,
    folder: Path = Path(),
) -> CheckedStack:
    """Check the `efa-pools:*` keys of a stack, given with their prefix, and the file that one may name.

    `whole` is false where project-wide defaults may still add keys, and `folder` may not be the project's:
    an absent cluster or file is a warning then. Without `now` nothing is said of what depends on the time.
    """
    own = _own(config)
    outer = parse(StackConfig, {**own, "pools": [MINIMAL_POOL]})
    known, sound = outer.value, outer.sound
    tags = known.tags if "tags" in sound else {}
    tag_faults = list(words.tag_problems(tags))
    checked, found = _pools(own.get("pools"), {} if tag_faults else tags, now)
    drafts = tuple(_group_tags(one.draft, {} if tag_faults else tags) for one in checked)
    cluster = (known.cluster if "cluster" in sound else None) or Cluster()
    addons = known.addons if "addons" in sound else Addons()
    others = [*outer.problems, *tag_faults]
    misnamed = [one for key in config for one in _misnamed(str(key))]
    if "addons" in sound:
        version = cluster.kubernetes_version if "cluster" in sound else DEFERRED
        told = {one.path for one in found}
        others += (one.under("addons") for one in path_problems(addons, folder, whole=whole))
        others += (one for one in _addon_problems(addons, drafts, version) if _keyed(one).path not in told)
    if "cluster" in sound:
        others += cluster_problems(cluster, drafts, whole=whole)
        for index, made in enumerate(drafts):
            others += (one.under("pools", index) for one in version_problems(cluster, made))
    if known.garden_kubeconfig is not None and not any(_in_shoot(made) for made in drafts):
        others.append(UNUSED_GARDEN)
    test = known.nccl_test if "nccl_test" in sound else None
    operator: tuple[dict[str, Any], ...] = ()
    if test is not None:
        # Only a stack that tests pays for what a test consists of.
        from .nccl_test import check_stack_test

        operator, of_test = check_stack_test(test, drafts, folder, whole=whole)
        others += (one.under("ncclTest") for one in of_test)
    problems = (*found, *map(_keyed, others), *misnamed)
    return CheckedStack(drafts, cluster, addons, test, problems, operator)


def _own(config: Mapping[str, Any]) -> dict[str, Any]:
    """What stands under our keys, without their prefix."""
    prefix = f"{NAMESPACE}:"
    stated = {str(key): value for key, value in config.items() if value is not None}
    return {key.removeprefix(prefix): value for key, value in stated.items() if key.startswith(prefix)}


UNUSED_GARDEN = warning(
    ("gardenKubeconfig",),
    "Invalid",
    "no pool of kind gardener: expected no such key, because nothing uses it",
)


def _in_shoot(made: Draft) -> bool:
    """Whether the pool becomes a worker of a Shoot, or may, as long as its kind cannot be read."""
    return "nodes" not in made.sound or made.kind == "gardener"


def _misnamed(key: str) -> Iterator[Problem]:
    """Keys that the engine refuses (pulumi v3, config.ParseKey), and look-alikes of ours."""
    key = key.encode("utf-8", "replace").decode("utf-8")
    namespace, colon, rest = key.partition(":")
    if not colon:
        message = (
            f"no namespace; expected {NAMESPACE}:{key}, or that of another package: the engine reads no other"
        )
        yield Problem((key,), "Forbidden", message)
    elif namespace != NAMESPACE and re.sub("[^a-z]", "", namespace.lower()) in LOOK_ALIKES:
        yield warning((key,), "Forbidden", f"read by nobody here; did you mean '{NAMESPACE}:{rest}'")


LOOK_ALIKES = ("efapools", "efapool")


def _pools(raw: Any, tags: Mapping[str, str], now: datetime | None) -> tuple[list[Checked], list[Problem]]:
    """The pools, with the stack's tags under their own, and their problems by full path."""
    if not isinstance(raw, list) or not raw:
        return [], [_no_pools(raw)]
    checked, found = check_pools([_with_tags(item, tags) for item in raw], now)
    drafts = [one.draft for one in checked]
    found += [one.under(index) for index, made in enumerate(drafts) for one in shoot_is_named(made)]
    found += one_shoot(drafts)
    return checked, [one.under(f"{NAMESPACE}:pools") for one in found]


# Stands in for the pools, which are checked one by one so that a wrong one names itself.
MINIMAL_POOL = {"instanceType": "-", "size": {}, "image": {"family": "custom"}}


def _no_pools(raw: Any) -> Problem:
    path: Path_ = (f"{NAMESPACE}:pools",)
    if raw is None:
        return Problem(path, "Required", "missing; expected a list of pools")
    if isinstance(raw, list):
        return Problem(path, "Required", "an empty list: expected at least one pool")
    return Problem(path, "Invalid", f"{shown(raw)}: expected a list of pools")


def _with_tags(pool: Any, tags: Mapping[str, str]) -> Any:
    """The stack's tags lie under the pool's own."""
    if not tags or not isinstance(pool, dict) or not isinstance(pool.get("tags") or {}, dict):
        return pool
    nodes = pool.get("nodes")
    if isinstance(nodes, dict) and nodes.get("kind") == "gardener":
        return pool  # the tags of a Shoot's machines are its worker's labels
    return {**pool, "tags": {**tags, **(pool.get("tags") or {})}}


def _group_tags(made: Draft, tags: Mapping[str, str]) -> Draft:
    """The stack's tags under those of a pool whose only object of ours is its placement group."""
    if not {"nodes", "placement", "capacity", "tags"} <= made.sound or made.kind != "gardener":
        return made
    if made.placement.mode != "create":
        return made
    return made._replace(pool=made.pool.replace(tags={**tags, **made.pool.tags}))


def _keyed(problem: Problem) -> Problem:
    first, *rest = problem.path
    return Problem((f"{NAMESPACE}:{first}", *rest), problem.kind, problem.message, problem.severity)


def addon_pools(drafts: Sequence[Draft]) -> list[AddonPool]:
    """What the add-ons need to know of the pools, as far as that is sound."""
    return [
        # Built as it is: every value has passed the pool's own model.
        AddonPool(
            name=made.pool.name or "-",
            instance_type=made.pool.instance_type,
            image_family=image.family,
            image_release=image.release_version if image.family == "garden-linux" else None,
            efa_per_node=sum(one.is_efa for one in made.interfaces),
            drain=made.pool.capacity.drain if "capacity" in made.sound else None,
            taints=made.pool.taints,
        )
        for made in drafts
        for image in (made.pool.image,)
    ]


def _addon_problems(
    addons: Addons, drafts: Sequence[Draft], version: str | Deferred | None
) -> Iterator[Problem]:
    """The problems of the add-ons, by the keys of a stack file."""
    needed = {"name", "instance_type", "image", "network_interfaces", "layout", "taints"}
    whole = all(needed <= made.sound and made.interfaces for made in drafts)
    for one in addon_problems(addons, addon_pools(drafts) if whole else (), version):
        first, *rest = one.path
        if first == "pools":
            place = (first, *rest[:-1], *MOVED[str(rest[-1])])
        else:
            place = MOVED.get(str(first)) or ("addons", *one.path)
        yield one._replace(path=place)


MOVED = {
    "imageFamily": ("image", "family"),
    "imageRelease": ("image", "releaseVersion"),
    "kubernetesVersion": ("cluster", "kubernetesVersion"),
}
"""Where a stack file has what the component of the add-ons is told beside its own keys."""
