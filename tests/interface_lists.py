"""Lists of network interfaces for property tests: of any mix, or close to what a type accepts."""

from typing import Any

from efa_pools import catalogue, layouts
from hypothesis import strategies as st

from tests.oracle import ec2_interfaces as ec2

Wire = dict[str, Any]

TYPES = ("interface", "efa", "efa-only")
# Types whose rules differ: many cards, an ENA-only card 0, one interface a card, fewer EFAs than cards.
NAMED = (
    "p5.48xlarge",
    "p5en.48xlarge",
    "p4d.24xlarge",
    "p6-b200.48xlarge",
    "p6-b300.48xlarge",
    "hpc6id.32xlarge",
    "hpc7a.96xlarge",
    "g6e.48xlarge",
    "c6in.32xlarge",
    "c5n.18xlarge",
    "trn1.32xlarge",
    "trn2.48xlarge",
    "i7ie.48xlarge",
    "i8ge.48xlarge",
)
IN_MOTO = [name for name in catalogue.names() if name in set(ec2.efa_types())]


def explicit(entries: list[Wire]) -> list[Wire]:
    """Ranges written out, both ends included, and what an absent key means."""
    single: list[Wire] = []
    for entry in entries:
        rest = {key: value for key, value in entry.items() if not key.startswith("networkCardIndex")}
        cards = entry.get("networkCardIndexRange")
        first = cards["from"] if cards else entry.get("networkCardIndex", 0)
        last = cards["to"] if cards else first
        single += [
            {"networkCardIndex": card, "deviceIndex": 0, "type": "interface", **rest}
            for card in range(first, last + 1)
        ]
    return single


def preset(instance_type: str, name: str) -> list[Wire]:
    """A preset in wire form; empty where the type cannot have it."""
    try:
        made = layouts.interfaces(catalogue.get(instance_type), name)
    except layouts.PresetUnavailable:
        return []
    return [
        {"networkCardIndex": one.network_card_index, "deviceIndex": one.device_index, "type": one.type}
        for one in made
    ]


@st.composite
def any_entries(draw: st.DrawFn) -> list[Wire]:
    """Single entries and ranges in any mix, with and without the keys that may be absent."""
    small = st.integers(0, 40)
    single = st.fixed_dictionaries({}, optional={"networkCardIndex": small})
    ends = st.tuples(small, small).map(sorted)
    ranges = ends.map(lambda two: {"networkCardIndexRange": {"from": two[0], "to": two[1]}})
    carried = st.fixed_dictionaries(
        {},
        optional={
            "deviceIndex": st.integers(0, 3),
            "type": st.sampled_from(TYPES),
            "description": st.text(max_size=3),
            "subnetId": st.sampled_from(["subnet-0a1b2c3d", "subnet-0d3c2b1a"]),
        },
    )
    entry = st.tuples(single | ranges, carried).map(lambda two: two[0] | two[1])
    return draw(st.lists(entry, min_size=1, max_size=6))


def an_efa_on_every_card(instance_type: str) -> list[Wire]:
    """What a user may think a type can do; some have fewer EFAs than cards."""
    cards = ec2.network_info(instance_type)["NetworkCards"]
    efa = [(card["NetworkCardIndex"], card["MaximumNetworkInterfaces"]) for card in cards]
    return [{"networkCardIndex": 0, "deviceIndex": 0, "type": "interface"}] + [
        {"networkCardIndex": card, "deviceIndex": min(1, room - 1), "type": "efa-only"} for card, room in efa
    ]


@st.composite
def near_valid(draw: st.DrawFn, names: st.SearchStrategy[str]) -> tuple[str, list[Wire]]:
    """A type and a preset of it, or its start, with up to three changes, some of it written as ranges."""
    name = draw(names)
    starts = [made for which in layouts.PRESETS if (made := preset(name, which))]
    singles = list(draw(st.sampled_from([*starts, an_efa_on_every_card(name)])))
    if draw(st.booleans()):  # fewer interfaces, so that a change does not also pass the EFA maximum
        del singles[draw(st.integers(1, 6)) :]
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 3]))):
        if singles:
            _change(draw, singles, len(ec2.network_info(name)["NetworkCards"]))
    if not singles:
        singles = [{"networkCardIndex": 0, "deviceIndex": 0, "type": draw(st.sampled_from(TYPES))}]
    return name, _shorthand(draw, singles)


def _change(draw: st.DrawFn, singles: list[Wire], cards: int) -> None:
    """One change in place, mostly at the edge of what is allowed."""
    near = {
        "networkCardIndex": st.integers(0, cards) | st.sampled_from([0, cards - 1, cards]),
        "deviceIndex": st.integers(0, 2) | st.integers(0, 25),
        "type": st.sampled_from(TYPES),
    }
    at = draw(st.just(0) | st.integers(0, len(singles) - 1))
    what = draw(st.sampled_from([*near, "drop", "copy", "add", "fill"]))
    if what == "drop":
        del singles[at : at + draw(st.integers(1, len(singles)))]
    elif what == "copy":
        singles.insert(at, dict(singles[at]))
    elif what == "add":
        singles.insert(at, draw(st.fixed_dictionaries(near)))
    elif what == "fill":
        devices = range(draw(st.integers(1, 4)), draw(st.integers(2, 25)))
        singles[at + 1 : at + 1] = [{**singles[at], "deviceIndex": n, "type": "interface"} for n in devices]
    else:
        singles[at] = {**singles[at], what: draw(near[what])}


def _shorthand(draw: st.DrawFn, singles: list[Wire]) -> list[Wire]:
    """The same list with some runs of neighbouring cards written as ranges."""
    written: list[Wire] = []
    for one in singles:
        card, rest = one["networkCardIndex"], {key: one[key] for key in ("deviceIndex", "type")}
        last = written[-1] if written else {}
        if last.get("networkCardIndexRange", {}).get("to") == card - 1 and last == {**last, **rest}:
            last["networkCardIndexRange"]["to"] = card
        elif draw(st.booleans()):
            written.append({"networkCardIndexRange": {"from": card, "to": card}, **rest})
        else:
            written.append(dict(one))
    return written
