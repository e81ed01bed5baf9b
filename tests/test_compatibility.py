"""The table of images, drivers and types: whole, in order, and consulted before anything is created."""

import pytest
from efa_pools import catalogue, compatibility
from efa_pools.check.pool import check_pool
from efa_pools.compatibility import Drivers, drivers, listed, need
from efa_pools.images import AMI_TYPES, accelerator, ami_type

from tests.pools import valid_pool

TABLE = compatibility.data()


def sources(value: object) -> set[str]:
    """Every source that some entry names."""
    if isinstance(value, dict):
        named = {text for key, text in value.items() if key in ("source", "efaSource", "neuronSource")}
        return named.union(*(sources(inner) for inner in value.values()))
    return set()


def test_every_source_is_dated_and_used() -> None:
    used = sources({key: value for key, value in TABLE.items() if key != "sources"}) | {"eks-amis"}
    assert used == set(TABLE["sources"])
    assert all(len(one["date"]) == 10 and one["document"] for one in TABLE["sources"].values())


def test_the_table_speaks_of_types_and_images_that_exist() -> None:
    families = {compatibility.family_of(name) for name in catalogue.names()}
    assert set(TABLE["types"]) <= families
    assert set(TABLE["accelerated"]) <= set(AMI_TYPES)


def test_releases_stand_in_order() -> None:
    table = TABLE["al2023"]
    for runs in (*table["nvidia"].values(), *table["kernel"].values(), table["efa"]):
        dates = [date for date, _ in runs]
        assert dates == sorted(set(dates)) and all(len(date) == 8 for date in dates)
        assert dates[-1] <= table["until"]
    versions = [compatibility.version(row[0]) for row in TABLE["bottlerocket"]["nvidia"]]
    assert versions == sorted(versions) and versions[-1] <= compatibility.version(
        TABLE["bottlerocket"]["until"]
    )


# From the release notes themselves (amazon-eks-ami v20251029, v20250715, v20260610; Bottlerocket 1.52.0).
RELEASES = [
    ("al2023", "1.33.5-20251029", (580, 580), "2.17.3", "6.12", True),
    ("al2023", "1.32.9-20251029", (570, 570), "2.17.3", "6.1", True),
    ("al2023", "1.33.0-20250715", (575, 575), "2.15.3", "6.1", True),
    ("al2023", "1.35.5-20260610", (580, 580), "3.0.0", "6.12", True),
    ("al2023", "1.34.2-20261105", (580, 580), "3.1.0", "6.12", False),
    ("bottlerocket", "1.52.0-3f1a9b2c", (570, 580), None, None, True),
]


@pytest.mark.parametrize(("family", "release", "nvidia", "efa", "kernel", "known"), RELEASES)
def test_what_a_release_holds(
    family: str, release: str, nvidia: tuple[int, int], efa: str | None, kernel: str | None, known: bool
) -> None:
    found = drivers(family, release, nvidia=True)
    assert isinstance(found, Drivers)
    assert (found.nvidia, found.efa, found.kernel, found.known) == (nvidia, efa, kernel, known)
    without = drivers(family, release, nvidia=False)
    assert without is not None and without.nvidia is None


@pytest.mark.parametrize(
    ("family", "last", "next_"),
    [
        ("al2023", f"1.34.9-{TABLE['al2023']['until']}", "1.34.9-20991231"),
        ("bottlerocket", f"{TABLE['bottlerocket']['until']}-3f1a9b2c", "1.999.0-3f1a9b2c"),
    ],
)
def test_the_last_release_of_a_table_is_known_and_later_ones_are_not(
    family: str, last: str, next_: str
) -> None:
    for release, known in ((last, True), (next_, False)):
        found = drivers(family, release, nvidia=True)
        assert found is not None and found.known is known


def test_a_release_of_no_table_is_not_guessed() -> None:
    assert drivers("al2023", "1.99.0-20270101", nvidia=True) is None
    assert drivers("bottlerocket", "1.2.0-3f1a9b2c", nvidia=True) is None
    assert drivers("garden-linux", "2150.0.0", nvidia=True) is None


def test_needs_are_by_family() -> None:
    found = need("p6e-gb200.36xlarge", "nvidia")
    assert found is not None and (found.least, found.below) == (570, 595)
    assert need("p5.48xlarge", "nvidia") is None and need("m7i.48xlarge", "kubernetes") is None


def test_which_accelerated_types_aws_does_not_name() -> None:
    unlisted = set()
    for name in catalogue.names():
        instance = catalogue.get(name)
        if instance is None or accelerator(instance) == "none":
            continue
        for family in ("al2023", "bottlerocket"):
            chosen = ami_type(instance, family)
            assert chosen is not None, (name, family)
            if listed(chosen.name, name) is False:
                unlisted.add((family, compatibility.family_of(name)))
    assert unlisted == {("al2023", "g7"), ("bottlerocket", "g7"), ("bottlerocket", "p6e-gb200")}


def test_a_proven_pool_has_nothing_said_of_its_image() -> None:
    assert [one for one in check_pool(valid_pool()).problems if one.path[0] == "image"] == []
