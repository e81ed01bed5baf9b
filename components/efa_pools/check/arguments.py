"""The arguments of EfaWorkerPool: a pool without its name, its cluster's keys, and the twins."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..model.parse import parse
from ..model.pool import Cluster
from ..plan.twins import TWINS
from ..problem import Problem
from .cluster import cluster_problems, version_problems
from .pool import Checked, check_pool

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
_ARGUMENTS = {inner: key for key, inner in CLUSTER_ARGUMENTS.items()}


def check_arguments(name: str, raw: Any, now: datetime | None = None) -> Checked:
    """Check the component's arguments: a pool's keys without its name, its cluster's, and the twins."""
    if not isinstance(raw, Mapping):
        return check_pool(raw, named=False)
    pool = {key: value for key, value in raw.items() if key not in CLUSTER_ARGUMENTS and key not in TWINS}
    twins = {key: raw[key] for key in TWINS if raw.get(key) is not None}
    cluster = {inner: raw[key] for key, inner in CLUSTER_ARGUMENTS.items() if raw.get(key) is not None}
    problems: list[Problem] = []
    if isinstance(pool.get("nodes"), Mapping) and pool["nodes"].get("kind") == "gardener":
        message = "'gardener': expected eks-managed; EfaWorkerPool makes no workers of a Shoot"
        problems.append(Problem(("nodes", "kind"), "NotSupported", message))
    if "name" in pool:
        problems.append(Problem(("name",), "Forbidden", "unknown key; a pool is named by its resource name"))
    checked = check_pool({**pool, "name": name}, twins=twins, now=now)
    parsed = parse(Cluster, cluster)
    found = [*parsed.problems]
    if not parsed.problems:
        found += cluster_problems(parsed.value, [checked.draft])
    for one in found:
        path = one.path[1:] if one.path[0] == "cluster" else one.path
        problems.append(Problem((_ARGUMENTS[str(path[0])], *path[1:]), one.kind, one.message, one.severity))
    if "kubernetes_version" in parsed.sound:
        problems += version_problems(parsed.value, checked.draft)
    return Checked(checked.draft, (*checked.problems, *problems))
