"""What each kind of change does to running nodes: `docs/changes.md`, from previews of the real engine.

Written anew by `python -m tests.engine.changes` where a pulumi is on PATH.
"""

import re
import tempfile
from pathlib import Path
from typing import Any

from sandbox.engine import Outcome
from tests.engine.session import ROOT, Session, pool

TARGET = ROOT / "docs" / "changes.md"
INTERFACES = [{}, {"deviceIndex": 1, "type": "efa-only"}, {"networkCardIndex": 1, "type": "efa-only"}]
# What the user changes, and the keys of the pool that change.
CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("`size.desired` of a fixed pool, 2 to 4", {"size": {"desired": 4}}),
    ("fixed pool to a scaled one, `min: 1`, `max: 4`", {"size": {"min": 1, "max": 4}}),
    ("`labels`", {"labels": {"team": "research"}}),
    ("`taints`", {"taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]}),
    ("`update`", {"update": {"maxUnavailable": 2}}),
    ("`tags`", {"tags": {"project": "llm"}}),
    ("`layout`", {"layout": "max-ena"}),
    (
        "`networkInterfaces` instead of a preset",
        {"layout": None, "layoutVersion": None, "networkInterfaces": INTERFACES},
    ),
    ("`rootVolume.size`", {"rootVolume": {"size": 200}}),
    ("`metadata.hopLimit`", {"metadata": {"hopLimit": 1}}),
    ("`hugePages2Mi`", {"hugePages2Mi": 5128}),
    ("`image.releaseVersion`", {"image": {"family": "al2023", "releaseVersion": "1.34.3-20261119"}}),
    (
        "`image.amiType`",
        {
            "image": {
                "family": "al2023",
                "releaseVersion": "1.34.2-20261105",
                "amiType": "AL2023_x86_64_STANDARD",
            }
        },
    ),
    ("`image.amiId` instead of a release", {"image": {"family": "al2023", "amiId": "ami-0abcdef1234567890"}}),
    ("`instanceType`", {"instanceType": "p4de.24xlarge"}),
    ("`placement.strategy`", {"placement": {"mode": "create", "strategy": "spread"}}),
    ("`placement.mode: none`", {"placement": {"mode": "none"}}),
    ("`capacity.kind: spot`", {"capacity": {"kind": "spot"}}),
    (
        "`capacity.kind: open-reservation`",
        {"capacity": {"kind": "open-reservation"}, "placement": {"mode": "none"}},
    ),
    (
        "`subnetIds`, another zone",
        {"subnetIds": ["subnet-0b2c3d4e5f6071829"], "availabilityZones": ["us-east-2b"]},
    ),
    ("`nodes.roleArn`", {"nodes": {"roleArn": "arn:aws:iam::123456789012:role/efa-nodes"}}),
    ("`nodes.kind: self-managed`", {"nodes": {"kind": "self-managed"}}),
    ("`securityGroupIds`", {"securityGroupIds": ["sg-0a7b8c9d0e1f2a3b4"]}),
    ("`name`", {"name": "other"}),
]
HEAD = """# What a change does to running nodes

Each row is a preview of the real engine: a pool of two p4d.24xlarge in a cluster group is up, and one thing
is changed. Resources are named by their suffix; `+` creates, `~` changes in place, `+-` makes the replacement
first and deletes the old one after, `-` deletes. What replaces a resource is the AWS provider's rule
(`sandbox/core/replacement.json` names its source); what happens to nodes then is EKS's: a new template
version or release replaces them in turn, `update.maxUnavailable` at a time, in the order of
`update.strategy`.

| change | resources | running nodes |
|---|---|---|
"""
SIGNS = {"create": "+", "update": "~", "replace": "+-", "delete": "-"}
ROLLING = ("launchTemplate", "releaseVersion", "version")


def table(folder: Path) -> str:
    """The whole document."""
    stack = Session(folder)
    stack.configure(pool()).quick()
    rows = [_row(text, stack.configure(pool(**change)).preview()) for text, change in CHANGES]
    stack.configure(pool()).destroy("--skip-preview")
    return HEAD + "\n".join(rows) + "\n"


def _row(text: str, done: Outcome) -> str:
    if done.code != 0:
        said = done.errors.splitlines()[0].partition("Preview failed: ")[2]
        assert said, f"{text}: {done.text}"
        # The engine names what it makes at random.
        return f"| {text} | refused: {re.sub(r'train-pg-[0-9a-f]+', 'train-pg', said)} | untouched |"
    # By name and step: a pool that moves has an old and a new resource of one name.
    changed = sorted({(_called(step["urn"]), step["op"]) for step in done.steps if step["op"] in SIGNS})
    made = dict.fromkeys(f"{SIGNS[op]} {_short(name)}" for name, op in changed)
    return f"| {text} | {', '.join(made) or 'none'} | {_nodes(done, changed)} |"


def _called(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]


def _short(name: str) -> str:
    """A resource below its pool's name; tags of a group stand together."""
    found = name.partition("-")[2] or "pool"
    return "nodes-tag-..." if found.startswith("nodes-tag-") else found


def _nodes(done: Outcome, changed: list[tuple[str, str]]) -> str:
    groups = [(name, op) for name, op in changed if name.endswith("-nodes")]
    ops = {op for _, op in groups}
    if "replace" in ops:
        return "a new node group comes first, then the old one goes with all its nodes"
    if {"create", "delete"} <= ops and len({name for name, _ in groups}) == 1:
        return "a group of the other kind comes first, then the old one goes with all its nodes"
    if {"create", "delete"} <= ops:
        return "a new pool comes, then the old one goes with all its nodes; `aliases` keep it"
    if not groups:
        return "untouched"
    paths = done.paths(groups[0][0])
    if any(path.split(".")[0] in ROLLING for path in paths):
        return "replaced in turn"
    if any(path.startswith("scalingConfig") for path in paths):
        return "added or removed; the others stay"
    if any(path.split(".")[0].split("[")[0] in ("labels", "taints") for path in paths):
        return "stay; EKS sets it on them"
    return "stay"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(table(Path(folder)), encoding="utf-8")
