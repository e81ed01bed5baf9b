"""Nodes against the plan of their pools: what each lacks, and what is wrong with them together."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from ..check.stack import CheckedStack
from ..plan.pool import LABEL_POOL
from ..plan.stack import StackPlan
from . import causes
from .expected import EFA, Expected, expected
from .findings import Finding, NodeReport, PoolReport, Report
from .machine import HUGE_PAGES, PAGE_BYTES, node_findings
from .nodes import INSTANCE_TYPE, Node

LAYERS = tuple(f"topology.k8s.aws/network-node-layer-{number}" for number in (1, 2, 3))


def compare(
    plan: StackPlan, checked: CheckedStack, nodes: Sequence[Node], now: datetime | None = None
) -> Report:
    """The whole report; a configuration with errors has no plan to compare with, only its problems.

    Without `now` no pool is taken to wait for its window.
    """
    configuration = tuple(
        Finding("configuration", one.line(), severity=one.severity) for one in plan.problems
    )
    members: dict[str, list[Node]] = {pool.name: [] for pool in plan.pools}
    others: list[Node] = []
    unknown: dict[str, list[Node]] = {}
    for node in nodes:
        label = node.labels.get(LABEL_POOL)
        if label is None:
            others.append(node)
        elif label in members:
            members[label].append(node)
        else:
            unknown.setdefault(label, []).append(node)
    cluster = str(checked.cluster.name or "<cluster>")
    served = any(node.count(EFA) for node in nodes)
    pools = tuple(
        _pool(expected(pool, checked.addons.efa, served, now), members[pool.name], others, cluster)
        for pool in plan.pools
    )
    strangers = _strangers(unknown, members) if plan.pools else ()
    return Report(plan.stack, pools, tuple(node.name for node in others), (*configuration, *strangers))


def _strangers(unknown: Mapping[str, Sequence[Node]], known: Mapping[str, object]) -> Iterator[Finding]:
    for label, nodes in unknown.items():
        names = ", ".join(node.name for node in nodes)
        message = f"{names}: the label {LABEL_POOL}={label} names no pool of this stack ({', '.join(known)})"
        yield Finding("pool", message, causes.stranger(label), "warning")


def _pool(wanted: Expected, nodes: Sequence[Node], others: Sequence[Node], cluster: str) -> PoolReport:
    reports = []
    for node in nodes:
        efa = node.count(EFA)
        gpus = node.count(wanted.gpu_resource) if wanted.gpu_resource else 0
        pages = node.count(HUGE_PAGES) // PAGE_BYTES
        reports.append(NodeReport(node, efa, gpus, pages, tuple(node_findings(wanted, node))))
    problems = (*_size(wanted, nodes, others, cluster), *_together(wanted, nodes))
    return PoolReport(wanted.plan.name, wanted.as_json(), tuple(reports), _topology(nodes), problems)


def _size(wanted: Expected, nodes: Sequence[Node], others: Sequence[Node], cluster: str) -> Iterator[Finding]:
    least, _, most = wanted.plan.nodes.sizes_now
    planned = f"{least}" if least == most else f"{least} to {most}"
    message = f"{len(nodes)} node{'s' * (len(nodes) != 1)}, {planned} planned"
    if len(nodes) < least:
        strays = [node for node in others if node.labels.get(INSTANCE_TYPE) == wanted.plan.instance.name]
        yield Finding("nodes", message, causes.missing(wanted, nodes, strays, cluster))
    elif len(nodes) > most:
        yield Finding("nodes", message, causes.surplus(wanted.plan.name))


def _together(wanted: Expected, nodes: Sequence[Node]) -> Iterator[Finding]:
    zones = sorted({node.zone for node in nodes if node.zone is not None})
    if len(zones) > 1:
        found = f"nodes in {', '.join(zones)}"
        first = next(node for node in nodes if node.zone == zones[-1])
        if wanted.cluster_group:
            message = f"{found}: expected one zone, in which the cluster placement group lies"
            yield Finding("zone", message, causes.elsewhere(first))
        elif wanted.plan.efa_per_node:
            message = f"{found}: EFA traffic does not cross zones, so these nodes speak TCP to each other"
            yield Finding("zone", message, causes.elsewhere(first), "warning")
    top = {node.labels[LAYERS[0]] for node in nodes if LAYERS[0] in node.labels}
    if wanted.cluster_group and len(top) > 1:
        message = f"nodes hang from {len(top)} network nodes of layer 1: they do not stand close together"
        first = next(node for node in nodes if LAYERS[0] in node.labels)
        yield Finding("topology", message, causes.elsewhere(first), "warning")


def _topology(nodes: Sequence[Node]) -> dict[str, int]:
    """Distinct network nodes by layer: layer 3 is the nearest to the machines."""
    found = {}
    for number, label in enumerate(LAYERS, 1):
        values = {node.labels[label] for node in nodes if label in node.labels}
        if values:
            found[f"layer{number}"] = len(values)
    return found
