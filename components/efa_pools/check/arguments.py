"""The arguments of the pool components: a pool without its name, its cluster's keys, and the twins."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..model.parse import parse
from ..model.pool import Cluster
from ..plan.twins import TWINS
from ..problem import Problem
from .cluster import cluster_problems, version_problems
from .joining import joining_problems
from .pool import Checked, check_pool
from .shoots import shoot_is_named

# The component's names for the cluster's keys.
CLUSTER_ARGUMENTS = {
    "clusterName": "name",
    "vpcId": "vpcId",
    "clusterEndpoint": "endpoint",
    "clusterCertificateAuthority": "certificateAuthority",
    "clusterServiceCidr": "serviceCidr",
    "clusterSecurityGroupId": "securityGroupId",
    "kubernetesVersion": "kubernetesVersion",
}
GARDENER, DEFAULT = "gardener", "eks-managed"
_ARGUMENTS = {inner: key for key, inner in CLUSTER_ARGUMENTS.items()}


def check_arguments(name: str, raw: Any, now: datetime | None = None) -> Checked:
    """Check the arguments of EfaWorkerPool: a pool's keys without its name, its cluster's, and the twins."""
    if not isinstance(raw, Mapping):
        return check_pool(raw, named=False)
    problems: list[Problem] = []
    if _kind(raw) == GARDENER:
        message = "'gardener': expected another kind; GardenerWorkers makes the workers of a Shoot"
        problems.append(Problem(("nodes", "kind"), "NotSupported", message))
    checked = _pool(name, raw, now)
    problems += checked.problems
    cluster = {inner: raw[key] for key, inner in CLUSTER_ARGUMENTS.items() if raw.get(key) is not None}
    parsed = parse(Cluster, cluster)
    found = [*parsed.problems]
    if not parsed.problems:
        found += cluster_problems(parsed.value, [checked.draft])
    problems += map(_as_argument, found)
    if "kubernetes_version" in parsed.sound:
        problems += version_problems(parsed.value, checked.draft)
    return Checked(checked.draft, tuple(problems))


def check_facts(facts: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the cluster's keys, by their names here, once other resources have told them."""
    missing = [key for key, value in facts.items() if value is None]
    parsed = parse(Cluster, {CLUSTER_ARGUMENTS[key]: value for key, value in facts.items()})
    found = [_as_argument(one) for one in parsed.problems or joining_problems(parsed.value)]
    return [*(Problem((key,), "Required", "missing; it came to nothing") for key in missing), *found]


def _as_argument(found: Problem) -> Problem:
    path = found.path[1:] if found.path[0] == "cluster" else found.path
    return found._replace(path=(_ARGUMENTS[str(path[0])], *path[1:]))


def check_worker_arguments(name: str, raw: Any, now: datetime | None = None) -> Checked:
    """Check the arguments of GardenerWorkers: the same keys, without those that tell nodes their cluster."""
    if not isinstance(raw, Mapping):
        return check_pool(raw, named=False)
    problems: list[Problem] = []
    if _kind(raw) != GARDENER:
        message = f"{_kind(raw)!r}: expected 'gardener'; EfaWorkerPool makes nodes of an EKS cluster"
        problems.append(Problem(("nodes", "kind"), "NotSupported", message))
    for key in CLUSTER_ARGUMENTS:
        if raw.get(key) is not None:
            message = "expected no such key: Gardener tells the nodes of a Shoot their cluster"
            problems.append(Problem((key,), "Forbidden", message))
    checked = _pool(name, raw, now)
    problems += checked.problems
    return Checked(checked.draft, (*problems, *shoot_is_named(checked.draft)))


def _kind(raw: Mapping[str, Any]) -> Any:
    nodes = raw.get("nodes")
    return nodes.get("kind", DEFAULT) if isinstance(nodes, Mapping) else DEFAULT


def _pool(name: str, raw: Mapping[str, Any], now: datetime | None) -> Checked:
    pool = {key: value for key, value in raw.items() if key not in CLUSTER_ARGUMENTS and key not in TWINS}
    twins = {key: raw[key] for key in TWINS if raw.get(key) is not None}
    checked = check_pool({**pool, "name": name}, twins=twins, now=now)
    if "name" not in pool:
        return checked
    named = Problem(("name",), "Forbidden", "unknown key; a pool is named by its resource name")
    return Checked(checked.draft, (*checked.problems, named))
