"""Presets: AWS's layouts for the types that are known, EC2's limits for every type of the catalogue."""

from collections import Counter

import pytest
from efa_pools import catalogue
from efa_pools.catalogue import Card, InstanceType
from efa_pools.interfaces import Interface
from efa_pools.layouts import CURRENT_LAYOUT_VERSION, PRESETS, PresetUnavailable, interfaces

KNOWN = [name for name in catalogue.names() if catalogue.get(name).cards is not None]
ALL_KINDS = ("interface", "efa", "efa-only")


def layout(name: str, preset: str = "recommended") -> list[tuple[int, int, str]]:
    made = interfaces(catalogue.get(name), preset)
    return [(one.network_card_index, one.device_index, one.type) for one in made]


def refusal(name: str, preset: str) -> str:
    with pytest.raises(PresetUnavailable) as caught:
        interfaces(catalogue.get(name), preset)
    assert str(caught.value) == caught.value.reason
    return caught.value.reason


def stated(*cards: Card, maximum: int = 1) -> InstanceType:
    return catalogue.stated("new.48xlarge", cards, maximum, 100)


@pytest.mark.parametrize(
    ("name", "preset", "total", "efa"),
    [
        ("p5.48xlarge", "recommended", 33, 32),
        ("p5e.48xlarge", "recommended", 33, 32),
        ("p5en.48xlarge", "recommended", 17, 16),
        ("p5.4xlarge", "recommended", 2, 1),
        ("p4d.24xlarge", "recommended", 5, 4),
        ("p4de.24xlarge", "recommended", 5, 4),
        ("p6-b200.48xlarge", "recommended", 9, 8),
        ("p6-b300.48xlarge", "recommended", 17, 16),
        ("p6e-gb200.36xlarge", "recommended", 5, 4),
        ("trn1.32xlarge", "recommended", 9, 8),
        ("trn1n.32xlarge", "recommended", 17, 16),
        ("trn2.48xlarge", "recommended", 17, 16),
        ("trn2u.48xlarge", "recommended", 17, 16),
        ("hpc6id.32xlarge", "recommended", 2, 2),
        ("hpc7a.96xlarge", "recommended", 3, 2),
        ("g6e.48xlarge", "recommended", 5, 4),
        ("c5n.18xlarge", "recommended", 2, 1),
        ("i7ie.48xlarge", "recommended", 2, 1),
        ("p5.48xlarge", "max-ena", 40, 32),
        ("p5e.48xlarge", "max-ena", 40, 32),
        ("p5en.48xlarge", "max-ena", 32, 16),
        ("p4d.24xlarge", "max-ena", 8, 4),
        ("p6-b200.48xlarge", "max-ena", 16, 8),
        ("p6-b300.48xlarge", "max-ena", 33, 16),
        ("hpc7a.96xlarge", "max-ena", 4, 2),
        ("p5.48xlarge", "efa-primary", 32, 32),
        ("p4d.24xlarge", "efa-primary", 4, 4),
        ("hpc6id.32xlarge", "efa-primary", 2, 2),
        ("c5n.18xlarge", "efa-primary", 1, 1),
        ("i8ge.48xlarge", "efa-primary", 1, 1),
    ],
)
def test_counts_of_known_types(name: str, preset: str, total: int, efa: int) -> None:
    made = interfaces(catalogue.get(name), preset)
    assert (len(made), sum(one.is_efa for one in made)) == (total, efa)


def test_p5_recommended_is_awss_example() -> None:
    further = [(card, 0, "efa-only") for card in range(1, 32)]
    assert layout("p5.48xlarge") == [(0, 0, "interface"), (0, 1, "efa-only"), *further]


def test_p5_max_ena_adds_every_fourth_card() -> None:
    added = [place for place in layout("p5.48xlarge", "max-ena") if place not in layout("p5.48xlarge")]
    assert added == [(card, 1, "interface") for card in range(4, 32, 4)]


def test_max_ena_stands_in_card_order() -> None:
    assert layout("hpc7a.96xlarge", "max-ena") == [
        (0, 0, "interface"),
        (0, 1, "efa-only"),
        (1, 0, "efa-only"),
        (1, 1, "interface"),
    ]


def test_p6_b300_has_ena_alone_on_card_0() -> None:
    assert layout("p6-b300.48xlarge") == [
        (0, 0, "interface"),
        *((card, 0, "efa-only") for card in range(1, 17)),
    ]


def test_hpc6id_has_an_efa_primary() -> None:
    assert layout("hpc6id.32xlarge") == [(0, 0, "efa"), (1, 0, "efa-only")]
    assert layout("hpc6id.32xlarge", "efa-primary") == layout("hpc6id.32xlarge")


