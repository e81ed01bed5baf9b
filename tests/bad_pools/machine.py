"""Volumes, processor, memory, metadata, security groups, and the words that a user chooses."""

from tests.bad_pools.case import bad
from tests.pools import ABSENT

VOLUME = {"name": "scratch", "size": 500}
KEY = "alias/nodes"

CASES = [
    # Volumes.
    bad("rootVolume.type", "st1", "Invalid", "'st1'", "gp3"),
    bad("rootVolume.type", "ssd", "NotSupported", "'ssd'", "'gp3'"),
    bad("rootVolume.snapshotId", "snap-0a1b2c3d", "Forbidden", "'snap-0a1b2c3d'", "from the image"),
    bad("rootVolume.name", "root", "Forbidden", "'root'", "from the image"),
    bad("rootVolume.size", 0, "Invalid", "0", "1 or more"),
    bad("rootVolume.size", "200GiB", "Invalid", "'200GiB'", "whole number"),
    bad("rootVolume.size", 65_537, "Invalid", "65537", "65536 or less"),
    bad("rootVolume.encrypted", False, "Invalid warning", "false", "expected true"),
    bad("rootVolume.encrypted", "yes", "Invalid", "'yes'", "true or false"),
    bad(
        "dataVolumes.0.kmsKeyId",
        KEY,
        "Invalid",
        "encrypted: false",
        "expected true",
        given={"dataVolumes.0.encrypted": False},
    ),
    bad("dataVolumes.0.size", ABSENT, "Required", "missing", "snapshotId"),
    bad("dataVolumes.0.name", ABSENT, "Required", "missing", "name"),
    bad("dataVolumes.1", VOLUME, "Duplicate", "'scratch'", "dataVolumes[0]", at="dataVolumes[1].name"),
    bad("dataVolumes.0.iops", 100, "Invalid", "100", "3000 to 80000 IOPS"),
    bad("dataVolumes.0.throughput", 4000, "Invalid", "4000", "125 to 2000 MiB/s"),
    bad(
        "dataVolumes.0.size",
        2,
        "Invalid",
        "2",
        "4 to 16384",
        given={"dataVolumes.0": VOLUME | {"type": "io1", "iops": 100}},
    ),
    bad("subnetIds", ["subnet-0a1b2c3d"] * 2, "Duplicate", "'subnet-0a1b2c3d'", "once", at="subnetIds[1]"),
    bad("dataVolumes.0.snapshotId", "snapshot", "Invalid", "'snapshot'", "a snapshot id"),
    bad(
        "dataVolumes", [VOLUME | {"name": f"v{n}"} for n in range(12)], "TooMany", "12 entries", "at most 11"
    ),
    bad("dataVolumes.0", VOLUME | {"type": "io2"}, "Required", "missing", "io2", at="dataVolumes[0].iops"),
    bad(
        "dataVolumes.0.iops",
        100,
        "Forbidden",
        "100",
        "gp3 or io1 or io2",
        given={"dataVolumes.0": VOLUME | {"type": "gp2"}},
    ),
    bad(
        "dataVolumes.0.throughput",
        500,
        "Forbidden",
        "500",
        "only with gp3",
        given={"dataVolumes.0": VOLUME | {"type": "gp2"}},
    ),
    bad("dataVolumes.0.iops", -5, "Invalid", "-5", "1 or more"),
    # Processor, memory, metadata.
    bad("cpu.threadsPerCore", ABSENT, "Required", "missing", "coreCount"),
    bad("cpu.coreCount", ABSENT, "Required", "missing", "threadsPerCore"),
    bad("cpu.coreCount", 97, "TooMany", "97", "192", "p5.48xlarge"),
    bad("cpu.threadsPerCore", 3, "Invalid", "3", "2 or less"),
    bad("cpu.amdSevSnp", True, "NotSupported", "true", "'enabled' or 'disabled'"),
    bad("hugePages2Mi", 2_000_000, "TooMany", "2000000", "p5.48xlarge"),
    bad("hugePages2Mi", -1, "Invalid", "-1", "0 or more"),
    bad("metadata.httpTokens", "none", "NotSupported", "'none'", "'required' or 'optional'"),
    bad("metadata.hopLimit", 65, "Invalid", "65", "64 or less"),
    # Security groups.
    bad(
        "securityGroupIds",
        ["sg-0a1b2c3d"],
        "Invalid warning",
        "sg-0a1b2c3d",
        "to and from itself",
        "authorize-security-group-ingress",
        "authorize-security-group-egress",
        at="securityGroupIds[0]",
    ),
    bad(
        "securityGroupIds",
        ["default"],
        "Invalid",
        "'default'",
        "a security group id",
        at="securityGroupIds[0]",
    ),
    bad("securityGroupIds", [], "Invalid", "[]", "at least 1"),
    bad("securityGroupIds", [f"sg-0a1b2c3{n:x}" for n in range(17)], "TooMany", "17 entries", "at most 15"),
    # Names, labels, taints, tags.
    bad("name", ABSENT, "Required", "missing", "such as train"),
    bad("name", "Train_1", "Invalid", "'Train_1'", "at most 40 characters"),
    bad("name", "x" * 41, "Invalid", "at most 40 characters"),
    bad(
        "labels",
        {"efa-pools/pool": "x"},
        "Forbidden",
        "'efa-pools/pool'",
        "expected another prefix",
        at="labels.efa-pools/pool",
    ),
    bad("labels", {"-team": "x"}, "Invalid", "'-team'", "[prefix/]name", at="labels.-team"),
    bad("labels", {"a..b/c": "x"}, "Invalid", "'a..b/c'", "[prefix/]name", at="labels.a..b/c"),
    bad("tags", {"owner": "a\nb"}, "Invalid", "a\\nb", "at most 256", at="tags.owner"),
    bad("labels", {"a/b/c": "x"}, "Invalid", "'a/b/c'", "[prefix/]name", at="labels.a/b/c"),
    bad("labels", {"team": "x" * 64}, "Invalid", "x" * 40, "at most 63", at="labels.team"),
    bad("labels.team", 1, "Invalid", "1", "text"),
    bad("labels", ["team"], "Invalid", "['team']", "a mapping"),
    bad("taints.0.key", "no key", "Invalid", "'no key'", "[prefix/]name"),
    bad("taints.0.key", ABSENT, "Required", "missing", "taint's key"),
    bad("taints.0.value", "a b", "Invalid", "'a b'", "label value"),
    bad("taints.0.effect", "NO_SCHEDULE", "NotSupported", "'NO_SCHEDULE'", "'NoSchedule'"),
    bad("taints.0.effect", ABSENT, "Required", "missing", "NoSchedule"),
    bad(
        "taints.1", {"key": "nvidia.com/gpu", "effect": "NoSchedule"}, "Duplicate", "'nvidia.com/gpu'", "once"
    ),
    bad(
        "taints", [{"key": f"k{n}", "effect": "NoSchedule"} for n in range(51)], "TooMany", "51", "at most 50"
    ),
    bad("tags", {"aws:owner": "x"}, "Forbidden", "'aws:owner'", "reserved", at="tags.aws:owner"),
    bad(
        "tags", {"efa-pools/pool": "x"}, "Forbidden", "'efa-pools/pool'", "reserved", at="tags.efa-pools/pool"
    ),
    bad("tags", {"a*": "x"}, "Invalid", "'a*'", "128", at="tags.a*"),
    bad("tags", {"": "x"}, "Invalid", "''", "1 to 128", at="tags[]"),
    bad("tags", {"owner": "x" * 257}, "Invalid", "x" * 40, "at most 256", at="tags.owner"),
    bad("tags", {f"t{n}": "x" for n in range(48)}, "TooMany", "48", "at most 47"),
    # Keys that nobody knows, at every depth.
    bad("instancetype", "p5.48xlarge", "Forbidden", "unknown key", "'instanceType'"),
    bad("size.maximum", 4, "Forbidden", "unknown key", "'max'"),
    bad("networkInterfaces.2.networkCardIndexRange.until", 3, "Forbidden", "unknown key", "from, to"),
    bad("networkInterfaces.0.device_index", 0, "Forbidden", "unknown key", "'deviceIndex'"),
    bad("placement.group_id", "pg-1", "Forbidden", "unknown key", "'groupId'"),
    bad("dataVolumes.0.kmsKey", KEY, "Forbidden", "unknown key", "'kmsKeyId'"),
    bad("taints.0.operator", "Exists", "Forbidden", "unknown key", "key, value, effect"),
    bad("nodes.spec", {"a": {"b": 1}}, "Forbidden", "unknown key", "known keys"),
]
