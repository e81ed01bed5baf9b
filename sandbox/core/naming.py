"""Physical names, ids and ARNs: as Pulumi and AWS form them, but derived from the store's seed."""

import hashlib
from dataclasses import dataclass

from sandbox.core.store import Place
from sandbox.core.values import UNKNOWN, Refused, Values


@dataclass(frozen=True)
class Naming:
    """How a type gets its physical name where the program gives none: `<logical name>-<hex>`."""

    property: str
    limit: int
    prefix_property: str | None = None
    digits: int = 7
    """Seven in the AWS provider, eight in the Kubernetes provider."""


def hexes(place: Place, length: int, *words: str) -> str:
    """Hexadecimal digits that look random and are the same for the same words."""
    return hashlib.sha256("\0".join((place.seed, *words)).encode()).hexdigest()[:length]


def named(place: Place, naming: Naming | None, type: str, name: str, inputs: Values) -> Values:
    """`inputs` with a physical name."""
    if naming is None or inputs.get(naming.property) is not None:
        return inputs
    prefix = inputs.get(naming.prefix_property) if naming.prefix_property else None
    if prefix is UNKNOWN:
        return {**inputs, naming.property: UNKNOWN}
    if prefix is not None:
        # Terraform's unique suffix: 26 digits made from the time.
        return {**inputs, naming.property: prefix + hexes(place, 26, type, name)}
    made = f"{name}-{hexes(place, naming.digits, type, name)}"
    if len(made) > naming.limit:
        raise Refused(
            "InvalidName",
            f"the automatic name '{made}' has {len(made)} characters, at most {naming.limit} are allowed: "
            f"shorten the resource's name or set {naming.property}",
        )
    return {**inputs, naming.property: made}


def new_id(place: Place, prefix: str, *words: str) -> str:
    """An id of EC2's long form, such as `lt-0a1b2c3d4e5f60718`."""
    return f"{prefix}-0{hexes(place, 16, prefix, *words)}"


def arn(place: Place, service: str, resource: str) -> str:
    region = "" if service == "iam" else place.region
    return f"arn:{place.partition}:{service}:{region}:{place.account}:{resource}"
