"""What the services' documentation bounds and their models do not: data, read by `shapes.py`.

Each limit is from the documentation of that member in the botocore 1.44.5 service model, else from the EC2
User Guide ("Placement strategies": names, partitions) or the EKS User Guide ("Create a managed node group").
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Accepted words, or bounds of a number or a length."""

    words: tuple[str, ...] = ()
    min: int | None = None
    max: int | None = None


_NIC = "LaunchTemplateInstanceNetworkInterfaceSpecificationRequest"
_EBS = "LaunchTemplateEbsBlockDeviceRequest"

LIMITS: dict[tuple[str, str, str], Limits] = {
    # (service, shape, member)
    ("ec2", _NIC, "InterfaceType"): Limits(words=("interface", "efa", "efa-only")),
    ("ec2", _NIC, "NetworkCardIndex"): Limits(min=0),
    ("ec2", _NIC, "DeviceIndex"): Limits(min=0),
    ("ec2", _EBS, "VolumeSize"): Limits(min=1, max=65536),
    ("ec2", _EBS, "Iops"): Limits(min=100, max=256000),
    ("ec2", _EBS, "Throughput"): Limits(min=125, max=2000),
    ("ec2", "LaunchTemplateInstanceMetadataOptionsRequest", "HttpPutResponseHopLimit"): Limits(min=1, max=64),
    ("ec2", "LaunchTemplateTagSpecificationRequest", "ResourceType"): Limits(
        words=("instance", "volume", "network-interface", "spot-instances-request")
    ),
    ("ec2", "CreditSpecificationRequest", "CpuCredits"): Limits(words=("standard", "unlimited")),
    ("ec2", "CreateLaunchTemplateRequest", "LaunchTemplateName"): Limits(min=3, max=128),
    ("ec2", "LaunchTemplatePlacementRequest", "PartitionNumber"): Limits(min=1, max=7),
    ("ec2", "CreatePlacementGroupRequest", "GroupName"): Limits(min=1, max=255),
    ("ec2", "CreatePlacementGroupRequest", "PartitionCount"): Limits(min=1, max=7),
    ("ec2", "CreateSecurityGroupRequest", "GroupName"): Limits(min=1, max=255),
    ("ec2", "CreateSecurityGroupRequest", "Description"): Limits(min=1, max=255),
    ("eks", "CreateAccessEntryRequest", "type"): Limits(
        words=(
            *("STANDARD", "FARGATE_LINUX", "EC2_LINUX", "EC2_WINDOWS", "EC2", "HYBRID_LINUX"),
            "HYPERPOD_LINUX",
        )
    ),
    ("autoscaling", "CreateAutoScalingGroupType", "MinSize"): Limits(min=0),
    ("autoscaling", "CreateAutoScalingGroupType", "MaxSize"): Limits(min=0),
    ("autoscaling", "CreateAutoScalingGroupType", "DesiredCapacity"): Limits(min=0),
    ("autoscaling", "CreateAutoScalingGroupType", "Tags"): Limits(max=50),
    ("eks", "CreateNodegroupRequest", "nodegroupName"): Limits(min=1, max=63),
    ("eks", "CreateNodegroupRequest", "subnets"): Limits(min=1),
    ("eks", "CreateNodegroupRequest", "instanceTypes"): Limits(max=20),
}
