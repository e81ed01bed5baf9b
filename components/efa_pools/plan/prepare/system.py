"""Files that prepare any Linux with systemd, shared by the families that have a shell."""

SYSCTL_FILE = "/etc/sysctl.d/90-efa-pools.conf"
# Of drop-ins the last name wins, and Garden Linux brings an override.conf with a limit of 64 MiB.
LIMITS_FILE = "/etc/systemd/system/containerd.service.d/zz-efa-pools.conf"
LIMITS_TEXT = "[Service]\nLimitMEMLOCK=infinity\n"


def sysctl_text(huge_pages: int) -> str:
    """Pages of 2 MiB, kept over reboots."""
    return f"vm.nr_hugepages = {huge_pages}\n"
