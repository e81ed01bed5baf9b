"""The command line, argument by argument, with no import but argparse, so that `layout` starts fast."""

import argparse
from collections.abc import Callable

from .. import __version__


def _help(prog: str) -> argparse.HelpFormatter:
    # With a width of its own argparse need not import shutil, which costs as much as the whole catalogue.
    made = argparse.HelpFormatter(prog, width=100)
    # It forgets to count the indentation of commands, and would break the line after the longest of them.
    made._action_max_length = len("    preflight")
    return made


Add = Callable[..., argparse.ArgumentParser]


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="efa-pools",
        formatter_class=_help,
        description="Check and explain EFA worker pools on AWS, without an account.",
        epilog="Exit codes: 0 fine (warnings included), 1 problems found, 2 unusable input or usage.",
    )
    parser.add_argument("--version", action="version", version=f"efa-pools {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, prog="efa-pools")

    def add(name: str, meaning: str, *, json: bool = True) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=meaning, description=meaning, formatter_class=_help)
        if json:
            _json(made)
        return made

    _types(add)
    _pools(add)
    _stack(add)
    _account(add)
    karpenter = add("karpenter", "pools in Karpenter's words", json=False)
    _export(karpenter, "EC2NodeClass and NodePool YAML of a file's pools")
    _summary(add("summary", "a preview's events as Markdown for a pull request", json=False))
    _nccl(add("nccl", "test the network with nccl-tests, and judge what it says", json=False))
    return parser


def _json(command: argparse._ActionsContainer) -> None:
    command.add_argument("--json", action="store_true", help="one JSON document on standard output")


def _types(add: Add) -> None:
    layout = add("layout", "the network interfaces of an instance type")
    layout.add_argument("type", metavar="TYPE", help="an instance type, such as p5.48xlarge")
    # The presets' names are repeated here so that the parser needs no import; a test keeps them equal.
    layout.add_argument(
        "--preset",
        choices=("recommended", "max-ena", "efa-primary"),
        default="recommended",
        help="how interfaces are laid out (default: recommended)",
    )
    add("types", "every EFA instance type with its recommended layout")


def _pools(add: Add) -> None:
    add("schema", "JSON Schema of a stack file")
    meaning = "find what is wrong with a pool, a list of pools, a stack file, a Shoot or a WorkerConfig"
    check = add("check", meaning)
    check.add_argument("file", metavar="FILE", help="a YAML or JSON file, or - for standard input")
    check.add_argument(
        "--old", metavar="FILE", help="the version before, to check what an update may not change"
    )
    check.add_argument(
        "--cloud-profile", metavar="FILE", help="Gardener's CloudProfile, to check machine types and images"
    )
    gardener = add("gardener", "between the workers of a Gardener Shoot and pools")
    gardener.add_argument(
        "direction",
        metavar="import|export",
        choices=("import", "export"),
        help="from workers to pools, or back",
    )
    gardener.add_argument("file", metavar="FILE", help="a Shoot or its workers; for export: pools")
    gardener.add_argument("--pool", metavar="NAME", help="export this pool only")


def _stack(add: Add) -> None:
    plan = add("plan", "explain a stack's pools before anything is created", json=False)
    plan.add_argument(
        "--stack", default="dev", help="the stack whose file Pulumi.<stack>.yaml is read (default: dev)"
    )
    form = plan.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="as Markdown, for a pull request")
    _json(form)
    verify = add("verify", "compare a cluster's nodes with the plan, and say where to look")
    verify.add_argument("--stack", default="dev", help="the stack whose plan counts (default: dev)")
    verify.add_argument(
        "--nodes", metavar="FILE", required=True, help="what kubectl get nodes -o json printed, or -"
    )


