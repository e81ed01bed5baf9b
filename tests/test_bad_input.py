"""Every bad input gives one message: the field, the bad value, what was expected."""

import time
from typing import Any

import pytest
from efa_pools import documents
from efa_pools.check.pool import POOL_RULES, check_pool, check_pools
from efa_pools.check.stack import check_stack
from efa_pools.problem import Problem, errors
from efa_pools.rules import capacity as capacity_rules
from efa_pools.rules import compatibility as compatibility_rules
from efa_pools.rules import gardener as gardener_rules
from efa_pools.rules import images as images_rules
from efa_pools.rules import instance as instance_rules
from efa_pools.rules import machine as machine_rules
from efa_pools.rules import new_capacity as new_capacity_rules
from efa_pools.rules import nodes as nodes_rules
from efa_pools.rules import placement as placement_rules
from efa_pools.rules import preparation as preparation_rules
from efa_pools.rules import schedules as schedules_rules
from efa_pools.rules import self_managed as self_managed_rules
from efa_pools.rules import windows as windows_rules
from efa_pools.rules import words
from efa_pools.rules.registry import Rule, ask

from tests.bad_pools import (
    capacity,
    gardener,
    images,
    interfaces,
    machine,
    new_capacity,
    nodes,
    placement,
    windows,
)
from tests.bad_pools.case import NOW, Case
from tests.pools import ABSENT, VALID, changed, valid_pool

CASES: list[Case] = [
    *interfaces.CASES,
    *capacity.CASES,
    *new_capacity.CASES,
    *windows.CASES,
    *placement.CASES,
    *nodes.CASES,
    *machine.CASES,
    *images.CASES,
    *gardener.CASES,
]
RULE_MODULES = (
    instance_rules,
    capacity_rules,
    new_capacity_rules,
    schedules_rules,
    windows_rules,
    placement_rules,
    nodes_rules,
    machine_rules,
    images_rules,
    compatibility_rules,
    preparation_rules,
    self_managed_rules,
    gardener_rules,
    words,
)
RULES = {
    f"{module.__name__.rpartition('.')[2]}.{name}": rule
    for module in RULE_MODULES
    for name, rule in vars(module).items()
    if isinstance(rule, Rule)
}
CLUSTER = {"name": "research", "vpcId": "vpc-0a1b2c3d", "securityGroupId": "sg-0a1b2c3d"}
STACK = {"efa-pools:pools": [VALID], "efa-pools:cluster": CLUSTER}


def short(problem: Problem) -> str:
    """`size.max Invalid`, with the severity where it is no error."""
    return f"{problem.field()} {problem.kind}" + (" warning" if problem.severity == "warning" else "")


def problems(pool: Any) -> list[Problem]:
    return list(check_pool(pool, now=NOW).problems)


def wrong_pool(case: Case) -> Any:
    return changed(changed(VALID, case.given), dict([case.wrong]))


def test_the_valid_pool_has_no_problem() -> None:
    assert problems(valid_pool()) == []
    assert check_stack(STACK).problems == ()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_one_wrong_thing_gives_one_message(case: Case) -> None:
    before = problems(changed(VALID, case.given))
    assert errors(before) == []
    found = [one for one in problems(wrong_pool(case)) if one not in before]
    main = f"{case.field} {case.kind}"
    assert sorted(short(one) for one in found) == sorted([main, *case.also])
    message = next(one.message for one in found if short(one) == main)
    assert [part for part in case.said if part not in message] == [], message
    assert "\n" not in message


@pytest.mark.parametrize("name", RULES)
def test_every_rule_is_asked_and_has_a_case(name: str) -> None:
    rule = RULES[name]
    assert rule in (*POOL_RULES, words.name_is_there)
    assert any(list(ask((rule,), check_pool(wrong_pool(case), now=NOW).draft)) for case in CASES)


def test_a_pool_that_is_no_mapping() -> None:
    for raw, text in ((None, "null"), ([], "[]"), ("p5.48xlarge", "'p5.48xlarge'"), (4.7, "4.7")):
        (found,) = problems(raw)
        assert short(found) == " Invalid" and text in found.message and "a mapping" in found.message


def test_a_range_too_long_for_any_type_is_said_where_the_type_is_unknown() -> None:
    wide = {"instanceType": "p9.48xlarge", "networkInterfaces.2.networkCardIndexRange.to": 300}
    found = {short(one): one.message for one in problems(changed(VALID, wide))}
    assert set(found) == {"instanceType NotSupported", "networkInterfaces TooMany"}
    assert "302 interfaces" in found["networkInterfaces TooMany"]


