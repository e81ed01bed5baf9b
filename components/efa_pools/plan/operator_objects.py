"""The MPI operator's manifest as objects of the cluster: their names, their order, the images they run.

A binding names its role and its account, a Deployment's pods run as an account, and the account stands in a
namespace: the API server, or the controllers behind it, refuse each before the one that it names.
"""

from collections.abc import Iterator, Sequence
from typing import Any

Document = dict[str, Any]

CRD_KIND = "CustomResourceDefinition"
STAGES = (
    frozenset({"Namespace"}),
    frozenset({CRD_KIND}),
    frozenset({"ServiceAccount", "ClusterRole", "Role"}),
    frozenset({"ClusterRoleBinding", "RoleBinding"}),
)
"""Kinds that come before all others; what runs pods comes after all others."""
_POD_SPECS = (("spec", "template", "spec"), ("spec", "jobTemplate", "spec", "template", "spec"), ("spec",))


def stages(documents: Sequence[Document]) -> list[list[Document]]:
    """The objects in an order that works; those of one stage do not need each other."""
    placed: list[list[Document]] = [[] for _ in range(len(STAGES) + 2)]
    for one in documents:
        last = len(STAGES) + (1 if list(images(one)) else 0)
        found = (index for index, kinds in enumerate(STAGES) if one["kind"] in kinds)
        placed[next(found, last)].append(one)
    return [stage for stage in placed if stage]


def child_name(name: str, document: Document) -> str:
    """The name of an object's resource: the same in the next version of the manifest."""
    metadata = document["metadata"]
    place = "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))
    return f"{name}-operator-{document['kind'].lower()}-{place}"


def images(document: Document) -> Iterator[tuple[str, Any]]:
    """Of each container that the object's pods have: its name and its image, as they stand."""
    if document["kind"] == CRD_KIND:
        return
    for path in _POD_SPECS:
        found: Any = document
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        for word in ("initContainers", "containers"):
            containers = found.get(word) if isinstance(found, dict) else None
            for one in containers if isinstance(containers, list) else ():
                known = one if isinstance(one, dict) else {}
                yield str(known.get("name")), known.get("image")
