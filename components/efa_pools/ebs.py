"""EBS volume types and their bounds: EC2 API, EbsBlockDevice (botocore 1.44.5)."""

# Size in GiB, IOPS, throughput in MiB/s: the least and the most of each type that takes the figure at all.
SIZES = {
    "gp2": (1, 16_384),
    "gp3": (1, 65_536),
    "io1": (4, 16_384),
    "io2": (4, 65_536),
    "st1": (125, 16_384),
    "sc1": (125, 16_384),
    "standard": (1, 1_024),
}
IOPS = {"gp3": (3_000, 80_000), "io1": (100, 64_000), "io2": (100, 256_000)}
THROUGHPUT = {"gp3": (125, 2_000)}
# Types that an instance can boot from.
ROOT_TYPES = frozenset({"gp2", "gp3", "io1", "io2", "standard"})
