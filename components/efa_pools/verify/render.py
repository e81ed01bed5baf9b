"""The report as people read it: a table for each pool, then what is wrong, then the verdict. Plain text."""

from collections.abc import Sequence

from .findings import Finding, NodeReport, PoolReport, Report, errors

NAMES_SHOWN = 4


def text(report: Report) -> str:
    """The whole report; nothing in it depends on the terminal."""
    parts = [_pool(pool) for pool in report.pools]
    parts += ["\n".join(_finding(one, "")) for one in report.problems]
    if report.others:
        parts.append(f"{_count(len(report.others), 'node')} of no pool: {', '.join(report.others)}")
    return _printable("\n\n".join([*parts, _verdict(report)]))


def _pool(pool: PoolReport) -> str:
    wanted = pool.expected
    sizes = wanted["size"]
    planned = f"{sizes['min']}" if sizes["min"] == sizes["max"] else f"{sizes['min']} to {sizes['max']}"
    head = (
        f"pool {pool.name}: {_count(len(pool.nodes), 'node')}, {planned} x {wanted['instanceType']} planned"
    )
    lines = [head]
    if pool.nodes:
        lines += ["", *_table(pool)]
    if pool.topology:
        layers = ", ".join(f"{count} in {name}" for name, count in pool.topology.items())
        lines += ["", f"  network nodes: {layers} (layer3 is the nearest to the machines)"]
    for one in pool.problems:
        lines += ["", *_finding(one, "  ")]
    for names, one in _grouped(pool.nodes):
        lines += ["", *_finding(one, "  ", _some(names))]
    return "\n".join(lines)


def _table(pool: PoolReport) -> list[str]:
    wanted = pool.expected
    heads = (
        "node",
        "zone",
        "ready",
        "EFA",
        "GPU" if wanted["gpuResource"] != "aws.amazon.com/neuron" else "Neuron",
    )
    rows = [(*heads, "2 MiB pages", "")]
    for one in pool.nodes:
        rows.append(
            (
                one.node.name,
                one.node.zone or "?",
                "yes" if one.node.ready == "True" else "no",
                _of(one.efa, wanted["efa"]),
                _of(one.gpus, wanted["gpus"]),
                _of(one.huge_pages, wanted["hugePages2Mi"], enough=True),
                _mark(one),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _of(found: int, planned: int | None, *, enough: bool = False) -> str:
    fine = planned is None or found == planned or (enough and found > planned)
    return str(found) if fine else f"{found} of {planned}"


def _mark(one: NodeReport) -> str:
    bad, all_of_them = len(errors(one.problems)), len(one.problems)
    if bad:
        return _count(bad, "problem")
    return _count(all_of_them, "warning") if all_of_them else "ok"


def _grouped(nodes: Sequence[NodeReport]) -> list[tuple[list[str], Finding]]:
    """The same finding of several nodes once, with the causes of the first."""
    found: dict[tuple[str, str], tuple[list[str], Finding]] = {}
    for report in nodes:
        for one in report.problems:
            found.setdefault((one.kind, one.message), ([], one))[0].append(report.node.name)
    return sorted(found.values(), key=lambda entry: entry[1].severity != "error")


def _finding(one: Finding, indent: str, subject: str = "") -> list[str]:
    kind = "problem" if one.severity == "error" else "warning"
    lines = [f"{indent}{kind}: {subject + ': ' if subject else ''}{one.message}"]
    for number, cause in enumerate(one.causes, 1):
        lines += [f"{indent}  {number}. {cause.why}", f"{indent}     {cause.command}"]
    return lines


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _verdict(report: Report) -> str:
    bad = len(errors(report.all))
    warned = len(report.all) - bad
    counts = f"{_count(bad, 'problem')}, {_count(warned, 'warning')}"
    said = "as planned" if report.ok else "not as planned"
    return f"stack {report.stack}: {said}, {counts}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _printable(words: str) -> str:
    """Names come from a file: nothing of them may move the cursor."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in words)
