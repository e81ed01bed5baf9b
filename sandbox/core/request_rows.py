"""The words that the request tables are written in."""

from dataclasses import dataclass
from typing import Literal

Conversion = Literal["same", "bool", "joined", "json", "number", "one", "tags", "wrap"]


@dataclass(frozen=True)
class Member:
    """Where a property goes. No name: the member differs in case only. `to` None: the provider keeps it."""

    to: str | None = ""
    how: Conversion = "same"
    wrap: str = ""
    """For `wrap`, the one member of the structure that each string of the list becomes."""
    modelled: bool = True


CLIENT = Member(to=None)
"""Acted on by the provider itself or by another call; not part of the request."""

UNMODELLED = Member(to=None, modelled=False)
"""A property that the provider has and the sandbox refuses, rather than pass over in silence."""


def same(names: str, row: Member = Member()) -> dict[str, Member]:
    """The same row for each of these properties."""
    return dict.fromkeys(names.split(), row)


def flags(names: str) -> dict[str, Member]:
    """Booleans that the provider types as strings, because Terraform tells "false" from "not set"."""
    return same(names, Member(how="bool"))
