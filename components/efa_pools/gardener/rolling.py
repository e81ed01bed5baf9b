"""Which changes replace every machine of a worker: Gardener's hash over what a machine class depends on.

Sources: pkg/controller/worker/machines.go (ComputeAdditionalHashDataV2, appendHashDataForWorkerConfig);
gardener, pkg/component/extensions/operatingsystemconfig (Key) and extensions/pkg/controller/worker
(WorkerPoolHash). Rotations of credentials are not in a Shoot's spec and stay out.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..problem import Problem, warning
from .decode import decode_config
from .shapes import API_VERSION
from .shoot import WORKERS, read_shoot
from .update import IN_PLACE, counterpart

# From this version on a pool's WorkerConfig is hashed by its values; below it, by its text.
VALUES_SINCE = (1, 34)
# Labels, annotations, taints, sizes, surge, zones and names of data volumes are in no hash.
_RESERVED = ("cpu", "memory", "pid", "ephemeralStorage")
_EVICTION = (
    "imageFSAvailable",
    "imageFSInodesFree",
    "memoryAvailable",
    "nodeFSAvailable",
    "nodeFSInodesFree",
)


class Cluster(NamedTuple):
    """What of the Shoot is in its workers' hashes."""

    version: str = ""
    kubelet: Mapping[str, Any] = {}
    node_local_dns: bool = False
    ipvs: bool = False


NOTHING = Cluster()


class Part(NamedTuple):
    """One value of the hash and where it stands; the hash sees the value alone."""

    field: str
    value: str


def cluster_of(shoot: Mapping[str, Any]) -> Cluster:
    """The hashed facts of a Shoot that can be read."""
    kubernetes = _below(shoot, "spec", "kubernetes")
    return Cluster(
        str(kubernetes.get("version") or ""),
        _below(kubernetes, "kubelet"),
        _below(shoot, "spec", "systemComponents", "nodeLocalDNS").get("enabled") is True,
        _below(kubernetes, "kubeProxy").get("mode") == "IPVS",
    )


