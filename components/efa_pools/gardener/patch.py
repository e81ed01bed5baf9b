"""A pool as a server-side apply patch of its Shoot: one entry of the list of workers, and nothing else.

The list is keyed by `name` (gardener v1.149.3, pkg/apis/core/v1beta1/types_shoot.go: patchMergeKey, which the
API server reads like a list map), so that whoever applies one entry owns that entry alone.
"""

from collections.abc import Mapping
from typing import Any

from ..model.wire import Deferred
from ..plan.draft import Draft
from .exporting import export_worker


def worker_spec(draft: Draft, group_id: Any, reservation_id: Any) -> dict[str, Any]:
    """The `spec` of the patch for a pool without errors.

    `group_id` and `reservation_id` are ids that other resources make, in whatever form the caller has them;
    None where the pool states its own, or none.
    """
    worker = export_worker(draft, group_id).worker
    return {"provider": {"workers": [_settled(worker, group_id, reservation_id)]}}


def _settled(worker: Mapping[str, Any], group_id: Any, reservation_id: Any) -> dict[str, Any]:
    """The worker with the ids that others make: where the check knew of one, and where none was stated."""
    config = dict(worker["providerConfig"])
    for section, key, made in (
        ("placement", "groupId", group_id),
        ("capacityReservation", "capacityReservationId", reservation_id),
    ):
        stated = config.get(section, {}).get(key)
        if made is not None and (stated is None or isinstance(stated, Deferred)):
            config[section] = {**config.get(section, {}), key: made}
    return {**worker, "providerConfig": config}
