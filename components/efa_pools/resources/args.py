"""Arguments of EfaWorkerPool at the wire. The models check the values; this gives names and meaning.

Pulumi reads these classes to make the package's schema, so annotations are real objects (no postponed
evaluation) and each docstring is the text that users of any language see. What another resource usually
makes is a top-level Input; everything else is plain, because it is checked before anything is created.
"""

from typing import Any, NotRequired, TypedDict

from pulumi import Input

# `from` is a word of Python, so this one is written as a call. Both ends are included.
NetworkCardIndexRange = TypedDict("NetworkCardIndexRange", {"from": int, "to": int})


class NetworkInterface(TypedDict):
    """One network interface, or one on each card of a range."""

    network_card_index: NotRequired[int]
    """Network card, from 0. Default 0. Not beside networkCardIndexRange."""
    network_card_index_range: NotRequired[NetworkCardIndexRange]
    """Cards from `from` to `to`, both included: one interface on each."""
    device_index: NotRequired[int]
    """Device index on the card, from 0. Default 0."""
    type: NotRequired[str]
    """interface (default), efa, or efa-only."""
    description: NotRequired[str]
    """Description of the interface in EC2."""
    subnet_id: NotRequired[str]
    """Subnet of this interface, with self-managed nodes; managed node groups take subnets from subnetIds."""


class NetworkCard(TypedDict):
    """One network card of an instance type that the catalogue lacks."""

    index: int
    """NetworkCardIndex, from 0 without a gap."""
    maximum_interfaces: int
    """How many interfaces the card holds."""
    interface_types: list[str]
    """What the card accepts: interface, efa, efa-only."""


class Instance(TypedDict):
    """Hardware of an instance type that the catalogue lacks, as its document gives it."""

    network_cards: list[NetworkCard]
    """All network cards of the type."""
    maximum_efa_interfaces: int
    """EFA interfaces that one instance can have; not always the number of cards."""
    bandwidth_gbps: int
    """Ceiling of the instance's EFA bandwidth in Gbps."""


class Size(TypedDict):
    """Number of nodes: desired alone is a fixed pool, min and max alone start at min."""

    min: NotRequired[int]
    """Fewest nodes."""
    desired: NotRequired[int]
    """Nodes wanted. In a fixed pool it is changed in place; otherwise it is set once and left alone."""
    max: NotRequired[int]
    """Most nodes."""


class Placement(TypedDict):
    """Placement group and tenancy. Default: a new cluster group on demand and for spot, none otherwise."""

    mode: NotRequired[str]
    """create, existing, from-reservation, or none."""
    strategy: NotRequired[str]
    """cluster (default), spread, or partition; for an existing group, what it is."""
    group_id: NotRequired[str]
    """Id of an existing group (pg-...). It is never changed or deleted."""
    group_name: NotRequired[str]
    """Name of an existing group, instead of its id."""
    partition_count: NotRequired[int]
    """Partitions of a new partition group, 1 to 7."""
    partition_number: NotRequired[int]
    """Partition in which all nodes of this pool stand."""
    spread_level: NotRequired[str]
    """rack (default) or host, for a new spread group; host is for Outposts."""
    tenancy: NotRequired[str]
    """default, dedicated, or host."""
    host_id: NotRequired[str]
    """Dedicated Host, with tenancy host."""
    affinity: NotRequired[str]
    """default or host, with tenancy host."""


