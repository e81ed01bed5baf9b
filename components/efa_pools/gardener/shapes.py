"""The shapes of Gardener's objects: which keys there are and what stands under them.

A shape is a word for a scalar, a list of one shape, a mapping of keys, or `Words` for free keys.
Sources: pkg/apis/aws/v1alpha1/types_worker.go; gardener, pkg/apis/core/v1beta1/types_shoot.go.
"""

from typing import Any, NamedTuple

SHOOT_VERSION, SHOOT = "core.gardener.cloud/v1beta1", "Shoot"
API_VERSION = "aws.provider.extensions.gardener.cloud/v1alpha1"

TEXT, INT32, INT64, BOOLEAN, QUANTITY, AMOUNT, ANYTHING = (
    "text",
    "int32",
    "int64",
    "boolean",
    "quantity",
    "amount",
    "anything",
)


class Words(NamedTuple):
    """A mapping whose keys are the user's own."""

    of: str | list[str]


_VOLUME: dict[str, Any] = {"iops": INT32, "throughput": INT32}

WORKER_CONFIG: dict[str, Any] = {
    "apiVersion": TEXT,
    "kind": TEXT,
    "nodeTemplate": {"capacity": Words(QUANTITY), "virtualCapacity": Words(QUANTITY)},
    "volume": _VOLUME,
    "dataVolumes": [{"name": TEXT, **_VOLUME, "snapshotID": TEXT}],
    "iamInstanceProfile": {"name": TEXT, "arn": TEXT},
    "instanceMetadataOptions": {"httpTokens": TEXT, "httpPutResponseHopLimit": INT32},
    "cpuOptions": {"coreCount": INT32, "threadsPerCore": INT32, "amdSevSnp": TEXT},
    "capacityReservation": {
        "capacityReservationPreference": TEXT,
        "capacityReservationId": TEXT,
        "capacityReservationResourceGroupArn": TEXT,
    },
    "networkInterfaces": [
        {
            "networkCardIndex": INT64,
            "networkCardIndexRange": {"from": INT64, "to": INT64},
            "deviceIndex": INT64,
            "type": TEXT,
            "description": TEXT,
            "subnetID": TEXT,
        }
    ],
    "placement": {
        "groupId": TEXT,
        "tenancy": TEXT,
        "hostId": TEXT,
        "partitionNumber": INT64,
        "affinity": TEXT,
    },
    "instanceMarketOptions": {"marketType": TEXT},
}

# A worker of a Shoot; what nothing here reads stays as it is.
WORKER: dict[str, Any] = {
    "annotations": Words(TEXT),
    "caBundle": TEXT,
    "cri": {"name": TEXT, "containerRuntimes": ANYTHING},
    "kubernetes": {"kubelet": ANYTHING, "version": TEXT},
    "labels": Words(TEXT),
    "name": TEXT,
    "machine": {
        "type": TEXT,
        "image": {"name": TEXT, "version": TEXT, "providerConfig": ANYTHING},
        "architecture": TEXT,
    },
    "maximum": INT32,
    "minimum": INT32,
    "maxSurge": AMOUNT,
    "maxUnavailable": AMOUNT,
    "providerConfig": ANYTHING,
    "taints": [{"key": TEXT, "value": TEXT, "effect": TEXT, "timeAdded": TEXT}],
    "volume": {"name": TEXT, "type": TEXT, "size": TEXT, "encrypted": BOOLEAN},
    "dataVolumes": [{"name": TEXT, "type": TEXT, "size": TEXT, "encrypted": BOOLEAN}],
    "kubeletDataVolumeName": TEXT,
    "zones": [TEXT],
    "systemComponents": ANYTHING,
    "machineControllerManager": ANYTHING,
    "sysctls": Words(TEXT),
    "clusterAutoscaler": ANYTHING,
    "priority": INT32,
    "updateStrategy": TEXT,
    "controlPlane": ANYTHING,
}
