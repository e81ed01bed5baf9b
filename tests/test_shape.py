"""The models' base class: judged by pydantic, which reads the same annotations with its own machinery."""

import copy
import pickle
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from efa_pools.model.forms import Bounds, Field, Scalar, schema_of
from efa_pools.model.pool import Pool
from efa_pools.model.raw import plain
from efa_pools.model.stack import AddonArguments, Chart, StackConfig
from efa_pools.model.wire import Count, Filled, Text, Wire
from efa_pools.problem import to_camel
from efa_pools.resources import addons, args
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, GetPydanticSchema, alias_generators, create_model
from pydantic import Field as PydanticField
from pydantic_core import ValidationError

from tests.pools import valid_pool
from tests.test_any_input import REPRODUCIBLE, pools
from tests.test_bad_input import CASES, wrong_pool

ROOT = Path(__file__).parent.parent


class Engine(Wire):
    """A part."""

    power: Count = 0
    from_: Filled = Field(key="from")


class Car(Wire):
    """A whole, with every form of annotation."""

    name: Filled
    kind: Literal["car", "van"] = "car"
    engine: Engine | None = None
    spare: Engine = Engine(from_="stock")
    seats_of_row: Annotated[tuple[Count, ...], Field(min_length=1, max_length=3)] | None = None
    doors: tuple[Engine, ...] = Field(max_length=2)
    labels: dict[str, Text] = {}
    anything: Any = None


FULL = {
    "name": "a",
    "kind": "van",
    "engine": {"power": 2, "from": "b"},
    "spare": {"power": 1, "from": "c"},
    "seatsOfRow": (2, 3),
    "doors": ({"power": 0, "from": "d"},),
    "labels": {"snake_case": "e"},
    "anything": {"x": [1, None]},
}


def models(base: type[Wire] = Wire) -> list[type[Wire]]:
    below = [found for one in base.__subclasses__() for found in (one, *models(one))]
    return [one for one in below if one.__module__.startswith("efa_pools.")]


@cache
def judge(model: type[Wire]) -> type[BaseModel]:
    """The same model, made by pydantic from the same annotations."""
    fields: dict[str, Any] = {}
    for name, one in model.fields().items():
        default = ... if one.required else one.default
        fields[name] = (translated(one.annotation), PydanticField(default, alias=one.alias))
    return create_model(model.__name__, __config__=ConfigDict(extra="forbid"), **fields)


def translated(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Wire):
        return judge(annotation)
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        (base, mark) = parts
        if isinstance(mark, Scalar):
            return Annotated[base, GetPydanticSchema(lambda source, handler: mark.schema)]
        assert isinstance(mark, Bounds)
        return Annotated[translated(base), PydanticField(**mark.lengths)]
    if origin in (Union, UnionType):
        return Union[tuple(map(translated, parts))]  # noqa: UP007
    if origin in (tuple, dict):
        return origin[tuple(part if part is ... else translated(part) for part in parts)]
    return annotation


def faults(read: Any, raw: Any) -> Any:
    """What is wrong, or the values as plain data."""
    try:
        value = read(raw)
    except ValidationError as error:
        return [(one["type"], one["loc"], one["msg"]) for one in error.errors(include_url=False)]
    return (
        value.model_dump(by_alias=True, exclude_none=True) if isinstance(value, BaseModel) else value.wire()
    )


def agree(model: type[Wire], raw: Any) -> None:
    if isinstance(raw, dict):
        raw = plain(raw)[0]
    assert faults(model.read, raw) == faults(judge(model).model_validate, raw)


def test_a_sound_pool_reads_as_pydantic_reads_it() -> None:
    agree(Pool, valid_pool())
    agree(StackConfig, {"pools": [valid_pool()], "addons": {"charts": {"gpu-operator": {"version": "1"}}}})
    agree(Car, FULL)


def test_bad_pools_fail_as_with_pydantic() -> None:
    for case in CASES:
        agree(Pool, wrong_pool(case))


@REPRODUCIBLE
@given(pools)
def test_whatever_comes_fails_as_with_pydantic(raw: Any) -> None:
    agree(Pool, raw)
    agree(AddonArguments, raw)
    agree(StackConfig, {"pools": [raw]})


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_model_has_a_schema(model: type[Wire]) -> None:
    assert schema_of(model)["type"] == "model"


def test_wire_gives_back_what_was_read() -> None:
    car = Car.read(FULL)
    assert car.wire() == FULL
    assert Car.read(car.wire()) == car
    assert (car.engine, car.doors[0].from_) == (Engine(power=2, from_="b"), "d")


