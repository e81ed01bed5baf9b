"""The few calls of GitHub's REST API that reports need. Token, host and repository come from the environment.

Source: docs.github.com, REST API version 2022-11-28, issue comments and issues.
"""

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

PAGE = 100
SECONDS = 30


class Unreachable(Exception):
    """GitHub refused or did not answer; the text says to what."""


class Repository:
    """One repository as the workflow's token sees it."""

    def __init__(self) -> None:
        self.host = os.environ.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
        self.name = os.environ["GITHUB_REPOSITORY"]
        self._token = os.environ["GITHUB_TOKEN"]

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """Every entry of a list."""
        joint = "&" if "?" in path else "?"
        for page in range(1, 1000):
            found = self.call("GET", f"{path}{joint}per_page={PAGE}&page={page}")
            yield from found
            if len(found) < PAGE:
                return

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One request to a path of this repository. Raises `Unreachable`."""
        request = urllib.request.Request(
            f"{self.host}/repos/{self.name}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return json.load(answer)
        except (urllib.error.URLError, OSError, ValueError) as error:
            raise Unreachable(f"{method} {path}: {error}") from None


def mark(name: str) -> str:
    """The comment in a text by which it is found again; people do not see it."""
    return f"<!-- {re.sub('[^a-z0-9 -]', '', name.lower())} -->"


def ours(entry: dict[str, Any], name: str) -> bool:
    """Whether a workflow wrote this text under that name. People can copy the mark, but not be a bot."""
    author = entry.get("user") or {}
    return author.get("type") == "Bot" and str(entry.get("body") or "").startswith(mark(name))
