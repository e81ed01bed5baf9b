"""Kubernetes objects that hold still: what an operator's manifest brings beside its own kinds.

Kubernetes API reference (core/v1, apps/v1, rbac.authorization.k8s.io/v1): top-level properties, scopes, and
the names that each kind takes. Nothing runs here: a Deployment is ready as soon as its pods can be made.
"""

import re
from functools import partial
from typing import NamedTuple

from sandbox.core import kubernetes_objects as objects
from sandbox.core.kinds import Asked, Kind
from sandbox.core.store import Store
from sandbox.core.values import Refused, Values, known, settled

ACCOUNT = "kubernetes:core/v1:ServiceAccount"


class Plain(NamedTuple):
    """One kind."""

    type: str
    plural: str
    """As the API server names it in its messages."""
    properties: tuple[str, ...]
    names: re.Pattern[str] = objects.SUBDOMAIN
    namespaced: bool = True

    @property
    def kind(self) -> str:
        return self.type.rpartition(":")[2]

    @property
    def api_version(self) -> str:
        return self.type.split(":")[1].removeprefix("core/")


ROWS = (
    Plain("kubernetes:core/v1:Namespace", "namespaces", ("spec",), objects.LABEL, False),
    Plain(ACCOUNT, "serviceaccounts", ("automountServiceAccountToken", "imagePullSecrets", "secrets")),
    Plain("kubernetes:apps/v1:Deployment", "deployments.apps", ("spec",)),
    Plain(
        "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
        "clusterroles.rbac.authorization.k8s.io",
        ("aggregationRule", "rules"),
        objects.SEGMENT,
        False,
    ),
    Plain(
        "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
        "clusterrolebindings.rbac.authorization.k8s.io",
        ("roleRef", "subjects"),
        objects.SEGMENT,
        False,
    ),
)


def _rules(row: Plain, inputs: Values) -> list[Refused]:
    found = objects.rules(row.kind, row.api_version, row.properties, inputs, row.names)
    if row.kind == "Deployment":
        found += _deployment(inputs)
    if row.kind == "ClusterRoleBinding" and not known(inputs, "roleRef", "name"):
        found.append(objects.invalid(row.kind, "roleRef.name: Required value"))
    return found


def _deployment(inputs: Values) -> list[Refused]:
    if not settled(inputs.get("spec", {})):
        return []
    selector = known(inputs, "spec", "selector")
    labels = known(inputs, "spec", "template", "metadata", "labels")
    wanted = known(selector, "matchLabels") or {}
    said = []
    if not selector:
        said.append("spec.selector: Required value")
    elif not (isinstance(wanted, dict) and isinstance(labels, dict) and wanted.items() <= labels.items()):
        said.append("spec.template.metadata.labels: `selector` does not match template `labels`")
    if not known(inputs, "spec", "template", "spec", "containers"):
        said.append("spec.template.spec.containers: Required value")
    return [objects.invalid("Deployment", one) for one in said]


def _id(row: Plain, inputs: Values) -> str:
    return objects.id_of(inputs) if row.namespaced else str(objects.place(inputs)[1])


def _refuse(row: Plain, asked: Asked) -> None:
    if row.namespaced:
        objects.refuse(row.plural, row.type, asked)
    elif asked.store.get(row.type, _id(row, asked.inputs)) is not None:
        raise Refused("AlreadyExists", f'{row.plural} "{_id(row, asked.inputs)}" already exists')
    # In a preview the account may be one that the same run makes.
    if row.kind == "Deployment" and not asked.preview:
        _account_is_there(asked.store, asked.inputs)


def _account_is_there(store: Store, inputs: Values) -> None:
    namespace = objects.place(inputs)[0]
    name = known(inputs, "spec", "template", "spec", "serviceAccountName")
    # Every namespace has an account `default`.
    if isinstance(name, str) and name != "default" and store.get(ACCOUNT, f"{namespace}/{name}") is None:
        why = f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
        raise Refused("FailedCreate", f"no pod of the Deployment is ready: {why}")


def _make(row: Plain, asked: Asked) -> tuple[str, Values]:
    return _id(row, asked.inputs), {}


KINDS = tuple(
    Kind(type=row.type, rules=partial(_rules, row), refuse=partial(_refuse, row), make=partial(_make, row))
    for row in ROWS
)
