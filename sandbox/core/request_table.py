"""The translation table from Pulumi inputs to AWS requests: data, read by `requests.py`.

Keyed by (service, shape), because shape names repeat across services with other members. Each row lists every
property that pulumi-aws 7.51.1 accepts there (the `*Args` classes of the SDK; a test compares them) and the
request member that it becomes. Members are those of the botocore 1.44.5 service models; renames follow the
Terraform AWS provider, whose schema the Pulumi provider has, and the model's own documentation.
"""

from sandbox.core.request_rows import CLIENT, Member, flags, same
from sandbox.core.request_table_cluster import CLUSTER_SHAPES
from sandbox.core.request_table_scaling import SCALING_SHAPES

SHAPES: dict[tuple[str, str], dict[str, Member]] = {
    # -- launch template: what stands outside the data, then the data
    ("ec2", "CreateLaunchTemplateRequest"): {
        "name": Member("LaunchTemplateName"),
        "description": Member("VersionDescription"),
        "tags": Member("TagSpecifications", "tags", "launch-template"),
        "namePrefix": CLIENT,
        "updateDefaultVersion": CLIENT,
        "defaultVersion": CLIENT,
        "region": CLIENT,
    },
    ("ec2", "RequestLaunchTemplateData"): {
        **same(
            "blockDeviceMappings capacityReservationSpecification cpuOptions creditSpecification "
            "disableApiStop disableApiTermination enclaveOptions hibernationOptions iamInstanceProfile "
            "imageId instanceInitiatedShutdownBehavior instanceMarketOptions instanceRequirements "
            "instanceType kernelId keyName licenseSpecifications maintenanceOptions metadataOptions "
            "monitoring networkInterfaces networkPerformanceOptions placement privateDnsNameOptions "
            "ramDiskId secondaryInterfaces tagSpecifications userData"
        ),
        **flags("ebsOptimized"),
        "vpcSecurityGroupIds": Member("SecurityGroupIds"),
        "securityGroupNames": Member("SecurityGroups"),
    },
    ("ec2", "LaunchTemplateBlockDeviceMappingRequest"): same("deviceName ebs noDevice virtualName"),
    ("ec2", "LaunchTemplateEbsBlockDeviceRequest"): {
        **same("iops kmsKeyId snapshotId throughput volumeInitializationRate volumeSize volumeType"),
        **flags("deleteOnTermination encrypted"),
    },
    ("ec2", "LaunchTemplateCapacityReservationSpecificationRequest"): same(
        "capacityReservationPreference capacityReservationTarget"
    ),
    ("ec2", "CapacityReservationTarget"): same("capacityReservationId capacityReservationResourceGroupArn"),
    ("ec2", "LaunchTemplateCpuOptionsRequest"): same(
        "amdSevSnp coreCount nestedVirtualization threadsPerCore"
    ),
    ("ec2", "CreditSpecificationRequest"): same("cpuCredits"),
    ("ec2", "LaunchTemplateEnclaveOptionsRequest"): same("enabled"),
    ("ec2", "LaunchTemplateHibernationOptionsRequest"): same("configured"),
    ("ec2", "LaunchTemplateIamInstanceProfileSpecificationRequest"): same("arn name"),
    ("ec2", "LaunchTemplateInstanceMarketOptionsRequest"): same("marketType spotOptions"),
    ("ec2", "LaunchTemplateSpotMarketOptionsRequest"): same(
        "blockDurationMinutes instanceInterruptionBehavior maxPrice spotInstanceType validUntil"
    ),
    ("ec2", "InstanceRequirementsRequest"): same(
        "acceleratorCount acceleratorManufacturers acceleratorNames acceleratorTotalMemoryMib "
        "acceleratorTypes allowedInstanceTypes bareMetal baselineEbsBandwidthMbps burstablePerformance "
        "cpuManufacturers excludedInstanceTypes instanceGenerations localStorage localStorageTypes "
        "maxSpotPriceAsPercentageOfOptimalOnDemandPrice memoryGibPerVcpu memoryMib networkBandwidthGbps "
        "networkInterfaceCount onDemandMaxPricePercentageOverLowestPrice requireHibernateSupport "
        "spotMaxPricePercentageOverLowestPrice totalLocalStorageGb vcpuCount"
    ),
    **{
        ("ec2", shape): same("max min")
        for shape in (
            "AcceleratorCountRequest",
            "AcceleratorTotalMemoryMiBRequest",
            "BaselineEbsBandwidthMbpsRequest",
            "MemoryGiBPerVCpuRequest",
            "MemoryMiBRequest",
            "NetworkBandwidthGbpsRequest",
            "NetworkInterfaceCountRequest",
            "TotalLocalStorageGBRequest",
            "VCpuCountRangeRequest",
        )
    },
    ("ec2", "LaunchTemplateLicenseConfigurationRequest"): same("licenseConfigurationArn"),
    ("ec2", "LaunchTemplateInstanceMaintenanceOptionsRequest"): same("autoRecovery"),
    ("ec2", "LaunchTemplateInstanceMetadataOptionsRequest"): same(
        "httpEndpoint httpProtocolIpv6 httpPutResponseHopLimit httpTokens instanceMetadataTags"
    ),
    ("ec2", "LaunchTemplatesMonitoringRequest"): same("enabled"),
    ("ec2", "LaunchTemplateInstanceNetworkInterfaceSpecificationRequest"): {
        **same(
            "description deviceIndex enaQueueCount enaSrdSpecification interfaceType ipv4PrefixCount "
            "ipv6AddressCount ipv6PrefixCount networkCardIndex networkInterfaceId privateIpAddress subnetId"
        ),
        **flags("associateCarrierIpAddress associatePublicIpAddress deleteOnTermination primaryIpv6"),
        "connectionTrackingSpecification": Member(),
        "securityGroups": Member("Groups"),
        "ipv4AddressCount": Member("SecondaryPrivateIpAddressCount"),
        "ipv4Addresses": Member("PrivateIpAddresses", "wrap", "PrivateIpAddress"),
        "ipv6Addresses": Member("Ipv6Addresses", "wrap", "Ipv6Address"),
        "ipv4Prefixes": Member("Ipv4Prefixes", "wrap", "Ipv4Prefix"),
        "ipv6Prefixes": Member("Ipv6Prefixes", "wrap", "Ipv6Prefix"),
    },
    ("ec2", "ConnectionTrackingSpecificationRequest"): same(
        "tcpEstablishedTimeout udpStreamTimeout udpTimeout"
    ),
    ("ec2", "EnaSrdSpecificationRequest"): same("enaSrdEnabled enaSrdUdpSpecification"),
    ("ec2", "EnaSrdUdpSpecificationRequest"): same("enaSrdUdpEnabled"),
    ("ec2", "LaunchTemplateNetworkPerformanceOptionsRequest"): same("bandwidthWeighting"),
    ("ec2", "LaunchTemplatePlacementRequest"): {
        **same(
            "affinity availabilityZone groupId groupName hostId hostResourceGroupArn partitionNumber "
            "spreadDomain tenancy"
        ),
    },
    ("ec2", "LaunchTemplatePrivateDnsNameOptionsRequest"): same(
        "enableResourceNameDnsARecord enableResourceNameDnsAaaaRecord hostnameType"
    ),
    ("ec2", "LaunchTemplateInstanceSecondaryInterfaceSpecificationRequest"): {
        **same(
            "deleteOnTermination deviceIndex interfaceType networkCardIndex privateIpAddressCount "
            "secondarySubnetId"
        ),
        "privateIpAddresses": Member("PrivateIpAddresses", "wrap", "PrivateIpAddress"),
    },
    ("ec2", "LaunchTemplateTagSpecificationRequest"): {
        "resourceType": Member(),
        "tags": Member("Tags", "tags"),
    },
    # -- placement group
    ("ec2", "CreatePlacementGroupRequest"): {
        **same("partitionCount spreadLevel strategy"),
        "name": Member("GroupName"),
        "tags": Member("TagSpecifications", "tags", "placement-group"),
        "region": CLIENT,
    },
    # -- capacity
    ("ec2", "CreateCapacityReservationRequest"): {
        **same(
            "availabilityZone ebsOptimized endDate endDateType ephemeralStorage instanceCount "
            "instanceMatchCriteria outpostArn placementGroupArn tenancy"
        ),
        **same("instancePlatform instanceType"),
        "tags": Member("TagSpecifications", "tags", "capacity-reservation"),
        "region": CLIENT,
    },
    ("ec2", "PurchaseCapacityBlockRequest"): {
        **same("capacityBlockOfferingId instancePlatform"),
        "tags": Member("TagSpecifications", "tags", "capacity-reservation"),
        "region": CLIENT,
        "timeouts": CLIENT,
    },
    # -- security group and its rules
    ("ec2", "CreateSecurityGroupRequest"): {
        "name": Member("GroupName"),
        "description": Member(),
        "vpcId": Member(),
        "tags": Member("TagSpecifications", "tags", "security-group"),
        "namePrefix": CLIENT,
        "revokeRulesOnDelete": CLIENT,
        "region": CLIENT,
        # Inline rules are calls of their own; the sandbox refuses them, see resources/security_group.py.
        "ingress": CLIENT,
        "egress": CLIENT,
    },
    **{
        ("ec2", f"AuthorizeSecurityGroup{direction}Request"): {
            "securityGroupId": Member("GroupId"),
            "tags": Member("TagSpecifications", "tags", "security-group-rule"),
            "region": CLIENT,
        }
        for direction in ("Ingress", "Egress")
    },
    ("ec2", "IpPermission"): same("ipProtocol fromPort toPort"),
    # -- EKS managed node group
    ("eks", "CreateNodegroupRequest"): {
        **same(
            "amiType capacityType clusterName diskSize instanceTypes labels launchTemplate nodeGroupName "
            "nodeRepairConfig releaseVersion remoteAccess scalingConfig tags taints updateConfig version "
            "warmPoolConfig"
        ),
        "nodeRoleArn": Member("nodeRole"),
        "subnetIds": Member("subnets"),
        "nodeGroupNamePrefix": CLIENT,
        "forceUpdateVersion": CLIENT,
        "region": CLIENT,
    },
    ("eks", "NodegroupScalingConfig"): same("desiredSize maxSize minSize"),
    ("eks", "LaunchTemplateSpecification"): same("id name version"),
    ("eks", "RemoteAccessConfig"): {
        "ec2SshKey": Member(),
        "sourceSecurityGroupIds": Member("sourceSecurityGroups"),
    },
    ("eks", "Taint"): same("effect key value"),
    ("eks", "NodegroupUpdateConfig"): same("maxUnavailable maxUnavailablePercentage updateStrategy"),
    ("eks", "NodeRepairConfig"): same(
        "enabled maxParallelNodesRepairedCount maxParallelNodesRepairedPercentage "
        "maxUnhealthyNodeThresholdCount maxUnhealthyNodeThresholdPercentage nodeRepairConfigOverrides"
    ),
    ("eks", "NodeRepairConfigOverrides"): same(
        "minRepairWaitTimeMins nodeMonitoringCondition nodeUnhealthyReason repairAction"
    ),
    ("eks", "WarmPoolConfig"): same("maxGroupPreparedCapacity minSize poolState reuseOnScaleIn"),
    # -- IAM
    ("iam", "CreateRoleRequest"): {
        **same("description maxSessionDuration path permissionsBoundary"),
        "name": Member("RoleName"),
        "assumeRolePolicy": Member("AssumeRolePolicyDocument", "json"),
        "tags": Member("Tags", "tags"),
        "namePrefix": CLIENT,
        "forceDetachPolicies": CLIENT,
        "inlinePolicies": CLIENT,
        "managedPolicyArns": CLIENT,
    },
    ("iam", "PutRolePolicyRequest"): {
        "name": Member("PolicyName"),
        "policy": Member("PolicyDocument", "json"),
    },
    # -- what a cluster stands in
    **CLUSTER_SHAPES,
    **SCALING_SHAPES,
    ("iam", "AttachRolePolicyRequest"): {"role": Member("RoleName"), "policyArn": Member()},
}

RULE_SOURCES = {
    # security group rule property -> (list in the permission, member of its items)
    "cidrIpv4": ("IpRanges", "CidrIp"),
    "cidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "prefixListId": ("PrefixListIds", "PrefixListId"),
    "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
}
