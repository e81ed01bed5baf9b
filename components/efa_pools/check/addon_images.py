"""Whether the node images fit the GPU operator, and each other."""

from collections.abc import Iterator, Sequence

from .. import catalogue, garden_linux
from ..model.stack import AddonPool, Addons
from ..plan.charts import at, known_charts, stated_values
from ..plan.efa_charts import pools_with_efa
from ..plan.gpu_chart import GPU_CHART, INSTALLER, gpu_release, gpus_per_node, image_values, pools_with_gpus
from ..problem import Problem, warning

DECIDED = ("driver.enabled", "toolkit.enabled")
"""Values by which the user decides for all images at once."""


def image_problems(addons: Addons, pools: Sequence[AddonPool]) -> Iterator[Problem]:
    """Images that need different operators, lack EFA, or for which no driver is built."""
    stated = stated_values(GPU_CHART, addons)
    decided = all(at(stated, path) is not None for path in DECIDED)
    first: AddonPool | None = None
    served = {pool.name for pool in pools_with_gpus(addons, pools)}
    for index, pool in enumerate(pools):
        if pool.name not in served:
            continue
        first = first or pool
        if not decided:
            yield from _family_problems(index, pool, first)
    with_efa = {pool.name for pool in pools_with_efa(pools)}
    for index, pool in enumerate(pools):
        if pool.image_family == "garden-linux":
            yield from _garden_linux_problems(index, pool, pool.name in with_efa)
            if gpus_per_node(pool) and addons.gpu == "auto":
                yield from _installer_problems(index, pool, addons, pools)


def _family_problems(index: int, pool: AddonPool, first: AddonPool) -> Iterator[Problem]:
    family = pool.image_family
    if image_values(family) != image_values(first.image_family):
        yield Problem(
            ("pools", index, "imageFamily"),
            "Invalid",
            f"{family!r} beside {first.image_family!r} of pool {first.name!r}: expected GPU pools of one "
            "family; the operator has one setting for a whole cluster, so one of the two would get a "
            "second driver, toolkit or device plugin, or none. To decide for both, state "
            f"{' and '.join(DECIDED)} in charts.{GPU_CHART}.values",
        )
    elif family == "custom":
        yield warning(
            ("pools", index, "imageFamily"),
            "Invalid",
            "'custom': what the image carries is not known, so the operator brings driver and toolkit; state "
            f"{' and '.join(DECIDED)} in charts.{GPU_CHART}.values",
        )


def _garden_linux_problems(index: int, pool: AddonPool, has_efa: bool) -> Iterator[Problem]:
    release = pool.image_release
    if has_efa and release is not None and not garden_linux.has_efa(release):
        yield Problem(
            ("pools", index, "imageRelease"),
            "NotSupported",
            f"{release!r}: expected Garden Linux 1877.13, 2150.0 or newer; earlier kernels have no EFA "
            "driver, and nodes would show no device",
        )


def _installer_problems(
    index: int, pool: AddonPool, addons: Addons, pools: Sequence[AddonPool]
) -> Iterator[Problem]:
    made = gpu_release(addons, pools)
    if made is None or not at(made.values, "driver.enabled"):
        return
    found = catalogue.get(pool.instance_type)
    if found is not None and not garden_linux.ARCHITECTURES & set(found.architectures):
        yield Problem(
            ("pools", index, "imageFamily"),
            "NotSupported",
            f"'garden-linux' on {pool.instance_type}: expected a type of "
            f"{', '.join(garden_linux.ARCHITECTURES)}; the NVIDIA installer builds no driver for others",
        )
    known = known_charts()[INSTALLER]
    version = str(at(made.values, "driver.version"))
    # A repository of the user's own has the drivers that they built.
    own = at(stated_values(GPU_CHART, addons), "driver.repository") is not None
    release = pool.image_release
    buildable = (
        release is None or garden_linux.release(release) is None or garden_linux.has_driver(release, version)
    )
    if not own and (version not in known["drivers"] or not buildable):
        branches = [
            one for one in known["drivers"] if release is None or garden_linux.has_driver(release, one)
        ]
        on = f" on Garden Linux {release}" if release else ""
        yield Problem(
            ("charts", GPU_CHART, "values", "driver", "version"),
            "NotSupported",
            f"{version!r}: expected a driver branch, one of {', '.join(branches)}, for which installer "
            f"{known['version']} has images{on}; any other leaves the driver's pods without an image",
        )
