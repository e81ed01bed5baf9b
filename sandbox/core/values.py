"""The words every part of the core speaks: the unknown marker, the one way to say no, looking into inputs."""

from typing import Any, Final

Values = dict[str, Any]
"""Properties by their Pulumi name (camelCase): plain values, UNKNOWN where a preview cannot tell."""


class _Unknown:
    """A value that only creation tells. One object, so that `is` finds it anywhere."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __copy__(self) -> "_Unknown":
        return self

    def __deepcopy__(self, memo: Any) -> "_Unknown":
        return self


UNKNOWN: Final = _Unknown()


class Refused(Exception):
    """A request that the service turns down, with its own code and, where they are public, its own words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def refuse(found: list[Refused]) -> None:
    """Raises all of `found` as one: the services stop at the first, a reader wants every one at once."""
    if found:
        head, *rest = found
        others = [r.message if r.code == head.code else str(r) for r in rest]
        raise Refused(head.code, " | ".join([head.message, *others]))


def known(value: Any, *path: str | int) -> Any:
    """What stands at `path`, or None where it is absent or not known yet."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return None if value is UNKNOWN else value


def known_items(value: Any, *path: str | int) -> list[Any]:
    """The known items of the list at `path`; none where there is no list."""
    found = known(value, *path)
    return [item for item in found if item is not UNKNOWN] if isinstance(found, list) else []


def settled(value: Any) -> bool:
    """Whether nothing in `value` is unknown, however deep."""
    if isinstance(value, dict):
        return all(settled(v) for v in value.values())
    if isinstance(value, list):
        return all(settled(v) for v in value)
    return value is not UNKNOWN
