"""The measured programs: all three register the same, or their times could not be compared."""

import contextvars
import warnings
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import mocks

with warnings.catch_warnings():
    # The AWS SDK warns of its own deprecated classes while it loads.
    warnings.simplefilter("ignore", DeprecationWarning)
    from bench import programs

    _ = (programs.by_hand.ec2.LaunchTemplate, programs.by_hand.eks.NodeGroup)

POOLS = 2
COMPONENTS = {"bench:index:Empty", "efa-pools:index:EfaWorkerPool"}
# What differs by design: who the parent is, and where in the source a resource stands.
APART = ("parent", "sourcePosition", "stackTrace")


class Recorder(mocks.MockMonitor):
    """Keeps every request as it came."""

    def __init__(self) -> None:
        super().__init__(programs.Answers())
        self.resources_asked: dict[str, dict[str, Any]] = {}
        self.components: dict[str, str] = {}
        self.outputs: dict[str, dict[str, Any]] = {}
        self.parents: dict[str, str] = {}

    def RegisterResource(self, request: Any) -> Any:
        asked = _without_types(MessageToDict(request))
        if request.type in COMPONENTS:
            self.components[request.name] = request.type
        elif request.custom:
            self.resources_asked[request.name] = {k: v for k, v in asked.items() if k not in APART}
            self.parents[request.name] = asked["parent"]
        return super().RegisterResource(request)

    def RegisterResourceOutputs(self, request: Any) -> Any:
        self.outputs[_name(request.urn)] = MessageToDict(request.outputs)
        return super().RegisterResourceOutputs(request)


def _without_types(value: Any) -> Any:
    """URNs cut to the resource's name: a parent's type stands in them. Lists of them have no order."""
    if isinstance(value, dict):
        return {key: _without_types(inner) for key, inner in value.items()}
    if isinstance(value, list):
        cut = [_without_types(inner) for inner in value]
        urns = all(isinstance(inner, str) and inner.startswith("urn:") for inner in value)
        return sorted(cut) if urns else cut
    return _name(value) if isinstance(value, str) and value.startswith("urn:") else value


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]


def recorded(program: str) -> Recorder:
    recorder = Recorder()
    # In a context of its own: the SDK keeps its settings and the root resource in context variables.
    contextvars.Context().run(programs.run, program, POOLS, recorder)
    return recorder


@pytest.fixture(scope="module")
def runs() -> dict[str, Recorder]:
    return {program: recorded(program) for program in programs.PROGRAMS}


@pytest.mark.parametrize("program", programs.PROGRAMS)
def test_a_program_registers_eleven_resources_a_pool(runs: dict[str, Recorder], program: str) -> None:
    assert len(runs[program].resources_asked) == 11 * POOLS
    assert len(runs[program].components) == (0 if program == "raw" else POOLS)
    template = runs[program].resources_asked["pool-1-lt"]["object"]
    assert len(template["networkInterfaces"]) == 33
    assert len(runs[program].resources_asked["pool-1-nodes"]["dependencies"]) >= 6


@pytest.mark.parametrize("program", ["empty", "ours"])
def test_every_resource_is_registered_as_by_hand(runs: dict[str, Recorder], program: str) -> None:
    by_hand, made = runs["raw"].resources_asked, runs[program].resources_asked
    assert set(made) == set(by_hand)
    for name, asked in by_hand.items():
        assert made[name] == asked, name
    assert set(runs[program].parents.values()) == set(runs[program].components)


def test_the_empty_component_has_the_outputs_of_ours(runs: dict[str, Recorder]) -> None:
    outputs = {
        program: {name: runs[program].outputs[name] for name in runs[program].components}
        for program in ("empty", "ours")
    }
    assert outputs["empty"] == outputs["ours"]
    assert outputs["ours"]["pool-0"]["launchTemplateVersion"] == "1"
    assert outputs["ours"]["pool-0"]["autoScalingGroupName"] == "eks-pool-0-nodes"
