"""Images that EKS does not build: what must be stated of them, because nothing can be looked up."""

from collections.abc import Iterator

from ..garden_linux import EFA_SINCE, has_efa
from ..images import FAMILIES
from ..plan.draft import Draft
from ..problem import Problem, warning
from .registry import needs


@needs("nodes", "image")
def own_image_is_given(draft: Draft) -> Iterator[Problem]:
    """An image of another builder is an AMI id; EKS has no AMI type for it."""
    image = draft.pool.image
    if FAMILIES[image.family].from_eks or draft.kind == "gardener":
        return
    if image.ami_id is None:
        yield Problem(
            ("image", "amiId"),
            "Required",
            f"missing; {image.family} expects the AMI id, EKS builds no such image",
        )
    if image.ami_type is not None:
        yield Problem(
            ("image", "amiType"),
            "Forbidden",
            f"{image.ami_type!r}: expected no AMI type with {image.family}, which EKS does not build",
        )
    if image.family == "custom":
        yield warning(
            ("image", "family"),
            "Invalid",
            "'custom': expected an image that joins the cluster by itself, has the EFA driver, and boots "
            "from /dev/xvda; none of this can be seen from here",
        )


@needs("cards", "network_interfaces", "layout", "image", "nodes")
def garden_linux_carries_efa(draft: Draft) -> Iterator[Problem]:
    """Kernels before these releases have no EFA driver, and nodes come up without devices."""
    image = draft.pool.image
    family = FAMILIES[image.family]
    efa = any(one.is_efa for one in draft.interfaces)
    if image.family != "garden-linux" or family.release_version is None or not efa:
        return
    version, first = image.release_version, [".".join(map(str, one)) for one in EFA_SINCE]
    if version is None and draft.kind == "gardener":
        return  # whose own rule asks for it
    if version is None:
        yield warning(
            ("image", "releaseVersion"),
            "Required",
            f"missing; expected the image's release, {first[0]} or {first[1]} and later: older kernels have "
            "no EFA driver",
        )
    elif not family.release_version.fullmatch(version):
        message = f"{version!r}: expected a release of Garden Linux such as {family.release_example}"
        yield Problem(("image", "releaseVersion"), "Invalid", message)
    elif not has_efa(version):
        message = (
            f"{version!r}: expected {first[0]} and later of that line, or {first[1]} and later; the kernel "
            "has no EFA driver"
        )
        # Gardener runs such a worker, and its other interfaces work.
        found = Problem(("image", "releaseVersion"), "Invalid", message)
        yield found._replace(severity="warning") if draft.kind == "gardener" else found


RULES = (own_image_is_given, garden_linux_carries_efa)
