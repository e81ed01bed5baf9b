"""The resource types that a summary reads, by the engine's tokens."""

COMPONENTS = frozenset({"efa-pools:index:EfaWorkerPool", "efa-pools:index:GardenerWorkers"})
GROUP, SCALING_GROUP = "aws:eks/nodeGroup:NodeGroup", "aws:autoscaling/group:Group"
SHOOT_PATCH = "kubernetes:core.gardener.cloud/v1beta1:ShootPatch"
NODES = frozenset({GROUP, SCALING_GROUP, SHOOT_PATCH})
"""What runs nodes."""
STACK = "pulumi:pulumi:Stack"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
RESERVATIONS = frozenset(
    {
        "aws:ec2/capacityReservation:CapacityReservation",
        "aws:ec2/capacityBlockReservation:CapacityBlockReservation",
    }
)
