"""The part of the translation table for what a cluster stands in: VPC, subnets, ways out, the EKS cluster.

Sources and form as in `request_table.py`. Only what an EKS cluster in private subnets needs is modelled; the
provider's other properties are refused by name.
"""

from sandbox.core.request_rows import CLIENT, UNMODELLED, Member, same


def _tags(resource_type: str) -> dict[str, Member]:
    return {"tags": Member("TagSpecifications", "tags", resource_type), "region": CLIENT}


CLUSTER_SHAPES: dict[tuple[str, str], dict[str, Member]] = {
    ("ec2", "CreateVpcRequest"): {
        **same("cidrBlock instanceTenancy"),
        **_tags("vpc"),
        **same("enableDnsHostnames enableDnsSupport enableNetworkAddressUsageMetrics", CLIENT),
        **same(
            "assignGeneratedIpv6CidrBlock ipv4IpamPoolId ipv4NetmaskLength ipv6CidrBlock "
            "ipv6CidrBlockNetworkBorderGroup ipv6IpamPoolId ipv6NetmaskLength",
            UNMODELLED,
        ),
    },
    ("ec2", "CreateSubnetRequest"): {
        **same("availabilityZone cidrBlock vpcId"),
        **_tags("subnet"),
        **same(
            "enableResourceNameDnsARecordOnLaunch mapPublicIpOnLaunch privateDnsHostnameTypeOnLaunch", CLIENT
        ),
        **same(
            "assignIpv6AddressOnCreation availabilityZoneId customerOwnedIpv4Pool enableDns64 "
            "enableLniAtDeviceIndex enableResourceNameDnsAaaaRecordOnLaunch ipv4IpamPoolId ipv4NetmaskLength "
            "ipv6CidrBlock ipv6IpamPoolId ipv6Native ipv6NetmaskLength mapCustomerOwnedIpOnLaunch outpostArn",
            UNMODELLED,
        ),
    },
    ("ec2", "CreateInternetGatewayRequest"): {"vpcId": CLIENT, **_tags("internet-gateway")},
    ("ec2", "AllocateAddressRequest"): {
        **same("domain"),
        **_tags("elastic-ip"),
        **same(
            "address associateWithPrivateIp customerOwnedIpv4Pool instance ipamPoolId networkBorderGroup "
            "networkInterface publicIpv4Pool",
            UNMODELLED,
        ),
    },
    ("ec2", "CreateNatGatewayRequest"): {
        **same("allocationId connectivityType subnetId"),
        **_tags("natgateway"),
        **same(
            "availabilityMode availabilityZoneAddresses privateIp secondaryAllocationIds "
            "secondaryPrivateIpAddressCount secondaryPrivateIpAddresses vpcId",
            UNMODELLED,
        ),
    },
    ("ec2", "CreateRouteTableRequest"): {
        "vpcId": Member(),
        # Each route is a call of its own.
        "routes": CLIENT,
        "propagatingVgws": UNMODELLED,
        **_tags("route-table"),
    },
    ("ec2", "CreateRouteRequest"): {
        "cidrBlock": Member("DestinationCidrBlock"),
        **same("gatewayId natGatewayId"),
        **same(
            "carrierGatewayId coreNetworkArn destinationPrefixListId egressOnlyGatewayId ipv6CidrBlock "
            "localGatewayId networkInterfaceId odbNetworkArn transitGatewayId vpcEndpointId "
            "vpcPeeringConnectionId",
            UNMODELLED,
        ),
    },
    ("ec2", "AssociateRouteTableRequest"): {
        **same("routeTableId subnetId"),
        "gatewayId": UNMODELLED,
        "region": CLIENT,
    },
    ("eks", "CreateClusterRequest"): {
        **same(
            "accessConfig bootstrapSelfManagedAddons deletionProtection kubernetesNetworkConfig name roleArn "
            "tags upgradePolicy version"
        ),
        "vpcConfig": Member("resourcesVpcConfig"),
        **same("forceUpdateVersion region", CLIENT),
        **same(
            "computeConfig controlPlaneScalingConfig defaultAddonsToRemoves enabledClusterLogTypes "
            "encryptionConfig kubeApiServerConfig kubeControllerManagerConfig kubeSchedulerConfig "
            "outpostConfig remoteNetworkConfig storageConfig zonalShiftConfig",
            UNMODELLED,
        ),
    },
    ("eks", "VpcConfigRequest"): {
        **same(
            "controlPlaneEgressMode endpointPrivateAccess endpointPublicAccess publicAccessCidrs "
            "securityGroupIds subnetIds"
        ),
        # EKS tells these two; as inputs they do nothing.
        **same("clusterSecurityGroupId vpcId", CLIENT),
    },
    ("eks", "CreateAccessConfigRequest"): same("authenticationMode bootstrapClusterCreatorAdminPermissions"),
    ("eks", "KubernetesNetworkConfigRequest"): {
        **same("ipFamily serviceIpv4Cidr"),
        **same("elasticLoadBalancing serviceIpv6Cidr", UNMODELLED),
    },
    ("eks", "UpgradePolicyRequest"): same("supportType"),
}
