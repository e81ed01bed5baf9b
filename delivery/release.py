"""`python -m delivery.release check|notes [TAG]`: may this be released, and what to say of it.

The version stands once, in `components/efa_pools/__init__.py`. A tag is `v` and that version: from a git
address the engine takes `refs/tags/v<version>`, whatever the folder in it (pulumi/pulumi v3.259,
workspace/plugins.go, gitSource.Download), so `pulumi package add <repository>/components@<version>` finds it.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

from delivery.environments import ROOT
from delivery.schema_changes import breaking

SCHEMA = "tests/data/schema.json"
VERSION_FILE = "components/efa_pools/__init__.py"
_VERSION = re.compile(r'^__version__ = "(\d+\.\d+\.\d+)"$', re.M)
_TAG = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
_SECTION = re.compile(r"^## (.+)$", re.M)
UNRELEASED = "Unreleased"


def version(root: Path = ROOT) -> str:
    """The version of the package."""
    found = _VERSION.search((root / VERSION_FILE).read_text(encoding="utf-8"))
    if found is None:
        raise SystemExit(f'{VERSION_FILE}: expected __version__ = "1.2.3"')
    return found[1]


def sections(changelog: str) -> dict[str, str]:
    """The changelog's sections by the first word of their heading: a version, or Unreleased."""
    parts = _SECTION.split(changelog)[1:]
    return {
        title.split()[0].strip("[]"): text.strip()
        for title, text in zip(parts[::2], parts[1::2], strict=True)
    }


def problems(changelog: str, now: str, tag: str | None, old: object, new: object) -> list[str]:
    """Why this may not be released or merged. `old` is the last release's schema, None before the first."""
    told = sections(changelog)
    said = told.get(now if tag else UNRELEASED, "")
    found = []
    if tag is not None and tag != f"v{now}":
        found.append(f"the tag is {tag} and the version is {now}: expected the tag v{now}")
    if tag is not None and not said:
        found.append(f"CHANGELOG.md has no section {now}: expected `## {now} - <date>` with what changed")
    if isinstance(old, dict) and isinstance(new, dict) and not re.search(r"\bBreaking\b", said):
        place = f"section {now}" if tag else f"section {UNRELEASED}"
        found += [f"{one}, and {place} of CHANGELOG.md does not say Breaking" for one in breaking(old, new)]
    return found


def latest(tags: list[str], before: str | None = None) -> str | None:
    """The highest version tag, of those below `before` where that is given."""
    numbered = {tuple(map(int, match.groups())): tag for tag in tags if (match := _TAG.fullmatch(tag))}
    limit = tuple(map(int, match.groups())) if before and (match := _TAG.fullmatch(before)) else None
    lower = [number for number in numbered if limit is None or number < limit]
    return numbered[max(lower)] if lower else None


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def check(root: Path, tag: str | None) -> list[str]:
    """The problems of this checkout, against the schema of the release before."""
    before = latest(_git(root, "tag", "--list").split(), tag)
    schema = _git(root, "show", f"{before}:{SCHEMA}") if before else ""
    return problems(
        (root / "CHANGELOG.md").read_text(encoding="utf-8"),
        version(root),
        tag,
        json.loads(schema) if schema else None,
        json.loads((root / SCHEMA).read_text(encoding="utf-8")),
    )


def main(arguments: list[str], root: Path = ROOT) -> int:
    """`check [TAG]` exits 1 with the reasons; `notes` prints the version's section of the changelog."""
    command, tag = arguments[0], arguments[1] if len(arguments) > 1 else None
    if command == "notes":
        print(sections((root / "CHANGELOG.md").read_text(encoding="utf-8")).get(version(root), ""))
        return 0
    found = check(root, tag or None)
    for one in found:
        print(f"release: {one}", file=sys.stderr)
    if not found:
        print(f"version {version(root)}: may be released" if tag else "no undeclared breaking change")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
