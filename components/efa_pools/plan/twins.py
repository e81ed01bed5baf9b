"""References at the top level of the arguments, where Pulumi carries another resource's output safely."""

from collections.abc import Mapping
from typing import Any

from ..model.capacity import TARGETED
from ..model.parse import Parsed, parse
from ..model.placement import Placement
from ..model.pool import Pool, Twins
from ..problem import Problem

# The argument, and the nested key that it stands for.
TWINS = {
    "placementGroupId": "placement.groupId",
    "capacityReservationId": "capacity.reservationId",
    "nodeRoleArn": "nodes.roleArn",
}


def with_twins(pool: Parsed[Pool], raw: Mapping[str, Any]) -> tuple[Parsed[Pool], list[Problem]]:
    """The pool with the references laid into it, and what is wrong with them."""
    read = parse(Twins, raw)
    problems = list(read.problems)
    changes: dict[str, Any] = {}
    value, sound = pool.value, pool.sound
    group = read.value.placement_group_id if "placement_group_id" in read.sound else None
    if group is not None and "placement" in sound:
        placement = value.placement or Placement()
        if placement.group_id is not None or placement.group_name is not None:
            problems.append(_twice("placementGroupId", group))
        changes["placement"] = placement.replace(group_id=group)
    reservation = read.value.capacity_reservation_id if "capacity_reservation_id" in read.sound else None
    if reservation is not None and "capacity" in sound:
        if value.capacity.kind not in TARGETED:
            message = (
                f"{reservation!r} with capacity kind {value.capacity.kind}: expected capacity.kind "
                f"{' or '.join(sorted(TARGETED))} beside it"
            )
            problems.append(Problem(("capacityReservationId",), "Invalid", message))
        elif value.capacity.reservation_id is not None:
            problems.append(_twice("capacityReservationId", reservation))
        else:
            changes["capacity"] = value.capacity.replace(reservation_id=reservation)
    role = read.value.node_role_arn if "node_role_arn" in read.sound else None
    if role is not None and "nodes" in sound:
        if value.nodes.role_arn is not None:
            problems.append(_twice("nodeRoleArn", role))
        changes["nodes"] = value.nodes.replace(role_arn=role)
    return Parsed(value.replace(**changes), sound, pool.problems), problems


def _twice(argument: str, value: object) -> Problem:
    return Problem(
        (argument,),
        "Forbidden",
        f"{value!r} beside {TWINS[argument]}: expected one of the two; they are the same key",
    )
