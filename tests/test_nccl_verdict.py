"""The verdict: each limit on both sides, what wins over the bandwidth, and the worked references."""

import re

import pytest
from efa_pools.nccl.causes import _BY_KIND
from efa_pools.nccl.report import as_json, markdown, text

from tests.nccl_logs import EFA, P4D, judged, kinds, made, public, row


@pytest.mark.parametrize(
    ("peak", "word"),
    # 400 Gbps are 50 GB/s: 0.80 is 40, 0.60 is 30. Above 50, 16 ranks on two nodes leave 8/15 of the bus
    # figure as the lower bound, so 0.70 of 50 is 65.625.
    [
        (0.0, "fail"),
        (29.99, "fail"),
        (30.0, "warn"),
        (39.99, "warn"),
        (40.0, "pass"),
        (42.75, "pass"),
        (50.0, "pass"),
        (50.01, "warn"),
        (65.5, "warn"),
        (65.7, "pass"),
        (77.9, "pass"),
    ],
)
def test_bandwidth(peak, word) -> None:
    assert judged(made(peak)).verdict.word == word


def test_worked_reference() -> None:
    """342 of 400 Gbps is 0.855."""
    found = as_json(judged(made(42.75)))
    assert (found["peakBusBandwidthGbps"], found["fractionOfCeiling"]) == (342.0, 0.855)


def test_the_tree_on_two_nodes() -> None:
    """SkyPilot's two p4d.24xlarge: 77.9 GB/s are 623 Gbps of bus, and 332 on the wire."""
    report = judged(made(77.9))
    found = as_json(report)
    assert round(found["peakBusBandwidthGbps"]) == 623 and round(found["networkLowerBoundGbps"]) == 332
    for shown in (text(report), markdown([report])):
        assert "623 Gbps of bus bandwidth is more than the wire carries" in shown


def test_lower_bound_of_three_nodes() -> None:
    fabric = P4D._replace(nodes=4)
    found = as_json(judged(made(40.0), fabric))
    assert found["networkLowerBoundGbps"] == pytest.approx(8 * 21.33 * 2 * 3 / 4)


def test_one_node_is_not_judged_by_bandwidth_or_network() -> None:
    socket = "a:1:1 [0] NCCL INFO Using network Socket"
    for log in (made(1.0), made(900.0), made(5.0, before=socket), made(5.0, sizes=2)):
        found = as_json(judged(log, P4D._replace(nodes=1)))
        assert found["verdict"] == "pass"
        assert (found["ceilingGbps"], found["fractionOfCeiling"], found["networkLowerBoundGbps"]) == (
            None,
            None,
            0,
        )
    assert judged(made(5.0, wrong="3"), P4D._replace(nodes=1)).verdict.word == "fail"
    assert judged(made(5.0, sizes=0), P4D._replace(nodes=1)).verdict.word == "fail"


SOCKETS = "a:1:1 [0] NCCL INFO Channel 00/0 : 0[0] -> 8[0] [send] via NET/Socket/0"
FEWER = "a:1:1 [0] NCCL INFO NET/OFI Selected provider is efa, fabric is efa (found 3 nics)"


@pytest.mark.parametrize("peak", [45.0, 77.9])
@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"wrong": "1"}, "wrong-data"),
        ({"before": SOCKETS}, "sockets"),
        ({"before": FEWER}, "missing-rails"),
        ({"sizes": 4}, "too-few-sizes"),
    ],
)
def test_what_wins_over_any_bandwidth(peak, changed, kind) -> None:
    report = judged(made(peak, **changed))
    assert report.verdict.word == "fail" and kind in kinds(report)
    assert report.causes and all(one.cause and one.command for one in report.causes)


def test_devices_that_channels_leave_out_only_warn() -> None:
    way = "a:1:1 [0] NCCL INFO Channel 00/0 : 0[0] -> 8[0] [send] via NET/AWS Libfabric/{}/GDRDMA"
    report = judged(made(45.0, before="\n".join(way.format(device) for device in (0, 1))))
    assert (report.verdict.word, kinds(report)) == ("warn", ["missing-rails"])


