"""On-Demand Capacity Reservations (CreateCapacityReservation). A targeted one is active at once, or refused.

From the documentation of the operation in the service model and "Use Capacity Reservations with cluster
placement groups" in the EC2 User Guide. The services' own words for these refusals are not public.
"""

from datetime import datetime

from sandbox.core import launch, quotas
from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import arn, new_id
from sandbox.core.references import CAPACITY_RESERVATION, PLACEMENT_GROUP, with_output
from sandbox.core.values import Refused, Values, known, refuse

NOT_IN_GROUPS = ("dedicated", "host")


def _rules(inputs: Values) -> list[Refused]:
    found = []
    if inputs.get("availabilityZone") is None:
        found.append(Refused("MissingParameter", "The request must contain the parameter availabilityZone"))
    kind, end = known({"endDateType": "unlimited", **inputs}, "endDateType"), inputs.get("endDate")
    if kind == "limited" and end is None:
        message = "You must provide an EndDate value if EndDateType is limited."
        found.append(Refused("InvalidParameterCombination", message))
    if kind == "unlimited" and end is not None:
        found.append(Refused("InvalidParameterCombination", "Omit EndDate if EndDateType is unlimited."))
    count = known(inputs, "instanceCount")
    if isinstance(count, int) and not 1 <= count <= 1000:
        found.append(Refused("InvalidParameterValue", f"Instance count {count} is not between 1 and 1000."))
    return found


def _refuse(asked: Asked) -> None:
    end = known(asked.inputs, "endDate")
    if isinstance(end, str) and _time(end) <= asked.store.place.now:
        raise Refused("InvalidParameterValue", f"The end date {end} is in the past.")
    type, count = known(asked.inputs, "instanceType"), known(asked.inputs, "instanceCount")
    if isinstance(type, str):
        refuse(launch.usage_refusals(type, "on-demand"))
        refuse(quotas.reservation_refusals(asked.store, type, count if isinstance(count, int) else 0))
    made_in = known(asked.inputs, "placementGroupArn")
    if made_in is None:
        return
    group = with_output(asked.store, PLACEMENT_GROUP, "arn", made_in)
    if group is None:
        raise Refused("InvalidPlacementGroup.Unknown", f"The Placement Group '{made_in}' is unknown.")
    if group["strategy"] != "cluster":
        message = f"A Capacity Reservation is made in a cluster placement group, not in {group['strategy']}."
        raise Refused("InvalidParameterCombination", message)
    zone = group.get("availabilityZone")
    if zone not in (None, known(asked.inputs, "availabilityZone")):
        message = f"The placement group '{group['name']}' is in use in another availability zone: {zone}"
        raise Refused("InvalidPlacementGroup.InUse", message)


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = datetime.min
    if found.tzinfo is None:
        raise Refused("InvalidParameterValue", f"'{text}' is not a time of RFC 3339.")
    return found


def _make(asked: Asked) -> tuple[str, Values]:
    place = asked.store.place
    # Two of one name are two: each is paid for.
    id = new_id(place, "cr", asked.name, str(len(asked.store.all(CAPACITY_RESERVATION))))
    defaults = {
        "ebsOptimized": False,
        "endDateType": "unlimited",
        "ephemeralStorage": False,
        "instanceMatchCriteria": "open",
        "tenancy": "default",
    }
    return id, {
        **{key: asked.inputs.get(key, value) for key, value in defaults.items()},
        "arn": arn(place, "ec2", f"capacity-reservation/{id}"),
        "ownerId": place.account,
        "reservationType": "default",
        "state": "active",
    }


KIND = Kind(
    type=CAPACITY_RESERVATION,
    computed=(
        *("arn", "ebsOptimized", "endDateType", "ephemeralStorage", "instanceMatchCriteria"),
        *("ownerId", "tagsAll", "tenancy"),
    ),
    rules=_rules,
    refuse=_refuse,
    make=_make,
)
