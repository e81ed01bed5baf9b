"""ConfigMaps (core/v1)."""

from functools import partial

from sandbox.core import kubernetes_objects as objects
from sandbox.core.kinds import Asked, Kind
from sandbox.core.values import UNKNOWN, Refused, Values, known

TYPE = "kubernetes:core/v1:ConfigMap"
LARGEST = 2**20
"""Bytes (Kubernetes, "ConfigMaps": not more than 1 MiB)."""


def _rules(inputs: Values) -> list[Refused]:
    found = objects.rules("ConfigMap", "v1", ("data", "binaryData", "immutable"), inputs)
    data = known(inputs, "data") or {}
    if not isinstance(data, dict) or not all(isinstance(one, str) or one is UNKNOWN for one in data.values()):
        return [*found, objects.invalid("ConfigMap", "data: expected text under each key")]
    size = sum(len(key) + len(one.encode()) for key, one in data.items() if isinstance(one, str))
    if size > LARGEST:
        found.append(
            objects.invalid("ConfigMap", f"[]: Too long: must have at most {LARGEST} bytes, has {size}")
        )
    return found


def _make(asked: Asked) -> tuple[str, Values]:
    return objects.id_of(asked.inputs), {}


KIND = Kind(type=TYPE, rules=_rules, refuse=partial(objects.refuse, "configmaps", TYPE), make=_make)
