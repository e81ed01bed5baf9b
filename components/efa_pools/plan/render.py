"""A plan as people read it: plain text for a terminal, Markdown for a pull request.

Nothing here depends on the width of a terminal or draws a picture that moves.
"""

import textwrap

from ..interface import runs
from .decisions import decisions
from .pool import PoolPlan
from .stack import StackPlan
from .timeline import timeline
from .windows import shown

WIDTH = 100


def text(plan: StackPlan) -> str:
    """The whole plan, pool after pool; a number in brackets is a source, and the sources stand at the end."""
    sources: dict[str, int] = {}
    parts = [_pool_text(pool, sources) for pool in plan.pools]
    if rows := timeline(plan.pools):
        parts.append("\n".join(["windows", "", *(f"  {row}" for row in rows)]))
    if plan.test:
        parts.append(plan.test)
    if sources:
        notes = (_wrapped(source, f"  [{number}] ".ljust(7)) for source, number in sources.items())
        parts.append("\n".join(["sources", "", *(line for note in notes for line in note)]))
    return "\n\n".join(parts)


def _wrapped(said: str, first: str) -> list[str]:
    # File names and options hold hyphens, and are copied from here.
    wrapper = textwrap.TextWrapper(
        WIDTH, first, " " * len(first), break_on_hyphens=False, break_long_words=False
    )
    return wrapper.wrap(said)


def _pool_text(plan: PoolPlan, sources: dict[str, int]) -> str:
    lines = [f"pool {plan.name}: {headline(plan)}", ""]
    lines += [f"  {row}" for row in interface_rows(plan)]
    lines.append("")
    for one in decisions(plan):
        lines.append(f"  {one.field}: {one.choice}")
        number = sources.setdefault(one.source, len(sources) + 1)
        lines += _wrapped(f"{one.why} [{number}]", " " * 6)
    return "\n".join(lines)


def headline(plan: PoolPlan) -> str:
    """Nodes, type and what each node has, in one line."""
    nodes = plan.nodes
    count = f"{nodes.desired}" if nodes.fixed else f"{nodes.desired} ({nodes.minimum} to {nodes.maximum})"
    gpus = f", {plan.instance.gpu_count} GPU" if plan.instance.gpu_count else ""
    return (
        f"{count} x {plan.instance.name}, each with {len(plan.interfaces)} interfaces, {plan.efa_per_node} "
        f"EFA{gpus}, {plan.instance.bandwidth_gbps} Gbps"
    )


def interface_rows(plan: PoolPlan) -> list[str]:
    """The interface table, runs of equal cards folded."""
    rows = ["network card  device  type       interfaces  address  security groups"]
    for first, last, one in runs(plan.interfaces):
        cards = str(first) if first == last else f"{first}-{last}"
        groups = "pool, cluster" if one.has_address else "pool"
        if plan.pool.nodes.kind == "gardener":
            groups = "shoot's nodes"
        if plan.pool.security_group_ids is not None:
            groups = groups.replace("pool", "yours")
        address = "yes" if one.has_address else "no"
        rows.append(
            f"{cards:<12}  {one.device_index:<6}  {one.type:<9}  {last - first + 1:<10}  {address:<7}  "
            f"{groups}"
        )
    return rows


def markdown(plan: StackPlan) -> str:
    """The same for a pull request: one table of pools, details folded."""
    lines = [f"### Stack `{plan.stack}`", ""]
    if plan.pools:
        lines += [
            "| pool | nodes | interfaces | EFA | GPU | Gbps | addresses (with CNI) | placement | capacity |",
            "|---|---|---|---|---|---|---|---|---|",
            *(_row(pool) for pool in plan.pools),
        ]
    if rows := timeline(plan.pools):
        lines += ["", "```", *rows, "```"]
    for pool in plan.pools:
        lines += [
            "",
            f"<details><summary>Why: {_cell(pool.name)}</summary>",
            "",
            "| field | choice | why | source |",
        ]
        lines += ["|---|---|---|---|"]
        for one in decisions(pool):
            lines.append(
                "| " + " | ".join(_cell(part) for part in (one.field, one.choice, one.why, one.source)) + " |"
            )
        lines += ["", "</details>"]
    if plan.test:
        lines += ["", _cell(plan.test)]
    if plan.problems:
        lines += ["", "| problem | where | what |", "|---|---|---|"]
        lines += [f"| {one.severity} | `{one.field()}` | {_cell(one.message)} |" for one in plan.problems]
    return "\n".join(lines)


def _row(plan: PoolPlan) -> str:
    nodes, placement, until = plan.nodes, plan.placement, plan.window.usable_until
    count = f"{nodes.desired}" if nodes.fixed else f"{nodes.minimum}-{nodes.maximum}"
    cells = (
        plan.name,
        f"{count} x {plan.instance.name}",
        len(plan.interfaces),
        plan.efa_per_node,
        plan.instance.gpu_count,
        plan.instance.bandwidth_gbps,
        f"{plan.addresses_per_node} ({plan.addresses_per_node_with_cni})",
        " ".join(filter(None, (placement.mode, placement.strategy))),
        plan.pool.capacity.kind + (f", usable until {shown(until)}" if until else ""),
    )
    return "| " + " | ".join(_cell(str(cell)) for cell in cells) + " |"


def _cell(text: str) -> str:
    """Text that cannot break out of a table cell or open a tag."""
    return (
        text.replace("\\", "\\\\")
        .replace("|", "\\|")
        .replace("<", "&lt;")
        .replace("\n", " ")
        .replace("`", "\\`")
    )
