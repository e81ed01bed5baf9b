"""What Gardener refuses of a Shoot's workers.

Sources: gardener v1.149.3, pkg/apis/core/validation/shoot.go (ValidateWorker, ValidateWorkers);
gardener-extension-provider-aws 2ff8d8183, pkg/apis/aws/validation/shoot.go (ValidateWorker).
"""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.core import server_side_apply, worker_config
from sandbox.core.references import SHOOT
from sandbox.core.store import Store
from sandbox.core.values import UNKNOWN, Refused, Values, known, settled
from sandbox.core.worker_config import Fault

TEXTS = {"name": str, "type": str, "size": str}
WORKER: Values = {
    **dict.fromkeys(("annotations", "cri", "kubernetes", "labels", "systemComponents", "sysctls"), dict),
    **dict.fromkeys(
        ("machineControllerManager", "clusterAutoscaler", "controlPlane", "providerConfig"), dict
    ),
    **dict.fromkeys(("name", "caBundle", "kubeletDataVolumeName", "updateStrategy"), str),
    **dict.fromkeys(("minimum", "maximum", "priority"), int),
    **dict.fromkeys(("maxSurge", "maxUnavailable"), (int, str)),
    "machine": {
        "type": str,
        "architecture": str,
        "image": {"name": str, "version": str, "providerConfig": dict},
    },
    "volume": {**TEXTS, "encrypted": bool},
    "dataVolumes": [{**TEXTS, "encrypted": bool}],
    "taints": [{"key": str, "value": str, "effect": str}],
    "zones": [str],
}
"""The shape of a worker: gardener v1.149.3, pkg/apis/core/v1beta1/types_shoot.go."""
KINDS = {
    "Required": "Required value",
    "Invalid": "Invalid value",
    "NotSupported": "Unsupported value",
    "Forbidden": "Forbidden",
    "Duplicate": "Duplicate value",
    "TooMany": "Too many",
}


def refusals(shoot: Values) -> list[Refused]:
    """Everything refused of the Shoot's workers, each with its field."""
    workers = known(shoot, "spec", "provider", "workers") or []
    zones = [
        one["name"]
        for one in known(shoot, "spec", "provider", "infrastructureConfig", "networks", "zones") or []
    ]
    found = [Fault("workers", "Forbidden", "at least one worker must remain")] if not workers else []
    names = [one.get("name") for one in workers]
    for index, stated in enumerate(workers):
        worker = _told(stated)
        if not settled(worker):
            continue  # a preview cannot tell
        if names.index(worker.get("name")) != index:
            found.append(Fault(f"workers[{index}].name", "Duplicate", f'"{worker.get("name")}"'))
        both = (*_core_faults(worker), *extension_faults(worker, zones))
        found += (one._replace(field=f"workers[{index}].{one.field}") for one in both)
    name = known(shoot, "metadata", "name")
    return [
        Refused(
            "Invalid",
            f'Shoot.core.gardener.cloud "{name}" is invalid: spec.provider.{one.field}: '
            f"{KINDS[one.kind]}: {one.message}",
        )
        for one in found
    ]


def _told(worker: Values) -> Values:
    """The worker without ids that are made with it, on which no rule of a Shoot depends."""
    config = {
        section: {key: inner for key, inner in value.items() if inner is not UNKNOWN}
        if isinstance(value, dict)
        else value
        for section, value in (known(worker, "providerConfig") or {}).items()
    }
    return {**worker, "providerConfig": config} if config else worker


def without(store: Store, patch: Values) -> Values | None:
    """The Shoot as it is without a patch; None where it is gone. The patch's id ends with its manager."""
    id, _, manager = patch["id"].rpartition("/")
    found = store.get(SHOOT, id)
    if found is None:
        return None
    return {**found, "outputs": server_side_apply.applied(found["outputs"], manager, {})}


def _core_faults(worker: Values) -> Iterator[Fault]:
    """Gardener's own rules."""
    name = worker.get("name") or ""
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name) or len(name) > 15:
        yield Fault("name", "Invalid", f'"{name}": expected a DNS label of at most 15 characters')
    if not known(worker, "machine", "type"):
        yield Fault("machine.type", "Required", "must specify a machine type")
    least, most = (worker.get(key) for key in ("minimum", "maximum"))
    for key, value in (("minimum", least), ("maximum", most)):
        if not isinstance(value, int) or value < 0:
            yield Fault(key, "Invalid", f"{value}: expected 0 or more")
    if isinstance(least, int) and isinstance(most, int) and most < least:
        yield Fault("maximum", "Forbidden", "maximum value must not be less than minimum value")
    if worker.get("maxSurge") == 0 and worker.get("maxUnavailable") == 0:
        yield Fault("maxUnavailable", "Invalid", "0: may not be 0 when maxSurge is 0")
    for index, taint in enumerate(worker.get("taints") or []):
        if taint.get("effect") not in ("NoSchedule", "PreferNoSchedule", "NoExecute"):
            yield Fault(f"taints[{index}].effect", "NotSupported", f'"{taint.get("effect")}"')


def extension_faults(worker: Values, zones: list[str]) -> Iterator[Fault]:
    """The AWS extension's rules."""
    volume, data_volumes = worker.get("volume"), worker.get("dataVolumes") or []
    config = worker.get("providerConfig")
    inside = [] if config is None else worker_config.faults(config, volume, data_volumes)
    yield from inside
    if any(one.field == "providerConfig" for one in inside):
        return  # what does not decode is all that is said
    if volume is None:
        yield Fault("volume", "Required", "must not be nil")
    else:
        yield from _sized("volume", volume)
        if len(data_volumes) > 11:
            yield Fault("dataVolumes", "TooMany", f"{len(data_volumes)}: must have at most 11 items")
        for index, one in enumerate(data_volumes):
            yield from _sized(f"dataVolumes[{index}]", one)
    if volume is not None and config is None and _io1([volume, *data_volumes]):
        yield Fault("providerConfig", "Required", "io1 needs its iops")
    if not worker.get("zones"):
        yield Fault("zones", "Required", "at least one zone must be configured")
    for index, zone in enumerate(worker.get("zones") or []):
        if zone not in zones:
            yield Fault(f"zones[{index}]", "Invalid", f'"{zone}": not a zone of the infrastructure')


def _io1(volumes: list[Values]) -> bool:
    return any(one.get("type") == "io1" for one in volumes)


def _sized(path: str, volume: Any) -> Iterator[Fault]:
    for key in ("type", "size"):
        if not volume.get(key):
            yield Fault(f"{path}.{key}", "Required", "must not be empty")
