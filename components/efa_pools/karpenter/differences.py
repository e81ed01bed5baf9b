"""What a pool says and Karpenter cannot: errors where the nodes would be other ones, else warnings.

Source: the schemas' rules (x-kubernetes-validations) and documents named in this package's docstring.
"""

from collections.abc import Callable, Iterator

from ..images import ami_type
from ..model.wire import listed
from ..plan.draft import Draft
from ..plan.pool import PoolPlan
from ..plan.windows import TERMINATION, span
from ..problem import Path, Problem, warning
from .node_class import AMI_FAMILY
from .node_pool import stays

RESTRICTED_DOMAINS = ("karpenter.sh", "karpenter.k8s.aws")
RESTRICTED_TAGS = (
    "eks:eks-cluster-name",
    "karpenter.sh/nodepool",
    "karpenter.sh/nodeclaim",
    "karpenter.k8s.aws/ec2nodeclass",
)
MAXIMUM_INTERFACES, MAXIMUM_TERMS, MAXIMUM_LABELS, MAXIMUM_VOLUME_GIB = 150, 30, 100, 59_000
OUTPUTS = "the output of `pulumi stack output pools`"


def differences(plan: PoolPlan, cluster_group: str | None, whole: bool) -> list[Problem]:
    """Everything at once; `whole` says that the file could have named the cluster's security group."""
    found = [one for ask in ASKED for one in ask(plan)]
    if listed(plan.pool.security_group_ids):
        found += _cluster_group(cluster_group, whole)
    return found


def other_kind(draft: Draft) -> Iterator[Problem]:
    """Pools that are not Karpenter's at all, and need no plan to tell."""
    if "nodes" in draft.sound and draft.kind == "gardener":
        message = "'gardener': expected another kind; Karpenter starts nodes of EKS clusters"
        yield Problem(("nodes", "kind"), "NotSupported", message)
    family = draft.pool.image.family if "image" in draft.sound else None
    if family is not None and family not in AMI_FAMILY:
        message = f"{family!r}: expected {' or '.join(AMI_FAMILY)}, whose user data Karpenter makes"
        yield Problem(("image", "family"), "NotSupported", message)


def _given(plan: PoolPlan) -> Iterator[Problem]:
    """Karpenter refers to these, and makes none of them."""
    pool = plan.pool
    if not listed(pool.security_group_ids):
        yield Problem(
            ("securityGroupIds",),
            "Required",
            "missing; Karpenter makes no security group: expected [sg-...], a group with rules to and from "
            f"itself in both directions, such as securityGroupId in {OUTPUTS}",
        )
    nodes = pool.nodes
    if nodes.role_arn is None and nodes.instance_profile_name is None and nodes.instance_profile_arn is None:
        yield Problem(
            ("nodes", "roleArn"),
            "Required",
            "missing; Karpenter makes no role: expected the ARN of a node role with an access entry of type "
            "EC2_LINUX, or an instance profile",
        )
    if plan.makes_group:
        yield Problem(
            ("placement", "mode"),
            "NotSupported",
            "'create': Karpenter makes no placement group: expected existing with groupId, such as "
            f"placementGroupId in {OUTPUTS}, or none, with which nodes may stand far from each other",
        )


def _interfaces(plan: PoolPlan) -> Iterator[Problem]:
    listed_by_user = plan.pool.network_interfaces or ()
    if any(one.type == "efa" for one in plan.interfaces):
        path: Path = ("layout",) if not listed_by_user else ("networkInterfaces",)
        message = (
            "an interface of type 'efa': expected interface and efa-only, the types that Karpenter knows"
        )
        yield Problem(path, "NotSupported", f"{message}; most types have a layout of these two")
    if len(plan.interfaces) > MAXIMUM_INTERFACES:
        message = f"{len(plan.interfaces)} interfaces: expected at most {MAXIMUM_INTERFACES}"
        yield Problem(("networkInterfaces",), "TooMany", message)
    for index, one in enumerate(listed_by_user):
        path = ("networkInterfaces", index)
        if one.subnet_id is not None:
            message = f"{one.subnet_id!r}: expected none; Karpenter's interfaces share the node's subnet"
            yield Problem((*path, "subnetId"), "NotSupported", message)
        if one.description is not None:
            message = f"{one.description!r}: Karpenter's interfaces have no description; it is left out"
            yield warning((*path, "description"), "NotSupported", message)


def _machine(plan: PoolPlan) -> Iterator[Problem]:
    if plan.pool.cpu is not None and plan.pool.cpu.wire():
        message = "expected none; Karpenter sets neither cores nor threads nor SEV-SNP"
        yield Problem(("cpu",), "NotSupported", message)
    placement = plan.placement
    if placement.tenancy == "host":
        message = "'host': expected default or dedicated, the tenancies that Karpenter knows"
        yield Problem(("placement", "tenancy"), "NotSupported", message)
    if len(listed(plan.pool.subnet_ids)) > MAXIMUM_TERMS:
        message = f"a list of {len(listed(plan.pool.subnet_ids))} entries: expected at most {MAXIMUM_TERMS}"
        yield Problem(("subnetIds",), "TooMany", message)
    data = len(plan.pool.data_volumes)
    for index, device in enumerate(plan.devices):
        if device.size is not None and device.size > MAXIMUM_VOLUME_GIB:
            path: Path = ("dataVolumes", index - 1) if index and data else ("rootVolume",)
            message = (
                f"{device.size}: expected at most {MAXIMUM_VOLUME_GIB} GiB, where Karpenter's schema ends"
            )
            yield Problem((*path, "size"), "Invalid", message)


