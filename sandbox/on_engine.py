"""The commands on the real engine, told to a terminal."""

import sys

from sandbox import recover
from sandbox.engine import Engine
from sandbox.project import ROOT


def run(command: str, engine: Engine, *, policies: bool = False) -> bool:
    """Runs up, preview or down, a preview under the policy pack if asked; False where the engine says no."""
    if command == "down" and not engine.state().get("resources"):
        print(f"Nothing to take down: stack {engine.stack} is not up in the sandbox.")
        return True
    if command == "up" and (half := recover.half_paid(engine)):
        names = ", ".join(half)
        print(f"up: making {names} was interrupted, and a second one would be paid for too:", file=sys.stderr)
        print(f"up: make recover STACK={engine.stack}", file=sys.stderr)
        return False
    kept = engine.retained() if command == "down" else []
    act = {"up": engine.up, "preview": engine.preview, "down": engine.destroy}[command]
    # What is protected stays in the state too: it was bought, and the next up finds it there.
    down = ["--skip-preview", "--exclude-protected"]
    more = down if command == "down" else _pack(engine.stack) if policies else []
    done = act(*more, show=True)
    if False in engine.runs().values():
        print(f"A run was killed and its lock is left: make recover STACK={engine.stack}", file=sys.stderr)
    elif command == "down" and recover.lost(engine):
        print(recover.report(engine))
    if kept and done.code == 0:
        print(f"Not deleted, and still paid for: {', '.join(kept)}")
        print("From now on name a reservation in the stack file: capacity.reservationId, in place of count.")
    return done.code == 0


def _pack(stack: str) -> list[str]:
    """The policy pack, and its configuration for the stack if there is one."""
    config = ROOT / "policies" / f"config.{stack}.json"
    chosen = ["--policy-pack-config", str(config)] if config.exists() else []
    return ["--policy-pack", str(ROOT / "policies"), *chosen]


def recovered(engine: Engine, keep: str | None, delete: str | None) -> bool:
    """Removes a killed run's lock and lists what the state lacks; or takes one object in, or deletes it."""
    runs = engine.runs()
    if True in runs.values():
        print(f"recover: process {max(runs)} is at work on this stack, wait for it", file=sys.stderr)
        return False
    if runs:
        engine.cancel()
        print("The lock of a killed run is removed (pulumi cancel).")
    chosen = keep or delete
    known = [one for one in recover.lost(engine) if one.id == chosen]
    if chosen and not known:
        print(f"recover: the state lacks no object with the id {chosen!r}", file=sys.stderr)
        return False
    if keep and not known[0].adopt:
        print(f"recover: the state has another object in the place of {keep!r}: delete it", file=sys.stderr)
        return False
    if keep:
        done = recover.adopt(engine, keep)
        print(done.text if done.code else f"{keep} is in the state now.")
        return done.code == 0
    if delete:
        recover.delete(engine, delete)
        if not recover.lost(engine):
            recover.settle(engine)
        print(f"{delete} is deleted.")
        return True
    print(recover.report(engine))
    return True
