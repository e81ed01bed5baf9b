"""Interfaces of a node as properties: expansion loses nothing, and the verdict is EC2's."""

from typing import Any

import pytest
from efa_pools import layouts
from efa_pools.check.pool import check_pool
from efa_pools.interfaces import expand
from efa_pools.model.machine import INTERFACE_LIMIT, NetworkInterface
from efa_pools.problem import errors
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.interface_lists import IN_MOTO, NAMED, Wire, any_entries, explicit, near_valid, preset
from tests.oracle import ec2_interfaces as ec2
from tests.pools import P5_INTERFACES, valid_pool

# The same examples in every run.
REPRODUCIBLE = settings(deadline=None, derandomize=True, max_examples=200)
ANY_TYPE = st.sampled_from(NAMED) | st.sampled_from(IN_MOTO)


def expanded(pool: Wire) -> list[Wire]:
    """The interfaces of a pool's draft in wire form."""
    keys = ("networkCardIndex", "deviceIndex", "type", "description", "subnetId")
    made = check_pool(pool).draft.interfaces
    rows = [(m.network_card_index, m.device_index, m.type, m.description, m.subnet_id) for m in made]
    return [{key: value for key, value in zip(keys, row, strict=True) if value is not None} for row in rows]


def accepted(instance_type: str, entries: list[Wire]) -> bool:
    found = errors(check_pool(valid_pool(instance_type, entries)).problems)
    assert all(problem.path[0] == "networkInterfaces" for problem in found)
    return not found


@REPRODUCIBLE
@given(any_entries())
def test_expansion_neither_loses_nor_invents(written: list[Wire]) -> None:
    assert expanded(valid_pool("p5.48xlarge", written)) == explicit(written)


@REPRODUCIBLE
@given(any_entries())
def test_each_interface_knows_the_entry_it_comes_from(written: list[Wire]) -> None:
    placed = check_pool(valid_pool("p5.48xlarge", written)).draft.placed
    for index, entry in enumerate(written):
        own = [item for item in placed if item.path == ("networkInterfaces", index)]
        assert len(own) == len(explicit([entry]))


@REPRODUCIBLE
@given(any_entries(), st.integers(0, 300))
def test_expansion_stops_at_its_limit_and_nowhere_else(written: list[Wire], limit: int) -> None:
    models = [NetworkInterface.read(entry) for entry in written]
    whole = list(expand(models, 10_000))
    assert len(whole) == len(explicit(written))
    assert list(expand(models, limit)) == whole[:limit]


def test_a_range_over_every_integer_costs_nothing() -> None:
    entry = {"networkCardIndexRange": {"from": 0, "to": 2_147_483_647}}
    checked = check_pool(valid_pool("p5.48xlarge", [entry]))
    assert len(checked.draft.placed) == INTERFACE_LIMIT
    assert [problem.message for problem in checked.problems if "2147483647" in problem.message]


@REPRODUCIBLE
@given(near_valid(ANY_TYPE))
def test_a_range_written_out_is_the_same_pool(drawn: tuple[str, list[Wire]]) -> None:
    name, written = drawn
    assert expanded(valid_pool(name, written)) == expanded(valid_pool(name, explicit(written)))
    assert accepted(name, written) == accepted(name, explicit(written))


def agree(name: str, written: list[Wire]) -> None:
    reasons = ec2.refusals(name, explicit(written))
    event("refused" if reasons else "accepted")
    assert accepted(name, written) == (not reasons), reasons


@pytest.mark.parametrize("name", NAMED)
@REPRODUCIBLE
@given(st.data())
def test_we_accept_what_ec2_accepts_and_nothing_else(name: str, data: st.DataObject) -> None:
    agree(*data.draw(near_valid(st.just(name))))


@settings(REPRODUCIBLE, max_examples=1000)
@given(near_valid(st.sampled_from(IN_MOTO)))
def test_so_for_every_type(drawn: tuple[str, list[Wire]]) -> None:
    agree(*drawn)


@REPRODUCIBLE
@given(near_valid(ANY_TYPE), st.randoms(use_true_random=False))
def test_the_verdict_does_not_depend_on_order(drawn: tuple[str, list[Wire]], random: Any) -> None:
    name, written = drawn
    shuffled = random.sample(written, len(written))
    assert accepted(name, shuffled) == accepted(name, written)


@pytest.mark.parametrize("name", IN_MOTO)
def test_every_preset_is_what_ec2_accepts(name: str) -> None:
    had = {which: made for which in layouts.PRESETS if (made := preset(name, which))}
    assert "recommended" in had
    for which, made in had.items():
        assert ec2.refusals(name, made) == [], which
        assert accepted(name, made), which


def test_every_efa_type_of_ec2_is_in_the_catalogue() -> None:
    assert IN_MOTO == ec2.efa_types()


def test_the_reference_pool_has_33_interfaces() -> None:
    assert len(explicit(P5_INTERFACES)) == len(expanded(valid_pool("p5.48xlarge", P5_INTERFACES))) == 33


def at(card: int, device: int, kind: str = "interface") -> Wire:
    return {"networkCardIndex": card, "deviceIndex": device, "type": kind}


@pytest.mark.parametrize(
    ("name", "interfaces"),
    [
        ("p5.48xlarge", explicit(P5_INTERFACES)),
        ("p5.48xlarge", [at(0, 0, "efa"), *(at(card, 1, "efa-only") for card in range(1, 32))]),
        ("p6-b300.48xlarge", [at(0, 0), *(at(card, 0, "efa-only") for card in range(1, 17))]),
        ("hpc6id.32xlarge", [at(0, 0, "efa"), at(1, 0, "efa-only")]),
        ("trn1.32xlarge", [at(0, 0, "efa"), *(at(card, 1, "efa") for card in range(1, 8))]),
    ],
)
def test_the_oracle_accepts_what_aws_documents(name: str, interfaces: list[Wire]) -> None:
    assert ec2.refusals(name, interfaces) == []


@pytest.mark.parametrize(
    ("name", "interfaces", "reason"),
    [
        ("p5.48xlarge", [at(0, 0), at(32, 0)], "card 32 does not exist"),
        ("p5.48xlarge", [at(0, 0), at(0, 2)], "device index 2 exceeds"),
        ("p6-b300.48xlarge", [at(0, 0), at(0, 1, "efa-only")], "does not support type efa-only"),
        ("p5.48xlarge", [at(0, 0, "efa"), at(0, 1, "efa-only")], "card 0 is given 2 EFAs"),
        ("i7ie.48xlarge", [at(0, 0, "efa"), at(1, 0, "efa-only")], "2 EFAs exceed the maximum of 1"),
        ("p5.48xlarge", [at(0, 0), at(1, 0), at(1, 0)], "card 1, device index 0 is given 2 times"),
        ("p5.48xlarge", [at(0, 1), at(1, 0)], "no primary"),
        ("p5.48xlarge", [at(0, 0, "efa-only")], "primary network interface is EFA-only"),
    ],
)
def test_the_oracle_refuses_for_one_reason(name: str, interfaces: list[Wire], reason: str) -> None:
    (only,) = ec2.refusals(name, interfaces)
    assert reason in only
