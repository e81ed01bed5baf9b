"""Whatever JSON or YAML can say, a check answers with problems and never with an exception."""

import copy
import json
from collections.abc import Iterator
from typing import Any, get_args

from efa_pools.check.pool import check_pool, check_pools
from efa_pools.check.stack import check_stack
from efa_pools.documents import Timestamp
from efa_pools.model.pool import Pool
from efa_pools.model.stack import StackConfig
from efa_pools.plan.pool import describe, plan_pool
from efa_pools.problem import Kind, Problem, Severity, errors
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pools import valid_pool

REPRODUCIBLE = settings(deadline=None, derandomize=True, max_examples=200)
KINDS, SEVERITIES = get_args(Kind), get_args(Severity)
POOL_KEYS = [field.alias for field in Pool.fields().values()]
STACK_KEYS = [f"efa-pools:{field.alias}" for field in StackConfig.fields().values()]
# Keys that stand below a pool's own, so that random mappings get past the first unknown key.
INNER_KEYS = [
    *("kind", "min", "desired", "max", "type", "from", "to", "index", "name", "size", "family", "mode"),
    *("networkCardIndex", "networkCardIndexRange", "deviceIndex", "networkCards", "interfaceTypes"),
    *("maximumInterfaces", "maximumEfaInterfaces", "bandwidthGbps", "strategy", "groupId", "key", "effect"),
    *("worker", "charts", "values", "version", "start", "end", "count", "reservationId"),
]
WORDS = [
    "efa",
    "efa-only",
    "interface",
    "cluster",
    "existing",
    "capacity-block",
    "gardener",
    "custom",
    "p5.48xlarge",
]

text = st.sampled_from(WORDS) | st.text(st.characters(), max_size=8)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 70)
    | st.integers()
    | st.floats()
    | text
    | st.just(Timestamp("2026-12-01T11:30:00Z"))
)
keys = st.sampled_from(INNER_KEYS) | text
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
pools = values | st.dictionaries(st.sampled_from(POOL_KEYS) | text, values, max_size=8)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value below the first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield (*path, key)
        yield from places(below, (*path, key))


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """The valid pool with one to four values anywhere in it replaced, taken away or given a sibling."""
    pool = {**valid_pool(), "instance": None, "layout": None}
    for _ in range(draw(st.integers(1, 4))):
        *way, last = draw(st.sampled_from(list(places(pool))))
        here = look_up(pool, tuple(way))
        change = draw(st.sampled_from(["replace", "replace", "delete", "add"]))
        if change == "delete" and len(pool) > 1:
            del here[last]
        elif change == "add" and isinstance(here, dict):
            here[draw(keys)] = draw(values)
        else:
            here[last] = draw(values)
    return pool


def look_up(value: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


def well_formed(problems: tuple[Problem, ...] | list[Problem]) -> bool:
    """Each problem can be shown on every surface, on one line where its texts are."""
    for problem in problems:
        assert problem.kind in KINDS and problem.severity in SEVERITIES and problem.message
        assert problem.line() and problem.line(snake=True)
        assert set(problem.as_json()) == {"field", "kind", "message", "severity"}
    return True


@REPRODUCIBLE
@given(pools)
def test_any_value_as_a_pool(raw: Any) -> None:
    checked = check_pool(raw)
    assert well_formed(checked.problems)
    assert errors(checked.problems), "no random value has all that a pool needs"


@settings(REPRODUCIBLE, max_examples=600)
@given(mutated())
def test_a_pool_with_any_value_anywhere(raw: dict[str, Any]) -> None:
    checked = check_pool(raw)
    assert well_formed(checked.problems)
    assert well_formed(check_pool(raw, named=False).problems)
    if not errors(checked.problems):
        assert json.dumps(describe(plan_pool(checked.draft)))


@REPRODUCIBLE
@given(mutated())
def test_checking_changes_nothing_and_says_the_same_again(raw: dict[str, Any]) -> None:
    before = copy.deepcopy(raw)
    first = [problem.line() for problem in check_pool(raw).problems]
    assert repr(raw) == repr(before)
    assert [problem.line() for problem in check_pool(raw).problems] == first


@REPRODUCIBLE
@given(st.lists(pools | mutated(), max_size=4))
def test_any_list_of_pools(raw: list[Any]) -> None:
    checked, problems = check_pools(raw)
    assert len(checked) == len(raw)
    assert well_formed(problems)
    assert all(isinstance(problem.path[0], int) for problem in problems)


@REPRODUCIBLE
@given(
    st.dictionaries(st.sampled_from(STACK_KEYS) | text, values | st.lists(mutated(), max_size=2), max_size=5)
)
def test_any_configuration_of_a_stack(raw: dict[str, Any]) -> None:
    whole, part = check_stack(raw), check_stack(raw, whole=False)
    assert well_formed(whole.problems) and well_formed(part.problems)
    others = {key.encode("utf-8", "replace").decode() for key in raw}
    places = {str(problem.path[0]) for problem in whole.problems}
    assert all(one.startswith("efa-pools:") or one in others for one in places)
    assert len(errors(part.problems)) <= len(errors(whole.problems))


@REPRODUCIBLE
@given(st.data())
def test_whole_floats_are_whole_numbers(data: st.DataObject) -> None:
    raw = valid_pool()
    whole = [path for path in places(raw) if isinstance(look_up(raw, path), int)]
    for path in data.draw(st.lists(st.sampled_from(whole), min_size=1, unique=True)):
        look_up(raw, path[:-1])[path[-1]] = float(look_up(raw, path))
    checked = check_pool(raw)
    assert checked.problems == ()
    assert checked.draft == check_pool(valid_pool()).draft
