"""The export of a checked pool: what cannot be exported, and what another kind of pool leaves behind."""

from typing import Any

from ..check.pool import Checked
from ..plan.capacity import buys_block, makes_reservation
from ..problem import Problem, errors, warning
from ..rules.gardener import KIND, name_fits_a_worker, worker_says_everything
from .exporting import IMAGE, export_worker


def export_pool(checked: Checked) -> tuple[dict[str, Any], list[Problem]]:
    """The worker of a pool and what is to be said of it; no worker where something is an error."""
    draft, pool = checked.draft, checked.draft.pool
    found = list(checked.problems)
    if errors(found):
        return {}, found
    if pool.availability_zones is None:
        found.append(Problem(("availabilityZones",), "Required", "missing; a worker expects its zones"))
    if pool.name is None:
        found.append(Problem(("name",), "Required", "missing; expected the worker's name"))
    placement = draft.placement
    if placement.mode != "none" and placement.mode != "from-reservation" and placement.group_id is None:
        message = (
            f"missing with mode {placement.mode}: a worker expects the id of a group that exists (pg-...); "
            "or placement.mode none"
        )
        found.append(Problem(("placement", "groupId"), "Required", message))
    if makes_reservation(pool.capacity) or buys_block(pool.capacity):
        message = "missing; a worker expects the id of a reservation that exists (cr-...)"
        found.append(Problem(("capacity", "reservationId"), "Required", message))
    if draft.kind != KIND:
        found += _left_behind(checked)
    return ({}, found) if errors(found) else (export_worker(draft).worker, found)


def _left_behind(checked: Checked) -> list[Problem]:
    """What the pool says and the worker does not."""
    draft = checked.draft
    made = draft._replace(pool=draft.pool.replace(nodes=draft.pool.nodes.replace(kind=KIND)))
    found = [
        warning(one.path, one.kind, f"left behind: {one.message}")
        for one in worker_says_everything.check(made)
    ]
    found += name_fits_a_worker.check(made)
    family = draft.pool.image.family
    if family not in IMAGE:
        message = f"left behind: {family!r} is no machine image of Gardener; the worker gets the default one"
        found.append(warning(("image", "family"), "NotSupported", message))
    return found
