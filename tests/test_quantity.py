"""Quantities are read as Kubernetes reads them.

Cases from k8s.io/apimachinery (Apache-2.0), pkg/api/resource/quantity_test.go, TestQuantityParse, commit
eed236c of 2026-07-23.
"""

from fractions import Fraction

import pytest
from efa_pools.verify.quantity import LARGEST_BINARY, quantity, whole
from hypothesis import given, settings
from hypothesis import strategies as st

# Input, mantissa and decimal exponent, as decQuantity takes them there.
DECIMAL = """
0 0 0|0n 0 0|0u 0 0|0m 0 0|0Ki 0 0|0k 0 0|0Mi 0 0|0Ti 0 0|0T 0 0|1 1 0|5n 5 -9|4u 4 -6|3m 3 -3|9 9 0
8k 8 3|50k 5 4|7M 7 6|6G 6 9|5T 5 12|40T 4 13|300T 3 14|2P 2 15|1E 1 18|1E-3 1 -3|1e3 1 3|1E6 1 6
1e9 1 9|1E12 1 12|1e15 1 15|1E18 1 18|1e14 1 14|1e13 1 13|100.035k 100035 0|0.001 1 -3|0.0005k 5 -1
0.05 5 -2|0.00050k 5 -1|0.05000 5 -2|0.5e0 5 -1|0.5e-1 5 -2|0.5e-2 5 -3|10.035M 10035 3|1.2e3 12 2
1.3E+6 13 5|1.40e9 14 8|1.53E12 153 10|1.7E18 17 17|9.01 901 -2|8.1k 81 2|7.123456M 7123456 0
6.987654321G 6987654321 0|5.444T 5444 9|2.5P 25 14|1.01E 101 16|3.001n 4 -9|1.1E-9 2 -9
0.0000000001 1 -9|0.0000000005 1 -9|0.5e-9 1 -9|0.9n 1 -9|0.00000012345 124 -9|12E 12 18
100.035Ki 10243584 -2|0.05Gi 536870912 -1|0.025Ti 274877906944 -1|0.000000000001Ki 2 -9|.001 1 -3
.0001k 100 -3|1. 1 0|1.G 1 9
"""
BINARY = {
    "1Ki": 1024,
    "8Ki": 8 * 1024,
    "7Mi": 7 * 2**20,
    "6Gi": 6 * 2**30,
    "5Ti": 5 * 2**40,
    "4Pi": 4 * 2**50,
    "3Ei": 3 * 2**60,
    "10Ti": 10 * 2**40,
    "100Ti": 100 * 2**40,
    "0.5Mi": 2**19,
    "9Ei": LARGEST_BINARY,
    "9223372036854775807Ki": LARGEST_BINARY,
}
CASES = [case.split() for line in DECIMAL.split("\n") for case in line.split("|") if case]
VALUES = {text: Fraction(int(digits)) * Fraction(10) ** int(power) for text, digits, power in CASES} | BINARY
INVALID = ["", "1.1.M", "1+1.0M", "0.1mi", "0.1am", "aoeu", ".5i", "1i", "-3.01i", "-3.01e-", " 1", "1 "]


@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_as_apimachinery_reads_them(text: str, value: Fraction) -> None:
    assert (quantity(text), quantity(f"-{text}"), quantity(f"+{text}")) == (value, -value, value)


@pytest.mark.parametrize("text", INVALID)
def test_as_apimachinery_refuses_them(text: str) -> None:
    assert quantity(text) is None


def test_json_numbers_and_what_is_none() -> None:
    assert (quantity(8), quantity(1.5), quantity(1e20)) == (8, Fraction(3, 2), 10**20)
    assert [
        quantity(one) for one in (None, True, [], {}, float("nan"), float("inf"), 10**40, "٣", "1e999999999")
    ] == [None] * 9


def test_counts_round_up() -> None:
    assert whole(quantity("95690m") or Fraction(0)) == 96


@settings(deadline=None, derandomize=True)
@given(st.text(st.sampled_from("0123456789.+-eEinumkKMGTP \u0663"), max_size=80))
def test_any_text_is_a_quantity_or_none(text: str) -> None:
    found = quantity(text)
    assert found is None or isinstance(found, Fraction)
