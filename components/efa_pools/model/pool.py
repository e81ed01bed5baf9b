"""A pool of EFA worker nodes, as users write it."""

from typing import Annotated, Literal

from .capacity import Capacity
from .forms import Field
from .machine import INTERFACE_LIMIT, Cpu, Metadata, NetworkInterface, StatedInstance
from .nodes import Image, Nodes, Update
from .placement import Placement
from .volumes import Volume
from .wire import (
    Count,
    Filled,
    InstanceTypeName,
    Name,
    Positive,
    Reference,
    SecurityGroupRef,
    SecurityGroupRefs,
    SubnetRefs,
    Text,
    VersionRef,
    VpcRef,
    Wire,
    Zone,
)

Preset = Literal["recommended", "max-ena", "efa-primary"]


class Size(Wire):
    """How many nodes: `desired` alone is a fixed pool, `min` and `max` alone start at `min`."""

    min: Count | None = None
    desired: Count | None = None
    max: Count | None = None


class Taint(Wire):
    """A Kubernetes taint, in Kubernetes's own words."""

    key: Filled
    value: Text | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


class Pool(Wire):
    """One pool. Every key is described at `EfaWorkerPoolArgs`, which has the same ones."""

    name: Name | None = None
    instance_type: InstanceTypeName
    instance: StatedInstance | None = None
    size: Size
    subnet_ids: SubnetRefs | None = None
    availability_zones: Annotated[tuple[Zone, ...], Field(min_length=1)] | None = None
    layout: Preset | None = None
    network_interfaces: (
        Annotated[tuple[NetworkInterface, ...], Field(min_length=1, max_length=INTERFACE_LIMIT)] | None
    ) = None
    layout_version: Positive | None = None
    placement: Placement | None = None
    capacity: Capacity = Capacity(kind="on-demand")
    nodes: Nodes = Nodes()
    image: Image
    root_volume: Volume | None = None
    data_volumes: Annotated[tuple[Volume, ...], Field(max_length=11)] = ()
    metadata: Metadata = Metadata()
    cpu: Cpu | None = None
    security_group_ids: SecurityGroupRefs | None = None
    labels: dict[str, Text] = {}
    taints: tuple[Taint, ...] = ()
    tags: dict[str, Text] = {}
    huge_pages2_mi: Count | None = None
    update: Update = Update()


class Twins(Wire):
    """References as top-level arguments of the component, where Pulumi carries outputs safely."""

    placement_group_id: Reference | None = None
    capacity_reservation_id: Reference | None = None
    node_role_arn: Reference | None = None


class Cluster(Wire):
    """The cluster that the nodes join; any value may be another resource's output."""

    name: Reference | None = None
    vpc_id: VpcRef | None = None
    endpoint: Reference | None = None
    certificate_authority: Reference | None = None
    service_cidr: Reference | None = None
    kubernetes_version: VersionRef | None = None
    security_group_id: SecurityGroupRef | None = None
