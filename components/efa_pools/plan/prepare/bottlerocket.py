"""Bottlerocket: settings in TOML, which EKS merges under ours.

Sources: bottlerocket-settings-sdk, settings-models (kubernetes, kernel, bootstrap-commands); core kit,
corndog (it sets `vm/nr_hugepages` by itself unless that very key is given); EKS User Guide, "Customize
managed nodes with launch templates" (the user's settings win); QUICKSTART-EKS.md, "Neuron Support".
"""

import json
from typing import Any

from .needs import ClusterFacts, Needs

DIRECTORIES = ("/var/lib/containerd", "/var/lib/kubelet", "/var/log/pods")
DNS_ADDRESS = 10
"""The cluster's DNS service has the tenth address of the service range, as nodeadm has it."""


def render(needs: Needs, cluster: ClusterFacts | None) -> str | None:
    """The settings, or None where there are none."""
    pages = None if needs.huge_pages is None else {"vm/nr_hugepages": str(needs.huge_pages)}
    tables = {
        "settings.kubernetes": _kubernetes(needs, cluster),
        "settings.kubernetes.node-labels": dict(sorted(needs.labels.items())) if needs.joins else {},
        "settings.kubernetes.node-taints": _taints(needs) if needs.joins else {},
        "settings.kernel.sysctl": pages or {},
        "settings.bootstrap-commands.efa-pools-storage": _storage() if needs.local_storage else {},
    }
    blocks = [
        "\n".join([f"[{name}]", *(f"{_string(key)} = {_value(value)}" for key, value in table.items())])
        for name, table in tables.items()
        if table
    ]
    return "\n".join(blocks) + "\n" if blocks else None


def _kubernetes(needs: Needs, cluster: ClusterFacts | None) -> dict[str, Any]:
    table: dict[str, Any] = {}
    if cluster is not None:
        table |= {
            "cluster-name": cluster.name,
            "api-server": cluster.endpoint,
            "cluster-certificate": cluster.certificate_authority,
        }
        if address := dns_address(cluster.service_cidr):
            table["cluster-dns-ip"] = address
    if needs.maximum_pods is not None:
        table["max-pods"] = needs.maximum_pods
    if needs.device_ownership:
        table["device-ownership-from-security-context"] = True
    return table


def dns_address(service_cidr: str) -> str | None:
    """172.20.0.10 of 172.20.0.0/16; None of a text that is no range."""
    import ipaddress

    try:
        return str(ipaddress.ip_network(service_cidr)[DNS_ADDRESS])
    except (ValueError, IndexError):
        return None


def _taints(needs: Needs) -> dict[str, Any]:
    table: dict[str, list[str]] = {}
    for taint in needs.taints:
        table.setdefault(taint.key, []).append(f"{taint.value or ''}:{taint.effect}")
    return table


def _storage() -> dict[str, Any]:
    init = ["apiclient", "ephemeral-storage", "init"]
    bind = ["apiclient", "ephemeral-storage", "bind", "--dirs", *DIRECTORIES]
    return {"commands": [init, bind], "mode": "always", "essential": True}


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value)}]"
    return str(value) if isinstance(value, int) else _string(value)


def _string(text: str) -> str:
    """A TOML basic string: JSON's escapes, but no surrogate pairs, and none of its raw DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
