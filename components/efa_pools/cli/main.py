"""Dispatch. A command's module is imported when it runs, so that `layout` starts fast."""

import argparse
import sys
from typing import TYPE_CHECKING

from .arguments import parser

if TYPE_CHECKING:
    from datetime import datetime

FINE, PROBLEMS, UNUSABLE = 0, 1, 2


class Unusable(Exception):
    """Input or usage that nothing can be said about; the text goes to standard error, exit code 2."""


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 fine, 1 problems found, 2 unusable input or usage."""
    arguments = parser().parse_args(argv)
    try:
        return _run(arguments)
    except Unusable as error:
        print(f"efa-pools: {error}", file=sys.stderr)
        return UNUSABLE
    except BrokenPipeError:
        # The reader went away, as in `efa-pools types | head`; there is nobody left to tell.
        sys.stderr.close()
        return FINE


def moment() -> "datetime":
    """The present, for the commands that need it."""
    from ..clock import now

    try:
        return now()
    except ValueError as error:
        raise Unusable(str(error)) from None


def _run(arguments: argparse.Namespace) -> int:
    from importlib import import_module

    command = import_module(f".{arguments.command}", __package__)
    return int(command.run(arguments))
