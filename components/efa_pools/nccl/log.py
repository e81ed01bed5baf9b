"""Reads the output of nccl-tests: tables, closing lines, devices, and whatever stands between them.

Formats are those of nccl-tests 2.0 to 2.20 (github.com/NVIDIA/nccl-tests, src/common.cu and src/util.cu, of
2026-07-09). Lines may carry the prefixes of mpirun, srun, Ray or a log shipper, and may come interleaved. A
log is read once, line by line; what is kept is bounded, whatever its length. Nothing in a log is an error
here: what cannot be read is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from .network import Network

MAXIMUM_LINE = 16384
"""Bytes of a line that are looked at. The longest that nccl-tests writes is about 300."""
MAXIMUM_POINTS, MAXIMUM_TESTS, MAXIMUM_HOSTS, MAXIMUM_ERRORS = 20_000, 200, 10_000, 5

_SIZES = {
    **dict.fromkeys(("int8", "uint8", "char", "f8e4m3", "f8e5m2"), 1),
    **dict.fromkeys(("half", "bfloat16"), 2),
    **dict.fromkeys(("int", "int32", "uint32", "float"), 4),
    **dict.fromkeys(("int64", "uint64", "double"), 8),
}
_ROW = re.compile(rf"(?:^|[\s:>\])])(\d{{1,19}})\s+(\d{{1,19}})\s+({'|'.join(_SIZES)})\s+(.*)$")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$|N/A$")
_STARTING = re.compile(r"Collective test starting: (\w+?)_perf")
_OPTIONS = re.compile(r"\bnThread \d+ nGpus \d+ minBytes \d+")
_RANK = re.compile(r"#\s+Rank\s+(\d{1,7})\s+(?:Group\s+\d+\s+)?Pid\s+\d+\s+on\s+(\S+)\s+device")
_BOUNDS = re.compile(r"Out of bounds values\s*:\s*(\d+)\s+(OK|FAILED)\b")
_AVERAGE = re.compile(r"Avg bus bandwidth\s*:\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?:\s|$)")
_FAILURE = re.compile(
    r"Test (?:NCCL|CUDA) failure|: Test failure |Test timeout|nresponsive receiver"
    r"|mpirun (?:noticed|detected)|exited on signal|Segmentation fault|srun: error"
    r"|unhandled (?:system|cuda) error"
)


class Point(NamedTuple):
    """One size of a table: the better of its two places, out-of-place and in-place."""

    bytes: int
    alg: float
    """Algorithm bandwidth in GB/s, size by time."""
    bus: float
    """Bus bandwidth in GB/s, as nccl-tests derives it from `alg` and the number of ranks."""
    right: bool = True
    """False where every place of this size had wrong values."""

    def better(self, other: Point | None) -> Point:
        """Right data before wrong data, then the higher bus bandwidth."""
        return self if other is None or (self.right, self.bus) > (other.right, other.bus) else other


class Test:
    """One test of the log, such as one run of all_reduce_perf."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name
        """`all_reduce` for all_reduce_perf; None where the log does not say (before nccl-tests 2.17)."""
        self.operations: set[tuple[str | None, int | None]] = set()
        """Reduction and root of its rows."""
        self.points: dict[int, Point] = {}
        self.width = 8
        """Columns of figures in a row, both places together."""
        self.counts_wrong = True
        """Whether the fourth column of a place counts wrong values; before 2.13 it was a difference."""
        self.checked = False
        """Whether any row was checked for wrong data."""
        self.wrong = 0.0
        """Wrong values in the rows."""
        self.out_of_bounds: int | None = None
        """The closing line's number; None where the log ends before it."""
        self.average: float | None = None
        self.unread = 0
        """Rows that are cut, garbled, or contradict themselves."""

    @property
    def finished(self) -> bool:
        """Whether a closing line was there."""
        return self.out_of_bounds is not None or self.average is not None

    def add(self, row: re.Match[str]) -> None:
        """Read one row of the table."""
        size, count, tokens = int(row[1]), int(row[2]), row[4].split()
        operation = tokens.pop(0) if tokens and tokens[0].isalpha() else None
        values = _leading_numbers(tokens)
        root = int(values.pop(0)) if len(values) % 4 == 1 and values[0].lstrip("-").isdigit() else None
        step = self.width // 2
        element = count * _SIZES[row[3]]
        whole = len(values) in (step, self.width) or (len(values) == 4 and self.width == 8)
        if not whole or len(self.points) >= MAXIMUM_POINTS or (element and size % element):
            self.unread += 1
            return
        places = [values[at : at + 4] for at in range(0, len(values), step)]
        points = [found for found in (self._point(size, one) for one in places) if found]
        self.unread += not points
        for point in points:
            self.operations.add((operation, root))
            self.points[size] = point.better(self.points.get(size))

    def _point(self, size: int, place: list[str]) -> Point | None:
        if "N/A" in place[:3]:
            return None
        alg, bus = float(place[1]), float(place[2])
        checked = place[3] != "N/A"
        wrong = abs(float(place[3])) if checked and self.counts_wrong else 0.0
        self.checked = self.checked or checked
        self.wrong += wrong
        if not (0 <= alg < 1e7 and 0 <= bus < 1e7):
            return None
        return Point(size, alg, bus, wrong == 0)


