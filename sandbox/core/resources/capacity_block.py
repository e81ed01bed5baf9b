"""Capacity Blocks (PurchaseCapacityBlock). An offering is sold once; the provider deletes no block.

EC2's own words for these refusals are not public. Source of what the provider leaves alone: Terraform AWS
provider, ec2_capacity_block_reservation.go (WithNoOpUpdate, WithNoOpDelete).
"""

from datetime import datetime

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import arn, new_id
from sandbox.core.references import CAPACITY_BLOCK, CAPACITY_BLOCK_OFFERING
from sandbox.core.store import Without
from sandbox.core.values import Refused, Values, known


def _offering(asked: Asked) -> Values | None:
    id = known(asked.inputs, "capacityBlockOfferingId")
    if not isinstance(id, str):
        return None
    found = asked.store.get(CAPACITY_BLOCK_OFFERING, id)
    if found is None:
        message = f"The Capacity Block offering '{id}' does not exist"
        raise Refused("InvalidCapacityBlockOfferingId.NotFound", message)
    outputs: Values = found["outputs"]
    return outputs


def _refuse(asked: Asked) -> None:
    # An update is no purchase: the offering is the one that was sold to this very block.
    offering = None if isinstance(asked.store, Without) else _offering(asked)
    if offering is None:
        return
    if offering.get("sold"):
        message = f"The Capacity Block offering '{offering['id']}' is no longer available"
        raise Refused("InvalidCapacityBlockOfferingId.NotFound", message)
    if datetime.fromisoformat(offering["startDate"]) <= asked.store.place.now:
        message = f"The Capacity Block offering '{offering['id']}' has expired"
        raise Refused("InvalidCapacityBlockOfferingId.Expired", message)


def _make(asked: Asked) -> tuple[str, Values]:
    place, offering = asked.store.place, _offering(asked)
    if offering is None:
        raise Refused("MissingParameter", "The request must contain the parameter CapacityBlockOfferingId")
    id = new_id(place, "cr", offering["id"])
    made = arn(place, "ec2", f"capacity-reservation/{id}")
    asked.store.put(
        CAPACITY_BLOCK_OFFERING,
        offering["id"],
        {"id": offering["id"], "inputs": {}, "outputs": {**offering, "sold": made}},
    )
    kept = ("availabilityZone", "endDate", "instanceCount", "instanceType", "startDate")
    return id, {
        **{key: offering[key] for key in kept},
        "arn": made,
        "createdDate": place.now.isoformat(),
        "ebsOptimized": False,
        "endDateType": "limited",
        "instanceMatchCriteria": "targeted",
        "reservationType": "capacity-block",
        "state": "scheduled",
        "tenancy": "default",
    }


KIND = Kind(
    type=CAPACITY_BLOCK,
    computed=(
        *("arn", "availabilityZone", "createdDate", "ebsOptimized", "endDate", "endDateType"),
        *("instanceCount", "instanceType", "reservationType", "startDate", "tagsAll", "tenancy"),
    ),
    refuse=_refuse,
    make=_make,
    stays=True,
)
