"""A pool without a fault, in wire form, and how to change one thing in it."""

import copy
from collections.abc import Mapping
from typing import Any


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
"""As a new value: take the key away."""

P5_INTERFACES = [
    {"networkCardIndex": 0, "deviceIndex": 0, "type": "interface"},
    {"networkCardIndex": 0, "deviceIndex": 1, "type": "efa-only"},
    {"networkCardIndexRange": {"from": 1, "to": 31}, "deviceIndex": 0, "type": "efa-only"},
]
VALID = {
    "name": "train",
    "instanceType": "p5.48xlarge",
    "size": {"min": 2, "desired": 2, "max": 4},
    "subnetIds": ["subnet-0a1b2c3d"],
    "availabilityZones": ["us-east-2b"],
    "networkInterfaces": P5_INTERFACES,
    "placement": {"mode": "existing", "groupId": "pg-0abcdef1234567890"},
    "capacity": {"kind": "on-demand"},
    "nodes": {"kind": "eks-managed", "roleArn": "arn:aws:iam::123456789012:role/node"},
    "image": {"family": "al2023", "releaseVersion": "1.34.2-20261105"},
    "rootVolume": {"size": 200, "type": "gp3"},
    "dataVolumes": [{"name": "scratch", "size": 500, "type": "gp3", "iops": 6000, "throughput": 500}],
    "metadata": {"httpTokens": "required", "hopLimit": 2},
    "cpu": {"coreCount": 96, "threadsPerCore": 2},
    "labels": {"team": "research"},
    "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
    "tags": {"owner": "research"},
    "hugePages2Mi": 5128,
    "update": {"maxUnavailable": 1, "strategy": "terminate-first"},
}


def valid_pool(instance_type: str | None = None, interfaces: Any = None) -> dict[str, Any]:
    """A fresh copy of the valid pool; of another type, only what is valid with every type."""
    if instance_type is None:
        return copy.deepcopy(VALID)
    return {
        "name": "train",
        "instanceType": instance_type,
        "size": {"desired": 2},
        "subnetIds": ["subnet-0a1b2c3d"],
        "availabilityZones": ["us-east-2b"],
        "networkInterfaces": interfaces,
        "placement": {"mode": "none"},
        "image": {"family": "al2023", "amiId": "ami-0abcdef1234567890"},
    }


def changed(raw: Any, changes: Mapping[str, Any]) -> Any:
    """A copy with new values at paths such as `networkInterfaces.2.type`; mappings on the way are made."""
    made = copy.deepcopy(raw)
    for path, value in changes.items():
        *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        here = made
        for part in way:
            here = here[part] if isinstance(part, int) else here.setdefault(part, {})
        if value is ABSENT:
            del here[last]
        elif isinstance(here, list) and last == len(here):
            here.append(value)
        else:
            here[last] = value
    return made