class Log(NamedTuple):
    """What one log says."""

    tests: list[Test]
    network: Network
    ranks: int | None
    """From the list of devices, or from NCCL's own lines; None where neither is there."""
    hosts: int | None
    """Different hosts in the list of devices; a pod counts as a host."""
    failures: list[str]
    """Lines in which a test, MPI or Slurm says that the run failed; the first few."""


class _Reader:
    def __init__(self) -> None:
        self.tests: list[Test] = []
        self.network = Network()
        self.ranks = 0
        self.hosts: set[str] = set()
        self.failures: list[str] = []
        self._open = False
        """Whether the last test has begun and none of its closing lines has been seen."""

    def feed(self, line: bytes) -> None:
        """Read one line."""
        at = line.find(b"NCCL ")
        if at >= 0:
            self.network.feed(line)
            # MPI can glue a line of NCCL's to the end of a row; a row alone is longer than any prefix.
            if at < 80 and b"Test NCCL" not in line and b"nresponsive" not in line:
                return
            line = line if at < 80 else line[:at]
        text = line.decode("utf-8", "replace").rstrip()
        row = _ROW.search(text)
        if row:
            self._current().add(row)
        elif not self._preamble(text) and not self._closing(text) and _FAILURE.search(text):
            if len(self.failures) < MAXIMUM_ERRORS:
                self.failures.append(text.strip()[:200])

    def _preamble(self, text: str) -> bool:
        starting, rank = _STARTING.search(text), _RANK.search(text)
        if starting:
            self._begin(starting[1])
        elif _OPTIONS.search(text):
            if not self._open or self.tests[-1].points:
                self._begin(None)
        elif rank:
            self._current()
            self.ranks = max(self.ranks, int(rank[1]) + 1)
            if len(self.hosts) < MAXIMUM_HOSTS:
                self.hosts.add(rank[2])
        elif "algbw" in text and "busbw" in text:
            self._header(text)
        else:
            return False
        return True

    def _header(self, text: str) -> None:
        if self._open and self.tests[-1].points:
            self._begin(None)
        test, columns = self._current(), text.split()
        # One place alone (`-O` in AMD's build, cut tables) has the same four columns.
        test.width = 16 if "i_min" in columns else 8
        test.counts_wrong = "#wrong" in columns or not {"error", "res"} & set(columns)

    def _closing(self, text: str) -> bool:
        bounds, average = _BOUNDS.search(text), _AVERAGE.search(text)
        if bounds:
            self._last().out_of_bounds = int(bounds[1])
        if average:
            self._last().average = float(average[1])
        self._open = self._open and not (bounds or average)
        return bool(bounds or average)

    def _begin(self, name: str | None) -> None:
        if len(self.tests) < MAXIMUM_TESTS:
            self.tests.append(Test(name))
        self._open = True

    def _current(self) -> Test:
        if not self._open:
            self._begin(None)
        return self.tests[-1]

    def _last(self) -> Test:
        return self.tests[-1] if self.tests else self._current()


def read(stream: BinaryIO) -> Log:
    """Read a log from a binary stream, in one pass."""
    return parse(_lines(stream))


def parse(lines: Iterable[bytes]) -> Log:
    """Read a log that is at hand as lines."""
    reader = _Reader()
    for line in lines:
        reader.feed(line)
    ranks = reader.ranks or reader.network.ranks
    return Log(reader.tests, reader.network, ranks, len(reader.hosts) or None, reader.failures)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines of bounded length; the rest of a longer one is skipped."""
    inside = False
    while True:
        line = stream.readline(MAXIMUM_LINE)
        if not line:
            return
        if not inside:
            yield line
        inside = not line.endswith(b"\n")


def _leading_numbers(tokens: list[str]) -> list[str]:
    """The figures at the start; time stamps and whatever MPI glued on follow them."""
    found: list[str] = []
    for token in tokens:
        if not _NUMBER.match(token):
            break
        found.append(token)
    return found
