"""Reservations to make, blocks to buy, and what happens at the ends of a window, at the time `case.NOW`."""

from typing import Any

from tests.bad_pools.case import bad, block, reserved
from tests.bad_pools.gardener import WORKER
from tests.pools import ABSENT

NONE = {"placement": {"mode": "none"}}
START, END = "2026-12-03T11:30:00Z", "2026-12-10T11:30:00Z"
PAST = "2026-11-30T11:30:00Z"
NO_NODES = {"size": {"min": 0, "desired": 0, "max": 4}}
ULTRA = {
    "instanceType": "p6e-gb200.36xlarge",
    "networkInterfaces": ABSENT,
    "layoutVersion": 1,
    "cpu": ABSENT,
    "image": {"family": "al2023", "amiId": "ami-0abcdef1234567890"},
}


def new(mode: str = "none", **more: Any) -> dict[str, Any]:
    """A reservation that the pool makes."""
    return {"placement": {"mode": mode}, "capacity": {"kind": "reservation", "count": 4, **more}}


def bought(**more: Any) -> dict[str, Any]:
    """A block that the pool buys, and that waits for its start with no node."""
    limit = {"maximumPrice": "30000.00", "currency": "USD"}
    offer = {"kind": "capacity-block", "offeringId": "cb-0a1b", **limit, "start": START, "end": END, **more}
    return {**NONE, **NO_NODES, "capacity": offer}


def ours(**more: Any) -> dict[str, Any]:
    """A self-managed pool on a block."""
    return {
        **block(end=END, drain="none", **more),
        "nodes": {"kind": "self-managed", "roleArn": "arn:aws:iam::123456789012:role/node"},
    }


