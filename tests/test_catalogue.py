"""The catalogue: made by its script from package data, and checked against a card table of other origin."""

import gzip
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from efa_pools import catalogue
from efa_pools.catalogue import Card

from components.catalogue import make

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "components" / "catalogue" / "make.py"
DATA = ROOT / "components" / "efa_pools" / "data" / "catalogue.json"
VPC_CNI = json.loads((ROOT / "tests" / "data" / "vpc_cni_cards.json").read_text(encoding="utf-8"))

# Where the VPC CNI's table says otherwise, with what EC2's own answer says and why it stays.
DISAGREEMENTS = {
    "i7ie.48xlarge": "EC2 gives cards of 8 and 7 interfaces, the VPC CNI one of 15: marked as disputed",
    "i7ie.metal-48xl": "EC2 gives cards of 8 and 7 interfaces, the VPC CNI one of 15: marked as disputed",
    "i8ge.48xlarge": "EC2 gives two cards of 12 interfaces, the VPC CNI one of 24: marked as disputed",
    "i8ge.metal-48xl": "EC2 gives two cards of 12 interfaces, the VPC CNI one of 24: marked as disputed",
}
ABSENT = {
    "p6e-gb200.36xlarge": "no Region that the table's generator asked names it",
    "r9g.48xlarge": "newer than the table",
    "r9g.metal-48xl": "newer than the table",
    "r9gd.48xlarge": "newer than the table",
    "r9gd.metal-48xl": "newer than the table",
    "trn2u.48xlarge": "no Region that the table's generator asked names it",
    "u7inh-32tb.480xlarge": "no Region that the table's generator asked names it",
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True)


def test_the_file_is_what_the_script_makes() -> None:
    assert DATA.read_text(encoding="utf-8") == make.render()


def test_check_passes_on_the_file_and_names_a_changed_line(tmp_path: Path) -> None:
    assert run("--check").returncode == 0
    changed = tmp_path / "catalogue.json"
    text = DATA.read_text(encoding="utf-8")
    changed.write_text(
        text.replace('"maximumEfaInterfaces":32', '"maximumEfaInterfaces":31', 1), encoding="utf-8"
    )
    checked = run("--check", "--target", str(changed))
    assert checked.returncode == 1
    assert '-"p5.48xlarge":' in checked.stderr


def test_a_performance_that_is_not_understood_is_refused() -> None:
    with pytest.raises(SystemExit, match="Very High"):
        make.bandwidth("Very High")


def test_every_name_stands_in_botocores_enumeration() -> None:
    folder = Path(importlib.util.find_spec("botocore").origin).parent / "data" / "ec2" / "2016-11-15"
    model = json.loads(gzip.decompress((folder / "service-2.json.gz").read_bytes()))
    assert set(catalogue.names()) - set(model["shapes"]["InstanceType"]["enum"]) == set()


def test_it_holds_all_efa_types_sorted_one_a_line() -> None:
    names = catalogue.names()
    assert len(names) == 305
    assert names == sorted(names)
    lines = DATA.read_text(encoding="utf-8").splitlines()
    assert [
        line.split('"')[1] for line in lines if line.startswith('"') and '"networkCards"' in line
    ] == names
    assert DATA.stat().st_size < 150_000


def test_every_type_cites_documents_with_their_dates() -> None:
    for name in catalogue.names():
        sources = catalogue.get(name).sources
        assert sources, name
        assert all(re.fullmatch(r".+ \(\d{4}-\d{2}-\d{2}\)", source) for source in sources), name


def test_every_stated_source_is_cited() -> None:
    data = json.loads(DATA.read_text(encoding="utf-8"))
    cited = {key for entry in data["types"].values() for key in entry["sources"]}
    assert cited == set(data["meta"]["sources"])


def test_no_path_or_host_of_a_machine_stands_in_the_files() -> None:
    for file in (DATA, SCRIPT, SCRIPT.with_name("overlay.json")):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"/(work|home|usr|tmp)/|site-packages|pypi", text), file.name


def vpc_cni_cards(name: str) -> list[int]:
    return [each for number, each in VPC_CNI["types"][name]["cards"] for _ in range(number)]


def test_cards_agree_with_the_vpc_cnis_table_but_for_the_named_types() -> None:
    differing = {
        name
        for name in VPC_CNI["types"]
        if [card.maximum_interfaces for card in catalogue.get(name).cards] != vpc_cni_cards(name)
    }
    assert differing == set(DISAGREEMENTS)


def test_addresses_agree_with_the_vpc_cnis_table() -> None:
    for name, limits in VPC_CNI["types"].items():
        assert catalogue.get(name).ipv4_per_interface == limits["ipv4PerInterface"], name


def test_types_absent_from_the_vpc_cnis_table_are_the_named_ones() -> None:
    assert set(catalogue.names()) - set(VPC_CNI["types"]) == set(ABSENT)
    assert set(VPC_CNI["types"]) <= set(catalogue.names())


def test_disputed_types_are_those_where_the_tables_disagree() -> None:
    assert {name for name in catalogue.names() if catalogue.get(name).disputed} == set(DISAGREEMENTS)


