"""Why the nodes are run, let in, sized, replaced and repaired as they are."""

from collections.abc import Iterator

from . import sources
from .decision import Decision
from .pool import PoolPlan
from .scaling_tags import resources, template_tags


def on_kind(plan: PoolPlan) -> Iterator[Decision]:
    """Who runs the nodes, and what a move to the other kind costs."""
    if plan.self_managed:
        choice = "self-managed: an Auto Scaling group"
        why = "nothing drains a node before it goes: neither Auto Scaling nor EKS moves its pods"
        source = sources.ASG_REFRESH
    else:
        choice, source = "eks-managed: a managed node group", sources.EKS_UPDATE
        why = "EKS moves the pods away before it takes a node"
    move = "another kind makes the new group before the old one goes, so both want machines at once"
    yield Decision("nodes.kind", choice, f"{why}; a move to {move}", source)


def on_access(plan: PoolPlan) -> Iterator[Decision]:
    """Role, profile and access entry of self-managed nodes."""
    if not plan.self_managed:
        return
    nodes = plan.pool.nodes
    profile = nodes.instance_profile_name or nodes.instance_profile_arn
    if nodes.role_arn is not None:
        choice = f"the given role {nodes.role_arn}, with an access entry of its own"
    elif profile is not None:
        choice = "none: the role in the given profile is not known here"
    else:
        choice = "a new role with the policies that nodes need, and its access entry"
    choice += f"; profile {profile}" if profile else "; a new profile"
    why = (
        "the cluster lets a self-managed node in only by an access entry of type EC2_LINUX for its role; EKS "
        "keeps one for managed nodes, and a role has one entry, so a move to another kind makes a new role"
    )
    yield Decision("nodes.roleArn", choice, why, sources.EKS_ACCESS)


def on_size(plan: PoolPlan) -> Iterator[Decision]:
    """Who owns the size, and what is known of an empty group's nodes."""
    nodes = plan.nodes
    if nodes.fixed:
        choice, why = f"{nodes.desired}, fixed", "the desired size is ours and changes in place"
    else:
        choice = f"{nodes.minimum} to {nodes.maximum}, starting at {nodes.desired}"
        why = "something else scales the pool, so the desired size is set once and left alone"
    yield Decision("size", choice, why, sources.ASG if plan.self_managed else sources.EKS_SCALING)
    if not nodes.fixed:
        told = ", ".join(f"{name}: {amount}" for name, amount in resources(plan).items())
        yield Decision(
            "size.min",
            f"{len(template_tags(plan))} tags on the group tell what a node has",
            "from an empty group the Cluster Autoscaler sees no node, and pods that want EFA would wait "
            f"forever; beside labels and taints they say {told}",
            sources.AUTOSCALER,
        )


def on_update(plan: PoolPlan) -> Iterator[Decision]:
    """Order and number of nodes that an update takes away."""
    nodes = plan.nodes
    if nodes.terminate_first:
        why = "a node goes before its replacement comes: reserved capacity has no spare machine"
    else:
        why = "a replacement comes first, which needs a spare machine for the time of the update"
    order = "terminate-first" if nodes.terminate_first else "launch-first"
    if not plan.self_managed:
        choice = f"{order}, {nodes.max_unavailable} at a time"
        if plan.pool.capacity.kind == "capacity-block":
            why += "; EKS upgrades a group on a block only while its size is 0; a preview refuses the rest"
        yield Decision("update", choice, why, sources.EKS_UPDATE)
        return
    bounds = nodes.healthy
    why += (
        f"; an instance refresh keeps {bounds.minimum} to {bounds.maximum} percent of {nodes.maximum} nodes, "
        f"and whole percentages cannot say every number: update.maxUnavailable is {nodes.max_unavailable}"
    )
    yield Decision("update", f"{order}, {bounds.at_once} at a time", why, sources.ASG_REFRESH)
    if nodes.protect_from_scale_in:
        why = "a smaller size takes no node away until its protection is lifted; a refresh still replaces it"
        yield Decision("update.protectFromScaleIn", "protected", why, sources.ASG)


def on_repair(plan: PoolPlan) -> Iterator[Decision]:
    """What EKS does about a sick node; Auto Scaling replaces a machine that fails EC2's checks."""
    if plan.self_managed:
        choice, why = "EC2's status checks only", "Auto Scaling does not see the kubelet or the accelerators"
        yield Decision("nodes", choice, why, sources.ASG)
    elif plan.repairs_one_at_a_time:
        why = (
            "EKS replaces or reboots sick nodes; machines are counted out, so one at a time: a fault of many "
            "does not empty the pool, and a replacement finds the machine that the sick node gave back"
        )
        yield Decision("nodes", "node repair, one at a time", why, sources.EKS_REPAIR)
    else:
        why = "EKS replaces or reboots sick nodes, and further machines can be had"
        yield Decision("nodes", "node repair", why, sources.EKS_REPAIR)


def on_metadata(plan: PoolPlan, source: str) -> Decision:
    """How the metadata service answers, on either kind of cluster."""
    metadata = plan.pool.metadata
    why = "IMDSv2 only; a second hop lets pods reach it" if metadata.tokens == "required" else "as stated"
    return Decision("metadata", f"tokens {metadata.tokens}, hop limit {metadata.hops}", why, source)
