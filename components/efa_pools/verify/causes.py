"""Likely causes, the likeliest first, each with the command to run next.

Sources: aws-efa-k8s-device-plugin chart (names and labels); EC2 API, DescribeInstances and
DescribeCapacityReservations; EKS API, DescribeNodegroup; NVIDIA GPU operator, Troubleshooting; Bottlerocket
core kit a10182f9, packages/nvidia-k8s-device-plugin (its service); sagemaker-hyperpod-cli issue 282 (old
plugins count NVLink controllers as EFA).
"""

import re
from collections.abc import Sequence
from shlex import quote

from ..plan.efa_charts import PLUGIN_CHART
from ..plan.gpu_chart import GPU_CHART
from ..plan.pool import LABEL_EFA, LABEL_POOL
from .expected import EFA, Expected
from .findings import Cause
from .nodes import REGION, Node, Taint

NODEGROUP, KARPENTER = "eks.amazonaws.com/nodegroup", "karpenter.sh/nodepool"
INTERFACES = (
    "Reservations[].Instances[].NetworkInterfaces[]"
    ".[Attachment.NetworkCardIndex,Attachment.DeviceIndex,InterfaceType]"
)
RESERVATION = "CapacityReservations[].[State,TotalInstanceCount,AvailableInstanceCount,StartDate,EndDate]"


def efa(node: Node, found: int, wanted: int, *, foreign: Sequence[Taint], served: bool) -> tuple[Cause, ...]:
    """Fewer or more EFA devices than interfaces were planned.

    `foreign` are taints that nobody planned; `served` says whether any node of the cluster has EFA devices.
    """
    launched = Cause(
        "the instance was launched with other interfaces, from an older template or by something else",
        _instances(node, INTERFACES),
    )
    image = f"kubectl -n kube-system get daemonset -l app.kubernetes.io/name={PLUGIN_CHART} -o wide"
    if found > wanted:
        old = "an old device plugin counts other devices as EFA (before 0.5.10 NVLink controllers of p6-b200)"
        return (Cause(old, image), launched)
    unhealthy = node.capacity.get(EFA, 0) > node.allocatable.get(EFA, 0)
    log = _plugin_log(node)
    if unhealthy:
        return (Cause("the device plugin reports devices as unhealthy", log), launched)
    if found:
        return (launched, Cause("the device plugin does not see every device", log))
    absent = Cause("no release of the device plugin in the cluster", image)
    made = [] if served else [absent]
    if node.labels.get(LABEL_EFA) != "true":
        command = f"kubectl label node {quote(node.name)} {LABEL_EFA}=true --overwrite"
        why = f"the node lacks the label {LABEL_EFA}=true that the device plugin looks for"
        made.append(Cause(why, command))
    if foreign:
        taints = ", ".join(sorted({taint.key for taint in foreign}))
        made.append(Cause(f"the device plugin does not tolerate {taints}", _describe(node)))
    made.append(Cause("the device plugin does not run on this node", _pods("kube-system", node)))
    made.append(launched)
    made.append(Cause("the image lacks the EFA driver", _on_host(node, "ls /host/dev/infiniband")))
    return tuple(made)


def gpus(node: Node, found: int, resource: str, *, by_image: bool) -> tuple[Cause, ...]:
    """Fewer GPUs or Neuron devices than the type has; `by_image`: the image brings the device plugin."""
    status = Cause(
        "the machine is impaired; replace the node",
        f"aws ec2 describe-instance-status --instance-ids {_id(node)}{_region(node)}",
    )
    if resource != "nvidia.com/gpu":
        pods = _pods("kube-system", node)
        driver = Cause("the image lacks the Neuron driver", _on_host(node, "ls /host/dev"))
        return (Cause("the Neuron device plugin does not run on this node", pods), driver, status)
    if by_image:
        session = f"aws ssm start-session --target {_id(node)}{_region(node)}"
        why = "the image's own device plugin failed (on the host, journalctl -u nvidia-k8s-device-plugin)"
        return (Cause(why, session), status)
    pods = _pods(GPU_CHART, node)
    if found:
        log = _logs(GPU_CHART, "app=nvidia-device-plugin-daemonset", node)
        return (Cause("a GPU has failed; the device plugin's log names it with its Xid", log), status)
    return (
        Cause("the GPU operator's device plugin does not run or is not ready on this node", pods),
        Cause("the image has no working NVIDIA driver", _on_host(node, "ls /host/dev")),
        status,
    )


