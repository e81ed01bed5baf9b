"""EKS access entries (CreateAccessEntry; "Grant IAM users access to Kubernetes with EKS access entries")."""

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import arn, hexes
from sandbox.core.references import ACCESS_ENTRY, CLUSTER, NODE_GROUP, ROLE, outputs_of, with_output
from sandbox.core.store import Store
from sandbox.core.values import Refused, Values, known

FOR_NODES = ("EC2_LINUX", "EC2_WINDOWS", "EC2", "FARGATE_LINUX", "HYBRID_LINUX")
USERS = {
    "EC2_LINUX": "system:node:{{EC2PrivateDNSName}}",
    "EC2_WINDOWS": "system:node:{{EC2PrivateDNSName}}",
}


def _rules(inputs: Values) -> list[Refused]:
    if known(inputs, "type") in FOR_NODES and inputs.get("kubernetesGroups"):
        message = f"You can't specify kubernetesGroups with the type {inputs['type']}."
        return [Refused("InvalidParameterException", message)]
    return []


def _refuse(asked: Asked) -> None:
    cluster = outputs_of(asked, CLUSTER, asked.inputs.get("clusterName"))
    if cluster and known(cluster, "accessConfig", "authenticationMode") == "CONFIG_MAP":
        message = (
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform "
            "this operation."
        )
        raise Refused("InvalidRequestException", message)
    principal = known(asked.inputs, "principalArn")
    if principal is None:
        return
    if ":role/" in principal and with_output(asked.store, ROLE, "arn", principal) is None:
        message = f"The specified principalArn is invalid: invalid principal. ({principal})"
        raise Refused("InvalidParameterException", message)
    if cluster and _has_entry(asked.store, cluster["name"], principal):
        message = "The specified access entry resource is already in use on this cluster."
        raise Refused("ResourceInUseException", message)


def _has_entry(store: Store, cluster: str, principal: str) -> bool:
    """Made by somebody, or by EKS for the role of a managed node group."""
    groups = (found["outputs"] for found in store.all(NODE_GROUP))
    of_eks = any((one["clusterName"], one["nodeRoleArn"]) == (cluster, principal) for one in groups)
    return of_eks or store.get(ACCESS_ENTRY, f"{cluster}:{principal}") is not None


def _make(asked: Asked) -> tuple[str, Values]:
    inputs, place = asked.inputs, asked.store.place
    cluster, principal = inputs["clusterName"], inputs["principalArn"]
    kind = inputs.get("type", "STANDARD")
    word = hexes(place, 32, ACCESS_ENTRY, cluster, principal)
    at = place.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{cluster}:{principal}", {
        "accessEntryArn": arn(place, "eks", f"access-entry/{cluster}/{principal.rpartition(':')[2]}/{word}"),
        "createdAt": at,
        "modifiedAt": at,
        "kubernetesGroups": inputs.get("kubernetesGroups", ["system:nodes"] if kind in USERS else []),
        "type": kind,
        "userName": inputs.get("userName", USERS.get(kind, principal)),
    }


KIND = Kind(
    type=ACCESS_ENTRY,
    computed=("accessEntryArn", "createdAt", "kubernetesGroups", "modifiedAt", "type", "userName", "tagsAll"),
    rules=_rules,
    refuse=_refuse,
    make=_make,
)
