"""A test as Kubernetes objects: the scripts' ConfigMap and the MPIJob of the Kubeflow MPI operator.

Fields and their meaning: github.com/kubeflow/mpi-operator, manifests/base/kubeflow.org_mpijobs.yaml and
pkg/controller/mpi_job_controller.go, commit caa3c47 of 2026-07-02. The time limit is that of the launcher's
Job; the launcher starts at once and waits for the workers itself, so that the limit also ends a test whose
workers never start.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..model.stack import AddonPool
from ..nccl import bundle, launch
from ..nccl.limits import limits
from .charts import tolerations
from .nccl_test import MEMORY_MI_A_GPU, NcclRun, environment, program
from .pool import LABEL_POOL

API_VERSION, KIND = "kubeflow.org/v2beta1", "MPIJob"
LABEL_TEST = "efa-pools/nccl-test"
FOLDER = "/opt/efa-pools"
KEPT_SECONDS = 86400
"""The launcher and its log stay for a day."""
DONE = "jsonpath={.status.conditions[?(@.type=='Succeeded'||@.type=='Failed')].status}=True"
"""`pulumi.com/waitFor`, in the form that pulumi-kubernetes 4.24 and newer read (CHANGELOG.md, 2025-11-05)."""

_SOURCES = [Path(launch.__file__).with_name(name) for name in ("launch.py", "mpirun.py", "suspects.py")]
"""They run in the launcher as they are."""

# sshd as the operator would start it, after the node's name and the keys that an image may lack.
WORKER = (
    f'mkdir -p /run/sshd {Path(launch.NODE_FILE).parent} && echo "$NODE_NAME" > {launch.NODE_FILE} && '
    "ssh-keygen -A && exec /usr/sbin/sshd -De"
)


def digest(*parts: Any) -> str:
    """Eight hexadecimal digits that change with any of the parts."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def scripts(test: NcclRun) -> dict[str, str]:
    """The files of the ConfigMap."""
    return {
        "test.json": json.dumps(program(test, list(environment(test))), indent=1, sort_keys=True),
        **{file.name: file.read_text(encoding="utf-8") for file in _SOURCES},
        "verdict.py": bundle.script(test.fabric, limits()),
    }


def config_map(test: NcclRun, name: str) -> dict[str, Any]:
    """The scripts. They never change under a name, so that a job's scripts are those it was made with."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default", "labels": _labels(test)},
        "immutable": True,
        "data": scripts(test),
    }


def mpi_job(test: NcclRun, name: str, scripts_name: str) -> dict[str, Any]:
    """The job: a launcher and one worker on each of the pool's nodes."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": name, "namespace": "default", "labels": _labels(test)},
        "spec": spec(test, scripts_name),
    }


def spec(test: NcclRun, scripts_name: str) -> dict[str, Any]:
    """The job's specification."""
    return {
        "slotsPerWorker": test.gpus,
        "sshAuthMountPath": "/root/.ssh",
        "launcherCreationPolicy": "AtStartup",
        "runPolicy": {
            "activeDeadlineSeconds": test.deadline,
            "backoffLimit": 0,
            "cleanPodPolicy": "Running",
            "ttlSecondsAfterFinished": KEPT_SECONDS,
        },
        "mpiReplicaSpecs": {
            "Launcher": {
                "replicas": 1,
                "restartPolicy": "Never",
                "template": _template(test, _launcher(test), [_scripts_volume(scripts_name)]),
            },
            "Worker": {
                "replicas": test.nodes,
                "restartPolicy": "Never",
                "template": _apart(test, _template(test, _worker(test), [_shared_memory()])),
            },
        },
    }


def _labels(test: NcclRun) -> dict[str, str]:
    return {LABEL_TEST: test.pool}


def _template(test: NcclRun, container: dict[str, Any], volumes: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A pod on the pool's nodes. The launcher stands there too: those nodes exist, and have the image."""
    known = AddonPool(
        name=test.pool, instance_type=test.instance_type, image_family="custom", taints=test.taints
    )
    return {
        "spec": {
            "nodeSelector": {LABEL_POOL: test.pool},
            "tolerations": tolerations([known]),
            "containers": [container],
            "volumes": list(volumes),
        }
    }


def _apart(test: NcclRun, template: dict[str, Any]) -> dict[str, Any]:
    """Workers of this pool's tests never share a node, whatever they ask for."""
    term = {"labelSelector": {"matchLabels": _labels(test)}, "topologyKey": "kubernetes.io/hostname"}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    inner = {**template["spec"], "affinity": affinity}
    if test.efa_claim_template:
        claim = {"name": "efa", "resourceClaimTemplateName": test.efa_claim_template}
        inner["resourceClaims"] = [claim]
    return {"metadata": {"labels": _labels(test)}, "spec": inner}


def _launcher(test: NcclRun) -> dict[str, Any]:
    return {
        "name": "launcher",
        "image": test.image,
        "command": ["python3", "-u", f"{FOLDER}/launch.py"],
        "env": [{"name": name, "value": value} for name, value in environment(test).items()],
        "volumeMounts": [{"name": "scripts", "mountPath": FOLDER, "readOnly": True}],
        "terminationMessagePath": launch.MESSAGE,
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


def _worker(test: NcclRun) -> dict[str, Any]:
    devices: dict[str, Any] = {"nvidia.com/gpu": test.gpus}
    claims = {"claims": [{"name": "efa"}]} if test.efa_claim_template else {}
    if not claims:
        devices["vpc.amazonaws.com/efa"] = test.efa
    if test.huge_pages_mi:
        devices["hugepages-2Mi"] = f"{test.huge_pages_mi}Mi"
    return {
        "name": "worker",
        "image": test.image,
        "command": ["/bin/sh", "-c", WORKER],
        "env": [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
        # Kubernetes demands a request of memory beside huge pages. A limit would count shared memory too.
        "resources": {
            "requests": {**devices, "memory": f"{MEMORY_MI_A_GPU * test.gpus}Mi"},
            "limits": devices,
            **claims,
        },
        "volumeMounts": [{"name": "shared-memory", "mountPath": "/dev/shm"}],
    }


def _scripts_volume(name: str) -> dict[str, Any]:
    return {"name": "scripts", "configMap": {"name": name}}


def _shared_memory() -> dict[str, Any]:
    """The default of 64 MiB is too small for eight ranks."""
    return {"name": "shared-memory", "emptyDir": {"medium": "Memory"}}
