"""What EKS refuses of a launch template that a managed node group uses.

From the documentation of CreateNodegroup in the service model and "Customizing managed nodes with launch
templates" and "Create a managed node group with Capacity Blocks" in the EKS User Guide. EKS's wording is used
where it is public (instance profile, instance types, disk size, remote access, user data, custom AMI).
"""

import base64
import binascii

from sandbox.core.launch import usage_refusals
from sandbox.core.values import Refused, Values, known, known_items

USAGE = {"ON_DEMAND": "on-demand", "SPOT": "spot", "CAPACITY_BLOCK": "capacity-block"}


def refusals(id: str, template: Values, group: Values) -> list[Refused]:
    """Both as inputs; `id` is what EKS calls the template."""
    return [
        *_forbidden(id, template),
        *_either_or(template, group),
        *_image(template, group),
        *_capacity(id, template, group),
    ]


def _forbidden(id: str, template: Values) -> list[Refused]:
    found = []
    if template.get("iamInstanceProfile") is not None:
        found.append(
            f"Launch template {id} should not specify an instance profile. The noderole in your request "
            "will be used to construct an instance profile."
        )
    if any(nic.get("subnetId") is not None for nic in known_items(template, "networkInterfaces")):
        found.append(
            f"Launch template {id} should not specify a subnet in a network interface. The subnets in your "
            "request will be used."
        )
    if known(template, "instanceMarketOptions", "marketType") == "spot":
        found.append(
            f"Launch template {id} should not request spot instances. Use the capacity type SPOT instead."
        )
    if known(template, "hibernationOptions", "configured"):
        found.append(f"Launch template {id} should not configure hibernation.")
    if known(template, "instanceInitiatedShutdownBehavior") is not None:
        found.append(f"Launch template {id} should not specify the shutdown behavior.")
    return [Refused("InvalidParameterException", message) for message in found]


def _either_or(template: Values, group: Values) -> list[Refused]:
    found = []
    if template.get("instanceType") is not None and group.get("instanceTypes"):
        message = "Cannot specify instance types in launch template and API request"
        found.append(Refused("InvalidRequestException", message))
    if group.get("diskSize"):
        message = "Disk size must be specified within the launch template."
        found.append(Refused("InvalidParameterException", message))
    if group.get("remoteAccess"):
        message = "Remote access configuration cannot be specified with a launch template."
        found.append(Refused("InvalidParameterException", message))
    return found


def _image(template: Values, group: Values) -> list[Refused]:
    found = []
    ami_type = known(group, "amiType")
    if template.get("imageId") is not None:
        given = [key for key in ("amiType", "version", "releaseVersion") if group.get(key) is not None]
        given = [key for key in given if group[key] != "CUSTOM"]
        if given:
            message = f"You cannot specify {', '.join(given)} when the launch template has a custom AMI."
            found.append(Refused("InvalidParameterException", message))
    else:
        if ami_type == "CUSTOM":
            message = "Launch template details can't be null for Custom ami type node group"
            found.append(Refused("InvalidRequestException", message))
        # EKS merges its own part into the user data; Bottlerocket's is TOML and merged otherwise.
        if not str(ami_type).startswith("BOTTLEROCKET") and not _is_mime(known(template, "userData")):
            message = "User data was not in the MIME multipart format."
            found.append(Refused("Ec2LaunchTemplateInvalidConfiguration", message))
    return found


def _is_mime(user_data: str | None) -> bool:
    if not user_data:
        return True
    try:
        head = base64.b64decode(user_data)[:1024].decode(errors="replace")
    except binascii.Error:
        return False
    return "multipart/mixed" in head.lower()


def _capacity(id: str, template: Values, group: Values) -> list[Refused]:
    market = known(template, "instanceMarketOptions", "marketType")
    capacity = known({"capacityType": "ON_DEMAND", **group}, "capacityType")
    if capacity is None or (template.get("instanceMarketOptions") is not None and market is None):
        return []
    if (capacity == "CAPACITY_BLOCK") != (market == "capacity-block"):
        message = (
            f"The capacity type {capacity} does not go with the market type {market or 'on-demand'} of "
            f"launch template {id}: CAPACITY_BLOCK and capacity-block need each other."
        )
        return [Refused("InvalidParameterException", message)]
    return usage_refusals(known(template, "instanceType"), USAGE.get(capacity, "on-demand"))
