"""IAM instance profiles (CreateInstanceProfile, AddRoleToInstanceProfile)."""

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import Naming, arn, hexes
from sandbox.core.references import INSTANCE_PROFILE, ROLE
from sandbox.core.values import Refused, Values, known


def _refuse(asked: Asked) -> None:
    name, role = known(asked.inputs, "name"), known(asked.inputs, "role")
    if name is not None and asked.store.get(INSTANCE_PROFILE, name) is not None:
        raise Refused("EntityAlreadyExists", f"Instance Profile {name} already exists.")
    if role is not None and not asked.preview and asked.store.get(ROLE, role) is None:
        raise Refused("NoSuchEntity", f"The role with name {role} cannot be found.")


def _make(asked: Asked) -> tuple[str, Values]:
    name, place = asked.inputs["name"], asked.store.place
    path = asked.inputs.get("path", "/")
    return name, {
        "arn": arn(place, "iam", f"instance-profile{path}{name}"),
        "uniqueId": "AIPA" + hexes(place, 16, "instance-profile", name).upper(),
        "createDate": place.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "path": path,
    }


KIND = Kind(
    type=INSTANCE_PROFILE,
    naming=Naming("name", 128, prefix_property="namePrefix"),
    computed=("arn", "uniqueId", "createDate", "path", "tagsAll"),
    refuse=_refuse,
    make=_make,
)
