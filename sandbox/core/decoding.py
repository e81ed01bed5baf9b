"""Whether a value has the shape that a strict decoder takes: known keys, and the right types."""

from typing import Any

from sandbox.core.values import UNKNOWN


def decodes(value: Any, shape: Any) -> bool:
    """A shape is a type, several types, a list of one shape, or a mapping of keys to shapes.

    What is not known yet is right anywhere, and null is absent.
    """
    if value is UNKNOWN or value is None:
        return True
    if isinstance(shape, list):
        return isinstance(value, list) and all(one is not None and decodes(one, shape[0]) for one in value)
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(
            key in shape and decodes(one, shape[key]) for key, one in value.items()
        )
    if shape is bool or isinstance(value, bool):
        return shape is bool and isinstance(value, bool)
    return isinstance(value, shape)
