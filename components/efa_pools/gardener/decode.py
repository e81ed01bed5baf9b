"""Reading by shape, as Kubernetes' decoders do: case counts, null is absent, nothing is converted.

Gardener decodes a WorkerConfig strictly: an unknown key anywhere, text for a number or an integer past its
width makes it unreadable as a whole. 4.0 is an integer, because kubectl sends it as 4.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..problem import Path
from .quantities import Quantity, quantity
from .shapes import AMOUNT, ANYTHING, API_VERSION, BOOLEAN, INT32, INT64, QUANTITY, TEXT, WORKER_CONFIG, Words

WIDTH = {INT32: 2**31, INT64: 2**63}


class Fault(NamedTuple):
    """What a decoder cannot read."""

    path: Path
    message: str
    unknown: bool = False

    def text(self) -> str:
        """Path and message in one line."""
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return f"{where.lstrip('.')}: {self.message}" if where else self.message


def decode_config(raw: Any) -> tuple[dict[str, Any] | None, list[Fault]]:
    """A WorkerConfig as its validation sees it, or None and why it cannot be read."""
    faults: list[Fault] = []
    value = read(WORKER_CONFIG, raw, (), faults)
    if not isinstance(value, dict):
        return None, faults or [Fault((), "null: expected a WorkerConfig")]
    for key, wanted in (("apiVersion", API_VERSION), ("kind", "WorkerConfig")):
        if value.get(key) != wanted:
            faults.append(Fault((key,), f"{shown(value.get(key))}: expected {wanted}"))
    return (None, faults) if faults else (value, [])


def read(shape: Any, raw: Any, path: Path, faults: list[Fault]) -> Any:
    """The value of a shape without nulls; what does not fit goes into `faults` and is left out."""
    if raw is None:
        return None
    if isinstance(shape, dict):
        return _keys(shape, raw, path, faults)
    if isinstance(shape, list):
        return _items(shape[0], raw, path, faults)
    if isinstance(shape, Words):
        return _words(shape, raw, path, faults)
    value = SCALARS[shape](raw)
    if value is None:
        faults.append(Fault(path, f"{shown(raw)}: expected {EXPECTED[shape]}"))
    return value


def _keys(shape: Mapping[str, Any], raw: Any, path: Path, faults: list[Fault]) -> Any:
    if not isinstance(raw, Mapping):
        faults.append(Fault(path, f"{shown(raw)}: expected a mapping of keys"))
        return None
    found = {}
    for key, inner in raw.items():
        if key not in shape:
            faults.append(Fault((*path, printable(key)), _unknown(str(key), shape), unknown=True))
            continue
        value = read(shape[key], inner, (*path, key), faults)
        if value is not None:
            found[key] = value
    return found


def _unknown(key: str, shape: Mapping[str, Any]) -> str:
    meant = next((known for known in shape if known.lower() == key.lower()), None)
    hint = f"did you mean {meant!r}; case counts" if meant else f"known keys: {', '.join(shape)}"
    return f"unknown key; {hint}"


def _items(shape: Any, raw: Any, path: Path, faults: list[Fault]) -> Any:
    if not isinstance(raw, (list, tuple)):
        faults.append(Fault(path, f"{shown(raw)}: expected a list"))
        return None
    # Go reads a null entry as an empty one.
    empty: Any = {} if isinstance(shape, dict) else ""
    found = [read(shape, inner, (*path, index), faults) for index, inner in enumerate(raw)]
    return [empty if value is None else value for value in found]


def _words(shape: Words, raw: Any, path: Path, faults: list[Fault]) -> Any:
    if not isinstance(raw, Mapping):
        faults.append(Fault(path, f"{shown(raw)}: expected a mapping of keys"))
        return None
    found = {}
    for key, inner in raw.items():
        name = printable(key)
        value = read(shape.of, inner, (*path, name), faults)
        empty: Any = [] if isinstance(shape.of, list) else EMPTY[shape.of]
        found[name] = empty if value is None else value
    return found


def _text(raw: Any) -> str | None:
    return raw if isinstance(raw, str) else None


def _integer(width: str) -> Callable[[Any], int | None]:
    def read_integer(raw: Any) -> int | None:
        if isinstance(raw, float) and raw.is_integer():
            raw = int(raw)
        if isinstance(raw, bool) or not isinstance(raw, int):
            return None
        return raw if -WIDTH[width] <= raw < WIDTH[width] else None

    return read_integer


def _amount(raw: Any) -> int | str | None:
    return raw if isinstance(raw, str) else _integer(INT32)(raw)


def _boolean(raw: Any) -> bool | None:
    return raw if isinstance(raw, bool) else None


def _anything(raw: Any) -> Any:
    return raw


SCALARS: dict[str, Callable[[Any], Any]] = {
    TEXT: _text,
    INT32: _integer(INT32),
    INT64: _integer(INT64),
    BOOLEAN: _boolean,
    QUANTITY: quantity,
    AMOUNT: _amount,
    ANYTHING: _anything,
}
EXPECTED = {
    TEXT: "text",
    INT32: "a whole number of 32 bits",
    INT64: "a whole number of 64 bits",
    BOOLEAN: "true or false",
    QUANTITY: "a quantity such as 8, 500m or 50Gi",
    AMOUNT: "a whole number or a percentage such as 25%",
}
EMPTY: dict[str, Any] = {TEXT: "", QUANTITY: Quantity(0, 0)}


def shown(value: object, limit: int = 60) -> str:
    """A value as a message quotes it, cut where it is long."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple, Mapping)):
        kind = "mapping" if isinstance(value, Mapping) else "list"
        return f"a {kind} of {len(value)} entries"
    if isinstance(value, int) and abs(value) >= 2**64:
        return f"a number of {value.bit_length()} bits"
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def printable(key: object) -> str:
    """A key that any terminal can print: half of a surrogate pair becomes a question mark."""
    return str(key).encode("utf-8", "replace").decode("utf-8")
