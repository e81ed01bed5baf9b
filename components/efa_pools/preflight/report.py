"""Findings as people read them: one line each, and under what is wrong how to mend it."""

from collections import Counter
from collections.abc import Sequence

from .finding import Finding

WORDS = {"pass": "passed", "warn": "to look at", "fail": "failed", "unknown": "unknown"}


def table(findings: Sequence[Finding]) -> str:
    """Every finding in its order, and a count."""
    pools = [one.pool or "-" for one in findings]
    width = max(map(len, pools), default=0)
    wide = max((len(one.check) for one in findings), default=0)
    lines: list[str] = []
    for one, pool in zip(findings, pools, strict=True):
        head = f"{one.status:<7}  {pool:<{width}}  {one.check:<{wide}}"
        lines.append(
            f"{head}  {one.found}; expected {one.expected}"
            if one.status != "pass"
            else f"{head}  {one.found}"
        )
        if one.status != "pass" and one.fix:
            lines.append(f"{'':<{len(head)}}  fix: {one.fix}")
    count: Counter[str] = Counter(one.status for one in findings)
    return "\n".join([*lines, ", ".join(f"{count[status]} {word}" for status, word in WORDS.items())])
