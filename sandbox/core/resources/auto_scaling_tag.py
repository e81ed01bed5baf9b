"""Tags on an Auto Scaling group that another service made (CreateOrUpdateTags)."""

from sandbox.core.kinds import Asked, Kind
from sandbox.core.references import AUTO_SCALING_GROUP, AUTO_SCALING_TAG, NODE_GROUP
from sandbox.core.store import Store
from sandbox.core.values import Refused, Values, known, known_items


def _rules(inputs: Values) -> list[Refused]:
    """The service can do without these; the provider's schema cannot."""
    tag = known(inputs, "tag") or {}
    given = {"autoscalingGroupName": inputs.get("autoscalingGroupName"), "tag": inputs.get("tag")}
    if isinstance(tag, dict) and tag:
        given |= {f"tag.{key}": tag.get(key) for key in ("key", "value", "propagateAtLaunch")}
    missing = [key for key, value in given.items() if value is None]
    return [Refused("ParamValidationError", f"{key}: a value is required") for key in missing]


def refuse_unknown_group(asked: Asked) -> None:
    """A group that is asked for by name must be there when the request is made."""
    name = known(asked.inputs, "autoscalingGroupName")
    if name is not None and not asked.preview and name not in _groups(asked.store):
        message = f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"
        raise Refused("ValidationError", message)


def _groups(store: Store) -> set[str]:
    """Our own, and those that EKS made."""
    own = {found["id"] for found in store.all(AUTO_SCALING_GROUP)}
    behind = (known_items(found["outputs"], "resources") for found in store.all(NODE_GROUP))
    return own | {
        one["name"] for resources in behind for part in resources for one in part["autoscalingGroups"]
    }


def _make(asked: Asked) -> tuple[str, Values]:
    return f"{asked.inputs['autoscalingGroupName']},{asked.inputs['tag']['key']}", {}


KIND = Kind(type=AUTO_SCALING_TAG, rules=_rules, refuse=refuse_unknown_group, make=_make)
