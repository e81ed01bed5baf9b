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
PODS = "nodeadm, eni_max_pods.go, and EKS User Guide, How maxPods is determined, read 2026-11"
LOCAL_STORAGE = (
    "nodeadm, NodeConfig API (localStorage); Bottlerocket, bootstrap commands and ephemeral storage, "
    "read 2026-11"
)
MTU = "EC2 User Guide, Network MTU (network_mtu.html); VPC CNI chart, AWS_VPC_ENI_MTU, read 2026-11"
BOTTLEROCKET_EFA = "bottlerocket-core-kit pull requests 140 and 141, read 2026-11"
EKS_REPAIR = "EKS API, NodeRepairConfig, botocore 1.44.5; EKS User Guide, node-repair.html, read 2026-11"
EKS_ACCESS = "EKS API, CreateAccessEntry, botocore 1.44.5"
ASG = "EC2 Auto Scaling API, CreateAutoScalingGroup, botocore 1.44.5"
ASG_REFRESH = "EC2 Auto Scaling API, InstanceMaintenancePolicy and RefreshPreferences, botocore 1.44.5"
ASG_BLOCKS = "EC2 Auto Scaling User Guide, Use Capacity Blocks for ML, read 2026-11"
ASG_SCHEDULE = "EC2 Auto Scaling API, PutScheduledUpdateGroupAction, botocore 1.44.5"
PURCHASE = "EC2 API, PurchaseCapacityBlock, botocore 1.44.5"
HANDLER = (
    "aws/aws-node-termination-handler, README.md (IMDS Processor with ASG Target Lifecycle State change), "
    "commit 62a8761 of 2026-07-21"
)
AUTOSCALER = (
    "kubernetes/autoscaler, cluster-autoscaler/cloudprovider/aws/README.md, commit 55c37cd of 2026-08-22"
)
IMAGE_PARAMETERS = (
    "EC2 API, RequestLaunchTemplateData.ImageId, botocore 1.44.5; parameter forms: karpenter-provider-aws, "
    "pkg/providers/amifamily, commit 1d92708 of 2026-08-21"
)
GARDENER_WORKERS = "gardener-extension-provider-aws 2ff8d8183, pkg/controller/worker/machines.go"
GARDENER_NODES = "gardener-extension-provider-aws 2ff8d8183, pkg/controller/infrastructure/infraflow"
GARDENER_SHOOT = "gardener v1.149.3, pkg/apis/core/v1beta1/types_shoot.go (Worker)"
GARDENER_ROLLS = (
    "gardener-extension-provider-aws 2ff8d8183, pkg/controller/worker/machines.go; gardener v1.149.3, "
    "extensions/pkg/controller/worker (WorkerPoolHash)"
)
