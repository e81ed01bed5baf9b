"""EFA worker pools on AWS: one checked pool model, rendered to what runs the nodes.

The components are loaded on first use, so that `efa-pools layout` starts without Pulumi.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .resources.addons import EfaClusterAddons, EfaClusterAddonsArgs
    from .resources.args import EfaWorkerPoolArgs
    from .resources.gardener_workers import GardenerWorkers
    from .resources.nccl_test import NcclTest, NcclTestArgs
    from .resources.worker_pool import EfaWorkerPool
    from .settings import Settings

__version__ = "0.1.0"
__all__ = [
    "EfaClusterAddons",
    "EfaClusterAddonsArgs",
    "EfaWorkerPool",
    "EfaWorkerPoolArgs",
    "GardenerWorkers",
    "NcclTest",
    "NcclTestArgs",
    "Settings",
    "__version__",
]

_HOMES = {
    "EfaClusterAddons": "resources.addons",
    "EfaClusterAddonsArgs": "resources.addons",
    "EfaWorkerPool": "resources.worker_pool",
    "EfaWorkerPoolArgs": "resources.args",
    "NcclTest": "resources.nccl_test",
    "NcclTestArgs": "resources.nccl_test",
    "GardenerWorkers": "resources.gardener_workers",
    "Settings": "settings",
}


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
