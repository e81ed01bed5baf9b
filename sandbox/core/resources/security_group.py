"""EC2 security groups (CreateSecurityGroup). The provider removes the egress rule that EC2 adds by itself."""

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import Naming, arn, new_id
from sandbox.core.references import EGRESS_RULE, INGRESS_RULE, SECURITY_GROUP, VPC, outputs_of
from sandbox.core.store import Store
from sandbox.core.values import Refused, Values, known, known_items


def _rules(inputs: Values) -> list[Refused]:
    found = []
    if inputs.get("ingress") or inputs.get("egress"):
        message = "the sandbox does not model inline rules: use SecurityGroupIngressRule and -EgressRule"
        found.append(Refused("UnsupportedOperation", message))
    if str(known(inputs, "name") or "").startswith("sg-"):
        message = "invalid value for parameter groupName: names can't start with sg-"
        found.append(Refused("InvalidParameterValue", message))
    return found


def _refuse(asked: Asked) -> None:
    vpc, name = known(asked.inputs, "vpcId"), known(asked.inputs, "name")
    if asked.inputs.get("vpcId") is None:
        # Without a VPC EC2 takes the default one; the account has none.
        raise Refused("VPCIdNotSpecified", "No default VPC for this user")
    outputs_of(asked, VPC, vpc)
    for group in asked.store.all(SECURITY_GROUP):
        if (group["outputs"]["vpcId"], group["outputs"]["name"]) == (vpc, name):
            message = f"The security group '{name}' already exists for VPC '{vpc}'"
            raise Refused("InvalidGroup.Duplicate", message)


def _make(asked: Asked) -> tuple[str, Values]:
    place = asked.store.place
    id = new_id(place, "sg", asked.inputs["vpcId"], asked.inputs["name"])
    return id, {
        "arn": arn(place, "ec2", f"security-group/{id}"),
        "ownerId": place.account,
        "ingress": [],
        "egress": [],
        "revokeRulesOnDelete": asked.inputs.get("revokeRulesOnDelete", False),
    }


def security_groups(template: Values) -> list[str]:
    """The known security groups that a launch template names, on the instance and on its interfaces."""
    groups = known_items(template, "vpcSecurityGroupIds")
    for interface in known_items(template, "networkInterfaces"):
        groups += known_items(interface, "securityGroups")
    return list(dict.fromkeys(groups))


def without_rules(store: Store, group: Values) -> None:
    """The rules of a group go with it."""
    for type in (INGRESS_RULE, EGRESS_RULE):
        for rule in store.all(type):
            if rule["outputs"]["securityGroupId"] == group["id"]:
                store.remove(type, rule["id"])


KIND = Kind(
    type=SECURITY_GROUP,
    naming=Naming("name", 255, prefix_property="namePrefix"),
    computed=("arn", "ownerId", "ingress", "egress", "tagsAll"),
    rules=_rules,
    refuse=_refuse,
    make=_make,
    gone=without_rules,
)
