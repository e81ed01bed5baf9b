"""MPIJobs of the Kubeflow MPI operator (kubeflow.org/v2beta1), and how they end.

From the operator's validation and controller (github.com/kubeflow/mpi-operator, pkg/apis/kubeflow/validation
and pkg/controller/mpi_job_controller.go, commit caa3c47 of 2026-07-02). Nothing runs here: a job whose
workers have nodes succeeds, unless the account says that the fabric of those nodes is at fault.
"""

from sandbox.core import custom_resources
from sandbox.core import kubernetes_objects as objects
from sandbox.core.kinds import Asked, Kind
from sandbox.core.nodes import running
from sandbox.core.references import CRD, FABRIC_FAULT
from sandbox.core.resources.custom_resource_definition import serves
from sandbox.core.scheduling import fitting
from sandbox.core.store import Store
from sandbox.core.values import Refused, Values, known, known_items, settled

TYPE = "kubernetes:kubeflow.org/v2beta1:MPIJob"
API_VERSION = "kubeflow.org/v2beta1"
WORDS = {"cleanPodPolicy": ("None", "Running", "All")}
RESTARTS = ("Never", "OnFailure")


def _rules(inputs: Values) -> list[Refused]:
    found = objects.rules("MPIJob", API_VERSION, ("spec",), inputs)
    shape = custom_resources.problems("mpijob_crd.json", inputs)
    if shape:
        return [*found, *(objects.invalid("MPIJob", one) for one in shape)]
    spec = inputs.get("spec", {})
    if not settled(spec):
        return found
    policy = known(spec, "runPolicy", "cleanPodPolicy")
    said = [] if policy in WORDS["cleanPodPolicy"] else [f"spec.runPolicy.cleanPodPolicy: {policy!r}"]
    for role in ("Launcher", "Worker"):
        said += _replica(role, known(spec, "mpiReplicaSpecs", role))
    name, count = objects.place(inputs)[1], known(spec, "mpiReplicaSpecs", "Worker", "replicas")
    longest = f"{name}-worker-{count}"
    if isinstance(name, str) and not objects.LABEL.fullmatch(longest):
        said.append(
            f"metadata.name: will not able to create pod and service with invalid DNS label {longest!r}"
        )
    return found + [objects.invalid("MPIJob", one) for one in said]


def _replica(role: str, replica: object) -> list[str]:
    path = f"spec.mpiReplicaSpecs[{role}]"
    if not isinstance(replica, dict):
        return [f"{path}: Required value: must have {role} replica spec"]
    said = []
    count, restart = known(replica, "replicas"), known(replica, "restartPolicy")
    if not isinstance(count, int) or count < 1 or (role == "Launcher" and count != 1):
        said.append(f"{path}.replicas: Invalid value: {count!r}")
    if restart not in RESTARTS:
        said.append(f"{path}.restartPolicy: Unsupported value: {restart!r}")
    containers = known_items(replica, "template", "spec", "containers")
    if not containers:
        said.append(f"{path}.template.spec.containers: Required value: must define at least one container")
    return said + [one for container in containers for one in _resources(path, container)]


def _resources(path: str, container: Values) -> list[str]:
    """Extended resources and huge pages are not overcommitted; huge pages need memory or CPU beside."""
    asked, limits = (known(container, "resources", word) or {} for word in ("requests", "limits"))
    said = [
        f"{path}: limits: {name} must be equal to its request"
        for name in limits
        if ("/" in name or name.startswith("hugepages-")) and asked.get(name, limits[name]) != limits[name]
    ]
    if any(name.startswith("hugepages-") for name in limits) and not {"memory", "cpu"} & (
        asked.keys() | limits.keys()
    ):
        said.append(f"{path}: Forbidden: HugePages require cpu or memory")
    return said


def _refuse(asked: Asked) -> None:
    objects.refuse("mpijobs.kubeflow.org", TYPE, asked)
    # In a preview the operator may be one that the same run installs.
    definition = asked.store.get(CRD, "mpijobs.kubeflow.org")
    there = definition is not None and serves(definition, API_VERSION.partition("/")[2])
    if not there and not asked.preview:
        raise Refused(
            "NotFound", f'no matches for kind "MPIJob" in version "{API_VERSION}": is the operator installed?'
        )


def _make(asked: Asked) -> tuple[str, Values]:
    id, inputs = objects.id_of(asked.inputs), asked.inputs
    conditions = [
        {
            "type": "Created",
            "status": "True",
            "reason": "MPIJobCreated",
            "message": f"MPIJob {id} is created.",
        }
    ]
    # The provider waits where it is told to, and else returns at once.
    if known(inputs, "metadata", "annotations", "pulumi.com/waitFor"):
        conditions.append(_end(asked.store, id, inputs["spec"]))
    return id, {"status": {"conditions": conditions}}


def _end(store: Store, id: str, spec: Values) -> Values:
    worker, launcher = (spec["mpiReplicaSpecs"][role] for role in ("Worker", "Launcher"))
    for role, one in (("Launcher", launcher), ("Worker", worker)):
        places, reasons = fitting(store, one["template"]["spec"])
        if places < one["replicas"]:
            why = "; ".join(reasons) or "too few nodes"
            pending = f"{one['replicas'] - places} {role} pods were pending: {why}"
            message = f"Job was active longer than specified deadline (sandbox: {pending})"
            return {"type": "Failed", "status": "True", "reason": "DeadlineExceeded", "message": message}
    for fault in store.all(FABRIC_FAULT):
        if _on(
            store,
            known(worker, "template", "spec", "nodeSelector") or {},
            fault["outputs"]["nodeGroupLabels"],
        ):
            message = f"Job has reached the specified backoff limit: (sandbox: {fault['outputs']['fault']})"
            return {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded/", "message": message}
    message = f"MPIJob {id} successfully completed."
    return {"type": "Succeeded", "status": "True", "reason": "MPIJobSucceeded", "message": message}


def _on(store: Store, selector: Values, faulty: Values) -> bool:
    """Whether nodes with the faulty labels are among those selected."""
    groups = [known(nodes.group, "labels") or {} for nodes in running(store)]
    return any(selector.items() <= labels.items() and faulty.items() <= labels.items() for labels in groups)


KIND = Kind(type=TYPE, computed=("status",), rules=_rules, refuse=_refuse, make=_make, of_sdk=False)
