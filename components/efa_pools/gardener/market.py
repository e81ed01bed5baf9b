"""Market options. Source: pkg/apis/aws/validation/worker.go; words of EC2's MarketType."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..problem import Problem
from .decode import shown

MARKETS = ("spot", "capacity-block", "interruptible-capacity-reservation")


def market_problems(options: Mapping[str, Any]) -> Iterator[Problem]:
    """One of EC2's market types; absent is the empty word, which is none of them."""
    kind = options.get("marketType", "")
    if kind not in MARKETS:
        message = f"{shown(kind)}: expected {', '.join(MARKETS)}"
        yield Problem(("instanceMarketOptions", "marketType"), "NotSupported", message)
