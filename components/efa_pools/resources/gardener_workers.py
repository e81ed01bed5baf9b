"""GardenerWorkers: one pool as a worker of a Gardener Shoot, and what AWS needs beside it."""

from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResourcePatch

from ..gardener.patch import worker_spec
from ..gardener.shapes import SHOOT, SHOOT_VERSION
from ..plan.pool import plan_pool
from ..problem import to_snake
from .args import EfaWorkerPoolArgs
from .inputs import checked_worker, originals
from .placement_group import placement_group
from .pool_outputs import figures, tags
from .reservation import reservation, reservation_outputs
from .surroundings import either

TYPE = "efa-pools:index:GardenerWorkers"


class GardenerWorkers(pulumi.ComponentResource):
    """A pool of EC2 nodes with Elastic Fabric Adapter interfaces as one worker of a Gardener Shoot.

    It takes a pool's arguments with nodes.kind gardener, and a Kubernetes provider of the API server that
    holds the Shoot. Of the Shoot it owns this one worker, by server-side apply; conflicts are reported.
    """

    shoot_name: pulumi.Output[str]
    """Name of the Shoot."""
    shoot_namespace: pulumi.Output[str]
    """Namespace of the Shoot, which is its project's."""
    worker_name: pulumi.Output[str]
    """Name of the worker, which is the pool's."""
    placement_group_name: pulumi.Output[str]
    """Name of the placement group; empty where there is none, or it is known by id only."""
    placement_group_id: pulumi.Output[str]
    """Id of the placement group; empty where there is none."""
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
    """The same, because a Shoot's pods take none of the subnet's."""
    node_selector: pulumi.Output[dict[str, str]]
    """Labels that select the pool's nodes."""

    capacity_reservation_id: pulumi.Output[str]
    """Id of the reservation that the machines start in; empty where there is none, or a group of them."""
    retained: pulumi.Output[list[str]]
    """Ids of what stays in the account, and is paid for, when the pool goes."""

    def __init__(
        self, name: str, args: EfaWorkerPoolArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Check `args`, of which EfaWorkerPoolArgs describes each key, and write the worker into its Shoot.

        Raises `pulumi.RunError` with every problem.
        """
        checked = checked_worker(name, args)
        plan = plan_pool(checked.draft)
        super().__init__(TYPE, name, {}, opts)
        for problem in checked.problems:
            pulumi.log.warn(problem.line(snake=True), resource=self)
        values = originals(args)
        child = pulumi.ResourceOptions(parent=self)
        group = placement_group(plan, name, tags(plan), child)
        reserved = reservation(plan, name, group, tags(plan), child)
        reserved_id = reserved.id if reserved else values.get("capacity_reservation_id")
        made = group.placement_group_id if group else either(values, "placement_group_id", None)
        nodes = plan.pool.nodes
        # The provider chooses a field manager and keeps it in the state. Its annotation for a name of ours
        # would be sent to the Shoot, where the pools would fight over it.
        CustomResourcePatch(
            f"{name}-worker",
            api_version=SHOOT_VERSION,
            kind=SHOOT,
            metadata={"name": nodes.shoot, "namespace": nodes.namespace},
            spec=worker_spec(checked.draft, made, reserved_id),
            opts=child,
        )
        placement = plan.placement
        given = either(values, "placement_group_id", placement.group_id or "")
        known = {
            "shootName": nodes.shoot,
            "shootNamespace": nodes.namespace,
            "workerName": plan.name,
            "placementGroupName": group.name if group else "",
            "placementGroupId": made if group else given,
            **figures(plan),
            **reservation_outputs(values, plan, reserved, group),
        }
        self._wire: dict[str, Any] = known
        for key, value in known.items():
            setattr(self, to_snake(key), pulumi.Output.from_input(value))
        self.register_outputs(self.outputs())

    def outputs(self) -> dict[str, Any]:
        """Every output under its wire name, as a stack exports them."""
        return dict(self._wire)
