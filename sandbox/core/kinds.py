"""What a resource type of the sandbox consists of; one file under `resources/` fills in each."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.core.naming import Naming
from sandbox.core.store import Store
from sandbox.core.values import Refused, Values


@dataclass(frozen=True)
class Asked:
    """One resource that a program asks for."""

    store: Store
    name: str
    inputs: Values
    preview: bool


def _nothing(*_: object) -> None:
    return None


def _no_rules(_: Values) -> list[Refused]:
    return []


@dataclass(frozen=True)
class Kind:
    """A resource type: its rules, and what creation tells about it."""

    type: str
    make: Callable[[Asked], tuple[str, Values]]
    """The id and the outputs that a program cannot know beforehand."""
    computed: tuple[str, ...] = ()
    """The names of those outputs: unknown in a preview unless they are inputs too."""
    naming: Naming | None = None
    rules: Callable[[Values], list[Refused]] = _no_rules
    """What the inputs alone show to be wrong, beyond the request's shape."""
    refuse: Callable[[Asked], None] = _nothing
    """What only the account shows to be wrong: names in use, references that lead nowhere."""
