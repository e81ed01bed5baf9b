"""`efa-pools verify`: the nodes of a cluster held against a stack's plan."""

import json
from argparse import Namespace
from pathlib import Path

from ..check.stack import check_stack
from ..documents import Unreadable
from ..plan.stack import plan_stack
from ..stackfile import read_stack
from ..verify import nodes
from ..verify.compare import compare
from ..verify.render import text
from .main import FINE, PROBLEMS, Unusable, moment


def run(arguments: Namespace) -> int:
    """Print what differs; exit 1 where a node or a pool is not as planned."""
    try:
        config = read_stack(Path.cwd(), arguments.stack)
        found = nodes.read(arguments.nodes)
    except (Unreadable, nodes.NotNodes) as error:
        raise Unusable(str(error)) from None
    # Sizes outside their window are the check's to judge; here the nodes are, whatever the time.
    checked = check_stack(config)
    report = compare(plan_stack(arguments.stack, checked), checked, found, moment())
    print(json.dumps(report.as_json()) if arguments.json else text(report))
    return FINE if report.ok else PROBLEMS
