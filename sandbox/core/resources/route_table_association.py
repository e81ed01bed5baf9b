"""Which route table a subnet uses (AssociateRouteTable)."""

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import new_id
from sandbox.core.references import ROUTE_TABLE, ROUTE_TABLE_ASSOCIATION, SUBNET, outputs_of
from sandbox.core.values import Refused, Values


def _rules(inputs: Values) -> list[Refused]:
    if inputs.get("subnetId") is None:
        return [Refused("MissingParameter", "The request must contain the parameter subnetId")]
    return []


def _refuse(asked: Asked) -> None:
    table = outputs_of(asked, ROUTE_TABLE, asked.inputs.get("routeTableId"))
    subnet = outputs_of(asked, SUBNET, asked.inputs.get("subnetId"))
    if table and subnet and table["vpcId"] != subnet["vpcId"]:
        both = f"Route table {table['id']} and subnet {subnet['id']}"
        raise Refused("InvalidParameterValue", f"{both} belong to different networks")
    for other in asked.store.all(ROUTE_TABLE_ASSOCIATION):
        if subnet and other["inputs"].get("subnetId") == subnet["id"]:
            message = (
                f"the specified association for route table {asked.inputs['routeTableId']} conflicts with an "
                "existing association"
            )
            raise Refused("Resource.AlreadyAssociated", message)


def _make(asked: Asked) -> tuple[str, Values]:
    return new_id(asked.store.place, "rtbassoc", asked.inputs["subnetId"]), {}


KIND = Kind(type=ROUTE_TABLE_ASSOCIATION, rules=_rules, refuse=_refuse, make=_make)
