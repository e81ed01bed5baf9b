"""The limits of the verdict, from `data/nccl.json`, each with its source."""

import json
from pathlib import Path
from typing import Any

from .verdict import Limits

_DATA = Path(__file__).parent.parent / "data" / "nccl.json"
_FIELDS = {
    "pass_fraction": "passFraction",
    "warn_fraction": "warnFraction",
    "lower_bound_fraction": "lowerBoundFraction",
    "minimum_sizes": "minimumSizes",
    "minimum_largest_bytes": "minimumLargestBytes",
}


def limits(**stated: float | None) -> Limits:
    """The project's limits, with those replaced that the user states."""
    data: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))["limits"]
    own = {field: data[key]["value"] for field, key in _FIELDS.items()}
    return Limits(**own | {field: value for field, value in stated.items() if value is not None})
