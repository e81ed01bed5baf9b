"""One question to a rule and the answer that is expected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tests.policies.asking import Answer, Given, ask

Kind = Literal["good", "bad", "none", "unsure"]


@dataclass(frozen=True)
class Case:
    """`bad` has one finding, at the last resource unless stated; `none`: the rule does not apply;
    `unsure`: what decides is not known before creation, so nothing is found."""

    rule: str
    kind: Kind
    given: Sequence[Given]
    said: Sequence[str] = ()
    at: str | None = None
    config: Mapping[str, Any] | None = None
    pools: Sequence[Any] | None = None
    why: str = ""

    def __str__(self) -> str:
        return f"{self.rule}-{self.kind}{'-' + self.why if self.why else ''}"

    def answer(self, given: Sequence[Given] | None = None) -> Answer:
        return ask(self.rule, *(given or self.given), config=self.config, pools=self.pools)


class Cases:
    """The cases of one rule, as they are written down."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        self.all: list[Case] = []

    def good(self, *given: Given, **more: Any) -> "Cases":
        return self._add("good", given, more)

    def bad(self, *given: Given, said: Sequence[str], **more: Any) -> "Cases":
        return self._add("bad", given, {"said": said, **more})

    def none(self, *given: Given, **more: Any) -> "Cases":
        return self._add("none", given, more)

    def unsure(self, *given: Given, **more: Any) -> "Cases":
        return self._add("unsure", given, more)

    def _add(self, kind: Kind, given: Sequence[Given], more: Mapping[str, Any]) -> "Cases":
        self.all.append(Case(self.rule, kind, given, **more))
        return self