class Capacity(TypedDict):
    """Where the machines come from. Default: on-demand."""

    kind: str
    """on-demand, spot, open-reservation, reservation, capacity-block, or interruptible-reservation."""
    reservation_id: NotRequired[str]
    """Reservation or Capacity Block to launch into (cr-...)."""
    resource_group_arn: NotRequired[str]
    """Resource group of reservations to launch into, instead of an id."""
    count: NotRequired[int]
    """Instances reserved, to check the pool's size against; without an id, kind reservation makes so many."""
    start: NotRequired[str]
    """Start of the block or reservation, RFC 3339 with offset; nodes wanted before it are an error."""
    end: NotRequired[str]
    """End of the block or reservation, RFC 3339 with offset; nodes wanted after it are an error."""
    end_date: NotRequired[str]
    """End of a reservation that the pool makes, RFC 3339 with offset. Default: none."""
    platform: NotRequired[str]
    """Platform reserved, such as Linux/UNIX."""
    offering_id: NotRequired[str]
    """Offering to buy a Capacity Block from, once (cb-...); needs maximumPrice, currency and start."""
    maximum_price: NotRequired[str]
    """Most that the block may cost, such as 35000.00; preflight holds the offering against it."""
    currency: NotRequired[str]
    """Currency of maximumPrice: USD."""
    when_inactive: NotRequired[str]
    """What to do about nodes wanted outside the block's window: error (default), or defer to its start."""
    drain: NotRequired[str]
    """How self-managed nodes are emptied before they go: node-termination-handler, or none."""
    follows: NotRequired[str]
    """Pool whose block comes before this one; the plan of a stack shows overlap or gap."""


class Nodes(TypedDict):
    """Who runs the nodes."""

    kind: NotRequired[str]
    """eks-managed (default), self-managed (an Auto Scaling group), or gardener, of GardenerWorkers."""
    role_arn: NotRequired[str]
    """Existing node role. Absent: one is created with the policies that EKS nodes need."""
    instance_profile_name: NotRequired[str]
    """Existing instance profile of self-managed nodes; roleArn beside it is its role. Absent: created."""
    instance_profile_arn: NotRequired[str]
    """The same by ARN."""
    shoot: NotRequired[str]
    """Shoot of Gardener nodes."""
    namespace: NotRequired[str]
    """Namespace of that Shoot."""
    worker: NotRequired[dict[str, Any]]
    """Worker fields of Gardener that no other key expresses."""


class Image(TypedDict):
    """The machine image, by amiId or by releaseVersion of EKS's own; nothing resolves 'latest'."""

    family: str
    """al2023 or bottlerocket; garden-linux or custom by amiId, and these join the cluster by themselves."""
    ami_id: NotRequired[str]
    """AMI to boot. Needs the cluster's endpoint, certificate authority and service CIDR."""
    ami_type: NotRequired[str]
    """AMI type of EKS. Default: the one of the family with the drivers that the instance type wants."""
    release_version: NotRequired[str]
    """Release of the AMI type, such as 1.34.2-20261105; with garden-linux, the release behind amiId."""


class Volume(TypedDict):
    """One EBS volume."""

    name: NotRequired[str]
    """Name of a data volume; required there."""
    size: NotRequired[int]
    """Size in GiB. Default 100; the image's own for Bottlerocket's first volume."""
    type: NotRequired[str]
    """gp3 (default), gp2, io1, io2, sc1, st1, or standard."""
    iops: NotRequired[int]
    """Provisioned IOPS, with gp3, io1 and io2."""
    throughput: NotRequired[int]
    """Provisioned throughput in MiB/s, with gp3."""
    snapshot_id: NotRequired[str]
    """Snapshot that a data volume starts from."""
    kms_key_id: NotRequired[str]
    """KMS key to encrypt with. Default: the account's."""
    encrypted: NotRequired[bool]
    """Default true."""


class Metadata(TypedDict):
    """Instance metadata service."""

    http_tokens: NotRequired[str]
    """required (default: IMDSv2 only) or optional."""
    hop_limit: NotRequired[int]
    """Hops a token may travel, 1 to 64. Default 2, so that pods reach the service."""


class Cpu(TypedDict):
    """Processor options. coreCount and threadsPerCore go together."""

    core_count: NotRequired[int]
    """CPU cores."""
    threads_per_core: NotRequired[int]
    """1 or 2 threads a core."""
    amd_sev_snp: NotRequired[str]
    """enabled or disabled."""


class Taint(TypedDict):
    """A Kubernetes taint."""

    key: str
    """Key, such as nvidia.com/gpu."""
    value: NotRequired[str]
    """Value."""
    effect: str
    """NoSchedule, PreferNoSchedule, or NoExecute."""


