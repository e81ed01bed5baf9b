"""Calls the package's host as the engine does: inputs cross the wire's encoding, and nothing else does."""

from collections.abc import Coroutine, Mapping, Sequence
from functools import cache
from typing import Any

import pulumi
from efa_pools.resources.host import Host
from pulumi.errors import InputPropertiesError
from pulumi.provider.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2

from sandbox import wire
from sandbox.inprocess import Result
from tests.stacks import run_program


@cache
def host() -> Host:
    return Host("0.0.0")


def construct(
    sent: Mapping[str, Any],
    word: str = "EfaWorkerPool",
    *,
    preview: bool = False,
    depends: Mapping[str, Sequence[str]] | None = None,
    secret: Sequence[str] = (),
) -> tuple[Result, str]:
    """One remote component: what it registered, and the message that it failed with.

    `depends` names the resources behind a top-level input, as the engine does for other languages.
    """
    said: list[str] = []
    urns = {
        key: provider_pb2.ConstructRequest.PropertyDependencies(urns=urns)
        for key, urns in (depends or {}).items()
    }

    def program() -> None:
        struct = wire.wire(dict(sent), frozenset(secret))
        inputs = _now(ProviderServicer._construct_inputs(struct, urns))
        try:
            made = host().construct("train", f"efa-pools:index:{word}", inputs, None)
        except InputPropertiesError as error:
            assert error.errors is not None, "the SDK's server cannot send an error without a list"
            said.append(error.message)
        else:
            pulumi.export("state", dict(made.state))

    return run_program(program, preview=preview), "\n".join(said)


def _now(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("the SDK waits for something here")
