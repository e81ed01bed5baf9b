"""The configuration of a stack: `efa-pools:*` keys beside the pools."""

from typing import TYPE_CHECKING, Any, Literal

from .capacity import Drain
from .forms import Field
from .nodes import Family
from .pool import Cluster, Pool, Taint
from .wire import Boolean, Count, Filled, Name, Positive, References, Text, VersionRef, Wire, text

if TYPE_CHECKING:
    ChartVersion = str
    Registry = str
else:
    ChartVersion = text(
        r"v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?",
        "an exact version such as v0.5.30; a range would be another chart on another day",
    )
    Registry = text(
        r"[A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?(/[a-z0-9._-]+)*/?",
        "a registry without a scheme, such as registry.example:5000/mirror",
    )

ChartName = Literal["aws-efa-k8s-device-plugin", "aws-dranet", "gpu-operator", "aws-node-termination-handler"]


class Chart(Wire):
    """Where a chart comes from and which values are laid over ours."""

    version: ChartVersion | None = None
    repository: Filled | None = None
    path: Filled | None = None
    values: dict[str, Any] | None = None


class Addons(Wire):
    """What makes EFA and GPUs schedulable in the cluster."""

    efa: Literal["device-plugin", "dra", "none"] = "device-plugin"
    gpu: Literal["auto", "none"] = "auto"
    charts: dict[ChartName, Chart] = {}
    image_registry: Registry | None = None


class AddonPool(Wire):
    """What the add-ons need to know of a pool."""

    name: Name
    instance_type: Filled
    image_family: Family
    image_release: Filled | None = None
    efa_per_node: Count | None = None
    drain: Drain | None = None
    taints: tuple[Taint, ...] = ()


class AddonArguments(Addons):
    """The add-ons' keys and the pools that they serve."""

    pools: tuple[AddonPool, ...]
    kubernetes_version: VersionRef | None = None


class NcclTest(Wire):
    """An all-reduce over one pool's nodes."""

    pool: Name
    image: Filled | None = None
    repeats: Positive | None = None
    gate: Boolean | None = None
    operator_manifest: Filled | None = None


class NcclTestPool(Wire):
    """What a test needs to know of a pool."""

    name: Name
    instance_type: Filled
    image_family: Family
    taints: tuple[Taint, ...] = ()
    nodes: Count
    efa_per_node: Count | None = None
    efa_claim_template: Filled | None = None
    huge_pages2_mi: Count | None = None


class NcclTestArguments(Wire):
    """The test's keys with the pool in place of its name, and what else runs it again."""

    pool: NcclTestPool
    image: Filled | None = None
    repeats: Positive | None = None
    gate: Boolean | None = None
    operator_manifest: Filled | None = None
    triggers: References | None = None


class StackConfig(Wire):
    """Every `efa-pools:` key of a stack file, without the prefix."""

    pools: tuple[Pool, ...] = Field(min_length=1)
    cluster: Cluster | None = None
    kubeconfig: Any = None
    garden_kubeconfig: Any = None
    tags: dict[str, Text] = {}
    addons: Addons = Addons()
    nccl_test: NcclTest | None = None
