"""What a summary makes of patches of a Shoot whose first worker is somebody else's.

The streams are pulumi v3.259's with pulumi-kubernetes at 9497796 on an API server whose Shoot is a custom
resource with the workers `cpu` and `gpu`; `gpu` is the patch's. Only what a summary reads was kept of them.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from efa_pools.summary.markdown import LIMIT, markdown
from efa_pools.summary.stream import parse

from delivery import drift, preview

STREAMS = Path(__file__).with_name("data") / "shoot_patches"
PATCH = "kubernetes:core.gardener.cloud/v1beta1:ShootPatch"
CLEAN = ("unchanged", "unchanged-refreshed", "other-worker-changed-refreshed")


def stream(name: str) -> str:
    return (STREAMS / f"{name}.jsonl").read_text(encoding="utf-8")


def edited(file: str, side: str, part: str, **worker: Any) -> str:
    """The stream with other values in the worker `gpu` of each patch; None takes a key away."""
    events = [json.loads(line) for line in stream(file).splitlines()]
    for event in events:
        metadata = next(iter(event.values())).get("metadata", {})
        properties = metadata.get(side, {}).get(part, {}) if metadata.get("type") == PATCH else {}
        for one in properties.get("spec", {}).get("provider", {}).get("workers", []):
            if one["name"] == "gpu":
                one.update(worker)
                for key in [key for key, value in worker.items() if value is None]:
                    del one[key]
    return "\n".join(map(json.dumps, events))


def changes(text: str) -> dict[str, str]:
    (step,) = (one for one in parse(text).steps if one.type == PATCH)
    assert bool(step.change) == bool(step.paths)
    return {path.removeprefix("spec.provider.workers[0]."): how for path, how in step.paths.items()}


@pytest.mark.parametrize("name", [*CLEAN, "larger", "larger-refreshed"])
def test_the_provider_takes_every_preview_for_an_update(name: str) -> None:
    assert '"detailedDiff":{"spec.provider.workers[0].labels"' in stream(name)
    assert '"resourceChanges":{"same":3,"update":1}' in stream(name)


@pytest.mark.parametrize("name", CLEAN)
def test_nothing_is_said_of_updates_that_write_nothing(name: str) -> None:
    assert changes(stream(name)) == {}
    found = parse(stream(name))
    assert found.sound and markdown(found, allowed=False, limit=LIMIT).startswith(
        "## Preview of `dev`: no changes\n"
    )


@pytest.mark.parametrize("name", ["larger", "larger-refreshed"])
def test_what_changes_is_told_from_the_worker_itself(name: str) -> None:
    assert changes(stream(name)) == {"maximum": "update", "minimum": "update"}
    text = markdown(parse(stream(name)), allowed=False, limit=LIMIT)
    assert "stay, 4 nodes become 6 nodes" in text and "cpu" not in text


def test_a_refresh_shows_what_others_did_to_the_worker() -> None:
    moved = edited("unchanged-refreshed", "old", "outputs", maximum=9)
    assert changes(moved) == {"maximum": "update"}
    # Of what nobody states here Gardener may make anything.
    assert changes(edited("unchanged-refreshed", "old", "outputs", systemComponents={"allow": True})) == {}


def test_a_key_that_is_no_longer_stated_is_taken_away() -> None:
    for name in ("unchanged", "unchanged-refreshed"):
        assert changes(edited(name, "new", "inputs", labels=None)) == {"labels": "delete"}, name


def test_a_worker_that_others_took_away_comes_back() -> None:
    for name in ("unchanged", "unchanged-refreshed"):
        told = changes(edited(name, "old", "outputs", name="renamed"))
        assert told["machine"] == "add" and "name" in told, name


@pytest.mark.parametrize(("name", "clean"), [(CLEAN[1], True), ("larger-refreshed", False)])
def test_drift_is_what_an_update_would_write(name: str, clean: bool) -> None:
    done = subprocess.CompletedProcess([], 0, stream(name), "")
    text, fine = preview.told("dev", done, False, LIMIT, True)
    assert fine is clean and text.splitlines()[0].endswith(drift.CLEAN) is clean
    assert preview.told("dev", done, False, LIMIT)[1]
