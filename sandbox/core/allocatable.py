"""The EFA devices that nodes show to Kubernetes: those of nodes on which the device plugin runs.

A plugin that does not run is silent: pods that ask for devices stay pending, and others fall back to TCP.
Where it runs is read from its chart's values, by the chart's own template (aws/eks-charts,
stable/aws-efa-k8s-device-plugin, v0.5.30): one affinity term for each label key, with the same values, and
one toleration beside the given ones.
"""

from sandbox.core.nodes import Nodes, running
from sandbox.core.references import RELEASE
from sandbox.core.store import Store
from sandbox.core.values import Values, known, known_items

CHART, RESOURCE = "aws-efa-k8s-device-plugin", "vpc.amazonaws.com/efa"
EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute"}
"""Taints that keep pods away, in EKS's words and in Kubernetes's."""


def efa_devices(store: Store) -> dict[str, int]:
    """By node group, the `vpc.amazonaws.com/efa` of each of its nodes. Groups without nodes are left out."""
    plugins = [
        known(one["outputs"], "values") or {}
        for one in store.all(RELEASE)
        if str(known(one["outputs"], "chart")).rstrip("/").endswith(CHART)
    ]
    return {
        nodes.name: sum(one.efa for one in nodes.interfaces)
        if any(_runs(one, nodes) for one in plugins)
        else 0
        for nodes in running(store)
    }


def _runs(values: Values, nodes: Nodes) -> bool:
    """Without given labels the chart has a list of types, which is not modelled: nothing is promised."""
    given = known(values, "supportedInstanceLabels")
    wanted, accepted = known_items(given, "keys"), known_items(given, "values")
    labels = {"node.kubernetes.io/instance-type": nodes.types[0], **(known(nodes.group, "labels") or {})}
    chosen = any(labels.get(key) in accepted for key in wanted)
    selector = known(values, "nodeSelector") or {}
    chosen = chosen and all(labels.get(key) == value for key, value in selector.items())
    tolerations = [{"key": "CriticalAddonsOnly", "operator": "Exists"}, *known_items(values, "tolerations")]
    taints = [one for one in known_items(nodes.group, "taints") if known(one, "effect") in EFFECTS]
    return chosen and all(any(_tolerates(one, taint) for one in tolerations) for taint in taints)


def _tolerates(toleration: Values, taint: Values) -> bool:
    if known(toleration, "effect") not in (None, EFFECTS[taint["effect"]]):
        return False
    if known(toleration, "operator") == "Exists":
        return known(toleration, "key") in (None, taint["key"])
    same = (known(toleration, "value") or "") == (known(taint, "value") or "")
    return known(toleration, "key") == taint["key"] and same
