"""Kubernetes quantities, as far as Gardener looks at them: sign, wholeness and value.

Source: k8s.io/apimachinery, pkg/api/resource/quantity.go and suffix.go. The parser there is lenient
(`.`, `+` and `Ki` are zero, `5.` is five) and rounds away from zero to a nano where digits go further.
"""

import re
from typing import NamedTuple

_FORM = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)", re.ASCII)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_LARGEST_BINARY = 2**63 - 1
_NANO = 9
# Past this exponent the value itself is of no use to anybody, and would take long to write out.
_EXPONENT_LIMIT = 400


class Quantity(NamedTuple):
    """`digits` times ten to the `exponent`; the exponent is at least -9."""

    digits: int
    exponent: int

    @property
    def negative(self) -> bool:
        """Whether it is below zero."""
        return self.digits < 0

    @property
    def whole(self) -> bool:
        """Whether it has no fraction."""
        return self.exponent >= 0 or self.digits % 10**-self.exponent == 0

    @property
    def value(self) -> int:
        """The value rounded up to an integer of 64 bits, as Quantity.Value() gives it where it fits."""
        if self.exponent < 0:
            return -(-self.digits // int(10**-self.exponent))
        return max(-(2**63), min(2**63 - 1, self.digits * int(10 ** min(self.exponent, _EXPONENT_LIMIT))))


def quantity(raw: object) -> Quantity | None:
    """A quantity from text or a number; None where Kubernetes cannot read it."""
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
        return None
    if isinstance(raw, int) and raw.bit_length() > 4000:
        return None
    text = str(raw)
    if isinstance(raw, str) and not re.search(r"[\t\n\v\f\r\x1c-\x1f]", raw):
        text = raw.strip()
    matched = _FORM.fullmatch(text)
    if not text or matched is None:
        return None
    sign, whole, fraction, suffix = matched[1], matched[2], matched[3] or "", matched[4]
    if not whole.lstrip("0") and matched[3] is None and not suffix:
        return Quantity(0, 0)
    found = _scaled(int((whole + fraction) or "0"), len(fraction), suffix, bool(whole or fraction))
    if found is None:
        return None
    return Quantity(-found.digits, found.exponent) if sign == "-" else found


def _scaled(digits: int, places: int, suffix: str, written: bool) -> Quantity | None:
    if suffix in _BINARY:
        digits <<= _BINARY[suffix]
        if digits > _LARGEST_BINARY * 10**places:
            return Quantity(_LARGEST_BINARY, 0)
        return _rounded(digits, -places)
    if suffix in _DECIMAL:
        return _rounded(digits, _DECIMAL[suffix] - places)
    if suffix[0] not in "eE" or not re.fullmatch(r"[+-]?\d+", suffix[1:], re.ASCII):
        return None
    if len(suffix) > 20:
        return None
    exponent = (int(suffix[1:]) + 2**31) % 2**32 - 2**31 - places
    if exponent < -_NANO and not written:
        return None
    return _rounded(digits, exponent)


def _rounded(digits: int, exponent: int) -> Quantity:
    if exponent >= -_NANO or digits == 0:
        return Quantity(digits, max(exponent, -_NANO))
    excess = -_NANO - exponent
    if excess > len(str(digits)):
        return Quantity(1, -_NANO)
    return Quantity(-(-digits // 10**excess), -_NANO)
