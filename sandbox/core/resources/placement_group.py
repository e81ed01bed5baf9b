"""EC2 placement groups (CreatePlacementGroup; "Placement strategies" in the EC2 User Guide)."""

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import Naming, arn, new_id
from sandbox.core.references import PLACEMENT_GROUP
from sandbox.core.values import Refused, Values, known


def _rules(inputs: Values) -> list[Refused]:
    strategy = known(inputs, "strategy")
    found = []
    if inputs.get("strategy") is None:
        found.append(Refused("MissingParameter", "The request must contain the parameter strategy"))
    if strategy is not None and strategy != "partition" and inputs.get("partitionCount"):
        message = f"The partition count is valid only for the strategy partition, not for {strategy}."
        found.append(Refused("InvalidParameterCombination", message))
    if strategy is not None and strategy != "spread" and inputs.get("spreadLevel"):
        message = f"The spread level is valid only for the strategy spread, not for {strategy}."
        found.append(Refused("InvalidParameterCombination", message))
    if known(inputs, "spreadLevel") == "host":
        found.append(Refused("InvalidParameterValue", "The spread level host is available only on Outposts."))
    return found


def _refuse(asked: Asked) -> None:
    name = known(asked.inputs, "name")
    if name is not None and asked.store.get(PLACEMENT_GROUP, name) is not None:
        raise Refused("InvalidPlacementGroup.Duplicate", f"The placement group '{name}' already exists.")


def _make(asked: Asked) -> tuple[str, Values]:
    name = asked.inputs["name"]
    place = asked.store.place
    return name, {
        "placementGroupId": new_id(place, "pg", name),
        "arn": arn(place, "ec2", f"placement-group/{name}"),
        # EC2 fills these in for the strategies that have them.
        "partitionCount": asked.inputs.get(
            "partitionCount", 2 if asked.inputs["strategy"] == "partition" else 0
        ),
        "spreadLevel": asked.inputs.get(
            "spreadLevel", "rack" if asked.inputs["strategy"] == "spread" else ""
        ),
    }


KIND = Kind(
    type=PLACEMENT_GROUP,
    naming=Naming("name", 255),
    computed=("arn", "placementGroupId", "partitionCount", "spreadLevel", "tagsAll"),
    rules=_rules,
    refuse=_refuse,
    make=_make,
)
