"""The summary as Markdown for a pull request: short, never too long, safe against names.

Text that comes from the stream stands in code spans and fenced blocks only, where neither Markdown nor HTML,
mentions nor links work. Sections come in the order of their weight, and the later ones give way to the limit.
"""

from collections.abc import Sequence
from typing import Any

from .difference import difference
from .events import Preview, Step
from .pools import Facts, PoolChange, pools
from .text import block, code

LIMIT = 65_536
"""Characters of a comment. Source: GitHub REST API, issue comments ("body is too long", maximum is 65536)."""
MOST = 8
"""Names in one item."""
LEAST = 2_000
"""Below this no summary says anything."""


def at_risk(preview: Preview) -> list[PoolChange]:
    """The pools whose reserved capacity or nodes on it go."""
    return [pool for pool in pools(preview) if pool.at_risk]


def markdown(preview: Preview, *, allowed: bool, limit: int = LIMIT) -> str:
    """The whole text, at most `limit` characters."""
    found = pools(preview)
    risky = [pool for pool in found if pool.at_risk]
    stack = f" of {code(preview.stack)}" if preview.stack else ""
    parts = [f"## Preview{stack}: {_headline(preview, found)}"]
    sections = [
        _Section(_risk_head(allowed), [_risk(pool) for pool in risky]),
        _Section(UNSOUND, [*(f"- {gap}" for gap in preview.gaps), *map(block, preview.errors)]),
        _policies(preview),
        _Section(TABLE, [_row(pool) for pool in found]),
        _folded("Resources", [_resource(step) for step in preview.changed]),
        _folded("Difference", [line for step in preview.changed for line in difference(step)], diff=True),
    ]
    for number, section in enumerate(sections):
        room = limit - sum(len(part) + 2 for part in parts)
        last = number == len(sections) - 1
        text = section.fitted(room if last else room * 2 // 3)
        if text:
            parts.append(text)
    return "\n\n".join(parts) + "\n"


UNSOUND = "**This preview is not complete or did not pass.** What it does not show may still change.\n"
TABLE = (
    "| pool | change | nodes | EFA a node | Gbps a node | capacity | window |\n|---|---|---|---|---|---|---|"
)


class _Section:
    """A heading and items; `fitted` leaves out the items that do not fit and says how many."""

    def __init__(self, head: str, items: Sequence[str], tail: str = "") -> None:
        self.head, self.items, self.tail = head, items, tail

    def fitted(self, room: int) -> str:
        """At most `room` characters; empty where there are no items or not even the heading fits."""
        spare = len(self.head) + len(self.tail) + len(_left(len(self.items))) + 4
        if not self.items or spare > room:
            return ""
        kept: list[str] = []
        for item in self.items:
            spare += len(item) + 1
            if spare > room:
                break
            kept.append(item)
        left = len(self.items) - len(kept)
        # Outside a fence an empty line ends the table or the list before the note.
        note = [("" if self.tail else "\n") + _left(left)] if left else []
        return "\n".join([self.head, *kept, *note]) + self.tail


def _left(number: int) -> str:
    return f"... and {number} more, left out because a comment has a limit"


def _folded(title: str, items: list[str], *, diff: bool = False) -> _Section:
    # No line of a difference can close this fence: `text.py` takes the backticks out.
    opening, closing = ("\n```diff", "\n```") if diff else ("", "")
    head = f"<details><summary>{title}</summary>\n{opening}"
    return _Section(head, items, f"{closing}\n\n</details>")


def _headline(preview: Preview, found: Sequence[PoolChange]) -> str:
    if not preview.sound:
        return "failed or incomplete"
    counted: dict[str, int] = {}
    for pool in found:
        if pool.name and pool.change != "no change":
            counted[pool.change] = counted.get(pool.change, 0) + 1
    words = {"create": "created", "in place": "changed in place", "replace": "replaced", "delete": "deleted"}
    told = [f"{number} pool{'s' * (number != 1)} {words[change]}" for change, number in counted.items()]
    others = sum(len(pool.steps) for pool in found if not pool.name)
    told += [f"{others} other resource{'s' * (others != 1)} changed"] if others and not told else []
    return ", ".join(told) or "no changes"


def _risk_head(allowed: bool) -> str:
    if allowed:
        return "**Capacity at risk, and accepted.** Nodes on reserved capacity go:\n"
    return (
        "**Capacity at risk.** Nodes on reserved capacity, or the reservation itself, go. "
        "This must be accepted before it may be merged (`--allow-replace`):\n"
    )


def _risk(pool: PoolChange) -> str:
    held = code(pool.before.capacity) if pool.before and pool.before.capacity else "its reservation"
    said = "; ".join(f"{code(one.resource)} {one.text}" for one in pool.at_risk)
    window = f", window {code(pool.window)}" if pool.window else ""
    return f"- {code(pool.name) if pool.name else 'outside pools'} on {held}{window}: {said}"


def _policies(preview: Preview) -> _Section:
    """Violations, mandatory ones first, each with every resource that it is about; or that there are none."""
    found: dict[tuple[bool, str, str, str], list[str]] = {}
    for one in preview.violations:
        found.setdefault((not one.mandatory, one.pack, one.policy, one.message), []).append(one.resource)
    items = [_violation(*key, resources) for key, resources in sorted(found.items())]
    if not items and preview.packs and preview.sound:
        items = [f"{', '.join(code(one) for one in preview.packs[:MOST])}: nothing to say"]
    return _Section("### Policies\n", items)


def _violation(advisory: bool, pack: str, policy: str, message: str, resources: list[str]) -> str:
    where = ", ".join(code(one) for one in resources[:MOST] if one)
    more = f" and {len(resources) - MOST} more" if len(resources) > MOST else ""
    weight = "advisory" if advisory else "**mandatory**"
    at = f" at {where}{more}" if where else ""
    return f"- {weight} {code(policy)} of {code(pack)}{at}: {code(message, 400)}"


def _row(pool: PoolChange) -> str:
    nodes = "; ".join(f"**{one.text}**" if one.loses else one.text for one in pool.fates)
    sides = [side for side in (pool.before, pool.after) if side is not None]
    cells = [
        code(pool.name) if pool.name else "outside pools",
        f"**{pool.change}**" if pool.change not in ("no change", "in place") else pool.change,
        nodes or "untouched",
        _pair(sides, lambda side: _figure(side.efa)),
        _pair(sides, lambda side: _figure(side.gbps)),
        _pair(sides, lambda side: f"{side.size} {side.instance_type}, {side.capacity}".strip(" ,"), code),
        code(pool.window) if pool.window else "",
    ]
    return "| " + " | ".join(cells) + " |"


def _pair(sides: Sequence[Facts], of: Any, shown: Any = str) -> str:
    """The value once where both sides have it, else before and after."""
    values = list(dict.fromkeys(of(side) for side in sides))
    return " → ".join(shown(value) for value in values if value)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _resource(step: Step) -> str:
    paths = ", ".join(code(path) for path in list(step.paths)[:MOST])
    more = f" and {len(step.paths) - MOST} more" if len(step.paths) > MOST else ""
    return f"- {step.change} {code(step.name)} {code(step.type)}{': ' if paths else ''}{paths}{more}"
