"""Arguments as they come in from Python or from the package host, brought to the wire form and checked.

A value that another resource makes becomes `DEFERRED` for the check; the component wires the original.
"""

from collections.abc import Awaitable, Mapping
from functools import cache
from typing import Any

import pulumi

from ..check.arguments import check_arguments, check_worker_arguments
from ..check.pool import Checked
from ..clock import now
from ..model.wire import DEFERRED
from ..problem import FREE_KEYS, Invalid, errors, to_camel, to_snake


class InvalidArguments(Invalid, pulumi.RunError):
    """Arguments with errors, which the engine tells a Python program without a traceback."""


def checked_arguments(name: str, args: Mapping[str, Any]) -> Checked:
    """Check a pool's arguments; raises `InvalidArguments` with every error, before anything is registered."""
    return _without_errors(name, check_arguments(name, to_wire(args), now()))


def checked_worker(name: str, args: Mapping[str, Any]) -> Checked:
    """The same for a pool that becomes a worker of a Shoot."""
    return _without_errors(name, check_worker_arguments(name, to_wire(args), now()))


def _without_errors(name: str, found: Checked) -> Checked:
    if errors(found.problems):
        # In Python the arguments are snake_case; the package host sends what the user's language wrote.
        raise InvalidArguments(found.problems, subject=f"efa-pools pool '{name}'", snake=True)
    return found


class WireInputs(dict[str, Any]):
    """Inputs as they came over the wire, where only camelCase keys exist."""


def originals(args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as given, outputs included, under their Python names."""
    return {to_snake(key): value for key, value in args.items()}


def to_wire(value: Any, *, own_keys: bool = False) -> Any:
    """camelCase keys at every depth, and DEFERRED for what is not known yet.

    `own_keys` stay as they are: the user's own (labels, tags), and those of the wire.
    """
    if isinstance(value, (pulumi.Output, Awaitable)):
        return DEFERRED
    if isinstance(value, WireInputs):
        own_keys = True
    if isinstance(value, Mapping):
        return {
            key if own_keys else _key(key): to_wire(inner, own_keys=own_keys or key in FREE_KEYS)
            for key, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [to_wire(inner, own_keys=own_keys) for inner in value]
    return value


@cache
def _key(key: Any) -> Any:
    return to_camel(key) if isinstance(key, str) and "_" in key else key
