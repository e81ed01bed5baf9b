"""`efa-pools preflight`: a stack's facts against the live account, with calls that only read."""

import json
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..check.stack import check_stack
from ..documents import Unreadable
from ..plan.stack import plan_stack
from ..preflight.account import Account, NoAccount
from ..preflight.finding import Finding, Stack
from ..preflight.progress import shown
from ..preflight.report import table
from ..preflight.run import run as ask_all
from ..problem import errors
from ..stackfile import project_name, read_stack
from .main import FINE, PROBLEMS, Unusable, moment


def run(arguments: Namespace) -> int:
    """Print every check; exit 1 where one fails, 0 with warnings and what is unknown."""
    try:
        config, project = read_stack(Path.cwd(), arguments.stack), project_name(Path.cwd())
    except Unreadable as error:
        raise Unusable(str(error)) from None
    now = moment()
    checked = check_stack(config, now=now)
    plan = plan_stack(arguments.stack, checked)
    if bad := errors(plan.problems):
        findings = [
            Finding(None, "configuration", "fail", one.line(), "no error", "correct it") for one in bad
        ]
    else:
        stack = Stack(arguments.stack, project, plan.pools, checked.cluster, now)
        findings = _asked(stack, arguments, config)
    if arguments.json:
        print(json.dumps({"stack": arguments.stack, "checks": [one.as_json() for one in findings]}))
    else:
        print(table(findings))
    return PROBLEMS if any(one.status == "fail" for one in findings) else FINE


def _asked(stack: Stack, arguments: Namespace, config: Mapping[str, Any]) -> list[Finding]:
    """The checks against the account; Region and profile as stated, else the stack's, else boto3's own."""
    region, profile = (getattr(arguments, key) or config.get(f"aws:{key}") for key in ("region", "profile"))
    try:
        account = Account(region, profile)
        what = f"stack {stack.name} against account {account.identity()} in {account.region}"
        with shown(what, quiet=arguments.json) as told:
            return ask_all(stack, account, told)
    except NoAccount as error:
        raise Unusable(str(error)) from None
