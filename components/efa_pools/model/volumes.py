"""EBS volumes of a node."""

from typing import Annotated, Literal

from .wire import Boolean, Filled, Positive, SnapshotId, Wire, whole

VolumeType = Literal["gp2", "gp3", "io1", "io2", "sc1", "st1", "standard"]


class Volume(Wire):
    """One volume; size in GiB, throughput in MiB/s."""

    name: Filled | None = None
    size: Annotated[int, whole(1, 65_536)] | None = None
    type: VolumeType | None = None
    iops: Positive | None = None
    throughput: Positive | None = None
    snapshot_id: SnapshotId | None = None
    kms_key_id: Filled | None = None
    encrypted: Boolean | None = None
