"""Capacity Blocks that EC2 offers now. Nothing here buys one, and no program of this project calls it.

Source: EC2 API, DescribeCapacityBlockOfferings (botocore 1.44.5).
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from ..plan.windows import TERMINATION, TERMINATION_ULTRASERVER, shown
from .account import Account

_DAY = 24
DAYS, LONGEST = 14, 182


class Wanted(NamedTuple):
    """What is looked for; `number` of instances, or of UltraServers of that type."""

    instance_type: str | None
    number: int
    hours: int
    after: datetime | None = None
    before: datetime | None = None
    ultraserver: str | None = None


class Offering(NamedTuple):
    """One offering; times in UTC, the price as AWS writes it, without thousands separators."""

    id: str
    instance_type: str
    number: int
    availability_zone: str
    start: datetime
    end: datetime
    minutes: int
    price: str
    currency: str
    ultraserver: str | None

    @property
    def usable_until(self) -> datetime:
        """When EC2 begins to terminate."""
        return self.end - (TERMINATION_ULTRASERVER if self.ultraserver else TERMINATION)

    def as_json(self) -> dict[str, Any]:
        """The object of the command line's `offerings` list."""
        return {
            "id": self.id,
            "instanceType": self.instance_type,
            "count": self.number,
            "ultraserverType": self.ultraserver,
            "availabilityZone": self.availability_zone,
            "start": shown(self.start),
            "end": shown(self.end),
            "usableUntil": shown(self.usable_until),
            "durationMinutes": self.minutes,
            "price": self.price,
            "currency": self.currency,
        }


def hours_problem(hours: int) -> str | None:
    """What is wrong with a duration: EC2 sells 1 to 14 days, then whole weeks up to 182 days."""
    days, rest = divmod(hours, _DAY)
    if rest == 0 and (1 <= days <= DAYS or (days <= LONGEST and days % 7 == 0 and days > 0)):
        return None
    near = min((*range(1, DAYS + 1), *range(21, LONGEST + 1, 7)), key=lambda one: abs(one * _DAY - hours))
    return (
        f"{hours}: expected a duration that EC2 sells, in hours: 1 to {DAYS} whole days, or whole "
        f"weeks up to {LONGEST} days; nearest: {near * _DAY}"
    )


def sold_as(length: timedelta) -> int:
    """The duration, in hours, under which EC2 lists a block of that length.

    All blocks end at one time of day, so EC2 lists what is a little shorter or longer than what is asked for
    (EC2 User Guide, "Find and purchase Capacity Blocks").
    """
    days = -(-length // timedelta(days=1))
    return _DAY * (days if days <= DAYS else round(length / timedelta(days=7)) * 7)


def offerings(account: Account, wanted: Wanted) -> list[Offering]:
    """What EC2 offers, the cheapest first, of equal prices the earliest."""
    asked: dict[str, Any] = {"CapacityDurationHours": wanted.hours}
    if wanted.ultraserver is not None:
        asked |= {"UltraserverType": wanted.ultraserver, "UltraserverCount": wanted.number}
    else:
        asked |= {"InstanceType": wanted.instance_type, "InstanceCount": wanted.number}
    if wanted.after is not None:
        asked["StartDateRange"] = wanted.after
    if wanted.before is not None:
        asked["EndDateRange"] = wanted.before
    found = account.call("ec2", "DescribeCapacityBlockOfferings", **asked)["CapacityBlockOfferings"]
    return sorted(map(_read, found), key=lambda one: (_price(one.price), one.start, one.id))


def _read(one: dict[str, Any]) -> Offering:
    length = timedelta(
        hours=one.get("CapacityBlockDurationHours", 0), minutes=one.get("CapacityBlockDurationMinutes", 0)
    )
    return Offering(
        one["CapacityBlockOfferingId"],
        one.get("InstanceType", ""),
        one.get("InstanceCount", 0),
        one["AvailabilityZone"],
        one["StartDate"].astimezone(UTC),
        one["EndDate"].astimezone(UTC),
        int(length.total_seconds() // 60),
        one["UpfrontFee"],
        one["CurrencyCode"],
        one.get("UltraserverType"),
    )


def _price(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")
