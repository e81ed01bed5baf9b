"""NAT gateways (CreateNatGateway; "Troubleshoot NAT gateways" in the VPC User Guide for the failures)."""

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import new_id
from sandbox.core.references import EIP, NAT_GATEWAY, SUBNET, outputs_of
from sandbox.core.resources.internet_gateway import attached
from sandbox.core.values import Refused, Values, known


def _rules(inputs: Values) -> list[Refused]:
    if inputs.get("subnetId") is None:
        return [Refused("MissingParameter", "The request must contain the parameter subnetId")]
    private = known(inputs, "connectivityType") == "private"
    if private == (inputs.get("allocationId") is not None):
        word = "must not" if private else "must"
        message = f"A {'private' if private else 'public'} NAT gateway {word} have an allocationId"
        return [Refused("InvalidParameterCombination", message)]
    return []


def _refuse(asked: Asked) -> None:
    subnet = outputs_of(asked, SUBNET, asked.inputs.get("subnetId"))
    address = outputs_of(asked, EIP, asked.inputs.get("allocationId"))
    used = address and [
        one
        for one in asked.store.all(NAT_GATEWAY)
        if one["outputs"].get("allocationId") == address["allocationId"]
    ]
    if address and used:
        message = f"Elastic IP address [{address['allocationId']}] is already associated"
        raise Refused("Resource.AlreadyAssociated", message)
    public = known({"connectivityType": "public", **asked.inputs}, "connectivityType") == "public"
    if subnet and public and not asked.preview and attached(asked.store, subnet["vpcId"]) is None:
        message = f"Network {subnet['vpcId']} has no Internet gateway attached"
        raise Refused("Gateway.NotAttached", message)


def _make(asked: Asked) -> tuple[str, Values]:
    place, inputs = asked.store.place, asked.inputs
    address = outputs_of(asked, EIP, inputs.get("allocationId")) or {}
    subnet = outputs_of(asked, SUBNET, inputs["subnetId"]) or {}
    id = new_id(place, "nat", asked.name)
    return id, {
        "associationId": new_id(place, "eipassoc", id),
        "connectivityType": inputs.get("connectivityType", "public"),
        "networkInterfaceId": new_id(place, "eni", id),
        "publicIp": address.get("publicIp", ""),
        "vpcId": subnet.get("vpcId"),
    }


KIND = Kind(
    type=NAT_GATEWAY,
    computed=("associationId", "connectivityType", "networkInterfaceId", "publicIp", "tagsAll", "vpcId"),
    rules=_rules,
    refuse=_refuse,
    make=_make,
)
