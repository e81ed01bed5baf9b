"""Where nodes stand in the data centre: placement group, tenancy, host."""

from typing import Literal

from .wire import GroupId, GroupName, HostId, Positive, Wire

Mode = Literal["create", "existing", "from-reservation", "none"]
Strategy = Literal["cluster", "spread", "partition"]


class Placement(Wire):
    """What the user says of placement; absent keys are settled by `plan.placement`."""

    mode: Mode | None = None
    strategy: Strategy | None = None
    group_id: GroupId | None = None
    group_name: GroupName | None = None
    partition_count: Positive | None = None
    partition_number: Positive | None = None
    spread_level: Literal["host", "rack"] | None = None
    tenancy: Literal["default", "dedicated", "host"] | None = None
    host_id: HostId | None = None
    affinity: Literal["default", "host"] | None = None
