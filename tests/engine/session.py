"""A stack on the real engine for one test file: its configuration, its state and its store."""

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest

from sandbox.core.references import NAMESPACE, SHOOT
from sandbox.engine import Engine, Outcome, find
from sandbox.faults import FILE

needs_cli = pytest.mark.skipif(find() is None, reason="there is no pulumi on PATH")
slow = pytest.mark.skipif(not os.environ.get("SLOW"), reason="takes a minute or more: SLOW=1")
ROOT = Path(__file__).resolve().parents[2]

NODES, TEMPLATE = "aws:eks/nodeGroup:NodeGroup", "aws:ec2/launchTemplate:LaunchTemplate"
GROUP, RELEASE = "aws:ec2/placementGroup:PlacementGroup", "kubernetes:helm.sh/v3:Release"

POOL: dict[str, Any] = {
    "name": "train",
    "instanceType": "p4d.24xlarge",
    "size": {"desired": 2},
    "subnetIds": ["subnet-0a1b2c3d4e5f60718"],
    "availabilityZones": ["us-east-2a"],
    "layout": "recommended",
    "layoutVersion": 1,
    "placement": {"mode": "create", "strategy": "cluster"},
    "image": {"family": "al2023", "releaseVersion": "1.34.2-20261105"},
}
CONFIG: dict[str, Any] = {
    "aws:region": "us-east-2",
    "efa-pools:tags": {"owner": "research"},
    "efa-pools:cluster": {
        "name": "efa-dev",
        "vpcId": "vpc-0e7a1c2b3d4f50617",
        "securityGroupId": "sg-0c1a5e0d2b3f4a596",
        "kubernetesVersion": "1.34",
        # What self-managed nodes are told.
        "endpoint": "https://0D1E2F3A4B5C6D7E8F9A0B1C2D3E4F5A.gr7.us-east-2.eks.amazonaws.com",
        "certificateAuthority": "c2FuZGJveCBjZXJ0aWZpY2F0ZSBhdXRob3JpdHksIGVmYS1kZXY=",
        "serviceCidr": "172.20.0.0/16",
    },
    "efa-pools:addons": {"efa": "none", "gpu": "none"},
}
CHILDREN = {"sg", "sg-self-in", "sg-self-out", "sg-out", "pg", "lt", "nodes"} | {
    f"role{end}" for end in ("", "-worker", "-registry", "-cni")
}
"""What a pool of this kind makes, below its name."""


def pool(**changes: Any) -> dict[str, Any]:
    """The pool with other values; None takes a key away."""
    return {k: v for k, v in copy.deepcopy({**POOL, **changes}).items() if v is not None}


class Session(Engine):
    """An engine whose stack file is written by the tests."""

    def __init__(self, folder: Path, stack: str = "test", program: Path = ROOT) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(stack, folder / "run", program, folder / "stack.yaml")
        self.configure(pool())

    def configure(self, *pools: dict[str, Any], **more: Any) -> "Session":
        """Writes the stack file."""
        config = {**CONFIG, "efa-pools:pools": list(pools), **more}
        self.stack_file.write_text(json.dumps({"config": config}), encoding="utf-8")
        return self

    def quick(self, *more: str) -> Outcome:
        """`up` that must go well, without the preview before it."""
        done = self.up("--skip-preview", *more)
        assert done.code == 0, done.text
        return done

    def order(self, *faults: dict[str, Any]) -> None:
        """Has faults happen; see sandbox/faults.py."""
        self.store_folder.mkdir(parents=True, exist_ok=True)
        (self.store_folder / FILE).write_text(json.dumps(faults), encoding="utf-8")

    def object(self, type: str) -> dict[str, Any]:
        """The one object of a type that the stack has made, as the store has it."""
        with self.store() as store:
            (found,) = [one for one in store.own() if one["type"] == type]
        return found

    def objects(self) -> set[tuple[str, str]]:
        """Type and id of everything in the store that the account did not have before."""
        with self.store() as store:
            # Helm makes a release's namespace and leaves it behind; a Shoot is the account's, only changed.
            # Pulumi never knows of either.
            return {(one["type"], one["id"]) for one in store.own() if one["type"] not in (NAMESPACE, SHOOT)}

    def known(self) -> set[tuple[str, str]]:
        """Type and id of everything in the state."""
        return {(one["type"], one["id"]) for one in self.resources()}

    def assert_settled(self) -> None:
        """The store holds what the state holds, with the same inputs."""
        assert self.objects() == self.known()
        assert not self.state().get("pending_operations")
        with self.store() as store:
            for one in self.resources():
                found = store.get(one["type"], one["id"])
                assert found is not None
                assert found["inputs"] == one["inputs"], one["urn"]
