"""Route tables with the routes that stand in them (CreateRouteTable, CreateRoute)."""

import ipaddress

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import arn, new_id
from sandbox.core.references import INTERNET_GATEWAY, NAT_GATEWAY, ROUTE_TABLE, VPC, outputs_of
from sandbox.core.values import UNKNOWN, Refused, Values, known, known_items

TARGETS = {"gatewayId": INTERNET_GATEWAY, "natGatewayId": NAT_GATEWAY}


def _routes(inputs: Values) -> list[Values]:
    return [route for route in known_items(inputs, "routes") if isinstance(route, dict)]


def _rules(inputs: Values) -> list[Refused]:
    found, seen = [], set()
    for route in _routes(inputs):
        given = [key for key in TARGETS if route.get(key) is not None]
        if len(given) != 1:
            message = f"A route needs exactly one target, one of {', '.join(TARGETS)}; not {len(given)}"
            found.append(Refused("InvalidParameterCombination", message))
        destination = route.get("cidrBlock")
        if destination is UNKNOWN:
            continue
        try:
            ipaddress.IPv4Network(destination)
        except ValueError:
            message = f"Value ({destination}) for parameter destinationCidrBlock is invalid."
            found.append(Refused("InvalidParameterValue", message))
        if destination in seen:
            found.append(
                Refused("RouteAlreadyExists", f"The route identified by {destination} already exists")
            )
        seen.add(destination)
    return found


def _refuse(asked: Asked) -> None:
    vpc = outputs_of(asked, VPC, asked.inputs.get("vpcId"))
    for route in _routes(asked.inputs):
        for key, type in TARGETS.items():
            target = outputs_of(asked, type, route.get(key))
            where = known(target, "vpcId")
            if vpc is None or where is None or where == vpc["id"]:
                continue
            message = f"route table and gateway {target and target['id']} belong to different networks"
            raise Refused("InvalidParameterValue", message)


def _make(asked: Asked) -> tuple[str, Values]:
    place = asked.store.place
    id = new_id(place, "rtb", asked.name)
    return id, {
        "arn": arn(place, "ec2", f"route-table/{id}"),
        "ownerId": place.account,
        "propagatingVgws": [],
        "routes": asked.inputs.get("routes", []),
    }


KIND = Kind(
    type=ROUTE_TABLE,
    computed=("arn", "ownerId", "propagatingVgws", "routes", "tagsAll"),
    rules=_rules,
    refuse=_refuse,
    make=_make,
)
