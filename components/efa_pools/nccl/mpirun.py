"""One mpirun over some workers, limited in time, and the verdict on what it printed.

It lies beside `launch.py` in the container, so it is plain Python 3.8 too.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Result = dict[str, Any]

GRACE_SECONDS = 30
SSH = (
    *("-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "StrictHostKeyChecking=no"),
    *("-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"),
)
FIGURES = (
    *("peakBusBandwidthGBs", "fractionOfCeiling", "networkLowerBoundGbps", "transport", "rails"),
    "wrongValues",
)
_RECEIVER = re.compile(rb"-> (\d{1,7})\[[^\]]{1,16}\] \[receive\] via NET/")


def run(folder: Path, test: dict[str, Any], group: list[str], alone: bool) -> Result:
    """One mpirun over the hosts of a group, and the verdict on what it printed."""
    with tempfile.TemporaryDirectory() as place:
        hosts, log = Path(place) / "hosts", Path(place) / "log"
        hosts.write_text("".join(f"{one} slots={test['slots']}\n" for one in group), encoding="utf-8")
        asked = command(test, hosts, len(group))
        try:
            code, in_time = _logged(asked, log, alone, test["sweepSeconds"])
        except OSError as error:
            because = f"{asked[0]}: {error.strerror}: is it in the image?"
            return {"verdict": "fail", "because": because, "finished": False}
        result = {
            **judge(folder, log),
            "finished": in_time and code == 0,
            "receivers": receivers(log, test["slots"], len(group)),
        }
        if not in_time:
            # What a security group without the rules from and to itself looks like.
            return {
                **result,
                "verdict": "fail",
                "because": f"all_reduce hangs: no end in {test['sweepSeconds']} s",
            }
        return {**result, "verdict": "fail", "because": f"mpirun exited with {code}"} if code else result


def receivers(log: Path, slots: int, count: int) -> list[list[int]]:
    """For each host, which of its GPUs receive from the network: NCCL takes those nearest to the device.

    It receives locally, and sends through them (NCCL v2.27.5-1, src/transport/net.cc, src/graph/paths.cc).
    """
    found: list[set[int]] = [set() for _ in range(count)]
    with log.open("rb") as lines:
        for line in lines:
            said = _RECEIVER.search(line) if b"[receive] via NET/" in line else None
            if said and int(said[1]) < count * slots:
                found[int(said[1]) // slots].add(int(said[1]) % slots)
    return [sorted(one) for one in found]


def _logged(asked: list[str], log: Path, alone: bool, seconds: float) -> tuple[int, bool]:
    """Exit code, and whether it came in time. Lines go to a file, and out at once if it runs alone."""
    with log.open("wb") as kept:
        running = subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        end = time.monotonic() + seconds
        # mpirun takes its ranks with it when asked; the second one is for an mpirun that hangs itself.
        timers = [Timer(seconds, running.terminate), Timer(seconds + GRACE_SECONDS, running.kill)]
        for timer in timers:
            timer.daemon = True
            timer.start()
        for line in running.stdout or ():
            kept.write(line)
            if alone:
                sys.stdout.buffer.write(line)
                sys.stdout.buffer.flush()
        code = running.wait()
        for timer in timers:
            timer.cancel()
    if not alone:
        sys.stdout.buffer.write(log.read_bytes())
    return code, time.monotonic() < end


def command(test: dict[str, Any], hosts: Path, count: int) -> list[str]:
    """mpirun with one rank a GPU, by absolute path so that it finds itself on the workers too."""
    exported = [
        name for name in ("PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", *test["exports"]) if name in os.environ
    ]
    return [
        *(_program(test["mpirun"]), "--allow-run-as-root"),
        *("-np", str(count * test["slots"]), "--map-by", f"ppr:{test['slots']}:node", "--bind-to", "none"),
        *("--mca", "orte_default_hostfile", str(hosts), "--mca", "plm_rsh_args", " ".join(SSH)),
        *(part for pair in test["mca"].items() for part in ("--mca", *pair)),
        *(part for name in exported for part in ("-x", name)),
        *(part for name, value in test.get("variables", {}).items() for part in ("-x", f"{name}={value}")),
        *(_program(test["program"]), *test["arguments"]),
    ]


def _program(path: str) -> str:
    """The program where the usual image has it, else from PATH."""
    return path if os.path.exists(path) else shutil.which(os.path.basename(path)) or path


def judge(folder: Path, log: Path) -> Result:
    """What `verdict.py` says; a run without figures is a fail."""
    with log.open("rb") as stream:
        asked = subprocess.run(
            [sys.executable, str(folder / "verdict.py")], stdin=stream, capture_output=True, check=False
        )
    try:
        found: Result = json.loads(asked.stdout)
    except ValueError:
        said = asked.stderr.decode("utf-8", "replace").strip().splitlines()
        return {"verdict": "fail", "because": said[-1] if said else "no verdict"}
    causes = found.get("causes") or [{}]
    return {
        **{key: found[key] for key in FIGURES},
        "verdict": found["verdict"],
        "because": causes[0].get("cause"),
    }
