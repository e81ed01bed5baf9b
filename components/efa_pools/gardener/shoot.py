"""A Shoot, as far as its workers are judged: what is read of it, and the order in which Gardener asks.

Source: pkg/admission/validator/shoot.go. The first stage that finds anything ends the matter, and so does
the first worker whose providerConfig cannot be decoded.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..problem import Path, Problem, errors, warning
from . import api_server, ec2
from .cloud_profile import CloudProfile, profile_problems
from .decode import Fault, decode_config, read, shown
from .shapes import SHOOT_VERSION, WORKER
from .update import in_place_problems, update_problems
from .worker import worker_problems
from .worker_config import lone_config_problems

WORKERS: Path = ("spec", "provider", "workers")
INFRASTRUCTURE: Path = ("spec", "provider", "infrastructureConfig")
Worker = dict[str, Any]


class Shoot(NamedTuple):
    """What is read of a Shoot."""

    workers: list[Worker]
    zones: frozenset[str] | None
    """The infrastructure's zones; None where there is no infrastructureConfig."""
    region: str
    ip_families: tuple[str, ...]
    problems: tuple[Problem, ...]
    """What the API server cannot read, as errors; what it would drop, as warnings."""


def read_shoot(raw: Mapping[str, Any]) -> Shoot:
    """Read a Shoot's workers and what they are judged beside."""
    problems: list[Problem] = []
    version = raw.get("apiVersion")
    if version not in (None, SHOOT_VERSION):
        message = f"{shown(version)}: expected {SHOOT_VERSION}; Gardener serves no other Shoot"
        problems.append(Problem(("apiVersion",), "NotSupported", message))
    spec = _mapping(raw, ("spec",), problems)
    provider = _mapping(spec, ("spec", "provider"), problems)
    kind = provider.get("type", "aws")
    if kind != "aws":
        message = f"{shown(kind)}: expected aws; other providers' workers are not judged here"
        problems.append(Problem(("spec", "provider", "type"), "NotSupported", message))
    workers, found = read_workers(provider.get("workers"))
    problems += (one.under(*WORKERS) for one in found)
    zones = _zones(provider, problems) if workers else None
    networking = _mapping(spec, ("spec", "networking"), problems)
    families = networking.get("ipFamilies")
    return Shoot(
        workers,
        zones,
        str(spec.get("region") or ""),
        tuple(str(one) for one in families) if isinstance(families, list) else (),
        tuple(problems),
    )


def read_workers(raw: Any) -> tuple[list[Worker], list[Problem]]:
    """The workers of a list, and what is wrong with their shape."""
    faults: list[Fault] = []
    workers = read([WORKER], raw, (), faults) or []
    return workers, [_shape_problem(one) for one in faults]


def _shape_problem(fault: Fault) -> Problem:
    if fault.unknown:
        return warning(fault.path, "Forbidden", f"{fault.message}; the API server drops or refuses it")
    return Problem(fault.path, "Invalid", fault.message)


def _mapping(outer: Mapping[str, Any], path: Path, problems: list[Problem]) -> Mapping[str, Any]:
    value = outer.get(str(path[-1]))
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        problems.append(Problem(path, "Invalid", f"{shown(value)}: expected a mapping of keys"))
        return {}
    return value


def _zones(provider: Mapping[str, Any], problems: list[Problem]) -> frozenset[str] | None:
    config = provider.get("infrastructureConfig")
    if config is None:
        message = "missing; Gardener wants one, and zones cannot be compared without it"
        problems.append(warning(INFRASTRUCTURE, "Required", message))
        return None
    try:
        listed = (config.get("networks") or {}).get("zones") or []
        return frozenset(str(one.get("name") or "") for one in listed)
    except (AttributeError, TypeError):
        message = f"{shown(config)}: expected networks.zones, a list of zones with their names"
        problems.append(Problem(INFRASTRUCTURE, "Invalid", message))
        return None


def shoot_problems(
    raw: Mapping[str, Any], old: Mapping[str, Any] | None = None, profile: CloudProfile | None = None
) -> list[Problem]:
    """Gardener's verdict on a Shoot's workers; with `old` on the update from it."""
    shoot = read_shoot(raw)
    if errors(shoot.problems) or not shoot.workers:
        return list(shoot.problems)
    before = None if old is None else read_shoot(old).workers
    found = _api_server(shoot, before)
    for stage in _stages(shoot, before, profile):
        found += stage
        if errors(stage):
            break
    found += (one.under(*WORKERS) for one in api_server.name_warnings(shoot.workers))
    for index, worker in enumerate(shoot.workers):
        config = _config(worker)
        if config is not None and not any(worker_problems(worker, shoot.zones, config)):
            found += (one.under(*WORKERS, index) for one in ec2.warnings(worker, config, shoot.ip_families))
    return [*shoot.problems, *found]


def _api_server(shoot: Shoot, old: list[Worker] | None) -> list[Problem]:
    found = [
        one.under(index)
        for index, worker in enumerate(shoot.workers)
        for one in api_server.size_problems(worker)
    ]
    found += () if old is None else in_place_problems(old, shoot.workers)
    return [one.under(*WORKERS) for one in found]


def _stages(shoot: Shoot, old: list[Worker] | None, profile: CloudProfile | None) -> Iterator[list[Problem]]:
    """What the AWS extension asks, one after the other."""
    if old is not None:
        yield [one.under(*WORKERS) for one in update_problems(old, shoot.workers)]
    if profile is not None:
        yield [one.under(*WORKERS) for one in profile_problems(profile, shoot.region, old, shoot.workers)]
    yield list(_workers(shoot))


def _workers(shoot: Shoot) -> Iterator[Problem]:
    found: list[Problem] = []
    for index, worker in enumerate(shoot.workers):
        config = None
        if worker.get("providerConfig") is not None:
            config, faults = decode_config(worker["providerConfig"])
            if config is None:
                yield undecodable(faults).under(*WORKERS, index)
                return
        found += (one.under(*WORKERS, index) for one in worker_problems(worker, shoot.zones, config))
    yield from found


def _config(worker: Worker) -> dict[str, Any] | None:
    """The decoded WorkerConfig: empty where there is none, None where it cannot be decoded."""
    config = worker.get("providerConfig")
    return {} if config is None else decode_config(config)[0]


def undecodable(faults: list[Fault]) -> Problem:
    """The one error of a WorkerConfig that does not decode, with what Gardener does not say: why."""
    why = "; ".join(one.text() for one in faults[:3]) + ("; …" if len(faults) > 3 else "")
    return Problem(("providerConfig",), "Invalid", f"cannot be decoded, so nothing else is checked: {why}")


def worker_config_problems(raw: Any) -> list[Problem]:
    """Gardener's verdict on a WorkerConfig alone, beside any volumes that it could belong to."""
    config, faults = decode_config(raw)
    if config is None:
        return [undecodable(faults)]
    found = list(lone_config_problems(config))
    return found or list(ec2.config_warnings(config, None, ()))
