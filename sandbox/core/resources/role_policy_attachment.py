"""Managed policies attached to a role (AttachRolePolicy)."""

from sandbox.core.kinds import Asked, Kind
from sandbox.core.references import ROLE, ROLE_POLICY_ATTACHMENT
from sandbox.core.values import Refused, Values, known


def _rules(inputs: Values) -> list[Refused]:
    policy = known(inputs, "policyArn")
    if isinstance(policy, str) and not policy.startswith("arn:"):
        return [Refused("InvalidInput", f"ARN {policy} is not valid.")]
    return []


def _refuse(asked: Asked) -> None:
    role, policy = known(asked.inputs, "role"), known(asked.inputs, "policyArn")
    if role is not None and not asked.preview and asked.store.get(ROLE, role) is None:
        raise Refused("NoSuchEntity", f"The role with name {role} cannot be found.")
    # Policies of the account itself would be resources of a type that the sandbox does not model.
    ours = f"arn:{asked.store.place.partition}:iam::aws:policy/"
    if policy is not None and not policy.startswith(ours):
        raise Refused("NoSuchEntity", f"Policy {policy} does not exist or is not attachable.")


def _make(asked: Asked) -> tuple[str, Values]:
    return f"{asked.inputs['role']}/{asked.inputs['policyArn']}", {}


KIND = Kind(type=ROLE_POLICY_ATTACHMENT, rules=_rules, refuse=_refuse, make=_make)
