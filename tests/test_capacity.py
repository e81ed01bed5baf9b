"""What a pool makes, buys and schedules, in process and as planned."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from efa_pools.check.pool import check_pool, check_pools
from efa_pools.check.stack import addon_pools
from efa_pools.clock import VARIABLE
from efa_pools.model.stack import Addons
from efa_pools.plan.addons import plan_addons
from efa_pools.plan.pool import PoolPlan, plan_pool
from efa_pools.plan.render import text
from efa_pools.plan.schedule import Action
from efa_pools.plan.stack import StackPlan
from efa_pools.problem import errors, to_camel
from efa_pools.resources.block_updates import refusal
from efa_pools.rules.new_capacity import CURRENCY, PLATFORMS

from sandbox import account, core
from sandbox.core.values import UNKNOWN, Refused
from sandbox.inprocess import Result
from tests.pools import ABSENT, changed, valid_pool
from tests.stacks import CLUSTER_FACTS, run_pool, run_stack
from tests.test_sandbox_mutations import VALID, prepared

NOW = "2026-12-01T12:00:00Z"
START, END = "2026-12-03T11:30:00Z", "2026-12-10T11:30:00Z"
OFFERING = "cb-0a1b2c3d4e5f60718"  # of sandbox/account.yaml
BUY = {
    "kind": "capacity-block",
    "offering_id": OFFERING,
    "maximum_price": "30000.00",
    "currency": "USD",
    "start": START,
    "end": END,
    "when_inactive": "defer",
}
NEW = {"kind": "reservation", "count": 2}
OURS = {"nodes": {"kind": "self-managed"}, **CLUSTER_FACTS}
BLOCK_TYPE = "aws:ec2/capacityBlockReservation:CapacityBlockReservation"
both = pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, NOW)
    monkeypatch.setenv("SANDBOX_NOW", NOW)


def ran(*, preview: bool = False, **changes: Any) -> Result:
    result = run_pool(preview=preview, **changes)
    assert result.failure is None, result.failure
    return result


def planned(now: str = NOW, **changes: Any) -> PoolPlan:
    base = {"placement": None, "capacity": {"kind": "capacity-block", "reservationId": "cr-0a", "end": END}}
    checked = check_pool(changed(valid_pool(), base | changes), now=datetime.fromisoformat(now))
    assert errors(checked.problems) == []
    return plan_pool(checked.draft)


def waits(**more: Any) -> dict[str, Any]:
    known = {"kind": "capacity-block", "reservationId": "cr-0a", "start": START, "end": END}
    return {"capacity": {**known, "whenInactive": "defer", **more}, "size": {"desired": 2}, "update": ABSENT}


# -- what the words rest on


def test_platforms_and_currency_are_those_of_ec2() -> None:
    loader = Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH])
    ec2 = ServiceModel(loader.load_service_model("ec2", "service-2"), "ec2")
    known = set(ec2.shape_for("CapacityReservationInstancePlatform").enum)
    assert known >= PLATFORMS and all(one.startswith("Windows") for one in known - PLATFORMS)
    assert ec2.shape_for("CurrencyCodeValues").enum == [CURRENCY]
    purchase = ec2.shape_for("PurchaseCapacityBlockRequest").members
    # No limit of the price can be sent: that is why it is checked before.
    assert set(purchase) == {"DryRun", "TagSpecifications", "CapacityBlockOfferingId", "InstancePlatform"}


# -- a reservation of the pool's own


@both
def test_a_reservation_is_made_inside_the_pools_group(preview: bool) -> None:
    end = "2027-01-01T00:00:00+01:00"
    result = ran(preview=preview, capacity={**NEW, "end_date": end}, placement={"mode": "create"})
    made, group = result.named("train-reservation"), result.named("train-pg")
    assert made.inputs["placementGroupArn"] == (UNKNOWN if preview else group.outputs["arn"])
    assert (made.inputs["instanceMatchCriteria"], made.inputs["instanceCount"]) == ("targeted", 2)
    assert (made.inputs["endDate"], made.inputs["endDateType"]) == ("2026-12-31T23:00:00Z", "limited")
    assert made.inputs["availabilityZone"] == "us-east-2b" and made.parent == "train"
    assert made.retain_on_delete and group.retain_on_delete and not made.protect
    assert made.replace_on_changes == ("placementGroupArn",)
    template = result.named("train-lt").inputs
    target = template["capacityReservationSpecification"]["capacityReservationTarget"]
    assert target == {"capacityReservationId": UNKNOWN if preview else made.id}
    assert template["placement"]["groupName"] == group.inputs.get("name", group.outputs["name"])
    found = result.outputs["pool"]
    ids = UNKNOWN if preview else [made.id, group.outputs["placementGroupId"]]
    assert found["retained"] == ids and found["capacityReservationId"] == target["capacityReservationId"]


def test_by_default_a_reservation_stands_in_no_group_and_has_no_end() -> None:
    result = ran(capacity=NEW)
    made = result.named("train-reservation")
    assert made.inputs.get("placementGroupArn") is None and made.inputs.get("endDate") is None
    assert made.inputs["endDateType"] == "unlimited" and not result.of("PlacementGroup")
    assert result.outputs["pool"]["retained"] == [made.id]


def test_what_exists_is_neither_made_nor_retained() -> None:
    capacity = {"kind": "capacity-block", "reservation_id": "cr-0e5f60718293a4b5c"}
    result = ran(capacity=capacity)
    assert not result.of("CapacityReservation") and not result.of("CapacityBlockReservation")
    assert result.outputs["pool"]["capacityReservationId"] == "cr-0e5f60718293a4b5c"
    assert result.outputs["pool"]["retained"] == [] and not result.of("Schedule")
    assert run_pool().outputs["pool"]["capacityReservationId"] == ""


def test_a_group_with_a_reservation_is_not_deleted() -> None:
    store = account.load()
    _, group = core.create(
        store, "aws:ec2/placementGroup:PlacementGroup", "g", {"strategy": "cluster"}, False
    )
    inputs = {
        "instanceType": "p5.48xlarge",
        "instancePlatform": "Linux/UNIX",
        "instanceCount": 2,
        "availabilityZone": "us-east-2b",
        "placementGroupArn": group["arn"],
    }
    type = "aws:ec2/capacityReservation:CapacityReservation"
    id, _ = core.create(store, type, "r", inputs, False)
    with pytest.raises(Refused, match="may not be deleted"):
        core.delete(store, "aws:ec2/placementGroup:PlacementGroup", group["name"])
    core.delete(store, type, id)
    core.delete(store, "aws:ec2/placementGroup:PlacementGroup", group["name"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"endDateType": "limited"}, "EndDate value if EndDateType is limited"),
        ({"endDate": "2027-01-01T00:00:00Z"}, "Omit EndDate"),
        ({"endDate": "2026-11-01T00:00:00Z", "endDateType": "limited"}, "is in the past"),
        ({"instanceType": "p6-b300.48xlarge", "instanceCount": 0}, "not between 1 and 1000"),
        ({"availabilityZone": None}, "availabilityZone"),
        ({"instancePlatform": "Linux"}, "ParamValidationError"),
        ({"instanceType": "p6e-gb200.36xlarge"}, "Unsupported"),
        ({"instanceCount": 37}, "InstanceLimitExceeded: .*7872 vCPUs of 7680"),
        ({"placementGroupArn": "arn:aws:ec2:us-east-2:123456789012:placement-group/x"}, "is unknown"),
    ],
)
def test_ec2_refuses_a_reservation(change: dict[str, Any], code: str) -> None:
    inputs = {
        "instanceType": "p5.48xlarge",
        "instancePlatform": "Linux/UNIX",
        "instanceCount": 2,
        "availabilityZone": "us-east-2b",
        **change,
    }
    with pytest.raises(Refused, match=code):
        core.create(account.load(), "aws:ec2/capacityReservation:CapacityReservation", "r", inputs, False)


# -- a block that is bought


@both
def test_a_block_is_bought_once_and_protected(preview: bool) -> None:
    result = ran(preview=preview, capacity=BUY)
    block = result.named("train-block")
    assert block.inputs["capacityBlockOfferingId"] == OFFERING
    assert block.protect and block.retain_on_delete and block.parent == "train"
    assert set(block.ignore_changes) == {"capacityBlockOfferingId", "instancePlatform"}
    template = result.named("train-lt").inputs
    target = template["capacityReservationSpecification"]["capacityReservationTarget"]
    assert target["capacityReservationId"] == (UNKNOWN if preview else block.id)
    assert template["instanceMarketOptions"] == {"marketType": "capacity-block"}
    assert result.outputs["pool"]["retained"] == (UNKNOWN if preview else [block.id])


def test_an_offering_is_sold_once_and_never_in_a_preview() -> None:
    store = account.load()
    inputs = {"capacityBlockOfferingId": OFFERING, "instancePlatform": "Linux/UNIX"}
    for _ in range(2):
        assert core.create(store, BLOCK_TYPE, "b", inputs, True)[0] is UNKNOWN
    id, outputs = core.create(store, BLOCK_TYPE, "b", inputs, False)
    assert (outputs["instanceType"], outputs["instanceCount"]) == ("p5.48xlarge", 4)
    with pytest.raises(Refused, match="no longer available"):
        core.create(store, BLOCK_TYPE, "again", inputs, False)
    tagged = core.update(store, BLOCK_TYPE, id, inputs, {**inputs, "tags": {"a": "b"}}, False)
    assert tagged["instanceCount"] == 4
    core.delete(store, BLOCK_TYPE, id)
    assert core.read(store, BLOCK_TYPE, id) is not None


def test_an_offering_that_is_gone_or_begun_is_not_sold() -> None:
    inputs = {"capacityBlockOfferingId": "cb-0", "instancePlatform": "Linux/UNIX"}
    with pytest.raises(Refused, match="does not exist"):
        core.create(account.load(), BLOCK_TYPE, "b", inputs, True)
    store = account.load(at=datetime.now(UTC))
    store.put(
        "aws:ec2/capacityBlockOffering:CapacityBlockOffering",
        "cb-0",
        {"id": "cb-0", "inputs": {}, "outputs": {"id": "cb-0", "startDate": "2026-01-01T00:00:00+00:00"}},
    )
    with pytest.raises(Refused, match="has expired"):
        core.create(store, BLOCK_TYPE, "b", inputs, False)


def test_two_pools_do_not_buy_one_offering() -> None:
    offer = {"kind": "capacity-block", "offeringId": "cb-0a", "maximumPrice": "1", "currency": "USD"}
    pool = {"placement": None, "capacity": {**offer, "start": START, "end": END, "whenInactive": "defer"}}
    pools = [changed(valid_pool(), {**pool, "name": name}) for name in ("a", "b")]
    _, found = check_pools(pools, datetime.fromisoformat(NOW))
    (one,) = errors(found)
    assert (one.field(), one.kind) == ("[1].capacity.offeringId", "Duplicate") and "pool a [0]" in one.message


# -- windows


def test_a_managed_pool_waits_for_its_block() -> None:
    result = ran(capacity=BUY)
    nodes, start = result.named("train-nodes"), result.named("train-start")
    assert nodes.inputs["scalingConfig"] == {"minSize": 0, "desiredSize": 0, "maxSize": 2}
    assert start.inputs == {
        "scheduledActionName": "train-start",
        "autoscalingGroupName": nodes.outputs["resources"][0]["autoscalingGroups"][0]["name"],
        "startTime": START,
        "timeZone": "Etc/UTC",
        "minSize": 2,
        "desiredCapacity": 2,
        "maxSize": 2,
    }
    # EKS scales to zero itself.
    assert [one.name for one in result.of("Schedule")] == ["train-start"] and not result.of("LifecycleHook")


def test_a_self_managed_pool_goes_in_time_and_drains() -> None:
    capacity = {**BUY, "drain": "node-termination-handler"}
    result = ran(capacity=capacity, **OURS)
    group = result.named("train-nodes").outputs["name"]
    stop, hook = result.named("train-stop").inputs, result.named("train-drain").inputs
    assert (stop["startTime"], stop["desiredCapacity"], stop["minSize"]) == ("2026-12-10T10:50:00Z", 0, 0)
    assert hook["autoscalingGroupName"] == stop["autoscalingGroupName"] == group
    assert hook["lifecycleTransition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
    assert (hook["heartbeatTimeout"], hook["defaultResult"]) == (600, "CONTINUE")
    assert not ran(capacity={**BUY, "drain": "none"}, **OURS).of("LifecycleHook")


MOMENTS = {
    # what is told, the sizes at that moment, the actions whose time is to come
    "before": ("2026-12-03T11:29:59Z", (0, 0, 2), ["start", "stop"]),
    "begun": ("2026-12-03T11:30:00Z", (2, 2, 2), ["stop"]),
    "another zone of time": ("2026-12-03T12:30:00+01:00", (2, 2, 2), ["stop"]),
    "nearly over": ("2026-12-10T10:49:59Z", (2, 2, 2), ["stop"]),
    "scaled down": ("2026-12-10T10:50:00Z", (0, 0, 2), []),
    "over": ("2026-12-10T11:30:00Z", (0, 0, 2), []),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_is_planned_follows_the_clock(moment: str) -> None:
    now, sizes, actions = MOMENTS[moment]
    plan = planned(now, **waits(drain="none"), **{"nodes.kind": "self-managed"})
    assert plan.nodes.sizes_now == sizes
    assert [one.name for one in plan.schedule.actions] == actions
    assert (plan.nodes.minimum, plan.nodes.desired) == (2, 2)
    managed = planned(now, **waits())
    assert managed.nodes.sizes_now == sizes
    assert [one.name for one in managed.schedule.actions] == [one for one in actions if one != "stop"]


def test_an_ultraserver_goes_seventy_minutes_before_the_end_under_eks_too() -> None:
    image = {"family": "al2023", "amiId": "ami-0abcdef1234567890"}
    ultra = {"instanceType": "p6e-gb200.36xlarge", "networkInterfaces": None, "cpu": None, "image": image}
    plan = planned(**waits(), **ultra, layoutVersion=1)
    assert plan.schedule.actions[1] == Action("stop", "2026-12-10T10:20:00Z", 0, 0, 2)


def test_without_defer_nothing_starts_and_a_running_pool_keeps_its_size() -> None:
    plan = planned("2026-12-04T00:00:00Z", **waits(whenInactive="error"))
    assert plan.nodes.sizes_now == (2, 2, 2) and plan.schedule.actions == ()


def test_whatever_scales_a_pool_that_waited_keeps_its_sizes() -> None:
    result = ran(capacity=BUY, size={"min": 1, "desired": 2, "max": 4})
    nodes = result.named("train-nodes")
    assert set(nodes.ignore_changes) == {"scalingConfig.desiredSize", "scalingConfig.minSize"}
    assert nodes.inputs["scalingConfig"] == {"minSize": 0, "desiredSize": 0, "maxSize": 4}
    assert result.named("train-start").inputs["minSize"] == 1
    ours = ran(capacity={**BUY, "drain": "none"}, size={"min": 1, "desired": 2, "max": 4}, **OURS)
    assert set(ours.named("train-nodes").ignore_changes) == {"desiredCapacity", "minSize"}


def test_the_plan_says_when_nodes_come_and_go() -> None:
    plans = (planned(**waits(drain="node-termination-handler"), **{"nodes.kind": "self-managed"}),)
    said = text(StackPlan("dev", plans, ()))
    for part in (f"start at {START}: 2 to 2, 2 nodes", "stop at 2026-12-10T10:50:00Z: 0 to 2, 0 nodes"):
        assert part in said
    assert "waits 10 min for its pods" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"startTime": "2020-01-01T00:00:00Z"}, "Given start time is in the past"),
        ({"startTime": "2027-01-01T00:00:00+00:00"}, "iso8601"),
        ({"startTime": "2027-13-01T00:00:00Z"}, "StartTime"),
        ({"autoscalingGroupName": "x"}, "AutoScalingGroup 'x' not found"),
        ({"desiredCapacity": 5}, "Desired capacity 5"),
        ({"minSize": 5}, "Min size must not be larger"),
        ({"startTime": None}, "Recurrence or a StartTime"),
    ],
)
def test_auto_scaling_refuses_an_action(change: dict[str, Any], said: str) -> None:
    store = account.load()
    store.put("aws:autoscaling/group:Group", "g", {"id": "g", "inputs": {}, "outputs": {"id": "g"}})
    inputs = {
        "autoscalingGroupName": "g",
        "scheduledActionName": "s",
        "startTime": "2027-01-01T00:00:00Z",
        "minSize": 0,
        "desiredCapacity": 2,
        "maxSize": 4,
        **change,
    }
    with pytest.raises(Refused, match=said):
        core.create(store, "aws:autoscaling/schedule:Schedule", "s", inputs, False)


def test_eks_upgrades_a_block_only_while_it_is_empty() -> None:
    store, type = prepared(), "aws:eks/nodeGroup:NodeGroup"
    group = {**VALID[type], "nodeGroupName": "n", "releaseVersion": "1.34.2-20261105"}
    id, _ = core.create(store, type, "n", group, False)
    newer = {**group, "releaseVersion": "1.34.2-20261112"}
    for preview in (True, False):
        with pytest.raises(Refused, match="desired size of 0, not 2: releaseVersion"):
            core.update(store, type, id, group, newer, preview)
    empty = {"scalingConfig": {"minSize": 0, "desiredSize": 0, "maxSize": 2}}
    core.update(store, type, id, group, {**newer, **empty}, False)
    core.update(store, type, id, {**group, **empty}, {**newer, **empty}, False)


# -- the whole program


def test_the_stack_lists_what_stays_and_installs_the_handler() -> None:
    def change(config: dict[str, Any]) -> None:
        pool = config["efa-pools:pools"][0]
        pool.pop("placement", None)
        pool["instanceType"] = "p5.48xlarge"
        pool["subnetIds"], pool["availabilityZones"] = ["subnet-0b2c3d4e5f6071829"], ["us-east-2b"]
        facts = {to_camel(key.removeprefix("cluster_")): value for key, value in CLUSTER_FACTS.items()}
        config["efa-pools:cluster"] |= facts
        pool["nodes"] = {"kind": "self-managed"}
        del config["efa-pools:ncclTest"]  # over nodes that are not there yet
        wire = {"offeringId": OFFERING, "maximumPrice": "30000.00", "whenInactive": "defer"}
        pool["capacity"] = {
            "kind": "capacity-block",
            "currency": "USD",
            "start": START,
            "end": END,
            **wire,
            "drain": "node-termination-handler",
        }

    result = run_stack("dev", change=change)
    assert result.failure is None, result.failure
    block = result.of("CapacityBlockReservation")[0]
    assert result.outputs["retained"] == [block.id]
    release = result.named("addons-drain").inputs
    assert release["chart"].startswith("oci://") and release["chart"].endswith(
        "/aws-node-termination-handler"
    )
    assert "repositoryOpts" not in release and release["version"] == "0.27.6"
    assert run_stack("dev").outputs["retained"] == []


def test_the_handler_runs_on_the_nodes_that_ask_for_it_alone() -> None:
    asks = check_pool(changed(valid_pool(), {**waits(drain="node-termination-handler"), "placement": None}))
    plain = check_pool(changed(valid_pool(), {"name": "plain"}))
    made = plan_addons(Addons(), addon_pools([asks.draft, plain.draft])).drain
    assert made is not None and plan_addons(Addons(), addon_pools([plain.draft])).drain is None
    required = made.values["daemonsetAffinity"]["nodeAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]
    (term,) = required["nodeSelectorTerms"]
    assert term["matchExpressions"] == [{"key": "efa-pools/pool", "operator": "In", "values": ["train"]}]


def test_only_a_turn_of_a_group_with_nodes_is_refused() -> None:
    sized = {"scalingConfig": {"desiredSize": 2.0}}
    old = {"launchTemplate": {"id": "lt-1", "version": "1"}, "releaseVersion": "a", **sized}
    assert refusal(old, {**old, "labels": {"a": "b"}}) is None
    assert refusal(old, {**old, "releaseVersion": "b", "scalingConfig": {"desiredSize": 0.0}}) is None
    said = refusal(old, {**old, "launchTemplate": {"id": "lt-1", "version": UNKNOWN}})
    assert said is not None and said.startswith("launchTemplate would change while 2 nodes are wanted")
