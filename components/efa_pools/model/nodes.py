"""Who runs the nodes, and from which image."""

from typing import Any, Literal

from .wire import AmiId, Boolean, Filled, Positive, ProfileArn, RoleArn, Wire

NodeKind = Literal["eks-managed", "self-managed", "gardener"]
Family = Literal["al2023", "bottlerocket", "garden-linux", "custom"]


class Nodes(Wire):
    """The kind of node group and what belongs to it."""

    kind: NodeKind = "eks-managed"
    role_arn: RoleArn | None = None
    instance_profile_name: Filled | None = None
    instance_profile_arn: ProfileArn | None = None
    shoot: Filled | None = None
    namespace: Filled | None = None
    worker: dict[str, Any] | None = None


class Image(Wire):
    """The machine image, always pinned."""

    family: Family
    ami_id: AmiId | None = None
    ami_type: Filled | None = None
    release_version: Filled | None = None


class Update(Wire):
    """How many nodes an update may take away at once, and in which order."""

    max_unavailable: Positive | None = None
    strategy: Literal["terminate-first", "launch-first"] | None = None
    protect_from_scale_in: Boolean | None = None