def test_values_that_no_key_can_mean_are_one_problem_each() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100):
        deep = {"a": deep}
    odd = {
        "\ud800": 1,
        "size": {"desired": 16**4000},
        "labels": {"team": "\udfff"},
        "nodes": {"worker": deep},
    }
    found = [one for one in problems({**VALID, **odd}) if one.severity == "error"]
    assert {one.path[0] for one in found} == {"?", "size", "labels", "nodes"} and len(found) == 4
    assert all(one.line().isascii() and len(one.line()) < 600 for one in found)


def test_null_is_absent() -> None:
    absent = {"placement.strategy": None, "capacity.count": None, "layout": None, "size.desired": None}
    assert problems(changed(VALID, absent)) == []


def test_three_errors_in_one_of_ten_pools_are_three_problems_of_that_pool() -> None:
    pools = [{**valid_pool(), "name": f"train-{index}"} for index in range(10)]
    three = {"size.desired": 5, "networkInterfaces.1.deviceIndex": 2, "labels.-team": "x"}
    pools[6] = changed(pools[6], three)
    fields = ["[6].labels.-team", "[6].networkInterfaces[1].deviceIndex", "[6].size.desired"]
    assert sorted(one.field() for one in check_pools(pools)[1]) == fields
    found = check_stack({**STACK, "efa-pools:pools": pools}).problems
    assert sorted(one.field() for one in found) == [f"efa-pools:pools{field}" for field in fields]


def test_shape_problems_do_not_hide_others() -> None:
    wrong = {
        "size": "many",
        "instanceType": "p5.48xlrge",
        "colour": "red",
        "networkInterfaces.0.type": "efa-only",
    }
    found = sorted(short(one) for one in problems(changed(VALID, wrong)))
    expected = ["colour Forbidden", "instanceType NotSupported", "networkInterfaces[0].type Invalid"]
    assert [one for one in expected if one not in found] == [] and "size Invalid" in found


def test_pools_of_one_name() -> None:
    _, (found,) = check_pools([valid_pool(), {**valid_pool(), "name": "other"}, valid_pool()])
    assert short(found) == "[2].name Duplicate"
    assert "'train'" in found.message and "pool [0]" in found.message


OURS = {"kind": "self-managed", "roleArn": "arn:aws:iam::123456789012:role/node"}
FACTS = {"endpoint": "https://x", "certificateAuthority": "Y2E=", "serviceCidr": "172.20.0.0/16"}


def test_a_role_of_two_pools_has_one_access_entry() -> None:
    ours = changed(VALID, {"name": "ours", "nodes": OURS})
    (found,) = check_pools([valid_pool(), ours])[1]
    assert short(found) == "[1].nodes.roleArn Duplicate" and "pool [0]" in found.message
    assert [short(one) for one in check_pools([ours, valid_pool()])[1]] == ["[1].nodes.roleArn Duplicate"]
    assert check_pools([valid_pool(), {**valid_pool(), "name": "other"}])[1] == []


def test_self_managed_nodes_must_be_told_their_cluster() -> None:
    stack = {**STACK, "efa-pools:pools": [changed(VALID, {"nodes": OURS})]}
    found = {one.field(): one.message for one in errors(check_stack(stack).problems)}
    assert set(found) == {f"efa-pools:cluster.{key}" for key in FACTS}
    assert "self-managed" in found["efa-pools:cluster.endpoint"]
    told = {**stack, "efa-pools:cluster": {**CLUSTER, **FACTS}}
    assert errors(check_stack(told).problems) == []
    bottlerocket = {"image": {"family": "bottlerocket", "releaseVersion": "1.52.0-3f1a9b2c"}}
    told["efa-pools:pools"] = [changed(VALID, {"nodes": OURS, **bottlerocket})]
    (one,) = errors(check_stack(told).problems)
    assert one.field() == "efa-pools:cluster.kubernetesVersion" and one.kind == "Required"


def test_a_gardener_pool_beside_others() -> None:
    garden = changed(VALID, {**gardener.WORKER, "name": "garden"})
    found = [short(one) for one in check_pools([valid_pool(), garden])[1]]
    assert found == ["[1].nodes.kind Invalid"]


def test_a_list_too_long_is_one_message_at_once() -> None:
    start = time.process_time()
    for length in (10_000, 100_000):
        (found,) = problems(changed(VALID, {"networkInterfaces": [{"type": "efa"}] * length}))
        assert short(found) == "networkInterfaces TooMany" and str(length) in found.message
    _, (found,) = check_pools([valid_pool()] * 1001)
    assert short(found) == " TooMany" and "1001" in found.message and "at most 1000" in found.message
    assert time.process_time() - start < 5


def _small(instance_type: str, nodes: int) -> dict[str, Any]:
    """A pool of another type, as little as it takes."""
    return {
        "name": "one",
        "instanceType": instance_type,
        "size": {"desired": nodes},
        "image": {"family": "al2023", "releaseVersion": "1.34.2-20261105"},
        "subnetIds": ["subnet-0a1b2c3d"],
        "availabilityZones": ["us-east-2b"],
        "layoutVersion": 1,
    }


