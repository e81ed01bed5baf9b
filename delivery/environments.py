"""`python -m delivery.environments BASE HEAD`: the environments that the changes between two commits touch.

A stack file touches its own environment; the program, the package, what they stand on and the policies touch
all. The list comes in the order in which a change travels, as JSON, and for a workflow into GITHUB_OUTPUT.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST, LAST = ("dev", "staging"), ("prod",)
"""Where a change is tried first, and what it reaches last. Others come between, by name."""
EVERYWHERE = re.compile(
    r"Pulumi\.yaml$|__main__\.py$|requirements[^/]*$|components/(?:efa_pools|__main__|PulumiPlugin|pyproject)"
    r"|policies/"
)
STACK_FILE = re.compile(r"Pulumi\.([^/]+)\.yaml$")


def known(root: Path = ROOT) -> list[str]:
    """Every environment that has a stack file."""
    names = (match[1] for path in root.glob("Pulumi.*.yaml") if (match := STACK_FILE.fullmatch(path.name)))
    return sorted(names, key=lambda name: (_rank(name), name))


def touched(changed: Iterable[str], environments: Iterable[str]) -> list[str]:
    """Those of the environments that a change of these paths may alter, in their order."""
    paths = list(changed)
    if any(EVERYWHERE.match(path) for path in paths):
        return list(environments)
    own = {match[1] for path in paths if (match := STACK_FILE.fullmatch(path))}
    return [name for name in environments if name in own]


def _rank(name: str) -> int:
    if name in FIRST:
        return FIRST.index(name)
    return len(FIRST) + (name in LAST)


def between(base: str, head: str, root: Path = ROOT) -> list[str]:
    """The paths that differ. A base that is not there, as after a first push, means every file."""
    # Arguments come from the event: a commit, never an option.
    if not re.fullmatch(r"[0-9a-f]{40}", base) or not base.strip("0"):
        line = ["git", "ls-files", "-z"]
    else:
        line = ["git", "diff", "--name-only", "-z", f"{base}...{head}", "--"]
    done = subprocess.run(line, cwd=root, capture_output=True, text=True, check=True)
    return [path for path in done.stdout.split("\0") if path]


def listed(arguments: list[str]) -> list[str]:
    """Environments as the workflows hand them on: the JSON list that `main` prints. Raises ValueError."""
    found = json.loads(arguments[0])
    if not isinstance(found, list) or not all(isinstance(one, str) and "/" not in one for one in found):
        raise ValueError(f"{arguments[0]}: expected a list of environments")
    return found


def main(arguments: list[str]) -> int:
    """Print the list, and hand it to the workflow where there is one."""
    if arguments == ["--all"]:
        found = known()
    else:
        base, head = arguments
        found = touched(between(base, head), known())
    text = json.dumps(found)
    print(text)
    if "GITHUB_OUTPUT" in os.environ:
        with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as output:
            output.write(f"stacks={text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
