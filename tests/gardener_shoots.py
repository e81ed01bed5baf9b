"""Shoots, workers and WorkerConfigs for tests: a sound one of each, with what a case changes."""

from typing import Any

from efa_pools.gardener.cloud_profile import CloudProfile
from efa_pools.gardener.shapes import API_VERSION

# Gardener's documented layout for P5 (docs/usage/usage.md): 33 interfaces.
P5_INTERFACES = [
    {"networkCardIndex": 0, "type": "interface"},
    {"networkCardIndex": 0, "deviceIndex": 1, "type": "efa-only"},
    {"networkCardIndexRange": {"from": 1, "to": 31}, "type": "efa-only"},
]


def config(**keys: Any) -> dict[str, Any]:
    return {"apiVersion": API_VERSION, "kind": "WorkerConfig", **keys}


def worker(**keys: Any) -> dict[str, Any]:
    return {
        "name": "gpu",
        "machine": {"type": "p5.48xlarge", "image": {"name": "gardenlinux", "version": "1877.4.0"}},
        "minimum": 4,
        "maximum": 4,
        "maxSurge": 1,
        "maxUnavailable": 0,
        "volume": {"type": "gp3", "size": "200Gi"},
        "zones": ["eu-west-1a"],
        **keys,
    }


def p5_worker(**keys: Any) -> dict[str, Any]:
    return worker(providerConfig=config(networkInterfaces=P5_INTERFACES, **keys.pop("config", {})), **keys)


def shoot(*workers: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "core.gardener.cloud/v1beta1",
        "kind": "Shoot",
        "metadata": {"name": "prod", "namespace": "garden-ml"},
        "spec": {
            "region": "eu-west-1",
            "kubernetes": {"version": "1.34.1"},
            "provider": {
                "type": "aws",
                "infrastructureConfig": {
                    "networks": {"zones": [{"name": "eu-west-1a"}, {"name": "eu-west-1b"}]}
                },
                "workers": list(workers),
            },
        },
    }


def profile(machine_types: list[Any], images: list[Any]) -> CloudProfile:
    spec = {"machineTypes": machine_types, "providerConfig": {"machineImages": images}}
    return CloudProfile({"kind": "CloudProfile", "spec": spec})
