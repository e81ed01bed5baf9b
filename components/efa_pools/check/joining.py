"""The cluster's facts: forms that EKS would refuse, or a node would only fail on at boot.

Source: EKS API, CreateCluster (botocore 1.44.5): name, and serviceIpv4Cidr, "between /24 and /12".
"""

import re
from collections.abc import Iterator

from ..model.parse import shown
from ..model.pool import Cluster
from ..problem import Problem

ENDPOINT = re.compile(r"https://[\w.\-\[\]:]+/?", re.ASCII)
BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")

NAME = re.compile(r"[0-9A-Za-z][\w-]{0,99}", re.ASCII)
SMALLEST, LARGEST = 24, 12
"""Service ranges, as prefix lengths."""


def joining_problems(cluster: Cluster) -> Iterator[Problem]:
    """What is wrong with the facts that are known, under the key `cluster`."""
    name, endpoint, certificate = cluster.name, cluster.endpoint, cluster.certificate_authority
    if isinstance(name, str) and not NAME.fullmatch(name):
        message = f"{shown(name)}: expected the name of an EKS cluster, 1 to 100 of A-Z a-z 0-9 - _"
        yield Problem(("cluster", "name"), "Invalid", message)
    if isinstance(endpoint, str) and not ENDPOINT.fullmatch(endpoint):
        message = f"{shown(endpoint)}: expected the API server's URL, https://<host>"
        yield Problem(("cluster", "endpoint"), "Invalid", message)
    if isinstance(certificate, str) and not BASE64.fullmatch(certificate):
        message = f"{shown(certificate)}: expected the certificate in base64, as DescribeCluster gives it"
        yield Problem(("cluster", "certificateAuthority"), "Invalid", message)
    if isinstance(cluster.service_cidr, str):
        yield from _service_range(cluster.service_cidr)


def _service_range(text: str) -> Iterator[Problem]:
    import ipaddress

    path = ("cluster", "serviceCidr")
    try:
        found = ipaddress.ip_network(text)
    except ValueError:
        yield Problem(path, "Invalid", f"{shown(text)}: expected a range such as 172.20.0.0/16")
        return
    if found.version != 4:
        yield Problem(
            path,
            "NotSupported",
            f"{text}: expected an IPv4 range; nodes of an IPv6 cluster need an IPv6 address on the primary "
            "interface and other pod limits, and neither is proven with EFA interfaces",
        )
    elif not LARGEST <= found.prefixlen <= SMALLEST:
        message = f"{shown(text)}: expected the whole service range of the cluster, /{LARGEST} to /{SMALLEST}"
        yield Problem(path, "Invalid", f"{message}; nodes derive the address of its DNS from it")
