"""Kubernetes quantities, as node resources are written: `8`, `10256Mi`, `1k`, `1e3`.

Source: k8s.io/apimachinery, pkg/api/resource/quantity.go and suffix.go, commit eed236c of 2026-07-23.
"""

import math
import re
from fractions import Fraction

_FORM = re.compile(r"([+-]?)([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?")
_DECIMAL = {"": 0, "n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
LARGEST_BINARY = 2**63 - 1
_FINEST = Fraction(1, 10**9)
# Longer figures mean nothing on a node, and only cost time.
MAXIMUM_LENGTH = 64
MAXIMUM_EXPONENT = 100


def quantity(text: object) -> Fraction | None:
    """The exact value of a quantity, or None if it is none.

    JSON numbers are quantities too. As in Kubernetes, less than a billionth rounds away from zero to a
    billionth, and binary forms end at 2^63-1.
    """
    if isinstance(text, bool) or not isinstance(text, (str, int, float)):
        return None
    if isinstance(text, int) and abs(text) > LARGEST_BINARY:
        return None
    match = _FORM.fullmatch(str(text)) if len(str(text)) <= MAXIMUM_LENGTH else None
    if match is None:
        return None
    sign, number, suffix = match[1], match[2], match[3] or ""
    value = Fraction(number + "0" if number.endswith(".") else number)
    if suffix in _BINARY:
        value = min(value * 2 ** _BINARY[suffix], Fraction(LARGEST_BINARY))
    else:
        exponent = _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])
        if abs(exponent) > MAXIMUM_EXPONENT:
            return None
        value *= Fraction(10) ** exponent
    value = math.ceil(value / _FINEST) * _FINEST
    return -value if sign == "-" else value


def whole(value: Fraction) -> int:
    """A count of devices or bytes: rounded up, as Quantity.Value does."""
    return math.ceil(value)
