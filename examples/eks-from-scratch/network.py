"""A VPC with private subnets that reach the internet through a NAT gateway: nodes pull images that way."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import ec2

EVERYWHERE = "0.0.0.0/0"


def private_subnets(vpc: ec2.Vpc, zones: Mapping[str, str]) -> dict[str, pulumi.Output[str]]:
    """By zone, the id of a subnet with this range; who takes it waits until the subnet has its way out."""
    first = next(iter(zones))
    gateway = ec2.InternetGateway("efa", vpc_id=vpc.id)
    public = ec2.Subnet("efa-public", vpc_id=vpc.id, cidr_block="10.0.0.0/24", availability_zone=first)
    address = ec2.Eip("efa-nat", domain="vpc", opts=pulumi.ResourceOptions(depends_on=[gateway]))
    nat = ec2.NatGateway("efa", subnet_id=public.id, allocation_id=address.id)

    out = ec2.RouteTable(
        "efa-public", vpc_id=vpc.id, routes=[{"cidr_block": EVERYWHERE, "gateway_id": gateway.id}]
    )
    ec2.RouteTableAssociation("efa-public", subnet_id=public.id, route_table_id=out.id)
    through_nat = ec2.RouteTable(
        "efa-private", vpc_id=vpc.id, routes=[{"cidr_block": EVERYWHERE, "nat_gateway_id": nat.id}]
    )
    found = {}
    for zone, block in zones.items():
        subnet = ec2.Subnet(f"efa-{zone}", vpc_id=vpc.id, cidr_block=block, availability_zone=zone)
        joined = ec2.RouteTableAssociation(f"efa-{zone}", subnet_id=subnet.id, route_table_id=through_nat.id)
        found[zone] = joined.subnet_id.apply(str)
    return found
