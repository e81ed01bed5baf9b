"""Faults on order, for tests: what an account does when it is having a bad day.

`faults.json` beside the objects is a list of `{"do", "operation", "type", "nth", ...}`: at the nth such
operation (1 is the next one) the fault happens, once. `do` is

- `refuse`: the request fails with `code` and `message`;
- `refuse-after`: the same, but the object has been made by then;
- `throttle`: it fails with RequestLimitExceeded for `attempts` tries; the provider tries 3 times;
- `hang`: nothing happens for `seconds`, or until the resource's own timeout;
- `hang-after`: the same, but the object has been made by then.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.core.values import Refused, Values
from sandbox.folder import locked, write

FILE = "faults.json"
TRIES = 3
PAUSE = 0.2


@contextmanager
def around(folder: Path, operation: str, type: str, timeout: float) -> Iterator[None]:
    """Runs an operation, with the fault that is ordered for it, if any."""
    fault = _due(folder, operation, type) or {"do": ""}
    if fault["do"] == "refuse":
        raise _refusal(fault)
    if fault["do"] == "throttle":
        _throttle(int(fault.get("attempts", TRIES)))
    if fault["do"] == "hang":
        _hang(fault, timeout)
    yield
    if fault["do"] == "refuse-after":
        raise _refusal(fault)
    if fault["do"] == "hang-after":
        _hang(fault, timeout)


def _refusal(fault: Values) -> Refused:
    code, message = fault.get("code", "InternalError"), fault.get("message")
    return Refused(code, message or "An internal error has occurred")


def _throttle(attempts: int) -> None:
    for attempt in range(TRIES):
        if attempt >= attempts:
            return
        time.sleep(PAUSE * 2**attempt)
    raise Refused("RequestLimitExceeded", f"Request limit exceeded ({TRIES} attempts)")


def _hang(fault: Values, timeout: float) -> None:
    seconds = float(fault["seconds"])
    if timeout and timeout < seconds:
        time.sleep(timeout)
        raise Refused("Timeout", f"timeout while waiting for the request to finish (timeout: {timeout:g}s)")
    time.sleep(seconds)


def _due(folder: Path, operation: str, type: str) -> Values | None:
    """Counts this operation against the orders."""
    path = folder / FILE
    if not path.exists():
        return None
    due = None
    with locked(path.with_suffix(".lock")):
        orders = json.loads(path.read_text(encoding="utf-8"))
        for order in orders:
            if (order["operation"], order["type"]) == (operation, type) and order["nth"] > 0:
                order["nth"] -= 1
                due = order if order["nth"] == 0 else due
        write(path, orders)
    return due
