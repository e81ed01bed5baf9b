"""What verification finds: what is wrong, how bad it is, and where to look next."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..problem import Severity
from .nodes import Node


class Cause(NamedTuple):
    """A likely cause, and the command that confirms it or puts it right."""

    why: str
    command: str

    def as_json(self) -> dict[str, str]:
        """The object of a finding's `causes`."""
        return {"why": self.why, "command": self.command}


class Finding(NamedTuple):
    """One finding of a node, a pool or the whole cluster."""

    kind: str
    """What it is about: ready, instanceType, efa, gpus, hugePages2Mi, zone, placementGroup, reservation,
    capacityType, topology, labels, taints, unschedulable, nodes, pool or configuration."""
    message: str
    causes: tuple[Cause, ...] = ()
    """The likeliest first."""
    severity: Severity = "error"

    def as_json(self) -> dict[str, Any]:
        """The object of a `problems` list."""
        causes = [one.as_json() for one in self.causes]
        return {"kind": self.kind, "severity": self.severity, "message": self.message, "causes": causes}


class NodeReport(NamedTuple):
    """One node of a pool; figures are what pods can ask for."""

    node: Node
    efa: int
    gpus: int
    huge_pages: int
    problems: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """The object of a pool's `nodes`."""
        return {
            "name": self.node.name,
            "zone": self.node.zone,
            "ready": self.node.ready == "True",
            "efa": self.efa,
            "gpus": self.gpus,
            "hugePages2Mi": self.huge_pages,
            "problems": [one.as_json() for one in self.problems],
        }


class PoolReport(NamedTuple):
    """One pool: what was planned, the nodes that carry its label, and what is wrong with them together."""

    name: str
    expected: dict[str, Any]
    nodes: tuple[NodeReport, ...]
    topology: dict[str, int]
    """How many network nodes of each layer the pool's nodes hang from; empty without topology labels."""
    problems: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """The object of the report's `pools`."""
        return {
            "name": self.name,
            "expected": self.expected,
            "nodes": [one.as_json() for one in self.nodes],
            "topology": self.topology,
            "problems": [one.as_json() for one in self.problems],
        }


class Report(NamedTuple):
    """Everything that `efa-pools verify` says."""

    stack: str
    pools: tuple[PoolReport, ...]
    others: tuple[str, ...]
    """Nodes that carry no pool label, by name."""
    problems: tuple[Finding, ...]

    @property
    def all(self) -> list[Finding]:
        """Every finding, wherever it stands."""
        in_pools = [one for pool in self.pools for one in pool.problems]
        in_nodes = [one for pool in self.pools for node in pool.nodes for one in node.problems]
        return [*self.problems, *in_pools, *in_nodes]

    @property
    def ok(self) -> bool:
        """Whether the cluster has what was planned; warnings do not count."""
        return not errors(self.all)

    def as_json(self) -> dict[str, Any]:
        """The document of `efa-pools verify --json`."""
        return {
            "stack": self.stack,
            "ok": self.ok,
            "pools": [one.as_json() for one in self.pools],
            "otherNodes": list(self.others),
            "problems": [one.as_json() for one in self.problems],
        }


def errors(found: Iterable[Finding]) -> Sequence[Finding]:
    """Only those that make the verdict bad."""
    return [one for one in found if one.severity == "error"]
