"""What is set on the machine itself: interfaces, metadata service, processor, stated hardware."""

from typing import Annotated, Literal

from .forms import Field
from .wire import Count, Positive, SubnetRef, Text, Wire, whole

InterfaceType = Literal["interface", "efa", "efa-only"]
# More than any instance type holds (p5.48xlarge: 64); a longer list is a mistake and costs time to report.
INTERFACE_LIMIT = 256


class CardRange(Wire):
    """Cards `from` to `to`, both included."""

    from_: Count = Field(key="from")
    to: Count


class NetworkInterface(Wire):
    """One interface, or one on each card of a range."""

    network_card_index: Count | None = None
    network_card_index_range: CardRange | None = None
    device_index: Count = 0
    type: InterfaceType = "interface"
    description: Text | None = None
    subnet_id: SubnetRef | None = None


class NetworkCard(Wire):
    """One network card of a type that the catalogue lacks."""

    index: Count
    maximum_interfaces: Positive
    interface_types: Annotated[tuple[InterfaceType, ...], Field(min_length=1, max_length=3)]


class StatedInstance(Wire):
    """The cards of an instance type that the catalogue lacks, as its document gives them."""

    network_cards: Annotated[tuple[NetworkCard, ...], Field(min_length=1, max_length=INTERFACE_LIMIT)]
    maximum_efa_interfaces: Count
    bandwidth_gbps: Positive


class Metadata(Wire):
    """The instance metadata service."""

    http_tokens: Literal["required", "optional"] | None = None
    hop_limit: Annotated[int, whole(1, 64)] | None = None

    @property
    def tokens(self) -> str:
        """`http_tokens` after defaults: IMDSv2 only."""
        return self.http_tokens or "required"

    @property
    def hops(self) -> int:
        """`hop_limit` after defaults: pods stand one hop further than the node."""
        return self.hop_limit or 2


class Cpu(Wire):
    """Processor options of the launch."""

    core_count: Positive | None = None
    threads_per_core: Annotated[int, whole(1, 2)] | None = None
    amd_sev_snp: Literal["enabled", "disabled"] | None = None
