"""Many stacks from one program: `python fleet.py preview|up|destroy [STACK...]`."""

import sys
from collections.abc import Mapping
from typing import Any

import pulumi
from efa_pools import EfaWorkerPool
from pulumi import automation

PROJECT = "efa-fleet"
EVERYWHERE = {"layout_version": 1, "image": {"family": "al2023", "release_version": "1.34.2-20261105"}}
# One stack for each environment and region: where it is, and what differs there.
FLEET: dict[str, tuple[str, dict[str, Any]]] = {
    "dev-us-east-2": (
        "us-east-2",
        {
            "instance_type": "p4d.24xlarge",
            "size": {"desired": 2},
            "availability_zones": ["us-east-2a"],
            "subnet_ids": ["subnet-0a1b2c3d4e5f60718"],
            "cluster_name": "efa-dev",
            "cluster_security_group_id": "sg-0c1a5e0d2b3f4a596",
            "vpc_id": "vpc-0e7a1c2b3d4f50617",
        },
    ),
    "prod-us-east-2": (
        "us-east-2",
        {
            "instance_type": "p5en.48xlarge",
            "size": {"desired": 4},
            "availability_zones": ["us-east-2c"],
            "subnet_ids": ["subnet-0c3d4e5f607182930"],
            "capacity": {"kind": "reservation", "reservation_id": "cr-0f60718293a4b5c6d"},
            "cluster_name": "efa-prod",
            "cluster_security_group_id": "sg-0f6b7c8d9e0a1b2c3",
            "vpc_id": "vpc-0e7a1c2b3d4f50617",
        },
    ),
}
ROW = "{:<18} {:<14} {:>5} {:>7} {:>7}  {}"


def program(arguments: Mapping[str, Any]) -> None:
    """The program of every stack."""
    pool = EfaWorkerPool("train", {**EVERYWHERE, **arguments})  # type: ignore[typeddict-item]
    pulumi.export("pool", pool.outputs())


def run(command: str, name: str) -> dict[Any, int]:
    """One command on one stack: how many resources were created, updated, deleted, left as they were."""
    region, arguments = FLEET[name]
    stack = automation.create_or_select_stack(name, PROJECT, program=lambda: program(arguments))
    stack.set_config("aws:region", automation.ConfigValue(region))
    if command == "preview":
        return dict(stack.preview().change_summary)
    done = stack.up() if command == "up" else stack.destroy()
    return dict(done.summary.resource_changes or {})


def main(command: str, names: list[str]) -> int:
    """One stack after the other; the first failure stops the rest."""
    if command not in ("preview", "up", "destroy") or not set(names) <= FLEET.keys():
        print(f"{__doc__}\nStacks: {', '.join(FLEET)}", file=sys.stderr)
        return 2
    print(ROW.format("STACK", "INSTANCE TYPE", "NODES", "CREATED", "DELETED", "OTHER"))
    for name in names or FLEET:
        pool = FLEET[name][1]
        try:
            changes = run(command, name)
        except automation.CommandError as error:
            print(f"{name}: {command} failed\n{error}", file=sys.stderr)
            return 1
        counts = [changes.pop("create", 0), changes.pop("delete", 0)]
        other = ", ".join(f"{count} {kind}" for kind, count in sorted(changes.items()))
        print(ROW.format(name, pool["instance_type"], pool["size"]["desired"], *counts, other), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "", sys.argv[2:]))
