"""Placement group, zones and tenancy."""

from tests.bad_pools.case import GROUP_ARN, bad, block, placed, reserved
from tests.pools import ABSENT

PARTITION = placed(mode="create", strategy="partition", partitionCount=3)
SPREAD = placed(mode="create", strategy="spread")
NONE = placed(mode="none")
HOST = placed(mode="none", tenancy="host")
EXISTING = {"mode": "existing", "groupId": "pg-0abcdef1234567890"}
TWO_ZONES = ["us-east-2a", "us-east-2b"]
VT1 = {
    **NONE,
    "instanceType": "vt1.24xlarge",
    "networkInterfaces": ABSENT,
    "layoutVersion": 1,
    "cpu": ABSENT,
    "image": {"family": "al2023", "amiId": "ami-0abcdef1234567890"},
}
C7G = {
    **NONE,
    "instanceType": "c7g.16xlarge",
    "networkInterfaces": ABSENT,
    "layoutVersion": 1,
    "cpu": ABSENT,
}

CASES = [
    # Modes and their keys.
    bad("placement.mode", "new", "NotSupported", "'new'", "'create'"),
    bad("placement.groupName", "train", "Forbidden", "'train'", "one of the two"),
    bad("placement.groupId", ABSENT, "Required", "missing", "groupId or groupName"),
    bad("placement.groupId", "train", "Invalid", "'train'", "a placement group id"),
    bad(
        "placement.groupName",
        "",
        "Invalid",
        "''",
        "1 to 255 ASCII",
        given=placed(mode="existing", groupName="x"),
    ),
    bad(
        "placement.groupId",
        "pg-0abcdef1234567890",
        "Forbidden",
        "'pg-0abcdef1234567890'",
        "not create",
        given=placed(mode="create"),
    ),
    bad("placement.groupName", "train", "Forbidden", "'train'", "not none", given=NONE),
    bad("placement.strategy", "cluster", "Forbidden", "'cluster'", "mode none", given=NONE),
    bad("placement.strategy", "precision-time", "NotSupported", "'precision-time'", "'partition'"),
    # Partitions and spread.
    bad(
        "placement.partitionNumber",
        1,
        "Forbidden",
        "1",
        "strategy partition",
        given=placed(mode="create", strategy="cluster"),
    ),
    bad("placement.partitionCount", 8, "TooMany", "8", "at most 7", given=PARTITION),
    bad("placement.partitionCount", 0, "Invalid", "0", "1 or more", given=PARTITION),
    bad("placement.partitionNumber", 4, "Invalid", "4", "partitionCount 3", given=PARTITION),
    bad(
        "placement.partitionNumber",
        8,
        "TooMany",
        "8",
        "at most 7",
        given=placed(**EXISTING, strategy="partition"),
    ),
    bad(
        "placement.partitionCount",
        3,
        "Forbidden",
        "3",
        "existing",
        given=placed(**EXISTING, strategy="partition"),
    ),
    bad("placement.spreadLevel", "rack", "Forbidden", "'rack'", "strategy spread", given=PARTITION),
    bad(
        "placement.spreadLevel",
        "rack",
        "Forbidden",
        "'rack'",
        "existing",
        given=placed(**EXISTING, strategy="spread"),
    ),
    bad("placement.spreadLevel", "zone", "NotSupported", "'zone'", "'host' or 'rack'", given=SPREAD),
    bad("size.max", 8, "TooMany", "8", "at most 7", "1 zone ", given=SPREAD),
    bad(
        "size.max",
        15,
        "TooMany",
        "15",
        "at most 14",
        "2 zones",
        given=SPREAD | {"availabilityZones": TWO_ZONES},
    ),
    bad("size", {"desired": 8}, "TooMany", "8", "at most 7", at="size.desired", given=SPREAD),
    # Zones.
    bad("availabilityZones", TWO_ZONES, "Invalid", "us-east-2a, us-east-2b", "expected one zone"),
    bad(
        "availabilityZones",
        TWO_ZONES,
        "Invalid warning",
        "us-east-2a, us-east-2b",
        "does not cross zones",
        given=NONE,
    ),
    bad("availabilityZones", ABSENT, "Required", "missing", "one zone"),
    bad("availabilityZones", [], "Invalid", "[]", "at least 1"),
    bad("availabilityZones.0", "us-east-2", "Invalid", "'us-east-2'", "us-east-2b"),
    bad("availabilityZones.1", "us-east-2b", "Duplicate", "'us-east-2b'", "each zone once"),
    # Tenancy.
    bad("placement.tenancy", "dedicated", "NotSupported", "'dedicated'", "c7g.16xlarge", given=C7G),
    bad("placement.tenancy", "host", "NotSupported", "'host'", "expected default", given=C7G),
    # Groups beside reserved capacity.
    bad("placement.mode", "create", "Invalid", "'create'", "expected none", "capacity-block", given=block()),
    bad("placement.mode", "create", "Invalid", "'create'", "existing or from-reservation", given=reserved()),
    bad(
        "placement.mode",
        "from-reservation",
        "Invalid",
        "'from-reservation'",
        "capacity kind reservation",
        given=NONE,
    ),
    bad(
        "placement",
        EXISTING,
        "Invalid warning",
        "'existing'",
        "expected none",
        at="placement.mode",
        given=block(),
    ),
    bad(
        "capacity",
        {"kind": "capacity-block", "resourceGroupArn": GROUP_ARN},
        "Invalid",
        "'existing'",
        "expected none",
        "resource group",
        at="placement.mode",
    ),
    bad(
        "capacity",
        {"kind": "open-reservation"},
        "Invalid warning",
        "'create'",
        "expected none",
        at="placement.mode",
        given=placed(mode="create"),
    ),
    # Tenancy and hosts.
    bad("placement.hostId", "h-0abcdef12", "Forbidden", "'h-0abcdef12'", "tenancy host", given=NONE),
    bad("placement.affinity", "host", "Forbidden", "'host'", "tenancy host", given=NONE),
    bad("placement.hostId", "host-1", "Invalid", "'host-1'", "a Dedicated Host id", given=HOST),
    bad("placement.tenancy", "host", "Invalid", "'host'", "mode none"),
    bad("placement.tenancy", "dedicated", "Invalid", "'dedicated'", "expected default", given=block()),
    bad("placement.tenancy", "shared", "NotSupported", "'shared'", "'dedicated'"),
    bad(
        "placement",
        {"mode": "create", "strategy": "cluster"},
        "Invalid",
        "'cluster'",
        "partition or spread",
        "vt1.24xlarge",
        at="placement.strategy",
        given=VT1,
    ),
]
