"""What the add-ons of a cluster install, and what its nodes have to show for it."""

from collections.abc import Sequence
from typing import NamedTuple

from ..model.stack import AddonPool, Addons
from . import efa_charts, gpu_chart
from .charts import Release
from .drain_chart import drain_release
from .efa_charts import ClaimTemplate, claim_templates, efa_per_node, efa_release
from .gpu_chart import gpu_release, gpus_per_node


class AddonPlan(NamedTuple):
    """The releases, and the objects beside them."""

    efa: Release | None
    gpu: Release | None
    drain: Release | None
    claim_templates: tuple[ClaimTemplate, ...]
    allocatable: dict[str, dict[str, int]]
    """By pool, what each node must show as allocatable. EFA devices under DRA are no such resource."""


def plan_addons(addons: Addons, pools: Sequence[AddonPool]) -> AddonPlan:
    """Decide the add-ons of checked arguments."""
    return AddonPlan(
        efa=efa_release(addons, pools),
        gpu=gpu_release(addons, pools),
        drain=drain_release(addons, pools),
        claim_templates=claim_templates(addons, pools),
        allocatable={pool.name: _allocatable(addons, pool) for pool in pools},
    )


def _allocatable(addons: Addons, pool: AddonPool) -> dict[str, int]:
    efa = efa_per_node(pool) if addons.efa == "device-plugin" else None
    gpus = gpus_per_node(pool) if addons.gpu == "auto" else 0
    counts = {efa_charts.RESOURCE: efa or 0, gpu_chart.RESOURCE: gpus}
    return {resource: count for resource, count in counts.items() if count}
