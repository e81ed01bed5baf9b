"""EBS volumes of a node."""

from typing import Annotated, Literal

from pydantic import Field

from .wire import Boolean, Filled, Integer, Positive, SnapshotId, Wire

VolumeType = Literal["gp2", "gp3", "io1", "io2", "sc1", "st1", "standard"]


class Volume(Wire):
    """One volume; size in GiB, throughput in MiB/s."""

    name: Filled | None = None
    size: Annotated[Integer, Field(ge=1, le=65_536)] | None = None
    type: VolumeType | None = None
    iops: Positive | None = None
    throughput: Positive | None = None
    snapshot_id: SnapshotId | None = None
    kms_key_id: Filled | None = None
    encrypted: Boolean | None = None
