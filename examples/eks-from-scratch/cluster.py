"""An EKS cluster with its role, and the kubeconfig that reaches it."""

import json
from collections.abc import Sequence

import pulumi
from pulumi_aws import eks, iam

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "eks.amazonaws.com"}}
    ],
}
POLICY = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"


def eks_cluster(subnet_ids: Sequence[pulumi.Input[str]], version: str) -> eks.Cluster:
    """Whoever creates it administers it; EKS itself lets in the nodes of managed node groups."""
    role = iam.Role("efa-cluster", assume_role_policy=json.dumps(TRUST))
    policy = iam.RolePolicyAttachment("efa-cluster", role=role.name, policy_arn=POLICY)
    return eks.Cluster(
        "efa",
        role_arn=role.arn,
        version=version,
        access_config={
            "authentication_mode": "API",
            "bootstrap_cluster_creator_admin_permissions": True,
        },
        vpc_config={
            "subnet_ids": subnet_ids,
            "endpoint_private_access": True,  # nodes do not leave the VPC for it
            "endpoint_public_access": True,  # so that this program can install the add-ons
        },
        opts=pulumi.ResourceOptions(depends_on=[policy]),
    )


def kubeconfig(cluster: eks.Cluster) -> pulumi.Output[str]:
    """Holds no credential: the AWS CLI fetches a token each time."""
    token = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["eks", "get-token", "--cluster-name", cluster.name],
    }
    server = {
        "server": cluster.endpoint,
        "certificate-authority-data": cluster.certificate_authority.apply(lambda found: found.data),
    }
    return pulumi.Output.json_dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "efa",
            "contexts": [{"name": "efa", "context": {"cluster": "efa", "user": "efa"}}],
            "clusters": [{"name": "efa", "cluster": server}],
            "users": [{"name": "efa", "user": {"exec": token}}],
        }
    )
