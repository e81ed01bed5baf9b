"""Gardener's verdict on one worker whose Shoot is not at hand."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..problem import Problem, errors
from .api_server import size_problems
from .decode import decode_config
from .shoot import read_workers, undecodable
from .worker import worker_problems


def verdict(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """The errors of a worker in wire form; its zones are not compared."""
    (worker, *_), shape = read_workers([raw]) if isinstance(raw, Mapping) else ([{}], [])
    wrong = errors(shape)
    if wrong:
        yield from (one._replace(path=one.path[1:]) for one in wrong)
        return
    yield from size_problems(worker)
    config = None
    if worker.get("providerConfig") is not None:
        config, faults = decode_config(worker["providerConfig"])
        if config is None:
            yield undecodable(faults)
            return
    yield from worker_problems(worker, None, config)
