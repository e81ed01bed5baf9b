"""Kubernetes labels: what keys and values may be, and the ones that we set ourselves.

Sources: Kubernetes, "Labels and Selectors"; kubelet, `--node-labels`, and EKS's refusal "Label cannot contain
reserved prefixes" (eksctl issue 4007, read 2026-11).
"""

import re

# nvidia.com/gpu, team: an optional DNS prefix, and a name of at most 63 characters.
_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
LABEL_KEY = re.compile(
    rf"(?:(?=[^/]{{1,253}}/){_LABEL}(?:\.{_LABEL})*/)?[A-Za-z0-9](?:[-\w.]{{0,61}}[A-Za-z0-9])?", re.ASCII
)
# train, v1.2_a: at most 63 characters, letters and digits at both ends; may be empty.
LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)?", re.ASCII)
OWN_PREFIX = "efa-pools/"
LABEL_POOL = f"{OWN_PREFIX}pool"
LABEL_EFA = f"{OWN_PREFIX}efa"
LABEL_EFA_COUNT = f"{OWN_PREFIX}efa-count"
LABEL_CARDS = f"{OWN_PREFIX}network-cards"
LABEL_GROUP = f"{OWN_PREFIX}placement-group"
LABEL_RESERVATION = f"{OWN_PREFIX}capacity-reservation"
LABEL_BLOCK_END = f"{OWN_PREFIX}block-end"
_RESERVED = ("kubernetes.io", "k8s.io", "eks.amazonaws.com")
_OPEN = ("node.kubernetes.io", "kubelet.kubernetes.io")


def reserved(key: str) -> bool:
    """Whether EKS or kubelet refuse the key on a node, because its prefix is theirs."""
    prefix = key.partition("/")[0] if "/" in key else ""
    return _within(prefix, _RESERVED) and not _within(prefix, _OPEN)


def _within(domain: str, above: tuple[str, ...]) -> bool:
    return any(domain == one or domain.endswith(f".{one}") for one in above)


def usable(labels: dict[str, object]) -> dict[str, str]:
    """The labels whose value is known and one that Kubernetes takes; a fact that does not fit is left out."""
    return {
        key: value
        for key, value in labels.items()
        if isinstance(value, str) and value and LABEL_VALUE.fullmatch(value)
    }
