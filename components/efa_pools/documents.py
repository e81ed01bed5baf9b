"""Stack files and pool files as the Pulumi engine reads them.

The engine uses Go's yaml.v3: `on`, `yes` and `no` are strings, a key may stand once, and an unquoted
timestamp becomes a time that the engine writes back in another form. PyYAML reads YAML 1.1, so its
resolvers are replaced here by those of yaml.v3 (resolve.go, decode.go).
"""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from .model.raw import Timestamp


class Unreadable(Exception):
    """A file that is no document at all; the text says which file and why."""


class _Reader(yaml.SafeLoader):
    """SafeLoader with the scalar rules of yaml.v3."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


# resolve.go: plain scalars by their first character. Booleans are only these six words.
_SCALARS = (
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    (
        "tag:yaml.org,2002:int",
        r"[-+]?(?:0b_*[01][01_]*|0o_*[0-7][0-7_]*|0x_*[0-9a-fA-F][0-9a-fA-F_]*|[0-9][0-9_]*)",
        "-+0123456789",
    ),
    (
        "tag:yaml.org,2002:float",
        r"[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    (
        "tag:yaml.org,2002:timestamp",
        r"\d{4}-\d{1,2}-\d{1,2}"
        r"(?:(?:[Tt]|[ ]+)\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d*)?(?:[ ]*(?:Z|[-+]\d{1,2}(?::\d\d)?))?)?",
        "0123456789",
    ),
    ("tag:yaml.org,2002:merge", r"<<", "<"),
)
for _tag, _pattern, _first in _SCALARS:
    _Reader.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$"), list(_first))


def _integer(reader: _Reader, node: yaml.ScalarNode) -> int:
    text = node.value.replace("_", "")
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    # yaml.v3 still reads 0777 as octal; 08 has no octal reading and is decimal there.
    if re.fullmatch(r"0[0-7]+", digits):
        return sign * int(digits, 8)
    return sign * (int(digits, 0) if digits[:2] in ("0x", "0o", "0b") else int(digits))


def _float(reader: _Reader, node: yaml.ScalarNode) -> float:
    text = node.value.replace("_", "").lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


def _mapping(reader: _Reader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
            continue
        # Configuration travels as JSON, whose keys are text.
        key.tag = "tag:yaml.org,2002:str"
        if key.value in seen:
            raise yaml.constructor.ConstructorError(
                "while reading a mapping", node.start_mark, f"key {key.value!r} stands twice", key.start_mark
            )
        seen.add(key.value)
    reader.flatten_mapping(node)
    return reader.construct_mapping(node, deep=True)


_Reader.add_constructor("tag:yaml.org,2002:int", _integer)
_Reader.add_constructor("tag:yaml.org,2002:float", _float)
_Reader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Reader.add_constructor("tag:yaml.org,2002:timestamp", lambda reader, node: Timestamp(node.value))


def _json(text: str) -> Any:
    """The document, where it is JSON. PyYAML takes no tabs and no escaped slash, which JSON may have."""
    if not text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        raise ValueError("no JSON")
    return json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_once, parse_constant=_no_number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")  # where, says the reader of YAML
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def parse(text: str, name: str) -> Any:
    """Read YAML or JSON, one document; `name` is what messages call it."""
    with suppress(ValueError, RecursionError):
        return _json(text)
    found, *more = parse_all(text, name) or [None]
    if any(one is not None for one in more):
        raise Unreadable(f"{name}: {1 + len(more)} documents; expected one in a file")
    return found


def parse_all(text: str, name: str) -> list[Any]:
    """Read every document of a YAML stream; an empty one is None."""
    try:
        return list(yaml.load_all(text, Loader=_Reader))  # a SafeLoader: builds plain values only
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = error.problem or error.context or ""
        raise Unreadable(f"{name}{where}: not YAML or JSON: {problem}{_hint(problem)}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(f"{name}: not YAML or JSON: {str(error).splitlines()[0]}") from None


def text(path: str) -> str:
    """The text of a file, or of standard input for `-`."""
    import sys

    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise Unreadable(f"{shown(path)}: cannot be read: {reason}") from None


def read(path: str) -> Any:
    """Read a file, or standard input for `-`."""
    return parse(text(path), shown(path))


def shown(path: str) -> str:
    """What messages call a file."""
    return "standard input" if path == "-" else path


def _hint(problem: str) -> str:
    """What to do about PyYAML's words for the two mistakes that everybody makes."""
    if "<block end>" in problem:
        return "; does this line stand as far in as its neighbours?"
    return "; YAML is set in with spaces, never tabs" if "'\\t'" in problem else ""