def test_p6e_gb200_has_awss_four_times_400_gbps() -> None:
    assert layout("p6e-gb200.36xlarge") == [
        (0, 0, "interface"),
        *((card, 0, "efa-only") for card in (1, 5, 9, 13)),
    ]


def test_efa_primary_uses_device_1_of_further_cards() -> None:
    further = [(card, 1, "efa-only") for card in (1, 2, 3)]
    assert layout("p4d.24xlarge", "efa-primary") == [(0, 0, "efa"), *further]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", KNOWN)
def test_every_layout_keeps_ec2s_limits(name: str, preset: str) -> None:
    instance = catalogue.get(name)
    try:
        made = interfaces(instance, preset)
    except PresetUnavailable as refused:
        assert preset != "recommended"
        assert "use recommended" in refused.reason
        return
    cards = {card.network_card_index: card for card in instance.cards}
    for one in made:
        assert one.type in cards[one.network_card_index].interface_types
        assert 0 <= one.device_index < cards[one.network_card_index].maximum_interfaces
    assert len({(one.network_card_index, one.device_index) for one in made}) == len(made)
    assert max(Counter(one.network_card_index for one in made if one.is_efa).values()) == 1
    assert sum(one.is_efa for one in made) <= instance.maximum_efa_interfaces
    assert made[0] in (Interface(0, 0, "interface"), Interface(0, 0, "efa"))


@pytest.mark.parametrize("name", [name for name in KNOWN if name != "p6e-gb200.36xlarge"])
def test_recommended_reaches_the_efa_maximum(name: str) -> None:
    instance = catalogue.get(name)
    assert sum(one.is_efa for one in interfaces(instance, "recommended")) == instance.maximum_efa_interfaces


@pytest.mark.parametrize(
    ("name", "preset", "reason"),
    [
        ("c5n.18xlarge", "max-ena", "add none; use recommended"),
        ("p5.4xlarge", "max-ena", "add none; use recommended"),
        ("hpc6id.32xlarge", "max-ena", "add none; use recommended"),
        ("p6e-gb200.36xlarge", "max-ena", "take theirs from EFA; use recommended"),
        ("i7ie.48xlarge", "max-ena", "disputed"),
        ("i7ie.metal-48xl", "max-ena", "disputed"),
        ("i8ge.48xlarge", "max-ena", "disputed"),
        ("i8ge.metal-48xl", "max-ena", "disputed"),
        ("p6-b300.48xlarge", "efa-primary", "card 0 of p6-b300.48xlarge does no EFA"),
        ("p6e-gb200.36xlarge", "efa-primary", "card 0 of p6e-gb200.36xlarge does no EFA"),
        ("u7inh-32tb.480xlarge", "recommended", "no verified table gives its network cards"),
        ("u7inh-32tb.480xlarge", "max-ena", "no verified table gives its network cards"),
    ],
)
def test_presets_not_to_be_had_say_why(name: str, preset: str, reason: str) -> None:
    assert reason in refusal(name, preset)


def test_efa_primary_is_missing_only_where_card_0_has_no_efa() -> None:
    without = set()
    for name in KNOWN:
        try:
            interfaces(catalogue.get(name), "efa-primary")
        except PresetUnavailable:
            without.add(name)
    assert without == {"p6-b300.48xlarge", "p6e-gb200.36xlarge"}


def test_a_stated_type_gets_the_general_rule() -> None:
    instance = stated(Card(0, 2, ("interface",)), Card(1, 1, ALL_KINDS), Card(2, 2, ALL_KINDS), maximum=2)
    assert interfaces(instance, "recommended") == (
        Interface(0, 0, "interface"),
        Interface(1, 0, "efa-only"),
        Interface(2, 0, "efa-only"),
    )
    assert interfaces(instance, "max-ena")[-1] == Interface(2, 1, "interface")


def test_no_preset_passes_the_efa_maximum() -> None:
    instance = stated(*(Card(index, 4, ALL_KINDS) for index in range(4)), maximum=2)
    for preset in PRESETS:
        assert sum(one.is_efa for one in interfaces(instance, preset)) == 2


@pytest.mark.parametrize("maximum", [0, 1])
def test_a_layout_without_efa_is_refused(maximum: int) -> None:
    instance = stated(Card(0, 2, ("interface", "efa") if maximum else ALL_KINDS), maximum=maximum)
    with pytest.raises(PresetUnavailable, match="no EFA interface"):
        interfaces(instance, "recommended")


def test_an_unknown_preset_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="expected one of recommended, max-ena, efa-primary"):
        interfaces(catalogue.get("p5.48xlarge"), "fastest")


def test_the_layout_version_is_pinned() -> None:
    # Raise it together with any change of a preset: the stacks in use have the old one in their files.
    assert CURRENT_LAYOUT_VERSION == 1
