"""Runs a Pulumi program in this process, on Pulumi's own mock monitor, against the sandbox's core.

There is no engine here: no earlier state, so no diff, no update and no delete. The adapter translates and
records; every rule is in `sandbox.core`.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime import config as pulumi_config
from pulumi.runtime import mocks, settings
from pulumi.runtime import stack as pulumi_stack
from pulumi.runtime.proto import engine_pb2, resource_pb2

from sandbox import core, wire
from sandbox.core.store import Store
from sandbox.core.values import UNKNOWN, Refused, Values, settled
from sandbox.records import Registration, Result

STACK_TYPE = "pulumi:pulumi:Stack"


def run(
    program: Callable[[], object],
    *,
    stack: str,
    project: str,
    config: dict[str, str],
    preview: bool,
    store: Store,
    secret_keys: Iterable[str] = (),
) -> Result:
    """Runs `program` as one preview or one up. It can be called again and again in a process.

    `config` has full keys (`efa-pools:pools`) and JSON text for what is not a string. Refusals and
    `pulumi.RunError` end in `Result.failure`; any other exception of the program is a bug and is raised.
    """
    monitor = Monitor(store, stack, project, preview)
    engine = _Engine()

    def body() -> None:
        program()

    async def main() -> None:
        # In a fresh context, where the SDK keeps its settings, its configuration and the root resource.
        settings.configure(
            settings.Settings(
                project,
                stack,
                monitor,
                engine,
                dry_run=preview,
                root_directory=".",
                organization="organization",
            )
        )
        pulumi_config.set_all_config(dict(config), list(secret_keys))
        await pulumi_stack.run_in_stack(body)

    failure = _failure_of(main, monitor)
    return Result(monitor.registrations, monitor.outputs, failure, engine.messages)


def _failure_of(main: Callable[[], Any], monitor: "Monitor") -> str | None:
    lines: list[str] = []
    try:
        with asyncio.Runner() as runner:
            runner.get_loop().set_default_executor(_AtOnce(max_workers=1))
            # An exception reaches us below; asyncio would print it again for every output that waited for it.
            runner.get_loop().set_exception_handler(lambda loop, details: None)
            runner.run(main(), context=contextvars.Context())
    except pulumi.RunError as error:
        lines.append(str(error))
    except Exception:
        # After a refusal the SDK's own exceptions only repeat it.
        if not monitor.refusals:
            raise
    return "\n".join(monitor.refusals + lines) or None


class _AtOnce(ThreadPoolExecutor):
    """Answers the SDK's calls where they are made: from a thread the machine would order the answers."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # whoever waits for the answer gets it
            done.set_exception(error)
        return done


class _Engine(mocks.MockEngine):
    """Takes the program's log messages."""

    def __init__(self) -> None:
        super().__init__(None)
        self.messages: list[tuple[str, str]] = []

    def Log(self, request: Any) -> None:
        severity = engine_pb2.LogSeverity.Name(request.severity).lower()
        if severity != "debug":
            self.messages.append((severity, request.message))


class _NoMocks(mocks.Mocks):
    """The monitor below answers by itself."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NotImplementedError

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise NotImplementedError


class Monitor(mocks.MockMonitor):
    """Hands every registration and every invoke to the core."""

    def __init__(self, store: Store, stack: str, project: str, preview: bool) -> None:
        super().__init__(_NoMocks())
        self.registrations: list[Registration] = []
        self.outputs: Values = {}
        self.refusals: list[str] = []
        self._store = store
        self._prefix = f"urn:pulumi:{stack}::{project}::"
        self._preview = preview
        # Invokes come from the program's thread, registrations from another.
        self._lock = threading.Lock()

    def RegisterResource(self, request: Any) -> Any:
        urn = self._urn(request)
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        inputs, hidden = wire.plain(request.object), wire.secrets(request.object)
        with self._lock:
            try:
                id, outputs = self._made(request, inputs)
            except Refused as refused:
                self.refusals.append(f"{request.name} ({request.type}): {refused}")
                return self._result(urn, resource_pb2.Result.FAIL)
            if id is _SKIPPED:
                return self._result(urn, resource_pb2.Result.SKIP)
            self.registrations.append(_registration(request, urn, inputs, hidden, id, outputs))
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=id if isinstance(id, str) else "", object=wire.wire(outputs, hidden)
        )

    def _made(self, request: Any, inputs: Values) -> tuple[Any, Values]:
        if not request.custom:
            return None, inputs
        if request.type.startswith("pulumi:providers:"):
            return f"sandbox-{request.name}", inputs
        if request.importId:
            return self._found(request.type, request.importId)
        if not self._preview and not settled(inputs):
            # Only what was refused before leaves unknown values behind when resources are created.
            return _SKIPPED, {}
        return core.create(self._store, request.type, request.name, inputs, self._preview)

    def _found(self, type: str, id: str) -> tuple[Any, Values]:
        found = core.read(self._store, type, id)
        if found is None:
            raise Refused("NotFound", f"there is no {type} with the id '{id}'")
        return id, found["outputs"]

    def ReadResource(self, request: Any) -> Any:
        urn = self._urn(request)
        with self._lock:
            try:
                _, outputs = self._found(request.type, request.id)
            except Refused as refused:
                self.refusals.append(f"{request.name} ({request.type}): {refused}")
                raise
        return resource_pb2.ReadResourceResponse(urn=urn, properties=wire.wire(outputs))

    def Invoke(self, request: Any) -> Any:
        with self._lock:
            try:
                found = core.invoke(self._store, request.tok, wire.plain(request.args))
            except Refused as refused:
                self.refusals.append(f"{request.tok}: {refused}")
                raise
        return resource_pb2.ResourceInvokeResponse(**{"return": wire.wire(found)})

    def RegisterResourceOutputs(self, request: Any) -> Any:
        outputs = wire.plain(request.outputs)
        if request.urn.split("::")[2] == STACK_TYPE:
            self.outputs.update(outputs)
        for registration in self.registrations:
            if registration.urn == request.urn:
                registration.outputs.update(outputs)
        return empty_pb2.Empty()

    def _urn(self, request: Any) -> str:
        # As the engine forms it: the types of all parents, without the stack's.
        above = request.parent.split("::")[2] if request.parent else STACK_TYPE
        types = request.type if above == STACK_TYPE else f"{above}${request.type}"
        return f"{self._prefix}{types}::{request.name}"

    @staticmethod
    def _result(urn: str, result: Any) -> Any:
        return resource_pb2.RegisterResourceResponse(urn=urn, result=result)


_SKIPPED = object()
"""The id of a resource that is not made because one it needs was refused."""


def _registration(
    request: Any, urn: str, inputs: Values, hidden: frozenset[str], id: Any, outputs: Values
) -> Registration:
    return Registration(
        type=request.type,
        name=request.name,
        inputs=inputs,
        outputs=dict(outputs) if request.custom else {},
        id=id,
        urn=urn,
        custom=request.custom,
        parent="" if f"::{STACK_TYPE}::" in request.parent else _name(request.parent),
        provider=_name(request.provider.rpartition("::")[0]),
        secrets=hidden,
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        delete_before_replace=request.deleteBeforeReplace,
        ignore_changes=tuple(request.ignoreChanges),
        timeouts={one.name: text for one, text in request.customTimeouts.ListFields()},
        replace_on_changes=tuple(request.replaceOnChanges),
        depends_on=tuple(sorted({_name(urn) for urn in request.dependencies})),
        aliases=tuple(alias.urn or alias.spec.name for alias in request.aliases),
        version=request.version,
    )


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]


__all__ = ["UNKNOWN", "Registration", "Result", "run"]
