"""JSON Schema of a stack file, from the models, with each key's meaning from the component's arguments."""

import ast
import inspect
from types import ModuleType
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import AfterValidatorFunctionSchema, ModelSchema

from .check.stack import NAMESPACE
from .model.forms import schema_of
from .model.stack import StackConfig
from .model.wire import Wire
from .problem import to_camel
from .resources import addons, args

# Models whose arguments have another name.
DOCUMENTED_BY = {
    "Pool": "EfaWorkerPoolArgs",
    "StatedInstance": "Instance",
    "Addons": "EfaClusterAddonsArgs",
    "Chart": "AddonChart",
}
STACK_KEYS = {
    "pools": "The pools of the stack.",
    "cluster": "The EKS cluster that the nodes join.",
    "kubeconfig": "Credentials for the cluster's API server; a secret.",
    "gardenKubeconfig": "Credentials for the API server that holds the Shoot; a secret.",
    "tags": "Tags of everything, under a pool's own tags.",
    "addons": "What makes EFA and GPUs schedulable.",
    "ncclTest": "An all-reduce test over one pool's nodes.",
    "name": "Name of the pool: resources and the label efa-pools/pool carry it.",
}
CLUSTER_KEYS = {
    "name": "Name of the EKS cluster.",
    "vpcId": "VPC of the pools' security groups.",
    "endpoint": "URL of the API server; needed with image.amiId.",
    "certificateAuthority": "The API server's certificate in base64; needed with image.amiId.",
    "serviceCidr": "Service range of the cluster; needed with image.amiId.",
    "kubernetesVersion": "Kubernetes version of the cluster.",
    "securityGroupId": "The cluster's security group.",
}
TEST_KEYS = {
    "pool": "The pool to test.",
    "image": "Image of the test. Default: AWS's public one of nccl-tests.",
    "repeats": "How often the test runs; the worst run counts. Default 1.",
    "gate": "Whether `pulumi up` waits for the verdict and stops where it is fail. Default false.",
    "operatorManifest": "Manifest of the MPI operator to install, a YAML file. Default: it is there.",
}


def stack_schema() -> dict[str, Any]:
    """The schema of a `Pulumi.<stack>.yaml`: other packages' keys are free, ours are closed."""
    own = _Generator().generate(schema_of(StackConfig))
    definitions: dict[str, Any] = own.pop("$defs")
    definitions["Pool"]["required"] = ["name", *definitions["Pool"]["required"]]
    docs = {**documented(args), **documented(addons)}
    for name, definition in definitions.items():
        described = docs.get(DOCUMENTED_BY.get(name, name), {})
        extra = {"Cluster": CLUSTER_KEYS, "NcclTest": TEST_KEYS, "Pool": STACK_KEYS}.get(name, {})
        _describe(definition, {**extra, **described})
    _describe(own, STACK_KEYS)
    keys = {f"{NAMESPACE}:{key}": value for key, value in own["properties"].items()}
    known = "|".join(own["properties"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "efa-pools stack file",
        "description": "Pulumi.<stack>.yaml of a stack of EFA worker pools",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "required": [f"{NAMESPACE}:pools"],
                "properties": keys,
                "patternProperties": {f"^{NAMESPACE}:(?!({known})$)": False},
            }
        },
        "$defs": definitions,
    }


class _Generator(GenerateJsonSchema):
    """pydantic's generator, told what a model of ours is, its defaults, and the patterns of its scalars."""

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        """A closed object with the model's own description."""
        model = schema["cls"]
        said = {"title": model.__name__, "description": model.__doc__, "additionalProperties": False}
        return {**self.generate_inner(schema["schema"]), **said}

    def function_after_schema(self, schema: AfterValidatorFunctionSchema) -> JsonSchemaValue:
        """A scalar with the pattern that its function checks."""
        return {**super().function_after_schema(schema), **schema.get("metadata", {})}

    def encode_default(self, dft: Any) -> Any:
        """A model's default with every key, absent ones as null."""
        if isinstance(dft, Wire):
            return {one.alias: self.encode_default(getattr(dft, name)) for name, one in dft.fields().items()}
        return super().encode_default(dft)


def _describe(definition: dict[str, Any], texts: dict[str, str]) -> None:
    definition.pop("title", None)
    for key, value in definition.get("properties", {}).items():
        value.pop("title", None)
        if key in texts:
            value["description"] = texts[key]


def documented(module: ModuleType) -> dict[str, dict[str, str]]:
    """Of each class, the text under each of its fields, by wire name."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        texts = found.setdefault(node.name, {})
        for field, text in zip(node.body, node.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                if isinstance(field.target, ast.Name) and isinstance(text.value, ast.Constant):
                    texts[to_camel(field.target.id)] = str(text.value.value)
    return found
