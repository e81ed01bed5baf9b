"""Reads the account as found (`account.yaml`) into a store.

Everything in it stands under the Pulumi type that it would have as a resource, so that references are looked
up in one way, whether the object was there before or the stack made it.
"""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from sandbox.core import references as types
from sandbox.core.naming import arn
from sandbox.core.server_side_apply import fields, with_owners
from sandbox.core.store import MemoryStore, Place, Store
from sandbox.core.values import Values

DEFAULT = Path(__file__).with_name("account.yaml")


def now() -> datetime:
    """The time; SANDBOX_NOW (RFC 3339) fixes it."""
    fixed = os.environ.get("SANDBOX_NOW")
    if not fixed:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(fixed)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError(f"SANDBOX_NOW: {fixed!r}: expected a time with its offset, as 2026-01-31T12:00:00Z")
    return found


def load(path: Path = DEFAULT, at: datetime | None = None, seed: str = "sandbox") -> MemoryStore:
    """A new store that holds the account as it is found, at the time `at`."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    store = MemoryStore(Place(found["account"], found["region"], found["partition"], at or now(), seed))
    fill(store, found)
    return store


def fill(store: Store, account: Values) -> None:
    """Puts the account's objects into a store."""
    for section, (type, key, made) in _SECTIONS.items():
        for found in account.get(section) or []:
            # A namespace is written as its name alone.
            given = found if isinstance(found, dict) else {key: found}
            id = given[key]
            outputs = {"id": id, **given, **made(store.place, given)}
            store.put(type, id, {"id": id, "inputs": {}, "outputs": outputs})


def _as_is(place: Place, given: Values) -> Values:
    return {}


def _security_group(place: Place, given: Values) -> Values:
    return {"arn": arn(place, "ec2", f"security-group/{given['id']}"), "ownerId": place.account}


def _cluster(place: Place, given: Values) -> Values:
    return {
        "arn": arn(place, "eks", f"cluster/{given['name']}"),
        "certificateAuthority": {"data": given["certificateAuthority"]},
        "kubernetesNetworkConfig": {"ipFamily": "ipv4", "serviceIpv4Cidr": given["serviceCidr"]},
        "vpcConfig": {"vpcId": given["vpcId"], "clusterSecurityGroupId": given["securityGroupId"]},
    }


def _role(place: Place, given: Values) -> Values:
    return {"arn": given.get("arn", arn(place, "iam", f"role/{given['name']}"))}


def _instance_profile(place: Place, given: Values) -> Values:
    return {"arn": arn(place, "iam", f"instance-profile/{given['name']}")}


def _access_entry(place: Place, given: Values) -> Values:
    principal = arn(place, "iam", f"role/{given['role']}")
    return {"principalArn": principal, "type": given.get("type", "STANDARD")}


def _placement_group(place: Place, given: Values) -> Values:
    # Pulumi's id of a placement group is its name; the pg- id is an output beside it.
    made = {"id": given["name"], "placementGroupId": given["id"]}
    made["arn"] = arn(place, "ec2", f"placement-group/{given['name']}")
    return {"partitionCount": given.get("partitionCount", 0), **made}


def _reservation(place: Place, given: Values) -> Values:
    start, end = (_at(place.now, given.get(word)) for word in ("startsIn", "endsIn"))
    state = (
        "scheduled" if start and start > place.now else "expired" if end and end <= place.now else "active"
    )
    return {
        "arn": arn(place, "ec2", f"capacity-reservation/{given['id']}"),
        "startDate": start.isoformat() if start else None,
        "endDate": end.isoformat() if end else None,
        "state": given.get("state", state),
    }


def _offering(place: Place, given: Values) -> Values:
    start, end = (_at(place.now, given[word]) for word in ("startsIn", "endsIn"))
    return {"startDate": start.isoformat() if start else None, "endDate": end.isoformat() if end else None}


def _shoot(place: Place, given: Values) -> Values:
    name, namespace = (given[key] for key in ("name", "namespace"))
    owners = {manager: set(paths) for manager, paths in given["owners"].items()}
    shoot = {"metadata": {"name": name, "namespace": namespace}, "spec": given["spec"]}
    # Whoever made the Shoot owns what nobody has changed since.
    owners[given["madeBy"]] = set(fields(shoot)) - set().union(*owners.values())
    return {"id": f"{namespace}/{name}", **with_owners(shoot, owners)}


def _at(present: datetime, offset: str | None) -> datetime | None:
    """`-1d`, `6d`, `12h`, `30m` from now."""
    if offset is None:
        return None
    parts = re.fullmatch(r"(-?\d+)([dhm])", offset)
    if parts is None:
        raise ValueError(f"{offset!r} is not a time from now such as -1d, 6d, 12h or 30m")
    unit = {"d": "days", "h": "hours", "m": "minutes"}[parts[2]]
    return present + timedelta(**{unit: int(parts[1])})


_SECTIONS: dict[str, tuple[str, str, Callable[[Place, Values], Values]]] = {
    # section of the file -> type, the key that is the id, what AWS adds
    "vpcs": (types.VPC, "id", _as_is),
    "subnets": (types.SUBNET, "id", _as_is),
    "securityGroups": (types.SECURITY_GROUP, "id", _security_group),
    "ingressRules": (types.INGRESS_RULE, "id", _as_is),
    "egressRules": (types.EGRESS_RULE, "id", _as_is),
    "clusters": (types.CLUSTER, "name", _cluster),
    "namespaces": (types.NAMESPACE, "name", _as_is),
    "customResourceDefinitions": (types.CRD, "name", _as_is),
    "fabricFaults": (types.FABRIC_FAULT, "name", _as_is),
    "placementGroups": (types.PLACEMENT_GROUP, "name", _placement_group),
    "capacityReservations": (types.CAPACITY_RESERVATION, "id", _reservation),
    "capacityBlockOfferings": (types.CAPACITY_BLOCK_OFFERING, "id", _offering),
    "resourceGroups": (types.RESOURCE_GROUP, "arn", _as_is),
    "roles": (types.ROLE, "name", _role),
    "instanceProfiles": (types.INSTANCE_PROFILE, "name", _instance_profile),
    "accessEntries": (types.ACCESS_ENTRY, "id", _access_entry),
    "shoots": (types.SHOOT, "id", _shoot),
    "quotas": (types.QUOTA, "code", _as_is),
}
