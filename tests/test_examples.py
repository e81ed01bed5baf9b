"""The examples in Python, in process on the sandbox: each comes up, and nothing is left out."""

import importlib
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sandbox.core.values import UNKNOWN, settled
from sandbox.inprocess import Result
from tests.stacks import ROOT, run_program
from tests.test_worker_pool import CHILDREN, OUTPUTS

EXAMPLES = ROOT / "examples"
both = pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Puts an example's folder where Python looks for modules, as Pulumi does, for this test only."""
    before = set(sys.modules)

    def place(name: str) -> Path:
        monkeypatch.syspath_prepend(str(EXAMPLES / name))
        return EXAMPLES / name

    yield place
    for name in set(sys.modules) - before:
        if str(EXAMPLES) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def run(folder: Path, preview: bool) -> Result:
    return run_program(lambda: runpy.run_path(str(folder / "__main__.py")), preview=preview)


@both
def test_the_smallest_pool(beside: Any, preview: bool) -> None:
    result = run(beside("smallest"), preview)
    assert result.failure is None and result.messages == []
    assert {one.name: one.type for one in result.registrations if one.custom} == CHILDREN
    assert set(result.outputs["pool"]) == OUTPUTS and result.outputs["pool"]["efaPerNode"] == 4
    assert settled(result.outputs) is not preview


NETWORK = {
    "Vpc": 1,
    "InternetGateway": 1,
    "Subnet": 3,
    "Eip": 1,
    "NatGateway": 1,
    "RouteTable": 2,
    "RouteTableAssociation": 3,
    "Cluster": 1,
    "Release": 2,
    "NodeGroup": 1,
}


@both
def test_an_eks_cluster_from_scratch(beside: Any, preview: bool) -> None:
    result = run(beside("eks-from-scratch"), preview)
    assert result.failure is None and result.messages == []
    assert {type: len(result.of(type)) for type in NETWORK} == NETWORK
    made = {one.name: one.type for one in result.registrations if one.parent == "train"}
    assert made == CHILDREN
    assert set(result.outputs["pool"]) == OUTPUTS
    assert settled(result.outputs) is not preview


def test_every_reference_of_the_pool_is_an_output(beside: Any) -> None:
    result = run(beside("eks-from-scratch"), True)
    nodes, group = result.named("train-nodes").inputs, result.named("train-sg").inputs
    assert (nodes["subnetIds"], group["vpcId"]) == ([UNKNOWN], UNKNOWN)
    # The automatic name is known, the cluster is not there yet.
    assert nodes["clusterName"].startswith("efa-")
    first = result.named("train-lt").inputs["networkInterfaces"][0]
    assert first["securityGroups"] == [UNKNOWN, UNKNOWN]


def test_nodes_stand_in_a_private_subnet_with_a_way_out(beside: Any) -> None:
    result = run(beside("eks-from-scratch"), False)
    (subnet,) = result.named("train-nodes").inputs["subnetIds"]
    (route_table,) = [
        one.inputs["routeTableId"]
        for one in result.of("RouteTableAssociation")
        if one.inputs["subnetId"] == subnet
    ]
    (table,) = [one for one in result.of("RouteTable") if one.id == route_table]
    (route,) = table.inputs["routes"]
    (nat,) = result.of("NatGateway")
    assert route == {"cidrBlock": "0.0.0.0/0", "natGatewayId": nat.id}
    assert nat.inputs["subnetId"] != subnet and not result.of("Subnet")[0].inputs.get("mapPublicIpOnLaunch")
    # Not only in it: made after its way out is there.
    assert "efa-us-east-2a" in result.named("train-nodes").depends_on
    joined = [one for one in result.of("RouteTableAssociation") if one.inputs["subnetId"] == subnet]
    assert "efa-private" in joined[0].depends_on


def test_addons_go_to_the_new_cluster_and_no_other(beside: Any) -> None:
    result = run(beside("eks-from-scratch"), False)
    (cluster,) = result.of("Cluster")
    for release in result.of("Release"):
        assert release.provider == "efa"
    (provider,) = result.of("pulumi:providers:kubernetes")
    assert cluster.outputs["endpoint"] in provider.inputs["kubeconfig"]
    assert cluster.outputs["certificateAuthority"]["data"] in provider.inputs["kubeconfig"]
    assert cluster.outputs["name"] in provider.inputs["kubeconfig"]


def fleet(beside: Any) -> ModuleType:
    beside("fleet")
    return importlib.import_module("fleet")


@both
def test_every_stack_of_the_fleet(beside: Any, preview: bool) -> None:
    module = fleet(beside)
    assert len(module.FLEET) >= 2
    for region, arguments in module.FLEET.values():
        result = run_program(lambda given=arguments: module.program(given), preview=preview)
        assert region == "us-east-2" and result.failure is None and result.messages == []
        assert set(result.outputs["pool"]) == OUTPUTS and len(result.of("NodeGroup")) == 1


def test_the_fleet_prints_a_line_for_each_stack(
    beside: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = fleet(beside)
    monkeypatch.setattr(module, "run", lambda command, name: {"create": 12, "same": 1})
    assert module.main("up", []) == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split()[0] == "STACK" and [row.split()[0] for row in rows] == list(module.FLEET)
    assert rows[0].split()[1:] == ["p4d.24xlarge", "2", "12", "0", "1", "same"]


def test_a_failure_stops_the_fleet(
    beside: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pulumi.automation import CommandError, CommandResult

    module, seen = fleet(beside), []

    def broken(command: str, name: str) -> dict[str, int]:
        seen.append(name)
        raise CommandError(CommandResult("", "no capacity", 1))

    monkeypatch.setattr(module, "run", broken)
    assert module.main("up", []) == 1 and seen == [next(iter(module.FLEET))]
    assert "no capacity" in capsys.readouterr().err
    assert module.main("launch", []) == 2 and module.main("up", ["nowhere"]) == 2


@pytest.mark.parametrize("folder", sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()))
def test_each_says_what_it_is_how_to_deploy_and_how_to_remove(folder: str) -> None:
    text = (EXAMPLES / folder / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# ") and "\nDeploy" in text and "\nRemove:" in text
    assert f"`{folder}`" in (EXAMPLES / "README.md").read_text(encoding="utf-8")
