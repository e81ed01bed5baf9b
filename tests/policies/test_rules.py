"""Each rule: compliant, violating, not applicable, unknown. No unknown value silences one."""

import pytest

from policies.pack import RULES
from tests.policies import cases_of_capacity, cases_of_templates
from tests.policies.asking import UNKNOWN, ask, leaves
from tests.policies.case import Case
from tests.policies.resources import STACK

TOLD_LATER = ("vpcId", "subnetIds", "vpcZoneIdentifiers", "launchTemplateId", "clusterName")
CASES = [*cases_of_templates.CASES, *cases_of_capacity.CASES]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    found, not_applicable = case.answer()
    assert (not_applicable is not None) <= (case.kind in ("none", "unsure")), not_applicable
    if case.kind != "bad":
        assert found == []
        assert case.kind != "none" or not_applicable
        return
    ((name, text),) = found
    assert name == (case.at or case.given[-1].name)
    for words in case.said:
        assert words in text


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_every_rule_has_all_kinds_of_cases(rule: str) -> None:
    assert {case.kind for case in CASES if case.rule == rule} == {"good", "bad", "none", "unsure"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_unknown_value_silences_a_rule_or_makes_it_find_fault(case: Case) -> None:
    """One value after the other becomes unknown; pulumi_policy raises where a rule touches one."""
    for index, one in enumerate(case.given):
        for path in leaves(one.props):
            given = [*case.given]
            given[index] = one.but({path: UNKNOWN})
            found, _ = case.answer(given)
            # Rules that are stated inline and unknown come with the resources that they were made of.
            if case.kind != "bad" and path not in ("ingress", "egress"):
                assert found == [], f"{one.name}: {path}"


@pytest.mark.parametrize("rule", [rule.id for rule in RULES if rule.level != "disabled"])
def test_a_stack_in_order_has_no_finding(rule: str) -> None:
    assert ask(rule, *STACK).findings == []


@pytest.mark.parametrize("case", [case for case in CASES if case.kind == "bad"], ids=str)
def test_a_mandatory_rule_blocks_while_ids_are_unknown(case: Case) -> None:
    """Whatever only creation tells is unknown in a pull request's preview: the finding stays."""
    given = []
    for one in case.given:
        later = [path for path in leaves(one.props) if path.rpartition(".")[2] in TOLD_LATER]
        given.append(one.but(dict.fromkeys(later, UNKNOWN)))
    assert len(case.answer(given).findings) == 1


def test_configuration_that_means_nothing_is_said() -> None:
    (found,) = ask("imdsv2", STACK[0], config={"token": True}).findings
    assert "configuration of imdsv2: 'token': expected no keys" in found[1]
    (found,) = ask("existing-group-beside-block", STACK[0], config={"tryed": []}).findings
    assert "'tryed': expected tried" in found[1]
