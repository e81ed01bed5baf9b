"""CustomResourceDefinitions by server-side apply (apiextensions.k8s.io/v1, the provider's Patch type).

pulumi-kubernetes at 9497796, provider/pkg/await/await.go: a Patch type makes what is not there, and takes up
what is. Its delete gives every field back, and the API server refuses an object without those it requires.
"""

from typing import Any

from sandbox.core import kubernetes_objects as objects
from sandbox.core.kinds import Asked, Kind
from sandbox.core.references import CRD, CRD_PATCH
from sandbox.core.values import Refused, Values, known, known_items

NAME = "CustomResourceDefinition"


def _rules(inputs: Values) -> list[Refused]:
    found = objects.rules(NAME, "apiextensions.k8s.io/v1", ("spec",), inputs, objects.SUBDOMAIN)
    names = known(inputs, "spec", "names")
    whole = f"{known(names, 'plural')}.{known(inputs, 'spec', 'group')}"
    said = []
    if not isinstance(names, dict) or not names.get("plural") or not names.get("kind"):
        said.append("spec.names: Required value")
    elif objects.place(inputs)[1] not in (None, whole):
        said.append(f'metadata.name: must be spec.names.plural+"."+spec.group: {whole}')
    if known(inputs, "spec", "scope") not in ("Cluster", "Namespaced"):
        said.append("spec.scope: Required value")
    if sum(known(one, "storage") is True for one in known_items(inputs, "spec", "versions")) != 1:
        said.append("spec.versions: must have exactly one version marked as storage version")
    return found + [objects.invalid(NAME, one) for one in said]


def _applied(asked: Asked) -> str:
    name = str(objects.place(asked.inputs)[1])
    found = asked.store.get(CRD, name) or {"id": name, "inputs": {}, "outputs": {"id": name, "name": name}}
    outputs = {**found["outputs"], "spec": asked.inputs["spec"]}
    asked.store.put(CRD, name, {**found, "outputs": outputs})
    return name


def _make(asked: Asked) -> tuple[str, Values]:
    return _applied(asked), {}


def _update(asked: Asked, old: Values, object: Values) -> Values:
    if not asked.preview:
        _applied(asked)
    return {}


def serves(definition: Any, version: str) -> bool:
    """Whether objects of this version can be made; of an account's own definition only the name is known."""
    versions = known(definition, "outputs", "spec", "versions")
    return versions is None or any(
        known(one, "name") == version and known(one, "served") is True for one in versions
    )


KIND = Kind(type=CRD_PATCH, rules=_rules, make=_make, update=_update)
