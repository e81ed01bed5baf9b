"""What runs around the engine: touched environments, new ones, releases, audits, and what GitHub is told."""

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from efa_pools.cli.main import main as efa_pools
from efa_pools.summary.markdown import LIMIT

from delivery import audit, comment, drift, environments, new_environment, preview, release
from delivery.schema_changes import breaking
from tests.stacks import ROOT

# -- environments


def test_every_environment_has_one_file_and_travels_from_dev_to_prod() -> None:
    assert environments.known() == ["dev", "staging", "gardener", "prod"]


@pytest.mark.parametrize(
    "changed, expected",
    [
        (["Pulumi.prod.yaml"], ["prod"]),
        (["Pulumi.prod.yaml", "Pulumi.dev.yaml", "README.md"], ["dev", "prod"]),
        (["Pulumi.yaml"], ["dev", "eu", "prod"]),
        (["components/efa_pools/plan/pool.py"], ["dev", "eu", "prod"]),
        (["requirements.lock"], ["dev", "eu", "prod"]),
        (["policies/placement.py"], ["dev", "eu", "prod"]),
        (["README.md", "docs/changes.md", "tests/test_plan.py", "examples/yaml/Pulumi.yaml"], []),
        (["Pulumi.gone.yaml"], []),
    ],
)
def test_what_a_change_touches(changed: list[str], expected: list[str]) -> None:
    assert environments.touched(changed, ["dev", "eu", "prod"]) == expected


def git(folder: Path, *arguments: str) -> str:
    line = ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", *arguments]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    return folder


def commit(folder: Path, **files: str) -> str:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_yaml", ".yaml").replace("_md", ".md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "c")
    return git(folder, "rev-parse", "HEAD")


def test_paths_between_commits(repository: Path) -> None:
    base = commit(repository, README_md="1", Pulumi_yaml="1")
    head = commit(repository, README_md="2")
    assert environments.between(base, head, repository) == ["README.md"]
    # What the base moved on to since is no change of ours.
    git(repository, "checkout", "-q", "-b", "other", base)
    moved = commit(repository, Pulumi_yaml="2")
    assert environments.between(moved, head, repository) == ["README.md"]
    git(repository, "checkout", "-q", head)
    for first in ("0" * 40, "", "--output=x"):
        assert set(environments.between(first, head, repository)) == {"README.md", "Pulumi.yaml"}


def test_a_list_of_environments_is_a_list_of_names() -> None:
    assert environments.listed(['["dev"]']) == ["dev"]
    for text in ("{}", "[1]", '["../x"]', "x"):
        with pytest.raises(ValueError):
            environments.listed([text])


# -- a new environment


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def test_one_command_and_one_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name for path in project.iterdir()}
    assert new_environment.main(["eu"], project) == 0
    assert {path.name for path in project.iterdir()} - before == {"Pulumi.eu.yaml"}
    assert efa_pools(["check", str(project / "Pulumi.eu.yaml")]) == 0
    monkeypatch.chdir(project)
    assert efa_pools(["plan", "--stack", "eu"]) == 0


def test_it_never_overwrites_and_refuses_odd_names(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name: path.read_bytes() for path in project.iterdir()}
    for arguments in (["dev"], [""], [], ["../x"], ["A"], ["a.b"], ["x" * 50], ["eu", "absent"], ["-x"]):
        assert new_environment.main(arguments, project) == 2, arguments
    assert {path.name: path.read_bytes() for path in project.iterdir()} == before
    assert "Pulumi.dev.yaml is there already" in capsys.readouterr().err


def test_secrets_of_the_other_environment_stay_behind(project: Path) -> None:
    sealed = "encryptionsalt: v1:abc=\nconfig:\n  efa-pools:kubeconfig:\n    secure: v1:zzz\n"
    text = (project / "Pulumi.dev.yaml").read_text(encoding="utf-8").replace("config:\n", sealed, 1)
    (project / "Pulumi.dev.yaml").write_text(text, encoding="utf-8")
    assert new_environment.main(["eu", "dev"], project) == 0
    made = (project / "Pulumi.eu.yaml").read_text(encoding="utf-8")
    assert "secure" not in made and "v1:" not in made and "kubeconfig" not in yaml.safe_load(made)["config"]
    assert "must be set anew" in made


