"""`efa-pools nccl report`: exit codes, one document on standard output, several logs, picture, script."""

import ast
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from efa_pools.cli import main
from efa_pools.nccl import bundle
from efa_pools.nccl.limits import limits
from efa_pools.nccl.report import as_json

from tests.nccl_logs import EFA, LOGS, P4D, judged, made

KEYS = {
    "instanceType",
    "nodes",
    "ranks",
    "peakBusBandwidthGBs",
    "averageBusBandwidthGBs",
    "peakBusBandwidthGbps",
    "ceilingGbps",
    "fractionOfCeiling",
    "networkLowerBoundGbps",
    "transport",
    "rails",
    "wrongValues",
    "verdict",
    "causes",
    "points",
}
ON_TWO_P4D = ("--instance-type", "p4d.24xlarge", "--nodes", "2")


def run(capsys, *arguments) -> tuple[int, str, str]:
    try:
        code = main(["nccl", "report", *map(str, arguments)])
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, *capsys.readouterr()


@pytest.fixture
def log(tmp_path):
    def write(content: bytes, name: str = "run.log") -> str:
        (tmp_path / name).write_bytes(content)
        return str(tmp_path / name)

    return write


def test_one_log_is_one_object(capsys, log) -> None:
    code, out, err = run(capsys, log(made(42.75, before=EFA)), *ON_TWO_P4D, "--json")
    found = json.loads(out)
    assert (code, err, set(found)) == (0, "", KEYS)
    assert (found["ceilingGbps"], found["fractionOfCeiling"], found["verdict"]) == (400, 0.855, "pass")
    assert found["points"][-1] == {"bytes": 4294967296, "algGBs": 22.8, "busGBs": 42.75}


def test_several_logs_are_runs_and_the_worst_decides(capsys, log) -> None:
    good, slow = log(made(45.0)), log(made(10.0), "slow.log")
    code, out, _ = run(capsys, good, slow, *ON_TWO_P4D, "--json")
    runs = json.loads(out)["runs"]
    assert (code, [one["verdict"] for one in runs]) == (1, ["pass", "fail"])
    assert all(set(one) == KEYS for one in runs)
    assert set(runs[1]["causes"][0]) == {"cause", "command"}
    assert run(capsys, good, log(made(35.0), "warn.log"), *ON_TWO_P4D)[0] == 0


def test_nothing_of_nccl_tests_exits_2(capsys, log, tmp_path) -> None:
    for wrong in (log(b"hello\n"), log(b"", "empty.log"), str(tmp_path), str(tmp_path / "none.log")):
        code, out, err = run(capsys, log(made(45.0), "good.log"), wrong, *ON_TWO_P4D, "--json")
        assert (code, out) == (2, "") and wrong in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--nodes", "0"),
        ("--nodes", "two"),
        ("--rails", "-1"),
        ("--ceiling-gbps", "nan"),
        ("--pass-fraction", "0"),
        ("--warn-fraction", "0.9"),
        ("--json", "--markdown"),
        ("--plot", "/nowhere/at/all.svg"),
    ],
)
def test_wrong_usage_exits_2(capsys, log, arguments) -> None:
    code, out, err = run(capsys, log(made(45.0)), *ON_TWO_P4D, *arguments)
    assert (code, out) == (2, "") and err


def test_unknown_type_fails_and_names_the_nearest(capsys, log) -> None:
    arguments = (log(made(45.0)), "--instance-type", "p4d.24xlrge", "--nodes", "2")
    code, out, err = run(capsys, *arguments, "--json")
    found = json.loads(out)
    assert (code, found["ceilingGbps"], found["verdict"]) == (1, None, "fail") and "p4d.24xlarge" in err
    code, out, err = run(capsys, *arguments, "--ceiling-gbps", "400", "--json")
    assert (code, json.loads(out)["fractionOfCeiling"], err) == (0, 0.9, "")


def test_own_layouts_state_their_rails(capsys, log) -> None:
    one = log(made(45.0, before=EFA.replace("found 4", "found 3")))
    assert run(capsys, one, *ON_TWO_P4D)[0] == 1
    assert run(capsys, one, *ON_TWO_P4D, "--rails", "3")[0] == 0


