"""Which rail of a bad node is slow: the launcher on a made-up fabric."""

import json
import subprocess
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import pytest
from efa_pools.nccl import launch, mpirun, suspects
from efa_pools.plan.nccl_test import program

from tests.nccl_launcher import P4D, P4D_RAILS, Launcher
from tests.nccl_logs import EFA, made

ONE = EFA.replace("found 4", "found 1")
# A line of NCCL 2.27 on rank 2, which has the third GPU of the first node: src/transport/net.cc.
NEAR = "node-0:9:9 [2] NCCL INFO Channel 00/0 : 8[0] -> {}[2] [receive] via NET/AWS Libfabric/0/GDRDMA\n"
FULL = 10.5
Fabric = Mapping[tuple[int, str], float]


def node(host: int) -> str:
    return f"ip-worker-{host}.internal"


def pairwise(folder: Path, nodes: int, slow: Fabric) -> Launcher:
    """A launcher over nodes whose rails run at a part of the full speed; all rails wait for the slowest."""
    launcher = Launcher(folder, mode="pairwise", nodes=nodes)
    for host in range(nodes):
        launcher.devices(host, P4D_RAILS)
    for pair in combinations(range(nodes), 2):
        parts = {rail: min(slow.get((host, rail), 1.0) for host in pair) for rail in P4D_RAILS}
        launcher.log(made(4 * FULL * min(parts.values()), before=EFA), *pair)
        for rail, part in parts.items():
            launcher.log(made(FULL * part, before=ONE + NEAR.format(2)), *pair, rail=rail)
    return launcher


def over(commands: list[str], rail: str) -> list[str]:
    return [one for one in commands if f"-x FI_EFA_IFACE={rail} " in one]


# -- the launcher


def test_of_four_nodes_the_slow_rail_is_named(tmp_path: Path) -> None:
    ended = pairwise(tmp_path, 4, {(2, "rdmap32s27"): 0.5}).start()
    assert (ended.code, ended.said["suspects"]) == (1, [node(2)])
    (found,) = ended.said["suspectRails"]
    assert found == {
        "nodes": [node(2)],
        "device": "rdmap32s27",
        "pci": "0000:20:1b.0",
        "gpus": [2],
        "peakBusBandwidthGBs": 5.25,
        "bestBusBandwidthGBs": 10.5,
    }
    assert "railNotes" not in ended.said
    # Six pairs, four rails, and the slow one again between both and a third node.
    assert len(ended.commands) == 6 + 4 + 2 and all("-np 16 " in one for one in ended.commands)
    for rail in P4D_RAILS:
        alone = over(ended.commands, rail)
        assert len(alone) == (3 if rail == "rdmap32s27" else 1)
        assert all("all_reduce_perf -b 256M -e 1G " in one for one in alone)
    assert ended.out.count("efa-pools: rail: ") == 6


def test_a_slow_node_has_no_slow_rail(tmp_path: Path) -> None:
    ended = pairwise(tmp_path, 4, {(1, rail): 0.6 for rail in P4D_RAILS}).start()
    assert (ended.code, ended.said["suspects"], ended.said["suspectRails"]) == (1, [node(1)], [])
    assert len(ended.commands) == 6 + 4


def test_good_pairs_are_not_examined(tmp_path: Path) -> None:
    ended = pairwise(tmp_path, 4, {}).start()
    assert (ended.code, ended.said["suspectRails"], len(ended.commands)) == (0, [], 6)


@pytest.mark.parametrize(("part", "verdict", "odd"), [(0.5, "fail", [node(0), node(1)]), (0.75, "warn", [])])
def test_of_two_nodes_it_is_one_of_the_two(tmp_path: Path, part: float, verdict: str, odd: list[str]) -> None:
    ended = pairwise(tmp_path, 2, {(1, "rdmap160s27"): part}).start()
    assert (ended.said["verdict"], ended.code, ended.said["suspects"]) == (
        verdict,
        int(verdict == "fail"),
        odd,
    )
    (found,) = ended.said["suspectRails"]
    assert (found["nodes"], found["device"]) == ([node(0), node(1)], "rdmap160s27")
    assert len(ended.commands) == 1 + 4


