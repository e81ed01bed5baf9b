"""Windows of reserved capacity, at the time `case.NOW`."""

from tests.bad_pools.case import bad, block, reserved

EMPTY = {"size": {"min": 0, "desired": 0, "max": 4}}

CASES = [
    # Times.
    bad("capacity.end", "tomorrow", "Invalid", "'tomorrow'", "RFC 3339", given=block()),
    bad("capacity.end", "2026-12-02 11:30:00", "Invalid", "RFC 3339", given=block()),
    bad(
        "capacity.end",
        "2026-13-02T11:30:00Z",
        "Invalid",
        "'2026-13-02T11:30:00Z'",
        "expected a date",
        given=block(),
    ),
    # Beside the first and last moment that Python counts.
    bad(
        "capacity.end", "9999-12-31T23:30:00-23:00", "Invalid", "its year must be 2000 to 9998", given=block()
    ),
    bad(
        "capacity.start",
        "0001-01-01T00:00:00+23:00",
        "Invalid",
        "its year must be 2000 to 9998",
        given=block(),
    ),
    bad("capacity.end", "0001-01-01T00:10:00Z", "Invalid", "'0001-01-01T00:10:00Z'", given=block()),
    bad(
        "capacity.end",
        "2026-12-01T11:30:00Z",
        "Invalid",
        "'2026-12-01T11:30:00Z'",
        "after start",
        given=block(start="2026-12-01T11:30:00Z"),
    ),
    bad(
        "capacity.end",
        "2026-12-01T12:00:00+01:00",
        "Invalid",
        "after start",
        given=block(start="2026-12-01T11:30:00Z"),
    ),
    # What EC2 sells.
    bad(
        "capacity.end",
        "2026-12-08T12:00:00Z",
        "Invalid warning",
        "'2026-12-08T12:00:00Z'",
        "expected 11:30 UTC",
        given=block(),
    ),
    bad(
        "capacity.end",
        "2026-12-09T11:30:00Z",
        "Invalid",
        "40 min after start",
        "more than 40 min",
        given=block(start="2026-12-09T10:50:00Z") | EMPTY,
    ),
    bad(
        "capacity.end",
        "2027-06-09T11:30:00Z",
        "Invalid warning",
        "190 d",
        "at most 182 days",
        given=block(start="2026-12-01T11:30:00Z"),
    ),
    # The present.
    bad(
        "capacity.start",
        "2026-12-02T11:30:00Z",
        "Invalid",
        "2: expected size {min: 0, desired: 0, max: 4}",
        "at 2026-12-01T12:00:00Z",
        "starts at 2026-12-02T11:30:00Z",
        at="size.desired",
        given=block(),
    ),
    bad(
        "capacity.start",
        "2026-12-02T11:30:00Z",
        "Invalid",
        "starts at 2026-12-02T11:30:00Z",
        at="size.min",
        given=block() | {"size": {"min": 2, "max": 4}},
    ),
    bad(
        "capacity.end",
        "2026-12-01T11:30:00Z",
        "Invalid",
        "could be used until 2026-12-01T11:00:00Z",
        at="size.desired",
        given=block(),
    ),
    bad(
        "capacity.end",
        "2026-12-01T11:30:00Z",
        "Invalid",
        "could be used until 2026-12-01T11:30:00Z",
        at="size.desired",
        given=reserved(),
    ),
    bad(
        "capacity.end",
        "2026-12-01T12:35:00Z",
        "Invalid warning",
        "begins to terminate at 2026-12-01T12:05:00Z",
        "40 min before the end",
        at="size.desired",
        given=block(),
        also=("capacity.end Invalid warning",),
    ),
    bad(
        "capacity.end",
        "2026-11-30T11:30:00Z",
        "Invalid warning",
        "'2026-11-30T11:30:00Z' is past",
        given=block() | EMPTY,
    ),
    bad("capacity.follows", "train", "Invalid", "'train'", "another pool", given=block()),
]
