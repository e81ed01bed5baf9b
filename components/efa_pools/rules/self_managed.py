"""Auto Scaling groups of our own, and what a group tells whatever scales it.

Sources: EC2 Auto Scaling API, CreateAutoScalingGroup and Tag (botocore 1.44.5); EKS API,
CreateAccessEntry; the Cluster Autoscaler's source (`plan.scaling_tags`).
"""

from collections.abc import Iterator

from ..images import AMI_TYPES, ami_type, has_parameter
from ..model.wire import listed
from ..plan.draft import Draft
from ..plan.labels import node_labels
from ..plan.scaling_tags import CLUSTER_PREFIX, KEY_LIMIT, TAGS_LIMIT, TEMPLATE
from ..problem import Problem, warning
from .nodes import SELF
from .registry import needs

# Name, pool, stack, and the cluster's; the discovery of a group that is scaled.
OWN_TAGS, DISCOVERY_TAGS = 4, 2
RESOURCE_TAGS = 3
"""At most: EFA, accelerators, huge pages."""


@needs("nodes")
def access_has_a_role(draft: Draft) -> Iterator[Problem]:
    """The cluster lets nodes in by their role; of a given profile we cannot see which it is."""
    nodes = draft.pool.nodes
    profile = nodes.instance_profile_name or nodes.instance_profile_arn
    if draft.kind == SELF and profile is not None and nodes.role_arn is None:
        yield warning(
            ("nodes", "roleArn"),
            "Required",
            f"missing beside instance profile {profile!r}; expected the profile's role, or an access entry "
            "of yours: aws eks create-access-entry --cluster-name <cluster> --principal-arn <role> --type "
            "EC2_LINUX; without one the nodes run and never join",
        )


@needs("nodes", "update")
def protection_is_the_groups(draft: Draft) -> Iterator[Problem]:
    """Scale-in protection is a property of an Auto Scaling group, and EKS keeps its own groups to itself."""
    stated = draft.pool.update.protect_from_scale_in
    if stated is not None and draft.kind != SELF:
        yield Problem(
            ("update", "protectFromScaleIn"),
            "Forbidden",
            f"{str(stated).lower()}: expected only with nodes.kind {SELF}, not {draft.kind}",
        )


@needs("nodes", "network_interfaces", "subnet_ids")
def interfaces_stand_in_the_groups_subnet(draft: Draft) -> Iterator[Problem]:
    """The group chooses the primary's subnet, and all interfaces of an instance stand in one zone."""
    if draft.kind != SELF:
        return
    subnets = listed(draft.pool.subnet_ids)
    for index, entry in enumerate(draft.pool.network_interfaces or ()):
        if entry.subnet_id is None:
            continue
        primary = not entry.network_card_index and entry.network_card_index_range is None
        primary = primary and entry.device_index == 0
        if len(subnets) > 1:
            message = "expected no subnet beside several subnetIds, of which Auto Scaling chooses"
        elif primary and subnets and entry.subnet_id != subnets[0]:
            message = f"expected {subnets[0]!r}, the subnet of the group, for the primary interface"
        else:
            continue
        path = ("networkInterfaces", index, "subnetId")
        yield Problem(path, "Invalid", f"{entry.subnet_id!r}: {message}; a launch fails otherwise")


@needs("cards", "image", "nodes")
def release_can_be_found(draft: Draft) -> Iterator[Problem]:
    """EC2 finds a release by its public parameter, whose form must be known."""
    image, instance = draft.pool.image, draft.instance
    if draft.kind != SELF or image.ami_id is not None or instance is None:
        return
    found = AMI_TYPES.get(image.ami_type) if image.ami_type else ami_type(instance, image.family)
    if found is not None and not has_parameter(found):
        yield Problem(
            ("image", "amiType"),
            "NotSupported",
            f"{found.name!r} with nodes.kind {SELF}: expected amiId; where AWS publishes the ids of FIPS "
            "releases is not verified, and a wrong place fails every launch",
        )


@needs("nodes", "size", "labels", "taints")
def scaler_sees_the_node(draft: Draft) -> Iterator[Problem]:
    """An empty group is known by its tags; what does not fit a tag is unknown until a first node runs."""
    sizes = draft.sizes
    if sizes is None or sizes[0] == sizes[2] or draft.kind == "gardener":
        return
    for key in draft.pool.labels:
        if len(f"{TEMPLATE}label/{key}") > KEY_LIMIT:
            yield warning(
                ("labels", key),
                "Invalid",
                f"{key!r}: expected at most {KEY_LIMIT - len(TEMPLATE) - len('label/')} characters in a "
                "scaled pool; the Cluster Autoscaler is told labels by tags, and this one fits none",
            )
    seen: dict[str, str] = {}
    for index, taint in enumerate(draft.pool.taints):
        again = seen.setdefault(taint.key, taint.effect) != taint.effect
        if again or len(f"{TEMPLATE}taint/{taint.key}") > KEY_LIMIT:
            yield warning(
                ("taints", index),
                "Invalid",
                f"{taint.key!r}: expected each key once, and a short one, in a scaled pool; the Cluster "
                "Autoscaler is told one effect for a key, by a tag",
            )


@needs("cards", "nodes", "size", "labels", "taints", "tags", "capacity", "placement")
def group_holds_the_tags(draft: Draft) -> Iterator[Problem]:
    """A group of ours carries the pool's tags, the cluster's and those for whatever scales it."""
    sizes = draft.sizes
    if draft.kind != SELF or sizes is None or draft.instance is None:
        return
    count = len(draft.pool.tags) + OWN_TAGS
    if sizes[0] != sizes[2]:
        labels = node_labels(draft.pool, draft.instance, draft.interfaces)
        count += DISCOVERY_TAGS + len(labels) + RESOURCE_TAGS + len({one.key for one in draft.pool.taints})
    if count > TAGS_LIMIT and len(draft.pool.tags) + OWN_TAGS - 1 <= TAGS_LIMIT:
        yield Problem(
            ("tags",),
            "TooMany",
            f"up to {count} with those of labels, taints and {CLUSTER_PREFIX}: expected at most {TAGS_LIMIT} "
            "on an Auto Scaling group",
        )


RULES = (
    access_has_a_role,
    protection_is_the_groups,
    interfaces_stand_in_the_groups_subnet,
    release_can_be_found,
    scaler_sees_the_node,
    group_holds_the_tags,
)
