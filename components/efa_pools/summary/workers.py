"""A worker of a Shoot as a step shows it: a pool's patch, in the words of EC2's templates and groups."""

from collections.abc import Mapping
from typing import Any

from ..gardener.capacity import GROUP, ID, PREFERENCE
from ..gardener.capacity import ROOT as RESERVATION
from ..gardener.rolling import Cluster, rolls
from ..gardener.shoot import read_workers
from .events import State, mapping

Tree = Mapping[str, Any]


def worker(state: State | None) -> Tree:
    """The one entry of the patch, without what cannot be read of it; empty where there is none."""
    found, _ = read_workers(entries(state.inputs)[:1] if state is not None else [])
    return found[0] if found else {}


def entries(properties: Tree) -> list[Any]:
    """The workers of a Shoot, or of a patch of it, as they stand there."""
    found = mapping(mapping(properties.get("spec")).get("provider")).get("workers")
    return found if isinstance(found, list) else []


def template(entry: Tree) -> Tree:
    """What a launch template would say of its machines."""
    config = mapping(entry.get("providerConfig"))
    reservation = mapping(config.get(RESERVATION))
    return {
        "instanceType": mapping(entry.get("machine")).get("type"),
        "networkInterfaces": None,  # the component's outputs say how many of them are EFA
        "instanceMarketOptions": config.get("instanceMarketOptions"),
        "capacityReservationSpecification": {
            PREFERENCE: reservation.get(PREFERENCE),
            "capacityReservationTarget": {key: reservation[key] for key in (ID, GROUP) if key in reservation},
        },
    }


def sizes(entry: Tree) -> Tree:
    """What a group would say of their number."""
    return {"minSize": entry.get("minimum", 0), "maxSize": entry.get("maximum", 0)} if entry else {}


def replaced(old: State | None, new: State | None, version: str) -> bool:
    """Whether Gardener replaces the machines, by its hash; `version` is the Shoot's, empty if not known."""
    cluster = Cluster(version)
    return bool(rolls(worker(old), worker(new), cluster, cluster))
