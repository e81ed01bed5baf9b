"""Tags on an Auto Scaling group that another service made (CreateOrUpdateTags)."""

from sandbox.core.kinds import Asked, Kind
from sandbox.core.references import AUTO_SCALING_GROUP, AUTO_SCALING_TAG, NODE_GROUP
from sandbox.core.store import Store
from sandbox.core.values import Refused, Values, known, known_items


def _refuse(asked: Asked) -> None:
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


KIND = Kind(type=AUTO_SCALING_TAG, refuse=_refuse, make=_make)
