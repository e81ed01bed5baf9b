"""On how many nodes a pod could stand: selector, taints, and what the nodes have to give.

The nodes are those of managed node groups. GPUs are the instance type's (moto), where the GPU operator is
installed as a Helm release; EFA devices those of `allocatable`. Huge pages of 2 MiB: what user data
sets, else 5128 on EKS's AL2023 images with EFA (EKS User Guide, "Run machine learning training with EFA").
"""

import base64
import binascii
import re

from sandbox.core.allocatable import EFFECTS, RESOURCE, _tolerates, efa_devices
from sandbox.core.launch import gpus
from sandbox.core.nodes import Nodes, running
from sandbox.core.references import RELEASE
from sandbox.core.store import Store
from sandbox.core.values import Values, known, known_items

GPU, HUGE = "nvidia.com/gpu", "hugepages-2Mi"
AL2023_PAGES = 5128
OPERATOR = "gpu-operator"


def fitting(store: Store, pod: Values) -> tuple[int, list[str]]:
    """How many nodes take one such pod each, and why the others do not."""
    efas = efa_devices(store)
    places, reasons = 0, []
    for nodes in running(store):
        why = _against(nodes, pod, allocatable(nodes, efas.get(nodes.name, 0)))
        reasons += [f"{nodes.count} nodes of {nodes.name}: {why}"] if why else []
        places += 0 if why else nodes.count
    return places, reasons or ([] if places else ["there are no nodes"])


def _against(nodes: Nodes, pod: Values, there: dict[str, int]) -> str | None:
    labels = known(nodes.group, "labels") or {}
    for key, value in (known(pod, "nodeSelector") or {}).items():
        if labels.get(key) != value:
            return f"the label {key} is not {value}"
    for taint in known_items(nodes.group, "taints"):
        if taint["effect"] in EFFECTS and not any(
            _tolerates(one, taint) for one in known_items(pod, "tolerations")
        ):
            return f"untolerated taint {taint['key']}"
    for name, amount in asked(pod).items():
        if amount > there[name]:
            return f"Insufficient {name} ({amount} asked for, {there[name]} there)"
    return None


def allocatable(nodes: Nodes, efas: int) -> dict[str, int]:
    """Of each node, by resource; huge pages in MiB."""
    operators = [
        one for one in nodes.store.all(RELEASE) if str(one["inputs"].get("chart")).endswith(OPERATOR)
    ]
    return {
        GPU: gpus(nodes.types[0]) if operators else 0,
        RESOURCE: efas,
        HUGE: 2 * _pages(nodes),
    }


def _pages(nodes: Nodes) -> int:
    stated = re.search(r'nr_hugepages"?\s*=\s*"?(\d+)', _user_data(nodes))
    if stated:
        return int(stated[1])
    # EKS's AMI type, or the public parameter that a template names the image by.
    image = f"{known(nodes.group, 'amiType')} {known(nodes.template, 'imageId')}"
    has_efa = any(one.efa for one in nodes.interfaces)
    return AL2023_PAGES if has_efa and ("AL2023" in image or "amazon-linux-2023" in image) else 0


def _user_data(nodes: Nodes) -> str:
    try:
        return base64.b64decode(known(nodes.template, "userData") or "").decode("utf-8", "replace")
    except (binascii.Error, ValueError, TypeError):
        return ""


def asked(pod: Values) -> dict[str, int]:
    """What all containers of a pod ask for together of these resources; huge pages in MiB."""
    total: dict[str, int] = {}
    for container in known_items(pod, "containers"):
        for name, amount in (known(container, "resources", "limits") or {}).items():
            if name in (GPU, RESOURCE, HUGE):
                total[name] = total.get(name, 0) + _amount(amount)
    return total


def _amount(value: object) -> int:
    found = re.fullmatch(r"(\d+)(Mi|Gi)?", str(value))
    return int(found[1]) * (1024 if found[2] == "Gi" else 1) if found else 0
