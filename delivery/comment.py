"""`python -m delivery.comment FOLDER STACKS`: one comment of a pull request, kept up to date.

FOLDER has a Markdown file for each environment; a missing one is told as such. PULL_REQUEST is the number.
"""

import os
import sys
from pathlib import Path

from efa_pools.summary.markdown import LIMIT
from efa_pools.summary.text import code

from delivery.environments import listed
from delivery.github import Repository, Unreachable, mark, ours

NAME = "efa-pools preview"


def body(folder: Path, stacks: list[str]) -> str:
    """The comment's text, within GitHub's limit."""
    parts = [_of(folder, stack) for stack in stacks]
    text = "\n\n---\n\n".join(parts) or "No environment is touched by this change."
    whole = f"{mark(NAME)}\n{text}\n"
    if len(whole) <= LIMIT:
        return whole
    # Each file kept its share of the limit, so this is a stranger's file: say less rather than nothing.
    titles = "\n".join(part.splitlines()[0] for part in parts)[: LIMIT // 2]
    return (
        f"{mark(NAME)}\n{titles}\n\nThe whole text is too long for a comment: see the summary of the run.\n"
    )


def _of(folder: Path, stack: str) -> str:
    path = folder / f"{stack}.md"
    if path.is_file():
        return path.read_text(encoding="utf-8").strip()
    return f"## Preview of {code(stack)}: no result\n\nThe job ended before there was one: see its log."


def publish(repository: Repository, number: int, text: str, create: bool) -> str:
    """Update our comment, or make it where that is wanted; says which."""
    for comment in repository.pages(f"/issues/{number}/comments"):
        if ours(comment, NAME):
            repository.call("PATCH", f"/issues/comments/{int(comment['id'])}", {"body": text})
            return "updated"
    if create:
        repository.call("POST", f"/issues/{number}/comments", {"body": text})
    return "created" if create else "not needed"


def main(arguments: list[str]) -> int:
    """Exit code 1 where GitHub refused."""
    folder, stacks = arguments[0], listed(arguments[1:])
    try:
        number, text = int(os.environ["PULL_REQUEST"]), body(Path(folder), stacks)
        # A change that touches no environment only takes an earlier preview back.
        done = publish(Repository(), number, text, create=bool(stacks))
    except Unreachable as error:
        print(f"comment: {error}", file=sys.stderr)
        return 1
    print(f"comment {done}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
