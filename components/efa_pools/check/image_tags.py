"""Whether a container image is pinned."""

from collections.abc import Container


def moving_tag(image: str, words: Container[str] = ("latest",)) -> str | None:
    """The tag that another image may have tomorrow, `latest` where none is stated; None if pinned."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2] or "latest"
    return tag if tag in words and not digest else None