STACK_CASES = [
    ({"efa-pools:pools": ABSENT}, "efa-pools:pools Required", "a list of pools"),
    ({"efa-pools:pools": []}, "efa-pools:pools Required", "at least one pool"),
    ({"efa-pools:pools": VALID["name"]}, "efa-pools:pools Invalid", "'train'"),
    ({"efa-pools:pool": []}, "efa-pools:pool Forbidden", "'pools'"),
    ({"efa-pools:pools.0.size.desired": 5}, "efa-pools:pools[0].size.desired Invalid", "5"),
    ({"efa-pools:pools.0.labels.a b": "x"}, "efa-pools:pools[0].labels.a b Invalid", "'a b'"),
    ({"efa-pools:cluster.name": ABSENT}, "efa-pools:cluster.name Required", "EKS cluster"),
    ({"efa-pools:cluster.vpcId": ABSENT}, "efa-pools:cluster.vpcId Required", "vpc-..."),
    ({"efa-pools:cluster.vpcId": "main"}, "efa-pools:cluster.vpcId Invalid", "'main'"),
    ({"efa-pools:cluster.id": "x"}, "efa-pools:cluster.id Forbidden", "known keys"),
    ({"efa-pools:cluster": "research"}, "efa-pools:cluster Invalid", "a mapping"),
    ({"efa-pools:cluster.endpoint": "http://x"}, "efa-pools:cluster.endpoint Invalid", "https://<host>"),
    ({"efa-pools:cluster.endpoint": "https://x\ny"}, "efa-pools:cluster.endpoint Invalid", "https://<host>"),
    (
        {"efa-pools:cluster.certificateAuthority": "-----BEGIN CERTIFICATE-----"},
        "efa-pools:cluster.certificateAuthority Invalid",
        "in base64",
    ),
    ({"efa-pools:cluster.serviceCidr": "172.20.0.1/16"}, "efa-pools:cluster.serviceCidr Invalid", "a range"),
    ({"efa-pools:cluster.serviceCidr": "172.20.0.0"}, "efa-pools:cluster.serviceCidr Invalid", "/12 to /24"),
    ({"efa-pools:cluster.serviceCidr": "10.0.0.0/8"}, "efa-pools:cluster.serviceCidr Invalid", "/12 to /24"),
    ({"efa-pools:cluster.name": "efa dev"}, "efa-pools:cluster.name Invalid", "'efa dev'"),
    ({"efa-pools:cluster.name": "e" * 101}, "efa-pools:cluster.name Invalid", "1 to 100"),
    ({"efa-pools:cluster.serviceCidr": "fd00::/108"}, "efa-pools:cluster.serviceCidr NotSupported", "IPv4"),
    (
        {"efa-pools:cluster.securityGroupId": ABSENT},
        "efa-pools:cluster.securityGroupId Required warning",
        "sg-...",
    ),
    ({"efa-pools:tags": {"aws:x": "y"}}, "efa-pools:tags.aws:x Forbidden", "'aws:x'"),
    ({"efa-pools:tags": {"owner": 7}}, "efa-pools:tags.owner Invalid", "7"),
    ({"efa-pools:addons.efa": "dar"}, "efa-pools:addons.efa NotSupported", "'dra' or 'none'"),
    (
        {"efa-pools:addons.efa": "dra"},
        "efa-pools:cluster.kubernetesVersion Required warning",
        "1.34 or newer",
    ),
    ({"efa-pools:addons.gpu": "yes"}, "efa-pools:addons.gpu NotSupported", "'auto' or 'none'"),
    ({"efa-pools:addons.charts.cilium": {}}, "efa-pools:addons.charts.cilium NotSupported", "'gpu-operator'"),
    (
        {"efa-pools:addons.charts.gpu-operator": {"path": "a", "repository": "b"}},
        "efa-pools:addons.charts.gpu-operator.path Forbidden",
        "one of the two",
    ),
    (
        {"efa-pools:addons.charts.gpu-operator": {"vrsion": "v26.3.3"}},
        "efa-pools:addons.charts.gpu-operator.vrsion Forbidden",
        "did you mean 'version'",
    ),
    (
        {"efa-pools:addons.charts.gpu-operator": {"x": 1}},
        "efa-pools:addons.charts.gpu-operator.x Forbidden",
        "known keys: version, repository, path, values;",
    ),
    ({"efa-pools:ncclTest": {"pool": "other"}}, "efa-pools:ncclTest.pool Invalid", "pools here: train"),
    ({"efa-pools:ncclTest": {}}, "efa-pools:ncclTest.pool Required", "the name of a pool"),
    (
        {"efa-pools:ncclTest": {"pool": "train", "repeats": 0}},
        "efa-pools:ncclTest.repeats Invalid",
        "0: expected 1 or more",
    ),
    (
        {"efa-pools:ncclTest": {"pool": "train", "gate": "yes"}},
        "efa-pools:ncclTest.gate Invalid",
        "'yes': expected true or false",
    ),
    (
        {"efa-pools:ncclTest": {"pool": "train", "image": "mirror.example:5000/nccl:latest"}},
        "efa-pools:ncclTest.image Invalid",
        "'mirror.example:5000/nccl:latest': expected a tag or a digest",
    ),
    (
        {"efa-pools:ncclTest": {"pool": "train", "nodes": 2}},
        "efa-pools:ncclTest.nodes Forbidden",
        "known keys: pool, image, repeats, gate",
    ),
    (
        {"efa-pools:ncclTest": {"pool": "one", "gate": True}, "efa-pools:pools": [_small("p5.48xlarge", 1)]},
        "efa-pools:ncclTest.pool Invalid",
        "starts with 1 node: expected 2 or more beside gate",
    ),
    (
        {"efa-pools:ncclTest": {"pool": "one"}, "efa-pools:pools": [_small("trn1.32xlarge", 2)]},
        "efa-pools:ncclTest.pool NotSupported",
        "Neuron devices: expected NVIDIA GPUs",
    ),
    (
        {"efa-pools:ncclTest": {"pool": "one"}, "efa-pools:pools": [_small("hpc7a.96xlarge", 2)]},
        "efa-pools:ncclTest.pool NotSupported",
        "expected a pool with NVIDIA GPUs",
    ),
]


