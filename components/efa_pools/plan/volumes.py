"""Volumes as block devices of the launch template.

Sources: EKS User Guide, "Customize managed nodes with launch templates"; Bottlerocket README, "Default
Volumes" (the second volume holds images and logs); EC2 User Guide, "Device names for volumes".
"""

from collections.abc import Iterator
from typing import NamedTuple

from ..images import Family
from ..model.volumes import Volume

# A GPU image with its frameworks is 20 to 40 GiB unpacked; EKS's default of 20 GiB fills with the first.
DEFAULT_SIZE_GIB = 100
DATA_DEVICES = tuple(f"/dev/sd{letter}" for letter in "fghijklmnop")


class BlockDevice(NamedTuple):
    """One volume and the device name it is attached under; size in GiB, throughput in MiB/s."""

    device: str
    size: int | None
    type: str
    encrypted: bool
    iops: int | None = None
    throughput: int | None = None
    snapshot_id: str | None = None
    kms_key_id: str | None = None


def block_devices(family: Family, root: Volume | None, data: tuple[Volume, ...]) -> tuple[BlockDevice, ...]:
    """The root volume under the family's root device, then the data volumes in order.

    Where the family keeps images on a volume of its own, that is the first data volume.
    """
    devices = iter((family.data_device, *DATA_DEVICES) if family.data_device else DATA_DEVICES)
    root_size = None if family.data_device else DEFAULT_SIZE_GIB
    made = [_device(family.root_device, root or Volume(), root_size)]
    if family.data_device and not data:
        data = (Volume(),)
    made.extend(_device(device, volume, DEFAULT_SIZE_GIB) for volume, device in _paired(data, devices))
    return tuple(made)


def _paired(data: tuple[Volume, ...], devices: Iterator[str]) -> Iterator[tuple[Volume, str]]:
    return zip(data, devices, strict=False)


def _device(device: str, volume: Volume, default_size: int | None) -> BlockDevice:
    size = volume.size if volume.size or volume.snapshot_id else default_size
    return BlockDevice(
        device=device,
        size=size,
        type=volume.type or "gp3",
        encrypted=volume.encrypted is not False,
        iops=volume.iops,
        throughput=volume.throughput,
        snapshot_id=volume.snapshot_id,
        kms_key_id=volume.kms_key_id,
    )
