"""Runs components and the whole program on the sandbox, in process."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from efa_pools.stackfile import read_stack

from sandbox import account, core
from sandbox.inprocess import Result, run

ROOT = Path(__file__).parent.parent
KUBECONFIG = "efa-pools:kubeconfig"
SECRETS = (KUBECONFIG, "efa-pools:gardenKubeconfig")
# A pool's arguments as Python users write them, fitting the account in sandbox/account.yaml.
ARGUMENTS: dict[str, Any] = {
    "instance_type": "p5.48xlarge",
    "size": {"desired": 2},
    "subnet_ids": ["subnet-0b2c3d4e5f6071829"],
    "availability_zones": ["us-east-2b"],
    "layout_version": 1,
    "image": {"family": "al2023", "release_version": "1.34.2-20261105"},
    "tags": {"owner": "research"},
    "cluster_name": "efa-dev",
    "vpc_id": "vpc-0e7a1c2b3d4f50617",
    "cluster_security_group_id": "sg-0c1a5e0d2b3f4a596",
}
# What nodes that EKS does not tell must be told of that cluster.
CLUSTER_FACTS = {
    "cluster_endpoint": "https://0D1E2F3A4B5C6D7E8F9A0B1C2D3E4F5A.gr7.us-east-2.eks.amazonaws.com",
    "cluster_certificate_authority": "c2FuZGJveCBjZXJ0aWZpY2F0ZSBhdXRob3JpdHksIGVmYS1kZXY=",
    "cluster_service_cidr": "172.20.0.0/16",
}


def run_program(
    program: Callable[[], Any], *, preview: bool = False, config: dict[str, str] | None = None
) -> Result:
    """One preview or up of a program against the account as found."""

    def body() -> None:
        program()

    return run(
        body,
        stack="test",
        project="efa-pools",
        config=config or {},
        preview=preview,
        store=account.load(),
        secret_keys=SECRETS,
    )


def run_pool(
    *, preview: bool = False, name: str = "train", config: dict[str, str] | None = None, **changes: Any
) -> Result:
    """One EfaWorkerPool; a change of None takes the argument away. Outputs are exported as `pool`."""
    arguments = {key: value for key, value in {**ARGUMENTS, **changes}.items() if value is not None}

    def program() -> None:
        import pulumi
        from efa_pools import EfaWorkerPool

        pool = EfaWorkerPool(name, arguments)  # type: ignore[arg-type]
        pulumi.export("pool", pool.outputs())

    return run_program(program, preview=preview, config=config)


def run_stack(
    stack: str, *, preview: bool = False, change: Callable[[dict[str, Any]], None] | None = None
) -> Result:
    """The project's own program with a stack file, whose configuration may be changed first."""
    config = read_stack(ROOT, stack)
    if change:
        change(config)
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    for key in SECRETS:
        if texts.setdefault(key, "apiVersion: v1") == "null":
            del texts[key]
    return run_program(
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"), preview=preview, config=texts
    )


def lose(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account forgets the resource of this name as soon as it is made."""
    create = core.create

    def losing(store: core.Store, type: str, logical: str, inputs: Any, preview: bool) -> Any:
        id, outputs = create(store, type, logical, inputs, preview)
        if logical == name:
            store.remove(type, id)
        return id, outputs

    monkeypatch.setattr(core, "create", losing)
