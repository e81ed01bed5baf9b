"""Internet gateways (CreateInternetGateway, AttachInternetGateway)."""

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import arn, new_id
from sandbox.core.references import INTERNET_GATEWAY, VPC, outputs_of
from sandbox.core.store import Store
from sandbox.core.values import Refused, Values


def attached(store: Store, vpc_id: str) -> Values | None:
    """The gateway of this VPC."""
    found = [one["outputs"] for one in store.all(INTERNET_GATEWAY) if one["outputs"].get("vpcId") == vpc_id]
    return found[0] if found else None


def _refuse(asked: Asked) -> None:
    vpc = outputs_of(asked, VPC, asked.inputs.get("vpcId"))
    if vpc is not None and attached(asked.store, vpc["id"]) is not None:
        message = f"Network {vpc['id']} already has an internet gateway attached"
        raise Refused("Resource.AlreadyAssociated", message)


def _make(asked: Asked) -> tuple[str, Values]:
    place = asked.store.place
    id = new_id(place, "igw", asked.name)
    return id, {"arn": arn(place, "ec2", f"internet-gateway/{id}"), "ownerId": place.account}


KIND = Kind(type=INTERNET_GATEWAY, computed=("arn", "ownerId", "tagsAll"), refuse=_refuse, make=_make)
