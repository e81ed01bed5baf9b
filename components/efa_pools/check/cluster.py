"""What the nodes of some pools need to know of their cluster, and how they must agree with it."""

from collections.abc import Iterator, Sequence

from ..images import kubernetes_of
from ..model.pool import Cluster
from ..plan.draft import Draft
from ..problem import Problem, warning
from .joining import joining_problems


def cluster_problems(cluster: Cluster, drafts: Sequence[Draft], *, whole: bool = True) -> Iterator[Problem]:
    """What the nodes need to know of their cluster, under the key `cluster`."""
    eks = [made for made in drafts if "nodes" in made.sound and made.kind != "gardener"]
    wanted: dict[str, tuple[object, str]] = {}
    if eks:
        wanted["name"] = (cluster.name, "the name of the EKS cluster that the nodes join")
    if any("security_group_ids" in made.sound and not made.pool.security_group_ids for made in eks):
        wanted["vpcId"] = (cluster.vpc_id, "the VPC in which the pool's security group is made (vpc-...)")
    if any({"image", "nodes"} <= made.sound and made.joins_by_user_data for made in eks):
        why = "which self-managed nodes and nodes of a given amiId need to join"
        wanted["endpoint"] = (cluster.endpoint, f"the API server's URL, {why}")
        wanted["certificateAuthority"] = (cluster.certificate_authority, f"its certificate in base64, {why}")
        wanted["serviceCidr"] = (cluster.service_cidr, f"the cluster's service range, {why}")
    if any(_names_no_version(made) for made in eks):
        why = "which says where EC2 finds the image of a self-managed node"
        wanted["kubernetesVersion"] = (cluster.kubernetes_version, f"the cluster's version, {why}")
    for key, (value, meaning) in wanted.items():
        if value is None:
            yield Problem(
                ("cluster", key), "Required", f"missing; expected {meaning}", "error" if whole else "warning"
            )
    yield from joining_problems(cluster)
    if eks and cluster.security_group_id is None:
        yield warning(
            ("cluster", "securityGroupId"),
            "Required",
            "missing; expected the cluster's security group (sg-...): EKS does not add it beside groups of "
            "our own, and without it nodes reach the API server only if other rules allow it",
        )


def _names_no_version(made: Draft) -> bool:
    """Whether EC2 finds the image only with the cluster's Kubernetes version."""
    if not {"image", "nodes"} <= made.sound or made.kind != "self-managed":
        return False
    image = made.pool.image
    release = image.release_version
    return image.ami_id is None and release is not None and kubernetes_of(image.family, release) is None


def version_problems(cluster: Cluster, made: Draft) -> Iterator[Problem]:
    """A release of EKS's AMI types belongs to one Kubernetes version, which must be the cluster's."""
    version = cluster.kubernetes_version
    if not isinstance(version, str) or "image" not in made.sound:
        return
    image = made.pool.image
    minor = kubernetes_of(image.family, image.release_version) if image.release_version else None
    if minor is not None and minor != version:
        yield Problem(
            ("image", "releaseVersion"),
            "Invalid",
            f"{image.release_version!r}: expected a release of Kubernetes {version}, the cluster's version; "
            "EKS refuses nodes of another",
        )
