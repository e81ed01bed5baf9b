"""Every check of every pool, side by side, and what becomes of questions without an answer."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

from . import (
    clusters,
    images,
    offered,
    placement_groups,
    prices,
    quotas,
    reservations,
    security_groups,
    subnets,
)
from .account import Account, Denied, Failed, Missing, Refused
from .finding import Check, Finding, Stack, Subject, Verdict

CHECKS: tuple[Check, ...] = (
    *clusters.CHECKS,
    *offered.CHECKS,
    *reservations.CHECKS,
    *prices.CHECKS,
    *quotas.CHECKS,
    *subnets.CHECKS,
    *placement_groups.CHECKS,
    *security_groups.CHECKS,
    *images.CHECKS,
)
# More would meet EC2's limits on requests, and a stack's questions are few.
AT_ONCE = 8
POLICY = "docs/preflight-policy.json"


def run(stack: Stack, account: Account, told: Callable[[int, int], None]) -> list[Finding]:
    """All findings, in the order of pools and checks; `told` hears how many of how many are done."""
    tasks = list(_tasks(stack))
    found: dict[int, Finding | None] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = {pool.submit(ask, check, of, account): at for at, (check, of) in enumerate(tasks)}
        try:
            for future in as_completed(futures):
                found[futures[future]] = future.result()
                told(len(found), len(tasks))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [one for at in range(len(tasks)) if (one := found[at]) is not None]


def _tasks(stack: Stack) -> Iterator[tuple[Check, Subject]]:
    for check in CHECKS:
        if check.once and stack.plans:
            yield check, Subject(stack.plans[0], stack)
    for plan in stack.plans:
        yield from ((check, Subject(plan, stack)) for check in CHECKS if not check.once)


def ask(check: Check, subject: Subject, account: Account) -> Finding | None:
    """One check; a question that cannot be asked or answered is `unknown`, never a pass."""
    try:
        verdict = check.ask(subject, account)
    except Denied as error:
        fix = f"allow {error} to the caller; {POLICY} lists all that is asked"
        verdict = Verdict("unknown", f"not allowed to call {error}", f"permission {error}", fix)
    except Missing as error:
        verdict = Verdict("unknown", str(error), "something to check", "see the check that fails for it")
    except (Refused, Failed) as error:
        verdict = Verdict("unknown", str(error), "an answer", "try again; if it stays, look there by hand")
    except KeyError as error:
        # EC2's models oblige it to none of its fields.
        verdict = Verdict("unknown", f"an answer without {error}", "a whole answer", "look there by hand")
    if verdict is None:
        return None
    return Finding(None if check.once else subject.plan.name, check.name, *verdict)
