"""Likely causes of a verdict that is no pass, the likeliest first, each with the command that shows more.

Order and wording follow what went wrong in public threads: a device plugin that never ran
(github.com/aws/eks-charts/issues/1348), NCCL without its plugin or on another interface
(github.com/NVIDIA/nccl/issues/1597), a security group without the rule to itself
(github.com/aws/aws-ofi-nccl/issues/663), and data that came wrong without the simple protocol
(github.com/NVIDIA/nccl/issues/716).
"""

from __future__ import annotations

from typing import NamedTuple

from .log import Log
from .verdict import Fabric, Verdict

TEST = "all_reduce_perf -b 8 -e 4G -f 2 -g 1 -c 1 -n 100"
NODES = (
    "kubectl get nodes -o custom-columns="
    "'NAME:.metadata.name,EFA:.status.allocatable.vpc\\.amazonaws\\.com/efa,"
    "ZONE:.metadata.labels.topology\\.kubernetes\\.io/zone'"
)
RULES = "aws ec2 describe-security-group-rules --filters Name=group-id,Values=SECURITY_GROUP"
PODS = "kubectl get pods -o custom-columns='NAME:.metadata.name,LIMITS:.spec.containers[*].resources.limits'"
PLACEMENT = (
    "aws ec2 describe-instances --instance-ids INSTANCES --query "
    "'Reservations[].Instances[].[InstanceId,Placement.AvailabilityZone,Placement.GroupName]'"
)


class Cause(NamedTuple):
    """One likely cause and the next command; words in capitals stand for your own."""

    cause: str
    command: str


_DEVICES = Cause("no EFA devices on the nodes: the device plugin does not run there", NODES)
_LIMITS = Cause("the pods do not ask for every EFA device (`vpc.amazonaws.com/efa`)", PODS)
_GROUP = Cause(
    "the security group lacks the rules from and to itself, all protocols; 0.0.0.0/0 does not cover EFA",
    RULES,
)
_APART = Cause("the nodes are far apart: another zone, or no cluster placement group", PLACEMENT)
_DEBUG = Cause("the log does not say which network carried the data", f"NCCL_DEBUG=INFO {TEST}")

_BY_KIND: dict[str, tuple[Cause, ...]] = {
    "wrong-data": (
        Cause("a protocol that EFA does not keep in order on this version", f"NCCL_PROTO=simple {TEST}"),
        Cause("NCCL, the aws-ofi-nccl plugin or libfabric of an old or mixed version", "fi_info --version"),
        Cause("a faulty GPU or link in one node", "dcgmi diag -r 3"),
    ),
    "sockets": (
        _DEVICES,
        _LIMITS,
        Cause(
            "NCCL does not load the aws-ofi-nccl plugin from the image",
            f"NCCL_DEBUG=INFO NCCL_NET='AWS Libfabric' {TEST}",
        ),
        Cause("libfabric sees no EFA provider in the container", "fi_info -p efa -t FI_EP_RDM"),
    ),
    "missing-rails": (
        _LIMITS,
        _DEVICES,
        Cause("the nodes were launched with fewer EFA interfaces than the type has", "efa-pools layout TYPE"),
    ),
    "no-figures": (_GROUP, Cause("the test did not get as far as its table", f"NCCL_DEBUG=INFO {TEST}")),
    "unfinished": (_GROUP, Cause("the run was stopped, or its log was cut", TEST)),
    "too-few-sizes": (Cause("the test was asked for too little", TEST),),
    "fewer-hosts": (
        Cause("ranks were not spread over the nodes, or `--nodes` is wrong", "kubectl get pods -o wide"),
    ),
    "garbled": (Cause("output of several ranks is mixed", "mpirun --output-filename LOGS ..."),),
    "no-ceiling": (Cause("the instance type is not in the catalogue", "efa-pools types"),),
    "up-to": (
        Cause("a baseline below the ceiling", "aws ec2 describe-instance-types --instance-types TYPE"),
    ),
    "unproven": (Cause("NCCL used its tree, which two nodes allow", f"NCCL_ALGO=Ring {TEST}"),),
}


def causes(log: Log, verdict: Verdict, fabric: Fabric) -> list[Cause]:
    """Every likely cause once, in the order of the findings; empty for a pass without findings."""
    found: list[Cause] = []
    explained = {one.kind for one in verdict.findings} & {"sockets", "missing-rails"}
    for finding in verdict.findings:
        if finding.kind != "slow":
            found += _BY_KIND[finding.kind]
        elif not explained:
            found += _slow(log)
    return [
        Cause(one.cause, one.command.replace("TYPE", fabric.instance_type)) for one in dict.fromkeys(found)
    ]


def _slow(log: Log) -> list[Cause]:
    """Of a bandwidth below the limit: first what the log itself cannot exclude."""
    network = log.network
    found = [_DEBUG, _DEVICES] if network.transport == "unknown" else []
    if network.gpu_direct is False:
        found.append(
            Cause("data goes through host memory: GPUDirect RDMA is off", "lsmod | grep -e efa -e nvidia")
        )
    if network.rails is None:
        found.append(_LIMITS)
    return [
        *found,
        _APART,
        _GROUP,
        Cause("one slow node: test in pairs", f"mpirun --host NODE1,NODE2 {TEST}"),
    ]
