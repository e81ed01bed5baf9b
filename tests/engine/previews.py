"""Previews of the real engine, trimmed: `tests/data/previews/`, by which `efa-pools summary` is judged.

Written anew by `python -m tests.engine.previews [VENV]` where a pulumi is on PATH. VENV is a virtual
environment with pulumi-policy, for the preview that a policy fails; the default is the one that runs this.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.engine.session import ROOT, Session, pool

TARGET = ROOT / "tests" / "data" / "previews"
STREAM = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "1"}
RESERVED = {
    "name": "research",
    "instanceType": "p5en.48xlarge",
    # Half of the reservation, so that a second group fits in beside the first.
    "size": {"desired": 2},
    "subnetIds": ["subnet-0c3d4e5f607182930"],
    "availabilityZones": ["us-east-2c"],
    "placement": None,
    "capacity": {"kind": "reservation", "reservationId": "cr-0f60718293a4b5c6d", "count": 4},
}
BLOCK = {
    "name": "train",
    "instanceType": "p5.48xlarge",
    "size": {"desired": 8},
    "subnetIds": ["subnet-0b2c3d4e5f6071829"],
    "availabilityZones": ["us-east-2b"],
    "placement": None,
    "capacity": {
        "kind": "capacity-block",
        "reservationId": "cr-0e5f60718293a4b5c",
        "count": 8,
        "start": "2026-11-20T11:30:00Z",
        "end": "2026-12-04T11:30:00Z",
    },
}
IN_SHOOT = {
    "nodes": {"kind": "gardener", "shoot": "training", "namespace": "garden-ml"},
    "image": {"family": "garden-linux", "releaseVersion": "2150.6.0"},
}
GARDEN = {
    "efa-pools:cluster": {"kubernetesVersion": "1.34"},
    "efa-pools:gardenKubeconfig": "apiVersion: v1",
}
ROLE = {"nodes": {"roleArn": "arn:aws:iam::123456789012:role/efa-nodes"}}
LONG = ("userData", "tagSpecifications", "networkInterfaces", "pools", "description", "assumeRolePolicy")
"""Properties without which the summary is the same."""
PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def spread(args, report):
    group = args.resource_type == "aws:ec2/placementGroup:PlacementGroup"
    if group and args.props.get("strategy") != "cluster":
        report("a placement group of strategy spread keeps nodes apart; <b>EFA</b> wants them close")

def owner(args, report):
    if args.resource_type == "aws:ec2/launchTemplate:LaunchTemplate":
        report("no cost-center tag")

PolicyPack("efa-rules", [
    ResourceValidationPolicy("close-together", "Nodes of a pool stand close together.", spread,
                             EnforcementLevel.MANDATORY),
    ResourceValidationPolicy("cost-center", "Everything has a cost center.", owner,
                             EnforcementLevel.ADVISORY),
])
"""


def record(folder: Path, environment: Path) -> Iterator[tuple[str, str]]:
    """Name and events of each preview, in the order in which they are made."""
    stack = Session(folder / "stack", stack="dev")
    both = pool(name="validation"), pool(**BLOCK), pool(**RESERVED)
    yield "create", preview(stack.configure(*both))
    stack.quick()
    yield "no-change", preview(stack)
    larger = pool(name="validation", size={"desired": 3}, labels={"team": "research"})
    yield "in-place", preview(stack.configure(larger, *both[1:]))
    other_role = pool(**{**RESERVED, **ROLE})
    in_turn = pool(**{**BLOCK, "rootVolume": {"size": 200}})
    yield "replace", preview(stack.configure(in_turn, other_role))
    full = pool(**{**RESERVED, **ROLE, "size": {"desired": 4}})
    yield "failed", preview(stack.configure(*both[:2], full))
    spread = pool(name="validation", placement={"mode": "create", "strategy": "spread"})
    pack = folder / "pack"
    pack.mkdir()
    options = {"name": "python", "options": {"virtualenv": str(environment)}}
    (pack / "PulumiPolicy.yaml").write_text(json.dumps({"runtime": options, "version": "0.0.1"}))
    (pack / "__main__.py").write_text(PACK)
    yield "policy", preview(stack.configure(spread, *both[1:]), "--policy-pack", str(pack))
    yield "gardener", workers(Session(folder / "shoot", stack="dev"))


def workers(stack: Session) -> str:
    """The preview of a Shoot that loses a worker, while another gets new disks."""
    train = {**BLOCK, **IN_SHOOT, "subnetIds": None}
    validation = {"name": "validation", **IN_SHOOT, "subnetIds": None}
    stack.configure(pool(**train), pool(**validation), **GARDEN).quick()
    return preview(stack.configure(pool(**{**train, "rootVolume": {"size": 200}}), **GARDEN))


def preview(stack: Session, *more: str) -> str:
    """The event stream of one preview, as it comes."""
    stack._prepare()
    environment = {**stack.environment(), **STREAM}
    environment.pop("PULUMI_DEBUG_COMMANDS")
    line = ["pulumi", "preview", "--json", "--non-interactive", "--stack", stack.stack, *more]
    done = subprocess.run(
        line, cwd=stack.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    return done.stdout


def trimmed(events: str, folder: Path) -> str:
    """Without what says nothing of the stack: debug output, times, this machine's places, long values."""
    kept = []
    for line in events.replace(str(folder), "").replace(str(ROOT), "").splitlines():
        event: dict[str, Any] = json.loads(line)
        if _says_nothing(event):
            continue
        event["timestamp"] = 0
        kept.append(json.dumps(_short(event), separators=(",", ":")))
    return "\n".join(kept) + "\n"


def _says_nothing(event: Mapping[str, Any]) -> bool:
    after = event.get("resOutputsEvent", {}).get("metadata", {})
    # Tracebacks of the program that the engine interrupts name this machine's places.
    noise = event.get("diagnosticEvent", {}).get("severity") in ("debug", "info#err")
    component = after.get("type", "").startswith("efa-pools:")
    return noise or "policyRemediateSummaryEvent" in event or bool(after and not component)


def _short(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _short(one) for key, one in value.items() if key not in LONG}
    return [_short(one) for one in value] if isinstance(value, list) else value


def main(environment: str = sys.prefix) -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        for name, events in record(Path(place), Path(environment)):
            (TARGET / f"{name}.jsonl").write_text(trimmed(events, Path(place)), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
