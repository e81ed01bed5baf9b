"""From one of our pools to a Shoot's worker.

A worker has three sources: what the pool's keys state, what `nodes.worker` states verbatim, and our defaults
under both. A value that the first two both state is an error.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..interface import runs
from ..model.capacity import RESERVED
from ..plan.capacity import MARKET
from ..plan.draft import Draft
from ..plan.labels import own_labels
from ..plan.volumes import DEFAULT_SIZE_GIB
from ..problem import Path, Problem
from .capacity import GROUP, ID, PREFERENCE
from .ec2 import EFA_RESOURCE
from .shapes import API_VERSION

GPU_RESOURCE = "nvidia.com/gpu"
IMAGE = {"garden-linux": "gardenlinux"}
MARKETS = {**MARKET, "spot": "spot"}
# Neither may stand beside amounts of ours: an update in place has defaults of its own.
UPDATE_KEYS = ("maxSurge", "maxUnavailable", "updateStrategy")
Tree = dict[str, Any]


class Exported(NamedTuple):
    """A worker, and the keys that the pool and its `nodes.worker` both state."""

    worker: Tree
    problems: tuple[Problem, ...]


def export_worker(draft: Draft, group_id: str | None = None) -> Exported:
    """The worker of a pool whose keys are sound; `group_id` is the placement group made for it, if any."""
    verbatim: Tree = draft.pool.nodes.worker or {}
    problems: list[Problem] = []
    worker = _joined(_stated(draft, group_id), verbatim, ("nodes", "worker"), problems)
    worker = _under(_defaults(draft, verbatim), worker)
    return Exported({key: worker[key] for key in sorted(worker, key=_order)}, tuple(problems))


_FIRST = ("name", "machine", "minimum", "maximum", "maxSurge", "maxUnavailable", "updateStrategy", "zones")


def _order(key: str) -> tuple[int, str]:
    last = len(_FIRST) + (key == "providerConfig")
    return (_FIRST.index(key) if key in _FIRST else last, key)


def _joined(own: Any, verbatim: Any, path: Path, problems: list[Problem]) -> Any:
    if isinstance(own, Mapping) and isinstance(verbatim, Mapping):
        joined = dict(own)
        for key, value in verbatim.items():
            joined[key] = _joined(own[key], value, (*path, key), problems) if key in own else value
        return joined
    if own != verbatim or path[-1] not in ("apiVersion", "kind"):
        problems.append(Problem(path, "Forbidden", "the pool's own keys state it too; expected it once"))
    return own


def _under(defaults: Any, stated: Any) -> Any:
    if isinstance(defaults, Mapping) and isinstance(stated, Mapping):
        return {**defaults, **{key: _under(defaults.get(key), value) for key, value in stated.items()}}
    return stated


def _set(**values: Any) -> Tree:
    """Only what is stated."""
    return {key: value for key, value in values.items() if value is not None}


def _stated(draft: Draft, group_id: str | None) -> Tree:
    pool, sizes = draft.pool, draft.sizes or (0, 0, 0)
    machine: Tree = {"type": pool.instance_type}
    if pool.image.family in IMAGE:
        machine["image"] = _set(name=IMAGE[pool.image.family], version=pool.image.release_version)
    worker: Tree = {"name": pool.name or "", "machine": machine, "minimum": sizes[0], "maximum": sizes[2]}
    worker["zones"] = list(pool.availability_zones or ())
    if pool.labels:
        worker["labels"] = dict(pool.labels)
    if pool.taints:
        taints = [_set(key=one.key, value=one.value, effect=one.effect) for one in pool.taints]
        worker["taints"] = taints
    if pool.update.strategy is not None or pool.update.max_unavailable is not None:
        worker |= _amounts(draft)
    if pool.root_volume is not None and (root := _volume(pool.root_volume)):
        worker["volume"] = root
    if pool.data_volumes:
        worker["dataVolumes"] = [
            {"name": one.name or "", "type": "gp3", **_volume(one)} for one in pool.data_volumes
        ]
    config = {key: value for key, value in _config(draft, group_id) if value}
    if config:
        worker["providerConfig"] = config
    return worker


def _volume(volume: Any) -> Tree:
    size = None if volume.size is None else f"{volume.size}Gi"
    return _set(type=volume.type, size=size, encrypted=volume.encrypted)


def _amounts(draft: Draft) -> Tree:
    """How many machines an update may add or take away: reserved capacity has none to add."""
    update = draft.pool.update
    first = "terminate-first" if draft.pool.capacity.kind in RESERVED else "launch-first"
    count = update.max_unavailable or 1
    if (update.strategy or first) == "terminate-first":
        return {"maxSurge": 0, "maxUnavailable": count}
    return {"maxSurge": count, "maxUnavailable": 0}


def _config(draft: Draft, group_id: str | None) -> Iterator[tuple[str, Any]]:
    pool, root = draft.pool, draft.pool.root_volume
    yield "networkInterfaces", _interfaces(draft)
    if root is not None:
        yield "volume", _set(iops=root.iops, throughput=root.throughput)
    values = (
        _set(iops=one.iops, throughput=one.throughput, snapshotID=one.snapshot_id)
        for one in pool.data_volumes
    )
    named = zip(pool.data_volumes, values, strict=True)
    yield "dataVolumes", [{"name": volume.name, **found} for volume, found in named if found]
    nodes = pool.nodes
    yield "iamInstanceProfile", _set(name=nodes.instance_profile_name, arn=nodes.instance_profile_arn)
    if pool.metadata.http_tokens is not None or pool.metadata.hop_limit is not None:
        metadata = {"httpTokens": pool.metadata.tokens, "httpPutResponseHopLimit": pool.metadata.hops}
        yield "instanceMetadataOptions", metadata
    if pool.cpu is not None:
        yield "cpuOptions", pool.cpu.wire()
    capacity = pool.capacity
    target = _set(**{ID: capacity.reservation_id, GROUP: capacity.resource_group_arn})
    yield "capacityReservation", target or ({PREFERENCE: "open"} if _open(draft) else {})
    if capacity.kind in MARKETS:
        yield "instanceMarketOptions", {"marketType": MARKETS[capacity.kind]}
    place = draft.placement
    yield (
        "placement",
        _set(
            groupId=place.group_id or group_id,
            tenancy=place.tenancy,
            hostId=place.host_id,
            partitionNumber=place.partition_number,
            affinity=place.affinity,
        ),
    )


def _open(draft: Draft) -> bool:
    return draft.pool.capacity.kind == "open-reservation"


def _interfaces(draft: Draft) -> list[Tree]:
    """The list as the user wrote it, or the preset's with a range for each run of cards."""
    listed = draft.pool.network_interfaces
    if listed is not None:
        return [_entry(one) for one in listed]
    made = []
    for first, last, one in runs(draft.interfaces):
        where: Tree = {"networkCardIndex": first}
        if last > first:
            where = {"networkCardIndexRange": {"from": first, "to": last}}
        device = {"deviceIndex": one.device_index} if one.device_index else {}
        made.append({**where, **device, "type": one.type})
    return made


