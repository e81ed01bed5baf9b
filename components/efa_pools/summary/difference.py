"""What changes, property by property, as lines of a fenced block: no backticks, one line each."""

import json
import re
from typing import Any

from .events import UNKNOWN, Step
from .text import clip

SIGNS = {"create": "+", "update": "!", "replace": "!", "delete": "-", "import": "+"}
SECRET = "4dabf18193072939515e22adb298388d"
"""The key by which the engine marks a secret."""
HIDDEN = "[secret]"


def difference(step: Step) -> list[str]:
    """The resource, then each changed property before and after."""
    sign = SIGNS[step.change]
    lines = [f"{sign} {step.change} {clip(step.name)} ({clip(step.type)})"]
    for path, kind in step.paths.items():
        old, new = (_value(side.inputs if side else {}, path) for side in (step.old, step.new))
        forced = " (forces replacement)" if kind.endswith("-replace") else ""
        lines.append(f"{sign}     {clip(path)}: {clip(old)} -> {clip(new)}{forced}")
    return lines


_PART = re.compile(r'\.?([^.\[\]"]+)|\[(\d{1,9})\]|\["((?:[^"\\]|\\.)*)"\]')


def _value(value: Any, path: str) -> str:
    """The property at a path such as `networkInterfaces[32].interfaceType`, as JSON."""
    for match in _PART.finditer(path):
        if isinstance(value, dict) and SECRET in value:
            break
        name, index, quoted = match.groups()
        if index is not None:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        else:
            key = name if name is not None else quoted
            value = value.get(key) if isinstance(value, dict) else None
    return _shown(value)


def _veiled(value: Any) -> Any:
    """Without what is secret, at every depth: a stream may hold it in the clear (--show-secrets)."""
    if isinstance(value, dict):
        return HIDDEN if SECRET in value else {key: _veiled(inner) for key, inner in value.items()}
    return [_veiled(inner) for inner in value] if isinstance(value, list) else value


def _shown(value: Any) -> str:
    if value == UNKNOWN:
        return "known after the update"
    if value is None:
        return "none"
    try:
        veiled = _veiled(value)
        text = HIDDEN if veiled is HIDDEN else json.dumps(veiled, ensure_ascii=False)
    except RecursionError:
        return "too deep to show"
    return text.replace(f'"{UNKNOWN}"', "known after the update")
