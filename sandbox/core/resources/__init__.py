"""The resource types that the sandbox models, one file each."""

from sandbox.core.kinds import Kind
from sandbox.core.resources import (
    access_entry,
    auto_scaling_group,
    auto_scaling_tag,
    cluster,
    eip,
    helm_release,
    instance_profile,
    internet_gateway,
    launch_template,
    nat_gateway,
    node_group,
    placement_group,
    resource_claim_template,
    role,
    role_policy_attachment,
    route_table,
    route_table_association,
    security_group,
    security_group_rule,
    shoot_patch,
    subnet,
    vpc,
)

KINDS: dict[str, Kind] = {
    kind.type: kind
    for kind in (
        access_entry.KIND,
        auto_scaling_group.KIND,
        auto_scaling_tag.KIND,
        cluster.KIND,
        eip.KIND,
        helm_release.KIND,
        instance_profile.KIND,
        internet_gateway.KIND,
        launch_template.KIND,
        nat_gateway.KIND,
        node_group.KIND,
        placement_group.KIND,
        resource_claim_template.KIND,
        role.KIND,
        role_policy_attachment.KIND,
        route_table.KIND,
        route_table_association.KIND,
        security_group.KIND,
        security_group_rule.EGRESS,
        security_group_rule.INGRESS,
        shoot_patch.KIND,
        subnet.KIND,
        vpc.KIND,
    )
}
