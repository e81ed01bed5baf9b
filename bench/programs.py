"""Three programs that register the same pools of p5.48xlarge, run on Pulumi's own mocks.

`raw` writes the resources by hand at top level, `empty` the same inside a component that does nothing else,
`ours` asks EfaWorkerPool for them. One cell, for a profiler:

    python -X importtime -m bench.programs ours 1
    python -m cProfile -s cumulative -m bench.programs ours 100
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pulumi
from pulumi.runtime import mocks

from . import by_hand


class Answers(mocks.Mocks):
    """Every resource exists, with the few outputs that the programs read."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
        """No program here asks AWS for anything."""
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """What was asked for, and an id, a name and an ARN."""
        name = args.name
        made = {**args.inputs, "name": name, "arn": f"arn:aws:bench::123456789012:{name}"}
        if args.typ == "aws:ec2/launchTemplate:LaunchTemplate":
            made["latestVersion"] = 1
        elif args.typ == "aws:ec2/placementGroup:PlacementGroup":
            made["placementGroupId"] = f"pg-{name}"
        elif args.typ == "aws:eks/nodeGroup:NodeGroup":
            made["nodeGroupName"] = name
            made["resources"] = [{"autoscalingGroups": [{"name": f"eks-{name}"}]}]
        return f"{name}-id", made


def raw(name: str) -> None:
    """By hand, at top level."""
    by_hand.pool(name)


class Empty(pulumi.ComponentResource):
    """By hand, inside a component."""

    def __init__(self, name: str) -> None:
        super().__init__("bench:index:Empty", name, {}, None)
        self.register_outputs(by_hand.pool(name, parent=self))


def empty(name: str) -> None:
    """A call like the two others': Pulumi reports every frame of the stack with every resource."""
    Empty(name)


def ours(name: str) -> None:
    """The same pool in the words of this project, interfaces in the range shorthand."""
    from efa_pools import EfaWorkerPool

    EfaWorkerPool(
        name,
        {
            "instance_type": by_hand.INSTANCE_TYPE,
            "size": {"desired": by_hand.NODES},
            "image": {"family": "al2023", "release_version": by_hand.RELEASE},
            "subnet_ids": [by_hand.SUBNET],
            "availability_zones": [by_hand.ZONE],
            "network_interfaces": [
                {"type": "interface"},
                {"device_index": 1, "type": "efa-only"},
                {"network_card_index_range": {"from": 1, "to": by_hand.CARDS - 1}, "type": "efa-only"},
            ],
            "placement": {"mode": "create", "strategy": "cluster"},
            "cluster_name": by_hand.CLUSTER,
            "vpc_id": by_hand.VPC,
            "cluster_security_group_id": by_hand.CLUSTER_GROUP,
        },
    )


PROGRAMS: dict[str, Callable[[str], Any]] = {"raw": raw, "empty": empty, "ours": ours}


def run(program: str, pools: int, monitor: mocks.MockMonitor | None = None) -> None:
    """Run a program over so many pools and wait until everything is registered."""
    with _event_loop():
        pulumi.runtime.set_mocks(Answers(), "efa-pools", "bench", preview=False, monitor=monitor)

        def everything() -> None:
            for index in range(pools):
                PROGRAMS[program](f"pool-{index}")

        pulumi.runtime.test(everything)()  # type: ignore[no-untyped-call]


@contextmanager
def _event_loop() -> Iterator[None]:
    """A loop for the program and one for the single thread in which the mock monitor answers."""
    loops = [asyncio.new_event_loop()]
    asyncio.set_event_loop(loops[0])

    def answering() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[1])

    with ThreadPoolExecutor(1, initializer=answering) as executor:
        loops[0].set_default_executor(executor)
        yield
    for loop in loops:
        loop.close()
    asyncio.set_event_loop(None)


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]))
