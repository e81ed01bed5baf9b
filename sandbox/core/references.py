"""Finds what a request refers to, or refuses with the service's own code and words for "not found".

Ids that AWS makes cannot be known before the object exists, so a literal id that leads nowhere is wrong in a
preview too. Names are chosen by the program: a preview lets them pass, the object may come with the same run.
"""

from sandbox.core.kinds import Asked
from sandbox.core.store import Store
from sandbox.core.values import UNKNOWN, Refused, Values

ACCESS_ENTRY = "aws:eks/accessEntry:AccessEntry"
AUTO_SCALING_GROUP = "aws:autoscaling/group:Group"
AUTO_SCALING_TAG = "aws:autoscaling/tag:Tag"
CAPACITY_BLOCK = "aws:ec2/capacityBlockReservation:CapacityBlockReservation"
CAPACITY_BLOCK_OFFERING = "aws:ec2/capacityBlockOffering:CapacityBlockOffering"
CAPACITY_RESERVATION = "aws:ec2/capacityReservation:CapacityReservation"
CLUSTER = "aws:eks/cluster:Cluster"
INSTANCE_PROFILE = "aws:iam/instanceProfile:InstanceProfile"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
LIFECYCLE_HOOK = "aws:autoscaling/lifecycleHook:LifecycleHook"
NAMESPACE = "kubernetes:core/v1:Namespace"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
PLACEMENT_GROUP = "aws:ec2/placementGroup:PlacementGroup"
QUOTA = "aws:servicequotas/serviceQuota:ServiceQuota"
RELEASE = "kubernetes:helm.sh/v3:Release"
RESOURCE_GROUP = "aws:resourcegroups/group:Group"
ROLE = "aws:iam/role:Role"
ROLE_POLICY_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
SCHEDULED_ACTION = "aws:autoscaling/schedule:Schedule"
SHOOT = "kubernetes:core.gardener.cloud/v1beta1:Shoot"
SHOOT_PATCH = "kubernetes:core.gardener.cloud/v1beta1:ShootPatch"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
EIP = "aws:ec2/eip:Eip"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ROUTE_TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"
CRD = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
CRD_PATCH = f"{CRD}Patch"
FABRIC_FAULT = "sandbox:index:FabricFault"

_NOT_FOUND = {
    VPC: ("InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
    SUBNET: ("InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
    EIP: ("InvalidAllocationID.NotFound", "The allocation ID '{}' does not exist"),
    INTERNET_GATEWAY: ("InvalidGatewayID.NotFound", "The gateway ID '{}' does not exist"),
    NAT_GATEWAY: ("InvalidNatGatewayID.NotFound", "The natGateway ID '{}' does not exist"),
    ROUTE_TABLE: ("InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"),
    SECURITY_GROUP: ("InvalidGroup.NotFound", "The security group '{}' does not exist"),
    CAPACITY_RESERVATION: (
        "InvalidCapacityReservationId.NotFound",
        "The capacity reservation '{}' does not exist",
    ),
    LAUNCH_TEMPLATE: (
        "InvalidLaunchTemplateId.NotFound",
        "The specified launch template, with template ID {}, does not exist.",
    ),
    CLUSTER: ("ResourceNotFoundException", "No cluster found for name: {}."),
    RESOURCE_GROUP: ("InvalidParameterValue", "The resource group '{}' does not exist"),
}

_CHOSEN = (CLUSTER,)
"""Types whose id is a name that the program chooses."""


def outputs_of(asked: Asked, type: str, id: object) -> Values | None:
    """The outputs of the object with this id; None where the id is absent or not known yet."""
    if id is None or id is UNKNOWN:
        return None
    found = asked.store.get(type, str(id))
    if found is None and type in _CHOSEN and asked.preview:
        return None
    if found is None:
        code, message = _NOT_FOUND[type]
        raise Refused(code, message.format(id))
    outputs: Values = found["outputs"]
    return outputs


def reservation(asked: Asked, id: object) -> Values | None:
    """The Capacity Reservation or Capacity Block with this id: to EC2 both are reservations."""
    block = asked.store.get(CAPACITY_BLOCK, id) if isinstance(id, str) else None
    return block["outputs"] if block else outputs_of(asked, CAPACITY_RESERVATION, id)


def reservations(store: Store) -> list[Values]:
    """Every reservation of the account, Capacity Blocks among them."""
    return [one["outputs"] for type in (CAPACITY_RESERVATION, CAPACITY_BLOCK) for one in store.all(type)]


def with_output(store: Store, type: str, property: str, value: object) -> Values | None:
    """The outputs of the first object whose property has this value."""
    for found in store.all(type):
        if found["outputs"].get(property) == value:
            outputs: Values = found["outputs"]
            return outputs
    return None


def placement_group(asked: Asked, placement: Values | None) -> Values | None:
    """The placement group that a template names, by its id or by its name."""
    for property, word in (("placementGroupId", "groupId"), ("name", "groupName")):
        value = (placement or {}).get(word)
        if value is None or value is UNKNOWN:
            continue
        found = with_output(asked.store, PLACEMENT_GROUP, property, value)
        if found is not None:
            return found
        if word == "groupId" or not asked.preview:
            raise Refused("InvalidPlacementGroup.Unknown", f"The Placement Group '{value}' is unknown.")
    return None
