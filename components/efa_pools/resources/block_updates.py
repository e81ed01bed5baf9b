"""What EKS refuses of a managed node group on a Capacity Block, said in the preview.

A block has no spare machine, so its group is upgraded while it is empty (EKS User Guide, "Create a managed
node group with Capacity Blocks for ML", considerations, read 2026-11). Only the engine knows what the group
has now: it asks this hook before an update, in a preview too.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import monitor_supports_feature

UPGRADES = ("launchTemplate", "releaseVersion", "version")


def empty_while_upgraded(name: str) -> pulumi.ResourceOptions:
    """Options of the node group; none where no engine runs that could ask."""
    if not monitor_supports_feature(resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS):
        return pulumi.ResourceOptions()
    asked = pulumi.ResourceHookOptions(on_dry_run=True)
    hook = pulumi.ResourceHook(f"{name}-empty-while-upgraded", _check, asked)
    return pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_update=[hook]))


def _check(asked: pulumi.ResourceHookArgs) -> None:
    problem = refusal(asked.old_inputs or {}, asked.new_inputs or {})
    if problem is not None:
        raise ValueError(f"{asked.name}: {problem}")


def refusal(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    """Why EKS would refuse the update, by the inputs; a value that is not known yet is another one."""
    turned = [key for key in UPGRADES if old.get(key) != new.get(key)]
    desired = (new.get("scalingConfig") or {}).get("desiredSize")
    if not turned or not desired:
        return None
    return (
        f"{', '.join(turned)} would change while {int(desired)} nodes are wanted: EKS upgrades a group on a "
        "Capacity Block only while its size is 0; expected the change before the block starts, or size "
        "{min: 0, desired: 0, max: n} first"
    )
