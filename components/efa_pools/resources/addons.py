"""EfaClusterAddons: the EFA device plugin and the NVIDIA GPU operator, for the pools of one cluster."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_kubernetes.helm import v3 as helm

from ..check.addons import check_addons
from ..plan import charts
from ..plan.charts import Release, efa_release, gpu_release
from ..problem import Invalid, errors
from .args import Taint
from .inputs import to_wire

TYPE = "efa-pools:index:EfaClusterAddons"


class AddonChart(TypedDict):
    """Where a chart comes from, and values laid over ours."""

    version: NotRequired[str]
    """Chart version. Default: the one this package was made with."""
    repository: NotRequired[str]
    """Chart repository, such as a mirror."""
    path: NotRequired[str]
    """A chart in a local folder or archive, instead of a repository."""
    values: NotRequired[dict[str, Any]]
    """Values of the chart, laid over ours."""


class AddonPool(TypedDict):
    """What the add-ons need to know of a pool."""

    name: str
    """Name of the pool."""
    instance_type: str
    """Its instance type."""
    image_family: str
    """Its image family."""
    taints: NotRequired[list[Taint]]
    """Its taints, which the add-ons tolerate."""


class EfaClusterAddonsArgs(TypedDict):
    """Add-ons of one cluster."""

    pools: list[AddonPool]
    """The pools whose nodes get the add-ons."""
    efa: NotRequired[str]
    """device-plugin (default) or none; dra is not yet supported."""
    gpu: NotRequired[str]
    """auto (default): the GPU operator where a pool has NVIDIA GPUs; or none."""
    charts: NotRequired[dict[str, AddonChart]]
    """By chart name: aws-efa-k8s-device-plugin, gpu-operator."""
    image_registry: NotRequired[str]
    """Registry that mirrors the charts' images, for closed networks."""
    kubernetes_version: NotRequired[pulumi.Input[str]]
    """Kubernetes version of the cluster."""


class EfaClusterAddons(pulumi.ComponentResource):
    """Makes EFA devices and GPUs schedulable on the nodes of EfaWorkerPools."""

    efa_release_name: pulumi.Output[str]
    """Helm release of the EFA device plugin; empty where there is none."""
    efa_chart_version: pulumi.Output[str]
    """Its chart version; empty where there is none."""
    gpu_release_name: pulumi.Output[str]
    """Helm release of the GPU operator; empty where there is none."""
    gpu_chart_version: pulumi.Output[str]
    """Its chart version; empty where there is none."""

    def __init__(
        self, name: str, args: EfaClusterAddonsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        addons, pools, problems = check_addons(to_wire(args))
        if errors(problems):
            raise Invalid(problems, subject=f"efa-pools add-ons '{name}'", snake=True)
        super().__init__(TYPE, name, {}, opts)
        known = [
            charts.AddonPool(one.name, one.instance_type, one.image_family, _taints(one.taints))
            for one in pools
        ]
        efa = self._install(f"{name}-efa", efa_release(addons, known))
        gpu = self._install(f"{name}-gpu", gpu_release(addons, known))
        self.efa_release_name = _text(efa.name if efa else None)
        self.efa_chart_version = _text(efa.version if efa else None)
        self.gpu_release_name = _text(gpu.name if gpu else None)
        self.gpu_chart_version = _text(gpu.version if gpu else None)
        self.register_outputs(
            {
                "efaReleaseName": self.efa_release_name,
                "efaChartVersion": self.efa_chart_version,
                "gpuReleaseName": self.gpu_release_name,
                "gpuChartVersion": self.gpu_chart_version,
            }
        )

    def _install(self, name: str, release: Release | None) -> helm.Release | None:
        if release is None:
            return None
        return helm.Release(
            name,
            chart=release.chart,
            version=release.version,
            repository_opts={"repo": release.repository} if release.repository else None,
            namespace=release.namespace,
            create_namespace=release.create_namespace,
            values=release.values,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _text(value: pulumi.Output[str | None] | None) -> pulumi.Output[str]:
    return pulumi.Output.from_input("") if value is None else value.apply(lambda known: known or "")


def _taints(taints: Any) -> tuple[Mapping[str, str], ...]:
    return tuple(taint.wire() for taint in taints)
