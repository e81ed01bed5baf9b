"""The tables of docs/policies.md, from the rules. `make docs` writes them anew."""

import json
from collections.abc import Iterator
from pathlib import Path

from policies.pack import RULES
from policies.rule import Rule

TARGET = Path(__file__).resolve().parent.parent / "docs" / "policies.md"
BEGIN, END = "<!-- tables: written by make docs -->", "<!-- end of tables -->"


def tables() -> str:
    """Rules, then their options."""
    return "\n".join([*_rules(), "", *_options()])


def _rules() -> Iterator[str]:
    yield "| rule | finds | what it costs you | fix | severity | level |"
    yield "|---|---|---|---|---|---|"
    for rule in RULES:
        told = (f"`{rule.id}`", rule.cause, rule.cost, rule.fix, rule.severity, _level(rule))
        yield f"| {' | '.join(told)} |"


def _level(rule: Rule) -> str:
    return f"{rule.level}; can remediate" if rule.mend else rule.level


def _options() -> Iterator[str]:
    yield "| option | of rule | meaning | default |"
    yield "|---|---|---|---|"
    for rule in RULES:
        for name, option in rule.options.items():
            yield f"| `{name}` | `{rule.id}` | {option.meaning} | `{json.dumps(option.schema['default'])}` |"


def page(text: str) -> str:
    """The page with today's tables between the two marks."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    TARGET.write_text(page(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
