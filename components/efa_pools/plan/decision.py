"""A decision that a user might question: what was chosen, why, and the document that it rests on."""

from typing import NamedTuple


class Decision(NamedTuple):
    """What was chosen for a field of the pool, and why."""

    field: str
    choice: str
    why: str
    source: str

    def as_json(self) -> dict[str, str]:
        """The object of the plan's `decisions`."""
        return {"field": self.field, "choice": self.choice, "why": self.why, "source": self.source}