def test_standard_input(capsys, log, monkeypatch) -> None:
    with open(log(made(45.0)), encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        code, out, _ = run(capsys, "-", *ON_TWO_P4D)
    assert code == 0 and out.startswith("standard input: pass")


def test_text_names_verdict_figures_causes_and_next_commands(capsys, log) -> None:
    code, out, _ = run(capsys, log(made(20.0, before=EFA)), *ON_TWO_P4D)
    assert code == 1 and out.startswith("run.log: fail\nall_reduce on 2 nodes of p4d.24xlarge, 16 ranks")
    for expected in (
        "20.00 GB/s = 160.0 Gbps at 4 GiB",
        "400 Gbps",
        "0.400",
        "1. likely cause: ",
        "   next: aws ec2",
    ):
        assert expected in out


def test_markdown_has_a_row_a_run(capsys, log) -> None:
    _, out, _ = run(capsys, log(made(45.0)), log(made(20.0), "b|ad.log"), *ON_TWO_P4D, "--markdown")
    table = [line for line in out.splitlines() if line.startswith("| ")]
    assert len(table) == 3 and "**pass**" in table[1] and "b\\|ad.log" in table[2]


def test_plot_is_well_formed_and_the_same_twice(capsys, log, tmp_path) -> None:
    logs = [log(made(peak), f"run-{peak}<&>.log") for peak in (45.0, 77.9, 20.0)]
    for picture in ("a.svg", "b.svg"):
        run(capsys, *logs, *ON_TWO_P4D, "--plot", tmp_path / picture)
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert drawn == (tmp_path / "b.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(drawn)
    words = " ".join(root.itertext())
    assert root.get("role") == "img" and "prefers-color-scheme:dark" in drawn
    for expected in ("pass", "fail", "ceiling 400 Gbps", "1 GiB", "at least 332 Gbps on the wire"):
        assert expected in words
    assert drawn.count('class="dot') == 24 and drawn.count('class="line s') == 6


def test_the_core_runs_as_one_script_without_the_package(tmp_path) -> None:
    source = bundle.script(P4D, limits())
    ast.parse(source, feature_version=(3, 8))
    script = tmp_path / "judge.py"
    script.write_text(source, encoding="utf-8")
    for content, code in ((made(45.0, before=EFA), 0), (made(10.0), 1), (b"nothing\n", 2)):
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(script)], input=content, capture_output=True, check=False
        )
        assert done.returncode == code, done.stderr
        if code < 2:
            assert json.loads(done.stdout) == json.loads(json.dumps(as_json(judged(content))))


def test_the_core_is_written_for_python_3_8() -> None:
    for part in bundle._PARTS:
        path = LOGS.parents[2] / "components" / "efa_pools" / "nccl" / f"{part}.py"
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_the_documented_example_is_drawn_by_the_command(capsys, tmp_path) -> None:
    logs = [LOGS / f"p4d-2-nodes-{year}.log" for year in (2022, 2021)]
    run(capsys, *logs, *ON_TWO_P4D, "--plot", tmp_path / "drawn.svg")
    shown = LOGS.parents[2] / "docs" / "nccl-example.svg"
    assert (tmp_path / "drawn.svg").read_text(encoding="utf-8") == shown.read_text(encoding="utf-8")


def test_the_documents_example_is_printed_by_the_command(capsys) -> None:
    _, out, _ = run(capsys, LOGS / "p4d-2-nodes-2021.log", *ON_TWO_P4D)
    document = (LOGS.parents[2] / "docs" / "nccl.md").read_text(encoding="utf-8")
    shown = document.split("run.log: warn\n")[1].split("   next: ")[0]
    assert out.startswith("p4d-2-nodes-2021.log: warn\n" + shown)


def test_the_documents_limits_are_the_datas() -> None:
    document = (LOGS.parents[2] / "docs" / "nccl.md").read_text(encoding="utf-8")
    own = limits()
    assert f"pass from {own.pass_fraction:.2f}, warn from {own.warn_fraction:.2f}" in document
    assert f"pass from {own.lower_bound_fraction:.2f} of the ceiling" in document
    assert f"fewer than {own.minimum_sizes} sizes" in document and own.minimum_largest_bytes == 2**30
    assert all(f"`{key}`" in document for key in KEYS)
