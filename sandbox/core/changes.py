"""What a change of inputs does: which properties differ, and whether the object is replaced or updated.

Which properties replace is data (`replacement.json`), from the providers' sources.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from sandbox.core.values import UNKNOWN, Refused, Values

DATA = Path(__file__).with_name("replacement.json")


@dataclass(frozen=True)
class Change:
    """One property that differs."""

    path: str
    """As Pulumi writes it: `networkInterfaces[32].deviceIndex`, `tags["efa-pools/pool"]`."""
    kind: Literal["add", "delete", "update"]
    replaces: bool


@dataclass(frozen=True)
class Rule:
    """What the provider's source says about one type."""

    replaces: tuple[str, ...]
    """Dotted paths without indexes; everything below one replaces too."""
    unordered: tuple[str, ...] = ()
    oneOf: tuple[str, ...] = ()
    """Alternatives: going from one to another replaces, a new value of the same one does not."""
    decided: tuple[str, ...] = ()
    """Optional and computed: where they are not asked for, they are what the service decided, and stay so."""
    file: str = field(default="", compare=False)
    commit: str = field(default="", compare=False)


@cache
def rules() -> dict[str, Rule]:
    """The rule of each type."""
    data: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    rows = [row for repository, types in data.items() if repository != "about" for row in types.items()]
    return {type: _rule(row) for type, row in rows}


def _rule(row: dict[str, Any]) -> Rule:
    lists = {key: tuple(row.get(key, ())) for key in ("replaces", "unordered", "oneOf", "decided")}
    return Rule(**lists, file=row["file"], commit=row["commit"])


def diff(type: str, old: Values, new: Values, told: Values | None = None) -> list[Change]:
    """Every property that differs between two sets of inputs, with what it does to the object.

    `told` are the object's outputs.
    """
    if type not in rules():
        raise Refused("UnknownResourceType", f"{DATA.name} does not say what replaces {type}")
    rule = rules()[type]
    known = {**{key: value for key, value in (told or {}).items() if key in rule.decided}, **old}
    new = {**{key: known[key] for key in rule.decided if key in known}, **new}
    old = {**{key: known[key] for key in rule.decided if key in known}, **old}
    return list(_compared(rule, old, new, "", ""))


def changed(old: Values, new: Values) -> set[str]:
    """The top-level properties that differ."""
    return {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


def _compared(rule: Rule, old: Any, new: Any, path: str, plain: str) -> Iterator[Change]:
    if _same(rule, old, new, plain):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            below = f"{plain}.{key}".lstrip(".")
            yield from _compared(rule, old.get(key), new.get(key), _step(path, key), below)
    elif isinstance(old, list) and isinstance(new, list) and plain not in rule.unordered:
        for i in range(max(len(old), len(new))):
            was, is_ = (each[i] if i < len(each) else None for each in (old, new))
            yield from _compared(rule, was, is_, f"{path}[{i}]", plain)
    else:
        kind: Literal["add", "delete", "update"] = (
            "add" if old is None else "delete" if new is None else "update"
        )
        yield Change(path, kind, _replaces(rule, old, new, plain))


def _same(rule: Rule, old: Any, new: Any, plain: str) -> bool:
    if plain in rule.unordered and isinstance(old, list) and isinstance(new, list):
        return UNKNOWN not in new and sorted(map(_key, old)) == sorted(map(_key, new))
    return bool(old == new)


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)


def _replaces(rule: Rule, old: Any, new: Any, plain: str) -> bool:
    if plain.split(".")[0] in rule.oneOf:
        return old is None or new is None
    return any(
        plain == one or plain.startswith(f"{one}.") or one.startswith(f"{plain}.") for one in rule.replaces
    )


def _step(path: str, key: str) -> str:
    if not key.isidentifier():
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key
