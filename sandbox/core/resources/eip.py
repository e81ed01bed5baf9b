"""Elastic IP addresses (AllocateAddress)."""

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import arn, hexes, new_id
from sandbox.core.references import EIP
from sandbox.core.values import Values


def _make(asked: Asked) -> tuple[str, Values]:
    place = asked.store.place
    id = new_id(place, "eipalloc", asked.name)
    # 203.0.113.0/24 is the range that RFC 5737 keeps for documentation.
    address = f"203.0.113.{int(hexes(place, 2, id), 16)}"
    dns = f"ec2-{address.replace('.', '-')}.{place.region}.compute.amazonaws.com"
    return id, {
        "allocationId": id,
        "arn": arn(place, "ec2", f"elastic-ip/{id}"),
        "domain": asked.inputs.get("domain", "vpc"),
        "publicDns": dns,
        "publicIp": address,
    }


KIND = Kind(
    type=EIP, computed=("allocationId", "arn", "domain", "publicDns", "publicIp", "tagsAll"), make=_make
)
