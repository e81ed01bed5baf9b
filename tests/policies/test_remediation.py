"""Remediation: what is put right is right, secrets stay secret, and unknown values stay unknown."""

from typing import Any

import pytest
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY
from pulumi_policy.deserialize import deserialize_properties as received
from pulumi_policy.deserialize import serialize_properties as sent

from policies.pack import RULES
from tests.policies import cases_of_templates
from tests.policies.asking import BY_ID, UNKNOWN, Given, arguments, ask, leaves
from tests.policies.case import Case
from tests.policies.resources import SCALING, TAGS, TEMPLATE

MENDED = [rule.id for rule in RULES if rule.mend is not None]
VALUES = {"required-tags": {"tags": ["owner", "cost-center"], "values": TAGS}}
CASES = [
    case
    for case in cases_of_templates.CASES
    if case.rule in MENDED and case.kind == "bad" and case.given[0].type != SCALING.type
]


def remediated(rule: str, one: Given) -> Any:
    """The properties that go back to the engine, None where the rule leaves them alone."""
    policy = BY_ID[rule]
    assert isinstance(policy, ResourceValidationPolicy)
    made = policy.remediate(arguments(one, VALUES.get(rule), received(dict(one.props), True)))
    return None if made is None else sent(made)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_put_right_is_right(case: Case) -> None:
    (one,) = case.given
    props = remediated(case.rule, one)
    after = Given(one.type, one.name, props, default_tags=one.default_tags)
    assert ask(case.rule, after, config=VALUES.get(case.rule)).findings == []
    # Everything else is as it was.
    lost = {path for path in leaves(one.props)} - {path for path in leaves(props)}
    assert not lost


def test_all_remediations_are_tried() -> None:
    assert {case.rule for case in CASES} == set(MENDED) == {"imdsv2", "encrypted-volumes", "required-tags"}


@pytest.mark.parametrize("rule", MENDED)
def test_what_is_in_order_is_left_alone(rule: str) -> None:
    assert remediated(rule, TEMPLATE) is None
    assert remediated(rule, Given("aws:s3/bucket:Bucket", "bucket", {"tags": {}})) is None


@pytest.mark.parametrize("rule", MENDED)
def test_unknown_values_pass_through(rule: str) -> None:
    bad = next(case.given[0] for case in CASES if case.rule == rule)
    for path in leaves(bad.props):
        one = bad.but({path: UNKNOWN})
        props = remediated(rule, one)
        if props is not None:
            holder: Any = props
            for key in path.split("."):
                holder = holder[int(key)] if isinstance(holder, list) else holder[key]
            assert holder == UNKNOWN, path


@pytest.mark.parametrize("rule", MENDED)
def test_secrets_stay_secret(rule: str) -> None:
    bad = next(case.given[0] for case in CASES if case.rule == rule)

    def secret(value: Any) -> dict[str, Any]:
        return {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": value}

    hidden = {key: secret(value) for key, value in bad.props.items()}
    props = remediated(rule, Given(bad.type, bad.name, {**hidden, "userData": secret("c2VjcmV0")}))
    assert props["userData"] == secret("c2VjcmV0")
    assert all(props[key][SPECIAL_SIG_KEY] == SPECIAL_SECRET_SIG for key in hidden)


def test_tags_without_a_configured_value_are_not_invented() -> None:
    policy = BY_ID["required-tags"]
    assert isinstance(policy, ResourceValidationPolicy)
    untagged = TEMPLATE.but({"tags": None})
    assert policy.remediate(arguments(untagged, {}, received(dict(untagged.props), True))) is None


def test_by_default_nothing_is_changed_unasked() -> None:
    assert not [one.name for one in BY_ID.values() if one.enforcement_level is EnforcementLevel.REMEDIATE]
