"""`python -m sandbox up|preview|down --stack NAME`: the stack against the stand-in account, in this process.

What `make up`, `make preview` and `make down` call. It ends with the explained plan, which knows nothing of
the sandbox, and with a line that says what this run was.
"""

import argparse
import json
import runpy
import sys
from pathlib import Path
from typing import Any

from efa_pools.check.stack import NAMESPACE
from efa_pools.cli.main import main as efa_pools
from efa_pools.documents import Unreadable, read
from efa_pools.stackfile import read_stack

from sandbox import account
from sandbox.inprocess import UNKNOWN, Registration, Result, run

ROOT = Path(__file__).resolve().parent.parent
KUBECONFIG = f"{NAMESPACE}:kubeconfig"
STAND_IN = "apiVersion: v1\nkind: Config\nclusters: [{name: sandbox, cluster: {server: 'https://sandbox.invalid'}}]\n"
CLOSING = (
    "In process, against the account in sandbox/account.yaml: no Pulumi engine, no AWS; nothing is kept.\n"
    "For your own account install the Pulumi CLI (https://www.pulumi.com/docs/install): pulumi up -s {stack}"
)


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 fine, 1 refused, 2 no such stack."""
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("command", choices=("up", "preview", "down"))
    parser.add_argument("--stack", default="dev")
    arguments = parser.parse_args(argv)
    if arguments.command == "down":
        print("Nothing to take down: runs in process keep nothing.")
        return 0
    try:
        project, config = _configuration(arguments.stack)
    except Unreadable as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    print(f"sandbox: stack {arguments.stack}, a stand-in for AWS and the cluster", flush=True)
    for preview in (True, False) if arguments.command == "up" else (True,):
        result = _run(arguments.stack, project, config, preview)
        for severity, message in result.messages if preview else ():
            print(f"{severity}: {message}")
        if result.failure is not None:
            print(f"{'preview' if preview else 'up'} failed:\n{result.failure}", file=sys.stderr)
            return 1
        print(_report(result, preview), flush=True)
    print()
    code = efa_pools(["plan", "--stack", arguments.stack])
    print("\n" + CLOSING.format(stack=arguments.stack))
    return code


def _configuration(stack: str) -> tuple[str, dict[str, Any]]:
    project = str(read(str(ROOT / "Pulumi.yaml"))["name"])
    return project, read_stack(ROOT, stack)


def _run(stack: str, project: str, config: dict[str, Any], preview: bool) -> Result:
    # Secrets in a stack file are sealed for an engine; here the cluster is a stand-in and needs no key.
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    texts[KUBECONFIG] = STAND_IN
    return run(
        _program,
        stack=stack,
        project=project,
        config=texts,
        preview=preview,
        store=account.load(),
        secret_keys=[KUBECONFIG],
    )


def _program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def _report(result: Result, preview: bool) -> str:
    made = result.registrations
    width = max((len(one.name) for one in made), default=0) + 2
    lines = [f"\n{'preview' if preview else 'up'}: {len(made)} resources"]
    lines += [
        f"  + {'  ' * bool(one.parent)}{one.name:<{width}} {one.type}{_told(one)}" for one in _ordered(made)
    ]
    return "\n".join(lines)


def _told(one: Registration) -> str:
    return f"  {one.id}" if one.custom and one.id is not UNKNOWN and one.id else ""


def _ordered(made: list[Registration]) -> list[Registration]:
    """Each component followed by its children."""
    tops = [one for one in made if not one.parent]
    return [one for top in tops for one in (top, *(child for child in made if child.parent == top.name))]


if __name__ == "__main__":
    sys.exit(main())
