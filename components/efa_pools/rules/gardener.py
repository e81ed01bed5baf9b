"""Pools of kind gardener: what a Shoot's worker can say, and what Gardener would refuse of it.

Gardener's own rules are in `efa_pools.gardener`; here they judge the worker that the pool becomes.
"""

from collections.abc import Iterator
from typing import Any

from ..model.wire import Deferred
from ..plan.capacity import makes_reservation
from ..plan.draft import Draft
from ..problem import Path, Problem, warning
from .registry import needs

KIND = "gardener"
LONGEST_NAME = 15


def _dropped(draft: Draft) -> Iterator[tuple[Path, object, str]]:
    """Keys that no worker expresses, what they say, and where it would go instead."""
    pool, image = draft.pool, draft.pool.image
    yield ("subnetIds",), pool.subnet_ids, "nodes stand in the shoot's own subnets, one for each zone"
    yield ("securityGroupIds",), pool.security_group_ids, "nodes get the shoot's nodes security group"
    # What the pool makes in AWS is tagged.
    if draft.placement.mode != "create" and not makes_reservation(pool.capacity):
        yield ("tags",), pool.tags or None, "the tags of machines are the labels of their worker"
    yield ("hugePages2Mi",), pool.huge_pages2_mi, "set vm.nr_hugepages in nodes.worker.sysctls"
    yield ("nodes", "roleArn"), pool.nodes.role_arn, "use instanceProfileName or instanceProfileArn"
    why = "the cloud profile names the AMI of a machine image"
    yield ("image", "amiId"), image.ami_id, why
    yield ("image", "amiType"), image.ami_type, why
    key = "Gardener encrypts with the account's default key"
    if pool.root_volume is not None:
        yield ("rootVolume", "kmsKeyId"), pool.root_volume.kms_key_id, key
    for index, volume in enumerate(pool.data_volumes):
        yield ("dataVolumes", index, "kmsKeyId"), volume.kms_key_id, key
    place = draft.placement
    yield ("placement", "groupName"), place.group_name, "Gardener knows groups by groupId"
    if place.mode == "from-reservation":
        yield ("placement", "mode"), place.mode, "state the reservation's group by groupId"


_READ = (
    "nodes",
    "subnet_ids",
    "security_group_ids",
    "tags",
    "huge_pages2_mi",
    "image",
    "root_volume",
    "data_volumes",
    "placement",
    "capacity",
    "size",
)


@needs(*_READ)
def worker_says_everything(draft: Draft) -> Iterator[Problem]:
    """A key that no worker expresses would be dropped silently."""
    if draft.kind != KIND:
        return
    for path, value, instead in _dropped(draft):
        if value is not None:
            yield Problem(path, "Forbidden", f"expected no such key with nodes.kind gardener: {instead}")
    size, sizes = draft.pool.size, draft.sizes
    if sizes is not None and size.desired is not None and sizes[0] != sizes[1]:
        message = f"{size.desired}: expected {sizes[0]}, the minimum; Gardener's autoscaler owns the size"
        yield Problem(("size", "desired"), "Forbidden", message)


@needs("nodes", "name")
def name_fits_a_worker(draft: Draft) -> Iterator[Problem]:
    """A worker's name is part of its machines' names."""
    name = draft.pool.name
    if draft.kind == KIND and name is not None and len(name) > LONGEST_NAME:
        message = f"{name!r}: expected at most {LONGEST_NAME} characters, as Gardener wants of a worker"
        yield Problem(("name",), "Invalid", message)


@needs("nodes", "image")
def image_is_a_machine_image(draft: Draft) -> Iterator[Problem]:
    """Gardener knows images by name and version."""
    image = draft.pool.image
    if draft.kind != KIND:
        return
    if image.family not in ("garden-linux", "custom"):
        message = f"{image.family!r} with nodes.kind gardener: expected garden-linux or custom"
        yield Problem(("image", "family"), "NotSupported", message)
    elif image.family == "garden-linux" and image.release_version is None:
        message = "missing; expected a version of the cloud profile such as 2150.6.0"
        yield Problem(("image", "releaseVersion"), "Required", message)
    elif image.family == "custom":
        machine = (draft.pool.nodes.worker or {}).get("machine")
        named = machine.get("image") if isinstance(machine, dict) else None
        if not isinstance(named, dict) or "name" not in named:
            message = "missing machine.image {name, version}: an image that moves by itself replaces nodes"
            yield Problem(("nodes", "worker"), "Required", message)
        elif "version" not in named:
            message = (
                "missing: Gardener chooses the version and its maintenance moves it, which replaces nodes"
            )
            yield warning(("nodes", "worker", "machine", "image", "version"), "Required", message)


@needs("name", "instance_type", "network_interfaces", "layout", "availability_zones", "labels", "taints",
       "update", "metadata", "cpu", *_READ)  # fmt: skip
def gardener_admits_the_worker(draft: Draft) -> Iterator[Problem]:
    """The worker that the pool becomes is judged as Gardener judges it."""
    if draft.kind != KIND or draft.sizes is None or draft.pool.availability_zones is None:
        return
    from ..gardener.exporting import export_worker
    from ..gardener.shoot import read_workers
    from ..gardener.verdict import verdict

    exported = export_worker(draft)
    yield from exported.problems
    if not exported.problems:
        worker = _known(exported.worker)
        for found in verdict(worker):
            yield found.under("nodes", "worker")
        for found in read_workers([worker])[1]:
            if found.severity == "warning":
                yield found._replace(path=("nodes", "worker", *found.path[1:]))


def _known(value: Any) -> Any:
    """The worker with an id, any id, where another resource makes one."""
    if isinstance(value, dict):
        return {key: _known(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_known(inner) for inner in value]
    return "cr-0" if isinstance(value, Deferred) else value


RULES = (
    worker_says_everything,
    name_fits_a_worker,
    image_is_a_machine_image,
    gardener_admits_the_worker,
)
