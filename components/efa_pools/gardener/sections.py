"""The parts of a worker that a pool has keys for, each with the keys it may become.

A section is asked for a worker and for what of it is still verbatim. It answers with the pool's keys, with
the path in the verbatim rest that these would take over, and with what stays at that path.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..model.capacity import RESERVED
from .capacity import GROUP, ID, PREFERENCE
from .exporting import IMAGE, MARKETS, UPDATE_KEYS, Tree

KINDS = {market: kind for kind, market in MARKETS.items()}
Section = Callable[[Tree, Tree], tuple[Tree, tuple[str, ...], Any]]


def _image(worker: Tree, rest: Tree) -> tuple[Tree, tuple[str, ...], Any]:
    image = worker.get("machine", {}).get("image", {})
    # Our garden-linux is pinned; whose version Gardener chooses stays verbatim.
    names = IMAGE.items() if "version" in image else ()
    family = next((ours for ours, theirs in names if theirs == image.get("name")), "custom")
    keys = {"family": family, **_renamed(image, {"version": "releaseVersion"})}
    left = {key: value for key, value in image.items() if key not in ("name", "version")}
    return {"image": keys}, ("machine", "image"), left


def _plain(ours: str, *path: str, names: Mapping[str, str] | None = None) -> Section:
    """A part that has a key of its own, with the same keys inside or others."""

    def section(worker: Tree, rest: Tree) -> tuple[Tree, tuple[str, ...], Any]:
        value = _at(rest, path)
        if names is not None and isinstance(value, Mapping):
            value = _renamed(value, names)
        return ({ours: value} if value else {}), path, None

    return section


def _update(worker: Tree, rest: Tree) -> tuple[Tree, tuple[str, ...], Any]:
    if not set(UPDATE_KEYS) & set(rest):
        return {}, UPDATE_KEYS, None
    surge, unavailable = (
        worker.get(key, default) for key, default in (("maxSurge", 1), ("maxUnavailable", 0))
    )
    strategy = "launch-first" if unavailable == 0 else "terminate-first"
    count = surge if unavailable == 0 else unavailable
    keys: Tree = {"strategy": strategy, **({"maxUnavailable": count} if count != 1 else {})}
    return {"update": keys}, UPDATE_KEYS, None


def _no_update(worker: Tree, rest: Tree) -> tuple[Tree, tuple[str, ...], Any]:
    return {"update": None}, UPDATE_KEYS, None


def _volumes(worker: Tree, rest: Tree) -> tuple[Tree, tuple[str, ...], Any]:
    root = {**rest.get("volume", {}), **rest.get("providerConfig", {}).get("volume", {})}
    return {"rootVolume": _sized(root)}, ("volume", "providerConfig.volume"), None


def _data_volumes(worker: Tree, rest: Tree) -> tuple[Tree, tuple[str, ...], Any]:
    entries = rest.get("providerConfig", {}).get("dataVolumes", [])
    values = {one.get("name", ""): _renamed(one, {"snapshotID": "snapshotId"}, every=True) for one in entries}
    made = [_sized({**one, **values.get(one.get("name", ""), {})}) for one in rest.get("dataVolumes", [])]
    return ({"dataVolumes": made} if made else {}), ("dataVolumes", "providerConfig.dataVolumes"), None


def _bare_data_volumes(worker: Tree, rest: Tree) -> tuple[Tree, tuple[str, ...], Any]:
    made = [_sized(one) for one in rest.get("dataVolumes", [])]
    return ({"dataVolumes": made} if made else {}), ("dataVolumes",), None


def _sized(volume: Tree) -> Tree:
    size = volume.get("size", "").removesuffix("Gi")
    return {**volume, "size": int(size)} if size.isascii() and size.isdigit() and len(size) < 9 else volume


def _capacity(worker: Tree, rest: Tree) -> tuple[Tree, tuple[str, ...], Any]:
    config = rest.get("providerConfig", {})
    reservation = config.get("capacityReservation", {})
    market = config.get("instanceMarketOptions", {}).get("marketType")
    target = _renamed(reservation, {ID: "reservationId", GROUP: "resourceGroupArn"})
    kind = KINDS.get(market) or ("reservation" if target else "on-demand")
    if reservation == {PREFERENCE: "open"} and market is None:
        kind = "open-reservation"
    keys: Tree = {"capacity": {"kind": kind, **target}} if kind != "on-demand" else {}
    if kind in RESERVED and not set(UPDATE_KEYS) & set(worker):
        # Our default for reserved machines is no surge, Gardener's is one.
        keys["update"] = {"strategy": "launch-first"}
    return keys, ("providerConfig.capacityReservation", "providerConfig.instanceMarketOptions"), None


def _placement(worker: Tree, rest: Tree) -> tuple[Tree, tuple[str, ...], Any]:
    stated = rest.get("providerConfig", {}).get("placement", {})
    mode = "existing" if "groupId" in stated else "none"
    return {"placement": {"mode": mode, **stated}}, ("providerConfig", "placement"), None


def _template(worker: Tree, rest: Tree) -> tuple[Tree, tuple[str, ...], Any]:
    return {}, ("providerConfig",), None


_PROFILE = {"name": "instanceProfileName", "arn": "instanceProfileArn"}
_METADATA = {"httpTokens": "httpTokens", "httpPutResponseHopLimit": "hopLimit"}
SECTIONS: tuple[Section, ...] = (
    _image,
    _plain("labels", "labels"),
    _plain("taints", "taints"),
    _volumes,
    _data_volumes,
    _bare_data_volumes,
    _plain("nodes", "providerConfig", "iamInstanceProfile", names=_PROFILE),
    _plain("metadata", "providerConfig", "instanceMetadataOptions", names=_METADATA),
    _plain("cpu", "providerConfig", "cpuOptions"),
    _capacity,
    _placement,
    _no_update,
    _update,
    _template,
)


def _renamed(value: Mapping[str, Any], names: Mapping[str, str], *, every: bool = False) -> Tree:
    return {names.get(key, key): inner for key, inner in value.items() if every or key in names}


def _at(tree: Tree, path: Sequence[str]) -> Any:
    value: Any = tree
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def without(tree: Tree, path: tuple[str, ...], left: Any = None) -> Tree:
    """The tree without the value at a path, or at each of several dotted ones; `left` takes its place."""
    if any("." in one for one in path) or path == UPDATE_KEYS:
        for one in path:
            tree = without(tree, tuple(one.split(".")))
        return tree
    head, *tail = path
    if head not in tree:
        return tree
    rest = {key: value for key, value in tree.items() if key != head}
    inner = without(tree[head], tuple(tail), left) if tail else left
    return {**rest, head: inner} if inner else rest
