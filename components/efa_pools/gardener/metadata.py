"""The instance metadata service. Source: pkg/apis/aws/validation/worker.go (validateInstanceMetadata)."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..problem import Problem
from .decode import shown

ROOT = "instanceMetadataOptions"
TOKENS = ("required", "optional")


def metadata_problems(options: Mapping[str, Any]) -> Iterator[Problem]:
    """Hop limit 1 to 64; a wrong word is Invalid here, not NotSupported."""
    limit, tokens = options.get("httpPutResponseHopLimit"), options.get("httpTokens")
    if limit is not None and not 1 <= limit <= 64:
        yield Problem((ROOT, "httpPutResponseHopLimit"), "Invalid", f"{limit}: expected 1 to 64")
    if tokens is not None and tokens not in TOKENS:
        yield Problem((ROOT, "httpTokens"), "Invalid", f"{shown(tokens)}: expected {' or '.join(TOKENS)}")
