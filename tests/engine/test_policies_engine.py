"""The policy pack on the real engine: silent about good pools, and each mistake by hand is found once."""

import json
import shutil
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.pack import RULES
from sandbox.engine import Engine, Outcome
from sandbox.project import PACKAGES
from tests.engine.session import ROOT, needs_cli, slow
from tests.stacks import KUBECONFIG

pytestmark = [needs_cli, slow]
PACK = ROOT / "policies"
VIOLATIONS = Path(__file__).with_name("violations")
MISTAKES = {
    "five-cards": "efa-layout",
    "two-cards": "efa-layout-of-groups",
    "no-such-type": "efa-type-known",
    "public": "no-public-address",
    "deaf-sg": "efa-group-names-itself",
    "mute-sg": "efa-nodes-reach-out",
    "two-zones": "cluster-group-in-one-zone",
    "starved": "no-new-group-beside-reservation",
    "forbidden": "no-group-beside-resource-group",
    "untried": "existing-group-beside-block",
    "nameless": "capacity-block-is-named",
    "not-a-block": "capacity-type-fits-market",
    "too-many": "size-within-reservation",
    "beyond-block": "size-within-reservation",
    "sharing-2": "reservation-not-oversold",
    "unasked": "capacity-is-bought-on-purpose",
    "loose": "capacity-is-kept",
    "tokenless": "imdsv2",
    "clear": "encrypted-volumes",
    "untagged": "required-tags",
    "newest-template": "template-version-is-pinned",
    "newest-image": "node-image-is-pinned",
    "newest-chart": "chart-is-pinned",
    "strange-chart": "helm-repository-is-allowed",
    "old-plugin": "efa-plugin-knows-type",
    "moving-image": "container-image-is-pinned",
}
BOUGHT = {"capacity-is-bought-on-purpose": {"allowed": ["small", "shared", "loose"]}}


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack, to be run by the interpreter of this test run."""
    folder = tmp_path_factory.mktemp("pack") / "policies"
    shutil.copytree(PACK, folder, ignore=shutil.ignore_patterns("__pycache__"))
    project = yaml.safe_load((folder / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    project["runtime"]["options"]["virtualenv"] = sys.prefix
    (folder / "PulumiPolicy.yaml").write_text(json.dumps(project), encoding="utf-8")
    return folder


class Judged(Engine):
    """A stack under the pack."""

    def judge(self, pack: Path, config: Any) -> tuple[Outcome, list[dict[str, Any]]]:
        """A preview, and what the pack said in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        given = self.folder / "policies.json"
        given.write_text(json.dumps(config), encoding="utf-8")
        done = self.preview("--policy-pack", str(pack), "--policy-pack-config", str(given))
        return done, said(self)


def said(engine: Engine, kind: str = "policyEvent") -> list[dict[str, Any]]:
    """Events of the last run: findings, or `policyRemediationEvent`."""
    log = (engine.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [event[kind] for line in log if kind in (event := json.loads(line))]


def name_of(event: dict[str, Any]) -> str:
    return str(event["resourceUrn"].rsplit("::", 1)[-1])


class ByHand(Judged):
    """A stack whose providers accept everything."""

    def _prepare(self) -> None:
        super()._prepare()
        for package, distribution in PACKAGES.items():
            release = version(distribution)
            folder = self.folder / "home" / "plugins" / f"resource-{package}-v{release}"
            launcher = folder / f"pulumi-resource-{package}"
            text = launcher.read_text(encoding="utf-8")
            launcher.write_text(text.replace("sandbox.plugin", "tests.engine.accepting"), encoding="utf-8")


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> ByHand:
    folder = tmp_path_factory.mktemp("violations")
    stack_file = folder / "stack.yaml"
    block = {"reservationId": "cr-0e5f60718293a4b5c", "count": 8}
    config = {"aws:region": "us-east-2", "efa-pools:pools": [{"capacity": block}]}
    stack_file.write_text(json.dumps({"config": config}), encoding="utf-8")
    return ByHand("test", folder / "run", VIOLATIONS, stack_file)


def own(stack: str, folder: Path) -> tuple[Judged, Any]:
    """A stack of the project, with the configuration of the pack that comes with it."""
    config = json.loads((PACK / f"config.{stack}.json").read_text(encoding="utf-8"))
    return Judged(stack, folder / "run", secrets={KUBECONFIG: "apiVersion: v1"}), config


def test_blocks_and_reservations_of_prod_have_no_finding(pack: Path, tmp_path: Path) -> None:
    engine, config = own("prod", tmp_path)
    done, found = engine.judge(pack, config)
    assert done.code == 0 and found == [], done.text
    assert done.ops("NodeGroup") and done.ops("Release")


def test_dev_has_no_finding_planned_made_or_up(pack: Path, tmp_path: Path) -> None:
    engine, config = own("dev", tmp_path)
    done, found = engine.judge(pack, config)
    assert done.code == 0 and found == [], done.text
    up = engine.up("--skip-preview", "--policy-pack", str(pack))
    assert up.code == 0 and up.ops("NodeGroup") and up.ops("Release") and said(engine) == [], up.text
    # Silence is not absence: asked for a tag that nobody sets, the pack names every resource of the pools.
    wanted = {"required-tags": {"tags": ["nobody"]}, "all": "mandatory", "nodes-are-protected": "disabled"}
    done, found = engine.judge(pack, wanted)
    tagged = ("SecurityGroup", "LaunchTemplate", "NodeGroup", "PlacementGroup")
    assert done.code != 0 and {one["policyName"] for one in found} == {"required-tags"}, done.text
    assert {name_of(one) for one in found} == {name for type in tagged for name in done.ops(f":{type}")}


def test_each_mistake_is_found_once_and_fails_the_preview(by_hand: ByHand, pack: Path) -> None:
    done, found = by_hand.judge(pack, BOUGHT)
    counted = Counter((name_of(one), one["policyName"]) for one in found)
    assert counted == Counter(MISTAKES.items()), done.text
    assert done.code != 0
    levels = {rule.id: rule.level for rule in RULES}
    assert {one["policyName"]: one["enforcementLevel"] for one in found} == {
        rule: levels[rule] for rule in MISTAKES.values()
    }
    # All but the one that is off.
    assert set(levels) - set(MISTAKES.values()) == {"nodes-are-protected"}


def test_what_is_remediated_is_planned_right(by_hand: ByHand, pack: Path) -> None:
    tags = {"owner": "research", "cost-center": "training"}
    mended = {
        "imdsv2": "remediate",
        "encrypted-volumes": "remediate",
        "required-tags": {"enforcementLevel": "remediate", "values": tags},
    }
    done, found = by_hand.judge(pack, {**BOUGHT, **mended})
    assert not {one["policyName"] for one in found} & set(mended)
    remedied = {(name_of(one), one["policyName"]) for one in said(by_hand, "policyRemediationEvent")}
    assert remedied == {(name, rule) for name, rule in MISTAKES.items() if rule in mended}
    planned = {
        step["urn"].rsplit("::", 1)[-1]: step["new"]["inputs"] for step in done.steps if step.get("new")
    }
    assert planned["tokenless"]["metadataOptions"]["httpTokens"] == "required"
    assert planned["clear"]["blockDeviceMappings"][0]["ebs"] == {"encrypted": "true", "volumeSize": 100}
    assert planned["untagged"]["tags"] == tags
