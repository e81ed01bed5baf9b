"""The rules of the sandbox: functions over plain camelCase dicts, with the store passed in.

Adapters call these functions and hold no rule. Nothing here imports pulumi or grpc: the same verdicts
must come out in process and in a plugin that the Pulumi engine starts.
"""

import copy
from typing import Any

from sandbox.core import deletion
from sandbox.core.changes import Change, diff
from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import named
from sandbox.core.requests import requests
from sandbox.core.resources import KINDS
from sandbox.core.shapes import problems
from sandbox.core.store import MemoryStore, Place, Store, Without
from sandbox.core.values import UNKNOWN, Refused, Values, refuse

__all__ = [
    "UNKNOWN",
    "Change",
    "MemoryStore",
    "Place",
    "Refused",
    "Store",
    "check",
    "complete",
    "create",
    "delete",
    "diff",
    "invoke",
    "read",
    "update",
]


def check(type: str, inputs: Values) -> None:
    """Refuses what the inputs alone show to be wrong. It needs no account, so a preview says it too."""
    kind = _kind(type)
    found = problems(type, inputs)
    if found:
        raise Refused("ParamValidationError", " | ".join(found))
    refuse(kind.rules(inputs))


def complete(place: Place, type: str, name: str, old: Values, inputs: Values) -> Values:
    """The inputs with a physical name: the one that the object has, else a new one made from the seed."""
    naming, inputs = _kind(type).naming, _without_nulls(inputs)
    if naming is None or inputs.get(naming.property) is not None or old.get(naming.property) is None:
        return named(place, naming, type, name, inputs)
    prefix = naming.prefix_property or ""
    if old.get(prefix) != inputs.get(prefix):
        return named(place, naming, type, name, inputs)
    return {**inputs, naming.property: old[naming.property]}


def create(store: Store, type: str, name: str, inputs: Values, preview: bool) -> tuple[Any, Values]:
    """Makes a resource: its id and outputs. A preview keeps nothing, and what only creation tells is UNKNOWN.

    A preview refuses a known reference that leads nowhere, which AWS says only when it is asked to create.
    """
    kind = _kind(type)
    inputs = named(store.place, kind.naming, type, name, _without_nulls(inputs))
    check(type, inputs)
    asked = Asked(store, name, inputs, preview)
    kind.refuse(asked)
    defaults = _defaults(store.place, kind, inputs)
    if preview:
        told = {key: dict.fromkeys(names, UNKNOWN) for key, names in kind.computed_inside.items()}
        computed = dict.fromkeys(kind.computed, UNKNOWN)
        return UNKNOWN, {**computed, **defaults, **inputs, **_inside(kind, told, inputs)}
    id, computed = kind.make(asked)
    outputs = {**defaults, **inputs, **computed}
    store.put(type, id, {"id": id, "inputs": inputs, "outputs": {**outputs, "id": id}})
    return id, outputs


def update(store: Store, type: str, id: str, old: Values, inputs: Values, preview: bool) -> Values:
    """Changes an object in place: its outputs. What a preview cannot tell is UNKNOWN; it keeps nothing."""
    kind, inputs = _kind(type), _without_nulls(inputs)
    found = copy.deepcopy(store.get(type, id))
    if found is None:
        raise Refused("NotFound", f"there is no {type} with the id '{id}'")
    check(type, inputs)
    asked = Asked(Without(store, type, id), id, inputs, preview)
    kind.refuse(asked)
    gone = found["inputs"].keys() - inputs.keys() - set(kind.computed)
    kept = {key: value for key, value in found["outputs"].items() if key not in gone}
    changed = kind.update(asked, old, found)
    inside = _inside(kind, found["outputs"], inputs)
    outputs = {**kept, **_defaults(store.place, kind, inputs), **inputs, **inside, **changed}
    if not preview:
        store.put(type, id, {**found, "inputs": inputs, "outputs": outputs})
    return outputs


def read(store: Store, type: str, id: str) -> Values | None:
    """The object `{"id", "inputs", "outputs"}` as it stands, None where there is none."""
    _kind(type)
    found = store.get(type, id)
    if found is None or found["inputs"]:
        return found
    # Nobody asked for what the account held before, so its inputs are the properties that one could ask for.
    asked = {
        key: value for key, value in found["outputs"].items() if value and not requests(type, {key: value})[1]
    }
    return {**found, "inputs": asked}


def delete(store: Store, type: str, id: str) -> None:
    """Removes a resource unless something still uses it; one that is gone already is no error."""
    kind, found = _kind(type), store.get(type, id)
    if kind.stays:
        return
    refuse(deletion.refusals(store, type, id))
    store.remove(type, id)
    if found is not None:
        kind.gone(store, found["outputs"])


def invoke(store: Store, token: str, args: Values) -> Values:
    """Answers a data source."""
    if token != "aws:index/getPartition:getPartition":
        raise Refused("UnknownFunction", f"the sandbox does not model the function {token}")
    partition = store.place.partition
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    reverse = ".".join(reversed(suffix.split(".")))
    return {"partition": partition, "id": partition, "dnsSuffix": suffix, "reverseDnsPrefix": reverse}


def _inside(kind: Kind, told: Values, inputs: Values) -> Values:
    """Structures among the inputs with what creation told about them."""
    found = {key: inputs[key] for key in kind.computed_inside if isinstance(inputs.get(key), dict)}
    return {key: {**(told.get(key) or {}), **value} for key, value in found.items()}


def _defaults(place: Place, kind: Kind, inputs: Values) -> Values:
    """What the AWS provider itself adds to the outputs."""
    if not kind.type.startswith("aws:"):
        return {}
    region = {} if kind.type.startswith("aws:iam/") else {"region": place.region}
    return {**region, "tagsAll": inputs.get("tags") or {}} if "tagsAll" in kind.computed else region


def _kind(type: str) -> Kind:
    if type not in KINDS:
        raise Refused("UnknownResourceType", f"the sandbox does not model the resource type {type}")
    return KINDS[type]


def _without_nulls(inputs: Values) -> Values:
    return {key: value for key, value in inputs.items() if value is not None}