@pytest.mark.parametrize(
    "sealed",
    ["  a:b:\n    - secure: v1:zzz\n", '  a:b: {"secure": "v1:z"}\n', "  a:b:\n    secure: >-\n      v1:z\n"],
)
def test_a_secret_that_cannot_be_left_out_is_refused(
    sealed: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / "Pulumi.dev.yaml"
    text = path.read_text(encoding="utf-8").replace("config:\n", f"config:\n{sealed}", 1)
    path.write_text(text, encoding="utf-8")
    assert new_environment.main(["eu", "dev"], project) == 2
    assert "Pulumi.dev.yaml has a secret" in capsys.readouterr().err
    assert not (project / "Pulumi.eu.yaml").exists()


SECRETS = ("kubeconfig", "token", "password", "secret", "key")


def secrets(config: dict[str, Any]) -> dict[str, Any]:
    """What a key says is secret, whatever its value."""
    return {key: value for key, value in config.items() if key.lower().endswith(SECRETS)}


@pytest.mark.parametrize("path", sorted(ROOT.glob("Pulumi.*.yaml")), ids=lambda path: path.name)
def test_no_stack_file_holds_a_plain_secret(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for value in secrets(yaml.safe_load(text)["config"]).values():
        assert isinstance(value, dict) and set(value) == {"secure"}
    assert "BEGIN" not in text and "AKIA" not in text and "client-key-data" not in text


def test_a_plain_secret_would_be_seen() -> None:
    assert set(
        secrets({"efa-pools:kubeconfig": "x", "efa-pools:gardenKubeconfig": "y", "efa-pools:pools": []})
    ) == {
        "efa-pools:kubeconfig",
        "efa-pools:gardenKubeconfig",
    }


# -- releases

OLD: dict[str, Any] = {
    "resources": {
        "p:index:A": {
            "inputProperties": {"size": {"type": "integer"}, "name": {"type": "string", "description": "d"}},
            "requiredInputs": ["size"],
            "properties": {"id": {"type": "string"}},
            "required": ["id"],
        }
    },
    "types": {
        "p:index:T": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
        "p:index:E": {"type": "string", "enum": [{"value": "x"}, {"value": "y"}]},
    },
}


def schema(change: str, value: Any = None) -> dict[str, Any]:
    """The old schema with the value at a dotted path replaced, or removed where it is None."""
    made = json.loads(json.dumps(OLD))
    *path, last = change.split(".")
    place = made
    for part in path:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return dict(made)


@pytest.mark.parametrize(
    "new, said",
    [
        (schema("resources.p:index:A"), "p:index:A is gone"),
        (schema("types.p:index:T"), "p:index:T is gone"),
        (schema("resources.p:index:A.inputProperties.name"), "input name is gone"),
        (schema("resources.p:index:A.properties.id"), "output id is gone"),
        (schema("resources.p:index:A.requiredInputs", ["size", "name"]), "input name is now required"),
        (schema("resources.p:index:A.required", []), "output id may now be absent"),
        (
            schema("resources.p:index:A.inputProperties.size", {"type": "number"}),
            "input size changes its type",
        ),
        (
            schema("resources.p:index:A.inputProperties.size", {"type": "integer", "plain": True}),
            "no longer takes outputs",
        ),
        (schema("types.p:index:T.properties.a", {"$ref": "#/types/p:index:E"}), "input a changes its type"),
        (schema("types.p:index:E.enum", [{"value": "x"}]), "the value 'y' is gone"),
        (schema("types.p:index:E.type", "integer"), "type 'string' becomes 'integer'"),
    ],
)
def test_what_breaks_users(new: dict[str, Any], said: str) -> None:
    (one,) = breaking(OLD, new)
    assert said in one


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        schema("resources.p:index:B", {}),
        schema("resources.p:index:A.inputProperties.more", {"type": "string"}),
        schema("resources.p:index:A.properties.more", {"type": "string"}),
        schema("resources.p:index:A.inputProperties.name", {"type": "string", "description": "other"}),
        schema("resources.p:index:A.requiredInputs", []),
        schema("types.p:index:E.enum", [{"value": v} for v in "xyz"]),
    ],
)
def test_what_breaks_nobody(new: dict[str, Any]) -> None:
    assert breaking(OLD, new) == []


