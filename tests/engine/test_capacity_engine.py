"""What costs money on the real engine: made once, kept whatever happens, bought never twice."""

from typing import Any

import pytest

from sandbox import recover
from sandbox.core.references import CAPACITY_BLOCK, CAPACITY_RESERVATION, PLACEMENT_GROUP
from sandbox.on_engine import recovered, run
from tests.engine.session import NODES, Session, needs_cli, pool, slow
from tests.engine.test_faults import fault, killed

pytestmark = [needs_cli, slow]

NOW, DURING = "2026-12-01T12:00:00Z", "2026-12-04T12:00:00Z"
START, END = "2026-12-03T11:30:00Z", "2026-12-10T11:30:00Z"
OFFERING = "cb-0a1b2c3d4e5f60718"  # of sandbox/account.yaml
PLACE: dict[str, Any] = {
    "instanceType": "p5.48xlarge",
    "subnetIds": ["subnet-0b2c3d4e5f6071829"],
    "availabilityZones": ["us-east-2b"],
    "placement": None,
}
WINDOW = {"kind": "capacity-block", "start": START, "end": END, "whenInactive": "defer"}
BUY = {**WINDOW, "offeringId": OFFERING, "maximumPrice": "30000.00", "currency": "USD"}


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    for variable in ("EFA_POOLS_NOW", "SANDBOX_NOW"):
        monkeypatch.setenv(variable, moment)


@pytest.fixture
def stack(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Session:
    at(monkeypatch, NOW)
    return Session(tmp_path)


def paid(stack: Session) -> set[str]:
    """Every reservation and block that the account holds and did not have before."""
    return {id for type, id in stack.objects() if type in (CAPACITY_BLOCK, CAPACITY_RESERVATION)}


def test_on_demand_to_a_block_and_back(stack: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.configure(pool(**PLACE)).quick()
    stack.configure(pool(**PLACE, capacity=BUY))
    preview = stack.preview()
    assert preview.changed()["train-block"] == "create" and not paid(stack)
    done = stack.quick()
    assert done.changed()["train-nodes"] == "replace" and done.changed()["train-start"] == "create"
    (block,) = stack.resources(CAPACITY_BLOCK)
    assert paid(stack) == {block["id"]} == set(stack.retained()) and block["protect"] is True
    # Another offering is no other purchase.
    stack.configure(pool(**PLACE, capacity={**BUY, "offeringId": "cb-0"}))
    assert stack.preview("--expect-no-changes").code == 0
    # Named by its id, it is the same block, and the state may forget it once it is told to.
    named = {**WINDOW, "reservationId": block["id"]}
    stack.configure(pool(**PLACE, capacity=named))
    refused = stack.up("--skip-preview")
    assert refused.code != 0 and "protect" in refused.text
    assert stack.run("state", "unprotect", block["urn"], "--yes").code == 0
    done = stack.quick()
    assert done.changed()["train-block"] == "delete" and paid(stack) == {block["id"]}
    assert "replace" not in done.changed().values()
    # The block runs: what the action did is what the program wants from now on.
    at(monkeypatch, DURING)
    done = stack.quick()
    assert done.changed() == {"train-nodes": "update", "train-start": "delete"}
    assert stack.object(NODES)["outputs"]["scalingConfig"]["desiredSize"] == 2
    assert not stack.quick().changed()
    # EKS upgrades a group on a block while it is empty; the preview says so, not only the account.
    newer = {"family": "al2023", "releaseVersion": "1.34.2-20261112"}
    for change in ({"image": newer}, {"metadata": {"hopLimit": 3}}):
        refused = stack.configure(pool(**PLACE, capacity=named, **change)).preview()
        assert refused.code != 0 and "would change while 2 nodes are wanted" in refused.text
    # It is over: nodes wanted there are an error, on demand is a way out, and the block stays what it is.
    at(monkeypatch, "2026-12-11T00:00:00Z")
    over = {key: value for key, value in named.items() if key != "whenInactive"}
    refused = stack.configure(pool(**PLACE, capacity=over)).up("--skip-preview")
    assert refused.code != 0 and "could be used until 2026-12-10T11:00:00Z" in refused.text
    stack.configure(pool(**PLACE)).quick()
    assert paid(stack) == {block["id"]}


def test_up_down_up_buys_nothing_twice(stack: Session, capfd: pytest.CaptureFixture[str]) -> None:
    stack.configure(pool(**PLACE, capacity=BUY)).quick()
    bought = paid(stack)
    assert run("down", stack)
    assert f"still paid for: {', '.join(bought)}" in capfd.readouterr().out
    assert paid(stack) == bought and not stack.resources(NODES)
    stack.quick()
    assert paid(stack) == bought and stack.resources(NODES)


def test_a_reservation_outlives_its_stack(stack: Session, capfd: pytest.CaptureFixture[str]) -> None:
    new = {"kind": "reservation", "count": 2}
    grouped = {**PLACE, "placement": {"mode": "create"}}
    stack.configure(pool(**grouped, capacity=new)).quick()
    (id,) = paid(stack)
    group = stack.object(PLACEMENT_GROUP)["outputs"]
    assert set(stack.retained()) == {id, group["placementGroupId"]}
    # More machines, and an end, change the reservation that there is.
    more = {**new, "count": 3, "endDate": "2027-01-01T00:00:00Z"}
    assert stack.configure(pool(**grouped, capacity=more)).quick().changed() == {
        "train-reservation": "update"
    }
    assert run("down", stack)
    told = capfd.readouterr().out
    assert id in told and f"capacity.reservationId: {id}" in told
    kept = {(CAPACITY_RESERVATION, id), (PLACEMENT_GROUP, group["name"])}
    assert stack.objects() == kept and not stack.resources()
    named = {"kind": "reservation", "reservationId": id}
    stack.configure(pool(**{**PLACE, "placement": {"mode": "from-reservation"}}, capacity=named)).quick()
    assert paid(stack) == {id} and stack.resources(NODES)


def test_a_purchase_that_fails_half_way_is_not_repeated(stack: Session) -> None:
    stack.configure(pool(**PLACE, capacity=BUY))
    stack.order(fault("refuse-after", CAPACITY_BLOCK, code="InternalError"))
    assert stack.up("--skip-preview").code != 0
    (id,) = paid(stack)
    again = stack.up("--skip-preview")
    assert again.code != 0 and "no longer available" in again.errors and paid(stack) == {id}
    assert f"capacity.reservationId: {id}" in recover.report(stack)
    stack.configure(pool(**PLACE, capacity={**WINDOW, "reservationId": id})).quick()
    assert paid(stack) == {id} and stack.resources(NODES)


def test_nothing_is_made_beside_an_interrupted_purchase(
    stack: Session, capfd: pytest.CaptureFixture[str]
) -> None:
    stack.configure(pool(**PLACE)).quick()
    stack.configure(pool(**PLACE), pool(**PLACE, name="second", capacity={**BUY}))
    id = killed(stack, CAPACITY_BLOCK)
    assert recovered(stack, None, None)  # takes the lock of the killed run away
    assert not run("up", stack)
    assert "second-block was interrupted" in capfd.readouterr().err
    assert recovered(stack, id, None)
    assert run("up", stack) and paid(stack) == {id}
    (block,) = stack.resources(CAPACITY_BLOCK)
    assert block["id"] == id and block["protect"] is True
