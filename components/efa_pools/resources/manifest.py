"""A Kubernetes object as its manifest says it, with its status; the SDK's own classes keep none."""

from importlib.metadata import version
from typing import Any

import pulumi


class Manifest(pulumi.CustomResource):
    """One object of the cluster. `metadata` may hold outputs; what else is known is plain."""

    metadata: pulumi.Output[dict[str, Any]]
    """Name, namespace and the rest of it."""
    status: pulumi.Output[dict[str, Any] | None]
    """What the cluster says of it; None where it says nothing."""

    def __init__(
        self, name: str, document: dict[str, Any], opts: pulumi.ResourceOptions, *, shared: bool = False
    ) -> None:
        """`shared` is for an object that may be there already, from others: ours are then the fields stated.

        pulumi-kubernetes refuses to create what exists (since 4.29), but for its Patch types, which are
        server-side apply as it is: they make what is not there, and never force a field from another's hands.
        """
        group = document["apiVersion"] if "/" in document["apiVersion"] else f"core/{document['apiVersion']}"
        # Without a version the engine would make a second default provider beside the SDK's.
        own = pulumi.ResourceOptions(version=version("pulumi-kubernetes"))
        # The output has to be named here for the SDK to keep it.
        super().__init__(
            f"kubernetes:{group}:{document['kind']}{'Patch' if shared else ''}",
            name,
            {**document, "status": None},
            pulumi.ResourceOptions.merge(own, opts),
        )
