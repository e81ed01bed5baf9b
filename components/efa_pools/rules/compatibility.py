"""Whether the image's drivers can run the instance type: errors for what cannot work, warnings for what no
source says."""

from collections.abc import Iterator

from ..compatibility import AL2023_RELEASE, cited, data, drivers, listed, need, version
from ..images import AMI_TYPES, accelerator, ami_type
from ..plan.draft import Draft
from ..problem import Path, Problem, warning
from .registry import needs

RELEASE: Path = ("image", "releaseVersion")


@needs("cards", "image", "nodes")
def gpu_driver_fits(draft: Draft) -> Iterator[Problem]:
    """A GPU that the driver does not know is no GPU; a driver too new may lose GPUDirect over EFA."""
    image, instance = draft.pool.image, draft.instance
    wanted = need(instance.name, "nvidia") if instance else None
    if instance is None or wanted is None or image.release_version is None or image.ami_id is not None:
        return
    found = drivers(image.family, image.release_version, nvidia=True)
    if found is None or found.nvidia is None:
        return
    low, high = found.nvidia
    expected = f"{wanted.least} or newer" + (f", below {wanted.below}" if wanted.below else "")
    has = f"{low}" if low == high else f"{low} to {high}"
    said = f"{image.release_version!r} has NVIDIA driver {has}: {instance.name} expects {expected}"
    too_old, too_new = high < wanted.least, wanted.below is not None and low >= wanted.below
    if found.known and (too_old or too_new):
        yield Problem(RELEASE, "NotSupported", f"{said} ({wanted.source})")
    elif low < wanted.least or (wanted.below is not None and (high >= wanted.below or not found.known)):
        doubt = "by its Kubernetes version" if found.known else f"as of {found.until}, where the table ends"
        yield warning(RELEASE, "NotSupported", f"{said}; it may, {doubt} ({wanted.source})")


@needs("cards", "image", "nodes")
def release_fits_the_type(draft: Draft) -> Iterator[Problem]:
    """Types that came with a feature of Kubernetes or with a release of the image."""
    image, instance = draft.pool.image, draft.instance
    match = AL2023_RELEASE.fullmatch(image.release_version or "")
    if instance is None or image.family != "al2023" or match is None:
        return
    kubernetes, release = need(instance.name, "kubernetes"), need(instance.name, "al2023")
    if kubernetes is not None and version(match[1]) < version(kubernetes.least):
        yield Problem(
            RELEASE,
            "NotSupported",
            f"{image.release_version!r}: {instance.name} expects Kubernetes {kubernetes.least} or newer "
            f"({kubernetes.source})",
        )
    elif release is not None and match[2] < release.least:
        yield warning(
            RELEASE,
            "NotSupported",
            f"{image.release_version!r}: {instance.name} expects a release of {release.least} or later "
            f"({release.source})",
        )


@needs("image", "nodes")
def bottlerocket_prepares_efa(draft: Draft) -> Iterator[Problem]:
    """Older releases do not know our settings, nor raise limits where they find EFA."""
    image, table = draft.pool.image, data()["bottlerocket"]
    if image.family != "bottlerocket" or image.release_version is None:
        return
    neuron = draft.instance is not None and accelerator(draft.instance) == "neuron"
    least, source = (
        (table["neuronFrom"], table["neuronSource"]) if neuron else (table["efaFrom"], table["efaSource"])
    )
    asked = version(image.release_version)
    if asked and asked < version(least):
        why = "Neuron devices" if neuron else "memory limits, huge pages and disks for EFA nodes"
        yield Problem(
            RELEASE,
            "NotSupported",
            f"{image.release_version!r}: expected {least} or newer, which sets up {why} ({cited(source)})",
        )


@needs("cards", "image", "nodes")
def image_is_listed(draft: Draft) -> Iterator[Problem]:
    """AWS says which types each accelerated image supports; others are unproven."""
    image, instance = draft.pool.image, draft.instance
    if instance is None or image.ami_id is not None or accelerator(instance) == "none":
        return
    chosen, stated = ami_type(instance, image.family), AMI_TYPES.get(image.ami_type or "")
    # Another processor or accelerator is another rule's finding.
    if chosen is None or (stated is not None and stated[1:] != chosen[1:]):
        return
    if listed(chosen.name, instance.name) is False:
        yield warning(
            ("image", "family"),
            "NotSupported",
            f"{image.family!r}: AWS's table of {chosen.name} does not name {instance.name}; expected a "
            f"proven image, or a test of this one ({cited('eks-amis')})",
        )


RULES = (gpu_driver_fits, release_fits_the_type, bottlerocket_prepares_efa, image_is_listed)
