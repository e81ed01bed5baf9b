"""The EC2NodeClass: what the machine is.

Source: karpenter-provider-aws, pkg/apis/crds/karpenter.k8s.aws_ec2nodeclasses.yaml, v1.14.1.
"""

from typing import Any

from ..model.wire import listed
from ..plan.pool import LABEL_POOL, PoolPlan
from ..plan.prepare import user_data
from ..plan.volumes import BlockDevice

API = "karpenter.k8s.aws"
AMI_FAMILY = {"al2023": "AL2023", "bottlerocket": "Bottlerocket"}
# Karpenter's own default for Bottlerocket's root volume; its schema wants a size or a snapshot.
SYSTEM_ROOT_GIB = 4


def node_class(plan: PoolPlan, cluster_group: str | None) -> dict[str, Any]:
    """The object of one pool; `cluster_group` is the cluster's security group, where it is known."""
    pool = plan.pool
    groups = dict.fromkeys([*listed(pool.security_group_ids), *filter(None, [cluster_group])])
    spec: dict[str, Any] = {
        "amiFamily": AMI_FAMILY[pool.image.family],
        "amiSelectorTerms": [_image(plan)],
        **_identity(plan),
        "subnetSelectorTerms": [{"id": one} for one in listed(pool.subnet_ids)],
        "securityGroupSelectorTerms": [{"id": one} for one in groups],
        "associatePublicIPAddress": False,
        "networkInterfaces": [
            {
                "networkCardIndex": one.network_card_index,
                "deviceIndex": one.device_index,
                "interfaceType": one.type,
            }
            for one in plan.interfaces
        ],
        "capacityReservationSelectorTerms": _reservations(plan),
        "placementGroupSelector": _group(plan),
        "blockDeviceMappings": [_volume(device) for device in plan.devices],
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpTokens": pool.metadata.tokens,
            "httpPutResponseHopLimit": pool.metadata.hops,
        },
        "instanceStorePolicy": "RAID0" if plan.needs.local_storage else None,
        "userData": _user_data(plan),
        "tags": {**pool.tags, LABEL_POOL: plan.name},
    }
    present = {key: value for key, value in spec.items() if value is not None}
    return {
        "apiVersion": f"{API}/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": plan.name},
        "spec": present,
    }


def _user_data(plan: PoolPlan) -> str | None:
    """What is left to say: Karpenter joins and labels its nodes, counts their pods and sets up disks."""
    return user_data(plan.needs._replace(joins=False, maximum_pods=None, local_storage=False), None)


def _image(plan: PoolPlan) -> dict[str, str]:
    """An id, or the alias of the pinned release: `al2023@v20261105`, `bottlerocket@v1.52.0`."""
    image = plan.pool.image
    if image.ami_id is not None:
        return {"id": image.ami_id}
    first, _, last = str(image.release_version).partition("-")
    return {"alias": f"al2023@v{last}" if image.family == "al2023" else f"bottlerocket@v{first}"}


def _identity(plan: PoolPlan) -> dict[str, str]:
    """Karpenter takes names, without path."""
    nodes = plan.pool.nodes
    profile = nodes.instance_profile_name or nodes.instance_profile_arn
    if profile is not None:
        return {"instanceProfile": profile.rpartition("/")[2]}
    return {"role": str(nodes.role_arn).rpartition("/")[2]}


def _reservations(plan: PoolPlan) -> list[dict[str, str]] | None:
    capacity = plan.pool.capacity
    if capacity.kind == "open-reservation":
        return [{"instanceMatchCriteria": "open"}]
    return [{"id": capacity.reservation_id}] if capacity.reservation_id is not None else None


def _group(plan: PoolPlan) -> dict[str, str] | None:
    placement = plan.placement
    if placement.group_id is not None:
        return {"id": placement.group_id}
    return {"name": placement.group_name} if placement.group_name is not None else None


def _volume(device: BlockDevice) -> dict[str, Any]:
    size = device.size
    if size is None and device.snapshot_id is None:
        size = SYSTEM_ROOT_GIB
    ebs = {
        "volumeSize": None if size is None else f"{size}Gi",
        "volumeType": device.type,
        "encrypted": device.encrypted,
        "deleteOnTermination": True,
        "iops": device.iops,
        "throughput": device.throughput,
        "snapshotID": device.snapshot_id,
        "kmsKeyID": device.kms_key_id,
    }
    return {
        "deviceName": device.device,
        "ebs": {key: value for key, value in ebs.items() if value is not None},
    }
