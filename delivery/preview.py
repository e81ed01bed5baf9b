"""`python -m delivery.preview STACK --to FOLDER`: a preview on the engine as FOLDER/STACK.md.

Runs in a folder with a Pulumi project. `--drift` refreshes first and fails on any change. The events hold the
whole state, so they never leave this process; only the summary does.
"""

import argparse
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from efa_pools.summary.markdown import LIMIT, at_risk, markdown
from efa_pools.summary.stream import NotEvents, parse
from efa_pools.summary.text import block, code

PACK = Path("policies")


def engine(stack: str, folder: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    """One preview; its standard output is the engine's events."""
    line = ["pulumi", "preview", "--json", "--non-interactive", "--stack", stack, *more]
    if (folder / PACK / "PulumiPolicy.yaml").is_file():
        line += ["--policy-pack", str(PACK)]
        settings = PACK / f"config.{stack}.json"
        line += ["--policy-pack-config", str(settings)] if (folder / settings).is_file() else []
    environment = {**os.environ, "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "1"}
    return subprocess.run(
        line,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def told(
    stack: str, done: "subprocess.CompletedProcess[str]", allowed: bool, limit: int, drift: bool = False
) -> tuple[str, bool]:
    """The text, and whether it may be merged as far as this preview can tell; with `drift`, is clean."""
    try:
        preview = parse(done.stdout)
    except NotEvents:
        said = done.stderr or done.stdout or "the engine said nothing"
        return f"## Preview of {code(stack)}: did not start\n\n{block(said)}\n", False
    if done.returncode != 0 and preview.sound and not preview.changed:
        # Such a stream would read as "no changes", which takes a drift for none.
        ended = f"the engine ended with exit code {done.returncode}: {code(done.stderr, 400)}"
        preview = replace(preview, gaps=(ended,))
    fine = done.returncode == 0 and preview.sound and (allowed or not at_risk(preview))
    # Not the engine's --expect-no-changes: patches that write nothing count as changes there.
    fine = fine and not (drift and preview.changed)
    return markdown(preview, allowed=allowed, limit=limit), fine


def main(arguments: list[str]) -> int:
    """Exit code 0 where nothing stands in the way, 1 where something does."""
    asked = _parser().parse_args(arguments)
    done = engine(asked.stack, Path.cwd(), *(["--refresh"] if asked.drift else ()))
    limit = LIMIT * 9 // 10 // max(1, asked.share)
    text, fine = told(asked.stack, done, asked.allow_replace, limit, asked.drift)
    asked.to.mkdir(parents=True, exist_ok=True)
    (asked.to / f"{asked.stack}.md").write_text(text, encoding="utf-8")
    print(text)
    if "GITHUB_STEP_SUMMARY" in os.environ:
        with open(os.environ["GITHUB_STEP_SUMMARY"], "a", encoding="utf-8") as summary:
            summary.write(text)
    return 0 if fine else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="delivery.preview")
    parser.add_argument("stack")
    parser.add_argument("--to", type=Path, required=True, help="the folder for STACK.md")
    parser.add_argument("--share", type=int, default=1, help="how many previews share one comment")
    accepted = os.environ.get("ALLOW_REPLACE") == "yes"
    parser.add_argument(
        "--allow-replace", action="store_true", default=accepted, help="also ALLOW_REPLACE=yes"
    )
    parser.add_argument("--drift", action="store_true", help="refresh first, and fail on any change")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
