"""README and pins say what is true: commands exist, keys are named, examples check, files are in step."""

import re
import subprocess
from pathlib import Path
from typing import get_args

import pytest
import yaml
from efa_pools.check.stack import check_stack
from efa_pools.cli import main
from efa_pools.cli.arguments import parser
from efa_pools.model.pool import Cluster, Pool
from efa_pools.model.stack import ChartName, StackConfig
from efa_pools.plan.charts import known_charts
from efa_pools.problem import errors
from efa_pools.resources.addons import EfaClusterAddons
from efa_pools.resources.gardener_workers import GardenerWorkers
from efa_pools.resources.worker_pool import EfaWorkerPool

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
PAGES[Path("README.md")] = README


NEEDS = {
    "layout": ["x"],
    "check": ["x"],
    "verify": ["--nodes", "x"],
    "karpenter": ["export", "x"],
    "gardener": ["import", "x"],
    "summary": ["x"],
    "nccl": ["report", "x", "--instance-type", "x", "--nodes", "2"],
}
"""What a command cannot be called without."""


def test_every_key_is_named() -> None:
    for model in (StackConfig, Pool, Cluster):
        for field in model.fields().values():
            assert f"`{field.alias}`" in README, field.alias


def test_every_output_is_named() -> None:
    for component in (EfaWorkerPool, EfaClusterAddons, GardenerWorkers):
        for name in component.__annotations__:
            wire = re.sub(r"_([a-z])", lambda match: match[1].upper(), name)
            assert f"`{wire}`" in README, wire


def test_every_chart_is_named() -> None:
    for name in get_args(ChartName):
        assert f"`{name}`" in README and name in known_charts(), name


def test_the_example_is_valid() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", README, re.S)
    assert len(text.splitlines()) <= 12
    found = check_stack(yaml.safe_load(text)["config"])
    assert errors(found.problems) == []


def test_every_command_is_real() -> None:
    for text in PAGES.values():
        for line in re.findall(r"(?:`|\n|\| |\$ )efa-pools ([a-z]+)", text):
            assert parser().parse_args([line, *NEEDS.get(line, [])]).command == line


def test_make_targets_are_real() -> None:
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^make ([a-z]+)", helped, re.M))
    assert {"help", "setup", "up", "preview", "down", "test", "lint", "bench", "clean"} <= targets
    for text in PAGES.values():
        assert set(re.findall(r"(?:`|\n)make ([a-z]+)", text)) <= targets


def test_the_readme_stays_a_newcomers_page() -> None:
    assert len(README.splitlines()) <= 250, "detail belongs into docs/"
    for page in PAGES:
        assert str(page) in README or page.name == "README.md", f"README does not lead to {page}"


def anchors(text: str) -> set[str]:
    """Of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", sorted(PAGES), ids=str)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = ROOT / page.parent / path if path else ROOT / page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file.read_text(encoding="utf-8")), target


def printed(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    main(list(args))
    return capsys.readouterr().out


def sample(command: str) -> str:
    return README.split(f"\n$ {command}\n")[1].split("```")[0]


def test_the_sample_of_a_plan_is_what_the_command_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    shown, _, rest = sample("efa-pools plan --stack dev").partition("  ...\n")
    assert rest == "" and len(shown.splitlines()) > 8
    assert printed(capsys, "plan", "--stack", "dev").startswith(shown)


def test_the_sample_of_a_problem_is_what_the_command_prints(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    (tmp_path / "Pulumi.dev.yaml").write_text(text.replace("[us-east-2a]", "[us-east-2a, us-east-2b]"))
    monkeypatch.chdir(tmp_path)
    out = printed(capsys, "check", "Pulumi.dev.yaml")
    assert out.startswith(sample("efa-pools check Pulumi.dev.yaml").replace("\n", " ").strip() + "\n")


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = (re.match(r"([A-Za-z0-9_.-]+)==([^ \\]+)", line) for line in lines)
    return {one[1].lower(): one[2] for one in found if one}


def test_lock_holds_every_pin_with_hashes() -> None:
    locked = pins("requirements.lock")
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert pins(name) and pins(name).items() <= locked.items(), name
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z])", text.strip())
    assert len(blocks) == len(locked) and all("--hash=sha256:" in block for block in blocks)


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").lower()
    for name in pins("requirements.txt") | pins("requirements-dev.txt"):
        assert re.search(rf"^\|[^|]*\b{re.escape(name)}\b", reasons, re.M), name


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements.lock"])
def test_no_index_host_is_named(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?://|--index|--find-links|file:", text)


def test_ci_runs_the_readmes_command() -> None:
    assert "make test" in README and "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
