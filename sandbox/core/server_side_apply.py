"""Server-side apply, as far as a Shoot's workers need it: who owns which field, who may change it.

Kubernetes documentation, "Server-Side Apply"; what it leaves open was asked of kube-apiserver 1.35.0. The
list of workers is a map by name; every other list is one value. Who owns an entry's fields and not the entry
itself does not keep it: an automatic update of a version does not hold a worker that its applier takes away.
"""

import copy
import json
from collections.abc import Iterator
from typing import Any

from sandbox.core.values import UNKNOWN, Refused, Values

BY_NAME = ".spec.provider.workers"
VERSION = "core.gardener.cloud/v1beta1"
ENTRY = object()
"""What stands at the path of an entry itself, which is a field of its own."""


def applied(object: Values, manager: str, spec: Values) -> Values:
    """The object with this manager's fields as stated; fields that it no longer states go.

    Raises `Refused` where another manager owns a field and its value is another. Nothing is forced.
    """
    live, wanted = fields(object), fields({"spec": spec})
    owners = _owners(object)
    others = {name: owned for name, owned in owners.items() if name != manager}
    _no_conflicts(live, wanted, others)
    dropped = owners.get(manager, set()) - wanted.keys() - set().union(*others.values())
    made = {**object, "spec": _merged(_without(object["spec"], dropped, ".spec"), spec, ".spec")}
    return with_owners(made, {**others, manager: set(wanted)})


def written(object: Values, manager: str, spec: Values) -> Values:
    """The object after an ordinary write, which asks nobody: who writes a field owns it alone."""
    live = fields(object)
    changed = {path for path, value in fields({"spec": spec}).items() if live.get(path) != value}
    made = {**object, "spec": _merged(object["spec"], spec, ".spec")}
    others = {name: owned - changed for name, owned in _owners(object).items()}
    return with_owners(made, {**others, manager: others.get(manager, set()) | changed})


def with_owners(object: Values, owners: dict[str, set[str]]) -> Values:
    """The object that says who owns what; fields that are gone have no owner."""
    there = fields(object).keys()
    kept = {name: sorted(owned & there) for name, owned in owners.items()}
    told = [{"manager": name, "fields": owned} for name, owned in kept.items() if owned]
    return {**object, "metadata": {**object["metadata"], "managedFields": told}}


def fields(object: Values) -> dict[str, Any]:
    """Every field by its path, as Kubernetes writes it: `.spec.provider.workers[name="gpu"].minimum`."""
    return dict(_fields(object.get("spec", {}), ".spec"))


def _fields(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _fields(inner, f"{path}.{key}")
    elif path == BY_NAME:
        for entry in value:
            yield _entry(entry), ENTRY
            yield from _fields(entry, _entry(entry))
    elif path != ".spec":
        yield path, value


def _entry(entry: Values) -> str:
    return f"{BY_NAME}[name={json.dumps(entry['name'])}]"


def _owners(object: Values) -> dict[str, set[str]]:
    return {one["manager"]: set(one["fields"]) for one in object["metadata"].get("managedFields", [])}


def _no_conflicts(live: dict[str, Any], wanted: dict[str, Any], others: dict[str, set[str]]) -> None:
    changed = [path for path, value in wanted.items() if value is not UNKNOWN and live.get(path) != value]
    found = {name: [path for path in changed if path in owned] for name, owned in others.items()}
    lines = [
        f'conflict with "{name}" using {VERSION}: {path}' for name, paths in found.items() for path in paths
    ]
    if lines:
        count = f"{len(lines)} conflict{'s' * (len(lines) > 1)}"
        raise Refused("Conflict", f"Apply failed with {count}: {'; '.join(lines)}")


def _merged(live: Any, spec: Any, path: str) -> Any:
    if path == BY_NAME:
        entries = {one["name"]: one for one in live or []}
        for one in spec:
            entries[one["name"]] = _merged(entries.get(one["name"], {}), one, _entry(one))
        return list(entries.values())
    if isinstance(live, dict) and isinstance(spec, dict):
        return {
            **live,
            **{key: _merged(live.get(key), value, f"{path}.{key}") for key, value in spec.items()},
        }
    return copy.deepcopy(spec)


def _without(value: Any, dropped: set[str], path: str) -> Any:
    """The value without what stands at these paths, and without mappings that are empty by that."""
    if path == BY_NAME and isinstance(value, list):
        return [_without(one, dropped, _entry(one)) for one in value if _entry(one) not in dropped]
    if not isinstance(value, dict):
        return value
    kept = {
        key: _without(inner, dropped, f"{path}.{key}")
        for key, inner in value.items()
        if f"{path}.{key}" not in dropped
    }
    return {key: inner for key, inner in kept.items() if inner != {} or value[key] == {}}