@pytest.mark.parametrize("nodes", [3, 5])
def test_rails_of_two_bad_nodes_are_told_apart(tmp_path: Path, nodes: int) -> None:
    slow = {(0, "rdmap16s27"): 0.5, (1, "rdmap144s27"): 0.5, (1, "rdmap160s27"): 0.4}
    ended = pairwise(tmp_path, nodes, slow).start()
    # Of three nodes two bad ones leave no good pair.
    assert ended.said["suspects"] == [node(host) for host in range(3 if nodes == 3 else 2)]
    assert {(*one["nodes"], one["device"]) for one in ended.said["suspectRails"]} == {
        (node(host), rail) for host, rail in slow
    }


def test_where_every_pair_is_slow_over_a_rail_all_are_named(tmp_path: Path) -> None:
    ended = pairwise(tmp_path, 3, {(host, "rdmap16s27"): 0.5 for host in (0, 1)}).start()
    (found,) = ended.said["suspectRails"]
    assert found["nodes"] == [node(0), node(1), node(2)]


def test_a_run_that_breaks_is_reported_and_not_fatal(tmp_path: Path) -> None:
    launcher = pairwise(tmp_path, 3, {(0, rail): 0.7 for rail in P4D_RAILS})
    for other in (1, 2):
        launcher.breaks(0, other, rail="rdmap144s27")
    ended = launcher.start()
    (found,) = ended.said["suspectRails"]
    assert (found["nodes"], found["device"]) == ([node(0)], "rdmap144s27")
    assert (found["because"], found["peakBusBandwidthGBs"]) == ("mpirun exited with 6", None)


def test_runs_that_hang_end_and_say_so(tmp_path: Path) -> None:
    launcher = pairwise(tmp_path, 2, {}).test(sweepSeconds=0.3)
    limits = json.loads((tmp_path / "test.json").read_text())["rails"]
    ended = launcher.test(rails={**limits, "runSeconds": 0.2}).start(SLEEP="60")
    assert (ended.code, ended.said["suspectRails"]) == (1, [])
    text = "no figure over one device: all_reduce hangs: no end in 0.2 s"
    assert ended.said["railNotes"] == [f"{node(0)} and {node(1)}: {text}"]
    assert len(ended.commands) == 1 + suspects.MOST_SILENT


def test_time_that_is_used_up_is_said(tmp_path: Path) -> None:
    launcher = pairwise(tmp_path, 3, {(0, "rdmap16s27"): 0.5})
    limits = json.loads((tmp_path / "test.json").read_text())["rails"]
    ended = launcher.test(rails={**limits, "seconds": limits["runSeconds"] - 1}).start()
    assert len(ended.commands) == 3 and ended.said["suspects"] == [node(0)]
    assert ended.said["railNotes"] == [f"{node(0)} and {node(1)}: time for 0 of 4 devices only"]


def test_a_libfabric_that_shows_all_devices_proves_nothing(tmp_path: Path) -> None:
    launcher = pairwise(tmp_path, 3, {(0, "rdmap16s27"): 0.5})
    launcher.log(made(30.0, before=EFA), 0, 1, rail="rdmap144s27")
    ended = launcher.start()
    (note,) = ended.said["railNotes"]
    assert note.startswith(
        "rdmap144s27 alone was asked for, the log counts 4 EFA devices: FI_EFA_IFACE needs"
    )
    assert ended.said["suspectRails"] == [] and ended.code == 1


def test_a_device_that_one_node_lacks_is_named(tmp_path: Path) -> None:
    launcher = pairwise(tmp_path, 3, {(1, rail): 0.7 for rail in P4D_RAILS})
    launcher.devices(1, {name: at for name, at in P4D_RAILS.items() if name != "rdmap144s27"})
    ended = launcher.start()
    (found,) = ended.said["suspectRails"]
    assert (found["nodes"], found["device"]) == ([node(1)], "rdmap144s27")
    assert found["because"] == f"not there, but on {node(0)}" and len(ended.commands) == 3 + 3


def test_a_node_that_does_not_name_its_devices_is_noted(tmp_path: Path) -> None:
    launcher = pairwise(tmp_path, 3, {(1, "rdmap16s27"): 0.5})
    launcher.devices(1, {})
    ended = launcher.start()
    assert ended.said["railNotes"] == [
        f"{node(1)} and {node(0)}: 0 EFA devices of the same name, nothing to compare"
    ]
    assert len(ended.commands) == 3 and ended.code == 1