CHANGELOG = (
    "# Changelog\n\nBreaking means: replaced.\n\n## Unreleased\n{0}\n\n## 1.2.0 - 2026-11-20\n- More.\n"
)
GONE = schema("resources.p:index:A")


@pytest.mark.parametrize(
    "text, tag, new, said",
    [
        ("", None, OLD, []),
        ("- A is gone.", None, GONE, ["p:index:A is gone, and section Unreleased"]),
        ("### Breaking\n- A is gone.", None, GONE, []),
        ("", "v1.2.0", OLD, []),
        ("### Breaking", "v1.2.0", GONE, ["p:index:A is gone, and section 1.2.0"]),
        ("", "v1.2.1", OLD, ["the tag is v1.2.1 and the version is 1.2.0"]),
        ("", "1.2.0", OLD, ["expected the tag v1.2.0"]),
        ("", "components/v1.2.0", OLD, ["expected the tag v1.2.0"]),
    ],
)
def test_what_may_be_released(text: str, tag: str | None, new: dict[str, Any], said: list[str]) -> None:
    found = release.problems(CHANGELOG.format(text), "1.2.0", tag, OLD, new)
    assert len(found) == len(said) and all(part in one for part, one in zip(said, found, strict=True))


def test_a_release_without_its_section_is_refused() -> None:
    (said,) = release.problems(CHANGELOG.format(""), "1.3.0", "v1.3.0", None, OLD)
    assert "no section 1.3.0" in said


def test_the_release_before() -> None:
    tags = ["v1.2.0", "v1.10.0", "v1.9.9", "v2.0.0-rc1", "notes", "components/v3.0.0"]
    assert release.latest(tags) == "v1.10.0"
    assert release.latest(tags, "v1.10.0") == "v1.9.9" and release.latest([], None) is None


def test_a_checkout_is_held_against_the_last_tag(repository: Path) -> None:
    (repository / "components" / "efa_pools").mkdir(parents=True)
    (repository / release.VERSION_FILE).write_text('__version__ = "1.2.0"\n')
    (repository / "tests" / "data").mkdir(parents=True)
    (repository / release.SCHEMA).write_text(json.dumps(OLD))
    commit(repository, CHANGELOG_md=CHANGELOG.format(""))
    assert release.main(["check", "v1.2.0"], repository) == 0
    git(repository, "tag", "v1.2.0")
    (repository / release.SCHEMA).write_text(json.dumps(GONE))
    assert release.main(["check"], repository) == 1
    (repository / "CHANGELOG.md").write_text(CHANGELOG.format("### Breaking\n- A is gone."))
    assert release.main(["check"], repository) == 0


def test_version_stands_once_and_the_package_takes_it_from_there() -> None:
    import efa_pools as package

    assert release.version() == package.__version__
    text = (ROOT / "components" / "pyproject.toml").read_text(encoding="utf-8")
    assert 'dynamic = ["version"]' in text and 'path = "efa_pools/__init__.py"' in text
    assert "version" not in yaml.safe_load((ROOT / "components" / "PulumiPlugin.yaml").read_text())


# -- audit

LOCK = "a==1 \\\n    --hash=sha256:0\nb==2 ; sys_platform == 'win32' \\\n    --hash=sha256:1\n# c==3\n"


