"""Whether a run proves the fabric: `pass`, `warn` or `fail`, and what spoke against it.

Wrong data, sockets, missing rails and too few sizes fail whatever the bandwidth is: the first three are
faults of the fabric, and the last is no measurement, which is also what a test that died half-way looks like.
A log that is cut or garbled can still warn, never pass.
"""

from __future__ import annotations

from typing import NamedTuple

from .figures import Figures, size
from .log import Log

PASS, WARN, FAIL = "pass", "warn", "fail"
_RANK = {PASS: 0, WARN: 1, FAIL: 2}


class Limits(NamedTuple):
    """Where the verdicts change. Fractions are of the type's ceiling."""

    pass_fraction: float
    """Bus bandwidth at or below the ceiling: from here on pass."""
    warn_fraction: float
    """... from here on warn, below it fail."""
    lower_bound_fraction: float
    """Bus bandwidth above the ceiling: what must have crossed the wire for a pass, else warn."""
    minimum_sizes: int
    """Fewer different sizes are no measurement."""
    minimum_largest_bytes: int
    """Nor is a run whose largest size is below this."""


class Fabric(NamedTuple):
    """What the run should reach."""

    instance_type: str
    nodes: int
    ceiling_gbps: float | None
    """Of one node; None where no source gives it."""
    basis: str | None
    """Of the ceiling: `documented`, `network-performance`, `up-to`, `stated`."""
    rails: int | None
    """EFA interfaces a node."""


class Finding(NamedTuple):
    """One thing that spoke against the run, with the best verdict that it allows."""

    kind: str
    allows: str
    text: str


class Verdict(NamedTuple):
    """The word and its reasons, the gravest first."""

    word: str
    fraction: float | None
    """Peak bus bandwidth by the ceiling, not capped; None for one node and where either is not known."""
    above_ceiling: bool
    """The bus figure is more than the wire can carry, so it is no figure of the wire."""
    findings: tuple[Finding, ...]


def judge(log: Log, found: Figures, fabric: Fabric, limits: Limits) -> Verdict:
    """Judge the figures of one log."""
    findings = _data(found) + _completeness(log, found)
    fraction = None
    if fabric.nodes > 1:
        if found.peak and fabric.ceiling_gbps:
            fraction = found.peak.bus * 8 / fabric.ceiling_gbps
        findings += _network(log, found, fabric, limits) + _bandwidth(found, fabric, fraction, limits)
    findings.sort(key=lambda one: -_RANK[one.allows])
    word = findings[0].allows if findings else PASS
    return Verdict(word, fraction, fraction is not None and fraction > 1, tuple(findings))


def _data(found: Figures) -> list[Finding]:
    if found.wrong_values:
        return [
            Finding("wrong-data", FAIL, f"{found.wrong_values} wrong values: the data did not arrive intact")
        ]
    return []


def _completeness(log: Log, found: Figures) -> list[Finding]:
    findings = []
    if found.peak is None:
        text = "no row of all_reduce that could be relied on" if found.points else "no all_reduce in the log"
        findings.append(Finding("no-figures", FAIL, text))
    if not found.finished and (found.points or log.failures):
        died = f", after: {log.failures[0]}" if log.failures else ""
        word = FAIL if log.failures else WARN
        findings.append(Finding("unfinished", word, f"the log ends before all_reduce does{died}"))
    if found.unread:
        text = f"{found.unread} rows are cut or garbled, or contradict themselves"
        findings.append(Finding("garbled", WARN, text))
    return findings


def _network(log: Log, found: Figures, fabric: Fabric, limits: Limits) -> list[Finding]:
    findings = []
    network = log.network
    if network.transport == "socket":
        names = ", ".join(sorted(network.names | network.providers)) or "sockets"
        findings.append(Finding("sockets", FAIL, f"traffic goes through TCP sockets, not EFA ({names})"))
    if network.rails is not None and fabric.rails and network.rails < fabric.rails:
        text = f"{network.rails} of {fabric.rails} EFA devices a node are in use"
        # What the plugin counted is what is there; what channels name is only what this run chose.
        findings.append(Finding("missing-rails", WARN if network.found is None else FAIL, text))
    if log.hosts is not None and log.hosts < fabric.nodes:
        text = (
            f"the log lists {log.hosts} hosts, not {fabric.nodes}: its figures are not those of so many nodes"
        )
        findings.append(Finding("fewer-hosts", WARN, text))
    if found.peak is None:
        return findings
    if not _measured(found, limits):
        text = (
            f"{found.sizes} sizes up to {size(found.largest)}: expected at least {limits.minimum_sizes}, "
            f"one of them {size(limits.minimum_largest_bytes)} or more, as small messages measure latency"
        )
        findings.append(Finding("too-few-sizes", FAIL, text))
    return findings


def _measured(found: Figures, limits: Limits) -> bool:
    return found.sizes >= limits.minimum_sizes and found.largest >= limits.minimum_largest_bytes


def _bandwidth(found: Figures, fabric: Fabric, fraction: float | None, limits: Limits) -> list[Finding]:
    if fabric.ceiling_gbps is None:
        return [Finding("no-ceiling", FAIL, f"no bandwidth is known for {fabric.instance_type}")]
    if found.peak is None or fraction is None or not _measured(found, limits):
        return []
    findings = []
    ceiling = f"{fabric.ceiling_gbps:g} Gbps"
    reached = f"{found.peak.bus * 8:.0f} of {ceiling}"
    if fraction > 1:
        bound = (found.network_lower_bound_gbps or 0) / fabric.ceiling_gbps
        if round(bound, 6) < limits.lower_bound_fraction:
            text = (
                f"the bus figure is above {ceiling} and proves nothing; at least "
                f"{found.network_lower_bound_gbps:.0f} Gbps crossed the wire, {bound:.3f} of the ceiling, "
                f"below {limits.lower_bound_fraction:.2f}"
            )
            findings.append(Finding("unproven", WARN, text))
    elif round(fraction, 6) < limits.warn_fraction:
        text = f"{reached} is {fraction:.3f}, below {limits.warn_fraction:.2f}"
        findings.append(Finding("slow", FAIL, text))
    elif round(fraction, 6) < limits.pass_fraction:
        text = f"{reached} is {fraction:.3f}, below {limits.pass_fraction:.2f}"
        findings.append(Finding("slow", WARN, text))
    if fabric.basis == "up-to":
        text = f'{ceiling} is an "up to" figure: bursts reach it, a long run need not'
        findings.append(Finding("up-to", WARN, text))
    return findings
