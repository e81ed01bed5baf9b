"""The launcher of an MPIJob, run as a script over public logs, with an mpirun and an ssh that we make up."""

import ast
import json
from pathlib import Path
from types import ModuleType

import pytest
from efa_pools.nccl import launch, mpirun, suspects

from tests.nccl_launcher import Launcher
from tests.nccl_logs import EFA, LOGS, made


@pytest.mark.parametrize(
    ("log", "verdict"),
    [
        ("p4d-2-nodes-2022.log", "pass"),
        ("p4d-2-nodes-2021.log", "warn"),
        ("wrong-data.log", "fail"),
        ("died-before-table.log", "fail"),
    ],
)
def test_public_logs_end_as_they_are_judged(tmp_path: Path, log: str, verdict: str) -> None:
    ended = Launcher(tmp_path).log((LOGS / log).read_bytes()).start()
    assert (ended.said["verdict"], ended.code) == (verdict, int(verdict == "fail"))
    assert f"efa-pools: {json.dumps(ended.said)}" in ended.out


def test_two_nodes_over_sockets_fail(tmp_path: Path) -> None:
    log = made(42.75, before="ip-10-0-0-1:26:26 [0] NCCL INFO Using network Socket\n")
    ended = Launcher(tmp_path).log(log).start()
    assert (ended.code, ended.said["transport"], ended.said["verdict"]) == (1, "socket", "fail")


def test_the_commands_are_those_of_one_rank_a_gpu_with_efa_alone(tmp_path: Path) -> None:
    (command,) = Launcher(tmp_path).log(made(42.75, before=EFA)).start().commands
    for part in ("-np 16", "--map-by ppr:8:node", "-x FI_PROVIDER", "-x NCCL_NET", "--mca pml ob1"):
        assert part in command
    assert command.endswith("all_reduce_perf -b 8 -e 16G -f 2 -g 1 -c 1 -n 20")
    assert "NCCL_NET=AWS Libfabric" in (tmp_path / "record.env").read_text()


def test_the_worst_of_several_runs_counts(tmp_path: Path) -> None:
    ended = Launcher(tmp_path, repeats=3).log(made(42.75, before=EFA)).start()
    assert (ended.code, ended.said["runs"], len(ended.commands)) == (0, 3, 3)


def test_an_mpirun_that_fails_fails_whatever_it_printed(tmp_path: Path) -> None:
    ended = Launcher(tmp_path).log(made(42.75, before=EFA)).start(CODE="3")
    assert (ended.code, ended.said["because"]) == (1, "mpirun exited with 3")


def test_a_run_that_hangs_is_ended_with_a_verdict(tmp_path: Path) -> None:
    ended = Launcher(tmp_path).log(EFA.encode()).test(sweepSeconds=0.3).start(SLEEP="60")
    assert ended.code == 1 and "all_reduce hangs" in ended.said["because"]


def test_an_image_without_mpirun_says_so(tmp_path: Path) -> None:
    launcher = Launcher(tmp_path)
    (tmp_path / "bin" / "mpirun").unlink()
    ended = launcher.test(mpirun="/nowhere/mpirun-of-nobody").start()
    assert ended.code == 1 and "is it in the image" in ended.said["because"]


def test_a_worker_that_never_answers_is_named(tmp_path: Path) -> None:
    ended = Launcher(tmp_path).test(waitSeconds=0).start(SILENT="worker-1")
    assert ended.code == 1 and ended.commands == []
    assert ended.said["because"] == "no answer from worker-1: is the worker running?"


def test_every_pair_meets_once_and_nobody_twice_in_a_round() -> None:
    for count in range(2, 9):
        hosts = [str(at) for at in range(count)]
        found = launch.rounds(hosts, "pairwise")
        pairs = [frozenset(pair) for groups in found for pair in groups]
        assert len(pairs) == len(set(pairs)) == count * (count - 1) // 2
        assert all(len(pair) == 2 for pair in pairs) and len(found) == count - 1 + count % 2
        assert all(len({host for pair in groups for host in pair}) == 2 * len(groups) for groups in found)


def test_pairs_find_the_slow_node(tmp_path: Path) -> None:
    launcher = Launcher(tmp_path, mode="pairwise", nodes=4).log(made(42.0, before=EFA))
    for other in (0, 1, 3):
        launcher.log(made(31.0, before=EFA), 2, other)
    ended = launcher.start()
    assert ended.code == 1 and len(ended.commands) == 6
    assert ended.said["suspects"] == ["ip-worker-2.internal"] and ended.said["failed"] == 0
    assert "-b 64M -e 8G" in ended.commands[0]


def test_pairs_find_the_node_that_lacks_a_rail(tmp_path: Path) -> None:
    launcher = Launcher(tmp_path, mode="pairwise", nodes=3).log(made(42.0, before=EFA))
    for pair in ((0, 1), (1, 2)):
        launcher.log(made(42.0, before=EFA.replace("found 4", "found 3")), *pair)
    ended = launcher.start()
    assert (ended.code, ended.said["failed"], ended.said["suspects"]) == (1, 2, ["ip-worker-1.internal"])
    assert ended.said["worst"]["rails"] == 3


def test_equal_pairs_have_no_suspect(tmp_path: Path) -> None:
    ended = Launcher(tmp_path, mode="pairwise", nodes=4).log(made(42.0, before=EFA)).start()
    assert (ended.code, ended.said["verdict"], ended.said["suspects"]) == (0, "pass", [])


def test_the_baseline_runs_each_node_alone(tmp_path: Path) -> None:
    launcher = Launcher(tmp_path, mode="baseline", nodes=3).log(made(230.0)).log(made(120.0), 1)
    ended = launcher.start()
    assert len(ended.commands) == 3 and all("-np 8 " in one for one in ended.commands)
    assert (ended.code, ended.said["suspects"]) == (1, ["ip-worker-1.internal"])


def test_the_message_is_as_short_as_kubernetes_keeps_it(tmp_path: Path) -> None:
    results = [
        {"verdict": "fail", "on": [f"ip-10-0-{a}-{b}.us-east-2.compute.internal" for b in (a, a + 1)]}
        for a in range(200)
    ]
    assert len(json.dumps(launch.summary("pairwise", results))) < launch.LONGEST_MESSAGE


@pytest.mark.parametrize("module", [launch, mpirun, suspects])
def test_the_launcher_is_written_for_python_3_8(module: ModuleType) -> None:
    ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"), feature_version=(3, 8))
