"""Lifecycle hooks of Auto Scaling groups (PutLifecycleHook)."""

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import Naming
from sandbox.core.references import LIFECYCLE_HOOK
from sandbox.core.resources.auto_scaling_tag import refuse_unknown_group
from sandbox.core.values import Refused, Values, known

TRANSITIONS = ("autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING")


def _rules(inputs: Values) -> list[Refused]:
    """The bounds are the provider's (lifecycle_hook.go), from the API's documentation."""
    found = []
    if inputs.get("lifecycleTransition") is None:
        found.append(Refused("ParamValidationError", "lifecycleTransition: a value is required"))
    elif known(inputs, "lifecycleTransition") not in (None, *TRANSITIONS):
        message = f"Invalid transition {inputs['lifecycleTransition']}: must be one of {list(TRANSITIONS)}"
        found.append(Refused("ValidationError", message))
    seconds = known(inputs, "heartbeatTimeout")
    if isinstance(seconds, int) and not 30 <= seconds <= 7200:
        message = f"expected heartbeatTimeout to be in the range (30 - 7200), got {seconds}"
        found.append(Refused("ValidationError", message))
    if known(inputs, "defaultResult") not in (None, "CONTINUE", "ABANDON"):
        found.append(Refused("ValidationError", f"Invalid default result {inputs['defaultResult']}"))
    return found


def _make(asked: Asked) -> tuple[str, Values]:
    return asked.inputs["name"], {"defaultResult": asked.inputs.get("defaultResult", "ABANDON")}


KIND = Kind(
    type=LIFECYCLE_HOOK,
    naming=Naming("name", 255),
    computed=("defaultResult",),
    rules=_rules,
    refuse=refuse_unknown_group,
    make=_make,
)