CASES = [
    # What is reserved.
    bad(
        "capacity.platform", "Linux", "NotSupported", "'Linux'", "Linux/UNIX, RHEL with HA", given=reserved()
    ),
    bad("capacity.platform", "Windows", "NotSupported", "'Windows'", "of Linux machines", given=block()),
    bad("capacity.platform", "Ubuntu Pro", "Invalid", "'Ubuntu Pro'", "of al2023 images", given=reserved()),
    # A reservation that the pool makes.
    bad("capacity.count", 0, "Invalid", "0", given=new()),
    bad("capacity.count", 3, "TooMany", "4: expected at most the 3", at="size.max", given=new()),
    bad("capacity.start", PAST, "Forbidden", f"'{PAST}'", "starts at once", given=new()),
    bad("capacity.end", END, "Forbidden", f"'{END}'", "endDate", given=new()),
    bad(
        "capacity.endDate",
        "2026-12-01T13:00:00+01:00",
        "Invalid",
        "after 2026-12-01T12:00:00Z",
        "gives a reservation up",
        given=new(),
    ),
    bad("capacity.endDate", "2026-12-02T12:00:00", "Invalid", "RFC 3339", given=new()),
    bad("capacity.endDate", END, "Forbidden", f"'{END}'", "the pool creates", given=reserved()),
    bad("availabilityZones", ABSENT, "Required", "missing", "the one zone of the reservation", given=new()),
    bad(
        "availabilityZones",
        ["us-east-2a", "us-east-2b"],
        "Invalid",
        "us-east-2a, us-east-2b",
        "the one zone of the reservation",
        given=new(),
        also=("availabilityZones Invalid warning",),
    ),
    bad(
        "placement",
        {"mode": "existing", "groupName": "g"},
        "Invalid",
        "'existing'",
        "expected create",
        at="placement.mode",
        given=new(),
    ),
    bad(
        "placement.mode", "from-reservation", "Invalid", "'from-reservation'", "expected create", given=new()
    ),
    bad(
        "placement.strategy",
        "spread",
        "Invalid",
        "'spread': expected cluster",
        given=new("create") | {"size": {"desired": 2}},
    ),
    bad(
        "placement",
        {"mode": "none", "tenancy": "host", "hostId": "h-0abcdef1234567890"},
        "Invalid",
        "default or dedicated",
        at="placement.tenancy",
        given=new(),
    ),
    bad(
        "capacity",
        bought()["capacity"],
        "Invalid",
        "'cb-0a1b': expected reservationId with nodes.kind gardener",
        at="capacity.offeringId",
        given={**WORKER, **NONE, **NO_NODES, "size": {"min": 0, "max": 4}},
    ),
    # A block that the pool buys.
    bad("capacity.offeringId", "cb-0a1b", "Forbidden", "'cb-0a1b'", "one of the two", given=block()),
    bad("capacity.offeringId", "offer", "Invalid", "'offer'", "a Capacity Block offering id", given=block()),
    bad("capacity.offeringId", "cb-0a1b", "Forbidden", "not reservation", given=reserved()),
    bad("capacity.maximumPrice", "100", "Forbidden", "'100'", "offeringId", given=block()),
    bad("capacity.currency", "USD", "Forbidden", "'USD'", "offeringId", given=block()),
    bad("capacity.maximumPrice", ABSENT, "Required", "missing", "the most that the block", given=bought()),
    bad("capacity.currency", ABSENT, "Required", "missing", "USD", given=bought()),
    bad("capacity.start", ABSENT, "Required", "missing", "start of the offering", given=bought()),
    bad("capacity.end", ABSENT, "Required warning", "missing", "end of the offering", given=bought()),
    bad("capacity.maximumPrice", "0", "Invalid", "'0'", "above 0", given=bought()),
    bad("capacity.maximumPrice", "-5", "Invalid", "'-5'", "above 0", given=bought()),
    bad("capacity.maximumPrice", "NaN", "Invalid", "'NaN'", "above 0", given=bought()),
    bad("capacity.maximumPrice", "35_000", "Invalid", "'35_000'", "above 0", given=bought()),
    bad("capacity.maximumPrice", "3e4", "Invalid", "'3e4'", "above 0", given=bought()),
    bad("capacity.maximumPrice", "cheap", "Invalid", "'cheap'", "above 0", given=bought()),
    bad("capacity.maximumPrice", 30000, "Invalid", "30000", given=bought()),
    bad("capacity.currency", "EUR", "NotSupported", "'EUR'", "expected USD", given=bought()),
    bad("capacity.currency", "usd", "NotSupported", "'usd'", "expected USD", given=bought()),
    bad(
        "capacity.start",
        "2026-12-01T11:30:00Z",
        "Invalid",
        "after 2026-12-01T12:00:00Z",
        "name it by reservationId",
        given=bought(),
    ),
    bad("capacity.start", "2026-12-03T11:30:00", "Invalid", "RFC 3339", given=bought()),
    bad(
        "size",
        {"desired": 2},
        "Invalid",
        "2: expected",
        "whenInactive: defer",
        at="size.desired",
        given=bought(),
    ),
    bad("placement.mode", "create", "Invalid", "'create'", "expected none", given=bought()),
    bad(
        "capacity.count",
        10,
        "Invalid warning",
        "10: expected a multiple of 9",
        given=ULTRA | block() | {"size": {"desired": 9}, "capacity": {**block()["capacity"], "count": 9}},
    ),
    # The ends of a window.
    bad(
        "capacity.whenInactive", "defer", "Required", "missing", at="capacity.start", given=block() | NO_NODES
    ),
    bad("capacity.whenInactive", "wait", "NotSupported", "'wait'", "'defer'", given=block()),
    bad(
        "capacity.end",
        "2026-11-30T11:30:00Z",
        "Invalid warning",
        "is past",
        given=block(whenInactive="defer", start="2026-11-23T11:30:00Z") | {"size": {"desired": 2}},
    ),
    bad(
        "size.min",
        1,
        "Invalid warning",
        "1: set by the action",
        given=block(whenInactive="defer", start=START) | {"size": {"min": 0, "desired": 2, "max": 4}},
    ),
    bad(
        "capacity.drain",
        "node-termination-handler",
        "Forbidden",
        "self-managed",
        "EKS drains",
        given=block(end=END),
    ),
    bad("capacity.drain", ABSENT, "Required warning", "missing", "or none", given=ours()),
    bad("capacity.end", ABSENT, "Required warning", "missing", "nothing scales to zero", given=ours()),
]
