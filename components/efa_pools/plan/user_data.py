"""User data: what a node is told at boot, and only where EKS does not tell it.

Sources: nodeadm, "NodeConfig API"; EKS User Guide, "Customize managed nodes with launch templates" (EKS adds
its own part to a MIME archive unless the template has an AMI id); Bottlerocket, "Settings reference".
"""

import json
from collections.abc import Sequence
from typing import NamedTuple

from ..model.pool import Taint

BOUNDARY = "efa-pools"


class ClusterFacts(NamedTuple):
    """What a node needs to find its cluster."""

    name: str
    endpoint: str
    certificate_authority: str
    service_cidr: str


def render(
    family: str,
    huge_pages: int | None,
    cluster: ClusterFacts | None,
    labels: dict[str, str],
    taints: Sequence[Taint] = (),
) -> str | None:
    """The text before base64, or None if nothing has to be said.

    `cluster` is given only where EKS does not add these facts itself: images by id, self-managed nodes.
    """
    if huge_pages is None and cluster is None:
        return None
    if family == "bottlerocket":
        return _toml(huge_pages, cluster, labels, taints)
    parts = []
    if huge_pages is not None:
        parts.append(("text/x-shellscript", f"#!/bin/sh\nset -eu\nsysctl -w vm.nr_hugepages={huge_pages}\n"))
    if cluster is not None:
        parts.append(("application/node.eks.aws", _node_config(cluster, labels, taints)))
    return _mime(parts)


def _mime(parts: list[tuple[str, str]]) -> str:
    body = "".join(f'--{BOUNDARY}\nContent-Type: {kind}; charset="utf-8"\n\n{text}\n' for kind, text in parts)
    return (
        f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{BOUNDARY}"\n\n{body}--{BOUNDARY}--\n'
    )


def _node_config(cluster: ClusterFacts, labels: dict[str, str], taints: Sequence[Taint]) -> str:
    flags = [f"--node-labels={_joined(labels)}"]
    if taints:
        marks = (f"{taint.key}={taint.value or ''}:{taint.effect}" for taint in taints)
        flags.append(f"--register-with-taints={','.join(marks)}")
    # JSON is YAML, and quotes whatever a name or label may contain.
    config = {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {
            "cluster": {
                "name": cluster.name,
                "apiServerEndpoint": cluster.endpoint,
                "certificateAuthority": cluster.certificate_authority,
                "cidr": cluster.service_cidr,
            },
            "kubelet": {"flags": flags},
        },
    }
    return json.dumps(config, indent=2)


def _toml(
    huge_pages: int | None, cluster: ClusterFacts | None, labels: dict[str, str], taints: Sequence[Taint]
) -> str:
    lines: list[str] = []
    if cluster is not None:
        lines += [
            "[settings.kubernetes]",
            f"cluster-name = {json.dumps(cluster.name)}",
            f"api-server = {json.dumps(cluster.endpoint)}",
            f"cluster-certificate = {json.dumps(cluster.certificate_authority)}",
            "[settings.kubernetes.node-labels]",
            *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in sorted(labels.items())),
        ]
        lines += _taints(taints)
    if huge_pages is not None:
        lines += ["[settings.kernel.sysctl]", f'"vm.nr_hugepages" = "{huge_pages}"']
    return "\n".join(lines) + "\n"


def _taints(taints: Sequence[Taint]) -> list[str]:
    """A list for each key, as one key may have several effects."""
    marks: dict[str, list[str]] = {}
    for taint in taints:
        marks.setdefault(taint.key, []).append(f"{taint.value or ''}:{taint.effect}")
    table = [f"{json.dumps(key)} = {json.dumps(values)}" for key, values in marks.items()]
    return ["[settings.kubernetes.node-taints]", *table] if table else []


def _joined(labels: dict[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
