"""Amazon Linux 2023: a MIME archive of a shell script and a NodeConfig for nodeadm.

Sources: nodeadm, "NodeConfig API" and "Merging multiple configuration objects" (the later object wins,
kubelet flags are appended); EKS User Guide, "How maxPods is determined" (EKS's own part wins over the
configuration's maxPods); Kubernetes, "Set kubelet parameters via a configuration file" (flags win over
files); amazon-eks-ami, nodeadm-run.service (runs after cloud-init's scripts, and restarts containerd).
"""

import json
import re
from typing import Any

from .needs import ClusterFacts, Needs
from .system import LIMITS_FILE, LIMITS_TEXT, SYSCTL_FILE, sysctl_text

BOUNDARY = "efa-pools"


def render(needs: Needs, cluster: ClusterFacts | None) -> str | None:
    """The archive, or None where neither part says anything."""
    parts = [
        ("text/x-shellscript", _script(needs)),
        ("application/node.eks.aws", _node_config(needs, cluster)),
    ]
    body = "".join(
        f'--{BOUNDARY}\nContent-Type: {kind}; charset="utf-8"\n\n{text}\n' for kind, text in parts if text
    )
    head = f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{BOUNDARY}"\n\n'
    return f"{head}{body}--{BOUNDARY}--\n" if body else None


def _script(needs: Needs) -> str | None:
    """Numbers and constants only: nothing that a user names reaches the shell."""
    lines: list[str] = []
    if needs.huge_pages is not None:
        lines += [_written(SYSCTL_FILE, sysctl_text(needs.huge_pages)), f"sysctl -q -p {SYSCTL_FILE}"]
    if needs.unlimited_memlock:
        folder = LIMITS_FILE.rpartition("/")[0]
        lines += [f"mkdir -p {folder}", _written(LIMITS_FILE, LIMITS_TEXT), "systemctl daemon-reload"]
    return "\n".join(["#!/bin/sh", "set -eu", *lines, ""]) if lines else None


def _written(path: str, text: str) -> str:
    return f"cat > {path} <<'END'\n{text}END"


def _node_config(needs: Needs, cluster: ClusterFacts | None) -> str | None:
    spec: dict[str, Any] = {}
    if cluster is not None:
        spec["cluster"] = {
            "name": cluster.name,
            "apiServerEndpoint": cluster.endpoint,
            "certificateAuthority": cluster.certificate_authority,
            "cidr": cluster.service_cidr,
        }
    if kubelet := _kubelet(needs):
        spec["kubelet"] = kubelet
    if needs.local_storage:
        spec["instance"] = {"localStorage": {"strategy": "RAID0"}}
    if not spec:
        return None
    document = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}
    return _as_yaml(json.dumps(document, indent=2))


# An escaped backslash (to step over it), an escaped surrogate pair, or a raw DEL.
_BEYOND_YAML = re.compile(r"\\\\|\\u(d[89ab]..)\\u(d[c-f]..)|\x7f")


def _as_yaml(text: str) -> str:
    """JSON with YAML's escapes where the two differ.

    Strings stay quoted and ASCII whatever a name holds, and indented lines cannot be taken for the boundary.
    """
    return _BEYOND_YAML.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    if found[1] is None:
        return "\\x7f" if found[0] == "\x7f" else found[0]
    return f"\\U{0x10000 + ((int(found[1], 16) - 0xD800) << 10) + int(found[2], 16) - 0xDC00:08x}"


def _kubelet(needs: Needs) -> dict[str, Any]:
    config: dict[str, Any] = {}
    flags: list[str] = []
    if needs.maximum_pods is not None:
        config["maxPods"] = needs.maximum_pods
        if not needs.joins:
            # EKS lays its own maxPods over ours, counting an interface that efa-only has taken.
            flags.append(f"--max-pods={needs.maximum_pods}")
    if needs.joins:
        flags.append(
            "--node-labels=" + ",".join(f"{key}={value}" for key, value in sorted(needs.labels.items()))
        )
        if needs.taints:
            config["registerWithTaints"] = [
                {"key": taint.key, "value": taint.value or "", "effect": taint.effect}
                for taint in needs.taints
            ]
    return {key: value for key, value in (("config", config), ("flags", flags)) if value}
