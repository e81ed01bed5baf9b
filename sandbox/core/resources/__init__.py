"""The resource types that the sandbox models, one file each."""

from sandbox.core.kinds import Kind
from sandbox.core.resources import (
    cluster,
    config_map,
    eip,
    helm_release,
    internet_gateway,
    launch_template,
    mpi_job,
    nat_gateway,
    node_group,
    placement_group,
    role,
    role_policy_attachment,
    route_table,
    route_table_association,
    security_group,
    security_group_rule,
    subnet,
    vpc,
)

KINDS: dict[str, Kind] = {
    kind.type: kind
    for kind in (
        cluster.KIND,
        config_map.KIND,
        eip.KIND,
        helm_release.KIND,
        internet_gateway.KIND,
        launch_template.KIND,
        mpi_job.KIND,
        nat_gateway.KIND,
        node_group.KIND,
        placement_group.KIND,
        role.KIND,
        role_policy_attachment.KIND,
        route_table.KIND,
        route_table_association.KIND,
        security_group.KIND,
        security_group_rule.EGRESS,
        security_group_rule.INGRESS,
        subnet.KIND,
        vpc.KIND,
    )
}
