"""A VPC, an EKS cluster, one EFA pool and its add-ons, from nothing."""

import pulumi
import pulumi_kubernetes as kubernetes
from cluster import eks_cluster, kubeconfig
from efa_pools import EfaClusterAddons, EfaWorkerPool
from network import private_subnets
from pulumi_aws import ec2

ZONE = "us-east-2a"  # of the pool, because a cluster placement group lies in one zone; EKS wants a second
BLOCKS = {ZONE: "10.0.64.0/18", "us-east-2b": "10.0.128.0/18"}
VERSION = "1.34"
TYPE, IMAGE = "p4d.24xlarge", "al2023"

vpc = ec2.Vpc("efa", cidr_block="10.0.0.0/16", enable_dns_hostnames=True)
subnets = private_subnets(vpc, BLOCKS)
cluster = eks_cluster(list(subnets.values()), VERSION)

pool = EfaWorkerPool(
    "train",
    {
        "instance_type": TYPE,
        "size": {"desired": 2},
        "availability_zones": [ZONE],
        "subnet_ids": [subnets[ZONE]],
        "layout_version": 1,
        "image": {"family": IMAGE, "release_version": f"{VERSION}.2-20261105"},
        "vpc_id": vpc.id,
        "cluster_name": cluster.name,
        "cluster_security_group_id": cluster.vpc_config.cluster_security_group_id,
        # These three are for images by id, whose nodes are told where the cluster is.
        "cluster_endpoint": cluster.endpoint,
        "cluster_certificate_authority": cluster.certificate_authority.data,
        "cluster_service_cidr": cluster.kubernetes_network_config.service_ipv4_cidr,
    },
)

config = kubeconfig(cluster)
addons = EfaClusterAddons(
    "addons",
    {"pools": [{"name": "train", "instance_type": TYPE, "image_family": IMAGE}]},
    pulumi.ResourceOptions(provider=kubernetes.Provider("efa", kubeconfig=config), depends_on=[pool]),
)

pulumi.export("kubeconfig", config)
pulumi.export("pool", pool.outputs())
