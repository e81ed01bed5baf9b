"""The launcher's files in a folder, run as a script with an mpirun and an ssh that we make up."""

import json
import subprocess
import sys
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

from efa_pools.plan.mpi_job import scripts
from efa_pools.plan.nccl_test import NcclRun

P4D = NcclRun(
    pool="validation",
    instance_type="p4d.24xlarge",
    nodes=2,
    efa=4,
    gpus=8,
    huge_pages_mi=5120,
    taints=(),
    image="i",
    repeats=1,
    mode="all",
    ceiling_gbps=400,
    basis="documented",
)
# The addresses of aws-ofi-nccl's topology/p4d-24xl-topo.xml, and the names that rdma-core makes of them.
P4D_RAILS = {
    "rdmap16s27": "0000:10:1b.0",
    "rdmap32s27": "0000:20:1b.0",
    "rdmap144s27": "0000:90:1b.0",
    "rdmap160s27": "0000:a0:1b.0",
}
SSH = """#!/bin/sh
for last; do :; done
host=$(echo "$*" | grep -o 'worker-[0-9]*')
[ "$host" = "$SILENT" ] && exit 255
case "$*" in *uverbs*) cat "$LOGS_BY_HOSTS/$host.devices" 2>/dev/null; exit;; esac
echo "ip-$host.internal"
"""
MPIRUN = """#!/bin/sh
echo "$@" >> "$RECORD"
env | grep -E '^(FI_|NCCL_)' | sort > "$RECORD.env"
while [ $# -gt 0 ]; do
    [ "$1" = orte_default_hostfile ] && hosts=$2
    case "$1" in FI_EFA_IFACE=*) rail=${1#*=};; esac
    shift
done
name=$(cut -d' ' -f1 "$hosts" | tr '\\n' '+')$rail
cat "$LOGS_BY_HOSTS/$name" 2>/dev/null || cat "$LOGS_BY_HOSTS/any"
[ ! -e "$LOGS_BY_HOSTS/$name.breaks" ] || exit 6
[ -z "$SLEEP" ] || exec sleep "$SLEEP"
exit ${CODE:-0}
"""


class Ended(NamedTuple):
    code: int
    said: dict[str, Any]
    out: str
    commands: list[str]


class Launcher:
    """The files of the ConfigMap in a folder, and the programs of the image on PATH."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.folder, self.run = folder, P4D._replace(**changes)
        (folder / "bin").mkdir()
        (folder / "logs").mkdir()
        for name, text in (("ssh", SSH), ("mpirun", MPIRUN)):
            (folder / "bin" / name).write_text(text)
            (folder / "bin" / name).chmod(0o755)
        for name, text in scripts(self.run).items():
            (folder / name).write_text(text)
        hosts = [f"worker-{at} slots=8" for at in range(self.run.nodes)]
        (folder / "hosts").write_text("\n".join(hosts) + "\n")

    def log(self, content: bytes, *hosts: int, rail: str = "") -> "Launcher":
        """What a run of these hosts prints, in any order; without hosts, what any other does."""
        for order in permutations(hosts):
            name = "".join(f"worker-{host}+" for host in order) or "any"
            (self.folder / "logs" / f"{name}{rail}").write_bytes(content)
        return self

    def breaks(self, *hosts: int, rail: str) -> "Launcher":
        """Such a run prints its log and fails nevertheless."""
        return self.log(b"", *hosts, rail=f"{rail}.breaks")

    def devices(self, host: int, names: dict[str, str]) -> "Launcher":
        """The EFA devices of a host with their PCI addresses."""
        lines = "".join(f"{name} {address}\n" for name, address in names.items())
        (self.folder / "logs" / f"worker-{host}.devices").write_text(lines)
        return self

    def test(self, **changes: Any) -> "Launcher":
        file = self.folder / "test.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))
        return self

    def start(self, **env: str) -> Ended:
        message = self.folder / "message"
        program = (
            "import sys; sys.dont_write_bytecode = True; sys.path.insert(0, sys.argv[1]); import launch\n"
            "from pathlib import Path\n"
            "sys.exit(launch.main(Path(sys.argv[1]), Path(sys.argv[2])))"
        )
        done = subprocess.run(
            [sys.executable, "-S", "-c", program, str(self.folder), str(message)],
            env={
                "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
                "OMPI_MCA_orte_default_hostfile": str(self.folder / "hosts"),
                "LOGS_BY_HOSTS": str(self.folder / "logs"),
                "RECORD": str(self.folder / "record"),
                "FI_PROVIDER": "efa",
                "NCCL_NET": "AWS Libfabric",
                **env,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        record = self.folder / "record"
        commands = record.read_text().splitlines() if record.exists() else []
        assert message.exists(), done.stderr
        return Ended(done.returncode, json.loads(message.read_text()), done.stdout, commands)
