"""EC2 launch templates (CreateLaunchTemplate).

EC2 stores nearly anything in a template and complains when it launches. The sandbox launches nothing, so what
EC2 would say then is said here: the interface layout, and references that lead nowhere.
"""

import base64
import binascii

from sandbox.core import launch
from sandbox.core.changes import changed
from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import Naming, arn, new_id
from sandbox.core.references import (
    LAUNCH_TEMPLATE,
    RESOURCE_GROUP,
    SECURITY_GROUP,
    SUBNET,
    outputs_of,
    placement_group,
    with_output,
)
from sandbox.core.references import reservation as reservation_of
from sandbox.core.resources.security_group import security_groups
from sandbox.core.values import UNKNOWN, Refused, Values, known, known_items, refuse

USER_DATA_LIMIT = 16 * 1024


def _rules(inputs: Values) -> list[Refused]:
    market, type_ = known(inputs, "instanceMarketOptions", "marketType"), known(inputs, "instanceType")
    found = launch.refusals(inputs) + _reservation(inputs) + _user_data(inputs)
    if market:
        found += launch.usage_refusals(type_, market)
    placement = known(inputs, "placement") or {}
    if placement.get("groupName") is not None and placement.get("groupId") is not None:
        message = "Specify the placement group by its name or by its id, not both."
        found.append(Refused("InvalidParameterCombination", message))
    return found


def _reservation(inputs: Values) -> list[Refused]:
    found = []
    target = known(inputs, "capacityReservationSpecification", "capacityReservationTarget") or {}
    preference = known(inputs, "capacityReservationSpecification", "capacityReservationPreference")
    by_id = target.get("capacityReservationId") is not None
    by_group = target.get("capacityReservationResourceGroupArn") is not None
    if by_id and by_group:
        found.append("Specify a capacity reservation or a capacity reservation resource group, not both.")
    if target and preference in ("open", "none"):
        found.append(f"The preference '{preference}' can't be combined with a capacity reservation target.")
    if known(inputs, "instanceMarketOptions", "marketType") == "capacity-block":
        if not (by_id or by_group):
            found.append("The market type capacity-block needs a capacity reservation target.")
        if inputs.get("instanceType") is None:
            found.append("The market type capacity-block needs an instance type.")
        placement = known(inputs, "placement") or {}
        if by_group and (placement.get("groupName") is not None or placement.get("groupId") is not None):
            found.append(
                "You can't specify a placement group when launching into Capacity Blocks in a Capacity "
                "Reservation Resource Group."
            )
    return [Refused("InvalidParameterCombination", message) for message in found]


def _user_data(inputs: Values) -> list[Refused]:
    text = known(inputs, "userData")
    if not isinstance(text, str):
        return []
    try:
        size = len(base64.b64decode(text, validate=True))
    except binascii.Error:
        return [Refused("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")]
    if size > USER_DATA_LIMIT:
        message = f"User data is limited to {USER_DATA_LIMIT} bytes; it has {size}."
        return [Refused("InvalidParameterValue", message)]
    return []


def _refuse(asked: Asked) -> None:
    name = known(asked.inputs, "name")
    if with_output(asked.store, LAUNCH_TEMPLATE, "name", name) is not None:
        code = "InvalidLaunchTemplateName.AlreadyExistsException"
        raise Refused(code, f"Launch template name already in use: {name}.")
    for group in security_groups(asked.inputs):
        outputs_of(asked, SECURITY_GROUP, group)
    for interface in known_items(asked.inputs, "networkInterfaces"):
        outputs_of(asked, SUBNET, known(interface, "subnetId"))
    refuse(_in_placement_group(asked) + _in_reservation(asked))


def _in_placement_group(asked: Asked) -> list[Refused]:
    group = placement_group(asked, known(asked.inputs, "placement"))
    type_ = known(asked.inputs, "instanceType")
    hardware = launch.hardware(type_) if type_ else None
    if group is None:
        return []
    found = []
    strategy, number = group["strategy"], known(asked.inputs, "placement", "partitionNumber")
    if hardware is not None and strategy not in hardware.strategies:
        message = (
            f"{strategy.capitalize()} placement groups cannot be used by this instance type '{type_}'. "
            "Specify a supported instance type and try again."
        )
        found.append(Refused("InvalidParameterCombination", message))
    if number is not None and (strategy != "partition" or number > group["partitionCount"]):
        message = f"The placement group '{group['name']}' ({strategy}) has no partition {number}."
        found.append(Refused("InvalidParameterValue", message))
    return found


def _in_reservation(asked: Asked) -> list[Refused]:
    target = known(asked.inputs, "capacityReservationSpecification", "capacityReservationTarget")
    outputs_of(asked, RESOURCE_GROUP, known(target, "capacityReservationResourceGroupArn"))
    id = known(target, "capacityReservationId")
    reservation = reservation_of(asked, id)
    if reservation is None:
        return []
    found = []
    type_, market = (
        known(asked.inputs, "instanceType"),
        known(asked.inputs, "instanceMarketOptions", "marketType"),
    )
    if type_ is not None and type_ != reservation["instanceType"]:
        found.append(
            f"The capacity reservation '{id}' is for {reservation['instanceType']}, not for {type_}."
        )
    is_block = reservation["reservationType"] == "capacity-block"
    if is_block and market != "capacity-block":
        found.append(f"'{id}' is a Capacity Block: the market type must be capacity-block.")
    if market == "capacity-block" and not is_block:
        found.append(f"'{id}' is not a Capacity Block: the market type must not be capacity-block.")
    return [Refused("InvalidParameterCombination", message) for message in found]


def _make(asked: Asked) -> tuple[str, Values]:
    place = asked.store.place
    id = new_id(place, "lt", asked.inputs["name"])
    return id, {
        "arn": arn(place, "ec2", f"launch-template/{id}"),
        "latestVersion": 1,
        "defaultVersion": 1,
    }


# Terraform AWS provider, ec2_launch_template.go: what makes no new version, and what leaves a plan sure.
_NO_VERSION = {"name", "namePrefix", "tags", "defaultVersion", "updateDefaultVersion", "region"}
_SURE = _NO_VERSION - {"tags", "region"} | {"description"}


def _update(asked: Asked, old: Values, object: Values) -> Values:
    """A change of the data is a new version; the old ones stay, beside the outputs, for who runs them."""
    outputs, differing = object["outputs"], changed(old, asked.inputs)
    latest, default = outputs["latestVersion"], outputs["defaultVersion"]
    if asked.preview:
        latest = UNKNOWN if differing - _SURE else latest
    elif differing - _NO_VERSION:
        versions = object.setdefault("versions", {str(latest): object["inputs"]})
        latest += 1
        versions[str(latest)] = asked.inputs
    if asked.inputs.get("updateDefaultVersion"):
        default = latest
    return {"latestVersion": latest, "defaultVersion": asked.inputs.get("defaultVersion", default)}


KIND = Kind(
    type=LAUNCH_TEMPLATE,
    naming=Naming("name", 128, prefix_property="namePrefix"),
    computed=("arn", "latestVersion", "defaultVersion", "tagsAll"),
    rules=_rules,
    refuse=_refuse,
    make=_make,
    update=_update,
)
