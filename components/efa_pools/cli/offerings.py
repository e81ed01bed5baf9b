"""`efa-pools offerings`: Capacity Blocks that EC2 offers, with price and window. It buys nothing."""

import json
import sys
from argparse import Namespace
from datetime import datetime

from .. import catalogue
from ..plan.capacity import ULTRASERVERS
from ..plan.windows import instant, shown
from ..preflight.account import Account, Denied, Failed, Missing, NoAccount, Refused
from ..preflight.offerings import Offering, Wanted, hours_problem, offerings
from .main import FINE, PROBLEMS, Unusable


def run(arguments: Namespace) -> int:
    """Print the offerings, the cheapest first; exit 1 with the reason where there is none."""
    wanted = _wanted(arguments)
    reason: str | None = None
    try:
        account = Account(arguments.region, arguments.profile)
        region = account.region
        found = offerings(account, wanted)
    except (NoAccount, Failed) as error:
        raise Unusable(str(error)) from None
    except Denied as error:
        raise Unusable(f"not allowed to call {error}; docs/preflight-policy.json has the policy") from None
    except (Missing, Refused) as error:
        found, reason = [], str(error)
    if not found:
        reason = reason or _why(wanted, region)
    if arguments.json:
        print(json.dumps(_document(wanted, region, found, reason)))
    elif reason is not None:
        print(f"efa-pools: {reason}", file=sys.stderr)
    else:
        print(_table(found))
    return PROBLEMS if reason is not None else FINE


def _wanted(arguments: Namespace) -> Wanted:
    ultra = arguments.ultraserver_type
    if (ultra is None) == (arguments.instance_type is None):
        raise Unusable("offerings: expected --instance-type, or --ultraserver-type for whole UltraServers")
    for option, given in (("--count", arguments.count), ("--hours", arguments.hours)):
        if given is None:
            raise Unusable(f"offerings: {option} is missing")
    if arguments.count < 1:
        raise Unusable(f"--count: {arguments.count}: expected 1 or more")
    if wrong := hours_problem(arguments.hours):
        raise Unusable(f"--hours: {wrong}")
    after, before = (_time(option, getattr(arguments, option)) for option in ("after", "before"))
    if after is not None and before is not None and before <= after:
        raise Unusable(f"--before: {arguments.before!r}: expected a time after --after {arguments.after!r}")
    return Wanted(arguments.instance_type, arguments.count, arguments.hours, after, before, ultra)


def _time(option: str, text: str | None) -> datetime | None:
    """A time with its offset, or a day, which begins at midnight UTC."""
    if text is None:
        return None
    try:
        return instant(text if "T" in text.upper() else f"{text}T00:00:00Z")
    except ValueError:
        example = "2026-12-01, or 2026-12-01T11:30:00Z"
        raise Unusable(f"--{option}: {text!r}: expected a day or a time with its offset: {example}") from None


def _why(wanted: Wanted, region: str) -> str:
    what = wanted.ultraserver or wanted.instance_type
    said = f"no Capacity Block of {wanted.number} x {what} for {wanted.hours} hours is offered in {region}"
    known = catalogue.get(wanted.instance_type or "")
    if known is not None and known.usage_classes and "capacity-block" not in known.usage_classes:
        return f"{said}: the type is not sold in blocks ({', '.join(known.usage_classes)})"
    if wanted.instance_type in ULTRASERVERS:
        names = " or ".join(ULTRASERVERS[wanted.instance_type])
        return f"{said}: the type is sold in UltraServers; ask with --ultraserver-type {names}"
    return f"{said}; try fewer instances, another duration or Region, or later times"


def _document(wanted: Wanted, region: str, found: list[Offering], reason: str | None) -> dict[str, object]:
    document: dict[str, object] = {
        "instanceType": wanted.instance_type,
        "ultraserverType": wanted.ultraserver,
        "count": wanted.number,
        "hours": wanted.hours,
        "region": region,
        "offerings": [one.as_json() for one in found],
    }
    return document if reason is None else {**document, "reason": reason}


def _table(found: list[Offering]) -> str:
    rows = [("price", "start", "end", "usable until", "zone", "length", "count", "id")]
    for one in found:
        times = (shown(one.start), shown(one.end), shown(one.usable_until))
        length = (
            f"{one.minutes // 60} h {one.minutes % 60} min" if one.minutes % 60 else f"{one.minutes // 60} h"
        )
        rows.append(
            (f"{one.price} {one.currency}", *times, one.availability_zone, length, str(one.number), one.id)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
