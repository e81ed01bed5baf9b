"""`python -m delivery.rehearsal STACKS`: what can be shown of a change with no credentials at all.

The plan of each environment, and its program in the sandbox, in process. For forks, whose code must reach
neither an account nor a token.
"""

import os
import subprocess
import sys

from efa_pools.summary.text import code

from delivery.environments import ROOT, listed

CLI = "import sys; from efa_pools.cli import main; sys.exit(main())"


def rehearsed(stack: str) -> tuple[str, bool]:
    """The Markdown of one environment, and whether both went well."""
    plan = _run("-c", CLI, "plan", "--stack", stack, "--markdown")
    program = _run("-m", "sandbox", "preview", "--in-process", "--stack", stack)
    said = "\n".join(line.replace("`", "'") for line in (program.stdout + program.stderr).splitlines())
    parts = [
        f"## {code(stack)} without credentials",
        "From a fork: the plan, and the program in the sandbox. What changes in the account is not known.",
        plan.stdout or f"```\n{plan.stderr}\n```",
        f"<details><summary>In the sandbox</summary>\n\n```\n{said}\n```\n\n</details>",
    ]
    return "\n\n".join(parts) + "\n", plan.returncode == program.returncode == 0


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def main(arguments: list[str]) -> int:
    """Print it, and into the job's summary where there is one; exit code 1 where one has errors."""
    made = [rehearsed(stack) for stack in listed(arguments)]
    text = "\n".join(text for text, _ in made)
    print(text)
    if "GITHUB_STEP_SUMMARY" in os.environ:
        with open(os.environ["GITHUB_STEP_SUMMARY"], "a", encoding="utf-8") as summary:
            summary.write(text)
    return 0 if all(fine for _, fine in made) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
