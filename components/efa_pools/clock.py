"""The present, read at the edge of the program (command line, stack, component) and handed on from there.

`EFA_POOLS_NOW` (RFC 3339, such as 2026-12-01T11:30:00Z) stands in for it: to ask what a plan will say on
another day, or to repeat a run.
"""

import os
from datetime import UTC, datetime

VARIABLE = "EFA_POOLS_NOW"


def now() -> datetime:
    """The time with its offset. Raises ValueError where the variable is no such time."""
    stated = os.environ.get(VARIABLE)
    if not stated:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(stated)
        found.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter beside the last moment that Python counts
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError(
            f"{VARIABLE}: {stated!r}: expected a time with its offset from UTC, such as 2026-12-01T11:30:00Z"
        )
    return found
