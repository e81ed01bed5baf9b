"""What the API server says of any object (Kubernetes documentation, "Object Names and IDs")."""

import re

from sandbox.core.kinds import Asked
from sandbox.core.references import NAMESPACE
from sandbox.core.values import UNKNOWN, Refused, Values, known

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
SUBDOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
SEGMENT = re.compile(r"(?!\.\.?$)[^/%]+")


def invalid(kind: str, message: str) -> Refused:
    return Refused("Invalid", f"{kind} is invalid: {message}")


def rules(
    kind: str, api_version: str, properties: tuple[str, ...], inputs: Values, names: re.Pattern[str] = LABEL
) -> list[Refused]:
    """Kind, version, name and the top-level properties."""
    found = [
        f"{key}: unknown field"
        for key in inputs
        if key not in ("apiVersion", "kind", "metadata", *properties)
    ]
    for key, right in (("apiVersion", api_version), ("kind", kind)):
        if inputs.get(key) != right:
            found.append(f"{key}: {inputs.get(key)!r}: expected {right}")
    metadata = inputs.get("metadata")
    if metadata is not UNKNOWN:
        name = metadata.get("name") if isinstance(metadata, dict) else None
        if name is not UNKNOWN and (not isinstance(name, str) or not names.fullmatch(name)):
            found.append(f"metadata.name: {name!r}: the sandbox makes no names here; a DNS label is expected")
        for key in ("annotations", "labels"):
            pairs = metadata.get(key, {}) if isinstance(metadata, dict) else {}
            if not isinstance(pairs, dict) or not all(isinstance(one, str) for one in known_values(pairs)):
                found.append(f"metadata.{key}: expected text under each key")
    return [invalid(kind, message) for message in found]


def known_values(pairs: Values) -> list[object]:
    return [one for one in pairs.values() if one is not UNKNOWN]


def place(inputs: Values) -> tuple[str | None, str | None]:
    """Namespace and name; None where they are not known yet."""
    metadata = known(inputs, "metadata")
    if not isinstance(metadata, dict):
        return None, None
    return known({"namespace": "default", **metadata}, "namespace"), known(metadata, "name")


def refuse(kind: str, type: str, asked: Asked) -> None:
    """The name is free, and the namespace there."""
    namespace, name = place(asked.inputs)
    if namespace is None or name is None:
        return
    if asked.store.get(type, f"{namespace}/{name}") is not None:
        raise Refused("AlreadyExists", f'{kind} "{name}" already exists')
    # In a preview the namespace may be one that the same run creates.
    if asked.store.get(NAMESPACE, str(namespace)) is None and not asked.preview:
        raise Refused("NotFound", f'namespaces "{namespace}" not found')


def id_of(inputs: Values) -> str:
    return "/".join(str(part) for part in place(inputs))
