"""The node image: there, of the right processor, and not on its way out.

Parameter paths: EKS User Guide, "Retrieve recommended Amazon Linux AMI IDs"; Bottlerocket README, "Finding an
AMI"; the forms by version as Karpenter's provider for AWS asks for them (pkg/providers/amifamily, 2026-08).
"""

from datetime import UTC, datetime

from ..images import AMI_TYPES, AmiType
from .account import Account, Missing
from .finding import Check, Subject, Verdict, judged, passed


def image(subject: Subject, account: Account) -> Verdict | None:
    """An image that does not exist, or is built for another processor, gives nodes that never start."""
    if subject.plan.pool.image.ami_id is not None:
        return _by_id(subject, account, subject.plan.pool.image.ami_id)
    return _by_release(subject, account)


def _by_id(subject: Subject, account: Account, id: str) -> Verdict:
    processors = subject.plan.instance.architectures
    expected = f"{id}: available" + (f", for {' or '.join(processors)}" if processors else "")
    try:
        images = account.call("ec2", "DescribeImages", ImageIds=[id])["Images"]
    except Missing:
        images = []
    if not images:
        fix = "correct image.amiId or the Region, or have the image shared with this account"
        return Verdict("fail", f"no image {id} in {account.region} for this account", expected, fix)
    found = images[0]
    text = f"{found.get('Name', id)}: {found['State']}, for {found['Architecture']}"
    if found["State"] != "available" or (processors and found["Architecture"] not in processors):
        return Verdict("fail", text, expected, "take an image of the instance type's processor")
    ends = found.get("DeprecationTime")
    gone = (
        bool(ends)
        and datetime.fromisoformat(ends.replace("Z", "+00:00")).astimezone(UTC) <= subject.stack.now
    )
    text += f", deprecated since {ends}" if gone else ""
    return judged(gone, text, expected, "take a newer image", status="warn")


def _by_release(subject: Subject, account: Account) -> Verdict | None:
    nodes = subject.plan.nodes
    known = AMI_TYPES.get(nodes.ami_type or "")
    if known is None or nodes.release_version is None:
        return None
    expected = f"{known.name} {nodes.release_version}"
    path = parameter(known, nodes.release_version, _kubernetes(subject))
    if path is None:
        fix = "state efa-pools:cluster.kubernetesVersion"
        return Verdict("unknown", "the cluster's Kubernetes version is not stated", expected, fix)
    try:
        id = account.call("ssm", "GetParameter", Name=path)["Parameter"]["Value"]
    except Missing:
        fix = "pin a release that exists: image.releaseVersion"
        return Verdict("fail", f"no such release in {account.region} ({path})", expected, fix)
    return passed(f"{id} ({path})", expected)


def parameter(image: AmiType, release: str, kubernetes: str | None) -> str | None:
    """The public parameter that holds the release's image id; None where the Kubernetes version is needed."""
    if image.family == "al2023":
        # 1.34.2-20261105: the Kubernetes version and the day of the build.
        version, _, day = release.partition("-")
        minor = ".".join(version.split(".")[:2])
        variant = "standard" if image.accelerator == "none" else image.accelerator
        name = f"amazon-eks-node-al2023-{image.architecture}-{variant}-{minor}-v{day}"
        folder = f"{minor}/amazon-linux-2023/{image.architecture}/{variant}"
        return f"/aws/service/eks/optimized-ami/{folder}/{name}/image_id"
    if kubernetes is None:
        return None
    suffix = ("-nvidia" if image.accelerator == "nvidia" else "") + ("-fips" * image.name.endswith("_FIPS"))
    return f"/aws/service/bottlerocket/aws-k8s-{kubernetes}{suffix}/{image.architecture}/{release}/image_id"


def _kubernetes(subject: Subject) -> str | None:
    stated = subject.stack.cluster.kubernetes_version
    return stated if isinstance(stated, str) else None


CHECKS = (Check("image", image),)
