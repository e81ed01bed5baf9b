"""Capacity reservations. Source: pkg/apis/aws/validation/worker.go, with EC2's words for the preference."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..problem import Problem
from .decode import shown
from .identifiers import RESERVATION_GROUP, RESERVATION_ID, identifier_problems

ROOT = "capacityReservation"
PREFERENCE, ID, GROUP = f"{ROOT}Preference", f"{ROOT}Id", f"{ROOT}ResourceGroupArn"
ONLY = "capacity-reservations-only"
PREFERENCES = (ONLY, "open", "none")


def reservation_problems(reservation: Mapping[str, Any]) -> Iterator[Problem]:
    """One target at most, and beside it no preference but `capacity-reservations-only`."""
    preference = reservation.get(PREFERENCE)
    targeted = ID in reservation or GROUP in reservation
    if preference is not None and preference not in PREFERENCES:
        message = f"{shown(preference)}: expected {', '.join(PREFERENCES)}"
        yield Problem((ROOT, PREFERENCE), "NotSupported", message)
    if preference is not None and preference != ONLY and targeted:
        message = f"{shown(preference)} beside a reservation: expected no preference, or {ONLY}"
        yield Problem((ROOT, PREFERENCE), "Forbidden", message)
    if ID in reservation:
        yield from identifier_problems(RESERVATION_ID, reservation[ID], ROOT, ID)
    if GROUP in reservation:
        yield from identifier_problems(RESERVATION_GROUP, reservation[GROUP], ROOT, GROUP)
    if ID in reservation and GROUP in reservation:
        yield Problem((ROOT, ID), "Forbidden", f"beside {GROUP}: expected one of the two")
