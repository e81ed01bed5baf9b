"""Documents that decisions rest on. A name, and when it was read."""

EFA = "EC2 User Guide, Elastic Fabric Adapter (efa.html), read 2026-11"
EFA_CARDS = "EC2 User Guide, Maximize network bandwidth (efa-acc-inst-types.html), read 2026-11"
EFA_SECURITY = "EC2 User Guide, Get started with EFA and NCCL (step 1, security group), read 2026-11"
PLACEMENT = "EC2 User Guide, Placement strategies (placement-strategies.html), read 2026-11"
RESERVED_GROUP = (
    "EC2 User Guide, Capacity Reservations in cluster placement groups (cr-cpg.html), read 2026-11"
)
BLOCKS = "EC2 User Guide, Capacity Blocks for ML (ec2-capacity-blocks.html), read 2026-11"
RESERVATIONS = "EC2 API, CapacityReservationSpecification, botocore 1.44.5"
EKS_TEMPLATES = "EKS User Guide, Customize managed nodes with launch templates, read 2026-11"
EKS_BLOCKS = (
    "EKS User Guide, Capacity Blocks for managed node groups (capacity-blocks-mng.html), read 2026-11"
)
EKS_UPDATE = "EKS API, NodegroupUpdateConfig.updateStrategy, botocore 1.44.5"
EKS_SCALING = "EKS API, NodegroupScalingConfig, botocore 1.44.5"
EKS_AMI = "EKS API, AMITypes, botocore 1.44.5"
EKS_EFA = "EKS User Guide, Run machine learning training with EFA (node-efa.html), read 2026-11"
METADATA = "EC2 API, InstanceMetadataOptions; EKS User Guide, launch templates, read 2026-11"
CNI = "Amazon VPC CNI, docs/eni-and-ip-target.md (WARM_ENI_TARGET=1), commit b521883 of 2026-08-20"
VOLUMES = "EKS User Guide, launch templates; Bottlerocket README, Default Volumes, read 2026-11"
GARDENER_WORKERS = "gardener-extension-provider-aws 2ff8d8183, pkg/controller/worker/machines.go"
GARDENER_NODES = "gardener-extension-provider-aws 2ff8d8183, pkg/controller/infrastructure/infraflow"
GARDENER_SHOOT = "gardener v1.149.3, pkg/apis/core/v1beta1/types_shoot.go (Worker)"
