"""What a preview's events say, as plain values. Source: pulumi/pulumi v3.259, apitype/events.go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CHANGES = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "discard-replaced": "replace",
    "read-replacement": "replace",
    "import-replacement": "replace",
    "import": "import",
    "discard": "delete",
}
"""The engine's operations that change something, and the one word for each."""


@dataclass(frozen=True)
class State:
    """A resource before or after: its inputs and outputs, unknown ones as the engine writes them."""

    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    retained: bool = False
    """Whether the object stays when the state lets it go."""
    stated: Mapping[str, Any] = field(default_factory=dict)
    """The inputs as they were asked for, where a refresh has put those of the live object in their place."""


@dataclass(frozen=True)
class Step:
    """What happens to one resource. `change` is a word of `CHANGES`, empty where nothing does."""

    urn: str
    type: str
    parent: str
    change: str
    old: State | None
    new: State | None
    paths: Mapping[str, str]
    """Changed properties and how: add, delete, update, each also as `...-replace`."""

    @property
    def name(self) -> str:
        """The logical name, as the program gave it."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True)
class Violation:
    """What a policy had to say of a resource."""

    pack: str
    policy: str
    level: str
    resource: str
    message: str

    @property
    def mandatory(self) -> bool:
        """Only an advisory one lets the preview pass; a level that is not known here does not."""
        return self.level not in ("advisory", "disabled")


@dataclass(frozen=True)
class Preview:
    """One stream, read."""

    steps: tuple[Step, ...]
    violations: tuple[Violation, ...]
    errors: tuple[str, ...]
    config: Mapping[str, str]
    packs: tuple[str, ...]
    """The policy packs that ran."""
    gaps: tuple[str, ...]
    """Why this is not the whole story; empty where it is."""

    @property
    def stack(self) -> str:
        """The stack's name, empty where no event tells it."""
        urns = (step.urn.split("::") for step in self.steps)
        return next((parts[0].rpartition(":")[2] for parts in urns if len(parts) > 3), "")

    @property
    def changed(self) -> tuple[Step, ...]:
        """Only what changes."""
        return tuple(step for step in self.steps if step.change)

    @property
    def sound(self) -> bool:
        """Whether the preview went well and is here in full, so that silence means no change."""
        return not (self.gaps or self.errors or any(one.mandatory for one in self.violations))


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine writes for a value that only the update will tell."""


def known(value: Any) -> str:
    """The value where it is text that the preview knows, else nothing."""
    return "" if value == UNKNOWN else words(value)


def words(value: Any) -> str:
    """The value where it is text, else nothing."""
    return value if isinstance(value, str) else ""
