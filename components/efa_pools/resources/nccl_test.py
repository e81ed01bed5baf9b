"""NcclTest: all-reduce over a pool's nodes, as an MPIJob, whose verdict may hold up the stack."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from ..check.nccl_test import check_nccl_test
from ..plan import mpi_job
from ..plan.nccl_test import NcclRun, plan_test
from ..problem import errors
from .args import Taint
from .inputs import InvalidArguments, originals, to_wire
from .manifest import Manifest
from .operator import operator

TYPE = "efa-pools:index:NcclTest"
SLACK_SECONDS = 300
"""What the operator and the API server may take beyond the job's own limit."""


class NcclTestPool(TypedDict):
    """What the test needs to know of a pool."""

    name: str
    """Name of the pool, which its nodes carry as the label efa-pools/pool."""
    instance_type: str
    """Its instance type; one with NVIDIA GPUs."""
    image_family: str
    """Its image family."""
    taints: NotRequired[list[Taint]]
    """Its taints, which the test tolerates."""
    nodes: int
    """Nodes that take part, each with one worker."""
    efa_per_node: NotRequired[int]
    """EFA devices of each node. Default: those of the type's recommended layout."""
    efa_claim_template: NotRequired[str]
    """ResourceClaimTemplate for all EFA devices of a node, where a DRA driver shows them."""
    huge_pages2_mi: NotRequired[int]
    """Huge pages of 2 MiB of each node, as the pool has it. Absent: the image's own; 0: none."""


class NcclTestArgs(TypedDict):
    """One test over the nodes of one pool."""

    pool: NcclTestPool
    """The pool to test."""
    image: NotRequired[str]
    """Image with nccl-tests, Open MPI, aws-ofi-nccl, sshd and Python 3. Default: AWS's public one."""
    repeats: NotRequired[int]
    """How often the test runs, one run after the other; the worst one counts. Default 1."""
    gate: NotRequired[bool]
    """Whether `pulumi up` waits for the verdict and stops where it is fail. Default false."""
    operator_manifest: NotRequired[str]
    """Manifest of the MPI operator to install, a YAML file's path. Default: the cluster has the operator."""
    triggers: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]
    """A change of one of these runs the test again, such as the version of the pool's launch template."""


class NcclTest(pulumi.ComponentResource):
    """Runs all_reduce_perf over the nodes of a pool through the Kubeflow MPI operator, and judges it."""

    job_name: pulumi.Output[str]
    """Name of the MPIJob, in the namespace default."""
    result: pulumi.Output[str]
    """succeeded; or not-awaited, without gate. A test that fails beside gate fails the run."""
    verdict_command: pulumi.Output[str]
    """Prints the verdict's line while the launcher's pod is there: a day."""

    def __init__(self, name: str, args: NcclTestArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Check `args`, of which NcclTestArgs describes each key, and make the job.

        Raises `pulumi.RunError` with every problem.
        """
        checked = check_nccl_test(name, to_wire(args))
        if errors(checked.problems):
            raise InvalidArguments(checked.problems, subject=f"efa-pools test '{name}'", snake=True)
        super().__init__(TYPE, name, {}, opts)
        test = checked.arguments
        run, gate = plan_test(test.pool, test.image, test.repeats), bool(test.gate)
        installed = operator(name, checked.operator, self)
        job = self._job(name, run, gate, originals(args).get("triggers"), installed)
        self.job_name = job.metadata["name"]
        self.verdict_command = self.job_name.apply(verdict_command)
        self.result = pulumi.Output.from_input("not-awaited")
        if gate:
            self.result = pulumi.Output.all(job.status, self.job_name).apply(lambda found: _result(*found))
        outputs = {
            "jobName": self.job_name,
            "result": self.result,
            "verdictCommand": self.verdict_command,
        }
        self.register_outputs(outputs)

    def _job(
        self, name: str, run: NcclRun, gate: bool, triggers: Any, installed: Sequence[Manifest]
    ) -> Manifest:
        """A finished job never runs again, so whatever changes gives it another name, and so another job."""
        files = f"{name}-{mpi_job.digest(mpi_job.scripts(run))}"
        parent = pulumi.ResourceOptions(parent=self)
        scripts = Manifest(f"{name}-scripts", mpi_job.config_map(run, files), parent)
        known = mpi_job.mpi_job(run, name, files)
        named = pulumi.Output.from_input(triggers or []).apply(
            lambda values: f"{name}-{mpi_job.digest(known, gate, values)}"
        )
        annotations = {"annotations": {"pulumi.com/waitFor": mpi_job.DONE}} if gate else {}
        limit = f"{run.deadline + SLACK_SECONDS}s"
        return Manifest(
            f"{name}-job",
            {**known, "metadata": {**known["metadata"], **annotations, "name": named}},
            pulumi.ResourceOptions(
                parent=self,
                depends_on=[scripts, *installed],
                # The old job's workers hold the GPUs that the new one's need.
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create=limit, update=limit),
            ),
        )


def verdict_command(job: str) -> str:
    """What shows the launcher's last word."""
    pods = f"-l training.kubeflow.org/job-name={job},training.kubeflow.org/job-role=launcher"
    message = "{.items[*].status.containerStatuses[*].state.terminated.message}"
    return f"kubectl get pods {pods} -o jsonpath='{message}'"


def _result(status: Mapping[str, Any] | None, job: str) -> str:
    """Raises `pulumi.RunError` unless the job succeeded."""
    conditions = (status or {}).get("conditions") or []
    done = {one["type"]: one for one in conditions if one.get("status") == "True"}
    if "Succeeded" in done and "Failed" not in done:
        return "succeeded"
    failed = done.get("Failed", {})
    why = f"{failed.get('reason', 'no reason')}: {failed.get('message', json.dumps(conditions))}"
    raise pulumi.RunError(
        f"the fabric is not proven: MPIJob {job} has failed ({why}). The verdict: {verdict_command(job)}. "
        "The test runs again when the pool or the test changes, or with `pulumi up --replace <the job's URN>`"
    )
