"""Hosts the components for stacks in any Pulumi language.

The SDK's own host drops unknown keys before a component sees them, turns integers into floats and stumbles
over outputs. So the raw inputs go to the component as they are: it reads the wire form itself, and knows
every key. Problems come back in the casing of the wire, which is what the caller wrote.
"""

from typing import Any

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.output import Unknown
from pulumi.provider import ConstructResult
from pulumi.provider.experimental.component import ComponentProvider

from ..problem import Invalid
from .addons import EfaClusterAddons
from .gardener_workers import GardenerWorkers
from .inputs import WireInputs
from .nccl_test import NcclTest
from .worker_pool import EfaWorkerPool

PACKAGE = "efa-pools"
COMPONENTS: list[type[pulumi.ComponentResource]] = [
    EfaWorkerPool,
    EfaClusterAddons,
    GardenerWorkers,
    NcclTest,
]


class Host(ComponentProvider):
    """The component package; its schema is inferred from the components' annotations."""

    def __init__(self, version: str) -> None:
        super().__init__(COMPONENTS, PACKAGE, version=version)

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: Any,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Make one component from the inputs as they came over the wire."""
        self.validate_resource_type(PACKAGE, resource_type)
        word = resource_type.rpartition(":")[2]
        make: Any = self._components[word]
        try:
            component = make(name, WireInputs(_opened(inputs)), options)
        except Invalid as error:
            # Without a list, even an empty one, the SDK's server stumbles over its own error.
            raise InputPropertiesError(error.text(snake=False), []) from None
        return ConstructResult(component.urn, self.get_state(component, self._component_defs[word]))


def _opened(value: Any) -> Any:
    """The inputs with an Output wherever a preview sent a bare marker for what is not known yet."""
    if isinstance(value, Unknown):
        return pulumi.Output.from_input(value)
    if isinstance(value, dict):
        return {key: _opened(inner) for key, inner in value.items()}
    return [_opened(inner) for inner in value] if isinstance(value, list) else value