def _below(outer: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    for key in keys:
        inner = outer.get(key)
        outer = inner if isinstance(inner, Mapping) else {}
    return outer


def rolls(
    old: Mapping[str, Any], new: Mapping[str, Any], was: Cluster = NOTHING, now: Cluster = NOTHING
) -> tuple[str, ...]:
    """The fields of a worker whose change replaces its machines; empty where nothing is replaced.

    A worker that is updated in place keeps its machines.
    """
    if new.get("updateStrategy") in IN_PLACE or machine_hash(old, was) == machine_hash(new, now):
        return ()
    before, after = (_parts(*one) for one in ((old, was), (new, now)))
    changed = [one.field for one in (*after, *before) if (one in before) != (one in after)]
    return tuple(dict.fromkeys(changed)) or ("providerConfig",)


def machine_hash(worker: Mapping[str, Any], cluster: Cluster = NOTHING) -> str:
    """The last five characters of the machine class, while no credentials are rotated."""
    key = _digest(one.value for one in _node_agent(worker, cluster))[:16]
    return class_hash(f"gardener-node-agent-{worker.get('name', '')}-{key}", worker, cluster)


def class_hash(node_agent: str, worker: Mapping[str, Any], cluster: Cluster = NOTHING) -> str:
    """The same beside the name of the node agent's secret, which Gardener puts first."""
    return _digest([node_agent, *(one.value for one in _machine(worker, cluster))])[:5]


def _digest(values: Any) -> str:
    joined = "".join(hashlib.sha256(one.encode("utf-8", "replace")).hexdigest() for one in values)
    return hashlib.sha256(joined.encode()).hexdigest()


def _parts(worker: Mapping[str, Any], cluster: Cluster) -> list[Part]:
    return [*_node_agent(worker, cluster), *_machine(worker, cluster)]


def _version(worker: Mapping[str, Any], cluster: Cluster) -> tuple[int, int]:
    text = str(worker.get("kubernetes", {}).get("version") or cluster.version)
    numbers = [int(one) if one.isascii() and one.isdigit() else 0 for one in text.lstrip("v").split(".")[:2]]
    # A version that is not stated is taken for a current one.
    return (numbers[0], numbers[1]) if len(numbers) == 2 else VALUES_SINCE


def _node_agent(worker: Mapping[str, Any], cluster: Cluster) -> Iterator[Part]:
    version = _version(worker, cluster)
    yield Part("kubernetes.version", f"{version[0]}.{version[1]}")
    machine = worker.get("machine", {})
    yield Part("machine.type", machine.get("type", ""))
    if "image" in machine:
        image = machine["image"]
        yield Part("machine.image", image.get("name", "") + image.get("version", ""))
    if "volume" in worker:
        yield Part("volume.size", worker["volume"].get("size", ""))
        if "type" in worker["volume"]:
            yield Part("volume.type", worker["volume"]["type"])
    # The API server writes containerd where nothing stands.
    yield Part("cri.name", worker.get("cri", {"name": "containerd"}).get("name", ""))
    if cluster.node_local_dns and (version < VALUES_SINCE or cluster.ipvs):
        yield Part("systemComponents.nodeLocalDNS", "node-local-dns")
    kubelet = _below(worker, "kubernetes", "kubelet") or cluster.kubelet
    for key, fields in (("kubeReserved", _RESERVED), ("evictionHard", _EVICTION)):
        values = _below(kubelet, key)
        if values:
            yield Part(f"kubernetes.kubelet.{key}", "-".join(str(values.get(one, "")) for one in fields))
    if kubelet.get("cpuManagerPolicy") is not None:
        yield Part("kubernetes.kubelet.cpuManagerPolicy", str(kubelet["cpuManagerPolicy"]))


def _machine(worker: Mapping[str, Any], cluster: Cluster) -> Iterator[Part]:
    root = worker.get("volume", {})
    if "encrypted" in root:
        yield Part("volume.encrypted", _flag(root["encrypted"]))
    for index, volume in enumerate(worker.get("dataVolumes", [])):
        yield Part(f"dataVolumes[{index}].size", volume.get("size", ""))
        if "type" in volume:
            yield Part(f"dataVolumes[{index}].type", volume["type"])
        if "encrypted" in volume:
            yield Part(f"dataVolumes[{index}].encrypted", _flag(volume["encrypted"]))
    raw = worker.get("providerConfig")
    if raw is None:
        return
    config = decode_config(raw)[0]
    if _version(worker, cluster) < VALUES_SINCE or config is None:
        yield Part("providerConfig", config_text(raw))
    else:
        yield from config_parts(config)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def config_text(raw: Any) -> str:
    """A providerConfig as kubectl sends it, without virtual capacity: one line, keys in order."""
    if isinstance(raw, Mapping) and isinstance(raw.get("nodeTemplate"), Mapping):
        template = {key: value for key, value in raw["nodeTemplate"].items() if key != "virtualCapacity"}
        rest = {key: value for key, value in raw.items() if key != "nodeTemplate"}
        raw = {**rest, "nodeTemplate": template} if template or not raw["nodeTemplate"] else rest
    raw = json.loads(json.dumps(raw, default=str), parse_float=_number)
    text = json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # Go escapes these inside JSON.
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value


def config_parts(config: Mapping[str, Any]) -> Iterator[Part]:
    """The values of a decoded WorkerConfig in Gardener's order; what is not here never rolls a pool."""
    for name, amount in sorted(config.get("nodeTemplate", {}).get("capacity", {}).items()):
        yield Part(f"providerConfig.nodeTemplate.capacity.{name}", f"{name}={amount.value}")
    yield from _values(config, "volume", "iops", "throughput")
    for index, volume in enumerate(config.get("dataVolumes", [])):
        path = f"providerConfig.dataVolumes[{index}]"
        yield Part(f"{path}.name", volume.get("name", ""))
        for key in ("iops", "throughput", "snapshotID"):
            if key in volume:
                yield Part(f"{path}.{key}", str(volume[key]))
    yield from _values(config, "iamInstanceProfile", "name", "arn")
    yield from _values(config, "instanceMetadataOptions", "httpTokens", "httpPutResponseHopLimit")
    yield from _values(config, "cpuOptions", "coreCount", "threadsPerCore")
    reservation = ("Preference", "Id", "ResourceGroupArn")
    yield from _values(config, "capacityReservation", *(f"capacityReservation{one}" for one in reservation))
    if "instanceMarketOptions" in config:
        kind = config["instanceMarketOptions"].get("marketType", "")
        yield Part("providerConfig.instanceMarketOptions.marketType", kind)
    for index, entry in enumerate(config.get("networkInterfaces", [])):
        yield from _interface(entry, f"providerConfig.networkInterfaces[{index}]")
    yield from _values(config, "placement", "groupId", "tenancy", "hostId", "partitionNumber", "affinity")


def _values(config: Mapping[str, Any], outer: str, *keys: str) -> Iterator[Part]:
    values = config.get(outer, {})
    for key in keys:
        if key in values:
            yield Part(f"providerConfig.{outer}.{key}", str(values[key]))


def _interface(entry: Mapping[str, Any], path: str) -> Iterator[Part]:
    yield Part(f"{path}.type", entry.get("type") or "interface")
    yield Part(f"{path}.deviceIndex", str(entry.get("deviceIndex", 0)))
    if "networkCardIndex" in entry:
        yield Part(f"{path}.networkCardIndex", str(entry["networkCardIndex"]))
    if "networkCardIndexRange" in entry:
        for key in ("from", "to"):
            yield Part(f"{path}.networkCardIndexRange.{key}", str(entry["networkCardIndexRange"].get(key, 0)))
    if "subnetID" in entry:
        yield Part(f"{path}.subnetID", entry["subnetID"])


def shoot_rolls(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Problem]:
    """A warning for each worker whose machines the update replaces."""
    before, after = read_shoot(old).workers, read_shoot(new).workers
    found = []
    for index, worker in enumerate(after):
        earlier = counterpart(before, worker)
        changed = rolls(earlier, worker, cluster_of(old), cluster_of(new)) if earlier is not None else ()
        if changed:
            found.append(_warning(changed).under(*WORKERS, index))
    return found


def config_rolls(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Problem]:
    """The same for a WorkerConfig alone, of a pool of Kubernetes 1.34 or later."""
    changed = rolls({"providerConfig": {"apiVersion": API_VERSION, **old}}, {"providerConfig": dict(new)})
    return [_warning([one.removeprefix("providerConfig.") for one in changed])] if changed else []


def _warning(changed: Any) -> Problem:
    some = ", ".join(changed[:5]) + (", …" if len(changed) > 5 else "")
    return warning((), "Invalid", f"rolls: every machine of the pool is replaced, because of {some}")
