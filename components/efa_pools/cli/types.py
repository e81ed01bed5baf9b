"""`efa-pools types`: the whole catalogue."""

import json
from argparse import Namespace

from .. import catalogue
from .layout import describe
from .main import FINE


def run(arguments: Namespace) -> int:
    """Print every type of the catalogue with its recommended layout."""
    found = [describe(name) for name in catalogue.names()]
    if arguments.json:
        print(json.dumps({"types": found}))
        return FINE
    print(f"{'instance type':<22}  {'cards':>5}  {'EFA':>4}  {'interfaces':>10}  {'Gbps':>6}  basis")
    for one in found:
        cards = "?" if one["networkCards"] is None else one["networkCards"]
        maximum = "?" if one["maximumEfaInterfaces"] is None else one["maximumEfaInterfaces"]
        layout = len(one["interfaces"]) or "?"
        gbps = "?" if one["bandwidthGbps"] is None else one["bandwidthGbps"]
        basis = one.get("reason") or one["bandwidthBasis"]
        print(f"{one['instanceType']:<22}  {cards:>5}  {maximum:>4}  {layout:>10}  {gbps:>6}  {basis}")
    return FINE
