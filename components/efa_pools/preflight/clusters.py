"""The EKS cluster: status, version, network, limits, and the VPC CNI."""

import re
from typing import Any

from ..plan.pool import PoolPlan
from .account import Account, Missing
from .finding import Check, Subject, Verdict, judged
from .quotas import eks, value

# EKS User Guide, "Run machine learning training with EFA" (node-efa.html), read 2026-11.
CNI_WITH_EFA_ONLY = (1, 18, 5)
CNI_WITH_EFA = (1, 7, 10)


def _name(subject: Subject) -> str | None:
    """The cluster's name, where the pool joins an EKS cluster."""
    name = subject.stack.cluster.name
    return name if isinstance(name, str) and subject.plan.pool.nodes.kind != "gardener" else None


def _cluster(subject: Subject, account: Account) -> dict[str, Any]:
    return dict(account.call("eks", "DescribeCluster", name=_name(subject))["cluster"])


def status(subject: Subject, account: Account) -> Verdict | None:
    """Node groups are refused unless the cluster is ready."""
    name = _name(subject)
    if name is None:
        return None
    expected = f"{name}: ACTIVE"
    try:
        found = str(_cluster(subject, account)["status"])
    except Missing:
        fix = "correct efa-pools:cluster.name, or the Region"
        return Verdict("fail", f"no cluster {name} in {account.region}", expected, fix)
    updating = found == "UPDATING"
    fix = "wait until the update is done" if updating else "repair the cluster first"
    return judged(found != "ACTIVE", f"{name}: {found}", expected, fix, status="warn" if updating else "fail")


def version(subject: Subject, account: Account) -> Verdict | None:
    """Releases of images belong to one Kubernetes version."""
    if _name(subject) is None:
        return None
    found, stated = str(_cluster(subject, account)["version"]), subject.stack.cluster.kubernetes_version
    if not isinstance(stated, str):
        fix = f'state efa-pools:cluster.kubernetesVersion: "{found}"'
        return Verdict("warn", found, "a stated version, for checks without an account", fix)
    return judged(found != stated, found, stated, f'state kubernetesVersion: "{found}", and releases of it')


def network(subject: Subject, account: Account) -> Verdict | None:
    """Nodes with another security group or VPC than the cluster's do not reach it."""
    if _name(subject) is None:
        return None
    described, stated = _cluster(subject, account), subject.stack.cluster
    if described.get("kubernetesNetworkConfig", {}).get("ipFamily") == "ipv6":
        expected = "an IPv4 cluster; nodes with EFA interfaces are not proven in others"
        return Verdict("fail", "an IPv6 cluster", expected, "take an IPv4 cluster")
    found = described.get("resourcesVpcConfig", {})
    pairs = [
        ("vpcId", found.get("vpcId"), stated.vpc_id),
        ("securityGroupId", found.get("clusterSecurityGroupId"), stated.security_group_id),
    ]
    text = ", ".join(f"{key} {real}" for key, real, _ in pairs)
    wrong = [(key, real) for key, real, said in pairs if isinstance(said, str) and real and said != real]
    said = ", ".join(f"{key} {one}" for key, _, one in pairs if isinstance(one, str)) or "nothing stated"
    return judged(bool(wrong), text, said, "state " + ", ".join(f"{key}: {real}" for key, real in wrong))


def joining(subject: Subject, account: Account) -> Verdict | None:
    """What user data tells of the cluster, and whether it lets a role in by an access entry."""
    name = _name(subject)
    told = [one for one in subject.stack.plans if one.needs.joins or one.self_managed]
    if name is None or not told:
        return None
    found, stated = _cluster(subject, account), subject.stack.cluster
    pairs = {
        "endpoint": (found.get("endpoint"), stated.endpoint),
        "certificateAuthority": (
            found.get("certificateAuthority", {}).get("data"),
            stated.certificate_authority,
        ),
        "serviceCidr": (found.get("kubernetesNetworkConfig", {}).get("serviceIpv4Cidr"), stated.service_cidr),
    }
    wrong = [key for key, (real, said) in pairs.items() if isinstance(said, str) and real and said != real]
    wrong_text = "".join(f", another {key}" for key in wrong)
    fixes = [f"state {key} as aws eks describe-cluster --name {name} gives it" for key in wrong]
    mode = found.get("accessConfig", {}).get("authenticationMode", "API")
    entries = any(one.self_managed and _makes_entry(one) for one in told)
    if entries and mode == "CONFIG_MAP":
        change = "--access-config authenticationMode=API_AND_CONFIG_MAP"
        fixes.append(f"aws eks update-cluster-config --name {name} {change}")
    expected = "endpoint, certificateAuthority and serviceCidr as stated"
    expected += ", authentication by access entries" if entries else ""
    return judged(bool(fixes), f"{name}: authentication {mode}{wrong_text}", expected, "; ".join(fixes))


