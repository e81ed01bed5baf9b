"""`efa-pools summary`: recorded previews told right, silence only without change, no text that acts."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from efa_pools.cli.arguments import parser
from efa_pools.cli.main import main
from efa_pools.summary.markdown import LEAST, LIMIT, at_risk, markdown
from efa_pools.summary.pools import pools
from efa_pools.summary.stream import NotEvents, parse
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

PREVIEWS = Path(__file__).with_name("data") / "previews"
RECORDED = sorted(path.stem for path in PREVIEWS.glob("*.jsonl"))
# What the engine was asked for (tests/engine/previews.py), and what that must come to.
EXPECTED: dict[str, tuple[dict[str, str], set[str], int]] = {
    "create": ({"validation": "create", "train": "create", "research": "create"}, set(), 0),
    "no-change": ({"validation": "no change", "train": "no change", "research": "no change"}, set(), 0),
    "in-place": ({"validation": "in place", "train": "no change", "research": "no change"}, set(), 0),
    "replace": (
        {"validation": "delete", "train": "in place", "research": "replace"},
        {"train", "research"},
        1,
    ),
    "failed": ({"validation": "no change", "train": "no change", "research": "replace"}, {"research"}, 1),
    "gardener": ({"train": "in place", "validation": "delete"}, {"train"}, 1),
    "policy": ({"validation": "replace", "train": "no change", "research": "no change"}, set(), 1),
}


def stream(name: str) -> str:
    return (PREVIEWS / f"{name}.jsonl").read_text(encoding="utf-8")


def told(text: str, *, allowed: bool = False, limit: int = LIMIT) -> str:
    return markdown(parse(text), allowed=allowed, limit=limit)


def edited(name: str, change: Callable[[dict[str, Any]], Any]) -> str:
    """A recorded stream with each event passed through `change`, in place."""
    events = [json.loads(line) for line in stream(name).splitlines()]
    for event in events:
        change(event)
    return "\n".join(map(json.dumps, events))


def html(text: str) -> str:
    # GitHub renders tables and passes HTML through, so this does too.
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


# -- recorded previews


def test_each_case_is_recorded() -> None:
    assert set(RECORDED) == set(EXPECTED)


@pytest.mark.parametrize("name", RECORDED)
def test_recordings_name_no_machine(name: str) -> None:
    assert not re.search(r"/(?:home|root|tmp|work|usr|var|opt|Users)/", stream(name))


@pytest.mark.parametrize("name", RECORDED)
def test_pools_risk_and_exit_code(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    changes, risky, code = EXPECTED[name]
    preview = parse(stream(name))
    assert {pool.name: pool.change for pool in pools(preview) if pool.name} == changes
    assert {pool.name for pool in at_risk(preview)} == risky
    assert main(["summary", str(PREVIEWS / f"{name}.jsonl")]) == code
    assert capsys.readouterr().out == (PREVIEWS / f"{name}.md").read_text(encoding="utf-8")


def test_a_label_accepts_a_replacement_but_no_failure() -> None:
    assert main(["summary", "--allow-replace", str(PREVIEWS / "replace.jsonl")]) == 0
    assert main(["summary", "--allow-replace", str(PREVIEWS / "failed.jsonl")]) == 1
    assert "accepted" in told(stream("replace"), allowed=True)


@pytest.mark.parametrize("name", RECORDED)
def test_it_renders_as_one_table_and_folded_sections(name: str) -> None:
    made = html(told(stream(name)))
    assert made.count("<table>") == 1 and made.count("<td>") == 7 * len(EXPECTED[name][0])
    assert made.count("<details>") == made.count("</details>") == (0 if name == "no-change" else 2)


def test_what_nodes_meet_before_and_after() -> None:
    found = {pool.name: pool for pool in pools(parse(stream("replace")))}
    train, research, gone = found["train"], found["research"], found["validation"]
    assert [one.text for one in train.fates] == ["replaced in turn (8 nodes)"]
    assert train.before and (train.before.efa, train.before.gbps, train.before.reserved) == (32, 3200, True)
    assert train.window == "2026-11-20T11:30:00Z to 2026-12-04T11:30:00Z"
    assert research.before and research.before.capacity == "reservation cr-0f60718293a4b5c6d"
    assert gone.after is None and [one.text for one in gone.fates] == ["all go (2 nodes)"]


def node_group(event: dict[str, Any]) -> dict[str, Any]:
    step = event.get("resourcePreEvent", {}).get("metadata", {})
    return step if step.get("urn", "").endswith("::train-nodes") else {}


def test_fewer_nodes_in_a_block_are_at_risk_and_more_are_not() -> None:
    def sized(desired: int) -> str:
        def change(event: dict[str, Any]) -> None:
            step = node_group(event)
            if step:
                step["op"] = "update"
                step["detailedDiff"] = {"scalingConfig.desiredSize": {"diffKind": "update"}}
                step["new"]["inputs"]["scalingConfig"] = dict.fromkeys(
                    ("minSize", "maxSize", "desiredSize"), desired
                )
            if "summaryEvent" in event:
                event["summaryEvent"]["resourceChanges"] = {"same": 1, "update": 1}

        return edited("no-change", change)

    (pool,) = at_risk(parse(sized(6)))
    assert [one.text for one in pool.fates] == ["2 of 8 nodes go"]
    assert at_risk(parse(sized(9))) == []


def step(op: str, urn: str, type: str, inputs: dict[str, Any], **more: Any) -> str:
    state = {"inputs": inputs, "outputs": {}, "parent": ""}
    made = {"op": op, "urn": f"urn:pulumi:dev::p::{type}::{urn}", "type": type, "old": state, "new": state}
    return json.dumps({"sequence": 1, "resourcePreEvent": {"metadata": {**made, **more}}})


def ended(**changes: int) -> str:
    return json.dumps({"summaryEvent": {"resourceChanges": changes, "result": "succeeded"}})


BLOCK = "aws:ec2/capacityBlockReservation:CapacityBlockReservation"
RESERVATION = "aws:ec2/capacityReservation:CapacityReservation"
SCALING = "aws:autoscaling/group:Group"
GROUP = "aws:eks/nodeGroup:NodeGroup"


def test_a_later_event_without_the_earlier_state_takes_nothing_away() -> None:
    inputs = {"capacityType": "CAPACITY_BLOCK", "scalingConfig": {"minSize": 4, "maxSize": 4}}
    first, last = step("replace", "g", GROUP, inputs), step("create-replacement", "g", GROUP, {}, old=None)
    (outside,) = at_risk(parse(f"{first}\n{last}\n{ended(replace=1)}"))
    assert "(4 nodes)" in outside.fates[0].text


@pytest.mark.parametrize("level", ["mandatory", "remediate", "", "of-tomorrow"])
def test_only_an_advisory_finding_lets_the_preview_pass(level: str) -> None:
    event = json.dumps({"policyEvent": {"enforcementLevel": level, "policyName": "p"}})
    assert not parse(f"{event}\n{ended()}").sound
    assert parse(f"{event.replace(json.dumps(level), json.dumps('advisory'))}\n{ended()}").sound


@pytest.mark.parametrize("type", [BLOCK, RESERVATION])
@pytest.mark.parametrize("op", ["delete", "replace", "create-replacement", "delete-replaced"])
def test_the_reservation_itself_is_capacity_too(type: str, op: str) -> None:
    change = "delete" if op == "delete" else "replace"
    preview = parse(f"{step(op, 'mine', type, {})}\n{ended(**{change: 1})}")
    assert preview.sound and len(at_risk(preview)) == 1


@pytest.mark.parametrize("type", [BLOCK, RESERVATION])
def test_a_retained_reservation_is_not_given_back(type: str) -> None:
    """The components keep theirs (retainOnDelete); only a second one beside it is a risk."""
    old = {"inputs": {}, "outputs": {}, "parent": "", "retainOnDelete": True}
    for op, risky in (("delete", False), ("replace", True)):
        preview = parse(f"{step(op, 'mine', type, {}, old=old)}\n{ended(**{op: 1})}")
        said = markdown(preview, allowed=False)
        assert bool(at_risk(preview)) is risky and "stays in the account and is billed on" in said
        assert "given back" not in said


def test_a_reservation_that_shrinks_gives_capacity_back() -> None:
    old, new = ({"inputs": {"instanceCount": n}, "outputs": {}, "parent": ""} for n in (8, 4))
    text = f"{step('update', 'mine', RESERVATION, {}, old=old, new=new)}\n{ended(update=1)}"
    assert len(at_risk(parse(text))) == 1


def test_node_groups_outside_our_components_count() -> None:
    inputs = {"capacityType": "CAPACITY_BLOCK", "scalingConfig": {"minSize": 1, "maxSize": 4}}
    preview = parse(f"{step('replace', 'hand-made', GROUP, inputs)}\n{ended(replace=1)}")
    (outside,) = at_risk(preview)
    assert outside.name == "" and "outside pools" in markdown(preview, allowed=False)


@pytest.mark.parametrize(
    "inputs, reserved",
    [
        ({"instanceMarketOptions": {"marketType": "interruptible-capacity-reservation"}}, True),
        ({"capacityReservationSpecification": {"capacityReservationPreference": "open"}}, True),
        (
            {
                "capacityReservationSpecification": {
                    "capacityReservationPreference": "capacity-reservations-only"
                }
            },
            True,
        ),
        ({"capacityReservationSpecification": {"capacityReservationPreference": "none"}}, False),
        ({"instanceMarketOptions": {"marketType": "spot"}}, False),
    ],
)
def test_what_counts_as_reserved(inputs: dict[str, Any], reserved: bool) -> None:
    template = step("same", "lt", "aws:ec2/launchTemplate:LaunchTemplate", inputs)
    group = step("delete", "group", GROUP, {"scalingConfig": {"minSize": 2, "maxSize": 2}})
    assert bool(at_risk(parse(f"{template}\n{group}\n{ended(delete=1)}"))) is reserved


@pytest.mark.parametrize("refreshed", [True, False])
def test_an_auto_scaling_group_replaces_nodes_where_it_refreshes(refreshed: bool) -> None:
    inputs = {
        "minSize": 2,
        "maxSize": 2,
        **({"instanceRefresh": {"strategy": "Rolling"}} if refreshed else {}),
    }
    diff = {"launchTemplate.version": {"diffKind": "update"}}
    (pool,) = pools(parse(step("update", "group", SCALING, inputs, detailedDiff=diff)))
    assert [one.loses for one in pool.fates] == [refreshed]


def reworked(version: str, **changes: Any) -> Any:
    """The recorded worker on a Capacity Block with another change than the recorded one."""

    def change(event: dict[str, Any]) -> None:
        made = event.get("resourcePreEvent", {}).get("metadata", {})
        if made.get("urn", "").endswith("::train-worker"):
            (worker,) = made["old"]["inputs"]["spec"]["provider"]["workers"]
            made["new"]["inputs"]["spec"]["provider"]["workers"] = [{**worker, **changes}]
        if "preludeEvent" in event:
            stated = json.dumps({"kubernetesVersion": version})
            event["preludeEvent"]["config"]["efa-pools:cluster"] = stated

    return next(pool for pool in pools(parse(edited("gardener", change))) if pool.name == "train")


def test_a_worker_is_replaced_as_gardeners_hash_says() -> None:
    more = {"apiVersion": "aws.provider.extensions.gardener.cloud/v1alpha1", "kind": "WorkerConfig"}
    for changes, lost in (
        ({"labels": {"team": "ml"}, "maximum": 9}, []),
        ({"maximum": 6, "minimum": 6}, ["2 of 8 nodes go"]),
        ({"machine": {"type": "p5en.48xlarge"}}, ["replaced in turn (8 nodes)"]),
        ({"providerConfig": more}, ["replaced in turn (8 nodes)"]),
        ({"providerConfig": "unreadable"}, ["replaced in turn (8 nodes)"]),
    ):
        assert [one.text for one in reworked("1.34", **changes).at_risk] == lost
    steps = parse(stream("gardener")).steps
    inputs = next(step.old.inputs for step in steps if step.name == "train-worker" and step.old)
    config = inputs["spec"]["provider"]["workers"][0]["providerConfig"]
    template = {**config["nodeTemplate"], "virtualCapacity": {"subdomain.domain.com/x": "1"}}
    assert not reworked("1.34", providerConfig={**config, "nodeTemplate": template}).at_risk
    arn = "arn:aws:resource-groups:us-east-2:123456789012:group/blocks"
    group = {**config, "capacityReservation": {"capacityReservationResourceGroupArn": arn}}
    after = reworked("1.34", providerConfig=group).after
    assert after is not None and after.capacity == f"Capacity Block {arn}" and after.reserved
    changed = {"providerConfig": {**config, "cpuOptions": {"amdSevSnp": "disabled"}}}
    assert not reworked("1.34", **changed).at_risk and reworked("1.33", **changed).at_risk


def test_ids_that_only_the_update_tells_are_not_printed() -> None:
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    target = {"capacityReservationTarget": {"capacityReservationId": unknown}}
    inputs = {"instanceType": unknown, "capacityReservationSpecification": target}
    template = step("update", "lt", "aws:ec2/launchTemplate:LaunchTemplate", inputs)
    made = {"inputs": {"instanceCount": 2, "endDate": unknown}, "outputs": {"startDate": unknown}}
    held = step("create", "cr", RESERVATION, {}, old=None, new=made)
    said = told("\n".join([template, held, step("update", "g", GROUP, {}), ended(update=2, create=1)]))
    assert unknown not in said and "`reservation`" in said


def test_secrets_are_not_printed_at_any_depth() -> None:
    """The engine writes them in the clear where it is asked to: --show-secrets."""
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": "hunter2"}
    inputs = {"values": {"list": [{"password": secret}], "own": secret}, "plain": "seen"}
    paths = ("values", "values.own", "values.own.plaintext", "values.list[0].password", "plain")
    diff = {path: {"diffKind": "update"} for path in paths}
    release = step("update", "x", "kubernetes:helm.sh/v3:Release", inputs, detailedDiff=diff)
    said = told(f"{release}\n{ended(update=1)}")
    assert "hunter2" not in said and said.count("[secret] -> [secret]") == 3 and '"seen"' in said


# -- nothing is silence


@pytest.mark.parametrize("name", RECORDED)
def test_a_cut_stream_never_says_no_changes(name: str) -> None:
    lines = stream(name).splitlines()
    end = next(number for number, line in enumerate(lines) if "summaryEvent" in line)
    for kept in {1, 2, end // 2, end}:
        said = told("\n".join(lines[:kept]))
        assert "no changes" not in said and "not complete" in said


def test_a_line_cut_in_two_is_counted() -> None:
    lines = stream("no-change").splitlines()
    said = told("\n".join([*lines[:5], lines[5][: len(lines[5]) // 2], *lines[6:]]))
    assert "no changes" not in said and "1 line is no event" in said


def test_steps_that_the_engine_counted_and_that_are_missing_are_missed() -> None:
    lines = [line for line in stream("in-place").splitlines() if '"update"' not in line or "summary" in line]
    said = told("\n".join(lines))
    assert "no changes" not in said and "the engine counts 1 x update, and no change stand" in said


@pytest.mark.parametrize(
    "event",
    [
        {"errorEvent": {"error": "out of memory"}},
        {"diagnosticEvent": {"severity": "error", "message": "no credentials"}},
        {"resOpFailedEvent": {"metadata": {"urn": "urn:pulumi:dev::p::t::train-nodes"}}},
        {"summaryEvent": {"maybeCorrupt": True, "result": "succeeded", "resourceChanges": {}}},
        {"summaryEvent": {"result": "failed", "resourceChanges": {}}},
        {"policyEvent": {"enforcementLevel": "mandatory", "policyName": "p"}},
        {"summaryEvent": None},
    ],
)
def test_an_error_is_told_and_fails(event: dict[str, Any], tmp_path: Path) -> None:
    text = stream("no-change") + json.dumps(event)
    if event == {"summaryEvent": None}:
        text = json.dumps(event)
    assert "no changes" not in told(text) and "failed or incomplete" in told(text)
    path = tmp_path / "events.jsonl"
    path.write_text(text, encoding="utf-8")
    assert main(["summary", "--allow-replace", str(path)]) == 1


@pytest.mark.parametrize(
    "text", ["", "\n\n", "Previewing update (dev)", "[]", '{"steps": []}', "null", "{" * 9999]
)
def test_what_is_no_stream_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert main(["summary", "-"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and "PULUMI_ENABLE_STREAMING_JSON_PREVIEW" in said.err


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", str(PREVIEWS / "absent.jsonl")]) == 2
    assert main(["summary", "--limit", "10", str(PREVIEWS / "create.jsonl")]) == 2
    assert capsys.readouterr().out == ""
    assert parser().parse_args(["summary", "x"]).limit == LIMIT


# -- hostile text and size

HOSTILE = (
    "`</code></details><script>alert(1)</script>",
    "a|b|c\\",
    "](javascript:alert(1)) ![x](http://example.invalid/p.png)",
    "@org/everyone #1 https://example.invalid <!-- efa-pools -->",
    "line\n## heading\n```\n- item",
    "\u202egnihton\u2066 \u200b \x1b[31m \ud800",
    "```` ``` `` `",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_names_and_values_do_nothing(text: str) -> None:
    lines = [
        step("update", f"x-{text}", GROUP, {"labels": {text: text}}, detailedDiff={f'labels["{text}"]': {}}),
        step("create", f"{text}::pool", "efa-pools:index:EfaWorkerPool", {}),
        json.dumps({"policyEvent": {"policyName": text, "policyPackName": text, "message": text}}),
        json.dumps({"diagnosticEvent": {"severity": "error", "message": text}}),
        ended(update=1, create=1),
    ]
    said = told("\n".join(lines))
    said.encode()
    plain = re.sub(r"<code.*?</code>", "", html(said), flags=re.S)
    assert not re.search(r"<(?:script|img|a |!--|h1|h3>line)|@org|javascript|example\.invalid|gnihton", plain)
    assert html(said).count("<details>") == html(said).count("</details>") == 2
    assert html(said).count("<h2>") == 1
    assert not set(said) & set("\u202e\u2066\u200b\x1b\ud800")


@pytest.mark.parametrize("limit", [LEAST, 10_000, LIMIT])
def test_it_never_exceeds_the_limit_and_folds_the_rest(limit: int) -> None:
    text = "x" * 200
    lines = [
        *(json.dumps({"policyEvent": {"policyName": f"{n}", "message": text}}) for n in range(400)),
        *(
            json.dumps({"diagnosticEvent": {"severity": "error", "message": f"{n}{text}"}})
            for n in range(400)
        ),
        *(step("replace", f"{n}-{text}", BLOCK, {}, detailedDiff={text: {}}) for n in range(900)),
        *(step("delete", f"pool-{n}", "efa-pools:index:EfaWorkerPool", {}) for n in range(900)),
    ]
    said = told("\n".join(lines), limit=limit)
    assert len(said) <= limit and "more, left out because a comment has a limit" in said
    assert html(said).count("<details>") == html(said).count("</details>")
    assert "Capacity at risk" in said


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(HOSTILE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_streams_are_told_or_refused(data: st.DataObject) -> None:
    lines = stream(data.draw(st.sampled_from(("replace", "policy")))).splitlines()
    events = [
        json.loads(line) for line in data.draw(st.lists(st.sampled_from(lines), min_size=1, max_size=6))
    ]
    for event in events:
        place: Any = event
        while isinstance(place, dict) and place:
            key = data.draw(st.sampled_from(sorted(place)))
            if data.draw(st.booleans()):
                place[key] = data.draw(VALUES)
            place = place[key]
    text = "\n".join(map(json.dumps, events))[: data.draw(st.integers(1, 10**6))]
    try:
        said = told(text)
    except NotEvents:
        return
    assert len(said) <= LIMIT
    said.encode()
