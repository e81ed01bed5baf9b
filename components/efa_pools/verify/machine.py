"""One node against what was planned for each node of its pool."""

from collections.abc import Iterator

from ..labels import LABEL_EFA, LABEL_GROUP, LABEL_RESERVATION
from . import causes
from .expected import EFA, Expected
from .findings import Finding
from .nodes import INSTANCE_TYPE, Node, Taint

HUGE_PAGES = "hugepages-2Mi"
PAGE_BYTES = 2 * 1024 * 1024
CAPACITY_TYPE = "eks.amazonaws.com/capacityType"
KARPENTER_CAPACITY_TYPE = "karpenter.sh/capacity-type"
KARPENTER_TYPE = {
    "on-demand": ("on-demand",),
    "spot": ("spot",),
    "open-reservation": ("reserved", "on-demand"),
}
RESERVATIONS = (LABEL_RESERVATION, "karpenter.k8s.aws/capacity-reservation-id")
GROUPS = (LABEL_GROUP, "karpenter.k8s.aws/placement-group-id")
# Kubernetes sets these itself, and the finding about readiness or the cordon says so already.
TOLD_ELSEWHERE = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
CORDON = "node.kubernetes.io/unschedulable"


def node_findings(wanted: Expected, node: Node) -> Iterator[Finding]:
    """Everything that is wrong with one node, the worst first."""
    if node.ready != "True":
        message = f"not Ready ({node.ready_why or 'no reason given'})"
        yield Finding("ready", message, causes.not_ready(node))
    yield from _type(wanted, node)
    yield from _efa(wanted, node)
    yield from _gpus(wanted, node)
    yield from _huge_pages(wanted, node)
    yield from _zone(wanted, node)
    yield from _group_and_capacity(wanted, node)
    yield from _labels(wanted, node)
    yield from _taints(wanted, node)


def _type(wanted: Expected, node: Node) -> Iterator[Finding]:
    found, planned = node.labels.get(INSTANCE_TYPE), wanted.plan.instance.name
    if found is None:
        yield Finding("instanceType", f"no label {INSTANCE_TYPE}; {planned} planned", severity="warning")
    elif found != planned:
        yield Finding("instanceType", f"{found}, {planned} planned", causes.elsewhere(node))


def _efa(wanted: Expected, node: Node) -> Iterator[Finding]:
    found = node.count(EFA)
    if wanted.efa is None or found == wanted.efa:
        return
    hurt = "NCCL falls back to TCP" if not found else "some network cards stay unused"
    if found > wanted.efa:
        hurt = "pods that ask for all of them fail to start"
    message = f"{found} {EFA}, {wanted.efa} planned: {hurt}"
    foreign = _foreign(wanted, node)
    likely = causes.efa(node, found, wanted.efa, foreign=foreign, served=wanted.served)
    yield Finding("efa", message + _held_back(node, EFA), likely)


def _gpus(wanted: Expected, node: Node) -> Iterator[Finding]:
    if wanted.gpu_resource is None:
        return
    found = node.count(wanted.gpu_resource)
    message = f"{found} {wanted.gpu_resource}, {wanted.gpus} planned{_held_back(node, wanted.gpu_resource)}"
    if found < wanted.gpus:
        by_image = wanted.plan.pool.image.family == "bottlerocket"
        yield Finding("gpus", message, causes.gpus(node, found, wanted.gpu_resource, by_image=by_image))
    elif found > wanted.gpus:
        yield Finding("gpus", f"{message}: the device plugin shares or splits devices", severity="warning")


def _huge_pages(wanted: Expected, node: Node) -> Iterator[Finding]:
    found, planned = node.count(HUGE_PAGES) // PAGE_BYTES, wanted.huge_pages
    if planned is None or found >= planned:
        return
    who = "stated in the pool" if wanted.huge_pages_stated else "usual for the image"
    message = f"{found} pages of 2 MiB, {planned} {who}: pods that ask for more stay pending"
    severity = "error" if wanted.huge_pages_stated else "warning"
    yield Finding("hugePages2Mi", message, causes.huge_pages(node), severity)  # type: ignore[arg-type]


