"""The rules as pulumi_policy's policies: the one place that translates between the two."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from . import capacity, charts, interfaces, machines, pins, placement, protection, security_groups, tags
from .known import plain
from .rule import NotApplicable, Resource, Rule, Stack

RULES: tuple[Rule, ...] = (
    *interfaces.RULES,
    *security_groups.RULES,
    *placement.RULES,
    *capacity.RULES,
    *machines.RULES,
    *tags.RULES,
    *pins.RULES,
    *charts.RULES,
    *protection.RULES,
)


def policy(rule: Rule) -> Policy:
    """The rule as the engine asks it."""
    about: dict[str, Any] = {
        "name": rule.id,
        "description": f"{rule.cause[0].upper()}{rule.cause[1:]}.",
        "enforcement_level": EnforcementLevel(rule.level),
        "severity": Severity(rule.severity),
        "remediation_steps": rule.fix,
        "config_schema": _schema(rule),
    }
    if rule.stack is not None:
        return StackValidationPolicy(validate=_whole(rule, rule.stack), **about)
    mend = _mended(rule) if rule.mend is not None else None
    return ResourceValidationPolicy(validate=_single(rule), remediate=mend, **about)


def _schema(rule: Rule) -> PolicyConfigSchema | None:
    if not rule.options:
        return None
    described = {
        name: {**option.schema, "description": option.meaning} for name, option in rule.options.items()
    }
    return PolicyConfigSchema(properties=described)


def _single(rule: Rule) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type not in rule.types or rule.one is None:
            return args.not_applicable(f"{args.resource_type} is no concern of it")
        resource = Resource(
            args.resource_type,
            args.name,
            args.urn,
            plain(args.props),
            protect=bool(args.opts.protect),
            default_tags=_default_tags(args.provider),
        )
        try:
            for message in _with_strays(rule, args, rule.one(resource, rule.configured(args.get_config()))):
                report(_text(rule, message), None)
        except NotApplicable as reason:
            args.not_applicable(str(reason))

    return validate


def _whole(rule: Rule, check: Any) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        stack = Stack(_linked(args.resources))
        if not stack.of(*rule.types):
            return args.not_applicable("the stack has none of its resources")
        for message in _with_strays(rule, args, ()):
            report(message, None)
        for resource, message in check(stack, rule.configured(args.get_config())):
            report(_text(rule, message), resource.urn)

    return validate


def _mended(rule: Rule) -> Callable[[ResourceValidationArgs], Any]:
    def remediate(args: ResourceValidationArgs) -> Any:
        # pulumi_policy hands out its own mapping here: writing into it keeps secrets secret.
        props: Any = args.props
        wanted = args.resource_type in rule.types and rule.mend is not None
        changed = wanted and rule.mend(props, args.resource_type, rule.configured(args.get_config()))  # type: ignore[misc]
        return props if changed else None

    return remediate


def _linked(given: Iterable[PolicyResource]) -> list[Resource]:
    """The resources with their references to each other, by name: the engine hands them out in any order."""
    made: dict[str, Resource] = {}
    references: list[tuple[dict[str, list[Resource]], PolicyResource]] = []
    for one in sorted(given, key=lambda one: one.urn):
        own: dict[str, list[Resource]] = {}
        made[one.urn] = Resource(
            one.resource_type,
            one.name,
            one.urn,
            plain(one.props),
            protect=bool(one.opts.protect),
            default_tags=_default_tags(one.provider),
            references=own,
        )
        references.append((own, one))
    for own, one in references:
        for property, others in one.property_dependencies.items():
            own[property] = [made[other.urn] for other in others if other.urn in made]
    return list(made.values())


def _default_tags(provider: Any) -> Any:
    return None if provider is None else tags.default_tags(plain(provider.props))


def _with_strays(rule: Rule, args: Any, messages: Iterable[str]) -> Iterable[str]:
    """The findings, after those about configuration keys that mean nothing: the engine takes any."""
    given: Mapping[str, Any] = args.get_config() or {}
    for key in sorted(set(given) - set(rule.options)):
        expected = " or ".join(rule.options) or "no keys"
        yield f"configuration of {rule.id}: {key!r}: expected {expected}; the key changes nothing"
    yield from messages


def _text(rule: Rule, message: str) -> str:
    return f"{message}. To fix: {rule.fix}."


POLICIES: tuple[Policy, ...] = tuple(policy(rule) for rule in RULES)
