"""What a rule is, and what it is shown: one resource's inputs, or all resources of the stack."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from .known import at, texts

Level = Literal["advisory", "mandatory", "remediate", "disabled"]
Severity = Literal["low", "medium", "high", "critical"]
Config = Mapping[str, Any]
"""The rule's options by name, defaults filled in."""


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource, in the AWS provider's camelCase: its inputs, or its outputs where the stack is judged."""

    type: str
    name: str
    urn: str
    props: Mapping[str, Any]
    protect: bool = False
    default_tags: Any = None
    """Tags that the provider puts on everything, or UNKNOWN."""
    references: Mapping[str, Sequence["Resource"]] = field(default_factory=dict)
    """By property: the resources that its value was made of. Empty where one resource is judged."""

    def at(self, *path: str) -> Any:
        """What stands at the path below the properties; see `known.at`."""
        return at(self.props, *path)


class Stack(NamedTuple):
    """All resources of a stack."""

    resources: Sequence[Resource]

    def of(self, *types: str) -> list[Resource]:
        return [one for one in self.resources if one.type in types]

    def referred(self, by: Resource, property: str, type: str, *named: str) -> list[Resource]:
        """Resources of a type that a property was made of, or that it names by a known id or name.

        `named` are paths (`placement.groupName`) whose text may be the id, name or ARN of one of them.
        """
        made_of = [one for one in by.references.get(property, ()) if one.type == type]
        given = {text for path in named for text in _texts(by.at(*path.split(".")))}
        also = [one for one in self.of(type) if one not in made_of and given & names(one)]
        return made_of + also


def names(resource: Resource) -> set[str]:
    """By what others may refer to it, as far as known."""
    return {
        text for key in ("id", "name", "arn", "placementGroupId") if isinstance(text := resource.at(key), str)
    }


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else texts(value)


class NotApplicable(Exception):
    """The rule cannot be asked here; the text says why."""


Finding = tuple[Resource, str]
CheckOne = Callable[[Resource, Config], Iterator[str]]
CheckStack = Callable[[Stack, Config], Iterator[Finding]]
Mend = Callable[[MutableMapping[str, Any], str, Config], bool]
"""Puts the properties of a resource of a type right in place; False where there was nothing to do."""


@dataclass(frozen=True)
class Option:
    """One key of a rule's configuration."""

    schema: Mapping[str, Any]
    """JSON Schema, with the default."""
    meaning: str


@dataclass(frozen=True)
class Rule:
    """A rule with everything that a reader needs to decide about it."""

    id: str
    cause: str
    """What is wrong, in one line."""
    cost: str
    """What it costs you."""
    fix: str
    severity: Severity
    level: Level
    """Default enforcement level."""
    types: tuple[str, ...]
    """The resources that it judges; without one of them it does not apply."""
    options: Mapping[str, Option] = field(default_factory=dict)
    one: CheckOne | None = None
    """Judges one resource by its inputs, before it is made."""
    stack: CheckStack | None = None
    """Judges resources together, once all are planned."""
    mend: Mend | None = None

    def configured(self, given: Mapping[str, Any] | None) -> dict[str, Any]:
        """The options, with defaults for what is not given."""
        defaults = {name: option.schema["default"] for name, option in self.options.items()}
        return {**defaults, **(given or {})}


def strings(meaning: str, *default: str) -> Option:
    """An option that is a list of strings."""
    return Option({"type": "array", "items": {"type": "string"}, "default": [*default]}, meaning)


def mapping(meaning: str, value: str) -> Option:
    """An option that maps names to values of one type."""
    return Option({"type": "object", "additionalProperties": {"type": value}, "default": {}}, meaning)
