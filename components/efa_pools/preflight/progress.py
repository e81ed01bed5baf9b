"""How far the checks are, on standard error: a bar where somebody watches, one line otherwise."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def shown(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A function to call with how many of how many are done."""
    if sys.stderr.isatty() and (rich := _rich()):
        console, progress = rich
        with progress.Progress(console=console.Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
        return
    if not quiet:
        print(f"efa-pools: {what}", file=sys.stderr, flush=True)
    yield lambda done, total: None


def _rich() -> tuple[Any, Any] | None:
    try:
        from rich import console, progress
    except ImportError:
        return None
    return console, progress
