"""An all-reduce test over a pool's nodes, decided: what a worker asks for, what is run, and for how long.

Sources: github.com/aws-samples/awsome-distributed-training, micro-benchmarks/nccl-tests/kubernetes (memory
and huge pages of eight GPUs; commit 7217859 of 2026-02-21); nccl-tests, src/common.cu (a maximum above the
GPU's memory is reduced; commit a0b82b2 of 2026-07-09); aws-ofi-nccl, doc/efa-env-var.md and
src/nccl_ofi_interface_nvidia.cpp (every version answers to "AWS Libfabric"; commit 2daf7d3 of 2026-08-21).
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from .. import catalogue, layouts
from ..model.pool import Taint
from ..model.stack import NcclTestPool
from ..nccl.verdict import Fabric
from .charts import known_charts
from .pool import PoolPlan

Mode = Literal["all", "baseline", "pairwise"]
MODES: tuple[Mode, ...] = ("all", "baseline", "pairwise")
MEMORY_MI_A_GPU = 4000
HUGE_MI_A_GPU = 640
WAIT_SECONDS = 1200
"""For the workers: an image of some 10 GB, on nodes that boot."""
SWEEP_SECONDS = 900
"""For one run: all sizes up to 16 GiB take some five minutes, a run that hangs takes for ever."""
SPARE_SECONDS = 60
"""Between the launcher's own limit of a run, which leaves a verdict, and the job's, which leaves none."""
RAILS_SECONDS = 3600
"""For the rails of bad nodes, all together: a P5 has 32, each takes a minute at most where nothing hangs."""
RAIL_SECONDS = 120
"""For one rail: it moves some 90 GiB, eight seconds at 100 Gbps, after half a minute of starting."""
# All sizes from 8 B to 16 GiB; pairs and rails are many, and need only the sizes that fill their wire.
WHOLE, SHORT, RAIL = ("-b", "8", "-e", "16G"), ("-b", "64M", "-e", "8G"), ("-b", "256M", "-e", "1G")


class NcclRun(NamedTuple):
    """One test, ready to be written as manifests."""

    pool: str
    instance_type: str
    nodes: int
    efa: int
    gpus: int
    huge_pages_mi: int
    """MiB of huge pages that each worker asks for; 0 for none."""
    taints: tuple[Taint, ...]
    image: str
    repeats: int
    mode: Mode
    ceiling_gbps: float | None
    basis: str | None
    efa_claim_template: str | None = None
    """What to claim EFA devices with, where they are no countable resource (DRA)."""

    @property
    def fabric(self) -> Fabric:
        """What each group of nodes should reach."""
        together = {"all": self.nodes, "baseline": 1, "pairwise": 2}[self.mode]
        return Fabric(self.instance_type, together, self.ceiling_gbps, self.basis, self.efa)

    @property
    def sweep(self) -> tuple[str, ...]:
        """The sizes, as nccl-tests takes them."""
        return SHORT if self.mode == "pairwise" else WHOLE

    @property
    def deadline(self) -> int:
        """Seconds from the start after which the test counts as failed."""
        rounds = (self.nodes - 1 + self.nodes % 2) if self.mode == "pairwise" else 1
        rails = RAILS_SECONDS + SPARE_SECONDS if self.examines_rails else 0
        return WAIT_SECONDS + (SWEEP_SECONDS + SPARE_SECONDS) * self.repeats * rounds + rails

    @property
    def examines_rails(self) -> bool:
        """Whether the launcher looks for slow rails after the pairs; a single one has no equal."""
        return self.mode == "pairwise" and self.efa > 1


def public_image() -> str:
    """AWS's own build of nccl-tests, by its tag."""
    known = known_charts()["nccl-tests"]
    return f"{known['repository']}:{known['version']}"


def operator_manifest() -> str:
    """Where the MPI operator's manifest stands."""
    known = known_charts()["mpi-operator"]
    return "/".join(known[key] for key in ("repository", "version", "manifest"))


def plan_test(pool: NcclTestPool, image: str | None, repeats: int | None, mode: Mode = "all") -> NcclRun:
    """Decide the test of a pool that has passed the check."""
    instance = catalogue.get(pool.instance_type)
    if instance is None:
        raise ValueError("a pool with errors has no test")
    gpus = instance.gpu_count
    wanted = HUGE_MI_A_GPU * gpus
    there = wanted if pool.huge_pages2_mi is None else 2 * pool.huge_pages2_mi
    return NcclRun(
        pool=pool.name,
        instance_type=pool.instance_type,
        nodes=pool.nodes,
        efa=efa_per_node(pool),
        gpus=gpus,
        huge_pages_mi=min(wanted, there),
        taints=pool.taints,
        image=image or public_image(),
        repeats=repeats or 1,
        mode=mode,
        ceiling_gbps=instance.bandwidth_gbps,
        basis=instance.bandwidth_basis,
        efa_claim_template=pool.efa_claim_template,
    )


def efa_per_node(pool: NcclTestPool) -> int:
    """EFA devices of a node: as stated, else those of the recommended layout."""
    if pool.efa_per_node is not None:
        return pool.efa_per_node
    instance = catalogue.get(pool.instance_type)
    if instance is None or instance.cards is None:
        return 0
    return sum(one.is_efa for one in layouts.interfaces(instance, "recommended"))


def under_test(plan: PoolPlan) -> NcclTestPool:
    """A planned pool as the test sees it."""
    pool = plan.pool
    return NcclTestPool(
        name=plan.name,
        instance_type=plan.instance.name,
        image_family=pool.image.family,
        taints=pool.taints,
        nodes=plan.nodes.desired,
        efa_per_node=plan.efa_per_node,
        huge_pages2_mi=plan.huge_pages if pool.huge_pages2_mi is None else pool.huge_pages2_mi,
    )


def environment(test: NcclRun) -> dict[str, str]:
    """What every rank gets. Without EFA the run fails: no other provider or network may be taken."""
    own = {
        "FI_PROVIDER": "efa",
        "NCCL_NET": "AWS Libfabric",
        "NCCL_DEBUG": "INFO",
        # Only bootstrap traffic goes here. Pod Identity's link-local interface reaches no other node.
        "NCCL_SOCKET_IFNAME": "^lo,docker,veth,pod-id-link",
    }
    return own if test.huge_pages_mi else {**own, "FI_EFA_USE_HUGE_PAGE": "0"}


def program(test: NcclRun, exports: Sequence[str]) -> dict[str, Any]:
    """`test.json` of the launcher; see `nccl/launch.py`."""
    common = ("-f", "2", "-g", "1", "-c", "1", "-n", "20")
    rails = {"seconds": RAILS_SECONDS, "runSeconds": RAIL_SECONDS, "arguments": [*RAIL, *common]}
    return {
        "mode": test.mode,
        "pool": test.pool,
        "instanceType": test.instance_type,
        "nodes": test.nodes,
        "repeats": test.repeats,
        "slots": test.gpus,
        "waitSeconds": WAIT_SECONDS,
        "sweepSeconds": SWEEP_SECONDS,
        "mpirun": "/opt/amazon/openmpi/bin/mpirun",
        "mca": {"pml": "ob1", "btl": "tcp,self", "btl_tcp_if_exclude": "lo,docker0,pod-id-link0"},
        "exports": list(exports),
        "program": "/opt/nccl-tests/build/all_reduce_perf",
        "arguments": [*test.sweep, *common],
        **({"rails": rails} if test.examines_rails else {}),
    }