def test_absent_keys_have_their_defaults_and_none_is_left_out() -> None:
    car = Car.read({"name": "a", "doors": []})
    assert car == Car(name="a", doors=())
    assert (car.kind, car.spare.from_, car.anything) == ("car", "stock", None)
    assert car.wire() == {
        "name": "a",
        "kind": "car",
        "spare": {"power": 0, "from": "stock"},
        "doors": (),
        "labels": {},
    }
    assert Car.read({"name": "a", "doors": []}).labels is not car.labels
    assert Car(name="a", doors=()).labels is not Car(name="a", doors=()).labels


def test_equality_is_by_class_and_values() -> None:
    one = Engine.read({"from": "a"})
    assert one == Engine(from_="a") and hash(one) == hash(Engine(from_="a"))
    assert one != Engine(from_="b") and one != Chart() and one != {"power": 0, "from_": "a"}
    assert repr(one) == "Engine(power=0, from_='a')"


@pytest.mark.parametrize("make", [lambda: Engine(from_="a"), lambda: Engine.read({"from": "a"})])
def test_models_are_frozen(make: Any) -> None:
    engine = make()
    with pytest.raises(AttributeError, match=r"Engine\.power cannot be changed"):
        engine.power = 1
    with pytest.raises(AttributeError, match=r"Engine\.other cannot be changed"):
        engine.other = 1
    with pytest.raises(AttributeError, match=r"Engine\.power cannot be deleted"):
        del engine.power
    assert engine.replace(power=3) == Engine(power=3, from_="a")
    assert engine == Engine(power=0, from_="a")


def test_models_can_be_copied() -> None:
    car = Car.read(FULL)
    for made in (copy.copy(car), copy.deepcopy(car), pickle.loads(pickle.dumps(car))):
        assert made == car and made is not car
    assert copy.deepcopy(car).labels is not car.labels


def test_keywords_are_the_fields() -> None:
    with pytest.raises(TypeError, match="Engine: missing from_"):
        Engine(power=1)
    with pytest.raises(TypeError, match="Engine has no colour, size"):
        Engine(from_="a", size=1, colour=2)
    with pytest.raises(TypeError, match="Engine has no colour"):
        Engine(from_="a").replace(colour=2)


def test_a_part_lacks_what_is_not_known() -> None:
    part = Engine.part({})
    assert part.power == 0
    with pytest.raises(AttributeError, match="from_"):
        _ = part.from_


@pytest.mark.parametrize(
    "annotation",
    [
        int,
        list[Text],
        tuple[Text, Text],
        Text | Count,
        dict[str, set[str]],
        Annotated[int, "metres"],
        Annotated[Engine, Field(min_length=1)],
        "Text",
    ],
    ids=str,
)
def test_an_unknown_annotation_is_refused(annotation: Any) -> None:
    odd: Any = type("Odd", (Wire,), {"__annotations__": {"field": annotation}})
    with pytest.raises(TypeError, match=r"^Odd\.field: .*expected "):
        odd.read({})


def test_a_field_cannot_hide_a_method() -> None:
    with pytest.raises(TypeError, match=r"Odd\.wire: expected a name"):
        type("Odd", (Wire,), {"__annotations__": {"wire": Text}})


WRITTEN = [one for module in (args, addons) for one in vars(module).values() if hasattr(one, "__total__")]


def test_camel_case_is_pydantics_for_every_key() -> None:
    names = {name for model in (*models(), Car) for name in model.fields()}
    names |= {key for wire in WRITTEN for key in wire.__annotations__}
    assert len(names) > 90
    assert {name: to_camel(name) for name in names} == {
        name: alias_generators.to_camel(name) for name in names
    }


@given(st.from_regex(r"[a-zA-Z0-9_]*_[a-zA-Z0-9_]*", fullmatch=True))
def test_camel_case_is_pydantics_for_odd_names_too(name: str) -> None:
    assert to_camel(name) == alias_generators.to_camel(name)


def test_the_components_run_without_pydantic() -> None:
    code = (
        "import sys; from bench.programs import run; run('ours', 1); "
        "from efa_pools import EfaClusterAddons, Settings; "
        "from efa_pools.check.stack import check_stack; "
        "found = check_stack({'efa-pools:pools': [{'size': 1}]}); assert found.problems; "
        "print('efa_pools.resources.worker_pool' in sys.modules, 'pydantic' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (ran.stdout.strip(), ran.returncode) == ("True False", 0), ran.stderr
