"""Skips are declared, or they fail: a test that quietly stops running proves nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

DECLARED = Path(__file__).with_name("skips.txt")


def declared() -> set[str]:
    """Node ids of tests, or paths of whole files, that may skip."""
    lines = DECLARED.read_text(encoding="utf-8").splitlines()
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Turn a skip that is not declared into a failure."""
    report = yield
    names = {item.nodeid, item.nodeid.split("[")[0], item.nodeid.split("::")[0]}
    if report.skipped and not hasattr(report, "wasxfail") and not names & declared():
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} skipped ({reason}) and is not listed in tests/skips.txt"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests ran and how many did not."""
    stats = terminalreporter.stats
    skipped = len(stats.get("skipped", []))
    ran = sum(len(stats.get(kind, [])) for kind in ("passed", "failed", "xfailed", "xpassed"))
    terminalreporter.write_line(f"run: {ran}, skipped: {skipped}")
