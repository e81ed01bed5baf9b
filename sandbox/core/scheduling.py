"""On how many nodes a pod could stand: selector, taints, and what the nodes have to give.

The nodes are those of managed node groups. GPUs are the instance type's (moto), EFA devices the interfaces of
the launch template; each counts only where the device plugin for it is installed as a Helm release. Huge
pages of 2 MiB: what user data sets, else 5128 on EKS's AL2023 images with EFA (EKS User Guide, "Run machine
learning training with EFA").
"""

import base64
import binascii
import re

from sandbox.core.launch import hardware
from sandbox.core.nodes import Nodes, running
from sandbox.core.references import RELEASE
from sandbox.core.store import Store
from sandbox.core.values import Values, known, known_items

PLUGINS = {"vpc.amazonaws.com/efa": "aws-efa-k8s-device-plugin", "nvidia.com/gpu": "gpu-operator"}
AL2023_PAGES = 5128
_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute"}


def fitting(store: Store, pod: Values) -> tuple[int, list[str]]:
    """How many nodes take one such pod each, and why the others do not."""
    installed = {str(one["inputs"].get("chart", "")).rsplit("/", 1)[-1] for one in store.all(RELEASE)}
    places, reasons = 0, []
    for nodes in running(store):
        why = _against(nodes, pod, installed)
        reasons += [f"{nodes.count} nodes of {nodes.name}: {why}"] if why else []
        places += 0 if why else nodes.count
    return places, reasons or ([] if places else ["there are no nodes"])


def _against(nodes: Nodes, pod: Values, installed: set[str]) -> str | None:
    labels = known(nodes.group, "labels") or {}
    for key, value in (known(pod, "nodeSelector") or {}).items():
        if labels.get(key) != value:
            return f"the label {key} is not {value}"
    for taint in known_items(nodes.group, "taints"):
        if taint["effect"] in _EFFECTS and not any(
            _tolerates(one, taint) for one in known_items(pod, "tolerations")
        ):
            return f"untolerated taint {taint['key']}"
    there = allocatable(nodes, installed)
    for name, amount in asked(pod).items():
        if amount > there.get(name, 0):
            return f"Insufficient {name} ({amount} asked for, {there.get(name, 0)} there)"
    return None


def _tolerates(toleration: Values, taint: Values) -> bool:
    """Kubernetes, "Taints and Tolerations"."""
    same_key = toleration.get("key") in (None, taint["key"])
    same_value = toleration.get("operator") == "Exists" or toleration.get("value", "") == (
        taint.get("value") or ""
    )
    return same_key and same_value and toleration.get("effect") in (None, _EFFECTS[taint["effect"]])


def allocatable(nodes: Nodes, installed: set[str]) -> dict[str, int]:
    """Of each node, by resource; huge pages in MiB."""
    efas = sum(one.efa for one in nodes.interfaces)
    type = hardware(nodes.types[0])
    found = {"nvidia.com/gpu": type.gpus if type else 0, "vpc.amazonaws.com/efa": efas}
    counted = {name: count for name, count in found.items() if PLUGINS[name] in installed}
    return {**counted, "hugepages-2Mi": 2 * _pages(nodes, efas)}


def _pages(nodes: Nodes, efas: int) -> int:
    stated = re.search(r'nr_hugepages"?\s*=\s*"?(\d+)', _user_data(nodes))
    if stated:
        return int(stated[1])
    image = known(nodes.group, "amiType") or ""
    return AL2023_PAGES if efas and image.startswith("AL2023") else 0


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
            if name in (*PLUGINS, "hugepages-2Mi"):
                total[name] = total.get(name, 0) + _amount(amount)
    return total


def _amount(value: object) -> int:
    found = re.fullmatch(r"(\d+)(Mi|Gi)?", str(value))
    return int(found[1]) * (1024 if found[2] == "Gi" else 1) if found else 0
