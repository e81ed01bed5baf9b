"""The check of Gardener's objects: its own verdict, what EC2 adds to it, and what an update rolls."""

from collections.abc import Mapping
from typing import Any

from ..problem import Problem, errors
from .cloud_profile import CloudProfile
from .rolling import config_rolls, shoot_rolls
from .shoot import shoot_problems, worker_config_problems

KINDS = ("Shoot", "WorkerConfig")


def check_gardener(
    raw: Mapping[str, Any], old: Mapping[str, Any] | None = None, profile: CloudProfile | None = None
) -> list[Problem]:
    """Check a Shoot or a WorkerConfig, alone or as the update of `old`, which has the same kind."""
    if raw["kind"] == "WorkerConfig":
        found = worker_config_problems(raw)
        rolls = config_rolls
    else:
        found = shoot_problems(raw, old, profile)
        rolls = shoot_rolls
    if old is not None and not errors(found):
        found += rolls(old, raw)
    return found
