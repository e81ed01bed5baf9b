"""From annotations to core schemas of pydantic_core, without pydantic itself.

`pydantic` reads any annotation of any class, and importing it would be half of what the components add to a
program's start. The models use few forms of annotation; those are read here, and every other is refused when
its model is first used.
"""

from collections.abc import Callable
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic_core import CoreSchema, SchemaValidator
from pydantic_core import core_schema as core


class Scalar:
    """The mark of a scalar in `Annotated`: its core schema, ready made."""

    def __init__(self, schema: CoreSchema) -> None:
        self.schema = schema


class Bounds:
    """The mark of a list or mapping in `Annotated`: how many entries it has; see `Field`."""

    def __init__(self, key: str | None, lengths: dict[str, int]) -> None:
        self.key, self.lengths = key, lengths


def Field(*, key: str | None = None, min_length: int | None = None, max_length: int | None = None) -> Any:
    """What a field's annotation alone does not say: its key on the wire, and how many entries it has."""
    lengths = {"min_length": min_length, "max_length": max_length}
    return Bounds(key, {name: length for name, length in lengths.items() if length is not None})


class Member(NamedTuple):
    """One field of a model."""

    alias: str
    """Its key on the wire."""
    annotation: Any
    required: bool
    default: Any = None


@cache
def validator(model: type[Any]) -> SchemaValidator:
    """What reads a model; made on first use and kept, as most runs need one or two of them."""
    return SchemaValidator(schema_of(model))


@cache
def lenient(model: type[Any]) -> SchemaValidator:
    """The same with no key required, for the sound part of an input; gives the values as a dict, and more."""
    return SchemaValidator(_fields_schema(model, lenient=True))


@cache
def _model_schema(model: type[Any]) -> CoreSchema:
    return core.model_schema(model, _fields_schema(model), ref=f"{model.__module__}.{model.__name__}")


def _fields_schema(model: type[Any], *, lenient: bool = False) -> CoreSchema:
    fields: dict[str, core.ModelField] = {}
    for name, one in model.fields().items():
        try:
            schema = schema_of(one.annotation)
        except TypeError as error:
            raise TypeError(f"{model.__name__}.{name}: {error}") from error
        if lenient or not one.required:
            schema = core.with_default_schema(schema, default=one.default)  # copied if it cannot be hashed
        fields[name] = core.model_field(schema, validation_alias=one.alias)
    return core.model_fields_schema(fields, model_name=model.__name__, extra_behavior="forbid")


def schema_of(annotation: Any) -> CoreSchema:
    """The core schema of a model or of one field's annotation. Raises TypeError for an unknown form."""
    if isinstance(annotation, type) and hasattr(annotation, "fields"):
        return _model_schema(annotation)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    read = _FORMS.get(get_origin(annotation))
    if read is None:
        raise TypeError(
            f"{annotation!r}: expected a model, a scalar of wire.py, or a form listed in forms.py"
        )
    return read(*get_args(annotation))


def _annotated(base: Any, *marks: Any) -> CoreSchema:
    if isinstance(marks[0], Scalar):
        return marks[0].schema
    schema: Any = schema_of(base)
    if not isinstance(marks[0], Bounds) or schema["type"] not in ("tuple", "dict"):
        raise TypeError(f"{marks[0]!r} at {base!r}: expected a Scalar, or Field with a list or mapping")
    return {**schema, **marks[0].lengths}


def _optional(inner: Any, *others: Any) -> CoreSchema:
    if others != (type(None),):
        raise TypeError(f"{(inner, *others)!r}: expected a union with None only")
    return core.nullable_schema(schema_of(inner))


def _tuple(item: Any, *others: Any) -> CoreSchema:
    if others != (...,):
        raise TypeError(f"{(item, *others)!r}: expected tuple[item, ...]")
    return core.tuple_variable_schema(schema_of(item))


_PLAIN: dict[Any, CoreSchema] = {Any: core.any_schema(), str: core.str_schema()}
_FORMS: dict[Any, Callable[..., CoreSchema]] = {
    Annotated: _annotated,
    Literal: lambda *values: core.literal_schema(list(values)),
    Union: _optional,
    UnionType: _optional,
    tuple: _tuple,
    dict: lambda key, value: core.dict_schema(schema_of(key), schema_of(value)),
}
