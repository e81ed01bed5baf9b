"""What makes EFA devices schedulable: the device plugin, or the DRA driver with its claim templates.

Both charts select nodes by `supportedInstanceLabels`, a list of instance types that is frozen in the chart.
We put our own label in its place, which exactly the nodes with EFA carry. One key only: with several, the
charts make alternatives of them, with the same values for each, and guard only the last against EKS's Auto
Mode nodes.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import catalogue, layouts
from ..model.stack import AddonPool, Addons
from .charts import Release, at, release, tolerations
from .pool import LABEL_EFA

PLUGIN_CHART, DRA_CHART = "aws-efa-k8s-device-plugin", "aws-dranet"
CHARTS = {"device-plugin": PLUGIN_CHART, "dra": DRA_CHART}
RESOURCE = "vpc.amazonaws.com/efa"
NODE_CLAIM = "efa-node"
"""The template for all EFA devices of a node."""
DEVICE_CLASS = "efa.networking.k8s.aws"
"""EKS User Guide, "Manage EFA devices on Amazon EKS", EFA DRA driver; the chart's `deviceClass.name`."""


class ClaimTemplate(NamedTuple):
    """A ResourceClaimTemplate, by which pods ask for EFA devices under DRA."""

    name: str
    spec: Any
    """Plain values of a ResourceClaimTemplateSpec."""


def efa_per_node(pool: AddonPool) -> int | None:
    """EFA interfaces of each node: stated, or the recommended layout's; None where neither is known."""
    if pool.efa_per_node is not None:
        return pool.efa_per_node
    instance = catalogue.get(pool.instance_type)
    try:
        chosen = layouts.interfaces(instance, "recommended") if instance else ()
    except layouts.PresetUnavailable:
        return None
    return sum(one.is_efa for one in chosen) or None


def pools_with_efa(pools: Sequence[AddonPool]) -> list[AddonPool]:
    """Those whose nodes may carry the label; a type that nobody knows may."""
    return [pool for pool in pools if efa_per_node(pool) != 0]


def efa_release(addons: Addons, pools: Sequence[AddonPool]) -> Release | None:
    """The chosen EFA driver on exactly the nodes that carry our EFA label; None where there are none."""
    served = pools_with_efa(pools)
    if addons.efa == "none" or not served:
        return None
    values = {
        "supportedInstanceLabels": {"keys": [LABEL_EFA], "values": ["true"]},
        "tolerations": tolerations(served),
    }
    return release(CHARTS[addons.efa], addons, values)


def claim_templates(addons: Addons, pools: Sequence[AddonPool]) -> tuple[ClaimTemplate, ...]:
    """Under DRA: all EFA devices of a node for one pod, and one device (a rail) for one pod."""
    made = efa_release(addons, pools)
    if made is None or addons.efa != "dra":
        return ()
    device_class = at(made.values, "deviceClass.name") or DEVICE_CLASS

    def template(name: str, **asked: Any) -> ClaimTemplate:
        request = {"name": "efa", "exactly": {"deviceClassName": device_class, **asked}}
        return ClaimTemplate(name, {"spec": {"devices": {"requests": [request]}}})

    return (
        template(NODE_CLAIM, allocationMode="All"),
        template("efa-rail", allocationMode="ExactCount", count=1),
    )
