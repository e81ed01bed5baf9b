"""What AWS refuses to delete because it is still in use.

From the documentation of DeletePlacementGroup, DeleteSecurityGroup and DeleteRole in the service models, with
the services' own codes and words. A launch template may go at any time: DeleteLaunchTemplate names no
condition, and EKS reports its node groups as degraded afterwards (Ec2LaunchTemplateNotFound). A role may go
while nodes have it: the provider takes it out of instance profiles, and only its policies must be detached.
"""

from collections.abc import Callable

from sandbox.core import deletion_network, shoots
from sandbox.core.nodes import running
from sandbox.core.references import (
    CAPACITY_RESERVATION,
    CLUSTER,
    CRD_PATCH,
    EGRESS_RULE,
    INGRESS_RULE,
    NODE_GROUP,
    PLACEMENT_GROUP,
    ROLE,
    ROLE_POLICY_ATTACHMENT,
    SECURITY_GROUP,
    SHOOT,
    SHOOT_PATCH,
    SUBNET,
)
from sandbox.core.store import Store
from sandbox.core.values import Refused, Values, known, known_items


def refusals(store: Store, type: str, id: str) -> list[Refused]:
    """Nothing where the object is gone already."""
    found = store.get(type, id)
    rule = _RULES.get(type)
    return rule(store, found["outputs"]) if found is not None and rule is not None else []


def _placement_group(store: Store, group: Values) -> list[Refused]:
    name = group["name"]
    used = any((nodes.placement_group or {}).get("name") == name for nodes in running(store))
    # "Use Capacity Reservations with cluster placement groups": not while it has active reservations.
    reserved = any(
        found["outputs"].get("placementGroupArn") == group["arn"] and found["outputs"]["state"] == "active"
        for found in store.all(CAPACITY_RESERVATION)
    )
    of_shoot = any(
        known(worker, "providerConfig", "placement", "groupId") == group["placementGroupId"]
        for found in store.all(SHOOT)
        for worker in known_items(found["outputs"], "spec", "provider", "workers")
    )
    if not (used or reserved or of_shoot):
        return []
    message = f"The placement group '{name}' is in use and may not be deleted."
    return [Refused("InvalidPlacementGroup.InUse", message)]


def _security_group(store: Store, group: Values) -> list[Refused]:
    """In use by an interface, or named by a rule of another group."""
    id = group["id"]
    used = any(id in one.groups for nodes in running(store) for one in nodes.interfaces)
    of_cluster = any(
        known(found["outputs"], "vpcConfig", "clusterSecurityGroupId") == id for found in store.all(CLUSTER)
    )
    referenced = any(
        rule["outputs"].get("referencedSecurityGroupId") == id and rule["outputs"]["securityGroupId"] != id
        for type in (INGRESS_RULE, EGRESS_RULE)
        for rule in store.all(type)
    )
    if not (used or of_cluster or referenced):
        return []
    return [Refused("DependencyViolation", f"resource {id} has a dependent object")]


def _subnet(store: Store, subnet: Values) -> list[Refused]:
    id = subnet["id"]
    nodes_in_it = any(id == one["id"] for nodes in running(store) for one in nodes.subnets)
    if not nodes_in_it and not deletion_network.has_gateway(store, subnet):
        return []
    return [Refused("DependencyViolation", f"The subnet '{id}' has dependencies and cannot be deleted.")]


def _role(store: Store, role: Values) -> list[Refused]:
    attached = any(
        found["outputs"].get("role") == role["name"] for found in store.all(ROLE_POLICY_ATTACHMENT)
    )
    if not attached or role.get("forceDetachPolicies"):
        return []
    return [Refused("DeleteConflict", "Cannot delete entity, must detach all policies first.")]


def _cluster(store: Store, cluster: Values) -> list[Refused]:
    groups = (found["outputs"] for found in store.all(NODE_GROUP))
    if not any(group.get("clusterName") == cluster["name"] for group in groups):
        return []
    return [Refused("ResourceInUseException", "Cluster has nodegroups attached")]


def _shoot_patch(store: Store, patch: Values) -> list[Refused]:
    """What Gardener says to the Shoot without it."""
    shoot = shoots.without(store, patch)
    return [] if shoot is None else shoots.refusals(shoot["outputs"])


def _crd_patch(store: Store, patch: Values) -> list[Refused]:
    message = (
        "this Patch resource is currently managing a required field, so it can't be deleted directly. Either "
        "set the `retainOnDelete` resource option, or transfer ownership of the field before deleting: spec"
    )
    return [Refused("Invalid", message)]


_RULES: dict[str, Callable[[Store, Values], list[Refused]]] = {
    **deletion_network.RULES,
    CLUSTER: _cluster,
    CRD_PATCH: _crd_patch,
    PLACEMENT_GROUP: _placement_group,
    ROLE: _role,
    SECURITY_GROUP: _security_group,
    SHOOT_PATCH: _shoot_patch,
    SUBNET: _subnet,
}
