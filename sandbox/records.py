"""What a run of a program leaves behind: registrations with their options, exports, what went wrong."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.core.values import Values


@dataclass(frozen=True)
class Registration:
    """One resource as the program registered it, with the options that a mock otherwise never shows."""

    type: str
    name: str
    inputs: Values
    """UNKNOWN where a preview cannot tell; secrets in the clear."""
    outputs: Values
    """What creation told; of a component, what it registered."""
    id: Any
    """UNKNOWN in a preview, None for a component."""
    urn: str
    custom: bool
    parent: str
    """The parent's logical name, "" below the stack."""
    provider: str
    """The logical name of an explicit provider, "" for the default one."""
    secrets: frozenset[str]
    """The inputs that hold a secret."""
    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool = False
    ignore_changes: tuple[str, ...] = ()
    timeouts: Values = field(default_factory=dict)
    """How long the provider may take, by operation: `{"update": "90m"}`."""
    replace_on_changes: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    """Logical names of everything this resource waits for, through options or inputs."""
    aliases: tuple[str, ...] = ()
    version: str = ""


@dataclass
class Result:
    """What came of one run."""

    registrations: list[Registration] = field(default_factory=list)
    outputs: Values = field(default_factory=dict)
    """The stack's exports as plain values, UNKNOWN where a preview cannot tell."""
    failure: str | None = None
    """One line for each thing that went wrong, None if all went well."""
    messages: list[tuple[str, str]] = field(default_factory=list)
    """What the program logged: (debug | info | warning | error, text)."""

    def of(self, type: str) -> list[Registration]:
        """The registrations of a type; its last word (`LaunchTemplate`) is enough."""
        return [r for r in self.registrations if type in (r.type, r.type.rsplit(":", 1)[-1])]

    def named(self, name: str) -> Registration:
        """The one registration with this logical name."""
        (found,) = [r for r in self.registrations if r.name == name]
        return found