def _held_back(node: Node, resource: str) -> str:
    capacity, free = node.capacity.get(resource, 0), node.allocatable.get(resource, 0)
    return f" ({free} of {capacity} healthy)" if free < capacity else ""


def _zone(wanted: Expected, node: Node) -> Iterator[Finding]:
    zones = wanted.plan.pool.availability_zones or ()
    if node.zone is None:
        yield Finding("zone", "no zone label", severity="warning")
    elif zones and node.zone not in zones:
        yield Finding("zone", f"in {node.zone}, {' or '.join(zones)} planned", causes.elsewhere(node))


def _group_and_capacity(wanted: Expected, node: Node) -> Iterator[Finding]:
    """Placement group, reservation and way of buying, where labels tell."""
    placement, capacity = wanted.plan.placement, wanted.plan.pool.capacity
    told = {
        "placementGroup": (GROUPS, placement.group_id or placement.group_name),
        "reservation": (RESERVATIONS, capacity.reservation_id),
    }
    for kind, (labels, planned) in told.items():
        for label in labels:
            found = node.labels.get(label)
            if planned is not None and found is not None and found != planned:
                # Karpenter's label holds the id of a group that the pool may give by name.
                by_name = label == GROUPS[1] and placement.group_id is None
                if not by_name:
                    yield Finding(kind, f"{label}={found}, {planned} planned", causes.elsewhere(node))
    ways = {
        CAPACITY_TYPE: (wanted.plan.capacity.eks_type,),
        KARPENTER_CAPACITY_TYPE: KARPENTER_TYPE.get(capacity.kind, ("reserved",)),
    }
    for label, allowed in ways.items():
        found = node.labels.get(label)
        if found is not None and found not in allowed:
            message = f"{label}={found}, {' or '.join(allowed)} planned"
            yield Finding("capacityType", message, causes.elsewhere(node))


def _labels(wanted: Expected, node: Node) -> Iterator[Finding]:
    """Labels that pods select on, but for those that another finding tells: EFA, group, reservation."""
    lost = {
        key: value
        for key, value in wanted.plan.nodes.labels.items()
        if node.labels.get(key) != value
        and not (key in (LABEL_GROUP, LABEL_RESERVATION) and key in node.labels)
        and not (key == LABEL_EFA and wanted.efa is not None and node.count(EFA) != wanted.efa)
    }
    if lost:
        missing = ", ".join(f"{key}={value}" for key, value in lost.items())
        yield Finding("labels", f"without {missing}", severity="warning")


def _taints(wanted: Expected, node: Node) -> Iterator[Finding]:
    planned = {(taint.key, taint.value or "", taint.effect) for taint in wanted.plan.pool.taints}
    absent = sorted(planned - {tuple(taint) for taint in node.taints})
    if absent:
        missing = ", ".join(f"{key}={value}:{effect}" for key, value, effect in absent)
        message = f"without the taint {missing}: pods that need no GPU may fill the node"
        yield Finding("taints", message, severity="warning")
    foreign = [taint for taint in _foreign(wanted, node) if taint.effect != "PreferNoSchedule"]
    if foreign:
        more = ", ".join(f"{taint.key}:{taint.effect}" for taint in foreign)
        yield Finding("taints", f"tainted {more}, not planned", causes.tainted(node), "warning")
    if node.unschedulable:
        yield Finding("unschedulable", "cordoned: no new pods start here", causes.cordoned(node), "warning")


def _foreign(wanted: Expected, node: Node) -> list[Taint]:
    """Taints that are neither planned nor told by another finding."""
    planned = {(taint.key, taint.value or "", taint.effect) for taint in wanted.plan.pool.taints}
    told = {CORDON, *TOLD_ELSEWHERE}
    return [taint for taint in node.taints if tuple(taint) not in planned and taint.key not in told]
