"""What `make recover` tells to type on a real account, held against the services' own models.

The list itself and its effect are tested on the engine (`tests/engine/test_faults.py`).
"""

import botocore.session
import pytest
from botocore import xform_name

from sandbox.core.references import CAPACITY_BLOCK
from sandbox.recover import DELETE, TAG, Lost
from tests.stacks import CLUSTER_FACTS, run_pool

OUTPUTS = {"id": "i", "securityGroupId": "sg-1", "clusterName": "c", "nodeGroupName": "n", "role": "r"}
OUTPUTS |= {"principalArn": "arn:aws:iam::123456789012:role/r"}


@pytest.mark.parametrize("type_", DELETE)
def test_each_command_is_one_that_the_service_takes(type_: str) -> None:
    lost = Lost(type_, "i", OUTPUTS, None)
    for command in lost.delete.split(" && "):
        aws, name, operation, *options = command.split()
        model = botocore.session.get_session().get_service_model(name)
        operations = {xform_name(one, "-"): one for one in model.operation_names}
        shape = model.operation_model(operations[operation]).input_shape
        members = {xform_name(member, "-"): member for member in shape.members}
        given = {
            members[one.removeprefix("--")]
            for one in options
            if one.startswith("--") and one != "--force-delete"
        }
        assert aws == "aws" and set(shape.required_members) <= given, command
        if "--force-delete" in options:
            assert shape.members["ForceDelete"].type_name == "boolean"


@pytest.mark.parametrize("changes", [{}, {"nodes": {"kind": "self-managed"}, **CLUSTER_FACTS}])
def test_whatever_carries_the_tag_has_a_command(changes: dict[str, object]) -> None:
    """An object that can be found again and not be deleted would be found for ever."""
    result = run_pool(preview=True, **changes)
    tagged = {one.type for one in result.registrations if one.custom and TAG in str(one.inputs.get("tags"))}
    assert len(tagged) >= 7 and tagged <= set(DELETE) | {CAPACITY_BLOCK}
