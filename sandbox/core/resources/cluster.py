"""EKS clusters (CreateCluster; "Create an Amazon EKS cluster" and "VPC requirements" in the EKS User Guide).

There is no API server behind it. The security group that EKS makes beside a cluster is there, because nodes
are put into it.
"""

import base64

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import Naming, arn, hexes, new_id
from sandbox.core.references import (
    CLUSTER,
    EGRESS_RULE,
    INGRESS_RULE,
    ROLE,
    SECURITY_GROUP,
    SUBNET,
    outputs_of,
    with_output,
)
from sandbox.core.resources.role import trusts
from sandbox.core.resources.security_group import without_rules
from sandbox.core.store import Store
from sandbox.core.values import Refused, Values, known, known_items, settled

VERSION = "1.34"
"""What a cluster gets whose version is not stated."""


def _invalid(message: str) -> Refused:
    return Refused("InvalidParameterException", message)


def _refuse(asked: Asked) -> None:
    name, role_arn = known(asked.inputs, "name"), known(asked.inputs, "roleArn")
    if name is not None and asked.store.get(CLUSTER, name) is not None:
        raise Refused("ResourceInUseException", f"Cluster already exists with name: {name}")
    if role_arn is not None:
        role = with_output(asked.store, ROLE, "arn", role_arn)
        if role is None:
            raise _invalid(f"roleArn, {role_arn}, does not exist")
        if not trusts(role, "eks.amazonaws.com"):
            raise _invalid("Role could not be assumed because the trusted entity is not correct")
    _refuse_subnets(asked)


def _refuse_subnets(asked: Asked) -> None:
    vpc_config = known(asked.inputs, "vpcConfig") or {}
    found = [outputs_of(asked, SUBNET, subnet) for subnet in known_items(vpc_config, "subnetIds")]
    subnets = [subnet for subnet in found if subnet is not None]
    if len({subnet["vpcId"] for subnet in subnets}) > 1:
        raise _invalid("Subnets specified must belong to the same VPC")
    if settled(vpc_config.get("subnetIds")) and len({subnet["availabilityZone"] for subnet in subnets}) < 2:
        raise _invalid("Subnets specified must be in at least two different AZs")
    for group in known_items(vpc_config, "securityGroupIds"):
        outputs_of(asked, SECURITY_GROUP, group)


def _make(asked: Asked) -> tuple[str, Values]:
    inputs, place = asked.inputs, asked.store.place
    name = inputs["name"]
    subnet = outputs_of(asked, SUBNET, inputs["vpcConfig"]["subnetIds"][0]) or {}
    word = hexes(place, 32, CLUSTER, name).upper()
    issuer = f"https://oidc.eks.{place.region}.amazonaws.com/id/{word}"
    certificate = base64.b64encode(f"sandbox certificate authority, {name}".encode()).decode()
    return name, {
        "accessConfig": {
            "authenticationMode": "CONFIG_MAP",
            "bootstrapClusterCreatorAdminPermissions": True,
            **inputs.get("accessConfig", {}),
        },
        "arn": arn(place, "eks", f"cluster/{name}"),
        "bootstrapSelfManagedAddons": inputs.get("bootstrapSelfManagedAddons", True),
        "certificateAuthority": {"data": certificate},
        "createdAt": place.now.isoformat(),
        "endpoint": f"https://{word}.gr7.{place.region}.eks.amazonaws.com",
        "identities": [{"oidcs": [{"issuer": issuer}]}],
        "kubernetesNetworkConfig": {
            "ipFamily": "ipv4",
            "serviceIpv4Cidr": "172.20.0.0/16",
            **inputs.get("kubernetesNetworkConfig", {}),
        },
        "platformVersion": "eks.1",
        "status": "ACTIVE",
        "version": inputs.get("version", VERSION),
        "vpcConfig": {
            "endpointPrivateAccess": False,
            "endpointPublicAccess": True,
            "publicAccessCidrs": ["0.0.0.0/0"],
            **inputs["vpcConfig"],
            "clusterSecurityGroupId": _security_group(asked, name, subnet["vpcId"]),
            "vpcId": subnet["vpcId"],
        },
    }


def _security_group(asked: Asked, name: str, vpc_id: str) -> str:
    place = asked.store.place
    id = new_id(place, "sg", vpc_id, CLUSTER, name)
    made = {
        "id": id,
        "arn": arn(place, "ec2", f"security-group/{id}"),
        "name": f"eks-cluster-sg-{name}-{hexes(place, 9, id)}",
        "ownerId": place.account,
        "vpcId": vpc_id,
    }
    asked.store.put(SECURITY_GROUP, id, {"id": id, "inputs": {}, "outputs": made})
    # "Amazon EKS security group requirements" in the EKS User Guide: all from itself, all to anywhere.
    for type, peer in ((INGRESS_RULE, "referencedSecurityGroupId"), (EGRESS_RULE, "cidrIpv4")):
        rule = {
            "id": new_id(place, "sgr", id, type),
            "securityGroupId": id,
            peer: id if type == INGRESS_RULE else "0.0.0.0/0",
            "ipProtocol": "-1",
        }
        asked.store.put(type, rule["id"], {"id": rule["id"], "inputs": {}, "outputs": rule})
    return id


def _gone(store: Store, cluster: Values) -> None:
    """The security group goes with the cluster, and its rules with the group."""
    id = cluster["vpcConfig"]["clusterSecurityGroupId"]
    store.remove(SECURITY_GROUP, id)
    without_rules(store, {"id": id})


KIND = Kind(
    type=CLUSTER,
    naming=Naming("name", 100),
    computed=(
        *("accessConfig", "arn", "bootstrapSelfManagedAddons", "certificateAuthority", "createdAt"),
        *("endpoint", "identities", "kubernetesNetworkConfig", "platformVersion", "status", "tagsAll"),
        "version",
    ),
    computed_inside={
        "accessConfig": ("authenticationMode", "bootstrapClusterCreatorAdminPermissions"),
        "kubernetesNetworkConfig": ("ipFamily", "serviceIpv4Cidr"),
        "vpcConfig": (
            *("clusterSecurityGroupId", "endpointPrivateAccess", "endpointPublicAccess"),
            *("publicAccessCidrs", "vpcId"),
        ),
    },
    refuse=_refuse,
    make=_make,
    gone=_gone,
)
