"""User data: what a node is told at boot, by operating system.

EC2 takes 16 KB of it before base64 (RunInstances). There are no secrets in it: any pod that reaches the
metadata service can read it.
"""

from . import al2023, bottlerocket, cloud_init
from .needs import ClusterFacts, Needs

USER_DATA_LIMIT = 16_384
"""Bytes before base64. Source: EC2 API, RunInstances, UserData."""
RENDERERS = {
    "al2023": al2023.render,
    "bottlerocket": bottlerocket.render,
    "garden-linux": cloud_init.render,
    "custom": cloud_init.render,
}


def user_data(needs: Needs, cluster: ClusterFacts | None) -> str | None:
    """The text before base64, or None where nothing has to be said.

    `cluster` is given for nodes that join by user data (`needs.joins`); EKS adds these facts itself where it
    chooses the image.
    """
    return RENDERERS[needs.family](needs, cluster)
