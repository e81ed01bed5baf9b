"""Garden Linux and images of your own: cloud-init prepares the machine, and the image joins the cluster.

Sources: cloud-init, module reference (bootcmd runs at every boot, runcmd at the first); gardenlinux,
features/aws (cloud-init) and features/gardener (containerd's limit); gardenlinux-nvidia-installer, "Network
Configuration".
"""

import json
from typing import Any

from .needs import ClusterFacts, Needs
from .system import LIMITS_FILE, LIMITS_TEXT, SYSCTL_FILE, sysctl_text

_JUMBO = (
    "for link in /sys/class/net/*; do "
    '[ "$(basename "$(readlink -f "$link/device/driver")")" = ena ] || continue; '
    'ip link set dev "${link##*/}" mtu %d; done'
)


def render(needs: Needs, cluster: ClusterFacts | None) -> str | None:
    """The configuration, or None where there is nothing to prepare; no word of a user's is in it."""
    del cluster
    files: list[dict[str, str]] = []
    boot: list[list[str]] = []
    first: list[list[str]] = []
    if needs.mtu is not None:
        boot.append(["sh", "-c", _JUMBO % needs.mtu])
    if needs.huge_pages is not None:
        files.append(_file(SYSCTL_FILE, sysctl_text(needs.huge_pages)))
        first.append(["sysctl", "-q", "-p", SYSCTL_FILE])
    if needs.unlimited_memlock:
        files.append(_file(LIMITS_FILE, LIMITS_TEXT))
        first += [["systemctl", "daemon-reload"], ["systemctl", "try-restart", "containerd.service"]]
    config: dict[str, Any] = {"bootcmd": boot, "write_files": files, "runcmd": first}
    said = {key: value for key, value in config.items() if value}
    return f"#cloud-config\n{json.dumps(said, indent=2)}\n" if said else None


def _file(path: str, content: str) -> dict[str, str]:
    return {"path": path, "permissions": "0644", "content": content}
