"""Server-side apply patches of a Shoot (core.gardener.cloud/v1beta1), as the Kubernetes provider sends them.

pulumi-kubernetes at 9497796, provider/pkg/await/await.go and provider/pkg/ssa/actions.go: a patch is applied
without force, under a field manager that the provider makes up and keeps; deleting it applies nothing under
the same manager. A preview of a new patch is forced there, so that it shows no conflict; here it shows them.
"""

from sandbox.core import server_side_apply, shoots
from sandbox.core.decoding import decodes
from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import hexes
from sandbox.core.references import SHOOT, SHOOT_PATCH
from sandbox.core.store import Store
from sandbox.core.values import Refused, Values, known, refuse

PROPERTIES = frozenset({"apiVersion", "kind", "metadata", "spec"})
METADATA = frozenset({"name", "namespace", "labels", "annotations"})


def _rules(inputs: Values) -> list[Refused]:
    found = [f"{key}: there is no such property" for key in inputs if key not in PROPERTIES]
    given = known(inputs, "metadata")
    metadata = given if isinstance(given, dict) else {}
    found += [f"metadata.{key}: the sandbox does not model it" for key in metadata if key not in METADATA]
    if not metadata.get("name"):
        found.append("patch resources require the `.metadata.name` field to be set")
    if (inputs.get("apiVersion"), inputs.get("kind")) != (server_side_apply.VERSION, "Shoot"):
        found.append(f"expected apiVersion {server_side_apply.VERSION} and kind Shoot")
    workers = known(inputs, "spec", "provider", "workers")
    if not isinstance(workers, list) or not all(isinstance(known(one, "name"), str) for one in workers):
        found.append("spec.provider.workers: expected a list of workers with names")
    elif not all(decodes(one, shoots.WORKER) for one in workers):
        found.append("spec.provider.workers: unknown field, or a value of another type")
    return [Refused("BadRequest", message) for message in found]


def _patched(asked: Asked) -> tuple[str, Values]:
    """The id of the patch, and the Shoot as it would be."""
    shoot = _shoot(asked.store, asked.inputs)
    # An update asks by the id, which ends with the manager.
    made = f"pulumi-kubernetes-{hexes(asked.store.place, 8, SHOOT_PATCH, asked.name)}"
    manager = asked.name.rpartition("/")[2] if "/" in asked.name else made
    patched = server_side_apply.applied(shoot["outputs"], manager, asked.inputs["spec"])
    for worker in patched["spec"]["provider"]["workers"]:
        image = known(worker, "machine", "image")
        if image and "version" not in image and image.get("name") in patched["machineImages"]:
            image["version"] = patched["machineImages"][image["name"]]
    refuse(shoots.refusals(patched))
    # The provider's id is the Shoot's; two patches of one Shoot could not be told apart by it here.
    return f"{shoot['id']}/{manager}", {**shoot, "outputs": patched}


def _shoot(store: Store, inputs: Values) -> Values:
    id = f"{known(inputs, 'metadata', 'namespace') or 'default'}/{known(inputs, 'metadata', 'name')}"
    found = store.get(SHOOT, id)
    if found is None:
        # To apply is to create what is not there, and a worker alone is no Shoot.
        message = f'Shoot.core.gardener.cloud "{id}" is invalid: spec.provider.type: Required value'
        raise Refused("Invalid", message)
    return found


def _refuse(asked: Asked) -> None:
    _patched(asked)


def _make(asked: Asked) -> tuple[str, Values]:
    id, shoot = _patched(asked)
    asked.store.put(SHOOT, shoot["id"], shoot)
    return id, {}


def _update(asked: Asked, old: Values, object: Values) -> Values:
    if not asked.preview:
        _make(asked)
    return {}


def _gone(store: Store, outputs: Values) -> None:
    shoot = shoots.without(store, outputs)
    if shoot is not None:
        store.put(SHOOT, shoot["id"], shoot)


KIND = Kind(
    type=SHOOT_PATCH,
    rules=_rules,
    refuse=_refuse,
    make=_make,
    update=_update,
    gone=_gone,
    of_sdk=False,
)
