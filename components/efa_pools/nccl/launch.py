"""The launcher of an MPIJob: runs nccl-tests over its workers, judges each run, exits with 1 if one fails.

It runs as a script where Python is 3.8 or newer and this package is not installed, with four files beside
it: `test.json` (what to run; see `plan/nccl_test.py`), `mpirun.py`, `suspects.py`, and `verdict.py` (see
`bundle`). Modes: `all` runs over all workers at once, `baseline` over each alone, `pairwise` over every two.
Figures of equal groups are compared, so that one bad node among many shows itself; after the pairs, the rails
of the bad nodes are compared likewise.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from . import mpirun, suspects
else:
    import mpirun
    import suspects

if TYPE_CHECKING:
    Result = dict[str, Any]
    Group = list[str]

NODE_FILE = "/run/efa-pools/node"
"""Where a worker says on which node it stands."""
MESSAGE = "/dev/termination-log"
LONGEST_MESSAGE = 4096
"""Bytes that Kubernetes keeps ("Determine the Reason for Pod Failure")."""
_RANK = {"pass": 0, "warn": 1, "fail": 2}


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
        if "rails" in test:
            said.update(_rails(folder, test, suspects.trials(results), {nodes[one]: one for one in hosts}))
    whole = {**{key: test[key] for key in ("mode", "pool", "instanceType", "nodes")}, **said}
    print(f"efa-pools: {json.dumps(whole)}", flush=True)
    message.write_bytes(shortened(whole))
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
            command = ["ssh", *mpirun.SSH, host, "cat", NODE_FILE]
            asked = subprocess.run(command, capture_output=True, check=False)
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
        alone = len(groups) == 1
        results = list(pool.map(lambda group: mpirun.run(folder, test, group, alone), groups))
    for group, result in zip(groups, results):  # noqa: B905 (Python 3.8)
        result["on"] = [nodes[host] for host in group]
        told = {key: result.get(key) for key in ("on", "verdict", *mpirun.FIGURES, "because")}
        print(f"efa-pools: run {number}: {json.dumps(told)}", flush=True)
    return results


def _rails(folder: Path, test: dict[str, Any], asked: list[suspects.Trial], hosts: dict[str, str]) -> Result:
    """What `suspects` says of the rails, from runs over one EFA device each, one after the other."""
    limits = test["rails"]
    end = time.monotonic() + limits["seconds"] - limits["runSeconds"]

    def measure(pair: tuple[str, str], device: str) -> Result:
        alone = {
            **test,
            "arguments": limits["arguments"],
            "sweepSeconds": limits["runSeconds"],
            "variables": {suspects.RESTRICTION: device},
        }
        result = mpirun.run(folder, alone, [hosts[node] for node in pair], alone=True)
        gpus = dict(zip(pair, result.pop("receivers", [])))  # noqa: B905 (Python 3.8)
        told = {key: result.get(key) for key in ("peakBusBandwidthGBs", "rails", "wrongValues")}
        # The judge's own reasons are about a node with all of its devices.
        because = {} if result["finished"] else {"because": result["because"]}
        line = json.dumps({"device": device, "on": pair, "gpus": gpus, **told, **because})
        print(f"efa-pools: rail: {line}", flush=True)
        return {**result, "gpus": gpus}

    def devices(node: str) -> dict[str, str]:
        return efa_devices(hosts[node])

    return suspects.Examiner(devices, measure, lambda: time.monotonic() <= end).examine(asked)


def efa_devices(host: str) -> dict[str, str]:
    """The EFA devices of a worker with their PCI addresses; none where it does not say."""
    asked = ["ssh", *mpirun.SSH, host, suspects.LIST_DEVICES]
    try:
        told = subprocess.run(asked, capture_output=True, check=False, timeout=mpirun.GRACE_SECONDS).stdout
    except subprocess.TimeoutExpired:
        return {}
    lines = [line.split() for line in told.decode("utf-8", "replace").splitlines()]
    return {line[0]: line[1] for line in lines if len(line) == 2}


def summary(mode: str, results: list[Result]) -> Result:
    """The worst verdict with its figures; of several equal groups also the nodes that stand out."""
    worst = max(results, key=lambda one: (_RANK[one["verdict"]], -(one.get("peakBusBandwidthGBs") or 0)))
    said = {"verdict": worst["verdict"], "runs": len(results)}
    if mode == "all":
        return {**said, **{key: worst.get(key) for key in (*mpirun.FIGURES, "because")}}
    odd = suspects.outstanding(results)
    if odd:
        said["verdict"] = "fail"
    failed = sum(one["verdict"] == "fail" for one in results)
    return {
        **said,
        "failed": failed,
        "suspects": odd[: suspects.MOST_NODES],
        "worst": {key: worst.get(key) for key in ("on", *mpirun.FIGURES)},
    }


def shortened(said: Result) -> bytes:
    """The result as long as Kubernetes keeps it, still JSON: the longest lists lose their last items."""
    kept = {key: list(value) if isinstance(value, list) else value for key, value in said.items()}
    while len(json.dumps(kept)) > LONGEST_MESSAGE:
        lists = [value for value in kept.values() if isinstance(value, list) and value]
        if not lists:
            break
        max(lists, key=lambda one: len(json.dumps(one))).pop()
    return json.dumps(kept).encode()[:LONGEST_MESSAGE]


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent, Path(MESSAGE)))
