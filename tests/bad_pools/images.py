"""Images that cannot run the type, or cannot be told what it needs."""

from typing import Any

from tests.bad_pools.case import bad
from tests.pools import ABSENT

AMI = "ami-0abcdef1234567890"
LONG = {f"team.ex/{n:055d}": "x" * 63 for n in range(130)}


def of_type(name: str, release: str, family: str = "al2023") -> dict[str, Any]:
    """The valid pool with another type, by preset, and a release of its image."""
    return {
        "instanceType": name,
        "networkInterfaces": ABSENT,
        "layoutVersion": 1,
        "cpu": ABSENT,
        "placement": {"mode": "none"},
        "image": {"family": family, "releaseVersion": release},
    }


def garden_linux(release: str | None = "2150.0.0") -> dict[str, Any]:
    """The valid pool on Garden Linux."""
    return {"image": {"family": "garden-linux", "amiId": AMI, "releaseVersion": release}}


B300 = of_type("p6-b300.48xlarge", "1.34.1-20251108")
B200 = of_type("p6-b200.48xlarge", "1.52.0-3f1a9b2c", "bottlerocket")
GB200 = of_type("p6e-gb200.36xlarge", "1.34.1-20251108") | {
    "capacity": {"kind": "capacity-block", "reservationId": "cr-0abcdef1234567890"}
}
TRN2 = of_type("trn2.48xlarge", "1.52.0-3f1a9b2c", "bottlerocket")
RELEASE = "image.releaseVersion"

CASES = [
    # Images of other builders.
    bad("image.amiId", ABSENT, "Required", "missing", "garden-linux", given=garden_linux()),
    bad("image.amiType", "CUSTOM", "Forbidden", "'CUSTOM'", "garden-linux", given=garden_linux()),
    bad(RELEASE, "1877.12", "Invalid", "'1877.12'", "1877.13", "EFA driver", given=garden_linux()),
    bad(RELEASE, "1592.20", "Invalid", "'1592.20'", "2150.0", given=garden_linux()),
    bad(RELEASE, "today", "Invalid", "'today'", "such as 2150.0.0", given=garden_linux()),
    bad(RELEASE, ABSENT, "Required warning", "missing", "1877.13", given=garden_linux()),
    bad(
        "image",
        {"family": "custom", "amiId": AMI},
        "Invalid warning",
        "'custom'",
        "joins the cluster by itself",
        "/dev/xvda",
        at="image.family",
    ),
    # Drivers.
    bad(RELEASE, "1.34.1-20251002", "NotSupported", "driver 570", "580 or newer", "p6-b300", given=B300),
    bad(
        "instanceType",
        "g7.48xlarge",
        "NotSupported",
        "driver 580",
        "595 or newer",
        at=RELEASE,
        given=of_type("g7e.48xlarge", "1.34.1-20260714"),
        also=("image.family NotSupported warning",),
    ),
    bad(
        "instanceType",
        "g7.48xlarge",
        "NotSupported warning",
        "driver 580",
        "20260714, where the table ends",
        at=RELEASE,
        given=of_type("g7e.48xlarge", "1.34.2-20261105"),
        also=("image.family NotSupported warning",),
    ),
    bad(RELEASE, "1.26.0-3f1a9b2c", "NotSupported warning", "470 to 570", "570 or newer", given=B200),
    bad(
        RELEASE,
        "1.34.2-20261105",
        "NotSupported warning",
        "below 595",
        "where the table ends",
        given=GB200,
    ),
    bad(RELEASE, "1.32.9-20251108", "NotSupported", "'1.32.9-20251108'", "Kubernetes 1.33", given=GB200),
    bad(RELEASE, "1.34.1-20251029", "NotSupported warning", "'1.34.1-20251029'", "20251103", given=GB200),
    bad(
        "image",
        B200["image"],
        "NotSupported warning",
        "BOTTLEROCKET_ARM_64_NVIDIA",
        "p6e-gb200.36xlarge",
        at="image.family",
        given=GB200,
    ),
    bad(
        RELEASE,
        "1.22.0-3f1a9b2c",
        "NotSupported",
        "'1.22.0-3f1a9b2c'",
        "1.23.0 or newer",
        given={"image": {"family": "bottlerocket", "releaseVersion": "1.52.0-3f1a9b2c"}},
    ),
    bad(RELEASE, "1.29.0-3f1a9b2c", "NotSupported", "1.30.0 or newer", "Neuron", given=TRN2),
    # User data.
    bad("labels", LONG, "TooMany", "130 labels", "16384"),
    bad(
        "labels",
        {"node-role.kubernetes.io/gpu": "true"},
        "Forbidden",
        "'node-role.kubernetes.io/gpu'",
        "k8s.io",
        at="labels.node-role.kubernetes.io/gpu",
    ),
]
