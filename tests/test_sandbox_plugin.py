"""The provider plugin, its methods called as the engine calls them; no engine is needed."""

import json
import time
import warnings
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2

from sandbox import faults, schema
from sandbox.core import UNKNOWN
from sandbox.core.resources import KINDS
from sandbox.plugin import Provider
from sandbox.wire import plain, wire

GROUP = "aws:ec2/placementGroup:PlacementGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
URN = "urn:pulumi:dev::efa-pools::efa-pools:index:EfaWorkerPool${}::train-x"


class Aborted(Exception):
    pass


class Context:
    """Stands in for gRPC's: `abort` raises."""

    def abort(self, code: Any, message: str) -> None:
        raise Aborted(message)


@pytest.fixture
def provider(tmp_path: Path) -> Provider:
    return Provider("aws", "7.51.1", tmp_path)


def check(provider: Provider, type: str, news: dict[str, Any], olds: Any = None, seed: bytes = b"1") -> Any:
    request = provider_pb2.CheckRequest(
        urn=URN.format(type), news=wire(news), olds=wire(olds or {}), randomSeed=seed
    )
    return provider.Check(request, Context())


def create(provider: Provider, type: str, inputs: dict[str, Any], preview: bool = False) -> Any:
    request = provider_pb2.CreateRequest(urn=URN.format(type), properties=wire(inputs), preview=preview)
    return provider.Create(request, Context())


def test_it_takes_no_secrets_so_that_the_engine_keeps_them(provider: Provider) -> None:
    configured = provider.Configure(provider_pb2.ConfigureRequest(acceptSecrets=True), Context())
    assert configured.supportsPreview
    assert not (configured.acceptSecrets or configured.acceptResources or configured.acceptOutputs)
    assert not provider.Handshake(None, Context()).accept_secrets


def test_check_names_from_the_engines_seed_and_keeps_the_name(provider: Provider) -> None:
    first = plain(check(provider, GROUP, {"strategy": "cluster"}).inputs)
    assert first["name"].startswith("train-x-")
    assert plain(check(provider, GROUP, {"strategy": "cluster"}).inputs) == first
    other = plain(check(provider, GROUP, {"strategy": "cluster"}, seed=b"2").inputs)
    assert other["name"] != first["name"]
    assert plain(check(provider, GROUP, {"strategy": "spread"}, first, b"2").inputs)["name"] == first["name"]


def test_check_tells_what_is_wrong_in_one_line(provider: Provider) -> None:
    (failure,) = check(provider, GROUP, {"strategy": "custer", "partitionCount": 9}).failures
    assert "'custer' is not one of cluster" in failure.reason and "\n" not in failure.reason


def test_a_preview_leaves_open_what_only_creation_tells(provider: Provider) -> None:
    inputs = {"name": "g", "strategy": "cluster", "tags": {"a": UNKNOWN}}
    made = create(provider, GROUP, inputs, preview=True)
    outputs = plain(made.properties)
    assert made.id == "" and outputs["placementGroupId"] is UNKNOWN and outputs["strategy"] == "cluster"
    read = provider.Read(provider_pb2.ReadRequest(urn=URN.format(GROUP), id="g"), Context())
    assert read.id == ""


def test_a_life(provider: Provider) -> None:
    old = {"name": "tpl", "instanceType": "p5.48xlarge", "networkInterfaces": [{"deviceIndex": 0}]}
    made = create(provider, TEMPLATE, old)
    assert plain(made.properties)["latestVersion"] == 1
    new = {**old, "networkInterfaces": [{"deviceIndex": 0, "description": "IP"}]}
    of = {"urn": URN.format(TEMPLATE), "id": made.id, "old_inputs": wire(old), "news": wire(new)}
    diff = provider.Diff(provider_pb2.DiffRequest(**of), Context())
    assert dict(diff.detailedDiff)["networkInterfaces[0].description"].kind == provider_pb2.PropertyDiff.ADD
    assert list(diff.diffs) == ["networkInterfaces"] and not diff.replaces
    updated = provider.Update(provider_pb2.UpdateRequest(**of, olds=made.properties), Context())
    assert plain(updated.properties)["latestVersion"] == 2
    read = provider.Read(provider_pb2.ReadRequest(urn=URN.format(TEMPLATE), id=made.id), Context())
    assert plain(read.inputs) == new and plain(read.properties) == plain(updated.properties)
    provider.Delete(provider_pb2.DeleteRequest(urn=URN.format(TEMPLATE), id=made.id), Context())
    assert provider.Read(provider_pb2.ReadRequest(urn=URN.format(TEMPLATE), id=made.id), Context()).id == ""


