"""IAM roles (CreateRole)."""

import json

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import Naming, arn, hexes
from sandbox.core.references import ROLE
from sandbox.core.values import Refused, Values, known


def _rules(inputs: Values) -> list[Refused]:
    document = known(inputs, "assumeRolePolicy")
    if isinstance(document, str):
        try:
            json.loads(document)
        except ValueError:
            return [Refused("MalformedPolicyDocument", "This policy contains invalid Json")]
    return []


def _refuse(asked: Asked) -> None:
    name = known(asked.inputs, "name")
    if name is not None and asked.store.get(ROLE, name) is not None:
        raise Refused("EntityAlreadyExists", f"Role with name {name} already exists.")


def _make(asked: Asked) -> tuple[str, Values]:
    name, place = asked.inputs["name"], asked.store.place
    path = asked.inputs.get("path", "/")
    return name, {
        "arn": arn(place, "iam", f"role{path}{name}"),
        "uniqueId": "AROA" + hexes(place, 16, "role", name).upper(),
        "createDate": place.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "path": path,
        "maxSessionDuration": asked.inputs.get("maxSessionDuration", 3600),
        "forceDetachPolicies": asked.inputs.get("forceDetachPolicies", False),
        "managedPolicyArns": asked.inputs.get("managedPolicyArns", []),
        "inlinePolicies": asked.inputs.get("inlinePolicies", []),
    }


def trusts(role: Values, service: str) -> bool:
    """Whether the role's trust policy names this service; an unreadable policy counts as yes."""
    try:
        policy = role["assumeRolePolicy"]
        statements = (json.loads(policy) if isinstance(policy, str) else policy)["Statement"]
    except (KeyError, TypeError, ValueError):
        return True
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else principal
        if services == "*" or service in ([services] if isinstance(services, str) else services):
            return True
    return False


KIND = Kind(
    type=ROLE,
    naming=Naming("name", 64, prefix_property="namePrefix"),
    computed=(
        "arn",
        "uniqueId",
        "createDate",
        "path",
        "maxSessionDuration",
        "managedPolicyArns",
        "inlinePolicies",
        "tagsAll",
    ),
    rules=_rules,
    refuse=_refuse,
    make=_make,
)