def test_every_pin_is_asked_about() -> None:
    assert audit.pins(LOCK) == [("a", "1"), ("b", "2")]
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert len(audit.pins(text)) == len([line for line in text.splitlines() if re.match(r"\w[^ ]*==", line)])


@pytest.mark.parametrize(
    "status, answer, code, said",
    [
        (200, {"results": [{}, {}]}, 0, "2 pinned packages audited, no known vulnerability"),
        (200, {"results": [{}, {"vulns": [{"id": "PYSEC-1"}]}]}, 1, "b 2: PYSEC-1"),
        (200, {"results": [{}]}, 2, "not audited: 2 packages were asked about"),
        (200, {"results": [{}, None]}, 2, "not audited: no answer about b 2"),
        (200, {"results": [{}, {"next_page_token": "x"}]}, 2, "not audited: no answer about b 2"),
        (200, {"results": [{}, {"vulns": "none"}]}, 2, "not audited"),
        (200, {"results": {}}, 2, "not audited"),
        (200, {}, 2, "not audited"),
        (200, [], 2, "not audited"),
        (503, {"results": [{}, {}]}, 2, "not audited"),
    ],
)
def test_an_audit_is_never_green_by_default(
    github: "Fake",
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    status: int,
    answer: Any,
    code: int,
    said: str,
) -> None:
    github.advisories = (status, answer)
    monkeypatch.setattr(audit, "SERVICE", f"http://127.0.0.1:{github.server_port}")
    (tmp_path / "lock").write_text(LOCK)
    assert audit.main(tmp_path / "lock") == code
    shown = capsys.readouterr()
    assert said in (shown.err if code == 2 else shown.out)


def test_nobody_to_ask_is_no_audit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    # Nothing listens on port 1 of this machine.
    monkeypatch.setattr(audit, "SERVICE", "http://127.0.0.1:1")
    (tmp_path / "lock").write_text(LOCK)
    assert audit.main(tmp_path / "lock") == 2
    (tmp_path / "lock").write_text("")
    assert audit.main(tmp_path / "lock") == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("not audited: ") == 2


# -- what GitHub is told