def test_a_replacement_is_told_as_one(provider: Provider) -> None:
    old, new = ({"name": "g", "strategy": word} for word in ("cluster", "spread"))
    request = provider_pb2.DiffRequest(urn=URN.format(GROUP), id="g", old_inputs=wire(old), news=wire(new))
    diff = provider.Diff(request, Context())
    assert list(diff.replaces) == ["strategy"] and not diff.deleteBeforeReplace
    assert dict(diff.detailedDiff)["strategy"].kind == provider_pb2.PropertyDiff.UPDATE_REPLACE
    same = provider_pb2.DiffRequest(urn=URN.format(GROUP), id="g", old_inputs=wire(old), news=wire(old))
    assert provider.Diff(same, Context()).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_whole_numbers_that_arrive_as_doubles_do_not_differ(provider: Provider) -> None:
    old, new = struct_pb2.Struct(), struct_pb2.Struct()
    old.update({"partitionCount": 2})
    new.update({"partitionCount": 2.0})
    request = provider_pb2.DiffRequest(urn=URN.format(GROUP), id="g", old_inputs=old, news=new)
    assert provider.Diff(request, Context()).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_refusal_is_ec2s_code_and_words(provider: Provider) -> None:
    create(provider, GROUP, {"name": "g", "strategy": "cluster"})
    with pytest.raises(Aborted) as refused:
        create(provider, GROUP, {"name": "g", "strategy": "cluster"})
    assert str(refused.value) == "InvalidPlacementGroup.Duplicate: The placement group 'g' already exists."


def test_a_bug_of_ours_is_one_line_too(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.core.create", lambda *_: {}["gone"])
    with pytest.raises(Aborted, match=r"^the sandbox failed, see .*plugin\.log: KeyError: 'gone'$"):
        create(provider, GROUP, {"name": "g", "strategy": "cluster"})
    assert "Traceback" in (provider.folder / "plugin.log").read_text()


def test_functions(provider: Provider) -> None:
    request = provider_pb2.InvokeRequest(tok="aws:index/getPartition:getPartition")
    assert plain(getattr(provider.Invoke(request, Context()), "return"))["partition"] == "aws"
    with pytest.raises(Aborted, match="UnknownFunction"):
        provider.Invoke(provider_pb2.InvokeRequest(tok="aws:ec2/getAmi:getAmi"), Context())


# -- faults on order


def order(provider: Provider, **fault: Any) -> None:
    given = {"operation": "create", "type": GROUP, "nth": 1, **fault}
    (provider.folder / faults.FILE).write_text(json.dumps([given]))


def test_the_nth_is_refused_and_no_other(provider: Provider) -> None:
    order(provider, do="refuse", nth=2, code="InsufficientInstanceCapacity", message="none")
    create(provider, GROUP, {"name": "a", "strategy": "cluster"}, preview=True)
    create(provider, GROUP, {"name": "a", "strategy": "cluster"})
    with pytest.raises(Aborted, match="InsufficientInstanceCapacity: none"):
        create(provider, GROUP, {"name": "b", "strategy": "cluster"})
    create(provider, GROUP, {"name": "b", "strategy": "cluster"})


def test_throttling(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "PAUSE", 0.01)
    order(provider, do="throttle", attempts=2)
    assert create(provider, GROUP, {"name": "a", "strategy": "cluster"}).id == "a"
    order(provider, do="throttle", attempts=3)
    with pytest.raises(Aborted, match="RequestLimitExceeded"):
        create(provider, GROUP, {"name": "b", "strategy": "cluster"})


def test_hanging_ends_with_the_resources_timeout(provider: Provider) -> None:
    order(provider, do="hang", seconds=60)
    began = time.monotonic()
    inputs = wire({"name": "a", "strategy": "cluster"})
    with pytest.raises(Aborted, match="timeout while waiting"):
        provider.Create(
            provider_pb2.CreateRequest(urn=URN.format(GROUP), properties=inputs, timeout=0.1), Context()
        )
    assert time.monotonic() - began < 10


# -- schema


def test_the_schema_describes_what_is_modelled_and_nothing_else() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = [schema.package("aws", "7.51.1"), schema.package("kubernetes", "4.34.2")]
    assert {type for one in found for type in one["resources"]} == {
        type for type, kind in KINDS.items() if not kind.of_custom_resource
    }
    template = found[0]["resources"][TEMPLATE]
    items = template["inputProperties"]["networkInterfaces"]["items"]["$ref"]
    token = items.removeprefix("#/types/")
    assert token == "aws:ec2/LaunchTemplateNetworkInterface:LaunchTemplateNetworkInterface"
    nic = found[0]["types"][token]["properties"]
    assert nic["networkCardIndex"] == {"type": "integer"} and nic["securityGroups"]["type"] == "array"
    assert template["properties"]["latestVersion"] == {"type": "integer"}
    assert not {"urn", "id", "pulumi_resource_name"} & template["properties"].keys()
    assert found[0]["resources"][GROUP]["requiredInputs"] == ["strategy"]


def test_every_reference_in_the_schema_leads_somewhere() -> None:
    for package, version in (("aws", "7.51.1"), ("kubernetes", "4.34.2")):
        found = schema.package(package, version)
        text = json.dumps(found)
        named = {part.split('"')[0] for part in text.split('"#/types/')[1:]}
        assert named == set(found["types"])
