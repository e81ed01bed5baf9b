"""The figures of one run: what was reached, and how much of it must have crossed the wire.

nccl-tests prints for all_reduce over n ranks `bus = alg x 2(n-1)/n`; all_gather, reduce_scatter and alltoall
have the factor (n-1)/n, broadcast, reduce and sendrecv 1 (doc/PERFORMANCE.md and `*GetBw` in src/, read
2026-07-09). Only all_reduce is judged. Whatever the algorithm, N nodes can only reduce S bytes if each sends
and receives 2(N-1)/N x S, so `alg x 2(N-1)/N` is a lower bound of what the wire of each node carried. The bus
figure is none: on two nodes NCCL's tree sends S where the bus formula counts almost 2 S
(github.com/NVIDIA/nccl-tests/issues/22, github.com/NVIDIA/nccl/issues/1576).
"""

from __future__ import annotations

from statistics import median
from typing import NamedTuple

from .log import Log, Point, Test

JUDGED = "all_reduce"
_FACTOR_TOLERANCE = 0.02
_ROUNDING = 0.006
"""Both bandwidths are printed with two decimals."""


class Figures(NamedTuple):
    """What a log amounts to. Bandwidths in GB/s unless the name says Gbps."""

    ranks: int | None
    points: tuple[Point, ...]
    """Of all_reduce, by size; of a size that was measured twice, the better."""
    peak: Point | None
    """The highest bus bandwidth of all_reduce without wrong values."""
    average_bus: float | None
    """The log's own line, of the test that holds the peak."""
    network_lower_bound_gbps: float | None
    wrong_values: int | None
    """In the whole log; None where nothing was checked."""
    sizes: int
    """Different sizes of all_reduce above zero bytes whose row can be relied on."""
    largest: int
    """The largest of them in bytes; 0 where there is none."""
    unread: int
    """Rows that are cut or garbled, or whose two bandwidths do not belong together."""
    finished: bool
    """Whether every all_reduce has its closing lines."""
    others: tuple[tuple[str, float, float | None], ...]
    """Other tests of the log: name, highest bus bandwidth, average."""


def figures(log: Log, nodes: int) -> Figures:
    """Work out the figures of a log of so many nodes."""
    named = [(name(test), test) for test in log.tests if test.points or test.average is not None]
    judged = [test for called, test in named if called == JUDGED]
    held = _held_points(judged)
    merged: dict[int, Point] = {}
    for point, _ in held:
        merged[point.bytes] = point.better(merged.get(point.bytes))
    reliable = [(point, test) for point, test in held if point.right and point.bytes]
    peak, holder = max(reliable, key=lambda one: one[0].bus, default=(None, None))
    dropped = sum(len(test.points) for test in judged) - len(held)
    right = {point.bytes for point, _ in reliable}
    return Figures(
        ranks=log.ranks or _ranks(peak, nodes),
        points=tuple(merged[size] for size in sorted(merged)),
        peak=peak,
        average_bus=holder.average if holder else None,
        network_lower_bound_gbps=8 * peak.alg * 2 * (nodes - 1) / nodes if peak else None,
        wrong_values=_wrong(log.tests),
        sizes=len(right),
        largest=max(right, default=0),
        unread=dropped + sum(test.unread for test in log.tests),
        finished=bool(judged) and all(test.finished for test in judged),
        others=tuple(
            (called, max((one.bus for one in test.points.values()), default=0.0), test.average)
            for called, test in named
            if called != JUDGED
        ),
    )


def name(test: Test) -> str:
    """What a test measured: as the log says, else as reduction, root and the two bandwidths tell."""
    if test.name:
        return test.name
    if not test.operations:
        return JUDGED if not test.points else "unknown"
    operation, root = next(iter(test.operations))
    if operation in (None, "none"):
        return "broadcast" if root is not None and root >= 0 else "all_gather or alike"
    if root is not None and root >= 0:
        return "reduce"
    ratio = _factor(test)
    # One rank alone has no bus bandwidth.
    return JUDGED if not ratio or ratio > 1 - _FACTOR_TOLERANCE else "reduce_scatter"


def size(count: int) -> str:
    """Bytes in the largest unit that leaves a whole number."""
    units = ("B", "KiB", "MiB", "GiB", "TiB")
    step = 0
    while step < len(units) - 1 and count and count % 1024 == 0:
        count, step = count // 1024, step + 1
    return f"{count} {units[step]}"


def _factor(test: Test) -> float | None:
    """Bus by algorithm bandwidth, where both have digits enough."""
    ratios = [one.bus / one.alg for one in test.points.values() if one.alg >= 1]
    return median(ratios) if ratios else None


def _held_points(tests: list[Test]) -> list[tuple[Point, Test]]:
    """Points whose bandwidths are in the test's own proportion: a changed digit breaks it."""
    held = []
    for test in tests:
        factor = _factor(test)
        for point in test.points.values():
            expected = point.alg * (factor or 0)
            tolerance = _FACTOR_TOLERANCE * expected + _ROUNDING * (1 + (factor or 0))
            if factor is None or abs(point.bus - expected) <= tolerance:
                held.append((point, test))
    return held


def _ranks(peak: Point | None, nodes: int) -> int | None:
    """The number of ranks that the bus formula was used with, where only one fits the printed digits."""
    if peak is None or peak.alg < 1 or peak.bus >= 2 * peak.alg:
        return None
    least = (peak.bus - _ROUNDING) / (peak.alg + _ROUNDING)
    most = (peak.bus + _ROUNDING) / (peak.alg - _ROUNDING)
    fitting = [n for n in range(nodes, 4097, nodes) if n > 1 and least <= 2 * (n - 1) / n <= most]
    return fitting[0] if len(fitting) == 1 else None


def _wrong(tests: list[Test]) -> int | None:
    """Wrong values in the rows, or in the closing lines where rows do not count them."""
    closing = sum(test.out_of_bounds or 0 for test in tests)
    if not closing and not any(test.checked for test in tests):
        return None
    return max(int(sum(test.wrong for test in tests)), closing)
