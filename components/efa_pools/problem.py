"""What is wrong with an input: one finding, where it stands, and how to say it."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Literal, NamedTuple

Kind = Literal["Required", "Invalid", "Forbidden", "NotSupported", "Duplicate", "TooMany"]
Severity = Literal["error", "warning"]
Path = tuple[str | int, ...]

# Below these keys the names are the user's own, so casing rules do not apply to them.
FREE_KEYS = frozenset({"labels", "tags", "values", "worker"})


class Problem(NamedTuple):
    """One finding: `path` from the root of what was given, in wire (camelCase) keys."""

    path: Path
    kind: Kind
    message: str
    severity: Severity = "error"

    def under(self, *prefix: str | int) -> "Problem":
        """The same finding seen from further out: `size.max` becomes `[1].size.max`."""
        return self._replace(path=(*prefix, *self.path))

    def field(self, *, snake: bool = False) -> str:
        """The path as the user would write it; `snake` for arguments given in Python."""
        text = ""
        free = False
        for part in self.path:
            if isinstance(part, int):
                text += f"[{part}]"
                continue
            if not part:  # an empty key, as Kubernetes prints it
                text += "[]"
                continue
            text += ("." if text else "") + (to_snake(part) if snake and not free else part)
            free = free or part in FREE_KEYS
        return text

    def line(self, *, snake: bool = False) -> str:
        """`field: Kind: message`, the one-line form of every surface."""
        where = self.field(snake=snake)
        # The keys that such a message proposes are the user's to write as well.
        message = to_snake(self.message) if snake and self.message.startswith("unknown key") else self.message
        return f"{where}: {self.kind}: {message}" if where else f"{self.kind}: {message}"

    def as_json(self) -> dict[str, str]:
        """The object of the command line's `problems` list."""
        return {
            "field": self.field(),
            "kind": self.kind,
            "message": self.message,
            "severity": self.severity,
        }


def warning(path: Path, kind: Kind, message: str) -> Problem:
    """A finding that does not make the input invalid."""
    return Problem(path, kind, message, "warning")


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Only those findings that stop everything."""
    return [problem for problem in problems if problem.severity == "error"]


@cache
def to_snake(name: str) -> str:
    """`networkCardIndex` as Python writes it: `network_card_index`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: "_" + match[1].lower(), name)


def to_camel(name: str) -> str:
    """`network_card_index` as the wire has it: `networkCardIndex`. The rule of pydantic's alias generator."""
    joined = re.sub(r"(?<=[0-9A-Za-z])_(?=[0-9A-Z])", "", name.title()) if "_" in name else name
    return re.sub(r"^_*[A-Z]", lambda match: match[0].lower(), joined)


class Invalid(Exception):
    """An input with errors. The text lists every problem, one a line."""

    def __init__(self, problems: Iterable[Problem], *, subject: str, snake: bool = False) -> None:
        self.problems = tuple(problems)
        self.subject = subject
        super().__init__(self.text(snake=snake))

    def text(self, *, snake: bool) -> str:
        """The message with paths in one casing or the other."""
        lines = [f"  {problem.line(snake=snake)}" for problem in errors(self.problems)]
        count = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
        return "\n".join([f"{self.subject}: {count}, nothing was created", *lines])
