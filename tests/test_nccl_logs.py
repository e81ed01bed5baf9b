"""Logs of nccl-tests as others published them: what is read equals what stands there."""

import io

import pytest
from efa_pools import catalogue, layouts
from efa_pools.nccl.figures import name
from efa_pools.nccl.log import MAXIMUM_LINE, parse, read
from efa_pools.nccl.network import Network
from efa_pools.nccl.report import as_json
from efa_pools.nccl.verdict import Fabric

from tests.nccl_logs import HEADER, LOGS, PUBLIC, judged, made, public, row


def fabric(instance_type: str, nodes: int) -> Fabric:
    instance = catalogue.get(instance_type)
    assert instance is not None
    rails = sum(one.is_efa for one in layouts.interfaces(instance, "recommended"))
    return Fabric(instance_type, nodes, instance.bandwidth_gbps, instance.bandwidth_basis, rails)


@pytest.mark.parametrize("entry", PUBLIC, ids=lambda entry: entry["file"])
def test_public_log(entry) -> None:
    found = as_json(judged(public(entry["file"]), fabric(entry["instanceType"], entry["nodes"])))
    found["points"] = len(found["points"])
    assert {key: found[key] for key in entry["expected"]} == entry["expected"]


def test_every_public_log_has_its_source() -> None:
    assert {one["file"] for one in PUBLIC} == {path.name for path in LOGS.glob("*.log")}
    assert all(one["address"].startswith("https://") and one["date"] for one in PUBLIC)


def test_the_better_place_makes_the_point() -> None:
    # p5-2-nodes-mpi.log: at 512 MiB in place is faster, at 1 GiB out of place is.
    points = {one["bytes"]: one for one in as_json(judged(public("p5-2-nodes-mpi.log")))["points"]}
    assert points[536870912] == {"bytes": 536870912, "algGBs": 210.29, "busGBs": 394.29}
    assert points[1073741824] == {"bytes": 1073741824, "algGBs": 235.65, "busGBs": 441.85}


def test_versions_and_network() -> None:
    network = judged(public("g4dn-2-nodes-debug.log")).log.network
    assert (network.nccl, network.plugin, network.gpu_direct) == ("2.12.7+cuda11.4", "1.5.0aws", False)
    network = judged(public("p4d-2-nodes-2022.log")).log.network
    assert (network.nccl, network.devices, network.gpu_direct) == ("2.9.9+cuda11.2", {0, 1, 2, 3}, True)


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("two-collectives.log", ["broadcast", "all_reduce"]),
        ("broadcast-unchecked.log", ["broadcast"]),
        ("all-gather-2020-wrong.log", ["all_gather or alike"]),
        ("all-gather-ray.log", ["all_gather or alike"]),
        ("p4d-2-nodes-2022.log", ["all_reduce"]),
        ("ring-8-ranks.log", ["all_reduce"]),
    ],
)
def test_which_collective(file, names) -> None:
    assert [name(test) for test in read(io.BytesIO(public(file))).tests] == names


@pytest.mark.parametrize(
    ("lines", "transport", "rails"),
    [
        ("NET/OFI Selected Provider is efa (found 4 nics)", "efa", 4),
        ("NET/OFI Selected provider is efa, fabric is efa-direct (found 15 nics)", "efa", 15),
        ("NET/OFI Selected Provider is efa*", "efa", None),
        ("Using network AWS Libfabric", "efa", None),
        ("Channel 00/0 : 0[0] -> 8[0] [send] via NET/AWS Libfabric/0/GDRDMA", "efa", None),
        ("NET/OFI Selected provider is tcp;ofi_rxm, fabric is eth0 (found 1 nics)", "socket", 1),
        ("NET/Socket : Using [0]eth0:192.168.0.183<0>", "socket", None),
        ("NET/Socket : Using [0]eth0:1.2.3.4<0>\nNCCL INFO Using network AWS Libfabric", "efa", None),
        ("NET/Socket : Using [0]eth0:1.2.3.4<0>\nNCCL INFO Using network IB", "unknown", None),
        ("Assigned NET plugin Socket to comm", "socket", None),
        ("Ring 00 : 15 -> 0 [send] via NET/Socket/0", "socket", None),
        (
            "Using network Libfabric\nNCCL INFO Channel 01/0 : 3[3] -> 4[0] [send] via NET/Socket/0",
            "socket",
            None,
        ),
        ("Bootstrap : Using eth0:10.11.13.106<0>", "unknown", None),
        (
            "NET/OFI Using transport protocol RDMA (platform set)\n"
            "NCCL INFO Channel 0/0 : 0[0] -> 8[0] [send] via NET/Libfabric/0/GDRDMA\n"
            "NCCL INFO Channel 0/0 : 1[1] -> 9[1] [send] via NET/Libfabric/1/GDRDMA",
            "efa",
            None,
        ),
    ],
)
def test_network_lines(lines, transport, rails) -> None:
    network = Network()
    for line in lines.splitlines():
        network.feed(f"ip-10-0-0-1:26:26 [0] NCCL INFO {line}\n".encode())
    assert (network.transport, network.rails) == (transport, rails)


def test_the_fewest_rails_of_any_rank_count() -> None:
    found = "a:1:1 [0] NCCL INFO NET/OFI Selected provider is efa, fabric is efa (found {} nics)"
    report = judged(made(42, before="\n".join(found.format(nics) for nics in (4, 3, 4))))
    assert report.log.network.rails == 3


@pytest.mark.parametrize(
    "prefix", ["", "[1,0]<stdout>:", "launcher-x7k2p: ", "0: ", "2026-01-02T03:04:05Z ", "   "]
)
@pytest.mark.parametrize(
    "suffix", ["", "  2026-01-02 03:04:05", " ip-10-0-0-1:26:26 [0] NCCL INFO Destroy COMPLETE"]
)
def test_prefixes_and_suffixes(prefix, suffix) -> None:
    lines = [HEADER, *(row(2**at, 8.0) + suffix for at in range(20, 30))]
    (test,) = parse(f"{prefix}{line}\n".encode() for line in lines).tests
    assert (len(test.points), test.unread) == (10, 0)


def test_columns_of_each_iteration() -> None:
    header = "# size count type redop root time algbw busbw #wrong i_min i_max i_p99 i_cv%"
    place = "1000.0 1073.74 2013.27 {} 990.1 1010.2 1009.9 0.50 "
    line = "1073741824 268435456 float sum -1 " + place.format(0) + place.format(7)
    (test,) = parse([f"{header} time algbw busbw #wrong i_min\n".encode(), line.encode()]).tests
    assert (test.points[2**30].bus, test.points[2**30].right, test.wrong) == (2013.27, True, 7)


def test_a_size_measured_twice_counts_once_and_as_the_better() -> None:
    report = judged(made(30) + made(44) + made(20))
    assert (report.figures.sizes, report.figures.peak.bus, report.figures.average_bus) == (8, 44.0, 11.0)


def test_a_line_without_end_is_not_held() -> None:
    junk = b"x" * (5 * MAXIMUM_LINE)
    log = read(io.BytesIO(junk + made(42).replace(b"\n", b"\n" + junk + b"\n")))
    assert len(log.tests[0].points) == 8


def test_nothing_of_nccl_tests() -> None:
    assert read(io.BytesIO(b"NCCL INFO Using network Socket\nhello 12 34 float\n")).tests == []