def _account(add: Add) -> None:
    """The commands that ask AWS."""
    preflight = add("preflight", "hold a stack against the live account, with calls that only read")
    preflight.add_argument(
        "--stack", default="dev", help="the stack whose file Pulumi.<stack>.yaml is read (default: dev)"
    )
    offerings = add("offerings", "list Capacity Blocks that EC2 offers, with price and window; buys nothing")
    offerings.add_argument("--instance-type", metavar="TYPE", help="an instance type, such as p5.48xlarge")
    offerings.add_argument(
        "--ultraserver-type", metavar="TYPE", help="instead: whole UltraServers of this type"
    )
    offerings.add_argument("--count", metavar="N", type=int, help="how many instances, or UltraServers")
    offerings.add_argument("--hours", metavar="H", type=int, help="for how long, in hours: whole days")
    offerings.add_argument("--after", metavar="TIME", help="earliest start: a day, or a time with its offset")
    offerings.add_argument("--before", metavar="TIME", help="latest end, likewise")
    for command in (preflight, offerings):
        command.add_argument("--region", help="the AWS Region (default: AWS_REGION, or as boto3 finds it)")
        command.add_argument("--profile", help="the AWS profile (default: as boto3 finds it)")


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


def _nccl(nccl: argparse.ArgumentParser) -> None:
    meaning = "whether runs of all_reduce_perf prove the fabric: exit 0 pass or warn, 1 fail"
    actions = nccl.add_subparsers(dest="action", metavar="ACTION", required=True, prog="efa-pools nccl")
    report = actions.add_parser("report", help=meaning, description=meaning, formatter_class=_help)
    report.add_argument(
        "logs", metavar="LOG", nargs="+", help="output of nccl-tests, or - for standard input"
    )
    report.add_argument("--instance-type", metavar="TYPE", required=True, help="the nodes' instance type")
    report.add_argument("--nodes", metavar="N", type=_count, required=True, help="nodes that took part")
    form = report.add_mutually_exclusive_group()
    _json(form)
    form.add_argument("--markdown", action="store_true", help="as Markdown, for a status page")
    report.add_argument("--plot", metavar="FILE.svg", help="also draw the runs over message size")
    report.add_argument(
        "--ceiling-gbps", metavar="G", type=_amount, help="a node's bandwidth, not the catalogue's"
    )
    report.add_argument(
        "--rails", metavar="N", type=_count, help="EFA interfaces a node, not the recommended layout's"
    )
    for name, what in (
        ("pass", "of the ceiling from which on a run passes (default: 0.80)"),
        ("warn", "of the ceiling below which it fails (default: 0.60)"),
        ("lower-bound", "that must have crossed the wire where the bus figure is above it (default: 0.70)"),
    ):
        report.add_argument(f"--{name}-fraction", metavar="F", type=_amount, help=f"fraction {what}")
    report.add_argument("--minimum-sizes", metavar="N", type=_count, help="fewer sizes fail (default: 5)")
    report.add_argument(
        "--minimum-largest-bytes",
        metavar="N",
        type=_count,
        help="a smaller largest size fails (default: 1 GiB)",
    )
    _job(actions)


def _job(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    meaning = "a test over the nodes of a stack's pool as manifests for kubectl (Kubeflow MPI operator)"
    job = actions.add_parser("job", help=meaning, description=meaning, formatter_class=_help)
    job.add_argument("--stack", default="dev", help="the stack whose plan counts (default: dev)")
    job.add_argument("--pool", metavar="NAME", help="the pool to test, where the stack has several")
    # The words are repeated here so that the parser needs no import; a test keeps them equal.
    job.add_argument(
        "--mode",
        choices=("all", "baseline", "pairwise"),
        default="all",
        help="all nodes at once, each node alone, or every two nodes (default: all)",
    )
    job.add_argument(
        "--repeats", metavar="N", type=_count, default=1, help="runs, the worst counts (default: 1)"
    )
    job.add_argument("--image", metavar="IMAGE", help="another image with nccl-tests, such as a mirror's")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 10**15:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number above 0")
    return int(text)


def _amount(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 10**6:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number above 0")
    return value