def _makes_entry(plan: PoolPlan) -> bool:
    """A given profile alone leaves the access entry to the user."""
    nodes = plan.pool.nodes
    return nodes.role_arn is not None or not (nodes.instance_profile_name or nodes.instance_profile_arn)


def node_groups(subject: Subject, account: Account) -> Verdict | None:
    """EKS takes so many managed node groups in a cluster."""
    name = _name(subject)
    pools = [one for one in subject.stack.plans if one.pool.nodes.kind == "eks-managed"]
    if name is None or not pools:
        return None
    there = account.call("eks", "ListNodegroups", clusterName=name)["nodegroups"]
    # Pulumi names a group after its pool: train-nodes-1a2b3c4.
    ours = re.compile("|".join(rf"{re.escape(one.name)}-nodes(-[0-9a-f]+)?" for one in pools))
    others = [one for one in there if not ours.fullmatch(one)]
    limit, quota = value(account, eks("nodeGroups")), eks("nodeGroups")
    return judged(
        len(others) + len(pools) > limit,
        f"at most {limit:.0f} ({quota.code}), {len(others)} of other makers",
        f"{len(pools)} for this stack",
        f"ask Service Quotas for more of {quota.code} ({quota.name}), or take another cluster",
    )


def nodes(subject: Subject, account: Account) -> Verdict | None:
    """EKS takes so many nodes in a managed group."""
    if _name(subject) is None or subject.plan.pool.nodes.kind != "eks-managed":
        return None
    limit, quota, most = value(account, eks("nodes")), eks("nodes"), subject.plan.nodes.maximum
    fix = f"ask Service Quotas for more of {quota.code} ({quota.name}), or split the pool"
    return judged(most > limit, f"at most {limit:.0f} ({quota.code})", f"{most} nodes", fix)


def cni(subject: Subject, account: Account) -> Verdict | None:
    """An older CNI takes EFA-only interfaces for its own and breaks pod networking."""
    name = _name(subject)
    if name is None:
        return None
    only = any(one.is_efa and not one.has_address for plan in subject.stack.plans for one in plan.interfaces)
    least = CNI_WITH_EFA_ONLY if only else CNI_WITH_EFA
    minimum = ".".join(map(str, least))
    expected = f"{minimum} or newer" + (", because of efa-only interfaces" if only else "")
    look = "kubectl -n kube-system describe daemonset aws-node | grep amazon-k8s-cni:"
    try:
        found = str(
            account.call("eks", "DescribeAddon", clusterName=name, addonName="vpc-cni")["addon"][
                "addonVersion"
            ]
        )
    except Missing:
        return Verdict("unknown", "vpc-cni is not installed as an EKS add-on", expected, look)
    parts = re.match(r"v?(\d+)\.(\d+)\.(\d+)", found)
    if parts is None:
        return Verdict("unknown", found, expected, look)
    actual = tuple(int(part) for part in parts.groups())
    return judged(actual < least, found, expected, f"update the vpc-cni add-on to {minimum} or newer")


CHECKS = (
    Check("cluster-status", status, once=True),
    Check("cluster-version", version, once=True),
    Check("cluster-network", network, once=True),
    Check("cluster-joining", joining, once=True),
    Check("cluster-cni", cni, once=True),
    Check("cluster-node-groups", node_groups, once=True),
    Check("node-group-size", nodes),
)