def test_the_devices_are_those_of_the_efa_driver_that_can_be_opened(tmp_path: Path) -> None:
    """As sysfs of the kernel has them: a P6-B200 also shows NVLink's, and a pod only opens its own."""
    shown = {
        "uverbs0": ("rdmap16s27", "0000:10:1b.0", "efa"),
        "uverbs1": ("mlx5_0", "0000:11:00.0", "mlx5_core"),
    }
    shown["uverbs2"] = ("rdmap32s27", "0000:20:1b.0", "efa")
    for name, (device, address, driver) in shown.items():
        (tmp_path / "sys/bus" / driver).mkdir(parents=True, exist_ok=True)
        (tmp_path / "sys/devices" / address).mkdir(parents=True)
        (tmp_path / "sys/devices" / address / "driver").symlink_to(f"../../bus/{driver}")
        verbs = tmp_path / "sys/class/infiniband_verbs" / name
        verbs.mkdir(parents=True)
        (verbs / "ibdev").write_text(f"{device}\n")
        (verbs / "device").symlink_to(f"../../../devices/{address}")
    (tmp_path / "dev/infiniband").mkdir(parents=True)
    for name in ("uverbs0", "uverbs1"):
        (tmp_path / "dev/infiniband" / name).touch()
    script = suspects.LIST_DEVICES.replace("/sys/", f"{tmp_path}/sys/").replace("/dev/", f"{tmp_path}/dev/")
    told = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    assert (told.stdout, told.stderr) == ("rdmap16s27 0000:10:1b.0\n", "")


def test_the_gpus_are_those_that_receive(tmp_path: Path) -> None:
    """Lines of NCCL 2.27 (src/transport/net.cc): two ranks receive directly, one sends through another."""
    log = tmp_path / "log"
    others = (
        "node-0:9:9 [3] NCCL INFO Channel 00/0 : 2[2] -> 11[3] [send] via NET/AWS Libfabric/0(1)\n"
        "node-0:9:9 [3] NCCL INFO Channel 00/0 : 2[2] -> 3[3] via P2P/CUMEM\n"
    )
    log.write_text(NEAR.format(2) + NEAR.format(11) + others + NEAR.format(16))
    assert mpirun.receivers(log, 8, 2) == [[2], [3]]


# -- how long, how many, how much


def test_the_jobs_limit_covers_the_rails() -> None:
    pairs = P4D._replace(mode="pairwise", nodes=4)
    limits = program(pairs, [])["rails"]
    one = pairs._replace(efa=1)
    assert pairs.deadline - one.deadline > limits["seconds"] + mpirun.GRACE_SECONDS
    assert one.deadline == 1200 + 3 * 960 and P4D.deadline == 1200 + 960
    # 32 rails of a P5 at a minute each, and four of them again.
    assert limits["seconds"] >= (32 + 4) * 60 and limits["runSeconds"] < limits["seconds"]
    for other in (P4D, one, P4D._replace(mode="baseline")):
        assert "rails" not in program(other, [])


def test_the_message_stays_whole_however_much_there_is() -> None:
    names = [f"ip-10-0-{at}-{at}.us-gov-east-1.compute.internal" for at in range(100, 200)]
    rails = [
        {"nodes": names[:2], "device": f"rdmap{at}s27", "pci": "0000:10:1b.0", "because": "x" * 120}
        for at in range(suspects.MOST_RAILS)
    ]
    said = {
        "verdict": "fail",
        "suspects": names[: suspects.MOST_NODES],
        "suspectRails": rails,
        "railNotes": ["n"],
    }
    whole = json.dumps(said)
    kept = json.loads(launch.shortened(said))
    assert len(whole) > launch.LONGEST_MESSAGE and len(json.dumps(kept)) <= launch.LONGEST_MESSAGE
    assert set(kept) == set(said) and kept["verdict"] == "fail" and kept["railNotes"] == ["n"]
    assert kept["suspects"] and kept["suspectRails"] == rails[: len(kept["suspectRails"])] != []
    assert json.dumps(said) == whole


def test_the_message_of_a_run_stays_whole(tmp_path: Path) -> None:
    launcher = pairwise(tmp_path, 2, {(1, rail): 0.75 for rail in P4D_RAILS})
    launcher.devices(0, P4D_RAILS | {f"{'x' * 300}{at}": "0000:10:1b.0" for at in range(40)})
    ended = launcher.start()
    assert 0 < len(ended.said["suspectRails"]) < suspects.MOST_RAILS
    assert ended.said["verdict"] == "warn"
