"""What a killed run left behind: objects with the stack's tag that its state does not know.

Pulumi notes in the state that a create was under way, but not the id that only the answer would have told.
The next `up` therefore makes a second object, and nothing refers to the first. Every object that the
components make and that can carry tags carries the stack's name, so that it can be found again.
"""

import shlex
from dataclasses import dataclass

from sandbox.core.references import CAPACITY_BLOCK, CAPACITY_RESERVATION
from sandbox.core.values import Values
from sandbox.engine import Engine, Outcome

TAG = "efa-pools/stack"
DELETE = {
    # type -> the command on a real account
    "aws:ec2/launchTemplate:LaunchTemplate": "aws ec2 delete-launch-template --launch-template-id {id}",
    "aws:ec2/placementGroup:PlacementGroup": "aws ec2 delete-placement-group --group-name {id}",
    "aws:ec2/securityGroup:SecurityGroup": "aws ec2 delete-security-group --group-id {id}",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (
        "aws ec2 revoke-security-group-ingress --group-id {securityGroupId} --security-group-rule-ids {id}"
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": (
        "aws ec2 revoke-security-group-egress --group-id {securityGroupId} --security-group-rule-ids {id}"
    ),
    "aws:eks/nodeGroup:NodeGroup": (
        "aws eks delete-nodegroup --cluster-name {clusterName} --nodegroup-name {nodeGroupName}"
    ),
    "aws:autoscaling/group:Group": (
        "aws autoscaling delete-auto-scaling-group --force-delete --auto-scaling-group-name {id}"
    ),
    "aws:eks/accessEntry:AccessEntry": (
        "aws eks delete-access-entry --cluster-name {clusterName} --principal-arn {principalArn}"
    ),
    "aws:iam/instanceProfile:InstanceProfile": (
        "aws iam remove-role-from-instance-profile --instance-profile-name {id} --role-name {role} && "
        "aws iam delete-instance-profile --instance-profile-name {id}"
    ),
    "aws:iam/role:Role": "aws iam delete-role --role-name {id}",
    "aws:ec2/capacityReservation:CapacityReservation": (
        "aws ec2 cancel-capacity-reservation --capacity-reservation-id {id}"
    ),
}


PAID = (CAPACITY_BLOCK, CAPACITY_RESERVATION)
"""Types of which a second one is money lost. A block is for good: no command gives it back."""


@dataclass(frozen=True)
class Lost:
    """An object of the stack that its state lacks."""

    type: str
    id: str
    outputs: Values
    pending: Values | None
    """The resource whose creation was interrupted, where the state still waits for it."""

    @property
    def adopt(self) -> list[str]:
        """The arguments of `pulumi import`; none where the state has another object in its place."""
        if self.pending is None:
            return []
        parent = self.pending.get("parent", "")
        under = ["--parent", f"{_name(parent)}={parent}"] if "::pulumi:pulumi:Stack::" not in parent else []
        return [
            self.type,
            _name(self.pending["urn"]),
            self.id,
            *under,
            # As its component has it, or the next run would show a difference.
            f"--protect={str(self.type == CAPACITY_BLOCK).lower()}",
            "--generate-code=false",
        ]

    @property
    def delete(self) -> str:
        """The command that deletes it on a real account."""
        if self.type == CAPACITY_BLOCK:
            return "a Capacity Block is paid for and cannot be given back"
        text = DELETE.get(self.type)
        return text.format(**{**self.outputs, "id": self.id}) if text else "no command is known for this type"


def lost(engine: Engine) -> list[Lost]:
    """Everything with the stack's tag that the state lacks."""
    state = engine.state()
    known = {(one["type"], one.get("id")) for one in state.get("resources") or []}
    urns = {one["urn"] for one in state.get("resources") or []}
    waiting = [
        one["resource"]
        for one in state.get("pending_operations") or []
        if one["type"] == "creating" and one["resource"]["urn"] not in urns
    ]
    with engine.store() as store:
        objects = [one for one in store.own() if (one["type"], one["id"]) not in known]
    tagged = [one for one in objects if _tags(one).get(TAG) == f"{engine.name}/{engine.stack}"]
    return [Lost(one["type"], one["id"], one["outputs"], _pending(one, waiting)) for one in tagged]


def report(engine: Engine) -> str:
    """The list with the commands for each."""
    found = lost(engine)
    if not found:
        return f"Every tagged object of stack {engine.stack} is in its state."
    lines = [f"Objects of stack {engine.stack} (tag {TAG}) that its state lacks:"]
    make = f"make recover STACK={engine.stack}"
    for one in found:
        lines.append(f"\n  {one.id}  {one.type}")
        if one.adopt:
            lines.append(f"    keep it:   {make} IMPORT={shlex.quote(one.id)}")
            lines.append(f"               pulumi import {shlex.join(one.adopt)}")
        else:
            lines.append(f"    {_surplus(one)}")
        if one.type != CAPACITY_BLOCK:
            lines.append(f"    delete it: {make} DELETE={shlex.quote(one.id)}")
        lines.append(f"               on a real account: {one.delete}")
    lines.append("\nAfterwards, to forget the interrupted operations: pulumi refresh --clear-pending-creates")
    return "\n".join(lines)


def _surplus(one: Lost) -> str:
    if one.type in PAID:
        return f"Still paid for. To use it, write capacity.reservationId: {one.id} in the stack file."
    return "The state has another object in its place, so this one is surplus."


def half_paid(engine: Engine) -> list[str]:
    """Reservations and blocks whose creation was interrupted, by the names of their resources."""
    pending = engine.state().get("pending_operations") or []
    found = (one["resource"] for one in pending if one["type"] == "creating")
    return [_name(one["urn"]) for one in found if one["type"] in PAID]


def adopt(engine: Engine, id: str) -> Outcome:
    """Takes a lost object into the state, and forgets that its creation was interrupted."""
    (one,) = [one for one in lost(engine) if one.id == id and one.adopt]
    done = engine.run("import", *one.adopt, "--yes", "--skip-preview")
    return settle(engine) if done.code == 0 else done


def delete(engine: Engine, id: str) -> None:
    """Deletes a lost object as its owner would, behind Pulumi's back."""
    from sandbox import core

    (one,) = [one for one in lost(engine) if one.id == id]
    with engine.store() as store:
        core.delete(store, one.type, one.id)


def settle(engine: Engine) -> Outcome:
    """Forgets the interrupted operations."""
    return engine.refresh("--skip-preview", "--clear-pending-creates")


def _pending(object: Values, waiting: list[Values]) -> Values | None:
    """The interrupted creation that made this object: the state knows what it asked for."""
    for one in waiting:
        if one["type"] == object["type"] and one["inputs"] == object["inputs"]:
            return one
    return None


def _tags(object: Values) -> Values:
    tags = object["outputs"].get("tags") or {}
    # Those of an Auto Scaling group say one by one whether its instances get them.
    return {one["key"]: one["value"] for one in tags} if isinstance(tags, list) else tags


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]
