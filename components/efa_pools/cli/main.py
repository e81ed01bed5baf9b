"""Dispatch. A command's module is imported when it runs, so that `layout` starts fast."""

import argparse
import sys
from typing import TYPE_CHECKING

from .arguments import parser

if TYPE_CHECKING:
    from datetime import datetime

FINE, PROBLEMS, UNUSABLE = 0, 1, 2
INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it


class Unusable(Exception):
    """Input or usage that nothing can be said about; the text goes to standard error, exit code 2."""


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 fine, 1 problems found, 2 unusable input or usage."""
    given = sys.argv[1:] if argv is None else argv
    if not given:
        parser().print_help(sys.stderr)
        return UNUSABLE
    try:
        code = _run(parser().parse_args(given))
        sys.stdout.flush()
        return code
    except Unusable as error:
        print(f"efa-pools: {error}", file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader went away, as in `efa-pools types | head`; there is nobody left to tell.
        _discard_output()
        return FINE
    except OSError as error:
        print(f"efa-pools: {error.filename or 'standard output'}: {error.strerror}", file=sys.stderr)
        _discard_output()
        return UNUSABLE


def moment() -> "datetime":
    """The present, for the commands that need it."""
    from ..clock import now

    try:
        return now()
    except ValueError as error:
        raise Unusable(str(error)) from None


def _discard_output() -> None:
    """What could not be written would be tried again, and complained about, when the interpreter ends."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: argparse.Namespace) -> int:
    from importlib import import_module

    command = import_module(f".{arguments.command}", __package__)
    return int(command.run(arguments))
