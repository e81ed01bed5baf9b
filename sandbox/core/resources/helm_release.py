"""Helm releases (helm.sh/v3 of the Kubernetes provider). Charts are not rendered: no chart is fetched."""

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import Naming
from sandbox.core.references import NAMESPACE, RELEASE
from sandbox.core.values import UNKNOWN, Refused, Values, known

# The properties of ReleaseArgs in pulumi-kubernetes 4.34.2; `compat` is set by the SDK itself.
PROPERTIES = frozenset(
    "allowNullValues atomic chart cleanupOnFail compat createNamespace dependencyUpdate description devel "
    "disableCRDHooks disableOpenapiValidation disableWebhooks forceUpdate keyring lint manifest maxHistory "
    "name namespace postrender recreatePods renderSubchartNotes replace repositoryOpts resetValues "
    "resourceNames reuseValues skipAwait skipCrds takeOwnership timeout valueYamlFiles values "
    "verify version waitForJobs".split()
)
REPOSITORY = frozenset("caFile certFile keyFile password repo username".split())


TYPES = {"chart": str, "name": str, "namespace": str, "repositoryOpts": dict, "values": dict, "version": str}


def _rules(inputs: Values) -> list[Refused]:
    given = {key: known(inputs, key) for key in TYPES}
    wrong = [key for key, value in given.items() if value is not None and not isinstance(value, TYPES[key])]
    found = [f"{key}: {inputs[key]!r} is not a {TYPES[key].__name__}" for key in wrong]
    unknown = [key for key in inputs if key not in PROPERTIES]
    if "repositoryOpts" not in wrong:
        options = known(inputs, "repositoryOpts") or {}
        unknown += [f"repositoryOpts.{key}" for key in options if key not in REPOSITORY]
    found += [f"{key}: there is no such property" for key in unknown]
    if not inputs.get("chart"):
        found.append("chart must be given")
    name = known(inputs, "name")
    if isinstance(name, str) and len(name) > 53:
        found.append(f"invalid release name, the length must not be longer than 53: {name}")
    return [Refused("InvalidRelease", message) for message in found]


def _refuse(asked: Asked) -> None:
    namespace, name = _namespace(asked.inputs), known(asked.inputs, "name")
    if namespace is None or name is None:
        return
    if asked.store.get(RELEASE, f"{namespace}/{name}") is not None:
        raise Refused("InvalidRelease", "cannot re-use a name that is still in use")
    # In a preview the namespace may be one that another release of the same run creates.
    missing = asked.store.get(NAMESPACE, namespace) is None and not asked.inputs.get("createNamespace")
    if missing and not asked.preview:
        raise Refused("NotFound", f'create: failed to create: namespaces "{namespace}" not found')


def _namespace(inputs: Values) -> str | None:
    return known({"namespace": "default", **inputs}, "namespace")  # type: ignore[no-any-return]


def _make(asked: Asked) -> tuple[str, Values]:
    namespace, name = _namespace(asked.inputs) or "default", asked.inputs["name"]
    if asked.store.get(NAMESPACE, namespace) is None:
        made = {"id": namespace, "inputs": {}, "outputs": {"name": namespace}}
        asked.store.put(NAMESPACE, namespace, made)
    chart, version = str(asked.inputs["chart"]), asked.inputs.get("version", "")
    status = {
        "status": "deployed",
        "name": name,
        "namespace": namespace,
        "revision": 1,
        "chart": chart.rstrip("/").rsplit("/", 1)[-1],
        "version": version,
        "appVersion": "",
    }
    # What a chart contains is known only when it is rendered; real values name the objects by kind.
    return f"{namespace}/{name}", {"status": status, "namespace": namespace, "resourceNames": {}}


def _update(asked: Asked, old: Values, object: Values) -> Values:
    """An upgrade: the next revision."""
    if asked.preview:
        return {"status": UNKNOWN}
    status = object["outputs"]["status"]
    return {"status": {**_make(asked)[1]["status"], "revision": status["revision"] + 1}}


KIND = Kind(
    type=RELEASE,
    naming=Naming("name", 53, digits=8),
    computed=("status", "resourceNames"),
    rules=_rules,
    refuse=_refuse,
    make=_make,
    update=_update,
)
