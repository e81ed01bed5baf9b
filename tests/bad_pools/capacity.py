"""Size and capacity."""

from tests.bad_pools.case import GROUP_ARN, RESERVATION, bad, block, reserved
from tests.pools import ABSENT

NONE = {"placement": {"mode": "none"}}
HPC = {
    "instanceType": "hpc6a.48xlarge",
    "networkInterfaces": ABSENT,
    "layoutVersion": 1,
    "cpu": ABSENT,
    "image": {"family": "al2023", "amiId": "ami-0abcdef1234567890"},
}

CASES = [
    # Size.
    bad("size.desired", 5, "Invalid", "5", "max 4 or less"),
    bad("size.desired", 1, "Invalid", "1", "min 2 or more"),
    bad("size.max", 1, "Invalid", "1", "min 2 or more"),
    bad("size.min", ABSENT, "Required", "missing", "min beside max"),
    bad("size.max", None, "Required", "missing", "max beside min"),
    bad("size", {}, "Required", "missing", "desired, or min and max", at="size.desired"),
    bad("size", ABSENT, "Required", "missing", "{desired}", "{min, max}"),
    bad("size.desired", None, "Required", "missing", "expected desired", given={"size": {"desired": 2}}),
    bad("size.desired", 4.7, "Invalid", "4.7", "whole number"),
    bad("size.desired", "4", "Invalid", "'4'", "whole number"),
    bad("size.desired", True, "Invalid", "true", "whole number"),
    bad("size.desired", -1, "Invalid", "-1", "0 or more"),
    bad("size", 2, "Invalid", "2", "a mapping"),
    bad("size", {"min": 0, "max": 0}, "Invalid", "0", "at least 1", at="size.max", given={"update": ABSENT}),
    bad(
        "size",
        {"desired": 0},
        "Invalid",
        "0",
        "{min: 0, max: n}",
        at="size.desired",
        given={"update": ABSENT},
    ),
    bad("size.max", 5, "TooMany", "5", "at most the 4 reserved", given=reserved(count=4)),
    bad("size", {"desired": 5}, "TooMany", "5", "capacity.count", at="size.desired", given=block(count=4)),
    # Which keys belong to which kind.
    bad("capacity.kind", "ondemand", "NotSupported", "'ondemand'", "'on-demand'"),
    bad("capacity", {}, "Required", "missing", "on-demand, spot", at="capacity.kind"),
    bad("capacity", "spot", "Invalid", "'spot'", "a mapping"),
    bad("capacity.reservationId", RESERVATION, "Forbidden", f"'{RESERVATION}'", "not on-demand"),
    bad("capacity.resourceGroupArn", GROUP_ARN, "Forbidden", f"'{GROUP_ARN}'", "not on-demand"),
    bad("capacity.count", 4, "Forbidden", "4", "not on-demand"),
    bad("capacity.end", "2026-12-02T11:30:00Z", "Forbidden", "'2026-12-02T11:30:00Z'", "not on-demand"),
    bad("capacity.platform", "Linux/UNIX", "Forbidden", "'Linux/UNIX'", "not on-demand"),
    bad("capacity.endDate", "2026-12-02T11:30:00Z", "Forbidden", "'2026-12-02T11:30:00Z'", "not on-demand"),
    bad(
        "capacity.whenInactive",
        "error",
        "Forbidden",
        "'error'",
        "capacity-block, not reservation",
        given=reserved(),
    ),
    bad("capacity.drain", "none", "Forbidden", "'none'", "capacity-block", given=reserved()),
    # Targets.
    bad(
        "capacity.reservationId",
        ABSENT,
        "Required",
        "missing",
        "capacity-block",
        "cr-...",
        "resourceGroupArn",
        given=block(),
    ),
    bad("capacity.reservationId", ABSENT, "Required", "missing", "kind reservation", given=reserved()),
    bad(
        "capacity.resourceGroupArn",
        GROUP_ARN,
        "Forbidden",
        f"'{GROUP_ARN}'",
        RESERVATION,
        "one of the two",
        given=block(),
    ),
    bad(
        "capacity.reservationId",
        "0abcdef",
        "Invalid",
        "'0abcdef'",
        "a Capacity Reservation id",
        given=block(),
    ),
    bad(
        "capacity.resourceGroupArn", "blocks", "Invalid", "'blocks'", "ARN of a resource group", given=block()
    ),
    bad(
        "capacity.resourceGroupArn",
        "arn:aws:resource-groups:blocks",
        "Invalid",
        "'arn:aws:resource-groups:blocks'",
        "<region>:<account>:group/<name>",
        given=block(),
    ),
    bad(
        "capacity",
        {"kind": "reservation", "resourceGroupArn": GROUP_ARN.replace("us-east-2", "us-west-2")},
        "Invalid",
        "of Region us-west-2",
        "zone us-east-2b",
        at="capacity.resourceGroupArn",
        given=reserved(),
    ),
    bad(
        "capacity",
        {"kind": "reservation", "resourceGroupArn": GROUP_ARN.replace("123456789012", "210987654321")},
        "Invalid",
        "of account 210987654321",
        "123456789012, as nodes.roleArn",
        at="capacity.resourceGroupArn",
        given=reserved(),
    ),
    bad(
        "capacity.kind",
        "interruptible-reservation",
        "Invalid",
        "'interruptible-reservation'",
        "eks-managed",
        given=reserved(),
    ),
    bad("capacity.kind", "spot", "Invalid", "'spot'", "on-demand", "hpc6a.48xlarge", given=HPC),
    bad(
        "capacity.kind", "capacity-block", "Invalid", "'capacity-block'", "on-demand", given=HPC | reserved()
    ),
]
