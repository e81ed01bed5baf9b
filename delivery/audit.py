"""`python -m delivery.audit`: known vulnerabilities of what requirements.lock pins.

Exit code 0 only where advisories were read for every package and none applies; 1 where one does; 2
`not audited` where there was no way to know. pip-audit asks PyPI's advisories and installs nothing.
What it cannot look up it skips, and still says that it found nothing.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from delivery.environments import ROOT

LOCK = ROOT / "requirements.lock"
FINE, FOUND, NOT_AUDITED = 0, 1, 2
MINUTES = 5


def ask(lock: Path) -> tuple[Any, str]:
    """What pip-audit answers as JSON, or None and why there is none."""
    line = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--format", "json"]
    line += ["--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    try:
        done = subprocess.run(line, capture_output=True, text=True, timeout=60 * MINUTES, check=False)
        return json.loads(done.stdout), ""
    except subprocess.TimeoutExpired:
        return None, f"no answer in {MINUTES} minutes"
    except (OSError, ValueError):
        return None, (done.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]


def judge(answer: Any, pinned: int, why: str = "") -> tuple[int, list[str]]:
    """The exit code and the lines to print, from an answer that may be missing, or not cover everything."""
    entries = answer.get("dependencies") if isinstance(answer, dict) else None
    if not isinstance(entries, list):
        return NOT_AUDITED, [f"not audited: {why or 'the answer has no dependencies'}"]
    skipped = [one for one in entries if "skip_reason" in one]
    found = [
        f"{one['name']} {one['version']}: {bug['id']}, fixed in {', '.join(bug['fix_versions']) or 'none'}"
        for one in entries
        for bug in one.get("vulns") or ()
    ]
    if found:
        return FOUND, found
    if skipped or len(entries) < pinned:
        names = ", ".join(sorted(str(one.get("name")) for one in skipped)) or "some packages"
        return NOT_AUDITED, [
            f"not audited: {len(entries) - len(skipped)} of {pinned} were looked up, not {names}"
        ]
    return FINE, [f"{len(entries)} packages audited, no known vulnerability"]


def pins(text: str) -> int:
    """How many packages a lock file pins for this platform's pip to look at."""
    lines = [line for line in text.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    return len([line for line in lines if _here(line.partition(";")[2].rstrip("\\ "))])


def _here(marker: str) -> bool:
    from packaging.markers import Marker

    return not marker.strip() or Marker(marker.strip()).evaluate()


def main() -> int:
    """Print the verdict; its kind is the exit code."""
    answer, why = ask(LOCK)
    code, lines = judge(answer, pins(LOCK.read_text(encoding="utf-8")), why)
    print("\n".join(lines), file=sys.stderr if code else sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main())
