"""The sandbox as a Pulumi provider plugin, for the packages `aws` and `kubernetes`.

`python -m sandbox.plugin PACKAGE VERSION FOLDER` serves the engine's protocol over the store in that folder.
The adapter translates; every rule is in `sandbox.core`. It answers the protocol itself, because the SDK's
provider classes (3.272) cannot carry unknown values. It takes no secrets, so that the engine keeps them:
what goes in secret comes out secret, by name.
"""

import functools
import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox import account, core, faults, wire
from sandbox.core.store import MemoryStore, Place
from sandbox.core.values import UNKNOWN, Refused
from sandbox.folder import transaction

Answer = Callable[["Provider", Any, Any], Any]


def answers(method: Answer) -> Answer:
    """Turns what is refused into an error of one line, and a bug of ours as well."""

    @functools.wraps(method)
    def answered(self: "Provider", request: Any, context: Any) -> Any:
        try:
            return method(self, request, context)
        except Refused as refused:
            message = str(refused)
        except Exception as error:
            where = self.folder / "plugin.log"
            with where.open("a", encoding="utf-8") as log:
                log.write(traceback.format_exc())
            message = f"the sandbox failed, see {where}: {type(error).__name__}: {error}"
        return context.abort(grpc.StatusCode.UNKNOWN, " ".join(message.split()))

    return answered


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One package's provider over the store in `folder`."""

    def __init__(self, package: str, version: str, folder: Path) -> None:
        self.package, self.version, self.folder = package, version, folder
        self._account: MemoryStore = account.load()

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=self.version)

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        # The engine says this at the end of every run; there is nothing to break off.
        return empty_pb2.Empty()

    @answers
    def GetSchema(self, request: Any, context: Any) -> Any:
        from sandbox import schema

        text = json.dumps(schema.package(self.package, self.version))
        return provider_pb2.GetSchemaResponse(schema=text)

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        same = (request.old_inputs or request.olds) == request.news
        return provider_pb2.DiffResponse(changes=_NONE if same else _SOME)

    def Configure(self, request: Any, context: Any) -> Any:
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    @answers
    def Check(self, request: Any, context: Any) -> Any:
        type, name = _type(request), request.urn.rsplit("::", 1)[-1]
        place = self._account.place
        # The engine's seed: the same name in a preview and an up of one plan, another one for a replacement.
        seeded = Place(**{**vars(place), "seed": request.randomSeed.hex()})
        try:
            news = core.complete(seeded, type, name, wire.plain(request.olds), wire.plain(request.news))
            core.check(type, news)
        except Refused as refused:
            failure = provider_pb2.CheckFailure(reason=" ".join(str(refused).split()))
            return provider_pb2.CheckResponse(inputs=request.news, failures=[failure])
        return provider_pb2.CheckResponse(inputs=wire.wire(news))

    @answers
    def Diff(self, request: Any, context: Any) -> Any:
        old, new, told = map(wire.plain, (request.old_inputs, request.news, request.olds))
        changes = core.diff(_type(request), old, new, told)
        detailed = {
            one.path: provider_pb2.PropertyDiff(kind=_KINDS[one.kind][one.replaces], inputDiff=True)
            for one in changes
        }
        return provider_pb2.DiffResponse(
            changes=_SOME if changes else _NONE,
            diffs=sorted({_top(one.path) for one in changes}),
            replaces=sorted({_top(one.path) for one in changes if one.replaces}),
            detailedDiff=detailed,
            hasDetailedDiff=True,
        )

    @answers
    def Create(self, request: Any, context: Any) -> Any:
        type, name = _type(request), request.urn.rsplit("::", 1)[-1]
        inputs = wire.plain(request.properties)
        with self._fault("create", type, request), transaction(self.folder, self._account) as store:
            id, outputs = core.create(store, type, name, inputs, request.preview)
        known = {} if id is UNKNOWN else {"id": id}
        return provider_pb2.CreateResponse(properties=wire.wire({**outputs, **known}), **known)

    @answers
    def Read(self, request: Any, context: Any) -> Any:
        with self._fault("read", _type(request), request), transaction(self.folder, self._account) as store:
            found = core.read(store, _type(request), request.id)
        if found is None:
            return provider_pb2.ReadResponse()
        outputs = {**found["outputs"], "id": request.id}
        return provider_pb2.ReadResponse(
            id=request.id, properties=wire.wire(outputs), inputs=wire.wire(found["inputs"])
        )

    @answers
    def Update(self, request: Any, context: Any) -> Any:
        type, old, news = _type(request), wire.plain(request.old_inputs), wire.plain(request.news)
        with self._fault("update", type, request), transaction(self.folder, self._account) as store:
            outputs = core.update(store, type, request.id, old, news, request.preview)
        return provider_pb2.UpdateResponse(properties=wire.wire({**outputs, "id": request.id}))

    @answers
    def Delete(self, request: Any, context: Any) -> Any:
        with self._fault("delete", _type(request), request), transaction(self.folder, self._account) as store:
            core.delete(store, _type(request), request.id)
        return empty_pb2.Empty()

    @answers
    def Invoke(self, request: Any, context: Any) -> Any:
        with transaction(self.folder, self._account) as store:
            found = core.invoke(store, request.tok, wire.plain(request.args))
        return provider_pb2.InvokeResponse(**{"return": wire.wire(found)})

    def _fault(self, operation: str, type: str, request: Any) -> Any:
        preview = getattr(request, "preview", False)
        return faults.around(self.folder, "preview" if preview else operation, type, request.timeout)


_NONE, _SOME = provider_pb2.DiffResponse.DIFF_NONE, provider_pb2.DiffResponse.DIFF_SOME
_KINDS: dict[str, tuple[Any, Any]] = {
    # in place, replacing
    "add": (provider_pb2.PropertyDiff.ADD, provider_pb2.PropertyDiff.ADD_REPLACE),
    "delete": (provider_pb2.PropertyDiff.DELETE, provider_pb2.PropertyDiff.DELETE_REPLACE),
    "update": (provider_pb2.PropertyDiff.UPDATE, provider_pb2.PropertyDiff.UPDATE_REPLACE),
}


def _type(request: Any) -> str:
    """The last of the types in `urn:pulumi:stack::project::parent$type::name`."""
    return str(request.urn.split("::")[2].split("$")[-1])


def _top(path: str) -> str:
    return path.split(".")[0].split("[")[0]


if __name__ == "__main__":
    from sandbox.serve import serve

    package, version, folder = sys.argv[1:4]
    serve(Provider(package, version, Path(folder)))