class Update(TypedDict):
    """How an update takes nodes away."""

    max_unavailable: NotRequired[int]
    """Nodes that may be missing at once. Default 1."""
    strategy: NotRequired[str]
    """terminate-first (default in reserved capacity) or launch-first (default elsewhere)."""
    protect_from_scale_in: NotRequired[bool]
    """Keep nodes when the group scales in, with self-managed nodes. Default false."""


class EfaWorkerPoolArgs(TypedDict):
    """One pool of EFA worker nodes and the cluster they join."""

    instance_type: str
    """EC2 instance type, such as p5.48xlarge."""
    size: Size
    """How many nodes."""
    image: Image
    """Which machine image."""
    subnet_ids: NotRequired[Input[list[Input[str]]]]
    """Subnets of the nodes; private ones, in the pool's zone. Required."""
    instance: NotRequired[Instance]
    """Cards of the type, only where the catalogue lacks them."""
    availability_zones: NotRequired[list[str]]
    """Zones of the subnets; exactly one for a cluster placement group, which needs it."""
    layout: NotRequired[str]
    """Preset of interfaces: recommended (default), max-ena, or efa-primary. Not beside networkInterfaces."""
    network_interfaces: NotRequired[list[NetworkInterface]]
    """Interfaces one by one or by ranges of cards, instead of a preset."""
    layout_version: NotRequired[int]
    """Version of the preset. Pin it: a changed layout replaces nodes."""
    placement: NotRequired[Placement]
    """Placement group and tenancy."""
    capacity: NotRequired[Capacity]
    """Where the machines come from."""
    nodes: NotRequired[Nodes]
    """Who runs the nodes."""
    root_volume: NotRequired[Volume]
    """Root volume. Default: 100 GiB gp3, encrypted."""
    data_volumes: NotRequired[list[Volume]]
    """Further volumes, at most 11."""
    metadata: NotRequired[Metadata]
    """Instance metadata service."""
    cpu: NotRequired[Cpu]
    """Processor options."""
    security_group_ids: NotRequired[Input[list[Input[str]]]]
    """Security groups of your own, instead of a new one. One must allow all traffic to and from itself."""
    labels: NotRequired[dict[str, str]]
    """Kubernetes labels of the nodes."""
    taints: NotRequired[list[Taint]]
    """Kubernetes taints of the nodes."""
    tags: NotRequired[dict[str, str]]
    """Tags of everything that the pool makes: resources, instances, volumes, interfaces."""
    huge_pages2_mi: NotRequired[int]
    """Huge pages of 2 MiB for each node. Absent: what EFA needs; 0: none."""
    update: NotRequired[Update]
    """How an update takes nodes away."""
    placement_group_id: NotRequired[Input[str]]
    """Existing placement group made by another resource, instead of placement.groupId."""
    capacity_reservation_id: NotRequired[Input[str]]
    """Reservation made by another resource, instead of capacity.reservationId; needs capacity.kind."""
    node_role_arn: NotRequired[Input[str]]
    """Node role made by another resource, instead of nodes.roleArn."""
    cluster_name: NotRequired[Input[str]]
    """EKS cluster that the nodes join. Required."""
    vpc_id: NotRequired[Input[str]]
    """VPC of the pool's security group. Required unless securityGroupIds is given."""
    cluster_endpoint: NotRequired[Input[str]]
    """URL of the cluster's API server; needed with image.amiId and by self-managed nodes."""
    cluster_certificate_authority: NotRequired[Input[str]]
    """The API server's certificate in base64; needed with image.amiId and by self-managed nodes."""
    cluster_service_cidr: NotRequired[Input[str]]
    """Service range of the cluster; needed with image.amiId and by self-managed nodes."""
    cluster_security_group_id: NotRequired[Input[str]]
    """The cluster's security group, put on every interface that has an address."""
    kubernetes_version: NotRequired[Input[str]]
    """Kubernetes version of the cluster, such as 1.34."""
