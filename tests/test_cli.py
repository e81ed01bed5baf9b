"""The command line's contracts: exit codes, one JSON document on standard output, never a traceback."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from efa_pools import catalogue, layouts
from efa_pools.cli import main
from efa_pools.cli.arguments import parser

from tests.pools import valid_pool

ROOT = Path(__file__).parent.parent
LAYOUT_KEYS = {
    "instanceType",
    "networkCards",
    "maximumEfaInterfaces",
    "efaInterfaces",
    "bandwidthGbps",
    "bandwidthBasis",
    "preset",
    "layoutVersion",
    "interfaces",
    "sources",
}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    try:
        code = main(list(arguments))
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def write(folder: Path, value: object, name: str = "input.yaml") -> str:
    path = folder / name
    path.write_text(value if isinstance(value, str) else yaml.safe_dump(value), encoding="utf-8")
    return str(path)


def test_layout_json(capsys) -> None:
    code, out, err = run(capsys, "layout", "p5.48xlarge", "--json")
    found = json.loads(out)
    assert (code, err, set(found)) == (0, "", LAYOUT_KEYS)
    assert (found["networkCards"], found["efaInterfaces"], len(found["interfaces"])) == (32, 32, 33)
    assert found["interfaces"][1] == {"networkCardIndex": 0, "deviceIndex": 1, "type": "efa-only"}
    assert (found["bandwidthGbps"], found["bandwidthBasis"]) == (3200, "documented")


def test_layout_of_an_unknown_type(capsys) -> None:
    code, out, _ = run(capsys, "layout", "p5.48xlrge", "--json")
    found = json.loads(out)
    assert (code, set(found)) == (1, LAYOUT_KEYS | {"reason", "nearest"})
    assert (found["networkCards"], found["maximumEfaInterfaces"], found["interfaces"]) == (None, None, [])
    assert found["efaInterfaces"] == 0 and found["nearest"][0] == "p5.48xlarge"


def test_layout_without_card_data(capsys) -> None:
    code, out, _ = run(capsys, "layout", "u7inh-32tb.480xlarge", "--json")
    found = json.loads(out)
    assert (code, set(found)) == (1, LAYOUT_KEYS | {"reason"})
    assert found["networkCards"] is None and found["interfaces"] == []


def test_layout_preset_that_cannot_be_had(capsys) -> None:
    code, out, err = run(capsys, "layout", "p6-b300.48xlarge", "--preset", "efa-primary")
    assert (code, out) == (1, "") and "network card 0" in err
    code, out, _ = run(capsys, "layout", "p6-b300.48xlarge", "--preset", "efa-primary", "--json")
    assert code == 1 and json.loads(out)["interfaces"] == [] and json.loads(out)["reason"]


def test_types_lists_the_catalogue(capsys) -> None:
    code, out, _ = run(capsys, "types", "--json")
    found = json.loads(out)["types"]
    assert code == 0 and [one["instanceType"] for one in found] == catalogue.names()
    assert all(LAYOUT_KEYS <= set(one) for one in found)
    code, table, _ = run(capsys, "types")
    assert code == 0 and len(table.splitlines()) == len(found) + 1


def test_parser_names_every_preset() -> None:
    text = parser().parse_args(["layout", "x"])
    assert text.preset == layouts.PRESETS[0]
    for preset in layouts.PRESETS:
        assert parser().parse_args(["layout", "x", "--preset", preset]).preset == preset


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nothing",),
        ("layout",),
        ("layout", "p5.48xlarge", "--preset", "x"),
        ("check",),
        ("plan", "--stack", "nope"),
    ],
)
def test_wrong_usage_exits_2_with_nothing_on_stdout(arguments, capsys, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "") and err


def test_check_pool_list_and_stack_file_paths(capsys, tmp_path) -> None:
    bad = valid_pool() | {"size": {"min": 2, "desired": 9, "max": 4}}
    cases = [
        (bad, "size.desired"),
        ([valid_pool(), bad | {"name": "other"}], "[1].size.desired"),
        ({"config": {"efa-pools:pools": [valid_pool(), bad | {"name": "other"}]}}, None),
    ]
    for raw, field in cases:
        code, out, _ = run(capsys, "check", write(tmp_path, raw), "--json")
        found = json.loads(out)
        wrong = [one for one in found["problems"] if one["severity"] == "error"]
        expected = field or "config.efa-pools:pools[1].size.desired"
        assert (code, found["valid"], [one["field"] for one in wrong]) == (1, False, [expected])
        assert set(wrong[0]) == {"field", "kind", "message", "severity"}


def test_check_reads_standard_input(capsys, monkeypatch, tmp_path) -> None:
    with open(write(tmp_path, valid_pool()), encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stdin", file)
        code, out, _ = run(capsys, "check", "-")
    assert code == 0 and "standard input: valid" in out


def test_three_errors_in_one_file_give_three_lines(capsys, tmp_path) -> None:
    bad = valid_pool() | {
        "size": {"min": 2, "desired": 9, "max": 4},
        "colour": "red",
        "image": {"family": "beos"},
    }
    path = write(tmp_path, bad)
    code, out, _ = run(capsys, "check", path)
    lines = [line for line in out.splitlines() if "warning" not in line]
    assert code == 1 and len(lines) == 3 and all(line.startswith(f"{path}: ") for line in lines)
    assert {"size.desired", "colour", "image.family"} == {line.split(": ")[1] for line in lines}


UNUSABLE = {
    "not YAML": "a: [",
    "a number": "4",
    "text": "hello",
    "nothing": "",
    "config without keys": "config: 4",
    "another kind": "{kind: Deployment, apiVersion: apps/v1}",
}


@pytest.mark.parametrize("text", UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_input_exits_2(text, capsys, tmp_path) -> None:
    path = write(tmp_path, text)
    code, out, err = run(capsys, "check", path, "--json")
    assert (code, out) == (2, "") and path in err


@pytest.mark.parametrize("project", ["config: [1]", "config: stacks", "- 1"])
def test_a_project_file_that_is_none_exits_2(project, capsys, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, project, "Pulumi.yaml")
    path = write(tmp_path, {"config": {"efa-pools:pools": [valid_pool()]}}, "Pulumi.dev.yaml")
    write(tmp_path, "{kind: List, items: []}", "nodes.yaml")
    for arguments in (("plan",), ("check", path), ("verify", "--nodes", "nodes.yaml"), ("preflight",)):
        code, out, err = run(capsys, *arguments)
        assert (code, out) == (2, "") and "Pulumi.yaml: " in err and "expected a mapping" in err
    assert run(capsys, "karpenter", "export", path)[:2] == (2, "")


def test_unquoted_time_says_to_quote_it(capsys, tmp_path) -> None:
    text = yaml.safe_dump(valid_pool()).replace(
        "kind: on-demand", "kind: capacity-block\n  end: 2026-12-01T11:30:00Z"
    )
    code, out, _ = run(capsys, "check", write(tmp_path, text), "--json")
    found = {one["field"]: one["message"] for one in json.loads(out)["problems"]}
    assert code == 1 and "quotes" in found["capacity.end"]


def test_schema_fits_the_stack_files_and_catches_a_misspelling(capsys) -> None:
    code, out, _ = run(capsys, "schema", "--json")
    schema = json.loads(out)
    jsonschema.Draft202012Validator.check_schema(schema)
    judge = jsonschema.Draft202012Validator(schema)
    for path in ROOT.glob("Pulumi.*.yaml"):
        assert judge.is_valid(yaml.safe_load(path.read_text()))
    stack = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())
    stack["config"]["efa-pools:pools"][0]["size"] = {"desird": 2}
    stack["config"]["efa-pools:pool"] = []
    assert code == 0 and len(list(judge.iter_errors(stack))) == 2


def test_schema_describes_every_key(capsys) -> None:
    schema = json.loads(run(capsys, "schema")[1])
    missing = [
        f"{name}.{key}"
        for name, definition in schema["$defs"].items()
        for key, value in definition.get("properties", {}).items()
        if "description" not in value
    ]
    assert missing == ["CardRange.from", "CardRange.to"]  # their meaning stands at the list


def test_plan_json_has_the_contract(capsys, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    code, out, _ = run(capsys, "plan", "--stack", "prod", "--json")
    found = json.loads(out)
    train, research = found["pools"]
    assert (code, found["stack"], set(found)) == (0, "prod", {"stack", "pools", "problems"})
    assert (len(train["interfaces"]), train["efaPerNode"], train["bandwidthGbpsPerNode"]) == (33, 32, 3200)
    assert train["placement"] == {
        "mode": "existing",
        "strategy": "cluster",
        "groupId": "pg-0d4e5f60718293a4b",
    }
    assert research["size"] == {"min": 0, "desired": 0, "max": 4}
    assert research["placement"] == {"mode": "none"} and research["nodes"] == {"kind": "eks-managed"}
    assert all(set(one) == {"field", "choice", "why", "source"} for one in train["decisions"])
    assert [one["severity"] for one in found["problems"]] == ["warning"]


def test_plan_markdown_is_a_table(capsys, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    code, out, _ = run(capsys, "plan", "--stack", "prod", "--markdown")
    assert code == 0 and "| train | 8 x p5.48xlarge | 33 | 32 |" in out


def test_plan_of_a_broken_stack_has_no_pools(capsys, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"name": "efa-pools", "runtime": "python"}, "Pulumi.yaml")
    write(tmp_path, {"config": {"efa-pools:pools": [valid_pool(), 4]}}, "Pulumi.dev.yaml")
    code, out, _ = run(capsys, "plan", "--json")
    found = json.loads(out)
    assert (code, found["pools"]) == (1, [])
    assert "efa-pools:pools[1]" in {one["field"] for one in found["problems"]}


def test_layout_imports_little() -> None:
    script = (
        "import sys; from efa_pools.cli import main; main(['layout', 'p5.48xlarge']); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    heavy = ("pulumi", "pydantic", "rich", "typer", "click", "yaml", "importlib.resources", "dataclasses")
    assert "efa_pools.catalogue" in loaded and not loaded & set(heavy)


def test_console_script_never_shows_a_traceback(tmp_path) -> None:
    script = str(Path(sys.executable).with_name("efa-pools"))
    for arguments in (["check", str(tmp_path)], ["check", "/nonexistent"], ["layout", ""], ["plan"]):
        done = subprocess.run([script, *arguments], capture_output=True, text=True, cwd=tmp_path, check=False)
        assert done.returncode in (1, 2) and "Traceback" not in done.stderr + done.stdout
