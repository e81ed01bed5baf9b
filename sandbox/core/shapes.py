"""Whether a request has the shape that the service's own model gives it.

botocore's validator knows names, types, required members and lower bounds. Enums, upper bounds and patterns
stand in the same model and it ignores them: the walk here adds them, and what only the documentation bounds.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.validate import ParamValidator

from sandbox.core.request_limits import LIMITS, Limits
from sandbox.core.requests import Request, requests
from sandbox.core.values import UNKNOWN, Values


def problems(type: str, inputs: Values) -> list[str]:
    """Everything wrong with the shape of the requests that `inputs` make; unknown values are passed over."""
    calls, found = requests(type, inputs)
    for call in calls:
        found += request_problems(call)
    return found


def request_problems(call: Request) -> list[str]:
    """The same for one request that is already in the service's own terms."""
    found: list[str] = []
    _walk(call.service, call.shape, call.params, call.operation, found)
    report = _Validator().validate(call.params, call.shape)
    if report.has_errors():
        lines = report.generate_report().splitlines()
        found += [f"{call.operation}: {line}" for line in lines]
    return found


class _Validator(ParamValidator):  # type: ignore[misc]  # botocore has no types
    """botocore's validator, except that an unknown value is right whatever should stand there.

    `_validate` is its one point of recursion, but not public; lists of plain values it handles without it.
    """

    def _validate(self, params: Any, shape: Any, errors: Any, name: str) -> None:
        if params is UNKNOWN:
            return
        if shape.type_name == "list" and isinstance(params, list) and any(p is UNKNOWN for p in params):
            params = [p for p in params if p is not UNKNOWN]
            if not params:
                return
        super()._validate(params, shape, errors, name)


def _walk(service: str, shape: Any, value: Any, path: str, found: list[str]) -> None:
    if value is UNKNOWN:
        return
    if shape.type_name == "structure" and isinstance(value, dict):
        for key in [k for k in value if k in shape.members]:
            extra = LIMITS.get((service, shape.name, key), Limits())
            found += _outside(extra, value[key], f"{path}.{key}")
    else:
        found += _outside(_model_limits(shape), value, path) + _mismatch(shape, value, path)
    for inner, item, below in _inside(shape, value, path):
        _walk(service, inner, item, below, found)


def _inside(shape: Any, value: Any, path: str) -> Iterator[tuple[Any, Any, str]]:
    """What a structure, list or map holds, each with its shape and path."""
    if shape.type_name == "structure" and isinstance(value, dict):
        yield from ((shape.members[k], v, f"{path}.{k}") for k, v in value.items() if k in shape.members)
    elif shape.type_name == "list" and isinstance(value, list):
        yield from ((shape.member, item, f"{path}[{i}]") for i, item in enumerate(value))
    elif shape.type_name == "map" and isinstance(value, dict):
        yield from ((shape.key, key, f"{path} (key {key})") for key in value)
        yield from ((shape.value, item, f"{path}.{key}") for key, item in value.items())


def _mismatch(shape: Any, value: Any, path: str) -> list[str]:
    pattern = shape.metadata.get("pattern")
    if not pattern or not isinstance(value, str) or _compiled(pattern).fullmatch(value):
        return []
    return [f"{path}: {_shown(value)} does not match the pattern {pattern}"]


def _model_limits(shape: Any) -> Limits:
    # `min` is left out: botocore's own validator checks that one.
    return Limits(words=tuple(getattr(shape, "enum", ())), max=shape.metadata.get("max"))


def _outside(limits: Limits, value: Any, path: str) -> list[str]:
    found = []
    if limits.words and isinstance(value, str) and value not in limits.words:
        found.append(f"{path}: {_shown(value)} is not one of {_listed(limits.words)}")
    if isinstance(value, str | list | dict):
        size, what = float(len(value)), "its length "
    elif isinstance(value, int | float) and not isinstance(value, bool):
        size, what = float(value), ""
    else:
        return found
    if limits.min is not None and size < limits.min:
        found.append(f"{path}: {what}{size:g} is below the minimum {limits.min}")
    if limits.max is not None and size > limits.max:
        found.append(f"{path}: {what}{size:g} is above the maximum {limits.max}")
    return found


def _shown(value: str) -> str:
    return repr(value if len(value) <= 80 else f"{value[:77]}...")


def _listed(words: tuple[str, ...]) -> str:
    return " | ".join(words) if len(words) <= 30 else f"the {len(words)} values of the service model"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    r"""The model's patterns are Java's; for \p{..}, which Python lacks, a slightly wider class stands in."""
    # Java writes characters beyond 16 bits as pairs.
    beyond = (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    for java, python in (beyond, (r"\p{L}", r"\w"), (r"\p{N}", r"\d"), (r"\p{Z}", r"\s")):
        pattern = pattern.replace(java, python)
    # That of PlacementGroupArn has an anchor in its middle, with which nothing would match.
    pattern = pattern.replace("/^", "/")
    return re.compile(pattern)
