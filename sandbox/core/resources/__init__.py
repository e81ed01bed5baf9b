"""The resource types that the sandbox models, one file each."""

from sandbox.core.kinds import Kind
from sandbox.core.resources import (
    helm_release,
    launch_template,
    node_group,
    placement_group,
    role,
    role_policy_attachment,
    security_group,
    security_group_rule,
)

KINDS: dict[str, Kind] = {
    kind.type: kind
    for kind in (
        helm_release.KIND,
        launch_template.KIND,
        node_group.KIND,
        placement_group.KIND,
        role.KIND,
        role_policy_attachment.KIND,
        security_group.KIND,
        security_group_rule.EGRESS,
        security_group_rule.INGRESS,
    )
}
