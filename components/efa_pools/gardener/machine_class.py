"""What Gardener makes of a worker in one zone: the defaults that no Shoot shows.

Source: pkg/controller/worker/machines.go; gardener, extensions/pkg/controller/worker/machines.go
(DistributeOverZones) and pkg/apis/core/v1beta1/defaults_shoot.go.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .interfaces import expand

# Data volumes are attached in the order of their names; the first letter is f.
DATA_DEVICES = tuple(f"/dev/sd{letter}" for letter in "fghijklmnop")
Tree = dict[str, Any]


class Place(NamedTuple):
    """A zone of the shoot and what its infrastructure has there."""

    zone: str
    subnet_id: str
    security_group_id: str
    technical_id: str
    instance_profile: str
    ip_families: tuple[str, ...] = ()


def machine_class(worker: Mapping[str, Any], config: Mapping[str, Any], place: Place) -> Tree:
    """The provider's part of a machine class, without AMI, region and key; absent parts are not sent."""
    ipv6 = "IPv6" in place.ip_families
    made: Tree = {
        "machineType": worker.get("machine", {}).get("type", ""),
        "srcAndDstChecksEnabled": False,
        "iam": config.get("iamInstanceProfile", {"name": place.instance_profile}),
        "networkInterfaces": expand(
            config.get("networkInterfaces", []), place.subnet_id, place.security_group_id, ipv6=ipv6
        ),
        "tags": {
            f"kubernetes.io/cluster/{place.technical_id}": "1",
            "kubernetes.io/role/node": "1",
            **worker.get("labels", {}),
        },
        "blockDevices": block_devices(worker, config),
        "instanceMetadataOptions": metadata_options(config, place.ip_families),
    }
    for key in ("placement", "cpuOptions", "instanceMarketOptions"):
        if key in config:
            made[key] = config[key]
    if "capacityReservation" in config:
        made["capacityReservation"] = config["capacityReservation"]
    return made


def metadata_options(config: Mapping[str, Any], ip_families: Sequence[str] = ()) -> Tree:
    """IMDSv2 with two hops, but only where the WorkerConfig says nothing at all of it."""
    default = {"httpPutResponseHopLimit": 2, "httpTokens": "required"}
    made = dict(config.get("instanceMetadataOptions", default))
    return {**made, "httpProtocolIpv6": "enabled"} if list(ip_families) == ["IPv6"] else made


def block_devices(worker: Mapping[str, Any], config: Mapping[str, Any]) -> list[Tree]:
    """The root volume, which has a name only beside others, and the data volumes by name."""
    data = sorted(worker.get("dataVolumes", []), key=lambda volume: str(volume.get("name", "")))
    values = {one.get("name", ""): one for one in reversed(config.get("dataVolumes", []))}
    made: list[Tree] = [{"ebs": _ebs(worker.get("volume", {}), config.get("volume", {}))}]
    if data:
        made[0]["deviceName"] = "/root"
    for device, volume in zip(DATA_DEVICES, data, strict=False):
        made.append({"deviceName": device, "ebs": _ebs(volume, values.get(volume.get("name", ""), {}))})
    return made


def _ebs(volume: Mapping[str, Any], values: Mapping[str, Any]) -> Tree:
    size = str(volume.get("size", "")).removesuffix("Gi")
    return {
        "volumeSize": int(size) if size.isascii() and size.isdigit() else None,
        "volumeType": volume.get("type"),
        "encrypted": volume.get("encrypted", True),
        "deleteOnTermination": True,
        **{key: values[key] for key in ("iops", "throughput", "snapshotID") if key in values},
    }


def per_zone(total: int, zones: int) -> list[int]:
    """A number of machines over the zones: the first zones get what is left over."""
    return [total // zones + (index < total % zones) for index in range(zones)]


def update_amounts(worker: Mapping[str, Any]) -> tuple[int | str | None, int | str | None]:
    """maxSurge and maxUnavailable with the API server's defaults; None where they must not be set."""
    surge, unavailable = {"AutoInPlaceUpdate": (0, 1), "ManualInPlaceUpdate": (None, None)}.get(
        worker.get("updateStrategy", ""), (1, 0)
    )
    return worker.get("maxSurge", surge), worker.get("maxUnavailable", unavailable)


def deployment_labels(worker: Mapping[str, Any], zone: str) -> dict[str, str]:
    """The labels of a zone's nodes; those of the zone win."""
    zones = dict.fromkeys(("topology.ebs.csi.aws.com/zone", "topology.kubernetes.io/zone"), zone)
    return {**worker.get("labels", {}), **zones}
