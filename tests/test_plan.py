"""The plan: addresses, decisions, and the two ways it is shown."""

import re
from pathlib import Path

import pytest
from efa_pools import catalogue, layouts
from efa_pools.check.pool import check_pool
from efa_pools.check.stack import check_stack
from efa_pools.plan import addresses
from efa_pools.plan.decisions import decisions
from efa_pools.plan.pool import PoolPlan, plan_pool
from efa_pools.plan.render import interface_rows, text
from efa_pools.plan.stack import StackPlan, plan_stack
from efa_pools.problem import errors
from efa_pools.stackfile import read_stack

from tests.pools import valid_pool


def plan(**changes: object) -> PoolPlan:
    raw = {key: value for key, value in {**valid_pool(), **changes}.items() if value is not None}
    checked = check_pool(raw)
    assert errors(checked.problems) == []
    return plan_pool(checked.draft)


# By hand from the EC2 table (interfaces on card 0, addresses an interface) and the CNI's document: interfaces
# with an address on card 0, and one more where card 0 has room, each filled; other cards as launched.
ADDRESSES = [
    ("p5.48xlarge", "recommended", 1, 50),
    ("p5.48xlarge", "max-ena", 8, 57),
    ("p5.48xlarge", "efa-primary", 1, 100),
    ("p4d.24xlarge", "recommended", 1, 100),
    ("p6-b300.48xlarge", "recommended", 1, 100),
    ("p6-b300.48xlarge", "max-ena", 17, 116),
    ("hpc6id.32xlarge", "recommended", 1, 50),
]


@pytest.mark.parametrize(("name", "preset", "launch", "cni"), ADDRESSES)
def test_addresses(name: str, preset: str, launch: int, cni: int) -> None:
    instance = catalogue.get(name)
    assert instance is not None
    interfaces = layouts.interfaces(instance, preset)
    assert (addresses.at_launch(interfaces), addresses.with_cni(instance, interfaces)) == (launch, cni)


def test_every_decision_has_a_choice_a_reason_and_a_source() -> None:
    for made in decisions(plan()):
        assert made.choice and made.why and made.source, made.field


def test_decisions_cover_what_users_question() -> None:
    fields = {one.field for one in decisions(plan(networkInterfaces=None, hugePages2Mi=None))}
    assert fields >= {
        "layout",
        "subnetIds",
        "placement",
        "capacity",
        "size",
        "update",
        "image",
        "hugePages2Mi",
    }


def test_block_without_window_says_so() -> None:
    block = {"kind": "capacity-block", "reservationId": "cr-0123456789abcdef0"}
    (told,) = [
        one.choice for one in decisions(plan(capacity=block, placement=None)) if one.field == "capacity"
    ]
    assert "window not stated" in told
    block |= {"start": "2026-12-01T11:30:00Z", "end": "2026-12-08T11:30:00Z"}
    (told,) = [
        one.choice for one in decisions(plan(capacity=block, placement=None)) if one.field == "capacity"
    ]
    assert "2026-12-01T11:30:00Z to 2026-12-08T11:30:00Z" in told


def test_table_folds_equal_cards() -> None:
    rows = interface_rows(plan())
    assert [row.split()[:4] for row in rows[1:]] == [
        ["0", "0", "interface", "1"],
        ["0", "1", "efa-only", "1"],
        ["1-31", "0", "efa-only", "31"],
    ]


def test_text_is_plain_and_no_wider_than_a_terminal() -> None:
    shown = text(StackPlan("dev", (plan(),), ()))
    assert shown.isascii() and max(len(line) for line in shown.splitlines()) <= 110


def test_default_placement_by_capacity() -> None:
    modes = {}
    for kind in ("on-demand", "spot", "open-reservation", "reservation", "capacity-block"):
        extra = {"reservationId": "cr-0123456789abcdef0"} if kind in ("reservation", "capacity-block") else {}
        modes[kind] = plan(capacity={"kind": kind, **extra}, placement=None).placement.mode
    assert modes == {
        "on-demand": "create",
        "spot": "create",
        "open-reservation": "none",
        "reservation": "none",
        "capacity-block": "none",
    }


def test_every_source_stands_once_and_every_number_leads_to_one() -> None:
    plan = plan_stack("prod", check_stack(read_stack(Path(__file__).parent.parent, "prod")))
    body, _, notes = text(plan).partition("\n\nsources\n\n")
    told = re.findall(r"^  \[(\d+)\] +(.+(?:\n {7}\S.*)*)", notes, re.M)
    stand = {" ".join(source.split()): number for number, source in told}
    reasons = [one for pool in plan.pools for one in decisions(pool)]
    assert set(stand) == {one.source for one in reasons} and len(stand) == len(told)
    said = " ".join(body.split())
    for one in reasons:
        assert f"{one.field}: {one.choice} {one.why} [{stand[one.source]}]" in said
