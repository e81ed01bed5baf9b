"""`python -m sandbox up|preview|down|recover --stack NAME`: the stack against the stand-in account.

What `make up` and its like call. With a `pulumi` on PATH it runs on the real engine and keeps what it made in
`.sandbox/<stack>/`, otherwise in this process. It ends with the explained plan, which knows nothing of the
sandbox, and with a line that says what this run was.
"""

import argparse
import os
import subprocess
import sys

from efa_pools.check.stack import NAMESPACE
from efa_pools.cli.main import main as efa_pools
from efa_pools.clock import VARIABLE, now
from efa_pools.documents import Unreadable
from efa_pools.stackfile import read_stack

from sandbox import account, engine, project
from sandbox.project import ROOT

# Secrets in a stack file are sealed for an engine; here the cluster is a stand-in and needs no key.
KUBECONFIG = "apiVersion: v1\nkind: Config\nclusters: [{name: sandbox, cluster: {server: 'https://sandbox.invalid'}}]\n"
SECRETS = {f"{NAMESPACE}:{key}": KUBECONFIG for key in ("kubeconfig", "gardenKubeconfig")}
BY_HAND = "https://www.pulumi.com/docs/install says how by hand; without it, leave INSTALL=1 away"
IN_PROCESS = (
    "In process, against the account in sandbox/account.yaml: no Pulumi engine, no AWS; nothing is kept.\n"
    "To run it on the engine: make up INSTALL=1 STACK={stack} (fetches the Pulumi CLI). For your own account "
    "install the CLI (https://www.pulumi.com/docs/install): pulumi up -s {stack}"
)
ON_ENGINE = (
    "On the Pulumi engine ({command}), with a stand-in for AWS and the cluster; kept in .sandbox/{stack} "
    "until make down STACK={stack}.\nFor your own account: pulumi up -s {stack}"
)


class Unusable(Exception):
    """Nothing was run; the text says why."""


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 fine, 1 refused, 2 nothing was run, 130 interrupted."""
    try:
        return _run(_parser().parse_args(argv))
    except (Unusable, Unreadable) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("sandbox: interrupted", file=sys.stderr)
        return 130


def _set_clocks() -> None:
    if "SANDBOX_NOW" in os.environ:
        # The program under test reads a clock too, and both must show the same time.
        os.environ[VARIABLE] = os.environ["SANDBOX_NOW"]
    try:
        account.now()
        now()
    except ValueError as error:
        raise Unusable(str(error)) from None


def _cli(arguments: argparse.Namespace) -> str | None:
    """The engine's CLI, fetched if there is none and it was asked for."""
    found = None if arguments.in_process else engine.find()
    if found is not None or not arguments.install:
        return found
    try:
        return engine.install()
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unusable(f"the Pulumi CLI cannot be fetched: {error}; {BY_HAND}") from None


def _run(arguments: argparse.Namespace) -> int:
    command, stack = arguments.command, arguments.stack
    config = read_stack(ROOT, stack)
    _set_clocks()
    cli = _cli(arguments)
    if cli is None and command in ("down", "recover"):
        print("Runs in process keep nothing: there is nothing to take down or to recover.")
        return 0
    if arguments.policies and (cli is None or command != "preview"):
        hint = f"make up INSTALL=1 STACK={stack} fetches the Pulumi CLI"
        raise Unusable(f"policies need the engine, in a preview; {hint}")
    print(f"sandbox: stack {stack}, a stand-in for AWS and the cluster", flush=True)
    if cli is None:
        from sandbox.rehearsal import rehearse

        fine = rehearse(command, stack, project.name(ROOT), config, SECRETS)
    else:
        from sandbox import on_engine

        stand_in = engine.Engine(stack, secrets=SECRETS)
        if command == "recover":
            return 0 if on_engine.recovered(stand_in, arguments.keep, arguments.delete) else 1
        fine = on_engine.run(command, stand_in, policies=arguments.policies)
    if not fine or command == "down":
        return 0 if fine else 1
    print()
    code = efa_pools(["plan", "--stack", stack])
    print("\n" + (ON_ENGINE if cli else IN_PROCESS).format(stack=stack, command=cli))
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("command", choices=("up", "preview", "down", "recover"))
    parser.add_argument("--stack", default="dev")
    parser.add_argument("--in-process", action="store_true", help="without the engine even if there is one")
    parser.add_argument("--policies", action="store_true", help="preview: under the policy pack")
    parser.add_argument("--install", action="store_true", help="fetch the Pulumi CLI if there is none")
    parser.add_argument(
        "--import", dest="keep", metavar="ID", help="recover: take this object into the state"
    )
    parser.add_argument("--delete", metavar="ID", help="recover: delete this object")
    return parser


if __name__ == "__main__":
    sys.exit(main())
