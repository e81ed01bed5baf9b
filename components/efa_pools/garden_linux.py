"""Garden Linux: which releases have EFA in their kernel, and which NVIDIA drivers are built for them.

A release is written as its cloud profile has it: `1877.13`, `2150.6.0`. Sources: gardenlinux issue 4313 (the
EFA and RDMA kernel options, picked into 1877.13 and there from 2150.0.0 on); gardenlinux-nvidia-installer
versions.yaml, `excluded_combinations` and `cpu_arch` (2026-08-21).
"""

import re

EFA_SINCE = ((1877, 13), (2150, 0))
"""The first release with EFA of each line; the last line's successors have it too."""
ARCHITECTURES = frozenset({"x86_64"})
"""The installer builds for no other."""
DRIVER_570_UNTIL = (2150, 8)
"""The first release whose kernel the 570 branch does not compile for."""


def release(text: str) -> tuple[int, ...] | None:
    """`1877.13` as numbers; None for what is not a release."""
    return tuple(map(int, text.split("."))) if re.fullmatch(r"\d+(\.\d+){1,2}", text) else None


def has_efa(text: str) -> bool:
    """Whether the kernel of a release has the EFA driver; of what is not a release, no."""
    given = release(text)
    if given is None:
        return False
    newest = EFA_SINCE[-1]
    return given >= newest or any(given[0] == line[0] and given >= line for line in EFA_SINCE)


def has_driver(text: str, branch: str) -> bool:
    """Whether the installer builds a driver branch, such as `570`, for a release."""
    given = release(text)
    return given is not None and not (branch == "570" and given >= DRIVER_570_UNTIL)
