"""The WorkerConfig as a whole. Source: pkg/apis/aws/validation/worker.go (ValidateWorkerConfig)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..problem import Problem
from . import capacity, cpu, iam, interfaces, market, metadata, node_template, placement, volumes


def config_problems(
    config: Mapping[str, Any], volume: Mapping[str, Any] | None, data_volumes: Sequence[Mapping[str, Any]]
) -> Iterator[Problem]:
    """What Gardener refuses of a decoded WorkerConfig beside the pool's volumes."""
    yield from volumes.config_problems(config, volume, data_volumes)
    for key, check in (
        ("iamInstanceProfile", iam.profile_problems),
        ("nodeTemplate", node_template.template_problems),
        ("capacityReservation", capacity.reservation_problems),
        ("instanceMetadataOptions", metadata.metadata_problems),
        ("cpuOptions", cpu.cpu_problems),
    ):
        if key in config:
            yield from check(config[key])
    yield from interfaces.interface_problems(config.get("networkInterfaces", []))
    if "placement" in config:
        yield from placement.placement_problems(config["placement"])
    if "instanceMarketOptions" in config:
        yield from market.market_problems(config["instanceMarketOptions"])


def lone_config_problems(config: Mapping[str, Any]) -> Iterator[Problem]:
    """A WorkerConfig without its worker: what is wrong beside any volumes that it could belong to."""
    names = dict.fromkeys(entry.get("name", "") for entry in config.get("dataVolumes", []))
    some: dict[str, Any] = {"type": "gp3"}
    return config_problems(config, some, [{**some, "name": name} for name in names])
