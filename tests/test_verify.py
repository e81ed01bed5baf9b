"""`efa-pools verify`: every planted difference is found and named, and nothing else is."""

import copy
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from efa_pools.check.stack import check_stack
from efa_pools.cli import main
from efa_pools.plan.stack import StackPlan, plan_stack
from efa_pools.stackfile import read_stack
from efa_pools.verify.compare import compare
from efa_pools.verify.nodes import NotNodes, nodes
from efa_pools.verify.render import text
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.nodes import EFA, GPU, PAGES, listed, node

ROOT = Path(__file__).parent.parent
SECOND = "ip-10-0-1-2.us-east-2.compute.internal"


def verify(monkeypatch, capsys, raw: Any, *more: str, stack: str = "dev") -> tuple[int, str, str]:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "stdin", io.StringIO(raw if isinstance(raw, str) else json.dumps(raw)))
    code = main(["verify", "--stack", stack, "--nodes", "-", *more])
    out, err = capsys.readouterr()
    return code, out, err


def report(monkeypatch, capsys, *given_nodes: Any, code: int, stack: str = "dev") -> dict[str, Any]:
    found, out, err = verify(monkeypatch, capsys, listed(*given_nodes), "--json", stack=stack)
    assert (found, err) == (code, "")
    return json.loads(out)


def test_a_cluster_as_planned(monkeypatch, capsys) -> None:
    found = report(monkeypatch, capsys, node(), node(SECOND), code=0)
    (pool,) = found["pools"]
    assert set(found) == {"stack", "ok", "pools", "otherNodes", "problems"}
    assert (found["stack"], found["ok"], found["problems"], pool["problems"]) == ("dev", True, [], [])
    assert set(pool) == {"name", "expected", "nodes", "topology", "problems"}
    expected = pool["expected"]
    assert (expected["efa"], expected["gpus"], expected["hugePages2Mi"]) == (4, 8, 5128)
    assert pool["nodes"][0] == {
        "name": node()["metadata"]["name"],
        "zone": "us-east-2a",
        "ready": True,
        "efa": 4,
        "gpus": 8,
        "hugePages2Mi": 5128,
        "problems": [],
    }


