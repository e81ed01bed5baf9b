"""`make bench`: what EfaWorkerPool costs beside the same resources by hand, and whether it keeps its limits.

Every figure is the lowest of several runs, each in a process of its own.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from .measure import Failed, Usage, alternating

PROGRAMS = ("raw", "empty", "ours")
# The shorter a run, the more of it is the machine's noise, and the more runs find its lowest time.
RUNS = {1: 15, 10: 15, 100: 10, 500: 5}
FEWEST = 5
QUICK_POOLS, QUICK_RUNS = (1, 10), 3
COMMAND_RUNS = 15

TIME_LIMIT, MEMORY_LIMIT = 1.10, 1.15
"""Of ours to the empty component, at every number of pools."""
GROWTH_LIMIT, GROWTH = 1.10, (10, 500)
"""Of our growth to the raw program's own."""
LAYOUT_LIMIT = 2.5
"""Of `efa-pools layout` to a bare interpreter."""

Cells = dict[tuple[str, int], Usage]
BIN = Path(sys.executable).parent


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, and name each limit that was missed."""
    chosen = _arguments(argv)
    try:
        cells = measure(chosen.programs, chosen.pools, chosen.runs)
        print("\n".join(table(cells)))
        missed = list(program_limits(cells))
        if chosen.commands:
            missed += commands()
    except Failed as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    print()
    print("\n".join(f"missed: {line}" for line in missed) or "every limit was kept")
    return 1 if missed else 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.run",
        description=__doc__,
        epilog="One cell: --program ours --pools 10; under a profiler: see bench/programs.py.",
    )
    parser.add_argument("--quick", action="store_true", help="1 and 10 pools, three runs")
    usual = " ".join(str(count) for count in RUNS)
    parser.add_argument("--pools", type=int, nargs="+", help=f"numbers of pools (default: {usual})")
    parser.add_argument("--program", dest="programs", nargs="+", choices=PROGRAMS, default=PROGRAMS)
    parser.add_argument("--runs", type=int, help=f"runs of each cell (default: {FEWEST} or more)")
    chosen = parser.parse_args(argv)
    # Part of the cells is asked for to look at programs, not at the command line.
    chosen.commands = chosen.pools is None and chosen.programs == PROGRAMS
    chosen.pools = chosen.pools or (QUICK_POOLS if chosen.quick else tuple(RUNS))
    if chosen.quick:
        chosen.runs = chosen.runs or QUICK_RUNS
    return chosen


def measure(programs: Sequence[str], pools: Sequence[int], runs: int | None) -> Cells:
    """Every program over every number of pools."""
    cells: Cells = {}
    for count in pools:
        print(f"{count} pools", file=sys.stderr)
        wanted = {one: (sys.executable, "-m", "bench.programs", one, str(count)) for one in programs}
        times = runs or RUNS.get(count, FEWEST)
        cells |= {(one, count): used for one, used in alternating(wanted, times).items()}
    return cells


def table(cells: Cells) -> Iterator[str]:
    """One row for each cell."""
    yield "pools  program  user s  to empty  to raw   peak MB  to empty"
    for (program, count), used in cells.items():
        empty, raw = cells.get(("empty", count)), cells.get(("raw", count))
        ratios = (
            used.user / empty.user if empty else None,
            used.user / raw.user if raw else None,
            used.peak_mb / empty.peak_mb if empty else None,
        )
        to_empty, to_raw, memory = ("" if one is None else f"{one:.3f}" for one in ratios)
        yield (
            f"{count:>5}  {program:<7}  {used.user:>6.2f}  {to_empty:>8}  {to_raw:>6}"
            f"  {used.peak_mb:>7.0f}  {memory:>8}"
        )
    growths = {program: growth(cells, program) for program in PROGRAMS}
    if all(growths.values()):
        yield f"growth of user s from {GROWTH[0]} to {GROWTH[1]} pools: " + ", ".join(
            f"{program} {times:.2f}" for program, times in growths.items()
        )


def growth(cells: Cells, program: str) -> float | None:
    """How many times the user time grows, where both ends were measured."""
    first, last = (cells.get((program, count)) for count in GROWTH)
    return last.user / first.user if first and last else None


def program_limits(cells: Cells) -> Iterator[str]:
    """What missed its limit."""
    for (program, count), used in cells.items():
        empty = cells.get(("empty", count))
        if program != "ours" or empty is None:
            continue
        yield from _above(f"user time of {count} pools to empty", used.user / empty.user, TIME_LIMIT)
        yield from _above(
            f"peak memory of {count} pools to empty", used.peak_mb / empty.peak_mb, MEMORY_LIMIT
        )
    ours, raw = growth(cells, "ours"), growth(cells, "raw")
    if ours and raw:
        yield from _above(f"growth from {GROWTH[0]} to {GROWTH[1]} pools to raw", ours / raw, GROWTH_LIMIT)


def _above(what: str, value: float, limit: float) -> Iterator[str]:
    if value > limit:
        yield f"{what}: {value:.3f}, at most {limit:.2f}"


def commands() -> list[str]:
    """The command line: `layout` has a limit, `check` is for information."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "pools.json")
        file.write_text(json.dumps([pool(f"pool-{index}") for index in range(10)]), encoding="utf-8")
        used = alternating(
            {
                "bare": (sys.executable, "-c", "import json, argparse"),
                "layout": (str(BIN / "efa-pools"), "layout", "p5.48xlarge"),
                "check": (str(BIN / "efa-pools"), "check", str(file)),
            },
            COMMAND_RUNS,
        )
    names = {"bare": "bare, json, argparse", "layout": "layout p5.48xlarge", "check": "check of 10 pools"}
    print("\ncommand               user s  user and system s")
    for key, one in used.items():
        print(f"{names[key]:<20}  {one.user:>6.3f}  {one.cpu:>6.3f}")
    user, cpu = used["layout"].user / used["bare"].user, used["layout"].cpu / used["bare"].cpu
    print(f"{'layout to bare':<20}  {user:>6.2f}  {cpu:>6.2f}")
    return list(_above("user and system time of layout to bare", cpu, LAYOUT_LIMIT))


def pool(name: str) -> dict[str, object]:
    """A pool as a file states it."""
    return {
        "name": name,
        "instanceType": "p5.48xlarge",
        "size": {"desired": 2},
        "image": {"family": "al2023", "releaseVersion": "1.34.2-20261105"},
        "subnetIds": ["subnet-0a1b2c3d4e5f60718"],
        "availabilityZones": ["us-east-2b"],
        "networkInterfaces": [
            {"type": "interface"},
            {"deviceIndex": 1, "type": "efa-only"},
            {"networkCardIndexRange": {"from": 1, "to": 31}, "type": "efa-only"},
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
