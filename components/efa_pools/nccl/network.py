"""Which network NCCL says that it used, from its NCCL_DEBUG=INFO lines.

The lines are those of NCCL 2.4 to 2.29 (github.com/NVIDIA/nccl, src/init.cc, src/transport/net.cc) and of the
aws-ofi-nccl plugin 1.1 to 1.20 (github.com/aws/aws-ofi-nccl, src/nccl_ofi_net.cpp, read 2026-08-21).
"""

from __future__ import annotations

import re

_CHANNEL = re.compile(rb"via NET/([A-Za-z][\w -]*?)/(\d{1,4})(?:\(\d+\))?(/GDRDMA)?")
_NAMED = re.compile(rb"(?:Using network|Assigned NET plugin) ([A-Za-z][\w -]*?)(?: to comm)?\s*$")
_PROVIDER = re.compile(rb"Selected [Pp]rovider is ([\w;.-]+)")
_FOUND = re.compile(rb"found (\d{1,4}) nics")
_NCCL = re.compile(rb"NCCL version ([\w.+-]+)")
_PLUGIN = re.compile(rb"(?:Initializing|Using) aws-ofi-nccl ([\w.+-]+)")
_RANKS = re.compile(rb"n[rR]anks (\d{1,7})\b")
_LIBFABRIC = frozenset({"AWS Libfabric", "Libfabric", "OFI"})
_MAXIMUM_NAMES, _MAXIMUM_SEEN = 32, 2048


class Network:
    """What the lines of all ranks say together."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        """Networks that NCCL chose or sends through: `AWS Libfabric`, `Libfabric`, `Socket`, `IB`."""
        self.providers: set[str] = set()
        """Libfabric providers that the plugin selected: `efa`, or `tcp` and the like."""
        self.found: int | None = None
        """EFA devices that the plugin found, the fewest of any rank."""
        self.devices: set[int] = set()
        """Libfabric devices that channels go through."""
        self.grouped = False
        """Whether the plugin joins several EFA devices to one (its RDMA protocol)."""
        self.gpu_direct: bool | None = None
        self.nccl: str | None = None
        self.plugin: str | None = None
        self.ranks: int | None = None
        self._sockets_offered = False
        self._seen: set[bytes] = set()

    @property
    def transport(self) -> str:
        """`socket` if any rank used sockets, else `efa` if any says so, else `unknown`."""
        foreign = {one for one in self.providers if not one.startswith("efa")}
        if "Socket" in self.names or foreign:
            return "socket"
        if self.providers or self.names & _LIBFABRIC:
            return "efa"
        # NCCL 2.4 names its sockets for the bootstrap too, so this line alone counts only without another.
        return "socket" if self._sockets_offered and not self.names else "unknown"

    @property
    def rails(self) -> int | None:
        """EFA devices a node: as the plugin counted them, else as channels name them; None if neither.

        One named device says nothing of the others, and a joined one is several.
        """
        if self.found is not None:
            return self.found
        return len(self.devices) if len(self.devices) > 1 and not self.grouped else None

    def feed(self, line: bytes) -> None:
        """Read one line of NCCL's."""
        if b" via " in line:
            if b"via NET/" in line:
                self._channel(line)
            return
        if b"etwork" in line or b"NET plugin" in line:
            self._named(line)
        if b"NET/" in line:
            self._plugin(line)
        if b"version" in line and self.nccl is None:
            self.nccl = _text(_NCCL.search(line))
        if b"anks " in line:
            ranks = _RANKS.search(line)
            if ranks:
                self.ranks = max(self.ranks or 0, int(ranks[1]))

    def _channel(self, line: bytes) -> None:
        way = line[line.index(b"via NET/") :].rstrip()[:80]
        if way in self._seen or len(self._seen) >= _MAXIMUM_SEEN:
            return
        self._seen.add(way)
        channel = _CHANNEL.match(way)
        if channel is None:
            return
        name = channel[1].decode("ascii", "replace")
        self._name(name)
        if name in _LIBFABRIC:
            self.devices.add(int(channel[2]))
            self.gpu_direct = bool(self.gpu_direct or channel[3])

    def _named(self, line: bytes) -> None:
        name = _text(_NAMED.search(line))
        if name:
            self._name(name)

    def _name(self, name: str) -> None:
        if len(self.names) < _MAXIMUM_NAMES or name == "Socket":
            self.names.add(name)

    def _plugin(self, line: bytes) -> None:
        provider = _text(_PROVIDER.search(line))
        if provider:
            if len(self.providers) < _MAXIMUM_NAMES:
                self.providers.add(provider)
            found = _FOUND.search(line)
            if found:
                nics = int(found[1])
                self.found = nics if self.found is None else min(self.found, nics)
        elif b"NET/Socket : Using" in line or b"NET/Socket: Using" in line:
            self._sockets_offered = True
        elif b"protocol RDMA" in line:
            self.grouped = True
        elif self.plugin is None:
            self.plugin = _text(_PLUGIN.search(line))


def _text(match: re.Match[bytes] | None) -> str | None:
    return match[1].decode("ascii", "replace") if match else None
