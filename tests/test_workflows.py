"""The workflows: what may never be in one, judged on the files; and every `run:` step, run here in a clone.

Linters judge them too where they are installed: zizmor (PyPI) and actionlint (a Go program).
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery.environments import touched
from tests.stacks import ROOT

FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
READ = {"contents": "read"}
# Who may write what. Nobody has credentials and a token that writes at once.
PERMISSIONS: dict[tuple[str, str], dict[str, str]] = {
    ("ci", "test"): READ,
    ("preview", "environments"): READ,
    ("preview", "preview"): {**READ, "id-token": "write"},
    ("preview", "comment"): {**READ, "pull-requests": "write"},
    ("preview", "fork"): READ,
    ("up", "environments"): READ,
    ("up", "preview"): {**READ, "id-token": "write"},
    ("up", "up"): {**READ, "id-token": "write"},
    ("drift", "environments"): READ,
    ("drift", "preview"): {**READ, "id-token": "write"},
    ("drift", "report"): {**READ, "issues": "write"},
    ("release", "check"): READ,
    ("release", "publish"): {"contents": "write"},
}


def load(path: Path) -> dict[str, Any]:
    # GitHub reads YAML 1.2, where `on` is no boolean.
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return found


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path in FILES:
        for name, job in load(path)["jobs"].items():
            yield path.stem, name, job


def steps() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for workflow, name, job in jobs():
        for step in job["steps"]:
            yield workflow, name, step


def test_every_workflow_is_here() -> None:
    assert {path.stem for path in FILES} == {"ci", "preview", "up", "drift", "release"}


def test_every_action_is_pinned_by_its_commit_and_says_its_version() -> None:
    uses = [line for path in FILES for line in path.read_text().splitlines() if re.search(r"\buses:", line)]
    assert len(uses) == sum("uses" in step for _, _, step in steps())
    for line in uses:
        assert re.search(r"uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_one_version_of_each_action() -> None:
    pinned = {step["uses"] for _, _, step in steps() if "uses" in step}
    assert len(pinned) == len({one.partition("@")[0] for one in pinned})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_triggers_permissions_and_limits(path: Path) -> None:
    found = load(path)
    triggers = set(found["on"])
    assert not triggers & {"pull_request_target", "workflow_run", "issue_comment"}
    assert found["permissions"] in ({}, READ)
    assert found["concurrency"]["group"]
    for job in found["jobs"].values():
        assert 0 < int(job["timeout-minutes"]) <= 360 and job["runs-on"] == "ubuntu-24.04"


def test_each_job_has_just_its_permissions() -> None:
    found = {(workflow, name): job.get("permissions", READ) for workflow, name, job in jobs()}
    assert found == PERMISSIONS
    for permissions in found.values():
        writes = {key for key, value in permissions.items() if value == "write"}
        assert len(writes) <= 1 and "write-all" not in permissions.values()


def test_no_text_of_an_event_reaches_a_shell_and_no_key_is_stored() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert "secrets." not in text, "credentials come by OIDC; the token is github.token"
        assert "AWS_SECRET" not in text and "AWS_ACCESS" not in text
    for _, _, step in steps():
        assert "${{" not in step.get("run", ""), step["run"]
        assert "title" not in json.dumps(step.get("env", {})) and "head_ref" not in json.dumps(step)


def test_checkouts_leave_no_token_behind() -> None:
    for _, _, step in steps():
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] == "false"


def test_forks_get_neither_credentials_nor_a_comment() -> None:
    found = load(FOLDER / "preview.yml")["jobs"]
    same = "github.event.pull_request.head.repo.full_name == github.repository"
    for name, job in found.items():
        if set(job["permissions"].values()) != {"read"}:
            assert same in job["if"], name
    assert same.replace("==", "!=") in found["fork"]["if"] and found["fork"]["permissions"] == READ


def test_up_waits_for_its_environment_and_goes_one_by_one() -> None:
    up = load(FOLDER / "up.yml")["jobs"]["up"]
    assert up["environment"] == "${{ matrix.stack }}" and up["strategy"]["max-parallel"] == "1"
    assert load(FOLDER / "up.yml")["concurrency"]["cancel-in-progress"] == "false"


@pytest.mark.parametrize(
    "path",
    (
        "Pulumi.yaml Pulumi.eu.yaml __main__.py requirements.lock components/efa_pools/a/b.py policies/a.py "
        "README.md docs/changes.md tests/test_plan.py sandbox/account.yaml examples/yaml/Pulumi.yaml"
    ).split(),
)
def test_a_merge_brings_up_what_its_pull_request_previewed(path: str) -> None:
    filters = load(FOLDER / "up.yml")["on"]["push"]["paths"]
    # GitHub's filters: one star stops at a slash, two do not.
    patterns = [re.escape(one).replace(r"\*\*", ".*").replace(r"\*", "[^/]*") for one in filters]
    assert any(re.fullmatch(one, path) for one in patterns) == bool(touched([path], ["eu"]))


def test_the_engine_is_the_sdks_version() -> None:
    pin = re.search(r"^pulumi==(.+)$", (ROOT / "requirements.txt").read_text(), re.M)
    versions = {
        step["with"]["pulumi-version"] for _, _, step in steps() if "pulumi/actions@" in step.get("uses", "")
    }
    assert pin and versions == {pin[1]}


def test_drift_is_asked_on_a_schedule() -> None:
    found = load(FOLDER / "drift.yml")
    assert re.fullmatch(r"\d+ \d+ \* \* \*", found["on"]["schedule"][0]["cron"])
    assert any("--drift" in step.get("run", "") for step in found["jobs"]["preview"]["steps"])


# -- the linters


def tool(name: str) -> str:
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_actionlint_has_nothing_to_say() -> None:
    done = subprocess.run([tool("actionlint")], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_zizmor_has_nothing_to_say() -> None:
    line = [tool("zizmor"), "--offline", "--no-progress", "--quiet", ".github"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# -- every step, in a clone

# Steps that run elsewhere, and where.
ELSEWHERE = {
    "make setup": "what ran before these tests",
    "make lint": "beside these tests: .ci/run",
    "make test": "these tests",
    "make test SLOW=1": "these tests",
    "make audit": "tests/test_delivery.py: its answers; without a registry that answers it fails, as it must",
    "go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12": "a compiler and a module proxy",
    'pulumi up --yes --non-interactive --stack "$STACK"': "tests/engine/test_delivery_engine.py",
    '.venv/bin/python -m delivery.preview "$STACK" --to summaries --allow-replace': "the same",
    '.venv/bin/python -m delivery.preview "$STACK" --to summaries --share "$SHARE" --drift': "the same",
    '.venv/bin/python -m delivery.preview "$STACK" --to summaries --share "$SHARE"': "the same",
    'python3 -m delivery.comment summaries "$STACKS"': "tests/test_delivery.py, with GitHub on the loopback",
    'python3 -m delivery.drift summaries "$STACKS"': "the same",
}
HERE = {
    'python3 -m delivery.environments "$BASE" "$HEAD"': ["dev", "staging", "gardener", "prod"],
    "python3 -m delivery.environments --all": ["dev", "staging", "gardener", "prod"],
    '.venv/bin/python -m delivery.rehearsal "$STACKS"': None,
    "make release-check": None,
    'make release-check TAG="$TAG"': None,
    "make package": None,
    'gh release create "$TAG" dist/* --verify-tag --title "$TAG" --notes-file dist/notes.md': None,
}


def test_every_step_is_run_somewhere() -> None:
    assert {step["run"] for _, _, step in steps() if "run" in step} == {*ELSEWHERE, *HERE}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a runner has after checkout and `make setup`: the committed files, and an environment."""
    folder = tmp_path_factory.mktemp("clone") / "repository"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(folder)], check=True)
    # What is not committed yet is part of what is judged.
    files = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(files, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy2(ROOT / name, target)
    # The environment of this run, without its own copy of the package: PYTHONPATH names the clone's.
    bin = folder / ".venv" / "bin"
    bin.mkdir(parents=True)
    for name in ("python", "python3"):
        launcher = bin / name
        launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        launcher.chmod(0o755)
    gh = bin / "gh"
    gh.write_text('#!/bin/sh\nfor one in "$@"; do echo "$one"; done > gh.txt\n')
    gh.chmod(0o755)
    (folder / ".venv" / "installed").touch()
    return folder


def ran(clone: Path, line: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    path = f"{clone / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    plain = {"PATH": path, "HOME": str(clone.parent), "PYTHONPATH": str(clone / "components")}
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", line],
        cwd=clone,
        env={**plain, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def written(workflow: str, job: str, part: str) -> str:
    """The `run:` text of the one step of a job that has this in it."""
    (line,) = [s["run"] for w, j, s in steps() if (w, j) == (workflow, job) and part in s.get("run", "")]
    return str(line)


@pytest.mark.parametrize("workflow", ["preview", "up", "drift"])
def test_the_list_of_environments(clone: Path, workflow: str) -> None:
    output = clone.parent / f"{workflow}.txt"
    line = written(workflow, "environments", "delivery.environments")
    done = ran(clone, line, BASE="0" * 40, HEAD="HEAD", GITHUB_OUTPUT=str(output))
    assert done.returncode == 0, done.stderr
    assert output.read_text() == f"stacks={json.dumps(HERE[line])}\n"


def test_a_hostile_environment_variable_stays_text(clone: Path) -> None:
    line = written("preview", "environments", "delivery.environments")
    ran(clone, line, BASE='"; touch hacked; "', HEAD="$(touch hacked)")
    assert not (clone / "hacked").exists()


def test_a_forks_job_needs_nothing(clone: Path) -> None:
    summary = clone.parent / "summary.md"
    line = written("preview", "fork", "delivery.rehearsal")
    done = ran(clone, line, STACKS='["dev"]', GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 0, done.stdout + done.stderr
    text = summary.read_text(encoding="utf-8")
    assert "## `dev` without credentials" in text and "validation-nodes" in text and "Traceback" not in text
    broken = (clone / "Pulumi.dev.yaml").read_text().replace("p4d.24xlarge", "p4d.25xlarge")
    (clone / "Pulumi.dev.yaml").write_text(broken)
    try:
        assert ran(clone, line, STACKS='["dev"]').returncode == 1
    finally:
        shutil.copy2(ROOT / "Pulumi.dev.yaml", clone)


def test_a_release_from_its_tag(clone: Path) -> None:
    from efa_pools import __version__

    tag = f"v{__version__}"
    assert ran(clone, written("ci", "test", "release-check")).returncode == 0
    wrong = ran(clone, written("release", "check", "release-check"), TAG="v99.0.0")
    assert wrong.returncode != 0 and f"expected the tag {tag}" in wrong.stderr
    changelog = clone / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    changelog.write_text(text.replace("## Unreleased", f"## {__version__} - 2026-11-23", 1), encoding="utf-8")
    done = ran(clone, written("release", "check", "release-check"), TAG=tag)
    assert done.returncode == 0, done.stderr
    done = ran(clone, written("release", "publish", "make package"))
    assert done.returncode == 0, done.stderr
    done = ran(clone, written("release", "publish", "gh release"), TAG=tag)
    assert done.returncode == 0, done.stderr
    told = (clone / "gh.txt").read_text().splitlines()
    assert told[:3] == ["release", "create", tag]
    assert {f"dist/efa_pools-{__version__}-py3-none-any.whl", f"dist/efa_pools-{__version__}.tar.gz"} < set(
        told
    )
    assert "### Added" in (clone / "dist" / "notes.md").read_text(encoding="utf-8")
    changelog.write_text(text, encoding="utf-8")
