"""Arguments and dispatch. A command's module is imported when it runs, so that `layout` starts fast."""

import argparse
import sys

from .. import __version__

FINE, PROBLEMS, UNUSABLE = 0, 1, 2


class Unusable(Exception):
    """Input or usage that nothing can be said about; the text goes to standard error, exit code 2."""


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 fine, 1 problems found, 2 unusable input or usage."""
    arguments = _parser().parse_args(argv)
    try:
        return _run(arguments)
    except Unusable as error:
        print(f"efa-pools: {error}", file=sys.stderr)
        return UNUSABLE
    except BrokenPipeError:
        # The reader went away, as in `efa-pools types | head`; there is nobody left to tell.
        sys.stderr.close()
        return FINE


def _run(arguments: argparse.Namespace) -> int:
    from importlib import import_module

    command = import_module(f".{arguments.command}", __package__)
    return int(command.run(arguments))


def _help(prog: str) -> argparse.HelpFormatter:
    # With a width of its own argparse need not import shutil, which costs as much as the whole catalogue.
    return argparse.HelpFormatter(prog, width=100)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="efa-pools",
        formatter_class=_help,
        description="Check and explain EFA worker pools on AWS, without an account.",
        epilog="Exit codes: 0 fine (warnings included), 1 problems found, 2 unusable input or usage.",
    )
    parser.add_argument("--version", action="version", version=f"efa-pools {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, prog="efa-pools")

    def add(name: str, meaning: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=meaning, description=meaning, formatter_class=_help)

    layout = add("layout", "the network interfaces of an instance type")
    layout.add_argument("type", metavar="TYPE", help="an instance type, such as p5.48xlarge")
    # The presets' names are repeated here so that the parser needs no import; a test keeps them equal.
    layout.add_argument("--preset", choices=("recommended", "max-ena", "efa-primary"), default="recommended")
    types = add("types", "every EFA instance type with its recommended layout")
    schema = add("schema", "JSON Schema of a stack file")
    check = add("check", "find what is wrong with a pool, a list of pools or a stack file")
    check.add_argument("file", metavar="FILE", help="a YAML or JSON file, or - for standard input")
    check.add_argument(
        "--old", metavar="FILE", help="the version before, to check what an update may not change"
    )
    plan = add("plan", "explain a stack's pools before anything is created")
    plan.add_argument(
        "--stack", default="dev", help="the stack whose file Pulumi.<stack>.yaml is read (default: dev)"
    )
    form = plan.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="as Markdown, for a pull request")
    verify = add("verify", "compare a cluster's nodes with the plan, and say where to look")
    verify.add_argument("--stack", default="dev", help="the stack whose plan counts (default: dev)")
    verify.add_argument(
        "--nodes", metavar="FILE", required=True, help="what kubectl get nodes -o json printed, or -"
    )
    _summary(add("summary", "a preview's events as Markdown for a pull request"))
    _export(
        add("karpenter", "pools in Karpenter's words"), "EC2NodeClass and NodePool YAML of a file's pools"
    )
    for command in (layout, types, schema, check, verify):
        command.add_argument("--json", action="store_true", help="one JSON document on standard output")
    form.add_argument("--json", action="store_true", help="one JSON document on standard output")
    return parser


def _summary(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="EVENTS", help="the engine's events, one a line, or -")
    command.add_argument(
        "--allow-replace", action="store_true", help="accept that nodes on reserved capacity go"
    )
    # GitHub's own limit, repeated here so that the parser needs no import; a test keeps them equal.
    command.add_argument("--limit", type=int, metavar="N", default=65_536, help="characters at most")


def _export(command: argparse.ArgumentParser, meaning: str) -> None:
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True, prog=command.prog)
    export = actions.add_parser("export", help=meaning, description=meaning, formatter_class=_help)
    export.add_argument("file", metavar="FILE", help="a pool, a list of pools or a stack file, or -")
    export.add_argument("--pool", metavar="NAME", help="only this pool of the file")


if __name__ == "__main__":
    sys.exit(main())
