"""From raw keys to the model: every shape problem at once, and whatever is sound beside them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar, get_args, get_origin

from pydantic_core import ErrorDetails, ValidationError

from ..problem import Kind, Problem
from .raw import plain
from .wire import Deferred, Wire

Model = TypeVar("Model", bound=Wire)

# What is expected where a required key is absent; other keys speak through their value's message.
REQUIRED = {
    "instanceType": "an EC2 instance type such as p5.48xlarge",
    "size": "{desired} for a fixed pool, or {min, max}",
    "image": "{family, releaseVersion} or {family, amiId}; 'latest' is never resolved here",
    "family": "al2023, bottlerocket, garden-linux or custom",
    "kind": "on-demand, spot, open-reservation, reservation, capacity-block or interruptible-reservation",
    "from": "the first card of the range",
    "to": "the last card of the range, included",
    "pools": "the pools whose nodes get the add-ons",
    "pool": "the name of a pool of this stack",
    "index": "the card's index, from 0",
    "maximumInterfaces": "how many interfaces the card holds",
    "interfaceTypes": "what the card accepts, of interface, efa and efa-only",
    "networkCards": "the type's network cards",
    "maximumEfaInterfaces": "how many EFA interfaces an instance can have",
    "bandwidthGbps": "the instance's EFA ceiling in Gbps",
    "effect": "NoSchedule, PreferNoSchedule or NoExecute",
    "key": "the taint's key",
}
KINDS: dict[str, Kind] = {
    "missing": "Required",
    "extra_forbidden": "Forbidden",
    "literal_error": "NotSupported",
    "too_long": "TooMany",
}


class Parsed(NamedTuple, Generic[Model]):
    """`value` holds the fields named in `sound`; the others have problems and must not be read."""

    value: Model
    sound: frozenset[str]
    problems: tuple[Problem, ...]


def parse(model: type[Model], raw: Any) -> Parsed[Model]:
    """Read `raw` (camelCase keys) as `model`, keeping what is sound of it."""
    if not isinstance(raw, Mapping):
        found = Problem((), "Invalid", f"{shown(raw)}: expected a mapping of keys")
        return Parsed(model.part({}), frozenset(), (found,))
    clean, refused = plain(raw)
    bad: set[Any] = {found.path[0] for found in refused}
    if not refused:
        try:
            return Parsed(model.read(clean), frozenset(model.fields()), ())
        except ValidationError as error:
            details = error.errors(include_url=False)
    else:
        details = _details(model, clean, bad)
    problems = (*refused, *_problems(model, details))
    bad |= {detail["loc"][0] for detail in details}
    kept = {key: value for key, value in clean.items() if key not in bad}
    values = {
        name: value for name, value in model.read_part(kept).items() if model.fields()[name].alias not in bad
    }
    return Parsed(model.part(values), frozenset(values), problems)


def _details(model: type[Wire], clean: dict[str, Any], refused: set[Any]) -> list[ErrorDetails]:
    """What is wrong beside keys that were refused already; those are not missing."""
    try:
        model.read(clean)
    except ValidationError as error:
        return [one for one in error.errors(include_url=False) if one["loc"][0] not in refused]
    return []


def _problems(model: type[Wire], details: list[ErrorDetails]) -> Iterator[Problem]:
    places = [detail["loc"] for detail in details]
    for detail in details:
        loc = detail["loc"]
        # pydantic_core counts only the sound items, so a list with unsound ones looks too short as well.
        if detail["type"] == "too_short" and any(p != loc and p[: len(loc)] == loc for p in places):
            continue
        if loc and loc[-1] == "[key]":  # pydantic_core's own word for a key of a mapping
            loc = loc[:-1]
        yield Problem(loc, KINDS.get(detail["type"], "Invalid"), _message(model, detail))


def _message(model: type[Wire], detail: ErrorDetails) -> str:
    kind, value, ctx = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "missing":
        return f"missing; expected {REQUIRED.get(str(detail['loc'][-1]), 'a value')}"
    if kind == "extra_forbidden":
        return _unknown(model, detail["loc"])
    if isinstance(value, Deferred):
        return (
            "an output of another resource cannot stand here; expected a literal, or its top-level argument"
        )
    if kind == "string_type" and isinstance(value, (bool, int, float)):
        return f"{shown(value)}: expected text; write it in quotes"
    expected = EXPECTED.get(kind, "").format(**ctx) or detail["msg"][:1].lower() + detail["msg"][1:]
    if isinstance(value, str) and kind in QUOTED and QUOTED[kind](value):
        expected += ", without quotes"
    return f"{shown(value)}: expected {expected}"


QUOTED: dict[str, Callable[[str], bool]] = {
    "int_type": str.isdecimal,
    "bool_type": {"true", "false"}.__contains__,
}
"""Text that would be right without its quotes."""


EXPECTED = {
    "expected": "{expected}",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "literal_error": "{expected}",
    "too_long": "at most {max_length} entries",
    "too_short": "at least {min_length} entry",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys",
    "model_type": "a mapping of keys",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
}


def _unknown(model: type[Wire], loc: tuple[int | str, ...]) -> str:
    from difflib import get_close_matches

    key = str(loc[-1])
    if key.startswith("efa-pools:"):
        return "a key of a stack file; expected it under `config:`, as in Pulumi.dev.yaml"
    owner = _owner(model, loc[:-1])
    known = [field.alias for field in owner.fields().values()] if owner else []
    close = get_close_matches(key, known, 1, 0.6) or [k for k in known if k.lower() == key.lower()]
    hint = f"did you mean '{close[0]}'" if close else f"known keys: {', '.join(known)}"
    return f"unknown key; {hint}; a key that is ignored would leave the pool without what it asks for"


def _owner(model: type[Wire], loc: tuple[int | str, ...]) -> type[Wire] | None:
    """The model in which the key at the end of a path stands."""
    current: type[Wire] | None = model
    named = False  # whether the next part is a name in a mapping, such as a chart's
    for part in loc:
        if isinstance(part, int) or current is None or named:
            named = False
            continue
        field = next((one for one in current.fields().values() if one.alias == part), None)
        current = _inner(field.annotation) if field else None
        named = field is not None and get_origin(field.annotation) is dict
    return current


def _inner(annotation: Any) -> type[Wire] | None:
    if isinstance(annotation, type) and issubclass(annotation, Wire):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _inner(arg))), None)


def shown(value: object, limit: int = 60) -> str:
    """A bad value as the user wrote it, cut where it is long."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)) and len(value) > 4:
        return f"a list of {len(value)} entries"
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
