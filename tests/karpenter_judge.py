"""What an API server with Karpenter's schemas would say of an object.

Structure is judged by jsonschema over the schemas of Karpenter v1.14.1 (tests/data/karpenter_crds.json), with
unknown fields refused as `kubectl apply --validate=strict` does. CEL is not evaluated: each rule of a field
that an object has is read here in Python, by its message, and a rule without a reading fails.
"""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

SCHEMAS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "karpenter_crds.json").read_text(encoding="utf-8")
)["schemas"]
API = {"EC2NodeClass": "karpenter.k8s.aws/v1", "NodePool": "karpenter.sh/v1"}


def refusals(document: dict[str, Any]) -> list[str]:
    """Why the API server would refuse the object; empty if it would take it."""
    kind = document["kind"]
    found = []
    if set(document) != {"apiVersion", "kind", "metadata", "spec"} or document["apiVersion"] != API[kind]:
        found.append("not an object of Karpenter's API")
    found += [f"{error.json_path}: {error.message}" for error in _judge(kind).iter_errors(document["spec"])]
    return found or [*_rules(SCHEMAS[kind], document["spec"], "spec")]


@cache
def _judge(kind: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(_strict(SCHEMAS[kind]))


def _strict(schema: Any) -> Any:
    """The same schema with unknown fields refused, where it does not say that they are kept."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items()}
    kept = schema.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object" and not kept:
        made.setdefault("additionalProperties", False)
    return made


def _rules(schema: dict[str, Any], value: Any, where: str) -> Iterator[str]:
    for rule in schema.get("x-kubernetes-validations", ()):
        if "oldSelf" in rule["rule"]:
            continue  # of updates
        if not READ[rule["message"]](value):
            yield f"{where}: {rule['message']}"
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _rules(schema["items"], item, f"{where}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            below = schema.get("properties", {}).get(key) or schema.get("additionalProperties")
            if isinstance(below, dict):
                yield from _rules(below, item, f"{where}.{key}")


def _one_of(*keys: str) -> Callable[[Any], bool]:
    return lambda items: all(any(key in item for key in keys) for item in items)


def _not_beside(first: str, *others: str) -> Callable[[Any], bool]:
    return lambda items: not any(first in item and any(key in item for key in others) for item in items)


def _alias_wants(family: str, name: str) -> Callable[[Any], bool]:
    def read(spec: Any) -> bool:
        aliases = [term["alias"].partition("@")[0] for term in spec["amiSelectorTerms"] if "alias" in term]
        return "amiFamily" not in spec or family not in aliases or spec["amiFamily"] in ("Custom", name)

    return read


def _labels(test: Callable[[str], bool]) -> Callable[[Any], bool]:
    """The same rule stands at a mapping of labels and at a requirement's key."""
    return lambda value: all(map(test, [value] if isinstance(value, str) else value))


def _domain_is_not(domain: str, *allowed: str) -> Callable[[Any], bool]:
    return _labels(lambda key: key in allowed or not key.partition("/")[0].endswith(domain))


def _places(interfaces: Any) -> bool:
    places = [(one["networkCardIndex"], one["deviceIndex"]) for one in interfaces]
    efa = [one["networkCardIndex"] for one in interfaces if one["interfaceType"] == "efa-only"]
    return len(set(places)) == len(places) and len(set(efa)) == len(efa)


def _comparisons(requirements: Any) -> bool:
    return all(one["operator"] in ("In", "NotIn", "Exists", "DoesNotExist") for one in requirements)


FAMILIES = ("AL2", "AL2023", "Bottlerocket", "Windows2019", "Windows2022", "Windows2025")
ALIASES = [name.lower() for name in FAMILIES]
READ: dict[str, Callable[[Any], bool]] = {
    "must specify exactly one of ['role', 'instanceProfile']": lambda x: (
        ("role" in x) != ("instanceProfile" in x)
    ),
    **{
        f"if set, amiFamily must be '{name}' or 'Custom' when using {'an AL' if name[:2] == 'AL' else 'a '}"
        f"{name.removeprefix('AL')} alias": _alias_wants(name.lower(), name)
        for name in FAMILIES
    },
    "must specify amiFamily if amiSelectorTerms does not contain an alias": lambda x: (
        any("alias" in term for term in x["amiSelectorTerms"]) or "amiFamily" in x
    ),
    "expected at least one, got none, ['tags', 'id', 'name', 'alias', 'ssmParameter']": _one_of(
        "tags", "id", "name", "alias", "ssmParameter"
    ),
    "'id' is mutually exclusive, cannot be set with a combination of other fields in "
    "amiSelectorTerms": _not_beside("id", "alias", "tags", "name", "owner"),
    "'alias' is mutually exclusive, cannot be set with a combination of other fields in "
    "amiSelectorTerms": _not_beside("alias", "id", "tags", "name", "owner"),
    "'alias' is mutually exclusive, cannot be set with a combination of other amiSelectorTerms": lambda x: (
        len(x) == 1 or not any("alias" in term for term in x)
    ),
    "'alias' is improperly formatted, must match the format 'family@version'": lambda x: (
        x.partition("@")[0].isalnum() and bool(x.partition("@")[2])
    ),
    "family is not supported, must be one of the following: 'al2', 'al2023', 'bottlerocket', 'windows2019', "
    "'windows2022', 'windows2025'": lambda x: x.split("@")[0] in ALIASES,
    "windows families may only specify version 'latest'": lambda x: not x.startswith("windows"),
    "must have only one blockDeviceMappings with rootVolume": lambda x: (
        sum("rootVolume" in one for one in x) < 2
    ),
    "snapshotID or volumeSize must be defined": lambda x: "snapshotID" in x or "volumeSize" in x,
    "snapshotID must be set when volumeInitializationRate is set": lambda x: (
        "volumeInitializationRate" not in x
    ),
    "expected at least one, got none, ['tags', 'id', 'instanceMatchCriteria']": _one_of(
        "tags", "id", "instanceMatchCriteria"
    ),
    "'id' is mutually exclusive, cannot be set along with other fields in a capacity reservation selector "
    "term": _not_beside("id", "tags", "ownerID", "instanceMatchCriteria"),
    "instanceProfile cannot be empty": bool,
    "role cannot be empty": bool,
    "networkInterfaces must include a primary interface with interfaceType='interface'": lambda x: (
        {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"} in x
    ),
    "networkInterfaces must not have duplicate networkCardIndex and deviceIndex pairs, and can have at most "
    "one efa device per network card": _places,
    "expected at least one, got none, ['name', 'id']": lambda x: "name" in x or "id" in x,
    "'name' and 'id' are mutually exclusive": lambda x: not ("name" in x and "id" in x),
    "securityGroupSelectorTerms cannot be empty": bool,
    "expected at least one, got none, ['tags', 'id', 'name']": _one_of("tags", "id", "name"),
    "'id' is mutually exclusive, cannot be set with a combination of other fields in a security group "
    "selector term": _not_beside("id", "tags", "name"),
    "'name' is mutually exclusive, cannot be set with a combination of other fields in a security group "
    "selector term": _not_beside("name", "tags", "id"),
    "subnetSelectorTerms cannot be empty": bool,
    "expected at least one, got none, ['tags', 'id']": _one_of("tags", "id"),
    "'id' is mutually exclusive, cannot be set with a combination of other fields in a subnet selector "
    "term": _not_beside("id", "tags"),
    "empty tag keys aren't supported": lambda x: "" not in x,
    "tag contains a restricted tag matching eks:eks-cluster-name": lambda x: "eks:eks-cluster-name" not in x,
    "tag contains a restricted tag matching kubernetes.io/cluster/": lambda x: (
        not any(key.startswith("kubernetes.io/cluster") for key in x)
    ),
    "tag contains a restricted tag matching karpenter.sh/nodepool": lambda x: (
        "karpenter.sh/nodepool" not in x
    ),
    "tag contains a restricted tag matching karpenter.sh/nodeclaim": lambda x: (
        "karpenter.sh/nodeclaim" not in x
    ),
    "tag contains a restricted tag matching karpenter.k8s.aws/ec2nodeclass": lambda x: (
        "karpenter.k8s.aws/ec2nodeclass" not in x
    ),
    "only 'limits.nodes' is supported on static NodePools": lambda x: (
        "replicas" not in x or set(x.get("limits", {})) <= {"nodes"}
    ),
    "'weight' is not supported on static NodePools": lambda x: "replicas" not in x or "weight" not in x,
    "'schedule' must be set with 'duration'": lambda x: all(
        ("schedule" in one) == ("duration" in one) for one in x
    ),
    'label domain "karpenter.sh" is restricted': _domain_is_not("karpenter.sh", "karpenter.sh/capacity-type"),
    'label "karpenter.sh/nodepool" is restricted': _labels(lambda key: key != "karpenter.sh/nodepool"),
    'label "kubernetes.io/hostname" is restricted': _labels(lambda key: key != "kubernetes.io/hostname"),
    'label domain "karpenter.k8s.aws" is restricted': _domain_is_not(
        "karpenter.k8s.aws",
        "karpenter.k8s.aws/placement-group-partition",
        "karpenter.k8s.aws/instance-tenancy",
    ),
    "group may not be empty": bool,
    "kind may not be empty": bool,
    "name may not be empty": bool,
    "requirements with operator 'In' must have a value defined": lambda x: all(
        one["operator"] != "In" or one["values"] for one in x
    ),
    "requirements operator 'Gt', 'Lt', 'Gte', or 'Lte' must have a single positive integer "
    "value": _comparisons,
    "requirements with 'minValues' must have at least that many values specified in the 'values' "
    "field": lambda x: all(len(one.get("values", ())) >= one.get("minValues", 0) for one in x),
}
