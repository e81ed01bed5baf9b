"""`python -m delivery.new_environment NAME [FROM]`: the stack file of a new environment, and nothing else.

It is another environment's file without its secrets, which are sealed with that one's key. What all
environments share stands in Pulumi.yaml.
"""

import re
import sys
from pathlib import Path

from delivery.environments import ROOT, STACK_FILE, known

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_SEALED = re.compile(
    r"^[ \t]+[^\n#]*:[ \t]*(?:\n[ \t]+secure:[ \t]*[^\s>|][^\n]*|\{[ \t]*secure:[^}]*\})\n", re.M
)
_SEALING = re.compile(r"^(?:encryptionsalt|encryptedkey|secretsprovider):[^\n]*\n?", re.M)
_LEFT = re.compile(r"""^[^#\n]*\bsecure["']?[ \t]*:""", re.M)
_HEAD = re.compile(r"\A(?:#[^\n]*\n)*")


def text(original: str, name: str, source: str) -> str:
    """The new file."""
    sealed = len(_SEALED.findall(original))
    head = f"# The environment {name}, made from {source}: put its own cluster, subnets and capacity here.\n"
    if sealed:
        head += f"# Secrets of {source} that must be set anew (pulumi config set --secret): {sealed}.\n"
    return head + _HEAD.sub("", _SEALING.sub("", _SEALED.sub("", original)), count=1)


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Exit code 2 where the name will not do, the file is there, or there is nothing to copy."""
    name = arguments[0] if arguments else ""
    source = arguments[1] if len(arguments) > 1 else "dev"
    path = root / f"Pulumi.{name}.yaml"
    refused = ""
    if not NAME.fullmatch(name) or not STACK_FILE.fullmatch(path.name):
        refused = f"{name!r}: expected a name of small letters, digits and hyphens: make env NAME=staging-eu"
    elif path.exists():
        refused = f"{path.name} is there already; nothing was written"
    elif source not in known(root):
        refused = f"no environment {source!r} to copy; there are {', '.join(known(root)) or 'none'}"
    original = "" if refused else (root / f"Pulumi.{source}.yaml").read_text(encoding="utf-8")
    made = text(original, name, source)
    if _LEFT.search(made):
        refused = (
            f"Pulumi.{source}.yaml has a secret in another form than `key: {{secure: ...}}`, which only the "
            "key of that environment opens; nothing was written"
        )
    if refused:
        print(f"env: {refused}", file=sys.stderr)
        return 2
    # Never over a file that came in the meantime.
    with path.open("x", encoding="utf-8") as new:
        new.write(made)
    print(f"{path.name} is made from Pulumi.{source}.yaml. Put its ids in, then: pulumi stack init {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
