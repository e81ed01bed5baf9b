"""What EC2 refuses to delete of a network because something still stands in it.

From DeleteVpc ("you must detach or delete all gateways and resources that are associated with the VPC"),
DetachInternetGateway ("The VPC must not contain any running instances with Elastic IP addresses or public
IPv4 addresses") and "Troubleshoot NAT gateways" in the VPC User Guide.
"""

from collections.abc import Callable

from sandbox.core.references import (
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    ROUTE_TABLE,
    SECURITY_GROUP,
    SUBNET,
    VPC,
)
from sandbox.core.store import Store
from sandbox.core.values import Refused, Values


def _vpc(store: Store, vpc: Values) -> list[Refused]:
    inside = (SUBNET, SECURITY_GROUP, INTERNET_GATEWAY, NAT_GATEWAY, ROUTE_TABLE)
    if not any(found["outputs"].get("vpcId") == vpc["id"] for type in inside for found in store.all(type)):
        return []
    message = f"The vpc '{vpc['id']}' has dependencies and cannot be deleted."
    return [Refused("DependencyViolation", message)]


def _internet_gateway(store: Store, gateway: Values) -> list[Refused]:
    network = gateway.get("vpcId")
    nats = (found["outputs"] for found in store.all(NAT_GATEWAY))
    if network is None or not any(nat["vpcId"] == network and nat["publicIp"] for nat in nats):
        return []
    message = (
        f"Network {network} has some mapped public address(es). Please unmap those public address(es) before "
        "detaching the gateway."
    )
    return [Refused("DependencyViolation", message)]


def has_gateway(store: Store, subnet: Values) -> bool:
    """Whether a NAT gateway stands in the subnet."""
    return any(found["outputs"]["subnetId"] == subnet["id"] for found in store.all(NAT_GATEWAY))


RULES: dict[str, Callable[[Store, Values], list[Refused]]] = {
    INTERNET_GATEWAY: _internet_gateway,
    VPC: _vpc,
}
