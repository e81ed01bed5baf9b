"""A schema of the modelled part of the packages, made from the classes of the installed SDK.

The engine asks for one when it describes a component package that mentions resources of these packages, and
when it writes code for an import. Types and names are the SDK's; descriptions are left to it.
"""

import collections.abc
import importlib
import inspect
import types
import typing
import warnings
from typing import Any, Union, get_args, get_origin

import pulumi

from sandbox.core.resources import KINDS

PRIMITIVES = {str: "string", bool: "boolean", int: "integer", float: "number"}
MODULE_FORMAT = {"aws": "(.*)(?:/[^/]*)", "kubernetes": "(.*)"}
"""How the module of a token becomes the SDK's: `ec2/launchTemplate` is `ec2`."""


def package(name: str, version: str) -> dict[str, Any]:
    """The schema of the resources that the sandbox models in this package."""
    found = _Types()
    with warnings.catch_warnings():
        # The SDK warns of its own deprecated modules while it loads.
        warnings.simplefilter("ignore", DeprecationWarning)
        described = [type for type, kind in sorted(KINDS.items()) if not kind.of_custom_resource]
        resources = {type: found.resource(type) for type in described if type.startswith(f"{name}:")}
    return {
        "name": name,
        "version": version,
        "meta": {"moduleFormat": MODULE_FORMAT[name]},
        "config": {},
        "provider": {},
        "resources": resources,
        "types": found.types,
    }


class _Types:
    """Collects the object types that resources mention."""

    def __init__(self) -> None:
        self.types: dict[str, Any] = {}
        self._seen: set[tuple[str, Any]] = set()

    def resource(self, token: str) -> dict[str, Any]:
        package, module, name = token.split(":")
        space = importlib.import_module(_python(package, module))
        outer = f"{package}:{module.partition('/')[0] if package == 'aws' else module}"
        inputs = self.properties(outer, getattr(space, f"{name}Args"))
        outputs = self.properties(outer, getattr(space, name), skip=set(dir(pulumi.CustomResource)))
        return {
            "inputProperties": inputs,
            "requiredInputs": _required(getattr(space, f"{name}Args"), inputs),
            "properties": outputs,
        }

    def properties(
        self, module: str, cls: Any, skip: collections.abc.Set[str] = frozenset()
    ) -> dict[str, Any]:
        """Every getter of a class, by its Pulumi name."""
        made = {}
        for key, member in inspect.getmembers(cls, lambda one: isinstance(one, property)):
            named = getattr(member.fget, "_pulumi_name", key)
            if key not in skip:
                space = {**vars(inspect.getmodule(member.fget)), "Output": pulumi.Output, "T": Any}
                hint = typing.get_type_hints(member.fget, globalns=space).get("return", Any)
                made[named] = self.spec(module, hint)
        return made

    def spec(self, module: str, hint: Any) -> dict[str, Any]:
        """A type as a schema writes it."""
        origin, given = get_origin(hint), get_args(hint)
        if origin in (Union, types.UnionType):
            wrapped = (collections.abc.Awaitable, pulumi.Output)
            plain = [one for one in given if get_origin(one) not in wrapped and one is not type(None)]
            # Of an enum and its plain type the plain one is enough.
            return self.spec(module, next((one for one in plain if one in PRIMITIVES), plain[0]))
        if origin is pulumi.Output:
            return self.spec(module, given[0])
        if origin in (collections.abc.Sequence, list):
            return {"type": "array", "items": self.spec(module, given[0])}
        if origin in (collections.abc.Mapping, dict):
            return {"type": "object", "additionalProperties": self.spec(module, given[1])}
        if hint in PRIMITIVES:
            return {"type": PRIMITIVES[hint]}
        if inspect.isclass(hint) and hint.__module__.startswith("pulumi_"):
            return {"$ref": f"#/types/{self.object(module, hint)}"}
        return {"$ref": "pulumi.json#/Any"}

    def object(self, module: str, cls: Any) -> str:
        """The token of an object type, which is described on the way. Inputs and outputs share it."""
        name = cls.__name__.removesuffix("Args")
        token = f"{module}/{name}:{name}" if module.startswith("aws:") else f"{module}:{name}"
        known = self.types.setdefault(token, {"type": "object", "properties": {}})
        if (token, cls) not in self._seen:
            self._seen.add((token, cls))
            known["properties"].update(self.properties(module, cls))
        return token


def _python(package: str, module: str) -> str:
    if package == "aws":
        return f"pulumi_aws.{module.partition('/')[0]}"
    # `helm.sh/v3` is pulumi_kubernetes.helm.v3, `resource.k8s.io/v1` is pulumi_kubernetes.resource.v1.
    return "pulumi_kubernetes." + ".".join(part.partition(".")[0] for part in module.split("/"))


def _required(cls: Any, inputs: dict[str, Any]) -> list[str]:
    parameters = inspect.signature(cls.__init__).parameters.values()
    names = {one.name for one in parameters if one.kind is one.KEYWORD_ONLY and one.default is one.empty}
    properties = inspect.getmembers(cls, lambda one: isinstance(one, property))
    found = (getattr(member.fget, "_pulumi_name", key) for key, member in properties if key in names)
    return [name for name in found if name in inputs]