def huge_pages(node: Node) -> tuple[Cause, ...]:
    """Fewer 2 MiB pages than planned."""
    return (
        Cause(
            "the image or its user data reserves fewer pages, or memory was too fragmented to reserve them",
            _on_host(node, "grep HugePages /proc/meminfo"),
        ),
        Cause("pages were reserved after the kubelet started, which counts them once", _describe(node)),
    )


def not_ready(node: Node) -> tuple[Cause, ...]:
    """The kubelet says no, or says nothing."""
    gone = Cause(
        "the kubelet does not report: the instance is stopped, terminated or cut off",
        f"aws ec2 describe-instance-status --include-all-instances --instance-ids {_id(node)}{_region(node)}",
    )
    cni = Cause(
        "the VPC CNI is not ready; a subnet without free addresses is the usual reason",
        _logs("kube-system", "k8s-app=aws-node", node),
    )
    seen = Cause("what the kubelet says", _describe(node))
    if node.ready == "Unknown" or not node.ready:
        return (gone, seen)
    return (cni, seen) if "etwork" in node.ready_why or "cni" in node.ready_why else (seen, cni)


def missing(
    wanted: Expected, found: Sequence[Node], strays: Sequence[Node], cluster: str
) -> tuple[Cause, ...]:
    """Fewer nodes than planned. `strays` are nodes of the pool's type that carry no pool label."""
    made = []
    capacity, name = wanted.plan.pool.capacity, wanted.plan.name
    region = _region(found[0]) if found else _region_of(wanted.plan.pool.availability_zones or ())
    if strays:
        command = f"kubectl label node {quote(strays[0].name)} {LABEL_POOL}={name}"
        names = ", ".join(one.name for one in strays[:3])
        made.append(Cause(f"a node of the pool lost its label {LABEL_POOL}: {names}", command))
    if capacity.reservation_id is not None:
        why = "the reservation is not active yet, has ended, or has no machine left"
        if capacity.kind == "capacity-block":
            why = "the Capacity Block has not started, has ended, or has no machine left"
        command = (
            f"aws ec2 describe-capacity-reservations --capacity-reservation-ids {capacity.reservation_id}"
        )
        made.append(Cause(why, f"{command} --query {quote(RESERVATION)}{region}"))
    starter = _starter(wanted, found, cluster, region)
    made.append(
        Cause("EC2 has no capacity, or launches fail; what starts the nodes names the error", starter)
    )
    running = (
        f"aws ec2 describe-instances --filters Name=tag:{LABEL_POOL},Values={name} "
        "Name=instance-state-name,Values=pending,running --query "
        + quote("Reservations[].Instances[].[InstanceId,LaunchTime,PrivateDnsName]")
    )
    made.append(Cause("instances run but do not join: role, security group or user data", running + region))
    return tuple(made)


