"""The price of a Capacity Block before it is bought. Nothing here buys."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation

from ..plan.capacity import ULTRASERVERS, buys_block
from ..plan.windows import shown
from .account import Account
from .finding import Check, Subject, Verdict, judged, passed
from .offerings import Wanted, offerings, sold_as
from .subnets import zones


def block_price(subject: Subject, account: Account) -> Verdict | None:
    """An offering lives for minutes, and its price is charged up front and never given back."""
    capacity = subject.plan.pool.capacity
    if not buys_block(capacity) or capacity.offering_id is None:
        return None
    id, window = capacity.offering_id, subject.plan.window
    expected = (
        f"{id} for at most {capacity.maximum_price or 'no stated price'} {capacity.currency or ''}".rstrip()
    )
    if window.start is None or window.end is None:
        fix = (
            "state capacity.start and capacity.end as the offering has them; EC2 lists offerings by duration"
        )
        return Verdict("unknown", "the offering's window is not stated", expected, fix)
    asked = _asked(subject, window.end - window.start)
    if not asked:
        each = " or ".join(map(str, ULTRASERVERS[subject.plan.instance.name].values()))
        fix = f"state capacity.count, a multiple of {each}; EC2 lists whole UltraServers"
        return Verdict("unknown", "no whole number of UltraServers", expected, fix)
    listed = [one for wanted in asked for one in offerings(account, wanted)]
    found = next((one for one in listed if one.id == id), None)
    if found is None:
        fix = "list offerings anew: efa-pools offerings"
        return Verdict("fail", f"{id} is no longer offered", expected, fix)
    text = f"{found.price} {found.currency}, {found.availability_zone}, from {shown(found.start)}"
    if found.availability_zone not in (places := zones(subject, account)):
        fix = f"take an offering in {' or '.join(sorted(places))}; nodes of a block start in its zone alone"
        return Verdict("fail", text, expected, fix)
    if found.start != window.start:
        return Verdict("fail", text, expected, f"state capacity.start: {shown(found.start)!r}")
    if found.end != window.end:
        text += f" until {shown(found.end)}"
        return Verdict("fail", text, expected, f"state capacity.end: {shown(found.end)!r}")
    return _within(text, expected, found.price, found.currency, capacity.maximum_price, capacity.currency)


def _asked(subject: Subject, length: timedelta) -> list[Wanted]:
    """How EC2 lists the offering: by machines, or by each UltraServer that they fill."""
    plan = subject.plan
    count = plan.pool.capacity.count or plan.nodes.maximum
    whole = Wanted(plan.instance.name, count, sold_as(length), plan.window.start, plan.window.end)
    servers = ULTRASERVERS.get(plan.instance.name)
    if servers is None:
        return [whole]
    return [
        whole._replace(instance_type=None, number=count // size, ultraserver=name)
        for name, size in servers.items()
        if count % size == 0
    ]


def _within(
    text: str, expected: str, price: str, currency: str, most: str | None, stated: str | None
) -> Verdict:
    if most is None:
        return Verdict(
            "warn", text, expected, f"state maximumPrice: {price!r}, so that no other price is paid"
        )
    try:
        dear = Decimal(price) > Decimal(most)
    except InvalidOperation:
        return Verdict("unknown", text, expected, "state maximumPrice as a number, such as '10000.00'")
    if stated is not None and stated != currency:
        return Verdict("fail", text, expected, f"state currency: {currency}")
    return (
        judged(dear, text, expected, "take a cheaper offering, or raise maximumPrice")
        if dear
        else passed(text, expected)
    )


CHECKS = (Check("block-price", block_price),)
