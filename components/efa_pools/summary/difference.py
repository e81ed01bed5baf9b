"""What changes, property by property, as lines of a fenced block: no backticks, one line each."""

import json
import re
from typing import Any

from .events import Step
from .text import clip

SIGNS = {"create": "+", "update": "!", "replace": "!", "delete": "-", "import": "+"}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine writes for a value that only the update will tell."""
SECRET = "4dabf18193072939515e22adb298388d"
"""The key by which the engine marks a secret."""


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
        name, index, quoted = match.groups()
        if index is not None:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        else:
            key = name if name is not None else quoted
            value = value.get(key) if isinstance(value, dict) else None
    return _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, dict) and SECRET in value:
        return "[secret]"
    if value == UNKNOWN:
        return "known after the update"
    if value is None:
        return "none"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "too deep to show"
    return text.replace(f'"{UNKNOWN}"', "known after the update")
