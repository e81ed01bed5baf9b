"""Properties as plain values, with a marker where a preview cannot tell.

pulumi_policy raises on the first unknown value that a rule touches and turns the whole rule into a remark, so
that a mandatory rule would not block. Here the unknown is a value: what is known beside it is still judged.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from pulumi_policy.proxy import UnknownValueError


class Unknown(Enum):
    """What stands for a value that only creation tells."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN = Unknown.UNKNOWN


def plain(value: Any) -> Any:
    """A value behind pulumi_policy's proxies as dicts and lists; whole numbers are integers."""
    if isinstance(value, Mapping):
        return {key: _member(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_member(value, index) for index in range(len(value))]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _member(holder: Any, key: Any) -> Any:
    try:
        return plain(holder[key])
    except UnknownValueError:
        return UNKNOWN


def at(value: Any, *path: str) -> Any:
    """What stands at the path: None where nothing does, UNKNOWN where the way there is not known.

    The AWS provider's outputs have "" where nothing was stated; that is nothing too.
    """
    for key in path:
        if value is UNKNOWN:
            return UNKNOWN
        value = value.get(key) if isinstance(value, Mapping) else None
    return None if value == "" else value


def listed(value: Any) -> list[Any]:
    """A list's entries; none where it is absent or not known."""
    return list(value) if isinstance(value, list) else []


def texts(value: Any) -> list[str]:
    """The known strings of a list."""
    return [one for one in listed(value) if isinstance(one, str)]


def true(value: Any) -> bool:
    """The AWS provider's booleans are `true` and "true", by property."""
    return value is True or value == "true"


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key and its value, at every depth."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield key, inner
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)
