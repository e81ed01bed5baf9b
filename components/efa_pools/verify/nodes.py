"""The nodes of a cluster, as `kubectl get nodes -o json` (or -o yaml) prints them.

Source: Kubernetes API reference, core/v1 Node. What the API server would never print is refused, with its
path.
"""

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from .. import documents
from .quantity import quantity, whole

INSTANCE_TYPE = "node.kubernetes.io/instance-type"
ZONE, REGION = "topology.kubernetes.io/zone", "topology.kubernetes.io/region"


class NotNodes(Exception):
    """A document that is no list of nodes; the text says where and why."""


class Taint(NamedTuple):
    """A taint as it stands on a node."""

    key: str
    value: str
    effect: str


class Node(NamedTuple):
    """What verification reads of one node."""

    name: str
    labels: dict[str, str]
    taints: tuple[Taint, ...]
    unschedulable: bool
    provider_id: str
    capacity: dict[str, Fraction]
    allocatable: dict[str, Fraction]
    ready: str
    """The Ready condition: `True`, `False`, `Unknown`, or empty where there is none."""
    ready_why: str

    @property
    def zone(self) -> str | None:
        """The Availability Zone."""
        return self.labels.get(ZONE)

    @property
    def instance_id(self) -> str | None:
        """The EC2 instance, from `aws:///us-east-2a/i-0123`."""
        last = self.provider_id.rpartition("/")[2]
        return last if last.startswith("i-") else None

    def count(self, resource: str) -> int:
        """Allocatable units of a resource; none where the node does not name it."""
        return whole(self.allocatable.get(resource, Fraction(0)))


def read(path: str) -> list[Node]:
    """The nodes of a file, or of standard input for `-`. Raises `NotNodes` or `documents.Unreadable`."""
    name = "standard input" if path == "-" else path
    text = documents.text(path)
    try:
        # JSON first: the YAML reader takes a minute for the nodes of a large cluster.
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raw = documents.parse(text, name)
    try:
        return nodes(raw)
    except NotNodes as error:
        raise NotNodes(f"{name}: {error}") from None


def nodes(raw: Any) -> list[Node]:
    """The nodes of a List, a NodeList or a single Node."""
    if not isinstance(raw, dict) or raw.get("kind") not in ("List", "NodeList", "Node"):
        raise NotNodes("expected a List of nodes or one Node, as `kubectl get nodes -o json` prints them")
    if raw["kind"] == "Node":
        return [_node(raw, "")]
    found: list[Node] = []
    names: set[str] = set()
    for index, item in enumerate(_list(raw.get("items"), "items")):
        node = _node(item, f"items[{index}].")
        if node.name in names:
            raise NotNodes(f"items[{index}].metadata.name: {node.name!r} stands twice; expected one cluster")
        names.add(node.name)
        found.append(node)
    return found


def _node(raw: Any, at: str) -> Node:
    if not isinstance(raw, dict) or raw.get("kind") not in ("Node", None):
        raise NotNodes(
            f"{at}kind: {_shown(raw.get('kind') if isinstance(raw, dict) else raw)}: expected Node"
        )
    metadata = _mapping(raw.get("metadata"), f"{at}metadata")
    spec = _mapping(raw.get("spec"), f"{at}spec")
    status = _mapping(raw.get("status"), f"{at}status")
    name = _text(metadata.get("name"), f"{at}metadata.name")
    if not name:
        raise NotNodes(f"{at}metadata.name: missing; expected the node's name")
    labels = _mapping(metadata.get("labels"), f"{at}metadata.labels")
    ready, why = _ready(status, at)
    return Node(
        name=name,
        labels={str(key): _text(value, f"{at}metadata.labels.{key}") for key, value in labels.items()},
        taints=tuple(_taints(spec, at)),
        unschedulable=_yes(spec.get("unschedulable"), f"{at}spec.unschedulable"),
        provider_id=_text(spec.get("providerID"), f"{at}spec.providerID"),
        capacity=_resources(status, "capacity", at),
        allocatable=_resources(status, "allocatable", at),
        ready=ready,
        ready_why=why,
    )


def _taints(spec: dict[str, Any], at: str) -> Iterator[Taint]:
    for index, raw in enumerate(_list(spec.get("taints"), f"{at}spec.taints")):
        where = f"{at}spec.taints[{index}]"
        entry = _mapping(raw, where)
        yield Taint(*(_text(entry.get(key), f"{where}.{key}") for key in ("key", "value", "effect")))


def _ready(status: dict[str, Any], at: str) -> tuple[str, str]:
    for index, raw in enumerate(_list(status.get("conditions"), f"{at}status.conditions")):
        where = f"{at}status.conditions[{index}]"
        entry = _mapping(raw, where)
        if entry.get("type") == "Ready":
            reason, message = (_text(entry.get(key), f"{where}.{key}") for key in ("reason", "message"))
            return _text(entry.get("status"), f"{where}.status"), ": ".join(filter(None, (reason, message)))
    return "", "the node has no Ready condition"


def _resources(status: dict[str, Any], key: str, at: str) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for name, raw in _mapping(status.get(key), f"{at}status.{key}").items():
        value = quantity(raw)
        if value is None:
            raise NotNodes(f"{at}status.{key}.{name}: {_shown(raw)}: expected a quantity such as 8 or 10Gi")
        found[str(name)] = value
    return found


def _mapping(raw: Any, where: str) -> dict[Any, Any]:
    if raw is not None and not isinstance(raw, dict):
        raise NotNodes(f"{where}: {_shown(raw)}: expected a mapping of keys")
    return raw or {}


def _list(raw: Any, where: str) -> list[Any]:
    if raw is not None and not isinstance(raw, list):
        raise NotNodes(f"{where}: {_shown(raw)}: expected a list")
    return raw or []


def _text(raw: Any, where: str) -> str:
    if raw is not None and not isinstance(raw, str):
        raise NotNodes(f"{where}: {_shown(raw)}: expected text")
    return raw or ""


def _yes(raw: Any, where: str) -> bool:
    if raw is not None and not isinstance(raw, bool):
        raise NotNodes(f"{where}: {_shown(raw)}: expected true or false")
    return raw or False


def _shown(raw: Any) -> str:
    if isinstance(raw, (dict, list)):
        return "a mapping" if isinstance(raw, dict) else "a list"
    return repr(raw)[:60]
