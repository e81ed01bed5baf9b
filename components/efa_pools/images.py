"""Node images: the AMI types of EKS, root devices, release versions and where EC2 finds them, by family.

Sources: EKS API, `AMITypes` (CreateNodegroup); EKS User Guide, "Retrieve recommended Amazon Linux AMI IDs"
and "Retrieve recommended Bottlerocket AMI IDs"; Bottlerocket README, "Default Volumes" (2026-11);
gardenlinux, tools/import-ec2-ami.py (root device), 850e9884 of 2026-08-20. A release's
parameters: karpenter-provider-aws, pkg/providers/amifamily/al2023.go and bottlerocket.go, commit 1d92708 of
2026-08-21; Bottlerocket, tools/pubsys/policies/ssm/README.md (image_version is 1.42.0-5ed15786).
"""

import re
from typing import Literal, NamedTuple

from .catalogue import InstanceType

Accelerator = Literal["none", "nvidia", "neuron"]


class AmiType(NamedTuple):
    """One AMI type that EKS builds for managed node groups."""

    name: str
    family: str
    architecture: str
    accelerator: Accelerator


class Family(NamedTuple):
    """What differs between node operating systems."""

    name: str
    root_device: str
    data_device: str | None
    """The device of container images and logs, where that is not the root device."""
    release_version: re.Pattern[str] | None
    release_example: str
    from_eks: bool = True
    """Whether EKS builds images of it; others are given by id."""


FAMILIES = {
    "al2023": Family("al2023", "/dev/xvda", None, re.compile(r"\d+\.\d+\.\d+-\d{8}"), "1.34.2-20261105"),
    "bottlerocket": Family(
        "bottlerocket",
        "/dev/xvda",
        "/dev/xvdb",
        re.compile(r"\d+\.\d+\.\d+-[0-9a-f]{8}"),
        "1.52.0-3f1a9b2c",
    ),
    "garden-linux": Family(
        "garden-linux", "/dev/xvda", None, re.compile(r"\d+\.\d+(\.\d+)?"), "2150.0.0", from_eks=False
    ),
    "custom": Family("custom", "/dev/xvda", None, None, "", from_eks=False),
}
RESOURCES: dict[Accelerator, str] = {"nvidia": "nvidia.com/gpu", "neuron": "aws.amazon.com/neuron"}
"""What Kubernetes counts accelerators as, once their device plugin runs."""
_AMI_TYPES: tuple[tuple[str, str, str, Accelerator], ...] = (
    ("AL2023_x86_64_STANDARD", "al2023", "x86_64", "none"),
    ("AL2023_ARM_64_STANDARD", "al2023", "arm64", "none"),
    ("AL2023_x86_64_NVIDIA", "al2023", "x86_64", "nvidia"),
    ("AL2023_ARM_64_NVIDIA", "al2023", "arm64", "nvidia"),
    ("AL2023_x86_64_NEURON", "al2023", "x86_64", "neuron"),
    ("BOTTLEROCKET_x86_64", "bottlerocket", "x86_64", "none"),
    ("BOTTLEROCKET_ARM_64", "bottlerocket", "arm64", "none"),
    ("BOTTLEROCKET_x86_64_FIPS", "bottlerocket", "x86_64", "none"),
    ("BOTTLEROCKET_ARM_64_FIPS", "bottlerocket", "arm64", "none"),
    ("BOTTLEROCKET_x86_64_NVIDIA", "bottlerocket", "x86_64", "nvidia"),
    ("BOTTLEROCKET_ARM_64_NVIDIA", "bottlerocket", "arm64", "nvidia"),
    ("BOTTLEROCKET_x86_64_NVIDIA_FIPS", "bottlerocket", "x86_64", "nvidia"),
    ("BOTTLEROCKET_ARM_64_NVIDIA_FIPS", "bottlerocket", "arm64", "nvidia"),
)
AMI_TYPES = {row[0]: AmiType(*row) for row in _AMI_TYPES}


def accelerator(instance: InstanceType) -> Accelerator:
    """What the image must carry a driver for."""
    if instance.neuron_count:
        return "neuron"
    return "nvidia" if instance.gpu_count and "NVIDIA" in (instance.gpu_name or "").upper() else "none"


def ami_type(instance: InstanceType, family: str) -> AmiType | None:
    """The AMI type of a family that fits the instance type; None where EKS builds none."""
    wanted = accelerator(instance)
    if family == "bottlerocket" and wanted == "neuron":
        wanted = "none"  # its ordinary images carry the Neuron driver (ml-eks-optimized-ami.html)
    return next(
        (
            found
            for found in AMI_TYPES.values()
            if found.family == family
            and found.accelerator == wanted
            and found.architecture in instance.architectures
            and not found.name.endswith("FIPS")
        ),
        None,
    )


_VARIANTS = {"none": "standard", "nvidia": "nvidia", "neuron": "neuron"}


def kubernetes_of(family: str, release: str) -> str | None:
    """The Kubernetes version that a release is built for; None where its name does not say."""
    return ".".join(release.split(".")[:2]) if family == "al2023" else None


def has_parameter(image: AmiType) -> bool:
    """Whether the form of the image's public parameter is known; that of FIPS images is not."""
    return not image.name.endswith("FIPS")


def parameter(image: AmiType, release: str, kubernetes: str) -> str:
    """The public parameter that holds one exact release's AMI id in each region."""
    if image.family == "bottlerocket":
        flavour = "-nvidia" if image.accelerator == "nvidia" else ""
        variant = f"aws-k8s-{kubernetes}{flavour}"
        return f"/aws/service/bottlerocket/{variant}/{image.architecture}/{release}/image_id"
    variant, date = _VARIANTS[image.accelerator], release.rpartition("-")[2]
    name = f"amazon-eks-node-al2023-{image.architecture}-{variant}-{kubernetes}-v{date}"
    folder = f"/aws/service/eks/optimized-ami/{kubernetes}/amazon-linux-2023/{image.architecture}/{variant}"
    return f"{folder}/{name}/image_id"
