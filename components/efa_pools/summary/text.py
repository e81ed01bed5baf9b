"""Text from outside made harmless for Markdown: nothing in it can act, hide or break out."""

import re
import unicodedata

SHORT = 120
"""Characters of a name or a value that are shown."""
LONG = 2_000
"""Characters of a message that are shown."""


def clip(text: str, length: int = SHORT) -> str:
    """One line without control characters, marks of direction, backticks or pipes, at most so long."""
    cut = text[: length + 1]
    plain = " ".join("".join(map(_visible, cut)).split())
    plain = plain.replace("`", "'").replace("|", "¦")
    return plain if len(cut) <= length else plain[: length - 1].rstrip() + "…"


def code(text: str, length: int = SHORT) -> str:
    """A code span. No backtick can close it and no pipe can end a table's cell."""
    # A backslash before a table's own pipe would escape it.
    return f"`{clip(text, length).replace(chr(92) * 2, chr(92)) or ' '}`"


def block(text: str) -> str:
    """A fenced block of several lines, each visible."""
    lines = [clip(line, 400) for line in text[:LONG].splitlines()[:20]]
    return "```\n" + "\n".join(line for line in lines if line) + "\n```"


_SPACES = re.compile(r"\s")


def _visible(character: str) -> str:
    if _SPACES.match(character):
        return " "
    # Cc, Cf, Cs, Co, Cn: control, direction, halves of pairs, private, unassigned.
    return "�" if unicodedata.category(character)[0] == "C" else character
