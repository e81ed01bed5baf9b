"""What a resource type of the sandbox consists of; one file under `resources/` fills in each."""

from collections.abc import Callable
from dataclasses import dataclass, field

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


def _nothing_else(*_: object) -> Values:
    return {}


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
    computed_inside: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The same for structures that are inputs, and in which creation tells more: their members."""
    naming: Naming | None = None
    rules: Callable[[Values], list[Refused]] = _no_rules
    """What the inputs alone show to be wrong, beyond the request's shape."""
    refuse: Callable[[Asked], None] = _nothing
    """What only the account shows to be wrong: names in use, references that lead nowhere."""
    gone: Callable[[Store, Values], None] = _nothing
    """What AWS itself removes with it, from its outputs."""
    update: Callable[[Asked, Values, Values], Values] = _nothing_else
    """The outputs, beside the inputs themselves, that an update changes, from the new inputs, the old inputs
    and the object as it stands: a copy, and what is put into it beside inputs and outputs is kept."""
    of_custom_resource: bool = False
    """Whether the type is made from a name and a version, so that the SDK has no class of its own."""
