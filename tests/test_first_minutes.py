"""What goes wrong in a newcomer's first minutes: each mistake is answered with what to do about it."""

import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from efa_pools.cli import main
from efa_pools.clock import VARIABLE
from efa_pools.stackfile import read_stack

from sandbox import engine
from sandbox.__main__ import SECRETS
from sandbox.__main__ import main as sandbox
from sandbox.rehearsal import rehearse
from tests.pools import valid_pool

ROOT = Path(__file__).parent.parent
SCRIPT = [sys.executable, "-c", "import sys; from efa_pools.cli import main; sys.exit(main(['types']))"]


def check(capsys: pytest.CaptureFixture[str], folder: Path, text: object) -> tuple[int, str]:
    path = folder / "input.yaml"
    path.write_text(text if isinstance(text, str) else yaml.safe_dump(text), encoding="utf-8")
    code = main(["check", str(path)])
    out, err = capsys.readouterr()
    assert bool(out) != bool(err)
    return code, out or err


UNREADABLE = {
    "set in too little": ("config:\n  a: 1\n b: 2\n", "as far in as its neighbours"),
    "a list's keys apart": ("- name: a\nsize: 1\n", "as far in as its neighbours"),
    "a tab": ("size:\n\tdesired: 2\n", "spaces, never tabs"),
    "an empty file": ("", "nothing in it"),
    "the project file": ((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"), "Pulumi.<stack>.yaml"),
}


@pytest.mark.parametrize(("text", "hint"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_is_none_says_why(text, hint, capsys, tmp_path) -> None:
    code, said = check(capsys, tmp_path, text)
    assert code == 2 and hint in said


def test_keys_without_config_are_sent_there(capsys, tmp_path) -> None:
    code, said = check(capsys, tmp_path, {"efa-pools:pools": [valid_pool()]})
    assert (
        code == 1 and "efa-pools:pools: Forbidden: a key of a stack file; expected it under `config:`" in said
    )


def test_a_key_without_namespace_is_an_error_as_for_the_engine(capsys, tmp_path) -> None:
    code, said = check(capsys, tmp_path, {"config": {"efa-pools:pools": [valid_pool()], "tags": {"a": "b"}}})
    assert code == 1 and "config.tags: Forbidden: no namespace; expected efa-pools:tags" in said


@pytest.mark.parametrize("namespace", ["efapools", "efa_pools", "efa-pool", "EFA-Pools"])
def test_a_misspelt_namespace_is_told(namespace, capsys, tmp_path) -> None:
    config = {"efa-pools:pools": [valid_pool()], f"{namespace}:tags": {"a": "b"}, "aws:region": "us-east-2"}
    code, said = check(capsys, tmp_path, {"config": config})
    assert code == 0 and f"warning: config.{namespace}:tags: Forbidden" in said and "'efa-pools:tags'" in said
    assert "aws:region" not in said


@pytest.mark.parametrize(
    ("change", "quoted"),
    [
        ({"size": {"desired": "4"}}, True),
        ({"size": {"desired": "four"}}, False),
        ({"rootVolume": {"encrypted": "true"}}, True),
    ],
)
def test_quotes_that_should_not_be_there(change, quoted, capsys, tmp_path) -> None:
    code, said = check(capsys, tmp_path, valid_pool() | change)
    assert code == 1 and ("without quotes" in said) is quoted


@pytest.mark.parametrize("name", ["h100", "p5.48xlrge"])
def test_an_unknown_type_leads_to_the_list(name, capsys) -> None:
    assert main(["layout", name]) == 1
    assert "`efa-pools types` lists all" in capsys.readouterr().err


def test_no_arguments_show_every_command(capsys) -> None:
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "layout" in err and "preflight  hold" in err


def test_output_that_cannot_be_written_is_no_traceback(tmp_path) -> None:
    # Standard output that is open for reading only: every system refuses a write.
    path = tmp_path / "out"
    path.touch()
    with path.open("rb") as unwritable:
        done = subprocess.run(SCRIPT, stdout=unwritable, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2 and done.stderr == "efa-pools: standard output: Bad file descriptor\n"


class Interrupted:
    """A keyboard at which somebody gives up."""

    def read(self) -> str:
        raise KeyboardInterrupt


def test_an_interrupt_is_no_traceback(capsys, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", Interrupted())
    assert main(["check", "-"]) == 130
    assert capsys.readouterr() == ("", "")


class Interrupting:
    """A process during which Ctrl-C is pressed twice."""

    def __init__(self) -> None:
        self.presses = 2

    def wait(self) -> int:
        if self.presses:
            self.presses -= 1
            raise KeyboardInterrupt
        return 255


def test_an_interrupt_leaves_the_engine_to_end_its_step() -> None:
    # `subprocess.run` would kill it a quarter of a second later, with lock and pending operations left.
    assert engine._ended(cast(Any, Interrupting())) == 255


def in_sandbox(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = sandbox(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "find", lambda: None)


def refuse(error: BaseException) -> Any:
    def refused() -> str:
        raise error

    return refused


def test_the_sandbox_says_what_it_lacks(no_engine, capsys, monkeypatch) -> None:
    code, _, err = in_sandbox(capsys, "preview", "--policies")
    assert code == 2 and "make up INSTALL=1 STACK=dev fetches the Pulumi CLI" in err
    monkeypatch.setattr(engine, "install", refuse(OSError("no network")))
    code, out, err = in_sandbox(capsys, "up", "--install")
    assert (code, out) == (
        2,
        "",
    ) and "cannot be fetched: no network; https://www.pulumi.com/docs/install" in err
    code, _, err = in_sandbox(capsys, "up", "--stack", "../x")
    assert code == 2 and "stacks here: dev, gardener, prod, staging" in err


def test_an_interrupted_sandbox_is_no_traceback(capsys, monkeypatch) -> None:
    monkeypatch.setattr(engine, "find", refuse(KeyboardInterrupt()))
    assert in_sandbox(capsys, "up") == (130, "", "sandbox: interrupted\n")


def test_up_lists_each_resource_once(no_engine, capsys, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    code, out, err = in_sandbox(capsys, "up")
    assert (code, err) == (0, "") and out.count("validation-lt ") == 1
    assert "preview: 19 resources, with what is not known yet left open" in out and "up: 19 resources" in out


def test_ids_of_another_account_lead_to_the_sandboxs_own(capsys) -> None:
    config = read_stack(ROOT, "dev")
    config["efa-pools:pools"][0]["subnetIds"] = ["subnet-0123456789abcdef0"]
    assert not rehearse("up", "dev", "efa-pools", config, SECRETS)
    err = capsys.readouterr().err
    assert "InvalidSubnetID.NotFound" in err and "sandbox/account.yaml" in err


@pytest.mark.parametrize(
    ("variable", "bad"), [("SANDBOX_NOW", "soon"), ("SANDBOX_NOW", "2026-12-01"), (VARIABLE, "soon")]
)
def test_a_clock_that_cannot_be_read(variable, bad, no_engine, capsys, monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "2026-12-01T11:30:00Z")  # which SANDBOX_NOW overwrites, and pytest restores
    monkeypatch.setenv(variable, bad)
    code, out, err = in_sandbox(capsys, "up")
    assert (code, out) == (2, "") and f"{variable}: '{bad}'" in err


def test_a_missing_key_is_missing_once(capsys, tmp_path) -> None:
    worker = {"nodes": {"kind": "gardener", "shoot": "a", "namespace": "b"}, "size": {"desired": 1}}
    pool = {"instanceType": "p5.48xlarge", "image": {"family": "garden-linux"}, **worker}
    code, said = check(capsys, tmp_path, pool)
    assert code == 1 and said.count("availabilityZones: Required") == 1
