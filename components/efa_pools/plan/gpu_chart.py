"""The NVIDIA GPU operator for the pools with NVIDIA GPUs: what it leaves to the image, and what it brings.

Sources: EKS User Guide, "Use EKS-optimized accelerated AMIs" (driver and toolkit are in the images) and
"Install Kubernetes device plugin for GPUs" (Bottlerocket has that one too); gardenlinux-nvidia-installer,
helm/gpu-operator-values.yaml and docs/how-to (2026-08-21); GPU operator v26.3.3, controllers.

GPUDirect RDMA over EFA goes through DMA-BUF, so the operator's RDMA setting, which makes its driver wait for
Mellanox drivers and load nvidia-peermem, stays off everywhere. GDRCopy and GPUDirect Storage are containers
of the operator's own driver; images with a driver bring GDRCopy themselves, and for Garden Linux's kernels
there is no such image.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .. import catalogue
from ..images import accelerator
from ..model.stack import AddonPool, Addons
from .charts import Release, known_charts, laid_over, release, tolerations
from .pool import LABEL_POOL

GPU_CHART, INSTALLER = "gpu-operator", "gardenlinux-nvidia-installer"
RESOURCE = "nvidia.com/gpu"
NO_RDMA = {"enabled": False}


def _inside(*, device_plugin: bool) -> dict[str, Any]:
    """An image that carries the driver and the container toolkit."""
    return {
        "driver": {"enabled": False, "rdma": NO_RDMA},
        "toolkit": {"enabled": False},
        "devicePlugin": {"enabled": device_plugin},
        "gdrcopy": {"enabled": False},
    }


def _garden_linux() -> dict[str, Any]:
    """The precompiled driver images of the Garden Linux NVIDIA installer.

    Their tag is `<driver branch>-<kernel>-gardenlinux0`: the operator takes the kernel, flavour included, and
    the system from node labels. The rule makes node-feature-discovery say version 0, which
    is in their names. The root file system is read-only, hence the other installation directory.
    """
    known = known_charts()[INSTALLER]
    rule = {
        "name": "gardenlinux-version",
        "labelsTemplate": "{{ range .system.osrelease }}"
        "feature.node.kubernetes.io/system-os_release.VERSION_ID=0\n{{ end }}\n",
        "matchFeatures": [
            {"feature": "system.osrelease", "matchExpressions": {"GARDENLINUX_VERSION": {"op": "Exists"}}}
        ],
    }
    return {
        "cdi": {"enabled": True, "default": True},
        "driver": {
            "enabled": True,
            "usePrecompiled": True,
            "repository": f"{known['repository']}/{known['version']}",
            "version": known["driver"],
            "imagePullPolicy": "Always",
            # The installer asks for the host's RDMA drivers where RDMA is switched on.
            "rdma": {**NO_RDMA, "useHostMofed": True},
        },
        "toolkit": {"enabled": True, "installDir": "/opt/nvidia"},
        "devicePlugin": {"enabled": True},
        "gdrcopy": {"enabled": False},
        "node-feature-discovery": {"worker": {"config": {"sources": {"custom": [rule]}}}},
    }


def image_values(family: str) -> dict[str, Any]:
    """What the operator is told about an image family; equal values can share a cluster."""
    if family == "garden-linux":
        return _garden_linux()
    if family in ("al2023", "bottlerocket"):
        return _inside(device_plugin=family != "bottlerocket")
    # Only its maker knows what a custom image carries; without the operator's driver there may be none.
    return {"driver": {"enabled": True, "rdma": NO_RDMA}, "toolkit": {"enabled": True}}


def gpus_per_node(pool: AddonPool) -> int:
    """NVIDIA GPUs of each node, none where the catalogue knows of none."""
    found = catalogue.get(pool.instance_type)
    return found.gpu_count if found is not None and accelerator(found) == "nvidia" else 0


def pools_with_gpus(addons: Addons, pools: Sequence[AddonPool]) -> list[AddonPool]:
    """The pools that the operator serves; it is told of no other."""
    return [pool for pool in pools if gpus_per_node(pool)] if addons.gpu == "auto" else []


def gpu_release(addons: Addons, pools: Sequence[AddonPool]) -> Release | None:
    """The operator, if any pool has NVIDIA GPUs.

    It puts its own pods on the nodes on which node-feature-discovery finds an NVIDIA device, and that looks
    at the nodes of our pools only. The families of the pools need equal `image_values`.
    """
    served = pools_with_gpus(addons, pools)
    if not served:
        return None
    tolerated = tolerations(served)
    places = {
        "daemonsets": {"tolerations": tolerated},
        "node-feature-discovery": {"worker": {"tolerations": tolerated, "affinity": _on_pools(served)}},
    }
    return release(GPU_CHART, addons, laid_over(image_values(served[0].image_family), places))


def _on_pools(pools: Sequence[AddonPool]) -> Mapping[str, Any]:
    match = {"key": LABEL_POOL, "operator": "In", "values": [pool.name for pool in pools]}
    term = {"matchExpressions": [match]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}
