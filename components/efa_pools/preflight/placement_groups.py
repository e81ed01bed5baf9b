"""The placement group that is to be used, and the one in which the reservation was made."""

from typing import Any

from ..model.capacity import TARGETED
from .account import Account, Missing
from .finding import Check, Subject, Verdict, judged, passed
from .reservations import reservations


def group(subject: Subject, account: Account) -> dict[str, Any] | None:
    """The existing group as EC2 knows it; None where it does not."""
    placement = subject.plan.placement
    by = {"GroupIds": [placement.group_id]} if placement.group_id else {"GroupNames": [placement.group_name]}
    try:
        found = account.call("ec2", "DescribePlacementGroups", **by)["PlacementGroups"]
    except Missing:
        return None
    return dict(found[0]) if found else None


def placement_group(subject: Subject, account: Account) -> Verdict | None:
    """A launch names the group, and fails where it is not there, not ready, or of another strategy."""
    placement = subject.plan.placement
    if placement.mode != "existing":
        return None
    name, found = placement.group_id or placement.group_name, group(subject, account)
    expected = f"{name}: available, strategy {placement.strategy}"
    if found is None:
        return Verdict(
            "fail", f"no group {name} in {account.region}", expected, "correct the group, or mode create"
        )
    text = f"{found['GroupName']}: {found['State']}, strategy {found['Strategy']}"
    number, partitions = placement.partition_number, found.get("PartitionCount")
    if number is not None:
        text += f", {partitions or 0} partitions"
        expected += f", {number} partitions or more"
    wrong = found["State"] != "available" or found["Strategy"] != placement.strategy
    return judged(
        wrong or (number is not None and number > (partitions or 0)),
        text,
        expected,
        "state the strategy that the group has, or take another group",
    )


def reservation_group(subject: Subject, account: Account) -> Verdict | None:
    """Reserved machines stand in the group in which the reservation was made, and in no other."""
    plan = subject.plan
    mode, kind = plan.placement.mode, plan.pool.capacity.kind
    if kind not in TARGETED or mode not in ("existing", "from-reservation"):
        return None
    made_in = sorted({str(one.get("PlacementGroupArn", "none")) for one in reservations(subject, account)})
    text = f"reserved in {', '.join(made_in) or 'nothing'}"
    if mode == "from-reservation":
        bad = not made_in or "none" in made_in
        fix = "use placement mode none, or a reservation that was made in a group"
        return judged(bad, text, "a reservation made in a placement group", fix)
    found = group(subject, account)
    if found is None:
        return None  # said by the check of the group itself
    if made_in == [found.get("GroupArn")]:
        return passed(text, f"{found['GroupName']}")
    return Verdict(
        "warn" if kind == "capacity-block" else "fail",
        text,
        f"{found['GroupName']} ({found.get('GroupArn', 'ARN unknown')})",
        "use placement mode none or from-reservation; launches into another group find no reserved machine",
    )


CHECKS = (Check("placement-group", placement_group), Check("placement-reservation", reservation_group))
