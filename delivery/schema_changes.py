"""What another schema of the component package breaks for those who use it. Pure.

Breaking is what a program of a user may stop compiling or running for: something that is gone, an input that
became required, another type, an output that may now be absent. New things break nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Object = Mapping[str, Any]


def breaking(old: Object, new: Object) -> list[str]:
    """One sentence for each breaking difference between two Pulumi package schemas."""
    found: list[str] = []
    for section in ("resources", "types", "functions"):
        before, after = old.get(section) or {}, new.get(section) or {}
        for token, had in before.items():
            if token not in after:
                found.append(f"{token} is gone")
            else:
                found += _object(token, had, after[token])
    return found


def _object(token: str, old: Object, new: Object) -> Iterator[str]:
    if old.get("type") != new.get("type"):
        yield f"{token}: type {old.get('type')!r} becomes {new.get('type')!r}"
    if "inputProperties" in old or "inputProperties" in new:
        yield from _inputs(token, old.get("inputProperties"), new.get("inputProperties"), old, new)
        yield from _outputs(token, old, new)
    else:
        # A type of properties is used for arguments: what is required of them counts as for inputs.
        yield from _inputs(token, old.get("properties"), new.get("properties"), old, new, "required")
    gone = _names(old.get("enum")) - _names(new.get("enum"))
    yield from (f"{token}: the value {name!r} is gone" for name in sorted(gone))


def _inputs(
    token: str, old: Object | None, new: Object | None, whole_old: Object, whole_new: Object,
    required: str = "requiredInputs",
) -> Iterator[str]:  # fmt: skip
    yield from _properties(token, "input", old or {}, new or {})
    newly = set(whole_new.get(required) or ()) - set(whole_old.get(required) or ())
    yield from (f"{token}: input {name} is now required" for name in sorted(newly))


def _outputs(token: str, old: Object, new: Object) -> Iterator[str]:
    yield from _properties(token, "output", old.get("properties") or {}, new.get("properties") or {})
    kept = set(new.get("properties") or {})
    looser = (set(old.get("required") or ()) - set(new.get("required") or ())) & kept
    yield from (f"{token}: output {name} may now be absent" for name in sorted(looser))


def _properties(token: str, kind: str, old: Object, new: Object) -> Iterator[str]:
    for name, had in old.items():
        if name not in new:
            yield f"{token}: {kind} {name} is gone"
        elif _shape(had) != _shape(new[name]):
            yield f"{token}: {kind} {name} changes its type"
        elif kind == "input" and new[name].get("plain") and not had.get("plain"):
            yield f"{token}: input {name} no longer takes outputs of other resources"


def _shape(value: Any) -> Any:
    """The type without what people read, and without `plain`, which is judged on its own."""
    if isinstance(value, dict):
        return {key: _shape(one) for key, one in value.items() if key not in ("description", "plain")}
    return value


def _names(values: Any) -> set[str]:
    return {str(one.get("value")) for one in values or ()}
