"""What a custom resource's schema says of an object (`mpijob_crd.json`: the operator's own, with its source).

Unknown fields are refused, as `kubectl apply --validate=strict` does; an API server alone would drop them.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.core.values import UNKNOWN, Values, settled


def problems(file: str, inputs: Values) -> list[str]:
    """What is wrong with the object beside its metadata; values that are not known yet are passed over."""
    given = {key: value for key, value in inputs.items() if key != "metadata" and value is not UNKNOWN}
    whole = settled(given)
    found = _judge(file).iter_errors(_known(given))
    return [
        f"{one.json_path[2:]}: {one.message[:200]}" for one in found if whole or one.validator != "required"
    ]


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _known(inner) for key, inner in value.items() if inner is not UNKNOWN}
    return [_known(one) for one in value if one is not UNKNOWN] if isinstance(value, list) else value


@cache
def _judge(file: str) -> Any:
    # It takes a while, and few programs have custom resources.
    import jsonschema  # type: ignore[import-untyped]

    data = json.loads(Path(__file__).with_name(file).read_text(encoding="utf-8"))
    (version,) = data["crd"]["spec"]["versions"]
    return jsonschema.Draft202012Validator(_strict(version["schema"]["openAPIV3Schema"]))


def _strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        made.setdefault("additionalProperties", bool(schema.get("x-kubernetes-preserve-unknown-fields")))
    return made
