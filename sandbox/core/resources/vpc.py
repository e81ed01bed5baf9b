"""VPCs (CreateVpc, ModifyVpcAttribute; "VPC CIDR blocks" in the VPC User Guide)."""

import ipaddress

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import arn, new_id
from sandbox.core.references import VPC
from sandbox.core.values import Refused, Values, known


def block(value: str | None) -> ipaddress.IPv4Network | None:
    """The IPv4 range, None where it is not known or none."""
    try:
        return None if value is None else ipaddress.IPv4Network(value)
    except ValueError:
        return None


def block_problems(inputs: Values, range_code: str) -> list[Refused]:
    """What EC2 says of a CIDR block of a VPC or a subnet."""
    given = known(inputs, "cidrBlock")
    if given is None:
        missing = "cidrBlock" not in inputs
        message = "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided."
        return [Refused("MissingParameter", message)] if missing else []
    found = block(given)
    if found is None:
        message = f"Value ({given}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        return [Refused("InvalidParameterValue", message)]
    return [] if 16 <= found.prefixlen <= 28 else [Refused(range_code, f"The CIDR '{given}' is invalid.")]


def _make(asked: Asked) -> tuple[str, Values]:
    place, inputs = asked.store.place, asked.inputs
    id = new_id(place, "vpc", asked.name)
    return id, {
        "arn": arn(place, "ec2", f"vpc/{id}"),
        "defaultNetworkAclId": new_id(place, "acl", id),
        "defaultRouteTableId": new_id(place, "rtb", id),
        "defaultSecurityGroupId": new_id(place, "sg", id),
        "dhcpOptionsId": new_id(place, "dopt", "default"),
        "enableDnsHostnames": inputs.get("enableDnsHostnames", False),
        "enableDnsSupport": inputs.get("enableDnsSupport", True),
        "enableNetworkAddressUsageMetrics": inputs.get("enableNetworkAddressUsageMetrics", False),
        "instanceTenancy": inputs.get("instanceTenancy", "default"),
        "mainRouteTableId": new_id(place, "rtb", id),
        "ownerId": place.account,
    }


KIND = Kind(
    type=VPC,
    computed=(
        *("arn", "defaultNetworkAclId", "defaultRouteTableId", "defaultSecurityGroupId", "dhcpOptionsId"),
        *("enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics", "instanceTenancy"),
        *("mainRouteTableId", "ownerId", "tagsAll"),
    ),
    rules=lambda inputs: block_problems(inputs, "InvalidVpc.Range"),
    make=_make,
)
