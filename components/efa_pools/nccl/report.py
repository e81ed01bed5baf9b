"""One run as people, programs and pull requests read it."""

from collections.abc import Sequence
from typing import Any, BinaryIO, NamedTuple

from .causes import Cause, causes
from .figures import Figures, figures, size
from .log import Log, read
from .record import record
from .verdict import Fabric, Limits, Verdict, judge

SINGLE_NODE = "one node: its data crosses no network, so there is nothing to hold against the ceiling"


class Report(NamedTuple):
    """One log, judged."""

    name: str
    log: Log
    figures: Figures
    fabric: Fabric
    verdict: Verdict
    causes: list[Cause]


def assess(name: str, stream: BinaryIO, fabric: Fabric, limits: Limits) -> Report | None:
    """Read and judge one log; None where it holds no output of nccl-tests."""
    log = read(stream)
    if not log.tests:
        return None
    found = figures(log, fabric.nodes)
    verdict = judge(log, found, fabric, limits)
    return Report(name, log, found, fabric, verdict, causes(log, verdict, fabric))


def as_json(report: Report) -> dict[str, Any]:
    """The object of the command line's contract."""
    return record(report.log, report.figures, report.fabric, report.verdict, report.causes)


def text(report: Report) -> str:
    """For a terminal: the verdict first, then its reasons, figures and points."""
    lines = [f"{report.name}: {report.verdict.word}", headline(report), ""]
    lines += [f"{label:<22}  {value}" for label, value in rows(report)]
    lines += ["", *(f"{one.allows}: {one.text}" for one in report.verdict.findings)]
    lines += [f"note: {one}" for one in notes(report)]
    for number, one in enumerate(report.causes, 1):
        lines += [f"{number}. likely cause: {one.cause}", f"   next: {one.command}"]
    if report.figures.points:
        lines += ["", f"{'size':>9}  {'alg GB/s':>9}  {'bus GB/s':>9}"]
        lines += [f"{size(one.bytes):>9}  {one.alg:>9.2f}  {one.bus:>9.2f}" for one in report.figures.points]
    return "\n".join(line for line, after in zip(lines, [*lines[1:], "end"], strict=True) if line or after)


def markdown(reports: Sequence[Report]) -> str:
    """For a pull request or a status page: a table of the runs, then what spoke against each."""
    lines = [
        "| run | verdict | nodes | peak bus | ceiling | of it | at least on the wire | network | wrong |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for report in reports:
        known = dict(rows(report))
        cells = (
            f"`{_cell(report.name)}`",
            f"**{report.verdict.word}**",
            f"{report.fabric.nodes} x {report.fabric.instance_type}",
            *(known[label] for label in ("peak bus bandwidth", "ceiling", "fraction of ceiling")),
            *(known[label] for label in ("at least on the wire", "network", "wrong values")),
        )
        lines.append("| " + " | ".join(cells) + " |")
    for report in reports:
        said = [one.text for one in report.verdict.findings] + notes(report)
        lines += ["", f"`{_cell(report.name)}`:", ""] if said else []
        lines += [f"- {one}" for one in said]
        lines += [f"- likely cause: {one.cause}: `{one.command}`" for one in report.causes]
    return "\n".join(lines)


def headline(report: Report) -> str:
    """What ran where."""
    ranks = "an unknown number of ranks" if report.figures.ranks is None else f"{report.figures.ranks} ranks"
    nodes = f"{report.fabric.nodes} node{'s' * (report.fabric.nodes > 1)}"
    return f"all_reduce on {nodes} of {report.fabric.instance_type}, {ranks}"


def rows(report: Report) -> list[tuple[str, str]]:
    """Label and value of each figure."""
    found, fabric, fraction = report.figures, report.fabric, report.verdict.fraction
    peak, bound, network = found.peak, found.network_lower_bound_gbps, report.log.network
    ceiling = "not judged on one node" if fabric.nodes == 1 else "not known"
    if fabric.nodes > 1 and fabric.ceiling_gbps is not None:
        ceiling = f"{fabric.ceiling_gbps:g} Gbps ({fabric.basis})"
    rails = "" if network.rails is None else f", {network.rails} EFA devices a node"
    versions = [
        f"{name} {value}"
        for name, value in (("NCCL", network.nccl), ("aws-ofi-nccl", network.plugin))
        if value
    ]
    gpu_direct = {True: ", GPUDirect RDMA", False: ", no GPUDirect RDMA", None: ""}[network.gpu_direct]
    return [
        (
            "peak bus bandwidth",
            f"{peak.bus:.2f} GB/s = {peak.bus * 8:.1f} Gbps at {size(peak.bytes)}" if peak else "none",
        ),
        ("ceiling", ceiling),
        ("fraction of ceiling", "-" if fraction is None else f"{fraction:.3f}"),
        ("at least on the wire", "-" if bound is None else f"{bound:.1f} Gbps"),
        ("average bus bandwidth", "-" if found.average_bus is None else f"{found.average_bus:.2f} GB/s"),
        ("network", ", ".join([f"{network.transport}{rails}{gpu_direct}", *versions])),
        ("wrong values", "not checked" if found.wrong_values is None else str(found.wrong_values)),
        *((f"{name}", f"{bus:.2f} GB/s peak bus bandwidth, not judged") for name, bus, _ in found.others),
    ]


def notes(report: Report) -> list[str]:
    """What the figures do not say by themselves."""
    found, fabric, said = report.figures, report.fabric, []
    if fabric.nodes == 1:
        said.append(SINGLE_NODE)
    if report.verdict.above_ceiling and found.peak and found.network_lower_bound_gbps and fabric.ceiling_gbps:
        said.append(
            f"{found.peak.bus * 8:.0f} Gbps of bus bandwidth is more than the wire carries "
            f"({fabric.ceiling_gbps:g} Gbps), so it is no figure of the wire: on few nodes NCCL's trees and "
            f"NVLink lift it. At least {found.network_lower_bound_gbps:.0f} Gbps crossed the wire, "
            f"{found.network_lower_bound_gbps / fabric.ceiling_gbps:.3f} of the ceiling: "
            "the verdict rests on that"
        )
    if fabric.nodes > 1 and report.log.network.transport == "unknown":
        said.append("the log does not say which network was used; NCCL_DEBUG=INFO makes NCCL say it")
    if found.wrong_values is None:
        said.append("the data was not checked (`-c 0`, or no row)")
    return said


def _cell(name: str) -> str:
    return name.replace("|", "\\|").replace("`", "'").replace("\n", " ")
