"""The pools whose capacity has a window, in the order in which they come, and what lies between them."""

from collections.abc import Sequence

from .pool import PoolPlan
from .windows import Link, Member, links, ordered, shown, span


def timeline(plans: Sequence[PoolPlan]) -> list[str]:
    """One line a pool and one a link of a chain; nothing where no window is stated."""
    members = [
        Member(one.name, one.pool.capacity.follows, one.window, one.nodes.desired)
        for one in plans
        if one.window.stated or one.pool.capacity.follows
    ]
    between = {one.later.name: one for one in links(members)}
    lines: list[str] = []
    for member in ordered(members):
        if member.follows is not None:
            lines.append(_link(member, between.get(member.name)))
        lines.append(_window(member))
    return lines


def _window(member: Member) -> str:
    if not member.window.stated:
        return f"{member.name}: window not stated, {member.nodes} nodes"
    start, end = shown(member.window.start), shown(member.window.end)
    usable = shown(member.window.usable_until)
    return f"{member.name}: {start} to {end}, usable until {usable}, {member.nodes} nodes"


def _link(member: Member, link: Link | None) -> str:
    before = f"  after {member.follows}: "
    if link is None:
        return f"{before}overlap or gap unknown, because an end of a window is not stated"
    if link.overlap:
        both = f"{link.earlier.nodes} + {link.later.nodes} nodes"
        return f"{before}overlap of {span(link.overlap)}, {both} run meanwhile"
    return f"{before}gap of {span(link.gap)} without a node"
