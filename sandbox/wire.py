"""Values as Pulumi sends them (protobuf structs) and as the core takes them, for every adapter.

On the wire numbers are doubles, a value that is not known is a fixed string, and secrets, resource references
and outputs are structs with a signature. The signatures are those of the SDK's `pulumi/runtime/rpc.py`.
"""

from typing import Any

from google.protobuf import struct_pb2

from sandbox.core import UNKNOWN
from sandbox.core.values import Values

_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


def plain(struct: struct_pb2.Struct) -> Values:
    """The values, with UNKNOWN where they are not known, secrets unwrapped and whole numbers as integers."""
    # A protobuf map has no order of its own.
    return {key: _plain(value) for key, value in sorted(struct.fields.items())}


def secrets(struct: struct_pb2.Struct) -> frozenset[str]:
    """The top-level names under which a secret stands."""
    return frozenset(key for key, value in struct.fields.items() if _has_secret(value))


def wire(values: Values, secret_keys: frozenset[str] = frozenset()) -> struct_pb2.Struct:
    """The reverse; what stands under `secret_keys` becomes secret."""
    struct = struct_pb2.Struct()
    for key, value in values.items():
        if value is not None:
            sent = _wire(value)
            struct[key] = {_SIGNATURE: _SECRET, "value": sent} if key in secret_keys else sent
    return struct


def _plain(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value == _UNKNOWN else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_plain(item) for item in value.list_value.values]
    return _plain_struct(value.struct_value) if kind == "struct_value" else None


def _plain_struct(struct: struct_pb2.Struct) -> Any:
    fields = struct.fields
    signature = fields[_SIGNATURE].string_value if _SIGNATURE in fields else ""
    if signature in (_SECRET, _OUTPUT):
        return _plain(fields["value"]) if "value" in fields else UNKNOWN
    if signature == _RESOURCE:
        reference = "id" if "id" in fields else "urn"
        return fields[reference].string_value or UNKNOWN
    return plain(struct)


def _has_secret(value: struct_pb2.Value) -> bool:
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        return any(_has_secret(item) for item in value.list_value.values)
    if kind != "struct_value":
        return False
    fields = value.struct_value.fields
    marked = _SIGNATURE in fields and (
        fields[_SIGNATURE].string_value == _SECRET or ("secret" in fields and fields["secret"].bool_value)
    )
    return marked or any(_has_secret(item) for item in fields.values())


def _wire(value: Any) -> Any:
    if value is UNKNOWN:
        return _UNKNOWN
    if isinstance(value, dict):
        return {key: _wire(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_wire(item) for item in value]
    return value
