"""Volumes, processor options, huge pages, security groups: what is set on each machine."""

from collections.abc import Iterator

from ..ebs import IOPS, ROOT_TYPES, SIZES, THROUGHPUT
from ..model.volumes import Volume
from ..model.wire import listed
from ..plan.draft import Draft
from ..problem import Path, Problem, warning
from .registry import needs

PROVISIONED = frozenset({"io1", "io2"})
HUGE_PAGE_MIB = 2


@needs("root_volume")
def root_volume_is_sound(draft: Draft) -> Iterator[Problem]:
    """The root volume; its content comes from the image."""
    root = draft.pool.root_volume
    if root is None:
        return
    yield from _volume(root, ("rootVolume",))
    if root.type is not None and root.type not in ROOT_TYPES:
        yield Problem(
            ("rootVolume", "type"),
            "Invalid",
            f"{root.type!r}: expected {', '.join(sorted(ROOT_TYPES))}; EC2 cannot boot from others",
        )
    for key, value in (("snapshotId", root.snapshot_id), ("name", root.name)):
        if value is not None:
            message = f"{value!r}: expected no {key} here; the root volume comes from the image"
            yield Problem(("rootVolume", key), "Forbidden", message)


@needs("data_volumes")
def data_volumes_are_sound(draft: Draft) -> Iterator[Problem]:
    """Each data volume has a size or a snapshot, and its own name."""
    seen: dict[str, int] = {}
    for index, volume in enumerate(draft.pool.data_volumes):
        path: Path = ("dataVolumes", index)
        yield from _volume(volume, path)
        if volume.size is None and volume.snapshot_id is None:
            yield Problem((*path, "size"), "Required", "missing; expected the size in GiB, or snapshotId")
        if volume.name is None:
            yield Problem(
                (*path, "name"), "Required", "missing; expected a name, which the volume is known by"
            )
        elif volume.name in seen:
            yield Problem(
                (*path, "name"),
                "Duplicate",
                f"{volume.name!r}: already the name of dataVolumes[{seen[volume.name]}]; expected another",
            )
        else:
            seen[volume.name] = index


def _volume(volume: Volume, path: Path) -> Iterator[Problem]:
    kind = volume.type or "gp3"
    ranges = (
        ("size", volume.size, SIZES, "GiB"),
        ("iops", volume.iops, IOPS, "IOPS"),
        ("throughput", volume.throughput, THROUGHPUT, "MiB/s"),
    )
    for key, value, table, unit in ranges:
        if value is None:
            continue
        if kind not in table:
            message = f"{value}: expected only with {' or '.join(table)}, not {kind}"
            yield Problem((*path, key), "Forbidden", message)
        elif not table[kind][0] <= value <= table[kind][1]:
            message = f"{value}: expected {table[kind][0]} to {table[kind][1]} {unit} with {kind}"
            yield Problem((*path, key), "Invalid", message)
    if volume.iops is None and kind in PROVISIONED:
        yield Problem((*path, "iops"), "Required", f"missing; volume type {kind} expects its iops")
    if volume.encrypted is False:
        if volume.kms_key_id is not None:
            yield Problem(
                (*path, "kmsKeyId"), "Invalid", f"{volume.kms_key_id!r} with encrypted: false; expected true"
            )
        yield warning((*path, "encrypted"), "Invalid", "false: expected true; data at rest would be readable")


@needs("cpu", "cards")
def cpu_options(draft: Draft) -> Iterator[Problem]:
    """EC2 wants cores and threads together, and no more than the type has."""
    cpu, instance = draft.pool.cpu, draft.instance
    if cpu is None:
        return
    if (cpu.core_count is None) != (cpu.threads_per_core is None):
        missing, other = (
            ("coreCount", "threadsPerCore") if cpu.core_count is None else ("threadsPerCore", "coreCount")
        )
        yield Problem(("cpu", missing), "Required", f"missing; EC2 expects it beside {other}")
    elif cpu.core_count is not None and instance is not None and instance.vcpus:
        if cpu.core_count * (cpu.threads_per_core or 1) > instance.vcpus:
            yield Problem(
                ("cpu", "coreCount"),
                "TooMany",
                f"{cpu.core_count} with {cpu.threads_per_core} threads each: expected at most the "
                f"{instance.vcpus} vCPUs of {instance.name}",
            )


@needs("huge_pages2_mi", "cards")
def huge_pages_fit(draft: Draft) -> Iterator[Problem]:
    """Pages are taken from memory at boot."""
    pages, instance = draft.pool.huge_pages2_mi, draft.instance
    if pages is None or instance is None or not instance.memory_mib:
        return
    if pages * HUGE_PAGE_MIB >= instance.memory_mib:
        yield Problem(
            ("hugePages2Mi",),
            "TooMany",
            f"{pages} pages of 2 MiB are {pages * HUGE_PAGE_MIB} MiB: expected less than the "
            f"{instance.memory_mib} MiB of {instance.name}, or the node does not boot",
        )


@needs("subnet_ids", "security_group_ids")
def references_stand_once(draft: Draft) -> Iterator[Problem]:
    """EC2 and EKS refuse the same subnet or group twice."""
    lists = {"subnetIds": draft.pool.subnet_ids, "securityGroupIds": draft.pool.security_group_ids}
    for key, given in lists.items():
        seen: set[object] = set()
        for index, one in enumerate(listed(given)):
            if isinstance(one, str) and one in seen:
                yield Problem((key, index), "Duplicate", f"{one!r}: expected each of them once")
            seen.add(one)


@needs("security_group_ids")
def own_groups_need_self_rules(draft: Draft) -> Iterator[Problem]:
    """We cannot see a given group's rules offline, so we print the two that EFA needs."""
    for index, group in enumerate(listed(draft.pool.security_group_ids)):
        name = group if isinstance(group, str) else "<its id>"
        rule = f"--group-id {name} --ip-permissions IpProtocol=-1,UserIdGroupPairs=[{{GroupId={name}}}]"
        yield warning(
            ("securityGroupIds", index),
            "Invalid",
            f"{name}: expected at least one of the groups to allow all traffic to and from itself; without "
            f"it EFA traffic is blocked. If missing: aws ec2 authorize-security-group-ingress {rule} and "
            f"aws ec2 authorize-security-group-egress {rule}",
        )


RULES = (
    root_volume_is_sound,
    data_volumes_are_sound,
    cpu_options,
    huge_pages_fit,
    references_stand_once,
    own_groups_need_self_rules,
)
