"""`efa-pools nccl report LOG...`: whether runs of nccl-tests prove the fabric; `nccl_job` makes them."""

import json
import sys
from argparse import Namespace
from pathlib import Path

from .. import catalogue, layouts
from ..nccl.limits import limits
from ..nccl.report import Report, as_json, assess, markdown, text
from ..nccl.verdict import FAIL, Fabric, Limits
from .main import FINE, PROBLEMS, Unusable


def run(arguments: Namespace) -> int:
    """Print the report of each log; exit 1 if one fails, 2 if one is no output of nccl-tests."""
    if arguments.action == "job":
        from . import nccl_job

        return nccl_job.run(arguments)
    fabric = _fabric(arguments)
    judged = limits(
        pass_fraction=arguments.pass_fraction,
        warn_fraction=arguments.warn_fraction,
        lower_bound_fraction=arguments.lower_bound_fraction,
        minimum_sizes=arguments.minimum_sizes,
        minimum_largest_bytes=arguments.minimum_largest_bytes,
    )
    if judged.warn_fraction > judged.pass_fraction:
        raise Unusable(f"--warn-fraction: {judged.warn_fraction}: expected at most {judged.pass_fraction}")
    reports = [_report(name, fabric, judged) for name in arguments.logs]
    if arguments.plot:
        from ..nccl.plot import svg

        _write(Path(arguments.plot), svg(reports))
    if arguments.json:
        found = [as_json(one) for one in reports]
        print(json.dumps(found[0] if len(found) == 1 else {"runs": found}))
    elif arguments.markdown:
        print(markdown(reports))
    else:
        print("\n\n".join(text(one) for one in reports))
    return PROBLEMS if any(one.verdict.word == FAIL for one in reports) else FINE


def _fabric(arguments: Namespace) -> Fabric:
    """What the run should reach: the catalogue's ceiling and EFA interfaces, or what the user states."""
    name = arguments.instance_type
    instance = catalogue.get(name)
    ceiling, basis, rails = None, None, None
    if instance is not None:
        ceiling, basis = instance.bandwidth_gbps, instance.bandwidth_basis
        if instance.cards is not None:
            rails = sum(one.is_efa for one in layouts.interfaces(instance, "recommended"))
    elif arguments.ceiling_gbps is None:
        near = ", ".join(catalogue.nearest(name)) or "none"
        print(
            f"efa-pools: {name}: no EFA instance type of that name is known; nearest: {near}; "
            "--ceiling-gbps states its bandwidth",
            file=sys.stderr,
        )
    if arguments.ceiling_gbps is not None:
        ceiling, basis = arguments.ceiling_gbps, "stated"
    return Fabric(name, arguments.nodes, ceiling, basis, arguments.rails or rails)


def _report(name: str, fabric: Fabric, judged: Limits) -> Report:
    try:
        if name == "-":
            report = assess("standard input", sys.stdin.buffer, fabric, judged)
        else:
            with open(name, "rb") as stream:
                report = assess(Path(name).name, stream, fabric, judged)
    except OSError as error:
        raise Unusable(f"{name}: {error.strerror or error}") from None
    if report is None:
        raise Unusable(f"{name}: no output of nccl-tests: expected the table that all_reduce_perf prints")
    return report


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or error}") from None