def test_small_messages_are_no_measurement() -> None:
    small = b"\n".join(line for line in made(45).splitlines() if not re.match(rb"\s+(1073|2147|4294)", line))
    assert kinds(judged(small)) == ["too-few-sizes"]


def test_wrong_values_are_counted_and_their_size_is_no_peak() -> None:
    log = made(40.0).replace(b"Out of bounds values : 0 OK", b"Out of bounds values : 1 FAILED")
    bad = row(8 * 2**30, 48.0, wrong="1.5e+03").encode()
    found = as_json(judged(log.replace(b"# Out of", bad + b"\n# Out of")))
    assert (found["wrongValues"], found["peakBusBandwidthGBs"], found["verdict"]) == (3000, 40.0, "fail")
    assert found["points"][-1]["busGBs"] == 48.0


def test_unchecked_data_is_no_wrong_data() -> None:
    report = judged(made(42.0, wrong="N/A"))
    assert (report.verdict.word, as_json(report)["wrongValues"]) == ("pass", None)
    assert "the data was not checked" in text(report)


@pytest.mark.parametrize(("peak", "word"), [(45.0, "warn"), (77.9, "warn"), (20.0, "fail")])
def test_an_up_to_ceiling_never_passes(peak, word) -> None:
    assert judged(made(peak), P4D._replace(basis="up-to")).verdict.word == word


def test_no_known_ceiling_fails() -> None:
    report = judged(made(45.0), P4D._replace(ceiling_gbps=None, basis=None))
    assert (report.verdict.word, kinds(report)) == ("fail", ["no-ceiling"])


def test_fewer_hosts_than_nodes_never_pass() -> None:
    report = judged(made(45.0), P4D._replace(nodes=4))
    assert (report.verdict.word, kinds(report)) == ("warn", ["fewer-hosts"])


def test_a_cut_log_never_passes_and_a_dead_run_fails() -> None:
    cut = made(45.0).split(b"# Out of")[0]
    assert (judged(cut).verdict.word, kinds(judged(cut))) == ("warn", ["unfinished"])
    dead = cut + b"node-0: Test NCCL failure common.cu:958 'unhandled system error'\n"
    assert judged(dead).verdict.word == "fail"


@pytest.mark.parametrize(
    ("was", "now"),
    [(b" 4294967296 ", b" 9294967296 "), (b"  45.00 ", b"  85.00 "), (b"  24.00 ", b"  74.00 ")],
)
def test_a_changed_digit_contradicts_the_rest_of_its_row(was, now) -> None:
    log = made(45.0)
    assert was in log
    report = judged(log.replace(was, now))
    assert report.verdict.word != "pass" and "garbled" in kinds(report)


def test_limits_can_be_stated() -> None:
    assert judged(made(30.0), pass_fraction=0.5).verdict.word == "pass"
    assert judged(made(77.9), lower_bound_fraction=0.9).verdict.word == "warn"
    assert judged(made(45.0, sizes=3), minimum_sizes=3).verdict.word == "pass"
    assert judged(made(45.0), minimum_largest_bytes=2**40).verdict.word == "fail"


def test_a_sound_run_has_no_causes() -> None:
    report = judged(made(45.0, before=EFA))
    assert as_json(report)["causes"] == [] and (report.log.network.transport, report.log.network.rails) == (
        "efa",
        4,
    )


def test_every_kind_of_finding_has_causes() -> None:
    from pathlib import Path

    import efa_pools.nccl.verdict as module

    source = Path(module.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r'Finding\(\s*"([a-z-]+)"', source)) == set(_BY_KIND) | {"slow"}


def test_slow_runs_are_asked_for_the_network_first() -> None:
    first = judged(public("gh200-2-nodes-no-fabric.log"), minimum_largest_bytes=1).causes[0]
    assert "does not say which network" in first.cause and first.command.startswith("NCCL_DEBUG=INFO")