@pytest.mark.parametrize(("wrong", "expected", "said"), STACK_CASES, ids=[case[1] for case in STACK_CASES])
def test_one_wrong_thing_in_a_stack(wrong: dict[str, Any], expected: str, said: str) -> None:
    (found,) = check_stack(changed(STACK, wrong)).problems
    assert short(found) == expected
    assert said in found.message


def test_the_longest_name_and_the_bounds_of_the_service_range_are_fine() -> None:
    """A small range has its tenth address, too."""
    for cidr in ("172.16.0.0/12", "192.168.7.0/24"):
        cluster = {**FACTS, "name": "9" + "_" * 99, "vpcId": "vpc-0a1b2c3d", "serviceCidr": cidr}
        config = {"efa-pools:pools": [VALID], "efa-pools:cluster": cluster}
        assert errors(check_stack(config).problems) == []


def test_project_wide_defaults_may_still_add_the_cluster() -> None:
    alone = {"efa-pools:pools": [valid_pool()], "aws:region": "us-east-2", "other:pools": 1}
    assert {one.field() for one in errors(check_stack(alone).problems)} == {
        "efa-pools:cluster.name",
        "efa-pools:cluster.vpcId",
    }
    assert errors(check_stack(alone, whole=False).problems) == []


def test_an_unquoted_time_says_to_quote_it() -> None:
    pool = "{capacity: {kind: capacity-block, reservationId: cr-0a1b, end: 2026-12-01T11:30:00Z}}"
    found = problems(changed(VALID, {**documents.parse(pool, "pool.yaml"), "placement": ABSENT}))
    assert [short(one) for one in found] == ["capacity.end Invalid"]
    assert "2026-12-01T11:30:00Z" in found[0].message and "in quotes" in found[0].message


def test_a_file_that_is_not_yaml() -> None:
    with pytest.raises(documents.Unreadable, match=r"Pulumi\.dev\.yaml, line 1.*not YAML or JSON"):
        documents.parse("config: [", "Pulumi.dev.yaml")


def test_a_release_of_another_kubernetes_version() -> None:
    stack = {"efa-pools:cluster": {"name": "a", "vpcId": "vpc-1", "kubernetesVersion": "1.33"}}
    found = check_stack({**stack, "efa-pools:pools": [valid_pool()]}).problems
    wrong = [one for one in found if one.severity == "error"]
    assert [one.field() for one in wrong] == ["efa-pools:pools[0].image.releaseVersion"]
    assert "1.34.2-20261105" in wrong[0].message and "1.33" in wrong[0].message


def test_an_unquoted_version_says_to_quote_it() -> None:
    stack = {"efa-pools:cluster": {"name": "a", "vpcId": "vpc-1", "kubernetesVersion": 1.3}}
    found = check_stack({**stack, "efa-pools:pools": [valid_pool()]}).problems
    wrong = {one.field(): one.message for one in found if one.severity == "error"}
    assert set(wrong) == {"efa-pools:cluster.kubernetesVersion"} and "quotes" in wrong.popitem()[1]
