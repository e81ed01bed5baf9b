"""EfaClusterAddons: an EFA driver and the NVIDIA GPU operator, for the pools of one cluster."""

from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_kubernetes.helm import v3 as helm

from ..check.addons import check_addons
from ..plan.addons import AddonPlan, plan_addons
from ..plan.charts import Release
from ..problem import errors
from .args import Taint
from .inputs import InvalidArguments, to_wire

TYPE = "efa-pools:index:EfaClusterAddons"


class AddonChart(TypedDict):
    """Where a chart comes from, and values laid over ours."""

    version: NotRequired[str]
    """Exact chart version. Default: the one this package was made with. Beside a path: what stands there."""
    repository: NotRequired[str]
    """Chart repository, such as a mirror: https://... or oci://..."""
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
    """Its image family: al2023, bottlerocket, garden-linux or custom."""
    image_release: NotRequired[str]
    """Release of a garden-linux image, such as 2150.6.0, for the checks of EFA and driver."""
    efa_per_node: NotRequired[int]
    """EFA interfaces of each node. Default: those of the type's recommended layout."""
    drain: NotRequired[str]
    """node-termination-handler: the handler runs on its nodes and drains those that are to go; or none."""
    taints: NotRequired[list[Taint]]
    """Its taints, which the add-ons tolerate."""


class EfaClusterAddonsArgs(TypedDict):
    """Add-ons of one cluster."""

    pools: list[AddonPool]
    """The pools whose nodes get the add-ons."""
    efa: NotRequired[str]
    """device-plugin (default), dra (Kubernetes 1.34 or newer) or none."""
    gpu: NotRequired[str]
    """auto (default): the GPU operator where a pool has NVIDIA GPUs; or none."""
    charts: NotRequired[dict[str, AddonChart]]
    """By chart name: aws-efa-k8s-device-plugin, aws-dranet, gpu-operator, aws-node-termination-handler."""
    image_registry: NotRequired[str]
    """Registry that mirrors the charts' images, for closed networks."""
    kubernetes_version: NotRequired[pulumi.Input[str]]
    """Kubernetes version of the cluster, such as 1.34; efa: dra is held against it."""


class EfaClusterAddons(pulumi.ComponentResource):
    """Makes EFA devices and GPUs schedulable on the nodes of EfaWorkerPools."""

    efa_release_name: pulumi.Output[str]
    """Helm release of the EFA device plugin or DRA driver; empty where there is none."""
    efa_chart_version: pulumi.Output[str]
    """Its chart version; empty where there is none."""
    gpu_release_name: pulumi.Output[str]
    """Helm release of the GPU operator; empty where there is none."""
    gpu_chart_version: pulumi.Output[str]
    """Its chart version; empty where there is none."""
    drain_release_name: pulumi.Output[str]
    """Helm release of the node termination handler; empty where no pool is drained by it."""
    drain_chart_version: pulumi.Output[str]
    """Its chart version; empty where there is none."""
    efa_claim_templates: pulumi.Output[list[str]]
    """ResourceClaimTemplates for EFA devices, by name: all of a node, one of them. Only with efa: dra."""
    expected_allocatable: pulumi.Output[dict[str, dict[str, int]]]
    """By pool, the resources that each of its nodes must show as allocatable once the add-ons run."""

    def __init__(
        self, name: str, args: EfaClusterAddonsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Check `args`, of which EfaClusterAddonsArgs describes each key, and install the charts.

        Raises `pulumi.RunError` with every problem.
        """
        checked = check_addons(to_wire(args))
        if errors(checked.problems):
            raise InvalidArguments(checked.problems, subject=f"efa-pools add-ons '{name}'", snake=True)
        plan = plan_addons(checked.addons, checked.pools)
        super().__init__(TYPE, name, {}, opts)
        for problem in checked.problems:
            pulumi.log.warn(problem.line(snake=True), resource=self)
        efa = self._install(f"{name}-efa", plan.efa)
        gpu = self._install(f"{name}-gpu", plan.gpu)
        drain = self._install(f"{name}-drain", plan.drain)
        templates = self._claim_templates(name, plan, efa)
        self.efa_release_name = _text(efa.name if efa else None)
        self.efa_chart_version = _text(efa.version if efa else None)
        self.gpu_release_name = _text(gpu.name if gpu else None)
        self.gpu_chart_version = _text(gpu.version if gpu else None)
        self.drain_release_name = _text(drain.name if drain else None)
        self.drain_chart_version = _text(drain.version if drain else None)
        self.efa_claim_templates = pulumi.Output.from_input(templates)
        self.expected_allocatable = pulumi.Output.from_input(plan.allocatable)
        self.register_outputs(
            {
                "efaReleaseName": self.efa_release_name,
                "efaChartVersion": self.efa_chart_version,
                "gpuReleaseName": self.gpu_release_name,
                "gpuChartVersion": self.gpu_chart_version,
                "drainReleaseName": self.drain_release_name,
                "drainChartVersion": self.drain_chart_version,
                "efaClaimTemplates": self.efa_claim_templates,
                "expectedAllocatable": self.expected_allocatable,
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

    def _claim_templates(self, name: str, plan: AddonPlan, driver: helm.Release | None) -> list[str]:
        """In the provider's namespace: pods find templates in their own namespace only."""
        if not plan.claim_templates:
            return []
        # Loaded for DRA only: the module is large.
        from pulumi_kubernetes.resource.v1 import ResourceClaimTemplate

        for one in plan.claim_templates:
            ResourceClaimTemplate(
                f"{name}-{one.name}",
                metadata={"name": one.name},
                spec=one.spec,
                opts=pulumi.ResourceOptions(
                    parent=self,
                    depends_on=driver,
                    # The API server refuses a change of the spec, and a second object of the name.
                    replace_on_changes=["spec"],
                    delete_before_replace=True,
                ),
            )
        return [one.name for one in plan.claim_templates]


def _text(value: pulumi.Output[str | None] | None) -> pulumi.Output[str]:
    return pulumi.Output.from_input("") if value is None else value.apply(lambda known: known or "")
