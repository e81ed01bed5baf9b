"""`efa-pools plan`: each pool of a stack explained, without an engine and without an account."""

import json
from argparse import Namespace
from pathlib import Path

from ..check.stack import check_stack
from ..documents import Unreadable
from ..plan.render import markdown, text
from ..plan.stack import plan_stack
from ..problem import errors
from ..stackfile import read_stack
from .check import report
from .main import FINE, PROBLEMS, Unusable, moment


def run(arguments: Namespace) -> int:
    """Print the plan of a stack in the current folder; exit 1 where its configuration has errors."""
    try:
        config = read_stack(Path.cwd(), arguments.stack)
    except Unreadable as error:
        raise Unusable(str(error)) from None
    plan = plan_stack(arguments.stack, check_stack(config, now=moment()))
    if arguments.json:
        print(json.dumps(plan.as_json()))
    elif arguments.markdown:
        print(markdown(plan))
    else:
        if plan.pools:
            print(text(plan))
        if plan.problems:
            print(report(plan.problems, f"Pulumi.{arguments.stack}.yaml"))
    return PROBLEMS if errors(plan.problems) else FINE
