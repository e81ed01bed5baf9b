"""The pool of ../smallest, through the SDK that Pulumi generates from the component package."""

import pulumi
import pulumi_efa_pools as efa_pools

pool = efa_pools.EfaWorkerPool(
    "train",
    instance_type="p4d.24xlarge",
    size={"desired": 2},
    availability_zones=["us-east-2a"],
    subnet_ids=["subnet-0a1b2c3d4e5f60718"],
    layout_version=1,
    image={"family": "al2023", "release_version": "1.34.2-20261105"},
    cluster_name="efa-dev",
    cluster_security_group_id="sg-0c1a5e0d2b3f4a596",
    vpc_id="vpc-0e7a1c2b3d4f50617",
)

pulumi.export("nodeGroupName", pool.node_group_name)
pulumi.export("efaPerNode", pool.efa_per_node)
