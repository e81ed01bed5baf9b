"""The price of a Capacity Block before it is bought. Nothing here buys."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation

from ..plan.capacity import buys_block
from ..plan.windows import shown
from .account import Account
from .finding import Check, Subject, Verdict, judged, passed
from .offerings import Wanted, offerings
from .subnets import zones

_DAY = timedelta(days=1)


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
    # EC2 rounds a block that starts late on its first day up to whole days.
    days = -(-(window.end - window.start) // _DAY)
    wanted = Wanted(
        subject.plan.instance.name, subject.plan.nodes.maximum, days * 24, window.start, window.end
    )
    if capacity.count is not None:
        wanted = wanted._replace(number=capacity.count)
    found = next((one for one in offerings(account, wanted) if one.id == id), None)
    if found is None:
        fix = "list offerings anew: efa-pools offerings"
        return Verdict("fail", f"{id} is no longer offered", expected, fix)
    text = f"{found.price} {found.currency}, {found.availability_zone}, from {shown(found.start)}"
    if found.availability_zone not in (places := zones(subject, account)):
        fix = f"take an offering in {' or '.join(sorted(places))}; nodes of a block start in its zone alone"
        return Verdict("fail", text, expected, fix)
    if found.start != window.start:
        return Verdict("fail", text, expected, f"state capacity.start: {shown(found.start)!r}")
    return _within(text, expected, found.price, found.currency, capacity.maximum_price, capacity.currency)


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
