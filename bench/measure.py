"""What a child process costs. Imports nothing of Pulumi, to stay smaller than the children."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Two runs of one program do the same, and nobody is measured while compiling its own source again and again.
ENVIRONMENT = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONWARNINGS": "ignore"}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)


class Failed(Exception):
    """A measured command went wrong, so its time means nothing."""


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds and peak memory of a process."""

    user: float
    cpu: float
    """User and system time. In short runs the kernel's split between the two is an estimate."""
    peak_mb: float

    def least(self, other: "Usage") -> "Usage":
        """The lowest of each: whatever else the machine does only ever adds."""
        return Usage(min(self.user, other.user), min(self.cpu, other.cpu), min(self.peak_mb, other.peak_mb))


def once(command: Sequence[str]) -> Usage:
    """Run a command to its end."""
    child = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    _, status, spent = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit code {child.returncode}")
    return Usage(spent.ru_utime, spent.ru_utime + spent.ru_stime, spent.ru_maxrss / 1024)


def alternating(commands: Mapping[str, Sequence[str]], times: int) -> dict[str, Usage]:
    """The lowest of so many runs of each, in turn (A B C A B C), so that a slow minute hits all of them."""
    found: dict[str, Usage] = {}
    for turn in range(1, times + 1):
        for name, command in commands.items():
            used = once(command)
            found[name] = used.least(found[name]) if name in found else used
            print(f"{name}, run {turn} of {times}: {used.user:.2f} s, {used.peak_mb:.0f} MB", file=sys.stderr)
    return found