class Fake(ThreadingHTTPServer):
    """GitHub's issue comments and issues, and OSV's answers, on the loopback."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.comments: list[dict[str, Any]] = []
        self.issues: list[dict[str, Any]] = []
        self.calls: list[tuple[str, str]] = []
        self.refuse = False
        self.advisories: tuple[int, Any] = (200, {})


class Handler(BaseHTTPRequestHandler):
    server: Fake

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        self.server.calls.append((self.command, path))
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        if path == "/v1/querybatch":
            return self._reply(*self.server.advisories)
        fine = self.headers["Authorization"] == "Bearer t0ken" and not self.server.refuse
        self._reply(*(self._route(path, query, body) if fine else (403, {"message": "no"})))

    def _reply(self, status: int, answer: Any) -> None:
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _route(self, path: str, query: str, body: dict[str, Any]) -> tuple[int, Any]:
        parts = path.removeprefix("/repos/o/r/").split("/")
        kept = self.server.comments if "comments" in parts else self.server.issues
        if self.command == "GET":
            page = int(query.partition("&page=")[2])
            return 200, kept[(page - 1) * 100 : page * 100]
        if self.command == "POST":
            kept.append({"id": len(kept) + 1, "number": len(kept) + 1, "user": {"type": "Bot"}, **body})
            return 201, kept[-1]
        found = next(one for one in kept if str(one["id"]) == parts[-1])
        found.update(body)
        return 200, found

    do_GET = do_POST = do_PATCH = _answer

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    with Fake() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("GITHUB_API_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
        monkeypatch.setenv("GITHUB_TOKEN", "t0ken")
        monkeypatch.setenv("PULL_REQUEST", "7")
        yield server
        server.shutdown()
        thread.join()


def test_one_comment_is_made_and_then_kept_up_to_date(github: Fake, tmp_path: Path) -> None:
    person = {"id": 500, "user": {"type": "User"}, "body": "<!-- efa-pools preview -->\nmine"}
    github.comments = [
        *({"id": n, "user": {"type": "Bot"}, "body": "other"} for n in range(120, 230)),
        person,
    ]
    (tmp_path / "dev.md").write_text("## Preview of `dev`: no changes\n", encoding="utf-8")
    assert comment.main([str(tmp_path), "[]"]) == 0 and len(github.comments) == 111
    assert comment.main([str(tmp_path), '["dev", "prod"]']) == 0
    assert len(github.comments) == 112 and "## Preview of `prod`: no result" in github.comments[-1]["body"]
    (tmp_path / "prod.md").write_text("## Preview of `prod`: 1 pool replaced\n", encoding="utf-8")
    assert comment.main([str(tmp_path), '["dev", "prod"]']) == 0
    assert len(github.comments) == 112 and "1 pool replaced" in github.comments[-1]["body"]
    assert comment.main([str(tmp_path), "[]"]) == 0
    assert "No environment is touched" in github.comments[-1]["body"]
    assert person["body"].endswith("mine")


def test_a_comment_keeps_githubs_limit(tmp_path: Path) -> None:
    (tmp_path / "dev.md").write_text("## Preview of `dev`: x\n" + "y" * LIMIT, encoding="utf-8")
    made = comment.body(tmp_path, ["dev"])
    assert len(made) <= LIMIT and "too long" in made and "Preview of `dev`" in made


def test_a_refusal_fails_and_says_so(
    github: Fake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    github.refuse = True
    assert comment.main([str(tmp_path), '["dev"]']) == 1
    assert drift.main([str(tmp_path), '["dev"]']) == 1
    said = capsys.readouterr().err
    assert "403" in said and "t0ken" not in said


def test_an_engine_that_fails_never_says_no_changes() -> None:
    events = (ROOT / "tests/data/previews/no-change.jsonl").read_text(encoding="utf-8")
    text, fine = preview.told("prod", subprocess.CompletedProcess([], 0, events, ""), False, LIMIT)
    assert fine and text.splitlines()[0].endswith(drift.CLEAN)
    failed = subprocess.CompletedProcess([], 255, events, "error: changes were `proposed`\n")
    text, fine = preview.told("prod", failed, False, LIMIT)
    assert not fine and not text.splitlines()[0].endswith(drift.CLEAN)
    assert "exit code 255: `error: changes were 'proposed'`" in text


def test_a_preview_passes_where_the_engine_passes_and_nothing_is_at_risk() -> None:
    for name, code, allowed, fine in (
        ("replace", 0, False, False),
        ("replace", 0, True, True),
        ("replace", 255, True, False),
        ("in-place", 0, False, True),
        ("in-place", 255, False, False),
    ):
        events = (ROOT / f"tests/data/previews/{name}.jsonl").read_text(encoding="utf-8")
        done = subprocess.CompletedProcess([], code, events, "")
        assert preview.told("prod", done, allowed, LIMIT)[1] is fine, (name, code, allowed)


def test_drift_opens_one_issue_and_closes_it(github: Fake, tmp_path: Path) -> None:
    clean, other = "## Preview of `{0}`: no changes\n", "## Preview of `{0}`: 1 pool changed in place\n"
    (tmp_path / "dev.md").write_text(clean.format("dev"))
    (tmp_path / "prod.md").write_text(other.format("prod"))
    assert drift.main([str(tmp_path), '["dev", "prod"]']) == 1
    assert drift.main([str(tmp_path), '["dev", "prod"]']) == 1
    (issue,) = github.issues
    assert "`prod`" in issue["body"] and "`dev`" not in issue["body"]
    (tmp_path / "prod.md").write_text(clean.format("prod"))
    assert drift.main([str(tmp_path), '["dev", "prod"]']) == 0
    assert issue["state"] == "closed"


def test_no_answer_from_an_environment_is_drift(github: Fake, tmp_path: Path) -> None:
    assert drift.main([str(tmp_path), '["dev"]']) == 1
    assert "no result" in github.issues[0]["body"]
