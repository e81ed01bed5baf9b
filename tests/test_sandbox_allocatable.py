"""Which nodes of the sandbox show EFA devices, held against what the add-ons say that they must show."""

import json
import runpy
from collections.abc import Callable
from typing import Any

import pytest
from efa_pools import EfaClusterAddons
from efa_pools.stackfile import read_stack
from pulumi_kubernetes.helm import v3 as helm

from sandbox import account
from sandbox.core.allocatable import efa_devices
from sandbox.core.store import Store
from sandbox.inprocess import run
from tests.stacks import KUBECONFIG, ROOT

CHART = "aws-efa-k8s-device-plugin"
TAINTS = [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
LABELS = {"keys": ["efa-pools/efa"], "values": ["true"]}
Change = Callable[[dict[str, Any]], None]


def up(stack: str, change: Change = lambda config: None, more: Callable[[], Any] = lambda: None) -> Store:
    """The project's program, then what `more` registers."""
    config = read_stack(ROOT, stack)
    config.pop("efa-pools:ncclTest", None)  # which waits for devices
    change(config)
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    store = account.load()

    def program() -> None:
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")
        more()

    result = run(
        program,
        stack="test",
        project="efa-pools",
        config={**texts, KUBECONFIG: "apiVersion: v1"},
        preview=False,
        store=store,
        secret_keys=[KUBECONFIG],
    )
    assert result.failure is None
    return store


def shown(store: Store) -> list[int]:
    return sorted(efa_devices(store).values())


def without_drivers(config: dict[str, Any]) -> None:
    config["efa-pools:addons"] = {"efa": "none", "gpu": "none"}


def desired(config: dict[str, Any]) -> None:
    config["efa-pools:pools"][1]["size"] = {"desired": 1}


def test_nodes_show_what_the_add_ons_expect() -> None:
    expected: list[Any] = []

    def more() -> None:
        pools = [
            {"name": one["name"], "instance_type": one["instanceType"], "image_family": "al2023"}
            for one in read_stack(ROOT, "prod")["efa-pools:pools"]
        ]
        addons = EfaClusterAddons("again", {"pools": pools, "gpu": "none"})  # type: ignore[typeddict-item]
        addons.expected_allocatable.apply(expected.append)

    found = shown(up("prod", desired, more))
    assert found == [16, 32] == sorted(one["vpc.amazonaws.com/efa"] for one in expected[0].values())


@pytest.mark.parametrize(
    ("values", "devices"),
    [
        ({"supportedInstanceLabels": LABELS, "tolerations": TAINTS}, 4),
        ({"supportedInstanceLabels": LABELS}, 0),
        ({"supportedInstanceLabels": LABELS, "tolerations": [{**TAINTS[0], "effect": "NoExecute"}]}, 0),
        ({"supportedInstanceLabels": LABELS, "tolerations": [{"operator": "Exists"}]}, 4),
        ({"supportedInstanceLabels": {**LABELS, "values": ["yes"]}, "tolerations": TAINTS}, 0),
        ({"supportedInstanceLabels": {**LABELS, "keys": ["x", "efa-pools/efa"]}, "tolerations": TAINTS}, 4),
        ({"supportedInstanceLabels": LABELS, "tolerations": TAINTS, "nodeSelector": {"efa": "present"}}, 0),
        ({"tolerations": TAINTS}, 0),
    ],
)
def test_a_plugin_shows_devices_where_its_values_let_it_run(values: dict[str, Any], devices: int) -> None:
    def more() -> None:
        helm.Release("efa", chart=f"./charts/{CHART}", namespace="kube-system", values=values)

    assert shown(up("dev", without_drivers, more)) == [devices]


def test_no_plugin_no_devices() -> None:
    assert shown(up("dev", without_drivers)) == [0]