def _starter(wanted: Expected, found: Sequence[Node], cluster: str, region: str) -> str:
    """Whatever starts the pool's nodes, asked for its errors."""
    pool, name = wanted.plan.pool, wanted.plan.name
    if any(KARPENTER in one.labels for one in found):
        return f"kubectl describe nodeclaims -l {KARPENTER}={name}"
    if pool.nodes.kind == "gardener":
        shoot = f"{quote(pool.nodes.shoot or '<shoot>')} -n {quote(pool.nodes.namespace or '<namespace>')}"
        return f"kubectl get shoot {shoot} -o jsonpath='{{.status.lastErrors}}'"
    if pool.nodes.kind == "self-managed":
        named = "--query 'AutoScalingGroups[0].AutoScalingGroupName' --output text"
        groups = f"describe-auto-scaling-groups --filters Name=tag:{LABEL_POOL},Values={name} {named}{region}"
        inner = f"$(aws autoscaling {groups})"
        return f"aws autoscaling describe-scaling-activities --auto-scaling-group-name {inner}{region}"
    group = next((one.labels[NODEGROUP] for one in found if NODEGROUP in one.labels), None)
    if group is None:
        return f"aws eks list-nodegroups --cluster-name {quote(cluster)}{region}"
    return (
        f"aws eks describe-nodegroup --cluster-name {quote(cluster)} --nodegroup-name {quote(group)} "
        f"--query nodegroup.health{region}"
    )


def surplus(name: str) -> tuple[Cause, ...]:
    """More nodes than planned."""
    command = f"kubectl get nodes -l {LABEL_POOL}={name} --sort-by=.metadata.creationTimestamp"
    return (
        Cause("an update is replacing nodes, or something outside the stack scaled the pool", command),
        Cause("another node group carries the same label", f"{command} -L {NODEGROUP}"),
    )


def stranger(label: str) -> tuple[Cause, ...]:
    """A node whose label names a pool that the stack does not have."""
    command = f"kubectl get nodes -l {quote(f'{LABEL_POOL}={label}')} -L {NODEGROUP}"
    return (Cause("a pool of another stack, or one that was renamed and still runs", command),)


def elsewhere(node: Node) -> tuple[Cause, ...]:
    """The machine stands or was bought elsewhere than planned."""
    query = "Reservations[].Instances[].[Placement,CapacityReservationId,InstanceType,LaunchTime]"
    return (
        Cause("the node was launched before the plan changed, or by something else", _instances(node, query)),
    )


def tainted(node: Node) -> tuple[Cause, ...]:
    """A taint or a cordon that nobody planned."""
    why = "something outside the stack set it: a drain, an agent that is not ready, a scaler"
    return (Cause(why, _describe(node)),)


def cordoned(node: Node) -> tuple[Cause, ...]:
    """The node takes no new pods."""
    return (Cause("somebody cordoned or is draining it", f"kubectl uncordon {quote(node.name)}"),)


def _describe(node: Node) -> str:
    return f"kubectl describe node {quote(node.name)}"


def _pods(namespace: str, node: Node) -> str:
    return f"kubectl -n {namespace} get pods -o wide --field-selector spec.nodeName={quote(node.name)}"


def _logs(namespace: str, selector: str, node: Node) -> str:
    # `kubectl logs` has no field selector.
    pods = f"get pods -l {selector} --field-selector spec.nodeName={quote(node.name)} -o name"
    return f"kubectl -n {namespace} logs $(kubectl -n {namespace} {pods})"


def _plugin_log(node: Node) -> str:
    # The one label of the chart's pods begins with the name of the release, which only the cluster knows.
    pods = f"get pods --field-selector spec.nodeName={quote(node.name)} -o name | grep {PLUGIN_CHART}"
    return f"kubectl -n kube-system logs $(kubectl -n kube-system {pods})"


def _instances(node: Node, query: str) -> str:
    return (
        f"aws ec2 describe-instances --instance-ids {_id(node)} --query {quote(query)} "
        f"--output table{_region(node)}"
    )


def _on_host(node: Node, command: str) -> str:
    return f"kubectl debug node/{quote(node.name)} -it --image=busybox -- {command}"


def _id(node: Node) -> str:
    return quote(node.instance_id or "<instance id>")


def _region(node: Node) -> str:
    region = node.labels.get(REGION)
    return f" --region {quote(region)}" if region else ""


def _region_of(zones: Sequence[str]) -> str:
    region = re.match(r"[a-z]{2}(?:-[a-z]+)+-\d+", zones[0]) if zones else None
    return f" --region {region[0]}" if region else ""
