"""The launcher of an MPIJob: runs nccl-tests over its workers, judges each run, exits with 1 if one fails.

It runs as a script where Python is 3.8 or newer and this package is not installed, with two files beside it:
`test.json` (what to run; see `plan/nccl_test.py`) and `verdict.py` (see `bundle`). Modes: `all` runs over all
workers at once, `baseline` over each alone, `pairwise` over every two. Figures of equal groups are compared,
so that one bad node among many shows itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Result = dict[str, Any]
    Group = list[str]

NODE_FILE = "/run/efa-pools/node"
"""Where a worker says on which node it stands."""
MESSAGE = "/dev/termination-log"
LONGEST_MESSAGE = 4096
"""Bytes that Kubernetes keeps ("Determine the Reason for Pod Failure")."""
FAR_BELOW = 0.8
"""A group below this part of its best equal stands out; of four nodes one bad one is in half of all pairs."""
GRACE_SECONDS = 30
SSH = (
    *("-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "StrictHostKeyChecking=no"),
    *("-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"),
)
_RANK = {"pass": 0, "warn": 1, "fail": 2}
_FIGURES = (
    *("peakBusBandwidthGBs", "fractionOfCeiling", "networkLowerBoundGbps", "transport", "rails"),
    "wrongValues",
)


def main(folder: Path, message: Path) -> int:
    """Run the test that `test.json` describes; the verdict's line goes to standard output and `message`."""
    test = json.loads((folder / "test.json").read_text(encoding="utf-8"))
    hosts = _hosts(Path(os.environ["OMPI_MCA_orte_default_hostfile"]))
    nodes, silent = wait(hosts, test["waitSeconds"])
    if silent:
        said = {"verdict": "fail", "because": f"no answer from {', '.join(silent)}: is the worker running?"}
    else:
        results = []
        for number in range(test["repeats"]):
            for groups in rounds(hosts, test["mode"]):
                results += _round(folder, test, groups, nodes, number + 1)
        said = summary(test["mode"], results)
    line = json.dumps({**{key: test[key] for key in ("mode", "pool", "instanceType", "nodes")}, **said})
    print(f"efa-pools: {line}", flush=True)
    message.write_bytes(line.encode()[:LONGEST_MESSAGE])
    return 1 if said["verdict"] == "fail" else 0


def _hosts(file: Path) -> Group:
    """Of the operator's lines `<host> slots=<n>`."""
    return [line.split()[0] for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def wait(hosts: Group, seconds: float) -> tuple[dict[str, str], Group]:
    """The node of each worker, and the workers that do not answer in time."""
    nodes: dict[str, str] = {}
    end = time.monotonic() + seconds
    while True:
        for host in (one for one in hosts if one not in nodes):
            asked = subprocess.run(["ssh", *SSH, host, "cat", NODE_FILE], capture_output=True, check=False)
            if asked.returncode == 0:
                nodes[host] = asked.stdout.decode("utf-8", "replace").strip() or host
        silent = [host for host in hosts if host not in nodes]
        if not silent or time.monotonic() >= end:
            return nodes, silent
        time.sleep(min(5.0, max(0.0, end - time.monotonic())))


def rounds(hosts: Group, mode: str) -> list[list[Group]]:
    """Groups that run at the same time, round after round; each host is in one group of a round at most."""
    if mode == "all":
        return [[hosts]]
    if mode == "baseline":
        return [[[host] for host in hosts]]
    # The circle method: one stays, the others turn; with an odd number one pauses in each round.
    seats: list[str | None] = [*hosts, None] if len(hosts) % 2 else list(hosts)
    found = []
    for _ in range(len(seats) - 1):
        facing = zip(seats[: len(seats) // 2], reversed(seats[len(seats) // 2 :]))  # noqa: B905 (Python 3.8)
        found.append([[a, b] for a, b in facing if a is not None and b is not None])
        seats = [seats[0], seats[-1], *seats[1:-1]]
    return found


def _round(
    folder: Path, test: dict[str, Any], groups: list[Group], nodes: dict[str, str], number: int
) -> list[Result]:
    with ThreadPoolExecutor(len(groups)) as pool:
        results = list(pool.map(lambda group: _run(folder, test, group, alone=len(groups) == 1), groups))
    for group, result in zip(groups, results):  # noqa: B905 (Python 3.8)
        result["on"] = [nodes[host] for host in group]
        told = {key: result.get(key) for key in ("on", "verdict", *_FIGURES, "because")}
        print(f"efa-pools: run {number}: {json.dumps(told)}", flush=True)
    return results


def _run(folder: Path, test: dict[str, Any], group: Group, alone: bool) -> Result:
    """One mpirun over the hosts of a group, and the verdict on what it printed."""
    with tempfile.TemporaryDirectory() as place:
        hosts, log = Path(place) / "hosts", Path(place) / "log"
        hosts.write_text("".join(f"{one} slots={test['slots']}\n" for one in group), encoding="utf-8")
        asked = command(test, hosts, len(group))
        try:
            code, in_time = _logged(asked, log, alone, test["sweepSeconds"])
        except OSError as error:
            return {"verdict": "fail", "because": f"{asked[0]}: {error.strerror}: is it in the image?"}
        result = judge(folder, log)
        if not in_time:
            # What a security group without the rules from and to itself looks like.
            return {
                **result,
                "verdict": "fail",
                "because": f"all_reduce hangs: no end in {test['sweepSeconds']} s",
            }
        return {**result, "verdict": "fail", "because": f"mpirun exited with {code}"} if code else result


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
        **{key: found[key] for key in _FIGURES},
        "verdict": found["verdict"],
        "because": causes[0].get("cause"),
    }


def summary(mode: str, results: list[Result]) -> Result:
    """The worst verdict with its figures; of several equal groups also the nodes that stand out."""
    worst = max(results, key=lambda one: (_RANK[one["verdict"]], -(one.get("peakBusBandwidthGBs") or 0)))
    said = {"verdict": worst["verdict"], "runs": len(results)}
    if mode == "all":
        return {**said, **{key: worst.get(key) for key in (*_FIGURES, "because")}}
    odd = outstanding(results)
    if odd:
        said["verdict"] = "fail"
    failed = sum(one["verdict"] == "fail" for one in results)
    return {
        **said,
        "failed": failed,
        "suspects": odd[:32],
        "worst": {key: worst.get(key) for key in ("on", *_FIGURES)},
    }


def outstanding(results: list[Result]) -> Group:
    """Nodes of which at least half the groups fail or stay far below the best, the most often first."""
    figures = [one.get("peakBusBandwidthGBs") or 0.0 for one in results]
    best = max(figures)
    bad: dict[str, list[bool]] = {}
    for one, figure in zip(results, figures):  # noqa: B905 (Python 3.8)
        for node in one["on"]:
            bad.setdefault(node, []).append(one["verdict"] == "fail" or figure < FAR_BELOW * best)
    share = {node: sum(each) / len(each) for node, each in bad.items()}
    most = max(share.values())
    # Who fails less often than the worst failed beside it: a bad node takes each of its partners down once.
    return sorted(node for node, part in share.items() if part >= 0.5 and part == most)


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent, Path(MESSAGE)))
