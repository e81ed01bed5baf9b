"""One run as the object that programs read."""

from __future__ import annotations

from typing import Any

from .causes import Cause
from .figures import Figures
from .log import Log
from .verdict import Fabric, Verdict


def record(log: Log, found: Figures, fabric: Fabric, verdict: Verdict, likely: list[Cause]) -> dict[str, Any]:
    """The object of the command line's contract; figures that the log does not give are None."""
    peak, bound = found.peak, found.network_lower_bound_gbps
    return {
        "instanceType": fabric.instance_type,
        "nodes": fabric.nodes,
        "ranks": found.ranks,
        "peakBusBandwidthGBs": peak.bus if peak else None,
        "averageBusBandwidthGBs": found.average_bus,
        "peakBusBandwidthGbps": round(peak.bus * 8, 3) if peak else None,
        "ceilingGbps": fabric.ceiling_gbps if fabric.nodes > 1 else None,
        "fractionOfCeiling": None if verdict.fraction is None else round(verdict.fraction, 6),
        "networkLowerBoundGbps": None if bound is None else round(bound, 3),
        "transport": log.network.transport,
        "rails": log.network.rails,
        "wrongValues": found.wrong_values,
        "verdict": verdict.word,
        "causes": [{"cause": one.cause, "command": one.command} for one in likely],
        "points": [{"bytes": one.bytes, "algGBs": one.alg, "busGBs": one.bus} for one in found.points],
    }
