"""EfaWorkerPool: one pool of EFA worker nodes, from security group to node group."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import ec2

from ..plan.pool import PoolPlan, plan_pool
from ..problem import to_snake
from .args import EfaWorkerPoolArgs
from .inputs import checked_arguments, originals
from .launch_template import launch_template
from .node_group import auto_scaling_group, node_group
from .node_role import identity
from .placement_group import placement_group
from .pool_outputs import figures as figures_of
from .pool_outputs import tags as tags_of
from .reservation import reservation, reservation_outputs
from .security import security_group
from .surroundings import either, surroundings

TYPE = "efa-pools:index:EfaWorkerPool"


class EfaWorkerPool(pulumi.ComponentResource):
    """A pool of EC2 nodes with Elastic Fabric Adapter interfaces that join an EKS cluster.

    Everything known is checked before the first resource is registered; all problems come in one message.
    """

    launch_template_id: pulumi.Output[str]
    """Id of the launch template."""
    launch_template_version: pulumi.Output[str]
    """Version of the launch template that the nodes run."""
    security_group_id: pulumi.Output[str]
    """Id of the pool's own security group; empty where groups were given."""
    placement_group_name: pulumi.Output[str]
    """Name of the placement group; empty where there is none, or it is known by id only."""
    placement_group_id: pulumi.Output[str]
    """Id of the placement group; empty where there is none, or it is known by name only."""
    node_group_name: pulumi.Output[str]
    """Name of the EKS managed node group; empty for self-managed nodes."""
    auto_scaling_group_name: pulumi.Output[str]
    """Name of the Auto Scaling group: that behind the managed node group, or the pool's own."""
    interfaces_per_node: pulumi.Output[int]
    """Network interfaces of each node."""
    efa_per_node: pulumi.Output[int]
    """EFA devices of each node, which Kubernetes counts as vpc.amazonaws.com/efa."""
    gpus_per_node: pulumi.Output[int]
    """GPUs of each node, which Kubernetes counts as nvidia.com/gpu."""
    bandwidth_gbps_per_node: pulumi.Output[float]
    """Ceiling of each node's EFA bandwidth in Gbps."""
    addresses_per_node: pulumi.Output[int]
    """Addresses of the subnet that each node takes at launch."""
    addresses_per_node_with_cni: pulumi.Output[int]
    """The same once pods run, with the VPC CNI's defaults."""
    node_selector: pulumi.Output[dict[str, str]]
    """Labels that select the pool's nodes."""
    capacity_reservation_id: pulumi.Output[str]
    """Reservation or Capacity Block that the nodes launch into; empty where none is named by id."""
    retained: pulumi.Output[list[str]]
    """Ids of what the pool made and does not delete with itself: reservation or block, and its group."""

    def __init__(
        self, name: str, args: EfaWorkerPoolArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Check `args`, a dictionary that EfaWorkerPoolArgs describes key by key, and make the pool.

        Required are instance_type, size, image, subnet_ids, cluster_name, vpc_id, and availability_zones
        for a cluster placement group. Outputs of other resources may stand at the top level only.
        Raises `pulumi.RunError` with every problem.
        """
        checked = checked_arguments(name, args)
        plan = plan_pool(checked.draft)
        super().__init__(TYPE, name, {}, opts)
        for problem in checked.problems:
            pulumi.log.warn(problem.line(snake=True), resource=self)
        values = originals(args)
        child = pulumi.ResourceOptions(parent=self)
        tags = tags_of(plan)
        own, before_nodes = self._security(name, values, tags, child)
        group = placement_group(plan, name, tags, child)
        # Nodes hold on to their groups, so of an old pair the nodes must go first.
        before_nodes += [one for one in (own, group) if one]
        who = identity(plan, name, values, tags, child)
        before_nodes += who.before_nodes
        reserved = reservation(plan, name, group, tags, child)
        around = surroundings(plan, values, own, group, who.profile, reserved)
        template = launch_template(plan, name, around, tags, child)
        version = template.latest_version.apply(lambda number: str(int(number)))
        pinned = {"id": template.id, "version": version}
        names = self._nodes(plan, name, values, who.role_arn, pinned, tags, before_nodes)

        placement = plan.placement
        existing_id = either(values, "placement_group_id", placement.group_id or "")
        self.launch_template_id = template.id
        self.launch_template_version = version
        self.security_group_id = own.id if own else pulumi.Output.from_input("")
        self.placement_group_name = (
            group.name if group else pulumi.Output.from_input(placement.group_name or "")
        )
        self.placement_group_id = group.placement_group_id if group else pulumi.Output.from_input(existing_id)
        self.node_group_name, self.auto_scaling_group_name = names
        self._figures(plan, reservation_outputs(values, plan, reserved, group))
        self.register_outputs(self.outputs())

    def _nodes(
        self,
        plan: PoolPlan,
        name: str,
        args: Mapping[str, Any],
        role: Any,
        template: Any,
        tags: Mapping[str, str],
        before: list[pulumi.Resource],
    ) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """The node group's name, empty for self-managed nodes, and the Auto Scaling group's."""
        cluster, subnets = args.get("cluster_name"), args.get("subnet_ids")
        after = pulumi.ResourceOptions(parent=self, depends_on=before)
        if plan.self_managed:
            from .scaling_group import scaling_group  # only here: the SDK's module costs 30 ms

            group = scaling_group(plan, name, cluster, subnets, template, tags, after)
            self._schedule(plan, name, group.name)
            return pulumi.Output.from_input(""), group.name
        nodes = node_group(plan, name, cluster, subnets, role, template, tags, after)
        behind = auto_scaling_group(nodes)
        if not plan.nodes.fixed:
            from .scaling_group import tag_managed_group

            tag_managed_group(plan, name, behind, pulumi.ResourceOptions(parent=self))
        self._schedule(plan, name, behind)
        return nodes.node_group_name, behind

    def _schedule(self, plan: PoolPlan, name: str, group_name: Any) -> None:
        if plan.schedule.actions or plan.schedule.drain is not None:
            from .schedule import schedule

            schedule(plan, name, group_name, pulumi.ResourceOptions(parent=self))

    def _security(
        self, name: str, args: Mapping[str, Any], tags: Mapping[str, str], opts: pulumi.ResourceOptions
    ) -> tuple[ec2.SecurityGroup | None, list[pulumi.Resource]]:
        if args.get("security_group_ids") is not None:
            return None, []
        return security_group(name, args.get("vpc_id"), tags, opts)

    def __getattr__(self, name: str) -> Any:
        """The figures as outputs, made when asked for: seven a pool would cost more than the whole check."""
        figures: dict[str, Any] = self.__dict__.get("_known", {})
        if name not in figures:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        made = pulumi.Output.from_input(figures[name])
        setattr(self, name, made)
        return made

    def _figures(self, plan: PoolPlan, more: Mapping[str, Any]) -> None:
        figures = {**figures_of(plan), **more}
        self._known = {to_snake(name): value for name, value in figures.items()}
        self._wire: dict[str, Any] = {
            "launchTemplateId": self.launch_template_id,
            "launchTemplateVersion": self.launch_template_version,
            "securityGroupId": self.security_group_id,
            "placementGroupName": self.placement_group_name,
            "placementGroupId": self.placement_group_id,
            "nodeGroupName": self.node_group_name,
            "autoScalingGroupName": self.auto_scaling_group_name,
            **figures,
        }

    def outputs(self) -> dict[str, Any]:
        """Every output under its wire name, as a stack exports them."""
        return dict(self._wire)