@pytest.mark.parametrize(
    ("name", "cards", "maximum", "gbps", "basis"),
    [
        ("p5.48xlarge", 32, 32, 3200, "documented"),
        ("p5en.48xlarge", 16, 16, 3200, "network-performance"),
        ("p4d.24xlarge", 4, 4, 400, "network-performance"),
        ("p6-b200.48xlarge", 8, 8, 3200, "documented"),
        ("p6-b300.48xlarge", 17, 16, 6400, "documented"),
        ("p6e-gb200.36xlarge", 17, 16, 1600, "documented"),
        ("trn1.32xlarge", 8, 8, 800, "network-performance"),
        ("hpc8a.96xlarge", 2, 2, 300, "network-performance"),
        ("g6e.48xlarge", 4, 4, 400, "network-performance"),
        ("i7ie.48xlarge", 2, 1, 200, "network-performance"),
        ("i7i.24xlarge", 1, 1, 56.25, "up-to"),
    ],
)
def test_known_types(name: str, cards: int, maximum: int, gbps: float, basis: str) -> None:
    instance = catalogue.get(name)
    assert len(instance.cards) == cards
    assert instance.maximum_efa_interfaces == maximum
    assert (instance.bandwidth_gbps, instance.bandwidth_basis) == (gbps, basis)


def test_bandwidth_is_always_stated_on_a_known_basis() -> None:
    for name in catalogue.names():
        instance = catalogue.get(name)
        assert instance.bandwidth_gbps > 0, name
        assert instance.bandwidth_basis in ("documented", "network-performance", "up-to"), name


def test_accelerators() -> None:
    p5, gb200 = catalogue.get("p5.48xlarge"), catalogue.get("p6e-gb200.36xlarge")
    assert (p5.gpu_name, p5.gpu_count, p5.neuron_count) == ("NVIDIA H100", 8, 0)
    assert (gb200.gpu_name, gb200.gpu_count, gb200.architectures) == ("NVIDIA B200", 4, ("arm64",))
    assert {catalogue.get(f"{name}.48xlarge").neuron_count for name in ("trn2", "trn2u")} == {16}
    assert catalogue.get("c5n.18xlarge").gpu_name is None


def test_cards_of_p6e_gb200_alternate() -> None:
    cards = catalogue.get("p6e-gb200.36xlarge").cards
    assert cards[0] == Card(0, 15, ("interface",))
    assert all(card == Card(card.network_card_index, 1, ("efa-only",)) for card in cards[1::2])
    assert all(
        card == Card(card.network_card_index, 2, ("interface", "efa", "efa-only")) for card in cards[2::2]
    )
    assert [card.network_card_index for card in cards] == list(range(17))
    # The maximum of interfaces that EC2's specification gives for the type.
    assert sum(card.maximum_interfaces for card in cards) == 39


def test_a_type_without_verified_cards_says_so() -> None:
    instance = catalogue.get("u7inh-32tb.480xlarge")
    assert instance.cards is None
    assert instance.maximum_efa_interfaces is None
    assert "no verified table" in instance.reason
    assert [name for name in catalogue.names() if catalogue.get(name).cards is None] == [instance.name]


def test_usage_classes_and_strategies() -> None:
    blocks = {name for name in catalogue.names() if "capacity-block" in catalogue.get(name).usage_classes}
    assert {"p4d.24xlarge", "p5.48xlarge", "trn2u.48xlarge", "p6e-gb200.36xlarge"} <= blocks
    assert "spot" not in catalogue.get("hpc7a.96xlarge").usage_classes
    assert "cluster" not in catalogue.get("vt1.24xlarge").placement_strategies
    assert catalogue.get("g4dn.metal").bare_metal


def test_an_unknown_type_is_none() -> None:
    assert catalogue.get("p5.48xlrge") is None
    assert catalogue.get("") is None


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("p5.48xlrge", "p5.48xlarge"),
        ("P5.48XLarge ", "p5.48xlarge"),
        ("p5.2xlarge", "p5.4xlarge"),
        ("p4dx.24xlarge", "p4d.24xlarge"),
        ("p6e-gb200", "p6e-gb200.36xlarge"),
    ],
)
def test_nearest(name: str, first: str) -> None:
    assert catalogue.nearest(name)[0] == first


def test_nearest_names_the_efa_sizes_of_the_family_and_no_more_than_asked() -> None:
    assert set(catalogue.nearest("p5.2xlarge", 2)) == {"p5.4xlarge", "p5.48xlarge"}
    assert len(catalogue.nearest("c7g.large")) == 3
    assert catalogue.nearest("nonsense") == []


def test_a_stated_type_keeps_its_cards_in_order() -> None:
    cards = [Card(1, 2, ("efa-only",)), Card(0, 2, ("interface",))]
    instance = catalogue.stated("x1.new", cards, 1, 400)
    assert [card.network_card_index for card in instance.cards] == [0, 1]
    assert (instance.bandwidth_gbps, instance.bandwidth_basis) == (400, "stated")
    assert [card.has_efa for card in instance.cards] == [False, True]


def test_loading_needs_only_the_standard_library() -> None:
    heavy = "('pulumi', 'pydantic', 'rich', 'yaml', 'importlib.resources', 'difflib', 'moto', 'botocore')"
    code = (
        "import sys; from efa_pools import catalogue, layouts; "
        "layouts.interfaces(catalogue.get('p5.48xlarge'), 'recommended'); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (loaded.stdout.strip(), loaded.stderr) == ("[]", "")
