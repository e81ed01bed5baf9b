"""Subnets (CreateSubnet; "Subnet CIDR blocks" in the VPC User Guide)."""

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import arn, new_id
from sandbox.core.references import SUBNET, VPC, outputs_of
from sandbox.core.resources.vpc import block, block_problems
from sandbox.core.values import Refused, Values, known

RESERVED = 5
"""The first four addresses and the last one of each subnet are AWS's."""


def free_addresses(subnet: Values) -> int:
    """As the account states it; a subnet that the stack made is empty."""
    stated = subnet.get("availableIpAddressCount")
    found = block(subnet.get("cidrBlock"))
    return int(stated) if stated is not None else found.num_addresses - RESERVED if found else 0


def _refuse(asked: Asked) -> None:
    inputs = asked.inputs
    zone, region = known(inputs, "availabilityZone"), asked.store.place.region
    if zone is not None and not (zone.startswith(region) and zone[len(region) :].isalpha()):
        message = f"Value ({zone}) for parameter availabilityZone is invalid. The region is {region}."
        raise Refused("InvalidParameterValue", message)
    vpc = outputs_of(asked, VPC, inputs.get("vpcId"))
    wanted = block(known(inputs, "cidrBlock"))
    if vpc is None or wanted is None:
        return
    whole = block(vpc["cidrBlock"])
    if whole is not None and not wanted.subnet_of(whole):
        raise Refused("InvalidSubnet.Range", f"The CIDR '{wanted}' is invalid.")
    for other in asked.store.all(SUBNET):
        taken = block(other["outputs"].get("cidrBlock"))
        if other["outputs"]["vpcId"] == vpc["id"] and taken is not None and taken.overlaps(wanted):
            raise Refused("InvalidSubnet.Conflict", f"The CIDR '{wanted}' conflicts with another subnet")


def _make(asked: Asked) -> tuple[str, Values]:
    place, inputs = asked.store.place, asked.inputs
    id = new_id(place, "subnet", inputs["vpcId"], inputs["cidrBlock"])
    zone = inputs.get("availabilityZone", f"{place.region}a")
    return id, {
        "arn": arn(place, "ec2", f"subnet/{id}"),
        "availabilityZone": zone,
        "mapPublicIpOnLaunch": inputs.get("mapPublicIpOnLaunch", False),
        "ownerId": place.account,
        "privateDnsHostnameTypeOnLaunch": inputs.get("privateDnsHostnameTypeOnLaunch", "ip-name"),
    }


KIND = Kind(
    type=SUBNET,
    computed=(
        *("arn", "availabilityZone", "mapPublicIpOnLaunch", "ownerId", "privateDnsHostnameTypeOnLaunch"),
        "tagsAll",
    ),
    rules=lambda inputs: block_problems(inputs, "InvalidSubnet.Range"),
    refuse=_refuse,
    make=_make,
)
