"""Node kinds and images: what the chosen kind of node group can and cannot carry."""

from collections.abc import Iterator

from ..images import AMI_TYPES, FAMILIES, accelerator, ami_type
from ..plan.draft import Draft
from ..problem import Kind, Problem, warning
from .registry import needs

EKS, SELF = "eks-managed", "self-managed"
MAXIMUM_UNAVAILABLE = 100


@needs("nodes")
def keys_fit_kind(draft: Draft) -> Iterator[Problem]:
    """Keys of another kind of node group would be dropped silently."""
    nodes = draft.pool.nodes
    groups = {
        "gardener": (("shoot", nodes.shoot), ("namespace", nodes.namespace), ("worker", nodes.worker)),
        "self-managed": (
            ("instanceProfileName", nodes.instance_profile_name),
            ("instanceProfileArn", nodes.instance_profile_arn),
        ),
    }
    for kind, keys in groups.items():
        for key, value in keys:
            if (
                value is not None
                and nodes.kind != kind
                and not (kind == "self-managed" and nodes.kind == "gardener")
            ):
                yield Problem(
                    ("nodes", key),
                    "Forbidden",
                    f"{value!r}: expected only with kind {kind}, not {nodes.kind}",
                )
    if nodes.instance_profile_name is not None and nodes.instance_profile_arn is not None:
        yield Problem(
            ("nodes", "instanceProfileArn"),
            "Forbidden",
            f"{nodes.instance_profile_arn!r} beside instanceProfileName: expected one of the two",
        )


@needs("nodes", "subnet_ids", "availability_zones")
def nodes_have_a_place(draft: Draft) -> Iterator[Problem]:
    """EKS wants subnets, Gardener wants zones."""
    if draft.kind == "gardener":
        if draft.pool.availability_zones is None:
            yield Problem(
                ("availabilityZones",), "Required", "missing; expected the zones of the shoot's worker"
            )
    elif draft.pool.subnet_ids is None:
        yield Problem(
            ("subnetIds",), "Required", "missing; expected private subnets of the pool's zone (subnet-...)"
        )


@needs("nodes", "capacity")
def eks_knows_the_capacity(draft: Draft) -> Iterator[Problem]:
    """EKS has three capacity types (EKS API, CapacityTypes)."""
    if draft.kind == EKS and draft.pool.capacity.kind == "interruptible-reservation":
        yield Problem(
            ("capacity", "kind"),
            "Invalid",
            "'interruptible-reservation' with nodes.kind eks-managed: expected on-demand, spot, "
            "open-reservation, reservation or capacity-block, or nodes.kind self-managed; EKS has no such "
            "capacity type",
        )


@needs("nodes", "network_interfaces")
def eks_places_interfaces(draft: Draft) -> Iterator[Problem]:
    """A managed node group takes subnets from the group, never from its launch template."""
    if draft.kind != EKS:
        return
    for index, entry in enumerate(draft.pool.network_interfaces or ()):
        if entry.subnet_id is not None:
            yield Problem(
                ("networkInterfaces", index, "subnetId"),
                "Forbidden",
                f"{entry.subnet_id!r}: expected no subnet with nodes.kind eks-managed; EKS rejects launch "
                "templates with subnets, use subnetIds",
            )


@needs("nodes", "size", "update")
def sizes_fit(draft: Draft) -> Iterator[Problem]:
    """EKS's own bounds (NodegroupScalingConfig, NodegroupUpdateConfig); an empty group of ours is fine."""
    sizes, update = draft.sizes, draft.pool.update
    if draft.kind not in (EKS, SELF) or sizes is None:
        return
    most = min(sizes[2], MAXIMUM_UNAVAILABLE) if draft.kind == EKS else max(sizes[2], 1)
    if draft.kind == EKS and sizes[2] < 1:
        key = "desired" if draft.pool.size.max is None else "max"
        yield Problem(
            ("size", key),
            "Invalid",
            "0: expected a maximum of at least 1; for an empty pool write {min: 0, max: n}",
        )
    elif update.max_unavailable is not None and update.max_unavailable > most:
        yield Problem(
            ("update", "maxUnavailable"),
            "TooMany",
            f"{update.max_unavailable}: expected at most {most}, the nodes there can be",
        )


