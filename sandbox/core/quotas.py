"""vCPU quotas of EC2 ("Amazon EC2 instance type quotas" in the EC2 User Guide; codes as in Service Quotas).

Quotas are the account's; one that it does not state is not judged.
"""

import re

from sandbox.core import launch
from sandbox.core.nodes import Nodes, running
from sandbox.core.references import CAPACITY_RESERVATION, QUOTA
from sandbox.core.reservations import inside, is_block, unavailable
from sandbox.core.store import Store
from sandbox.core.values import Refused, known

STANDARD = ("L-1216C47A", "L-34B43A08")
FAMILIES = {
    # letters that a type's name begins with -> quota for On-Demand, quota for spot
    "p": ("L-417A185B", "L-7212CCBC"),
    "g": ("L-DB2E81BA", "L-3819A6DF"),
    "gr": ("L-DB2E81BA", "L-3819A6DF"),
    "vt": ("L-DB2E81BA", "L-3819A6DF"),
    "trn": ("L-2C3B7624", "L-6B0D517C"),
    "inf": ("L-1945791B", "L-B5D1601B"),
    "dl": ("L-6E869C2A", "L-85EED4F7"),
    "f": ("L-74FC7D96", "L-88CF9481"),
    "x": ("L-7295265B", "L-E3A00192"),
    "u": ("L-43DA4232", ""),
    "hpc": ("L-F7808C92", ""),
}
P5_SPOT = "L-C4BD4855"
"""All P5 Spot Instance Requests; the other P quota is for P4, P3 and P2. None is known for P6."""


def refusals(nodes: Nodes) -> list[Refused]:
    """Capacity Blocks don't count against On-Demand limits (EC2 User Guide, "Capacity Blocks for ML")."""
    code = _code(nodes)
    quota = nodes.store.get(QUOTA, code) if code else None
    if quota is None or not _outside(nodes):
        return []
    used = sum(_outside(one) for one in running(nodes.store) if _code(one) == code)
    wanted = used + _in_reservations(nodes.store, code) + _outside(nodes)
    limit = quota["outputs"]["value"]
    if wanted <= limit:
        return []
    if _spot(nodes):
        message = f"Max spot instance count exceeded: {wanted} vCPUs of {limit} ({code})."
        return [Refused("MaxSpotInstanceCountExceeded", message)]
    message = (
        f"You have requested more vCPU capacity than your current vCPU limit of {limit} allows for the "
        "instance bucket that the specified instance type belongs to. Please visit "
        "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit. "
        f"({code}: {wanted} vCPUs)"
    )
    return [Refused("VcpuLimitExceeded", message)]


def reservation_refusals(store: Store, type: str, count: int) -> list[Refused]:
    """Reserving counts like running: "Error codes for the Amazon EC2 API", InstanceLimitExceeded."""
    code = _family(type)[0]
    quota = store.get(QUOTA, code)
    used = sum(_outside(one) for one in running(store) if _code(one) == code)
    wanted = used + _in_reservations(store, code) + _vcpus(type) * count
    if quota is None or wanted <= quota["outputs"]["value"]:
        return []
    message = "Your quota allows for no more of these running instances or Capacity Reservations"
    limit = quota["outputs"]["value"]
    return [Refused("InstanceLimitExceeded", f"{message}: {wanted} vCPUs of {limit} ({code}).")]


def _spot(nodes: Nodes) -> bool:
    market = known(nodes.template, "instanceMarketOptions", "marketType")
    return bool(known(nodes.group, "capacityType") == "SPOT" or market == "spot")


def _code(nodes: Nodes) -> str:
    """The quota that the nodes count against; "" where they count against none."""
    if is_block(nodes):
        return ""
    type = nodes.types[0]
    if _spot(nodes) and type.startswith(("p5", "p6")):
        return P5_SPOT if type.startswith("p5") else ""
    return _family(type)[_spot(nodes)]


def _family(type: str) -> tuple[str, str]:
    letters = re.match("[a-z]*", type)
    return FAMILIES.get(letters[0] if letters else "", STANDARD)


def _vcpus(type: str) -> int:
    found = launch.hardware(type)
    return found.vcpus if found else 0


def _outside(nodes: Nodes) -> int:
    """vCPUs of the nodes that run in no reservation; reservations count as a whole, used or not."""
    return _vcpus(nodes.types[0]) * (nodes.count - inside(nodes))


def _in_reservations(store: Store, code: str) -> int:
    """vCPUs of targeted reservations: "Capacity Reservations count towards your On-Demand Instance limits".

    (Error codes for the Amazon EC2 API, InstanceLimitExceeded.) Open ones take in nodes that target nothing,
    so counting them beside the nodes would count twice.
    """
    return sum(
        _vcpus(one["instanceType"]) * one["instanceCount"]
        for one in (found["outputs"] for found in store.all(CAPACITY_RESERVATION))
        if one["reservationType"] == "default"
        and one.get("instanceMatchCriteria") == "targeted"
        and _family(one["instanceType"])[0] == code
        and unavailable(one, store.place.now) is None
    )
