"""The MPI operator from its manifest, as children of a test."""

from collections.abc import Sequence

import pulumi

from ..plan.operator_objects import CRD_KIND, Document, child_name, stages
from .manifest import Manifest


def operator(name: str, documents: Sequence[Document], parent: pulumi.Resource) -> list[Manifest]:
    """Every object of the manifest, each after those that it needs."""
    made: list[Manifest] = []
    for stage in stages(documents):
        made += [_object(name, one, parent, tuple(made)) for one in stage]
    return made


def _object(name: str, document: Document, parent: pulumi.Resource, before: Sequence[Manifest]) -> Manifest:
    # With a CustomResourceDefinition go all its objects, everybody's MPIJobs: it is never deleted.
    shared = document["kind"] == CRD_KIND
    opts = pulumi.ResourceOptions(parent=parent, depends_on=[*before], retain_on_delete=shared)
    return Manifest(child_name(name, document), document, opts, shared=shared)