@needs("nodes", "image")
def image_is_pinned(draft: Draft) -> Iterator[Problem]:
    """One exact image: an AMI id, or a release of a family that EKS builds."""
    image = draft.pool.image
    family = FAMILIES.get(image.family)
    if draft.kind not in (EKS, SELF) or family is None or not family.from_eks:
        return
    if image.ami_id is not None:
        for key, value in (("amiType", image.ami_type), ("releaseVersion", image.release_version)):
            if value is not None:
                yield Problem(
                    ("image", key),
                    "Forbidden",
                    f"{value!r} beside amiId {image.ami_id!r}: expected one of the two",
                )
        return
    version = image.release_version
    if version is None:
        yield Problem(
            ("image", "releaseVersion"),
            "Required",
            f"missing; expected a release such as {family.release_example}, or amiId; an image that moves "
            "by itself replaces nodes at a time of its own",
        )
    elif family.release_version is not None and not family.release_version.fullmatch(version):
        yield Problem(
            ("image", "releaseVersion"),
            "Invalid",
            f"{version!r}: expected a release of {image.family} such as {family.release_example}",
        )


@needs("image", "nodes")
def ami_type_is_known(draft: Draft) -> Iterator[Problem]:
    """The stated AMI type exists and belongs to the family."""
    image = draft.pool.image
    if image.ami_type is None or not FAMILIES[image.family].from_eks:
        return
    known = AMI_TYPES.get(image.ami_type)
    if known is None or known.family != image.family:
        names = [found.name for found in AMI_TYPES.values() if found.family == image.family]
        kind: Kind = "NotSupported" if known is None else "Invalid"
        message = f"{image.ami_type!r}: expected an AMI type of {image.family}: {', '.join(names)}"
        yield Problem(("image", "amiType"), kind, message)


@needs("cards", "image", "nodes")
def image_fits_the_type(draft: Draft) -> Iterator[Problem]:
    """Architecture must match; a missing accelerator driver leaves the devices unusable."""
    image, instance = draft.pool.image, draft.instance
    if instance is None or not FAMILIES[image.family].from_eks or image.ami_id is not None:
        return
    processor = "/".join(instance.architectures)
    if image.ami_type is None and not processor:
        names = " or ".join(found.name for found in AMI_TYPES.values() if found.family == image.family)
        message = (
            f"missing; the processor of {instance.name} is not known, so expected one of {names}, or amiId"
        )
        yield Problem(("image", "amiType"), "Required", message)
    elif image.ami_type is None and ami_type(instance, image.family) is None:
        message = (
            f"{image.family!r}: EKS builds no such image for {instance.name} ({accelerator(instance)}, "
            f"{processor}); expected another family or amiId"
        )
        yield Problem(("image", "family"), "NotSupported", message)
    stated = AMI_TYPES.get(image.ami_type or "")
    if stated is None or not processor:
        return
    if stated.architecture not in instance.architectures:
        message = f"{image.ami_type!r}: expected an image for {processor}, the processor of {instance.name}"
        yield Problem(("image", "amiType"), "Invalid", f"{message}; another does not boot")
    elif (wanted := ami_type(instance, image.family)) is None or stated.accelerator != wanted.accelerator:
        message = (
            f"{image.ami_type!r}: expected {wanted.name if wanted else 'another image'} for {instance.name}"
        )
        yield warning(
            ("image", "amiType"), "Invalid", f"{message}; this one lacks its drivers or brings others"
        )


RULES = (
    keys_fit_kind,
    nodes_have_a_place,
    eks_knows_the_capacity,
    eks_places_interfaces,
    sizes_fit,
    image_is_pinned,
    ami_type_is_known,
    image_fits_the_type,
)
