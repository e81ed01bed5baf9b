"""Pools that become workers of a Shoot: what a worker cannot say, and what Gardener refuses of it."""

from tests.bad_pools.case import bad
from tests.pools import ABSENT

KEY = "arn:aws:kms:us-east-2:123456789012:key/1"
# The valid pool as a worker of a Shoot.
WORKER = {
    "nodes": {"kind": "gardener", "shoot": "prod", "namespace": "garden-ml"},
    "subnetIds": ABSENT,
    "tags": ABSENT,
    "hugePages2Mi": ABSENT,
    "image": {"family": "garden-linux", "releaseVersion": "2150.6.0"},
}


def verbatim(**worker: object) -> dict[str, object]:
    return {**WORKER["nodes"], "worker": worker}  # type: ignore[dict-item]


NO_COUNTERPART = "with nodes.kind gardener"

CASES = [
    bad("subnetIds", ["subnet-0a1b2c3d"], "Forbidden", NO_COUNTERPART, given={**WORKER, "subnetIds": None}),
    bad(
        "securityGroupIds",
        ["sg-0a1b2c3d"],
        "Forbidden",
        NO_COUNTERPART,
        given=WORKER,
        also=("securityGroupIds[0] Invalid warning",),
    ),
    bad("tags", {"owner": "research"}, "Forbidden", "labels of their worker", given=WORKER),
    bad("hugePages2Mi", 5128, "Forbidden", "sysctls", given=WORKER),
    bad("nodes.roleArn", "arn:aws:iam::123456789012:role/node", "Forbidden", "instanceProfile", given=WORKER),
    bad("image.amiId", "ami-0abcdef1234567890", "Forbidden", "cloud profile", given=WORKER),
    bad("image.amiType", "AL2023_x86_64_NVIDIA", "Forbidden", "cloud profile", given=WORKER),
    bad("rootVolume.kmsKeyId", KEY, "Forbidden", "default key", given=WORKER),
    bad("dataVolumes.0.kmsKeyId", KEY, "Forbidden", "default key", given=WORKER),
    bad(
        "placement",
        {"mode": "existing", "groupName": "train"},
        "Forbidden",
        "groupId",
        at="placement.groupName",
        given=WORKER,
    ),
    bad(
        "placement.mode",
        "from-reservation",
        "Forbidden",
        "groupId",
        given={
            **WORKER,
            "placement": {"mode": "none"},
            "capacity": {"kind": "reservation", "reservationId": "cr-0abcdef1234567890"},
        },
    ),
    bad("size.desired", 3, "Forbidden", "3", "expected 2", given=WORKER),
    bad("name", "a-very-long-name", "Invalid", "'a-very-long-name'", "15 characters", given=WORKER),
    bad(
        "image",
        {"family": "al2023", "releaseVersion": "1.34.2-20261105"},
        "NotSupported",
        "'al2023'",
        "garden-linux or custom",
        at="image.family",
        given=WORKER,
    ),
    bad("image.releaseVersion", ABSENT, "Required", "missing", "2150.6.0", given=WORKER),
    bad("image", {"family": "custom"}, "Required", "machine.image", at="nodes.worker", given=WORKER),
    bad(
        "nodes",
        verbatim(minimum=1),
        "Forbidden",
        "own keys",
        at="nodes.worker.minimum",
        given=WORKER,
    ),
    bad(
        "nodes",
        verbatim(updateStrategy="Rolling"),
        "NotSupported",
        "'Rolling'",
        at="nodes.worker.updateStrategy",
        given=WORKER,
    ),
    bad(
        "nodes",
        verbatim(providerConfig={"nodeTemplate": {"virtualCapacity": {"a/b": "-1"}}}),
        "Invalid",
        "below 0",
        at="nodes.worker.providerConfig.nodeTemplate.virtualCapacity.a/b",
        given=WORKER,
    ),
    bad(
        "nodes",
        verbatim(providerConfig={"networkInterface": []}),
        "Invalid",
        "networkInterface: unknown key",
        at="nodes.worker.providerConfig",
        given=WORKER,
    ),
]
