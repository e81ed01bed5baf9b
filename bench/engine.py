"""`python -m bench.engine`: the same three programs on the real engine, against the sandbox's plugins.

User CPU of the whole process tree and wall time, of `preview` and, for few pools, of `up`. Plugins and engine
cost the same in each; the difference is the program's.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

from sandbox.engine import Engine, find

from .programs import PROGRAMS

PREVIEW_LIMIT = 1.15
UP_POOLS = 10
PROGRAM = """import sys
sys.path.insert(0, {root!r})
from bench.programs import PROGRAMS
for index in range({pools}):
    PROGRAMS[{program!r}](f"pool-{{index}}")
"""
ROOT = Path(__file__).resolve().parents[1]


def stack(folder: Path, program: str, pools: int) -> Engine:
    """A stack of its own for one cell."""
    source = folder / "program"
    source.mkdir(parents=True)
    (source / "Pulumi.yaml").write_text("name: bench\nruntime: python\n", encoding="utf-8")
    (source / "__main__.py").write_text(
        PROGRAM.format(root=str(ROOT), pools=pools, program=program), encoding="utf-8"
    )
    stack_file = folder / "stack.yaml"
    stack_file.write_text("config: {aws:region: us-east-2}\n", encoding="utf-8")
    return Engine("bench", folder / "run", source, stack_file)


def timed(engine: Engine, command: str) -> tuple[float, float]:
    """User CPU seconds of everything that ran, and wall seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime, time.monotonic()
    done = engine.run(command, *(["--yes", "--skip-preview"] if command == "up" else []))
    if done.code != 0:
        raise SystemExit(done.text[-2000:])
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    return used, time.monotonic() - began


def measure(command: str, pools: int, runs: int) -> dict[str, tuple[float, float]]:
    """The lowest of so many alternating runs of each program."""
    least: dict[str, tuple[float, float]] = {}
    for turn in range(1, runs + 1):
        for program in PROGRAMS:
            with tempfile.TemporaryDirectory() as folder:
                engine = stack(Path(folder), program, pools)
                if turn == 1:
                    engine.run("preview")  # makes the project and the plugins' caches
                found = timed(engine, command)
            old = least.get(program, found)
            least[program] = (min(old[0], found[0]), min(old[1], found[1]))
            print(f"{command}, {pools} pools, {program}, run {turn}: {found[0]:.2f} s", file=sys.stderr)
    return least


def main() -> int:
    """Print the table; 1 if a limit is missed, 2 where there is no engine."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description=__doc__)
    parser.add_argument("--pools", type=int, nargs="+", default=[1, 10, 100, 500])
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if find() is None:
        print("bench.engine: there is no pulumi on PATH", file=sys.stderr)
        return 2
    print("command  pools  program  user s  to raw  wall s")
    missed = []
    for command in ("preview", "up"):
        for pools in [one for one in arguments.pools if command == "preview" or one <= UP_POOLS]:
            least = measure(command, pools, arguments.runs)
            for program, (user, wall) in least.items():
                ratio = user / least["raw"][0]
                print(
                    f"{command:<7}  {pools:>5}  {program:<7}  {user:>6.2f}  {ratio:>6.3f}  {wall:>6.2f}",
                    flush=True,
                )
                if command == "preview" and program == "ours" and ratio > PREVIEW_LIMIT:
                    missed.append(
                        f"missed: preview of {pools} pools to raw: {ratio:.3f}, at most {PREVIEW_LIMIT}"
                    )
    print("\n".join(missed) or "every limit was kept")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
