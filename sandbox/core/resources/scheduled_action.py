"""Scheduled actions of Auto Scaling groups (PutScheduledUpdateGroupAction): kept, and not carried out."""

import re
from datetime import datetime

from sandbox.core.kinds import Asked, Kind
from sandbox.core.references import SCHEDULED_ACTION
from sandbox.core.resources.auto_scaling_tag import refuse_unknown_group
from sandbox.core.values import Refused, Values, known

FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
SIZES = ("minSize", "desiredCapacity", "maxSize")


def _invalid(message: str) -> Refused:
    return Refused("ValidationError", message)


def _rules(inputs: Values) -> list[Refused]:
    found = []
    for key in ("startTime", "endTime"):
        value = known(inputs, key)
        if isinstance(value, str) and _time(value) is None:
            # The provider's own check (schedule.go, validScheduleTimestamp).
            found.append(_invalid(f'"{key}" cannot be parsed as iso8601 Timestamp Format'))
    least, desired, most = (_size(inputs, key) for key in SIZES)
    if least is not None and most is not None and least > most:
        found.append(_invalid("Min size must not be larger than max size"))
    if desired is not None and not (least or 0) <= desired <= (desired if most is None else most):
        found.append(_invalid(f"Desired capacity {desired} must be between min size {least} and max {most}"))
    if inputs.get("startTime") is None and inputs.get("recurrence") is None:
        found.append(_invalid("You must specify a Recurrence or a StartTime"))
    return found


def _size(inputs: Values, key: str) -> int | None:
    """-1 says to the provider: leave it alone; an absent one is 0 (schedule.go, resourceSchedulePut)."""
    value = known({key: 0, **inputs}, key)
    return value if isinstance(value, int) and value != -1 else None


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if FORM.fullmatch(text) else None
    except ValueError:
        return None


def _refuse(asked: Asked) -> None:
    refuse_unknown_group(asked)
    start = known(asked.inputs, "startTime")
    when = _time(start) if isinstance(start, str) else None
    if when is not None and when <= asked.store.place.now:
        raise _invalid("Given start time is in the past")


def _make(asked: Asked) -> tuple[str, Values]:
    inputs = asked.inputs
    name = f"{inputs['autoscalingGroupName']}/{inputs['scheduledActionName']}"
    return name, {"timeZone": inputs.get("timeZone", "Etc/UTC")}


KIND = Kind(type=SCHEDULED_ACTION, computed=("timeZone",), rules=_rules, refuse=_refuse, make=_make)
