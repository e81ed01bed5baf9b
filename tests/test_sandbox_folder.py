"""The store as a folder: whole files, one at a time, over the account as found."""

import json
import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

from sandbox import account, core
from sandbox.folder import transaction
from sandbox.project import unsealed

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
GROUP, ROLE = "aws:ec2/placementGroup:PlacementGroup", "aws:iam/role:Role"


def test_it_starts_as_the_account_is_found_and_keeps_only_what_differs(tmp_path: Path) -> None:
    with transaction(tmp_path, account.load(at=NOW)) as store:
        assert [one["id"] for one in store.all(GROUP)] == ["p5-train"] and store.own() == []
        core.create(store, GROUP, "g", {"name": "a/b", "strategy": "cluster"}, False)
    (file,) = tmp_path.glob("objects/*/*.json")
    assert json.loads(file.read_text())["outputs"]["name"] == "a/b"
    with transaction(tmp_path, account.load(at=NOW)) as store:
        found = store.get(GROUP, "a/b")
        assert found and found["inputs"] == {"name": "a/b", "strategy": "cluster"}
        assert {one["id"] for one in store.all(GROUP)} == {"p5-train", "a/b"}
        core.delete(store, GROUP, "a/b")
        assert store.get(GROUP, "a/b") is None
    assert not list(tmp_path.glob("objects/*/*"))


def test_what_is_removed_from_the_account_stays_removed(tmp_path: Path) -> None:
    for _ in range(2):
        with transaction(tmp_path, account.load(at=NOW)) as store:
            core.delete(store, GROUP, "p5-train")
            assert store.get(GROUP, "p5-train") is None and store.all(GROUP) == [] and store.own() == []


def test_windows_of_the_account_move_on_with_the_clock(tmp_path: Path) -> None:
    states = set()
    for at in (NOW, NOW.replace(month=3)):
        with transaction(tmp_path, account.load(at=at)) as store:
            (block,) = [
                one
                for one in store.all("aws:ec2/capacityReservation:CapacityReservation")
                if one["outputs"].get("reservationType") == "capacity-block"
            ]
            states.add(block["outputs"]["state"])
    assert states == {"active"}


def make(folder: Path, count: int) -> None:
    for i in range(count):
        with transaction(folder, account.load(at=NOW)) as store:
            name = f"{multiprocessing.current_process().name}-{i}"
            core.create(store, GROUP, name, {"name": name, "strategy": "cluster"}, False)


def test_processes_do_not_lose_each_others_objects(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=make, args=(tmp_path, 5)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
        assert worker.exitcode == 0
    with transaction(tmp_path, account.load(at=NOW)) as store:
        assert len(store.own()) == 15
        # Ids are new every time.
        assert len({one["outputs"]["placementGroupId"] for one in store.own()}) == 15
    assert not list(tmp_path.rglob("*.tmp"))


def test_what_is_sealed_in_a_stack_file_gets_a_stand_in() -> None:
    text = (
        "encryptionsalt: v1:abc=\n"
        "config:\n"
        "  aws:region: us-east-2 # kept\n"
        "  efa-pools:kubeconfig:\n"
        "    secure: v1:xyz==\n"
        "  efa-pools:registry: {secure: v1:uvw}\n"
        "  efa-pools:tags: {owner: secure}\n"
    )
    assert unsealed(text) == (
        "config:\n"
        "  aws:region: us-east-2 # kept\n"
        "  efa-pools:kubeconfig: sandbox\n"
        "  efa-pools:registry: sandbox\n"
        "  efa-pools:tags: {owner: secure}\n"
    )
