"""The rules of the sandbox: functions over plain camelCase dicts, with the store passed in.

Adapters call these five functions and hold no rule. Nothing here imports pulumi or grpc: the same verdicts
must come out in process and in a plugin that the Pulumi engine starts.
"""

from typing import Any

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import named
from sandbox.core.resources import KINDS
from sandbox.core.shapes import problems
from sandbox.core.store import MemoryStore, Place, Store
from sandbox.core.values import UNKNOWN, Refused, Values, refuse

__all__ = [
    "UNKNOWN",
    "MemoryStore",
    "Place",
    "Refused",
    "Store",
    "check",
    "create",
    "delete",
    "invoke",
    "read",
]


def check(type: str, inputs: Values) -> None:
    """Refuses what the inputs alone show to be wrong. It needs no account, so a preview says it too."""
    kind = _kind(type)
    found = problems(type, inputs)
    if found:
        raise Refused("ParamValidationError", " | ".join(found))
    refuse(kind.rules(inputs))


def create(store: Store, type: str, name: str, inputs: Values, preview: bool) -> tuple[Any, Values]:
    """Makes a resource: its id and outputs. A preview keeps nothing, and what only creation tells is UNKNOWN.

    A preview refuses a known reference that leads nowhere, which AWS says only when it is asked to create.
    """
    kind = _kind(type)
    inputs = named(store.place, kind.naming, type, name, _without_nulls(inputs))
    check(type, inputs)
    asked = Asked(store, name, inputs, preview)
    kind.refuse(asked)
    defaults: Values = {}
    if type.startswith("aws:"):
        defaults = {"region": store.place.region} if not type.startswith("aws:iam/") else {}
        defaults |= {"tagsAll": inputs.get("tags") or {}} if "tagsAll" in kind.computed else {}
    if preview:
        return UNKNOWN, {**dict.fromkeys(kind.computed, UNKNOWN), **defaults, **inputs}
    id, computed = kind.make(asked)
    outputs = {**defaults, **inputs, **computed}
    store.put(type, id, {"id": id, "inputs": inputs, "outputs": {**outputs, "id": id}})
    return id, outputs


def read(store: Store, type: str, id: str) -> Values | None:
    """The object `{"id", "inputs", "outputs"}` as it stands, None where there is none."""
    _kind(type)
    return store.get(type, id)


def delete(store: Store, type: str, id: str) -> None:
    """Removes a resource; one that is gone already is no error."""
    _kind(type)
    store.remove(type, id)


def invoke(store: Store, token: str, args: Values) -> Values:
    """Answers a data source."""
    if token != "aws:index/getPartition:getPartition":
        raise Refused("UnknownFunction", f"the sandbox does not model the function {token}")
    partition = store.place.partition
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    reverse = ".".join(reversed(suffix.split(".")))
    return {"partition": partition, "id": partition, "dnsSuffix": suffix, "reverseDnsPrefix": reverse}


def _kind(type: str) -> Kind:
    if type not in KINDS:
        raise Refused("UnknownResourceType", f"the sandbox does not model the resource type {type}")
    return KINDS[type]


def _without_nulls(inputs: Values) -> Values:
    return {key: value for key, value in inputs.items() if value is not None}
