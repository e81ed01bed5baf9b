"""Nodes as `kubectl get nodes -o json` prints them, for the stack in Pulumi.dev.yaml."""

from typing import Any

EFA, GPU, PAGES = "vpc.amazonaws.com/efa", "nvidia.com/gpu", "hugepages-2Mi"


def node(name: str = "ip-10-0-1-1.us-east-2.compute.internal", **changes: Any) -> dict[str, Any]:
    """A node without a fault; changes are labels, resources (both sides), or spec and status keys."""
    labels = {
        "efa-pools/pool": "validation",
        "efa-pools/efa": "true",
        "efa-pools/efa-count": "4",
        "efa-pools/network-cards": "4",
        "eks.amazonaws.com/capacityType": "ON_DEMAND",
        "eks.amazonaws.com/nodegroup": "validation-nodes-1",
        "node.kubernetes.io/instance-type": "p4d.24xlarge",
        "topology.kubernetes.io/region": "us-east-2",
        "topology.kubernetes.io/zone": "us-east-2a",
    }
    resources = {"cpu": "95690m", "memory": "1167432964Ki", GPU: "8", EFA: "4", PAGES: "10256Mi"}
    spec = {
        "providerID": "aws:///us-east-2a/i-0123456789abcdef0",
        "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}],
    }
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is ready"}
    status = {"conditions": [{"type": "MemoryPressure", "status": "False"}, ready]}
    for key, value in changes.items():
        place = spec if key in ("taints", "unschedulable", "providerID") else labels if "/" in key else status
        (resources if key in (EFA, GPU, PAGES, "aws.amazon.com/neuron") else place)[key] = value
    metadata = {"name": name, "labels": {key: value for key, value in labels.items() if value is not None}}
    status = {
        "capacity": resources,
        "allocatable": {key: value for key, value in resources.items() if value is not None},
        **status,
    }
    status["capacity"] = (
        dict(status["allocatable"]) if status["capacity"] is resources else status["capacity"]
    )
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": spec, "status": status}


def listed(*nodes: Any) -> dict[str, Any]:
    """The List that kubectl makes of them."""
    return {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": list(nodes)}
