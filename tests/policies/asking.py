"""Asks a rule as the engine does: properties behind pulumi_policy's proxies, unknowns as its sentinels."""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pulumi
from pulumi_policy import (
    Policy,
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
)
from pulumi_policy.policy import PolicyProviderResource, _NotApplicableError
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.pack import POLICIES

UNKNOWN = UNKNOWN_STRING_VALUE
BY_ID = {policy.name: policy for policy in POLICIES}


@dataclass(frozen=True)
class Given:
    """A resource as the engine hands it to a policy."""

    type: str
    name: str
    props: Mapping[str, Any]
    refers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By property: names of the resources that it was made of."""
    protect: bool = False
    default_tags: Any = None

    @property
    def urn(self) -> str:
        return f"urn:pulumi:test::efa-pools::{self.type}::{self.name}"

    def but(self, changes: Mapping[str, Any]) -> "Given":
        """Another value at each dotted path; None takes it away, and a path of a list counts from 0."""
        props = copy.deepcopy(dict(self.props))
        for path, value in changes.items():
            *way, last = path.split(".")
            holder: Any = props
            for key in way:
                holder = holder[int(key)] if isinstance(holder, list) else holder.setdefault(key, {})
            if value is None:
                del holder[int(last) if isinstance(holder, list) else last]
            else:
                holder[int(last) if isinstance(holder, list) else last] = value
        return Given(self.type, self.name, props, self.refers, self.protect, self.default_tags)


class Answer(NamedTuple):
    """What a rule said: (name of the resource, text) each, or why it does not apply."""

    findings: list[tuple[str, str]]
    not_applicable: str | None


def ask(
    rule: str,
    *given: Given,
    config: Mapping[str, Any] | None = None,
    pools: Sequence[Any] | None = None,
) -> Answer:
    """The rule's answer about the resources; `pools` stand in the stack's configuration."""

    policy = BY_ID[rule]
    pulumi.runtime.set_all_config({} if pools is None else {"efa-pools:pools": json.dumps(pools)})
    try:
        if isinstance(policy, ResourceValidationPolicy):
            return _each(policy, given, config)
        return _together(policy, given, config)
    finally:
        pulumi.runtime.set_all_config({})


def _each(policy: ResourceValidationPolicy, given: Sequence[Given], config: Any) -> Answer:
    findings: list[tuple[str, str]] = []
    reasons: list[str] = []
    for one in given:
        try:
            policy.validate(arguments(one, config), _into(findings, one.name))
        except _NotApplicableError as error:
            reasons.append(error.message)
    return Answer(findings, reasons[0] if len(reasons) == len(given) else None)


def _into(findings: list[tuple[str, str]], name: str) -> Any:
    return lambda message, urn=None: findings.append((name, message))


def arguments(one: Given, config: Any = None, props: Any = None) -> ResourceValidationArgs:
    """What pulumi_policy passes to a resource's policy."""
    shown = unknown_checking_proxy(copy.deepcopy(dict(one.props))) if props is None else props
    return ResourceValidationArgs(one.type, shown, one.urn, one.name, _options(one), _provider(one), config)


def _together(policy: Policy, given: Sequence[Given], config: Any) -> Answer:
    made = {one.name: _resource(one) for one in given}
    for one in given:
        for property, others in one.refers.items():
            # A case leaves out what its rule does not look at.
            there = [made[other] for other in others if other in made]
            made[one.name].property_dependencies[property] = there
    found: list[tuple[str, str]] = []

    def report(message: str, urn: str | None = None) -> None:
        found.append(((urn or "").rsplit("::", 1)[-1], message))

    try:
        policy.validate(StackValidationArgs(list(made.values()), config), report)  # type: ignore[attr-defined]
    except _NotApplicableError as error:
        return Answer(found, error.message)
    return Answer(found, None)


def _resource(one: Given) -> PolicyResource:
    props = unknown_checking_proxy(copy.deepcopy(dict(one.props)))
    return PolicyResource(one.type, props, one.urn, one.name, _options(one), _provider(one), None, [], {})


def _options(one: Given) -> PolicyResourceOptions:
    return PolicyResourceOptions(one.protect, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])


def _provider(one: Given) -> PolicyProviderResource | None:
    if one.default_tags is None:
        return None
    props = unknown_checking_proxy({"defaultTags": one.default_tags})
    return PolicyProviderResource("pulumi:providers:aws", props, "urn:pulumi:provider", "aws")


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The dotted path of everything in the properties, lists and mappings included."""
    if path:
        yield ".".join(path)
    inner: Any = value.items() if isinstance(value, Mapping) else ()
    for key, one in enumerate(value) if isinstance(value, list) else inner:
        yield from leaves(one, (*path, str(key)))
