"""Which images can carry which instance types: drivers by release, and what the types need of them.

Data with sources stands in `data/compatibility.json`. Releases newer than a table are taken to hold at least
what its last row says, and callers are told that the row is a guess.
"""

import json
import os
import re
from functools import cache
from typing import Any, NamedTuple

_DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "compatibility.json")
AL2023_RELEASE = re.compile(r"(\d+\.\d+)\.\d+-(\d{8})")


class Drivers(NamedTuple):
    """What is inside an image. Branches are NVIDIA's (580 for 580.159.03), None where no table says."""

    nvidia: tuple[int, int] | None
    """Lowest and highest branch that the release has, over its Kubernetes versions."""
    efa: str | None
    kernel: str | None
    known: bool
    """False for a release newer than the table."""
    until: str
    """The last release of the table."""
    source: str


class Need(NamedTuple):
    """A bound: from this version, and below that one."""

    least: Any
    below: Any | None
    source: str


@cache
def data() -> dict[str, Any]:
    """The whole table."""
    with open(_DATA, encoding="utf-8") as file:
        read: dict[str, Any] = json.load(file)
    return read


def cited(key: str) -> str:
    """A source as "document (date)"."""
    source = data()["sources"][key]
    return f"{source['document']} ({source['date']})"


def family_of(instance_type: str) -> str:
    """`p6-b200` of `p6-b200.48xlarge`."""
    return instance_type.partition(".")[0]


def need(instance_type: str, what: str) -> Need | None:
    """What a type needs: `nvidia` (driver branch), `kubernetes`, `al2023` (release date)."""
    found = data()["types"].get(family_of(instance_type), {}).get(what)
    if not found:
        return None
    return Need(found["from"], found.get("below"), cited(found["source"]))


def listed(ami_type: str, instance_type: str) -> bool | None:
    """Whether AWS's table names the type's family for that image; None where the image has no row."""
    row = data()["accelerated"].get(ami_type.removesuffix("_FIPS"))
    if row is None:
        return None
    name = family_of(instance_type)
    # The table writes trn1 for trn1n and trn2 for trn2u.
    return name in row or re.sub(r"^((?:trn|inf)\d+)[a-z]$", r"\1", name) in row


def version(text: str) -> tuple[int, ...]:
    """`1877.13`, `v0.5.30` and `1.52.0-3f1a9b2c` as numbers that compare."""
    return tuple(int(part) for part in re.findall(r"\d+", text.partition("-")[0]))


def drivers(family: str, release: str, *, nvidia: bool) -> Drivers | None:
    """What a release of `al2023` or `bottlerocket` holds; None where no table has it."""
    if family == "al2023":
        return _al2023(release, nvidia)
    return _bottlerocket(release, nvidia) if family == "bottlerocket" else None


def _al2023(release: str, nvidia: bool) -> Drivers | None:
    match = AL2023_RELEASE.fullmatch(release)
    table = data()["al2023"]
    if match is None or match[1] not in table["nvidia"]:
        return None
    minor, date = match[1], match[2]
    branch = _at(table["nvidia"][minor], date) if nvidia else None
    return Drivers(
        nvidia=(branch, branch) if branch else None,
        efa=_at(table["efa"], date),
        kernel=_at(table["kernel"][minor], date),
        known=date <= table["until"],
        until=table["until"],
        source=cited(table["source"]),
    )


def _at(runs: list[Any], key: str) -> Any:
    """The value of the last run that begins at or before the key."""
    return next((value for start, value in reversed(runs) if start <= key), None)


def _bottlerocket(release: str, nvidia: bool) -> Drivers | None:
    table, asked = data()["bottlerocket"], version(release)
    rows = [row for row in table["nvidia"] if version(row[0]) <= asked]
    if not rows:
        return None
    return Drivers(
        nvidia=(rows[-1][1], rows[-1][2]) if nvidia else None,
        efa=None,
        kernel=None,
        known=asked <= version(table["until"]),
        until=table["until"],
        source=cited(table["source"]),
    )
