"""The sandbox's Shoot: who owns which field, and what Gardener refuses of it."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox import account, core
from sandbox.core import server_side_apply, shoots, worker_config
from sandbox.core.references import PLACEMENT_GROUP, SHOOT, SHOOT_PATCH
from sandbox.core.store import MemoryStore
from sandbox.core.values import Refused
from tests.gardener_shoots import p5_worker

CASES = json.loads((Path(__file__).parent / "data" / "gardener" / "validation.json").read_text())["cases"]
ID = "garden-ml/training"
OTHERS = "gardener-controller-manager"


def patch(*workers: dict[str, Any], name: str = "training") -> dict[str, Any]:
    return {
        "apiVersion": "core.gardener.cloud/v1beta1",
        "kind": "Shoot",
        "metadata": {"name": name, "namespace": "garden-ml"},
        "spec": {"provider": {"workers": list(workers)}},
    }


def worker(name: str = "gpu", **changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(p5_worker()), "name": name, "zones": ["us-east-2b"], **changes}


def workers(store: MemoryStore) -> dict[str, Any]:
    found: Any = store.get(SHOOT, ID)
    return {one["name"]: one for one in found["outputs"]["spec"]["provider"]["workers"]}


def managers(store: MemoryStore) -> set[str]:
    found: Any = store.get(SHOOT, ID)
    return {one["manager"] for one in found["outputs"]["metadata"]["managedFields"]}


def others_write(store: MemoryStore, name: str, **fields: Any) -> None:
    found: Any = store.get(SHOOT, ID)
    spec = {"provider": {"workers": [{"name": name, **fields}]}}
    store.put(SHOOT, ID, {**found, "outputs": server_side_apply.written(found["outputs"], OTHERS, spec)})


def create(store: MemoryStore, *entries: dict[str, Any], resource: str = "gpu-worker") -> str:
    id, _ = core.create(store, SHOOT_PATCH, resource, patch(*entries), preview=False)
    assert isinstance(id, str)
    return id


def test_the_account_holds_a_sound_shoot() -> None:
    store = account.load()
    found: Any = store.get(SHOOT, ID)
    assert not shoots.refusals(found["outputs"])
    assert managers(store) == {"gardener-dashboard", OTHERS}


def test_a_patch_adds_its_worker_and_touches_no_other() -> None:
    store = account.load()
    before = workers(store)
    create(store, worker())
    assert workers(store) == {**before, "gpu": worker()}


def test_the_same_patch_again_changes_nothing() -> None:
    store = account.load()
    id = create(store, worker())
    before = store.get(SHOOT, ID)
    assert core.diff(SHOOT_PATCH, patch(worker()), patch(worker())) == []
    core.update(store, SHOOT_PATCH, id, patch(worker()), patch(worker()), preview=False)
    assert store.get(SHOOT, ID) == before


def test_a_field_that_is_no_longer_stated_goes() -> None:
    store = account.load()
    id = create(store, worker(labels={"a": "1"}))
    core.update(store, SHOOT_PATCH, id, patch(worker(labels={"a": "1"})), patch(worker()), preview=False)
    assert "labels" not in workers(store)["gpu"]


def test_a_foreign_image_version_is_left_alone() -> None:
    store = account.load()
    unpinned = worker(machine={"type": "p5.48xlarge", "image": {"name": "gardenlinux"}})
    id = create(store, unpinned)
    assert workers(store)["gpu"]["machine"]["image"]["version"] == "2150.6.0"  # Gardener fills it in
    others_write(store, "gpu", machine={"image": {"version": "2150.7.0"}})
    core.update(store, SHOOT_PATCH, id, patch(unpinned), {**patch({**unpinned, "maximum": 5})}, preview=False)
    assert workers(store)["gpu"]["machine"]["image"]["version"] == "2150.7.0"
    assert workers(store)["gpu"]["maximum"] == 5
    core.delete(store, SHOOT_PATCH, id)
    assert set(workers(store)) == {"services"}


@pytest.mark.parametrize("preview", [True, False])
def test_a_pinned_version_that_others_moved_is_a_conflict(preview: bool) -> None:
    store = account.load()
    id = create(store, worker())
    others_write(store, "gpu", machine={"image": {"version": "2150.7.0"}})
    with pytest.raises(Refused) as refused:
        core.update(store, SHOOT_PATCH, id, patch(worker()), patch(worker(maximum=5)), preview=preview)
    assert refused.value.code == "Conflict"
    assert f'"{OTHERS}"' in str(refused.value) and '[name="gpu"].machine.image.version' in str(refused.value)
    assert workers(store)["gpu"]["maximum"] == 4
    moved = worker(machine={"type": "p5.48xlarge", "image": {"name": "gardenlinux", "version": "2150.7.0"}})
    core.update(
        store, SHOOT_PATCH, id, patch(worker()), patch(moved), preview=False
    )  # the same value is none


def test_deleting_takes_away_this_worker_and_no_other() -> None:
    store = account.load()
    before = workers(store)
    first, second = create(store, worker()), create(store, worker("more"), resource="more-worker")
    core.delete(store, SHOOT_PATCH, first)
    assert workers(store) == {**before, "more": worker("more")}
    core.delete(store, SHOOT_PATCH, second)
    assert workers(store) == before and managers(store) == {"gardener-dashboard", OTHERS}
    core.delete(store, SHOOT_PATCH, second)  # gone already


def test_the_last_worker_cannot_go() -> None:
    store = account.load()
    id = create(store, worker())
    found: Any = store.get(SHOOT, ID)
    kept = [one for one in found["outputs"]["spec"]["provider"]["workers"] if one["name"] == "gpu"]
    found["outputs"]["spec"]["provider"]["workers"] = kept
    store.put(SHOOT, ID, found)
    with pytest.raises(Refused, match="workers: Forbidden"):
        core.delete(store, SHOOT_PATCH, id)


def test_a_preview_keeps_nothing() -> None:
    store = account.load()
    before = store.get(SHOOT, ID)
    core.create(store, SHOOT_PATCH, "gpu-worker", patch(worker()), preview=True)
    assert store.get(SHOOT, ID) == before


def test_a_group_with_machines_of_a_shoot_stays() -> None:
    store = account.load()
    config = {**p5_worker()["providerConfig"], "placement": {"groupId": "pg-0d4e5f60718293a4b"}}
    id = create(store, worker(providerConfig=config))
    with pytest.raises(Refused, match="in use"):
        core.delete(store, PLACEMENT_GROUP, "p5-train")
    core.delete(store, SHOOT_PATCH, id)
    core.delete(store, PLACEMENT_GROUP, "p5-train")


def test_another_shoot_replaces_the_patch() -> None:
    changes = core.diff(SHOOT_PATCH, patch(worker()), patch(worker(maximum=5), name="other"))
    assert [(one.path, one.replaces) for one in changes] == [
        ("metadata.name", True),
        ("spec.provider.workers[0].maximum", False),
    ]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no such Shoot": (patch(worker(), name="none"), "spec.provider.type: Required value"),
    "unknown property": ({**patch(worker()), "status": {}}, "status: there is no such property"),
    "no workers": (patch() | {"spec": {}}, "spec.provider.workers: expected a list"),
    "another kind": (patch(worker()) | {"kind": "Seed"}, "kind Shoot"),
    "name": (patch(worker("a-very-long-name")), "[1].name: Invalid value"),
    "machine type": (patch(worker(machine={})), "[1].machine.type: Required value"),
    "sizes": (patch(worker(maximum=1)), "[1].maximum: Forbidden"),
    "no surge": (patch(worker(maxSurge=0)), "[1].maxUnavailable: Invalid value"),
    "zone": (patch(worker(zones=["us-east-2c"])), "[1].zones[0]: Invalid value"),
    "taint": (patch(worker(taints=[{"key": "a", "effect": "Never"}])), "[1].taints[0].effect: Unsupported"),
    "casing": (
        patch(worker(providerConfig={**p5_worker()["providerConfig"], "placement": {"groupID": "pg-1"}})),
        "[1].providerConfig: Invalid value",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_refused_with_its_field(case: str) -> None:
    inputs, expected = WRONG[case]
    store = account.load()
    before = store.get(SHOOT, ID)
    with pytest.raises(Refused) as refused:
        core.create(store, SHOOT_PATCH, "gpu-worker", inputs, preview=False)
    assert expected in str(refused.value)
    assert store.get(SHOOT, ID) == before


def faults(case: Any) -> list[worker_config.Fault]:
    context, config = case["context"], case["worker_config"]
    if case["function"] == "ValidateWorkerConfig":
        found = worker_config.faults(config, context["volume"], context["dataVolumes"] or [])
        return [one._replace(field=one.field.removeprefix("providerConfig.")) for one in found]
    given = {key: value for key, value in context["worker"].items() if value is not None}
    if context["providerConfigSetOnWorker"]:
        given["providerConfig"] = context.get("providerConfigRaw", config)
    found = list(shoots.extension_faults(given, context["infrastructureZones"]))
    if config is not None and not context["providerConfigSetOnWorker"]:
        found += worker_config.faults(config, given.get("volume"), given.get("dataVolumes") or [])
    return found


@pytest.mark.parametrize(
    "case",
    [one for one in CASES if one["function"] in ("ValidateWorkerConfig", "ValidateWorker", "AdmitWorker")],
    ids=lambda case: case["id"],
)
def test_gardeners_own_cases(case: Any) -> None:
    found = {(f"{case['field_root']}.{one.field}", one.kind) for one in faults(case)}
    assert found == {(one["field"], one["kind"]) for one in case["errors"]}
