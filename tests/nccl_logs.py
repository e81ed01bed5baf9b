"""Public logs with their figures, and logs made to measure."""

import io
import json
from pathlib import Path
from typing import Any

from efa_pools.nccl.limits import limits
from efa_pools.nccl.report import Report, assess
from efa_pools.nccl.verdict import Fabric

LOGS = Path(__file__).parent / "data" / "nccl"
PUBLIC: list[dict[str, Any]] = json.loads((LOGS / "sources.json").read_text(encoding="utf-8"))["logs"]
P4D = Fabric("p4d.24xlarge", 2, 400, "documented", 4)

_PLACE = "     time   algbw   busbw #wrong"
HEADER = f"#       size         count      type   redop    root{_PLACE}{_PLACE}"
EFA = (
    "ip-10-0-0-1:26:26 [0] NCCL INFO NET/OFI Selected provider is efa, fabric is efa (found 4 nics)\n"
    "ip-10-0-0-1:26:26 [0] NCCL INFO Using network Libfabric\n"
)


def public(name: str) -> bytes:
    return (LOGS / name).read_bytes()


def row(size: int, bus: float, ranks: int = 16, wrong: str = "0") -> str:
    """A row as nccl-tests prints it, both places alike."""
    alg = bus / (2 * (ranks - 1) / ranks)
    time = size / 1000 / alg if alg else 10.0
    place = f"  {time:7.1f}  {alg:6.2f}  {bus:6.2f}  {wrong:>5}"
    return f"{size:12} {size // 4:13} {'float':>9} {'sum':>7} {-1:7}{place}{place}"


def made(peak: float, *, sizes: int = 8, before: str = "", after: str = "", **row_values: Any) -> bytes:
    """A log of 16 ranks whose bus bandwidth doubles up to `peak` GB/s at 4 GiB."""
    devices = [
        f"#  Rank {rank:2} Group  0 Pid 1 on node-{rank // 8} device {rank % 8} [0x10] GPU"
        for rank in range(16)
    ]
    rows = [
        row(4 * 2**30 >> (sizes - 1 - at), peak / 2 ** (sizes - 1 - at), **row_values) for at in range(sizes)
    ]
    lines = [
        "# nThread 1 nGpus 1 minBytes 8 maxBytes 4294967296 step: 2(factor)",
        *devices,
        before,
        HEADER,
        *rows,
    ]
    closing = ["# Out of bounds values : 0 OK", f"# Avg bus bandwidth    : {peak / 4:g}"]
    return ("\n".join([*lines, *closing, after]) + "\n").encode()


def judged(log: bytes, fabric: Fabric = P4D, **stated: float) -> Report:
    report = assess("log", io.BytesIO(log), fabric, limits(**stated))
    assert report is not None
    return report


def kinds(report: Report) -> list[str]:
    return [one.kind for one in report.verdict.findings]
