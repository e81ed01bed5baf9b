"""The base of the models: frozen classes with annotated fields, each read by one core schema; see `forms`."""

from typing import Annotated, Any, ClassVar, Self, dataclass_transform

from ..problem import to_camel
from .forms import Bounds, Field, Member, lenient, validator


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
class Wire:
    """Base of everything that users write.

    The constructor takes Python names and trusts the values; `read` checks them.
    """

    # What pydantic_core fills in beside the fields; in slots, so that `__dict__` holds the fields alone.
    __slots__ = ("__dict__", "__pydantic_extra__", "__pydantic_fields_set__", "__pydantic_private__")
    _members: ClassVar[dict[str, Member]] = {}

    def __init_subclass__(cls) -> None:
        cls._members = dict(cls._members)
        for name, annotation in cls.__annotations__.items():
            if hasattr(Wire, name):
                raise TypeError(f"{cls.__name__}.{name}: expected a name that hides no method of Wire")
            cls._members[name] = _member(name, annotation, cls.__dict__.get(name, REQUIRED))
            if name in cls.__dict__:
                delattr(cls, name)  # else an absent field would read as its default, or as its bounds

    def __init__(self, **values: Any) -> None:
        missing = [name for name, one in self._members.items() if one.required and name not in values]
        if missing:
            raise TypeError(f"{type(self).__name__}: missing {', '.join(missing)}")
        self._fill(values)

    def _fill(self, values: dict[str, Any], stated: frozenset[str] | None = None) -> None:
        object.__setattr__(self, "__pydantic_fields_set__", set(values if stated is None else stated))
        unknown = values.keys() - self._members.keys()
        if unknown:
            raise TypeError(f"{type(self).__name__} has no {', '.join(sorted(unknown))}")
        for name, one in self._members.items():
            if name in values:
                self.__dict__[name] = values[name]
            elif not one.required:
                self.__dict__[name] = dict(one.default) if isinstance(one.default, dict) else one.default

    @classmethod
    def fields(cls) -> dict[str, Member]:
        """The model's fields by their Python names, in order."""
        return cls._members

    @property
    def stated(self) -> frozenset[str]:
        """The fields that were given, even where they were given their default."""
        given: set[str] = getattr(self, "__pydantic_fields_set__")  # noqa: B009
        return frozenset(given)

    @classmethod
    def part(cls, values: dict[str, Any]) -> Self:
        """A model of which only some fields are known; reading a required one that is not raises."""
        made = cls.__new__(cls)
        made._fill(values)
        return made

    @classmethod
    def read(cls, raw: Any) -> Self:
        """The model of a mapping in wire form. Raises `pydantic_core.ValidationError`."""
        model: Any = cls  # mypy takes the instances' __hash__ for that of the class
        made: Self = validator(model).validate_python(raw)
        return made

    @classmethod
    def read_part(cls, raw: Any) -> dict[str, Any]:
        """The fields' values with no key required: None or the default where one is absent."""
        model: Any = cls
        values: dict[str, Any] = lenient(model).validate_python(raw)[0]
        return values

    def replace(self, **changes: Any) -> Self:
        """A copy with other values, which are not checked."""
        made = self.__class__.__new__(self.__class__)
        made._fill({**self.__dict__, **changes}, self.stated | changes.keys())
        return made

    def wire(self, *, defaults: bool = True) -> dict[str, Any]:
        """As the user would write it: camelCase, without what is absent; or as it was written."""
        members, known = self._members, self.__dict__.items()
        kept = self.__dict__.keys() if defaults else self.stated
        return {
            members[name].alias: _plain(value, defaults)
            for name, value in known
            if value is not None and name in kept
        }

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __hash__(self) -> int:
        # A default that has no hash would be copied for every pool.
        return hash(tuple(self.__dict__.values()))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({values})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Copies and pickles would set the slots one by one, which is refused.
        return self.part, (self.__dict__,)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be changed; make a copy with replace()")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted")


REQUIRED = object()


def _member(name: str, annotation: Any, stated: Any) -> Member:
    if not isinstance(stated, Bounds):
        return Member(to_camel(name), annotation, stated is REQUIRED, None if stated is REQUIRED else stated)
    bounded = Annotated[annotation, stated] if stated.lengths else annotation
    return Member(stated.key or to_camel(name), bounded, True)


def _plain(value: Any, defaults: bool) -> Any:
    if isinstance(value, Wire):
        return value.wire(defaults=defaults)
    if isinstance(value, dict):
        return {key: _plain(inner, defaults) for key, inner in value.items()}
    return type(value)(_plain(one, defaults) for one in value) if isinstance(value, (list, tuple)) else value
