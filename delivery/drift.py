"""`python -m delivery.drift FOLDER STACKS`: one issue that says which environments differ from their code.

FOLDER has what `delivery.preview --drift` wrote. An environment counts as drifted unless its preview says
"no changes". The issue is opened, updated, and closed once nothing differs.
"""

import sys
from pathlib import Path

from delivery.comment import _of
from delivery.environments import listed
from delivery.github import Repository, Unreachable, mark, ours

NAME = "efa-pools drift"
TITLE = "An environment differs from its code"
CLEAN = ": no changes"


def report(repository: Repository, folder: Path, stacks: list[str]) -> list[str]:
    """Bring the issue up to date; the environments that differ."""
    texts = {stack: _of(folder, stack) for stack in stacks}
    drifted = [stack for stack, text in texts.items() if not text.splitlines()[0].endswith(CLEAN)]
    known = next((one for one in repository.pages("/issues?state=open") if ours(one, NAME)), None)
    if not drifted:
        if known is not None:
            repository.call("PATCH", f"/issues/{int(known['number'])}", {"state": "closed"})
        return []
    text = "\n\n---\n\n".join([mark(NAME), *(texts[stack] for stack in drifted)])
    issue = {"title": TITLE, "body": text}
    if known is None:
        repository.call("POST", "/issues", issue)
    else:
        repository.call("PATCH", f"/issues/{int(known['number'])}", issue)
    return drifted


def main(arguments: list[str]) -> int:
    """Exit code 1 where something differs, or GitHub refused."""
    folder, stacks = arguments[0], listed(arguments[1:])
    try:
        drifted = report(Repository(), Path(folder), stacks)
    except Unreachable as error:
        print(f"drift: {error}", file=sys.stderr)
        return 1
    print(f"drifted: {', '.join(drifted) or 'none'}")
    return 1 if drifted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