def _image(plan: PoolPlan) -> Iterator[Problem]:
    image = plan.pool.image
    if image.ami_type is None or image.ami_id is not None:
        return
    fitting = ami_type(plan.instance, image.family)
    if fitting is None or fitting.name != image.ami_type:
        chosen = fitting.name if fitting else "none"
        message = f"{image.ami_type!r}: Karpenter's alias chooses {chosen}; expected amiId for another image"
        yield Problem(("image", "amiType"), "NotSupported", message)


def _names(plan: PoolPlan) -> Iterator[Problem]:
    for key in plan.pool.labels:
        domain = key.partition("/")[0]
        if domain.endswith(RESTRICTED_DOMAINS) or key == "kubernetes.io/hostname":
            message = f"{key!r}: expected another prefix; Karpenter sets these labels itself"
            yield Problem(("labels", key), "Forbidden", message)
    if len(plan.nodes.labels) > MAXIMUM_LABELS:
        message = f"{len(plan.nodes.labels)} with the pool's own: expected at most {MAXIMUM_LABELS}"
        yield Problem(("labels",), "TooMany", message)
    for key in plan.pool.tags:
        if key in RESTRICTED_TAGS or key.startswith("kubernetes.io/cluster"):
            message = f"{key!r}: expected another key; Karpenter sets this tag itself"
            yield Problem(("tags", key), "Forbidden", message)


def _capacity(plan: PoolPlan) -> Iterator[Problem]:
    capacity = plan.pool.capacity
    if capacity.resource_group_arn is not None:
        message = (
            f"{capacity.resource_group_arn!r}: expected reservationId; Karpenter selects no resource groups"
        )
        yield Problem(("capacity", "resourceGroupArn"), "NotSupported", message)
    if plan.capacity.kept:
        key, value = ("count", capacity.count) if plan.capacity.new else ("offeringId", capacity.offering_id)
        message = f"{value!r}: expected reservationId; Karpenter makes and buys no capacity"
        yield Problem(("capacity", key), "NotSupported", message)
    if capacity.drain == "none":
        message = "'none': Karpenter drains nodes 10 minutes before EC2 ends the block's machines"
        yield warning(("capacity", "drain"), "NotSupported", message)
    if plan.window.termination > TERMINATION:
        message = (
            "Karpenter drains nodes 40 minutes before a block ends, and EC2 begins to end UltraServers "
            f"{span(plan.window.termination)} before: drain these by hand"
        )
        yield warning(("capacity", "end"), "NotSupported", message)
    if plan.placement.mode == "from-reservation":
        message = (
            "'from-reservation': the group of the reservation is not named; if launches find no capacity, "
            "state mode existing with its groupId"
        )
        yield warning(("placement", "mode"), "NotSupported", message)


def _size(plan: PoolPlan) -> Iterator[Problem]:
    nodes = plan.nodes
    if nodes.fixed:
        message = (
            f"{nodes.desired} nodes, fixed: `replicas` works only with Karpenter's feature gate "
            "StaticCapacity=true (alpha since v1.8, off by default); without it no node starts. With "
            f"{{min: 0, max: {nodes.maximum}}} nodes come and go with the pods that need them"
        )
        yield warning(("size",), "NotSupported", message)
        return
    if nodes.desired > 0:
        message = (
            f"{nodes.desired} nodes to start with: Karpenter has no minimum and starts nodes for pods that "
            f"wait{'; once started they are kept' if stays(plan) else ''}"
        )
        yield warning(("size", "min"), "NotSupported", message)
    if plan.pool.huge_pages2_mi != 0 and plan.efa_per_node:
        message = (
            "pods that request hugepages-2Mi do not make Karpenter start a node, because it does not know "
            "them; a NodeOverlay can state them, or `size` be fixed"
        )
        yield warning(("hugePages2Mi",), "NotSupported", message)


def _update(plan: PoolPlan) -> Iterator[Problem]:
    if plan.nodes.terminate_first:
        message = (
            "terminate-first: Karpenter starts the replacement first, which a full reservation refuses, so "
            "changed nodes stay; to update one, `kubectl delete nodeclaim` it"
        )
        yield warning(("update", "strategy"), "NotSupported", message)


def _cluster_group(group: str | None, whole: bool) -> Iterator[Problem]:
    if group is not None:
        message = f"Karpenter puts every group on every interface, so {group} stands on EFA-only ones too"
        yield warning(("securityGroupIds",), "NotSupported", message)
    elif not whole:
        message = "expected the cluster's own security group among these; a pool by itself cannot name it"
        yield warning(("securityGroupIds",), "NotSupported", message)


ASKED: tuple[Callable[[PoolPlan], Iterator[Problem]], ...] = (
    _given,
    _interfaces,
    _machine,
    _image,
    _names,
    _capacity,
    _size,
    _update,
)