# A change of one node: the kind of finding, whether it is an error, and a part of the first cause's command.
PLANTED = {
    "no plugin": ({EFA: None}, "efa", True, "get pods -o wide"),
    "label lost": ({EFA: None, "efa-pools/efa": None}, "efa", True, "kubectl label node"),
    "fewer interfaces": ({EFA: "3"}, "efa", True, "describe-instances"),
    "unhealthy": (
        {"capacity": {EFA: "4"}, EFA: "3"},
        "efa",
        True,
        f"get pods --field-selector spec.nodeName={SECOND} -o name | grep aws-efa-k8s-device-plugin)",
    ),
    "old plugin": ({EFA: "10"}, "efa", True, "daemonset"),
    "no GPU": ({GPU: "0"}, "gpus", True, "gpu-operator get pods"),
    "a GPU lost": ({GPU: "7"}, "gpus", True, "logs"),
    "shared GPUs": ({GPU: "80"}, "gpus", False, ""),
    "no pages": ({PAGES: "0"}, "hugePages2Mi", False, "HugePages"),
    "few pages": ({PAGES: "10Gi"}, "hugePages2Mi", False, "HugePages"),
    "other type": ({"node.kubernetes.io/instance-type": "p4de.24xlarge"}, "instanceType", True, "instances"),
    "other zone": ({"topology.kubernetes.io/zone": "us-east-2c"}, "zone", True, "describe-instances"),
    "no zone": ({"topology.kubernetes.io/zone": None}, "zone", False, ""),
    "spot": ({"eks.amazonaws.com/capacityType": "SPOT"}, "capacityType", True, "describe-instances"),
    "not ready": (
        {"conditions": [{"type": "Ready", "status": "False", "message": "cni config uninitialized"}]},
        "ready",
        True,
        "aws-node",
    ),
    "not ready for another reason": (
        {
            "conditions": [
                {"type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": "PLEG"}
            ]
        },
        "ready",
        True,
        "kubectl describe node",
    ),
    "gone": ({"conditions": [{"type": "Ready", "status": "Unknown"}]}, "ready", True, "instance-status"),
    "silent": ({"conditions": None}, "ready", True, "instance-status"),
    "cordoned": ({"unschedulable": True}, "unschedulable", False, "uncordon"),
    "untainted": ({"taints": None}, "taints", False, ""),
    "tainted": (
        {"taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}, {"key": "x", "effect": "NoExecute"}]},
        "taints",
        False,
        "kubectl describe node",
    ),
}


@pytest.mark.parametrize("case", PLANTED, ids=str)
def test_one_planted_difference_is_one_finding(case, monkeypatch, capsys) -> None:
    changes, kind, bad, command = PLANTED[case]
    found = report(monkeypatch, capsys, node(), node(SECOND, **changes), code=int(bad))
    first, second = found["pools"][0]["nodes"]
    problems = second["problems"]
    assert first["problems"] == [] and found["ok"] is not bad
    assert [(one["kind"], one["severity"] == "error") for one in problems] == [(kind, bad)]
    causes = problems[0]["causes"]
    assert (command in causes[0]["command"]) if command else causes == []
    assert all(
        set(one) == {"why", "command"} and one["command"].split()[0] in ("kubectl", "aws") for one in causes
    )


def test_no_node_with_efa_means_no_plugin(monkeypatch, capsys) -> None:
    found = report(monkeypatch, capsys, node(**{EFA: None}), node(SECOND, **{EFA: None}), code=1)
    first = found["pools"][0]["nodes"][0]["problems"][0]["causes"][0]
    assert "no release" in first["why"] and "daemonset" in first["command"]


def test_zones_of_a_cluster_group(monkeypatch, capsys) -> None:
    found = report(
        monkeypatch, capsys, node(), node(SECOND, **{"topology.kubernetes.io/zone": "us-east-2b"}), code=1
    )
    (problem,) = found["pools"][0]["problems"]
    assert problem["kind"] == "zone" and "us-east-2a, us-east-2b" in problem["message"]


def test_too_few_too_many_and_strays(monkeypatch, capsys) -> None:
    stray = node(SECOND, **{"efa-pools/pool": None})
    found = report(monkeypatch, capsys, node(), stray, code=1)
    (problem,) = found["pools"][0]["problems"]
    assert problem["message"] == "1 node, 2 planned" and found["otherNodes"] == [SECOND]
    assert problem["causes"][0]["command"] == f"kubectl label node {SECOND} efa-pools/pool=validation"
    assert "--nodegroup-name validation-nodes-1" in problem["causes"][1]["command"]
    many = report(monkeypatch, capsys, node(), node("b"), node("c"), code=1)
    assert [one["message"] for one in many["pools"][0]["problems"]] == ["3 nodes, 2 planned"]


STARTERS = {
    "eks-managed": "aws eks list-nodegroups --cluster-name efa-dev",
    "self-managed": "aws autoscaling describe-scaling-activities --auto-scaling-group-name $(aws autoscaling",
    "gardener": "kubectl get shoot ml -n garden-x -o jsonpath='{.status.lastErrors}'",
}


@pytest.mark.parametrize("kind", STARTERS)
def test_who_is_asked_for_missing_nodes(kind: str) -> None:
    """Straight from the plan, whichever kinds the check lets through."""
    checked = check_stack(read_stack(ROOT, "dev"))
    (made,) = plan_stack("dev", checked).pools
    kept = made.pool.nodes.replace(kind=kind, shoot="ml", namespace="garden-x")
    plan = StackPlan("dev", (made._replace(pool=made.pool.replace(nodes=kept)),), ())
    (problem,) = compare(plan, checked, []).pools[0].problems
    assert problem.causes[0].command.startswith(STARTERS[kind])


def test_karpenter_is_asked_where_it_starts_the_nodes(monkeypatch, capsys) -> None:
    found = report(monkeypatch, capsys, node(**{"karpenter.sh/nodepool": "validation"}), code=1)
    command = found["pools"][0]["problems"][0]["causes"][0]["command"]
    assert command == "kubectl describe nodeclaims -l karpenter.sh/nodepool=validation"


KARPENTER = {"karpenter.sh/nodepool": "train", "eks.amazonaws.com/capacityType": None}


@pytest.mark.parametrize(
    ("capacity", "label", "right"),
    [
        ("reservation", "reserved", True),
        ("capacity-block", "reserved", True),
        ("capacity-block", "on-demand", False),
        ("open-reservation", "on-demand", True),
        ("on-demand", "spot", False),
    ],
)
def test_how_karpenter_bought_a_node(capacity: str, label: str, right: bool) -> None:
    checked = check_stack(read_stack(ROOT, "prod"))
    plan = plan_stack("prod", checked)
    kept = plan.pools[0].pool.capacity.replace(kind=capacity)
    made = plan.pools[0]._replace(pool=plan.pools[0].pool.replace(capacity=kept))
    labels = {**KARPENTER, "efa-pools/pool": "train", "karpenter.sh/capacity-type": label}
    found = compare(StackPlan("prod", (made,), ()), checked, nodes(node(**labels))).pools[0].nodes[0]
    assert ("capacityType" not in {one.kind for one in found.problems}) is right


@pytest.mark.parametrize(
    ("group", "right"), [({"groupName": "p5"}, True), ({"groupId": "pg-0a1b2c3d"}, False)]
)
def test_karpenters_group_id_says_nothing_of_a_group_by_name(group: dict[str, str], right: bool) -> None:
    config = read_stack(ROOT, "prod")
    config["efa-pools:pools"][0]["placement"] = {"mode": "existing", **group}
    checked = check_stack(config)
    labels = {**KARPENTER, "efa-pools/pool": "train", "karpenter.k8s.aws/placement-group-id": "pg-0ffffffff"}
    found = compare(plan_stack("prod", checked), checked, nodes(node(**labels))).pools[0].nodes[0]
    assert ("placementGroup" not in {one.kind for one in found.problems}) is right


def test_what_kubernetes_sets_itself_is_told_once(monkeypatch, capsys) -> None:
    taints = [
        {"key": "nvidia.com/gpu", "effect": "NoSchedule"},
        {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"},
        {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"},
    ]
    down = node(SECOND, taints=taints, unschedulable=True, conditions=[{"type": "Ready", "status": "False"}])
    found = report(monkeypatch, capsys, node(), down, code=1)
    assert [one["kind"] for one in found["pools"][0]["nodes"][1]["problems"]] == ["ready", "unschedulable"]


def test_devices_that_are_held_back_are_counted(monkeypatch, capsys) -> None:
    few = node(SECOND, **{"capacity": {EFA: "4", GPU: "8"}, GPU: "7", EFA: "3"})
    found = report(monkeypatch, capsys, node(), few, code=1)
    efa, gpus = (one["message"] for one in found["pools"][0]["nodes"][1]["problems"])
    assert efa.endswith("(3 of 4 healthy)") and gpus.endswith("(7 of 8 healthy)")
    found = report(monkeypatch, capsys, node(), node(SECOND, **{GPU: "7"}), code=1)
    assert "healthy" not in found["pools"][0]["nodes"][1]["problems"][0]["message"]


def test_unknown_pool_is_a_warning(monkeypatch, capsys) -> None:
    found = report(monkeypatch, capsys, node(), node(SECOND), node("x", **{"efa-pools/pool": "old"}), code=0)
    (problem,) = found["problems"]
    assert (problem["kind"], problem["severity"]) == ("pool", "warning") and "x: " in problem["message"]


def test_reserved_pools_name_their_reservation(monkeypatch, capsys) -> None:
    found = report(monkeypatch, capsys, code=1, stack="prod")
    train, research = found["pools"]
    assert research["problems"] == []  # 0 to 4 nodes
    command = train["problems"][0]["causes"][0]["command"]
    assert "describe-capacity-reservations --capacity-reservation-ids cr-0e5f60718293a4b5c" in command
    assert command.endswith("--region us-east-2")
    labels = {
        "efa-pools/pool": "train",
        "node.kubernetes.io/instance-type": "p5.48xlarge",
        "topology.kubernetes.io/zone": "us-east-2b",
        "eks.amazonaws.com/capacityType": "CAPACITY_BLOCK",
        "efa-pools/efa-count": "32",
        "efa-pools/network-cards": "32",
        "efa-pools/capacity-reservation": "cr-0123456789abcdef0",
        "efa-pools/placement-group": "pg-0123456789abcdef0",
        EFA: "32",
    }
    eight = [node(f"n{index}", **labels) for index in range(8)]
    found = report(monkeypatch, capsys, *eight, code=1, stack="prod")
    kinds = {one["kind"] for one in found["pools"][0]["nodes"][0]["problems"]}
    assert kinds == {"placementGroup", "reservation"} and found["pools"][0]["problems"] == []


def test_a_pool_that_waits_for_its_window_has_no_nodes_yet(monkeypatch, capsys, tmp_path) -> None:
    stack = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())
    (train, _) = stack["config"]["efa-pools:pools"]
    times = {"start": "2026-12-01T11:30:00Z", "end": "2026-12-08T11:30:00Z"}
    train["capacity"] |= {**times, "whenInactive": "defer"}
    (tmp_path / "Pulumi.prod.yaml").write_text(yaml.safe_dump(stack))
    (tmp_path / "Pulumi.yaml").write_text("name: efa-pools\nruntime: python\n")
    (tmp_path / "nodes.json").write_text(json.dumps(listed()))
    monkeypatch.chdir(tmp_path)
    planned = {"2026-12-01T11:29:59Z": 0, "2026-12-01T11:30:00Z": 8, "2026-12-08T10:50:00Z": 0}
    for now, least in planned.items():
        monkeypatch.setenv("EFA_POOLS_NOW", now)
        code = main(["verify", "--stack", "prod", "--nodes", "nodes.json", "--json"])
        pool = json.loads(capsys.readouterr().out)["pools"][0]
        assert pool["expected"]["size"] == {"min": least, "desired": least, "max": 8}
        assert (code, len(pool["problems"])) == ((1, 1) if least else (0, 0)), now
    monkeypatch.setenv("EFA_POOLS_NOW", "soon")
    assert main(["verify", "--stack", "prod", "--nodes", "nodes.json"]) == 2
    assert "EFA_POOLS_NOW: 'soon'" in capsys.readouterr().err


def test_topology_is_counted(monkeypatch, capsys) -> None:
    layers = [
        {f"topology.k8s.aws/network-node-layer-{n}": f"nn-{n}-{i if n > 1 else 0}" for n in (1, 2, 3)}
        for i in (1, 2)
    ]
    found = report(monkeypatch, capsys, node(**layers[0]), node(SECOND, **layers[1]), code=0)
    assert found["pools"][0]["topology"] == {"layer1": 1, "layer2": 2, "layer3": 2}
    apart = {"topology.k8s.aws/network-node-layer-1": "nn-1-9"}
    found = report(monkeypatch, capsys, node(**layers[0]), node(SECOND, **{**layers[1], **apart}), code=0)
    assert [one["kind"] for one in found["pools"][0]["problems"]] == ["topology"]


def test_network_nodes_matter_to_a_cluster_group_only() -> None:
    checked = check_stack(read_stack(ROOT, "prod"))
    train, research = plan_stack("prod", checked).pools
    for made, kinds in ((train, {"topology"}), (research, set())):
        apart = [
            node(
                f"n{at}", **{"efa-pools/pool": made.name, "topology.k8s.aws/network-node-layer-1": f"nn-{at}"}
            )
            for at in range(2)
        ]
        (pool,) = compare(StackPlan("prod", (made,), ()), checked, nodes(listed(*apart))).pools
        assert {one.kind for one in pool.problems} - {"nodes"} == kinds and pool.topology == {"layer1": 2}


def test_bottlerocket_counts_its_gpus_itself() -> None:
    config = read_stack(ROOT, "dev")
    config["efa-pools:pools"][0]["image"] = {"family": "bottlerocket", "releaseVersion": "1.52.0-3f1a9b2c"}
    checked = check_stack(config)
    found = compare(plan_stack("dev", checked), checked, nodes(listed(node(**{GPU: "0"}), node(SECOND))))
    (problem,) = (one for one in found.pools[0].nodes[0].problems if one.kind == "gpus")
    assert "own device plugin" in problem.causes[0].why
    assert (
        problem.causes[0].command == "aws ssm start-session --target i-0123456789abcdef0 --region us-east-2"
    )
    assert not any("gpu-operator" in one.command for one in problem.causes)


def test_the_dra_driver_counts_no_resource() -> None:
    config = read_stack(ROOT, "dev")
    config["efa-pools:addons"] = {"efa": "dra"}
    checked = check_stack(config)
    found = compare(plan_stack("dev", checked), checked, nodes(listed(node(**{EFA: None}), node(SECOND))))
    (pool,) = found.pools
    assert found.ok and pool.expected["efa"] is None and [one.problems for one in pool.nodes] == [(), ()]


def test_neuron_devices_and_stated_pages(monkeypatch, capsys, tmp_path) -> None:
    stack = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())
    del stack["config"]["efa-pools:ncclTest"]  # which needs NVIDIA GPUs
    (pool,) = stack["config"]["efa-pools:pools"]
    pool.update(
        {
            "instanceType": "trn1.32xlarge",
            "hugePages2Mi": 6000,
            "taints": None,
            "availabilityZones": ["us-east-2a"],
        }
    )
    (tmp_path / "Pulumi.dev.yaml").write_text(yaml.safe_dump(stack))
    (tmp_path / "Pulumi.yaml").write_text("name: efa-pools\nruntime: python\n")
    labels = {"node.kubernetes.io/instance-type": "trn1.32xlarge", EFA: "8", GPU: None, "taints": None}
    labels |= {"efa-pools/efa-count": "8", "efa-pools/network-cards": "8"}
    few = node(SECOND, **labels, **{"aws.amazon.com/neuron": "15"})
    (tmp_path / "nodes.yaml").write_text(
        yaml.safe_dump(listed(node(**labels, **{"aws.amazon.com/neuron": 16, PAGES: "12000Mi"}), few))
    )
    monkeypatch.chdir(tmp_path)
    assert main(["verify", "--nodes", "nodes.yaml", "--json"]) == 1
    first, second = json.loads(capsys.readouterr().out)["pools"][0]["nodes"]
    assert first["problems"] == [] and first["gpus"] == 16
    assert {one["kind"]: one["severity"] for one in second["problems"]} == {
        "gpus": "error",
        "hugePages2Mi": "error",
    }


def test_text_groups_nodes_and_ends_with_a_verdict(monkeypatch, capsys) -> None:
    bad = [node(f"n{index}", **{EFA: "0"}) for index in range(2)]
    code, out, _ = verify(monkeypatch, capsys, listed(*bad, node("other\x1b[2J", **{"efa-pools/pool": None})))
    assert code == 1 and out.count("NCCL falls back to TCP") == 1 and "problem: n0, n1: 0 vpc" in out
    assert "0 of 4" in out and "\x1b" not in out
    assert out.splitlines()[-1] == "stack dev: not as planned, 2 problems, 0 warnings"
    code, out, _ = verify(monkeypatch, capsys, listed(node(), node(SECOND)))
    assert code == 0 and out.splitlines()[-1] == "stack dev: as planned, 0 problems, 0 warnings"


def test_a_broken_stack_file_is_reported(monkeypatch, capsys, tmp_path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {'efa-pools:pools': [{}]}")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nodes.json").write_text(json.dumps(listed(node())))
    assert main(["verify", "--nodes", "nodes.json", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["pools"] == [] and {one["kind"] for one in found["problems"]} == {"configuration"}


UNUSABLE = {
    "nothing": "",
    "text": "hello",
    "broken": "{",
    "a pod": {"kind": "Pod"},
    "pods": listed({"kind": "Pod", "metadata": {"name": "x"}}),
    "no name": listed({"kind": "Node", "metadata": {}}),
    "twice": listed(node(), node()),
    "a strange quantity": listed(node(**{EFA: "four"})),
    "labels as a list": listed({"kind": "Node", "metadata": {"name": "x", "labels": []}, "spec": 4}),
    "a cordon in words": listed(node(unschedulable="yes")),
    "deep": "[" * 100_000,
    "a huge number": '{"kind": "List", "items": [' + "9" * 5000 + "]}",
}


@pytest.mark.parametrize("raw", UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_input_exits_2(raw, monkeypatch, capsys) -> None:
    code, out, err = verify(monkeypatch, capsys, raw, "--json")
    assert (code, out) == (2, "") and "standard input" in err and len(err) < 400


def test_a_missing_file_or_stack_exits_2(monkeypatch, capsys) -> None:
    monkeypatch.chdir(ROOT)
    for arguments in (
        ["--nodes", "/nonexistent"],
        ["--nodes", "Makefile"],
        ["--stack", "no", "--nodes", "-"],
    ):
        code = main(["verify", *arguments])
        out, err = capsys.readouterr()
        assert (code, out) == (2, "") and err.startswith("efa-pools: ")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["List", "Node"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, below in inner for place in places(below, (*path, key)))]


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A list of nodes with one to three values anywhere in it replaced."""
    raw: Any = {"root": listed(node(), copy.deepcopy(node(SECOND)))}
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(raw)[1:]))
        here = raw
        for key in path[:-1]:
            here = here[key]
        here[path[-1]] = draw(json_values)
    return raw["root"]


@settings(deadline=None, derandomize=True, max_examples=300)
@given(damaged() | json_values)
def test_any_json_is_judged_or_refused(raw: Any) -> None:
    checked = check_stack(read_stack(ROOT, "dev"))
    try:
        found = nodes(json.loads(json.dumps(raw)))
    except NotNodes as error:
        assert str(error)
        return
    made = compare(plan_stack("dev", checked), checked, found)
    assert json.dumps(made.as_json()) and text(made).encode("utf-8")
