"""What a launched instance needs to become a node of the cluster.

"Your launched instances are unable to register with your Amazon EKS cluster. Common causes of this failure
are insufficient node IAM role permissions or lack of outbound internet access for the nodes" (EKS API, Issue,
NodeCreationFailure). EKS gives that code and sentence only; what is missing is said by the sandbox.

Nobody says it of an Auto Scaling group: its instances run, the provider waits for no more than that, and they
never become nodes. There the code is the sandbox's own.
"""

from sandbox.core import traffic
from sandbox.core.nodes import Interface, Nodes
from sandbox.core.references import (
    ACCESS_ENTRY,
    EGRESS_RULE,
    INGRESS_RULE,
    ROLE_POLICY_ATTACHMENT,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
)
from sandbox.core.user_data import joins_by_itself
from sandbox.core.values import Refused, Values, known, known_items

POLICIES = (
    # EKS User Guide, "Amazon EKS node IAM role"; the older registry policy serves as well.
    ("AmazonEKSWorkerNodePolicy",),
    ("AmazonEC2ContainerRegistryPullOnly", "AmazonEC2ContainerRegistryReadOnly"),
    ("AmazonEKS_CNI_Policy",),
)
API_SERVER, KUBELET = 443, 10250
"""EKS User Guide, "Amazon EKS security group requirements", restricting cluster traffic."""


NEVER_JOIN = "NodesNeverJoin"


def refusals(nodes: Nodes) -> list[Refused]:
    found = [*_role(nodes), *_access(nodes), *_told(nodes), *_cluster_group(nodes), *_egress(nodes)]
    found += _way_out(nodes)
    if not found:
        return []
    if not nodes.managed:
        message = f"Instances run and never become nodes of a cluster. Missing: {'; '.join(found)}."
        return [Refused(NEVER_JOIN, message)]
    message = f"Instances failed to join the kubernetes cluster. Missing: {'; '.join(found)}."
    return [Refused("NodeCreationFailure", message)]


def _role(nodes: Nodes) -> list[str]:
    role = nodes.role
    if role is None:
        return [] if nodes.managed else ["a node role, by an instance profile in the launch template"]
    attached = set(known_items(role, "managedPolicyArns"))
    for attachment in nodes.store.all(ROLE_POLICY_ATTACHMENT):
        if attachment["outputs"].get("role") == role["name"]:
            attached.add(attachment["outputs"]["policyArn"])
    names = {arn.rpartition("/")[2] for arn in attached}
    return [
        f"the policy {any_of[0]} on the role {role['name']}"
        for any_of in POLICIES
        if names.isdisjoint(any_of)
    ]


def _access(nodes: Nodes) -> list[str]:
    """EKS lets the role of managed nodes in by itself; an entry of another type than a node's is in the way.

    EKS API, CreateAccessEntry: the type is EC2_LINUX for nodes, STANDARD for "any other purpose".
    """
    arn, cluster = nodes.group.get("nodeRoleArn"), nodes.group.get("clusterName")
    for entry in (found["outputs"] for found in nodes.store.all(ACCESS_ENTRY)):
        kind = entry.get("type", "STANDARD")
        if (entry["principalArn"], entry["clusterName"]) == (arn, cluster) and kind != "EC2_LINUX":
            return [
                f"access to cluster {cluster}, the access entry of {arn} has the type {kind}, not EC2_LINUX"
            ]
        if (entry["principalArn"], entry["clusterName"]) == (arn, cluster):
            return []
    if nodes.managed or arn is None or cluster is None:
        return []
    return [f"access to cluster {cluster}, there is no access entry of {arn}"]


def _told(nodes: Nodes) -> list[str]:
    """Without EKS in between, or with an image of its own, a node knows of the cluster what user data says.

    EKS User Guide, "Launching self-managed Amazon Linux nodes" (also the tag), "Specifying an AMI".
    """
    if nodes.managed and known(nodes.template, "imageId") is None:
        return []
    if known(nodes.template, "imageId") is not None and joins_by_itself(known(nodes.template, "userData")):
        return []
    facts, cluster = nodes.told, nodes.cluster
    if facts is None:
        return ["user data that tells the cluster (a NodeConfig, or Bottlerocket's settings)"]
    if not cluster:
        return [f"user data with the name of a cluster, it says {facts.name}"]
    name = cluster["name"]
    pairs = [
        ("endpoint", facts.endpoint, cluster.get("endpoint")),
        ("certificate authority", facts.certificate, known(cluster, "certificateAuthority", "data")),
    ]
    if facts.wants_cidr:
        pairs.append(
            ("service CIDR", facts.cidr, known(cluster, "kubernetesNetworkConfig", "serviceIpv4Cidr"))
        )
    found = [
        f"user data with the {word} of cluster {name}, it says {_short(said)}"
        for word, said, true in pairs
        if said != true
    ]
    if not nodes.managed and f"kubernetes.io/cluster/{name}" not in nodes.handed_on:
        found.append(f"the tag kubernetes.io/cluster/{name} on the instances")
    return found


