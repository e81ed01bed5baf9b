"""`python -m bench.nccl`: what `efa-pools nccl report` costs on long NCCL_DEBUG logs.

Time must grow no faster than the log, and memory must not grow with it.
"""

import sys
import tempfile
from pathlib import Path

from .measure import Failed, Usage, alternating

SIZES_MB, RUNS = (10, 100), 3
GROWTH_LIMIT = 1.25
"""Of the growth of CPU time to that of the log."""
MEMORY_LIMIT = 1.10
"""Of the peak memory on the longest log to that on the shortest."""
BIN = Path(sys.executable).parent

_NOISE = (
    "[1,{rank}]<stdout>:nccl-tests-worker-{node}:26:{thread} [{gpu}] NCCL INFO Channel {channel:02}/0 : "
    "{rank}[{gpu}] -> {to}[{gpu}] via P2P/CUMEM/read\n",
    "[1,{rank}]<stdout>:nccl-tests-worker-{node}:26:{thread} [{gpu}] NCCL INFO Channel {channel:02}/0 : "
    "{rank}[{gpu}] -> {to}[{gpu}] [send] via NET/Libfabric/{gpu}/GDRDMA\n",
    "[1,{rank}]<stdout>:nccl-tests-worker-{node}:26:{thread} [{gpu}] NCCL INFO AllReduce: opCount {thread:x} "
    "sendbuff 0x7f{thread:08x} recvbuff 0x7f{thread:08x} count 268435456 datatype 7 op 0 root 0\n",
    "libfabric:{thread}:1708520807::efa:cq:efa_rdm_txe_report_completion():602<debug> completion\n",
)
_ROWS = 28


def main() -> int:
    """Measure, print the table, and name each limit that was missed."""
    with tempfile.TemporaryDirectory() as folder:
        logs = {size: Path(folder, f"{size}.log") for size in SIZES_MB}
        for size, path in logs.items():
            write(path, size * 10**6)
        try:
            used = measure(logs)
        except Failed as error:
            print(f"bench: {error}", file=sys.stderr)
            return 2
    print("log MB  user s  user and system s  peak MB")
    for size, one in used.items():
        print(f"{size:>6}  {one.user:>6.2f}  {one.cpu:>17.2f}  {one.peak_mb:>7.1f}")
    missed = list(limits(used))
    print("\n".join(f"missed: {line}" for line in missed) or "every limit was kept")
    return 1 if missed else 0


def write(path: Path, wanted: int) -> None:
    """A log of so many bytes: the rows of one test spread among NCCL's and libfabric's own lines."""
    written, number = 0, 0
    with path.open("w", encoding="ascii") as log:
        written += log.write("# nThread 1 nGpus 1 minBytes 8 maxBytes 1073741824 step: 2(factor)\n")
        for at in range(_ROWS):
            while written < wanted * (at + 1) / _ROWS:
                line = _NOISE[number % len(_NOISE)]
                number += 1
                written += log.write(
                    line.format(
                        rank=number % 64,
                        to=(number + 1) % 64,
                        node=number % 8,
                        gpu=number // 4 % 4,
                        channel=number % 32,
                        thread=number % 99991,
                    )
                )
            size, alg = 8 << at, 45.0 * 2.0 ** (at - _ROWS)
            place = f"  {size / alg / 1000:7.1f}  {alg:6.2f}  {alg * 1.875:6.2f}      0"
            log.write(f"{size:12}  {size // 4:12}     float     sum      -1{place}{place}\n")
        log.write("# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 12.5\n")


def measure(logs: dict[int, Path]) -> dict[int, Usage]:
    """CPU time and memory of a report of each log."""
    report = (str(BIN / "efa-pools"), "nccl", "report", "--instance-type", "p4d.24xlarge", "--nodes", "2")
    used = alternating({str(size): (*report, str(path)) for size, path in logs.items()}, RUNS)
    return {int(size): one for size, one in used.items()}


def limits(used: dict[int, Usage]) -> list[str]:
    """What missed its limit."""
    first, last = min(used), max(used)
    growth = used[last].cpu / used[first].cpu / (last / first)
    memory = used[last].peak_mb / used[first].peak_mb
    missed = []
    if growth > GROWTH_LIMIT:
        missed.append(f"time grows {growth:.2f} times as fast as the log, at most {GROWTH_LIMIT:.2f}")
    if memory > MEMORY_LIMIT:
        missed.append(f"memory grows {memory:.2f} times, at most {MEMORY_LIMIT:.2f}")
    return missed


if __name__ == "__main__":
    sys.exit(main())
