"""ResourceClaimTemplates (resource.k8s.io/v1), by which pods ask for devices under DRA.

Kubernetes API reference, ResourceClaimTemplate and DeviceRequest; pkg/apis/resource/validation.
"""

from typing import Any

from sandbox.core.kinds import Asked, Kind
from sandbox.core.values import Refused, Values, known, known_items

TYPE = "kubernetes:resource.k8s.io/v1:ResourceClaimTemplate"
PROPERTIES = frozenset({"apiVersion", "kind", "metadata", "spec"})
MODES = ("All", "ExactCount")


def _rules(inputs: Values) -> list[Refused]:
    found = [f"{key}: there is no such property" for key in inputs if key not in PROPERTIES]
    if not known(inputs, "metadata", "name") and not known(inputs, "metadata", "generateName"):
        found.append("metadata.name: Required value: name or generateName is required")
    for index, request in enumerate(known_items(inputs, "spec", "spec", "devices", "requests")):
        path = f"spec.spec.devices.requests[{index}]"
        found += [f"{path}.{message}" for message in _request(request)]
    return [Refused("Invalid", message) for message in found]


def _request(request: Any) -> list[str]:
    exactly = known(request, "exactly")
    if not isinstance(exactly, dict):
        return ["exactly: Required value"]
    found = []
    mode, count = known(exactly, "allocationMode") or "ExactCount", known(exactly, "count")
    if not known(exactly, "deviceClassName"):
        found.append("exactly.deviceClassName: Required value")
    if mode not in MODES:
        found.append(f'exactly.allocationMode: Unsupported value: "{mode}"')
    elif mode == "All" and count is not None:
        found.append("exactly.count: must not be specified when allocationMode is 'All'")
    elif isinstance(count, (int, float)) and count < 1:
        found.append("exactly.count: must be greater than zero")
    return found


def _refuse(asked: Asked) -> None:
    id = _id(asked.inputs)
    if id is not None and asked.store.get(TYPE, id) is not None:
        raise Refused("AlreadyExists", f'resourceclaimtemplates.resource.k8s.io "{id}" already exists')


def _id(inputs: Values) -> str | None:
    name = known(inputs, "metadata", "name")
    return f"{known(inputs, 'metadata', 'namespace') or 'default'}/{name}" if name else None


def _make(asked: Asked) -> tuple[str, Values]:
    return _id(asked.inputs) or f"default/{asked.name}", {}


KIND = Kind(type=TYPE, rules=_rules, refuse=_refuse, make=_make)