def _short(text: str | None) -> str:
    return "nothing" if text is None else text if len(text) <= 80 else f"{text[:79]}…"


def _cluster_group(nodes: Nodes) -> list[str]:
    """With groups of the template's own EKS does not add the cluster's: nodes need it, or rules in its place.

    EKS User Guide, "Customize managed nodes with launch templates", using custom security groups.
    """
    own = nodes.cluster_group
    groups = {group for one in nodes.interfaces if one.addressed for group in one.groups}
    if own is None or own in groups:
        return []
    to_server = _lets_in(nodes, {own}, groups, API_SERVER)
    to_kubelet = _lets_in(nodes, groups, {own}, KUBELET)
    if to_server and to_kubelet:
        return []
    return [
        f"the cluster's security group {own} on an interface with an address, or rules in its place "
        f"(TCP {API_SERVER} from the nodes to it, TCP {KUBELET} from it to the nodes)"
    ]


def _lets_in(nodes: Nodes, to: set[str], peers: set[str], port: int) -> bool:
    inbound = traffic.rules(nodes.store, INGRESS_RULE, to)
    return any(
        traffic.covers(rule, port)
        and (rule.get("referencedSecurityGroupId") in peers or rule.get("cidrIpv4") or rule.get("cidrIpv6"))
        for rule in inbound
    )


def _primary(nodes: Nodes) -> Interface:
    return next((one for one in nodes.interfaces if one.primary), nodes.interfaces[0])


def _egress(nodes: Nodes) -> list[str]:
    """The API server, registries and storage are reached at TCP 443, by address or in another group."""
    groups = _primary(nodes).groups
    inside = {*groups, nodes.cluster_group}
    for rule in traffic.rules(nodes.store, EGRESS_RULE, groups):
        peer = rule.get("referencedSecurityGroupId")
        if traffic.covers(rule, API_SERVER) and (peer is None or peer not in inside):
            return []
    if not groups:
        return []
    which = ", ".join(sorted(groups))
    return [f"egress, no rule of {which} on the first interface allows TCP {API_SERVER} out of the groups"]


def _way_out(nodes: Nodes) -> list[str]:
    """A public subnet serves instances with a public address only; with several interfaces EC2 gives none.

    VPC User Guide, "Subnet route tables"; EC2 API, AssociatePublicIpAddress. Subnets that the account had
    before are private ones with a way out, unless they say mapPublicIpOnLaunch.
    """
    given = known_items(nodes.template, "networkInterfaces")
    asked = any(str(known(one, "associatePublicIpAddress")).lower() == "true" for one in given)
    found = []
    for subnet in nodes.subnets:
        default = _default_route(nodes, subnet)
        public = subnet.get("mapPublicIpOnLaunch", False)
        through_gateway = public if default is None else "natGatewayId" not in default
        if default == {}:
            found.append(f"egress, {subnet['id']} has no route to the internet")
        elif through_gateway and (len(given) > 1 or not (public or asked)):
            found.append(f"egress, {subnet['id']} is public and the instances get no public address there")
    return found


def _default_route(nodes: Nodes, subnet: Values) -> Values | None:
    """Of a subnet that the stack made, nothing if there is none; None for a subnet of the account."""
    if "arn" not in subnet:
        return None
    for association in nodes.store.all(ROUTE_TABLE_ASSOCIATION):
        if association["outputs"].get("subnetId") == subnet["id"]:
            table = nodes.store.get(ROUTE_TABLE, association["outputs"]["routeTableId"])
            routes = known_items(table, "outputs", "routes")
            return next((one for one in routes if one.get("cidrBlock") == "0.0.0.0/0"), {})
    return {}
