"""Raw values before any model looks at them: what no key of ours can mean is named and taken out.

YAML and JSON can carry more than a pool: half a surrogate pair, a number of a thousand digits, a list of ten
thousand entries. Each is one problem here, where a model would give thousands or fail to print them.
"""

from collections.abc import Mapping
from typing import Any

from ..problem import Path, Problem

# No list of a pool is longer: p5.48xlarge has room for 64 interfaces, EKS takes 50 taints.
LIST_LIMIT = 256
DEPTH_LIMIT = 32
LARGEST = 2**63


class Timestamp(str):
    """An unquoted time of a YAML file, kept as written so that it can be named."""


def plain(raw: Mapping[Any, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The mapping without nulls, and the problems found; a key with one anywhere below it is left out."""
    found: list[Problem] = []
    clean: dict[str, Any] = {}
    for key, value in raw.items():
        before = len(found)
        name = _text(key)
        kept = _plain(value, (name,), found)
        if kept is not None and len(found) == before:
            clean[name] = kept
    return clean, found


def _plain(value: Any, path: Path, found: list[Problem]) -> Any:
    problem = _refusal(value, path)
    if problem is not None:
        found.append(problem)
        return None
    if isinstance(value, Mapping):
        return {
            _text(key): _plain(inner, (*path, _text(key)), found)
            for key, inner in value.items()
            if inner is not None
        }
    if isinstance(value, (list, tuple)):
        return [_plain(inner, (*path, index), found) for index, inner in enumerate(value)]
    return value


def _refusal(value: Any, path: Path) -> Problem | None:
    if isinstance(value, Timestamp):
        return Problem(
            path, "Invalid", f"{value}: expected the time in quotes; unquoted, the engine rewrites it"
        )
    if isinstance(value, str):
        if _text(value) == value:
            return None
        return Problem(
            path, "Invalid", f"{_text(value)[:60]!r}: expected Unicode text, without half characters"
        )
    if isinstance(value, int) and abs(value) >= LARGEST:
        return Problem(path, "Invalid", f"a number of {value.bit_length()} bits: expected one below 2^63")
    if isinstance(value, (list, tuple)) and len(value) > LIST_LIMIT:
        message = f"a list of {len(value)} entries: expected at most {LIST_LIMIT} entries"
        return Problem(path, "TooMany", message)
    if isinstance(value, (Mapping, list, tuple)) and len(path) > DEPTH_LIMIT:
        return Problem(path, "Invalid", f"nested more than {DEPTH_LIMIT} deep: expected a plainer value")
    return None


def _text(key: Any) -> str:
    """Text that can be printed: half of a surrogate pair becomes a question mark."""
    return str(key).encode("utf-8", "replace").decode("utf-8")
