"""Processor options. Source: pkg/apis/aws/validation/worker.go (validateCpuOptions)."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..problem import Problem
from .decode import shown

SEV_SNP = ("enabled", "disabled")


def cpu_problems(options: Mapping[str, Any]) -> Iterator[Problem]:
    """Cores and threads come together; no number of cores is refused."""
    protection = options.get("amdSevSnp")
    if protection is not None and protection not in SEV_SNP:
        message = f"{shown(protection)}: expected {' or '.join(SEV_SNP)}"
        yield Problem(("cpuOptions", "amdSevSnp"), "NotSupported", message)
    cores, threads = "coreCount" in options, "threadsPerCore" in options
    if cores != threads:
        missing, given = ("threadsPerCore", "coreCount") if cores else ("coreCount", "threadsPerCore")
        yield Problem(("cpuOptions", missing), "Required", f"missing; expected it beside {given}")
    elif threads and options["threadsPerCore"] not in (1, 2):
        message = f"{options['threadsPerCore']}: expected 1 or 2"
        yield Problem(("cpuOptions", "threadsPerCore"), "Invalid", message)