def _entry(entry: Any) -> Tree:
    written = entry.stated
    cards = entry.network_card_index_range
    return _set(
        networkCardIndex=entry.network_card_index,
        networkCardIndexRange=None if cards is None else {"from": cards.from_, "to": cards.to},
        deviceIndex=entry.device_index if "device_index" in written else None,
        type=entry.type if "type" in written else None,
        description=entry.description,
        subnetID=entry.subnet_id,
    )


def _defaults(draft: Draft, verbatim: Tree) -> Tree:
    worker: Tree = {
        "labels": own_labels(draft.pool, draft.interfaces),
        "volume": {"type": "gp3", "size": f"{DEFAULT_SIZE_GIB}Gi"},
        "providerConfig": {"apiVersion": API_VERSION, "kind": "WorkerConfig"},
    }
    if not set(UPDATE_KEYS) & set(verbatim):
        worker |= _amounts(draft)
    # Who writes a WorkerConfig writes its node template too: one of ours would replace every machine.
    if "providerConfig" not in verbatim:
        worker["providerConfig"]["nodeTemplate"] = {"capacity": _capacity(draft)}
    return worker


def _capacity(draft: Draft) -> Tree:
    """What the autoscaler cannot see of a pool with no machine."""
    efa = sum(one.is_efa for one in draft.interfaces)
    gpus = draft.instance.gpu_count if draft.instance else 0
    counts = {EFA_RESOURCE: efa, GPU_RESOURCE: gpus}
    return {name: str(count) for name, count in counts.items() if count}
