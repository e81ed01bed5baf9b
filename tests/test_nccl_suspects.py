"""Whose rail is slow, reasoned over made-up runs of two and three nodes."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from efa_pools.nccl import suspects
from efa_pools.nccl.suspects import Examiner, Trial

from tests.nccl_launcher import P4D_RAILS


def examiner(
    slow: Callable[[str, str], bool], in_time: Callable[[], bool] = lambda: True
) -> tuple[Examiner, list[tuple[Any, str]]]:
    """One over nodes with four rails; a pair's rail is slow where one of its nodes' is."""
    asked: list[tuple[Any, str]] = []

    def measure(pair: tuple[str, str], device: str) -> dict[str, Any]:
        asked.append((pair, device))
        bad = any(slow(one, device) for one in pair)
        return {"peakBusBandwidthGBs": 5.0 if bad else 10.0, "rails": 1, "finished": True}

    return Examiner(lambda _: dict(P4D_RAILS), measure, in_time), asked


@pytest.mark.parametrize(
    ("bad", "named"),
    [("a", "a"), ("b", "b"), ("ac", "abc"), ("bc", "abc"), ("ab", "abc"), ("abc", "abc")],
)
def test_a_third_node_tells_whose_rail_it_is(bad: str, named: str) -> None:
    judge, asked = examiner(lambda one, rail: one in bad and rail == "rdmap16s27")
    (found,) = judge.examine([Trial("a", "b", "c")])["suspectRails"]
    assert (found["nodes"], found["device"]) == (list(named), "rdmap16s27")
    assert asked[4:] == [(("a", "c"), "rdmap16s27"), (("b", "c"), "rdmap16s27")]


@pytest.mark.parametrize(("runs", "named"), [(4, "ab"), (5, "b"), (6, "b")])
def test_what_time_leaves_untold_is_named_too(runs: int, named: str) -> None:
    left = iter([True] * runs)
    judge, asked = examiner(lambda one, rail: (one, rail) == ("b", "rdmap16s27"), lambda: next(left, False))
    (found,) = judge.examine([Trial("a", "b", "c")])["suspectRails"]
    assert (found["nodes"], len(asked)) == (list(named), runs)


def test_a_rail_that_is_not_steady_is_either_ones() -> None:
    runs = iter([5.0, 10.0, 10.0, 10.0, 10.0, 10.0])

    def measure(pair: tuple[str, str], device: str) -> dict[str, Any]:
        return {"peakBusBandwidthGBs": next(runs), "rails": 1, "finished": True}

    judge = Examiner(lambda _: dict(P4D_RAILS), measure, lambda: True)
    (found,) = judge.examine([Trial("a", "b", "c")])["suspectRails"]
    assert found["nodes"] == ["a", "b"]


def test_a_third_node_without_the_device_tells_nothing() -> None:
    judge, _ = examiner(lambda one, rail: (one, rail) == ("a", "rdmap16s27"))
    judge._devices = lambda one: {} if one == "c" else dict(P4D_RAILS)
    (found,) = judge.examine([Trial("a", "b", "c")])["suspectRails"]
    assert found["nodes"] == ["a", "b"]


def test_the_same_run_is_made_once_and_the_same_rail_named_once() -> None:
    judge, asked = examiner(lambda one, rail: (one, rail) == ("a", "rdmap16s27"))
    found = judge.examine([Trial("a", "b", "c"), Trial("b", "a", "c")])["suspectRails"]
    assert [one["nodes"] for one in found] == [["a"]]
    assert len(asked) == 4 + 2


def test_wrong_data_over_one_rail_is_a_bad_rail() -> None:
    def measure(pair: tuple[str, str], device: str) -> dict[str, Any]:
        wrong = 7 if device == "rdmap32s27" else 0
        return {"peakBusBandwidthGBs": 10.0, "rails": 1, "finished": True, "wrongValues": wrong}

    judge = Examiner(lambda _: dict(P4D_RAILS), measure, lambda: True)
    (found,) = judge.examine([Trial("a", "b", None)])["suspectRails"]
    assert (found["device"], found["because"]) == ("rdmap32s27", "7 wrong values")


@pytest.mark.parametrize(("part", "count"), [(0.79, 1), (0.81, 0)])
def test_a_rail_is_compared_with_the_best(part: float, count: int) -> None:
    def measure(pair: tuple[str, str], device: str) -> dict[str, Any]:
        figure = 10.0 * (part if device == "rdmap16s27" else 1)
        return {"peakBusBandwidthGBs": figure, "rails": 1, "finished": True}

    judge = Examiner(lambda _: dict(P4D_RAILS), measure, lambda: True)
    assert len(judge.examine([Trial("a", "b", None)])["suspectRails"]) == count


def pairs_of(figures: dict[tuple[str, str], float]) -> list[dict[str, Any]]:
    return [
        {"on": list(pair), "verdict": "pass", "peakBusBandwidthGBs": figure}
        for pair, figure in figures.items()
    ]


def test_partners_are_healthy_and_suspects_few() -> None:
    names = "abcdefghijkl"
    bad = set(names[:5])
    sweep = pairs_of({pair: 20.0 if bad & set(pair) else 40.0 for pair in combinations(names, 2)})
    found = suspects.trials(sweep)
    assert [one.suspect for one in found] == list("abcd")
    assert len(found) == suspects.MOST_EXAMINED
    for one in found:
        assert one.third and not {one.partner, one.third} & bad and one.partner != one.third


def test_where_all_are_suspects_they_are_each_others_partners() -> None:
    sweep = pairs_of({("a", "b"): 20.0, ("a", "c"): 20.0, ("b", "c"): 20.0})
    for one in sweep:
        one["verdict"] = "fail"
    assert suspects.trials(sweep) == [Trial("a", "b", "c"), Trial("b", "a", "c"), Trial("c", "a", "b")]


def test_two_good_nodes_are_left_alone() -> None:
    assert suspects.trials(pairs_of({("a", "b"): 40.0})) == []
