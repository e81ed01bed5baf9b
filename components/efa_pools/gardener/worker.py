"""One worker of a Shoot. Source: pkg/apis/aws/validation/shoot.go (ValidateWorker)."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..problem import Problem
from . import volumes
from .decode import shown
from .worker_config import config_problems


def worker_problems(
    worker: Mapping[str, Any], zones: frozenset[str] | None, config: Mapping[str, Any] | None
) -> Iterator[Problem]:
    """What the AWS extension refuses of a worker; `zones` are the infrastructure's, None if not stated."""
    yield from volumes.worker_problems(worker)
    wanted = worker.get("zones", [])
    if not wanted:
        yield Problem(("zones",), "Required", "missing; expected at least one zone")
    for index, zone in enumerate(wanted):
        if zones is not None and zone not in zones:
            known = ", ".join(sorted(zones)) or "none"
            message = f"{shown(zone)}: expected a zone of the infrastructureConfig: {known}"
            yield Problem(("zones", index), "Invalid", message)
    if config is not None:
        for found in config_problems(config, worker.get("volume"), worker.get("dataVolumes", [])):
            yield found.under("providerConfig")
