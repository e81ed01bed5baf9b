"""The program in this process: a preview, and for `up` an up after it, each told as a list of resources."""

import json
import runpy
import sys

from sandbox import account
from sandbox.core.allocatable import RESOURCE, efa_devices
from sandbox.core.store import Store
from sandbox.core.values import Values
from sandbox.inprocess import UNKNOWN, Registration, Result, run
from sandbox.project import ROOT

ELSEWHERE = "The account here is sandbox/account.yaml: what a stack file names by id must stand there."
LONGEST_ID = 80
"""Characters of an id that are told; the ids of tags repeat the whole tag."""


def rehearse(command: str, stack: str, project: str, config: Values, secrets: dict[str, str]) -> bool:
    """Runs and tells; False where something was refused."""
    for preview in (True, False) if command == "up" else (True,):
        store = account.load()
        result = _run(stack, project, config, secrets, preview, store)
        for severity, message in result.messages if preview else ():
            print(f"{severity}: {message}")
        if result.failure is not None:
            print(f"{'preview' if preview else 'up'} failed:\n{result.failure}", file=sys.stderr)
            if ".NotFound" in result.failure:
                print(ELSEWHERE, file=sys.stderr)
            return False
        if preview and command == "up":
            made = len(result.registrations)
            print(f"\npreview: {made} resources, with what is not known yet left open", flush=True)
        else:
            print(_report(result, command), flush=True)
        for nodes, devices in efa_devices(store).items() if not preview else ():
            print(f"each node of {nodes} shows {devices} {RESOURCE}")
    return True


def _run(
    stack: str, project: str, config: Values, secrets: dict[str, str], preview: bool, store: Store
) -> Result:
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    return run(
        _program,
        stack=stack,
        project=project,
        config={**texts, **secrets},
        preview=preview,
        store=store,
        secret_keys=list(secrets),
    )


def _program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def _report(result: Result, command: str) -> str:
    made = result.registrations
    width = max((len(one.name) for one in made), default=0) + 2
    lines = [f"\n{command}: {len(made)} resources"]
    lines += [
        f"  + {'  ' * bool(one.parent)}{one.name:<{width}} {one.type}{_told(one)}" for one in _ordered(made)
    ]
    return "\n".join(lines)


def _told(one: Registration) -> str:
    if not one.custom or one.id is UNKNOWN or not one.id:
        return ""
    return f"  {one.id}" if len(one.id) <= LONGEST_ID else f"  {one.id[: LONGEST_ID - 1]}…"


def _ordered(made: list[Registration]) -> list[Registration]:
    """Each component followed by its children."""
    tops = [one for one in made if not one.parent]
    return [one for top in tops for one in (top, *(child for child in made if child.parent == top.name))]
