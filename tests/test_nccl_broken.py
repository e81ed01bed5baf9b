"""Broken logs: never a traceback, and never a pass from one that is cut or garbled."""

import io
import json

import pytest
from efa_pools.nccl.limits import limits
from efa_pools.nccl.plot import svg
from efa_pools.nccl.report import as_json, assess, markdown, text
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.nccl_logs import EFA, LOGS, P4D, judged, made, public

SOUND = made(45.0, before=EFA)
FILES = sorted(path.name for path in LOGS.glob("*.log"))
LINES = [line.decode() for line in SOUND.splitlines()]
COUNT = st.integers(0, 10**19).map(str)
FIGURE = st.sampled_from(["0", "0.00", "1.5", "1e+300", "9e999", "-1", "N/A", "nan", "inf", "1.2.3", "48.00"])
ROWS = st.builds(
    lambda size, count, kind, rest: " ".join([size, count, kind, *rest]),
    COUNT,
    COUNT,
    st.sampled_from(["float", "half", "int8", "float sum", "float sum -1", "float none 0"]),
    st.lists(FIGURE, max_size=17),
)


def shown(log: bytes) -> str | None:
    """Every form of the report, so that none of them can fail; the verdict, or None without a table."""
    report = assess("log", io.BytesIO(log), P4D, limits())
    if report is None:
        return None
    json.dumps(as_json(report), allow_nan=False)
    assert text(report) and markdown([report]) and svg([report])
    return report.verdict.word


@pytest.mark.parametrize("name", FILES)
def test_cut_at_every_line(name) -> None:
    lines = public(name).splitlines(keepends=True)
    for at in range(len(lines)):
        log = b"".join(lines[:at])
        assert shown(log) != "pass" or b"Out of bounds" in log


def test_cut_at_every_byte() -> None:
    ends = SOUND.index(b"# Out of")
    for at in range(0, ends, 3):
        assert shown(SOUND[:at]) != "pass"


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_changed_bytes(name, data) -> None:
    log = bytearray(public(name))
    for _ in range(data.draw(st.integers(1, 20))):
        log[data.draw(st.integers(0, len(log) - 1))] = data.draw(st.integers(0, 255))
    shown(bytes(log))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SOUND) - 1), st.integers(0, 255))
def test_one_changed_byte_does_not_lift_a_run_over_a_limit(at, value) -> None:
    """0.58 of the ceiling fails; whichever byte changes, it does not pass."""
    log = bytearray(made(29.0, before=EFA))
    log[at % len(log)] = value
    assert shown(bytes(log)) != "pass"


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(FILES), st.sampled_from(FILES), st.randoms(use_true_random=False))
def test_interleaved_lines(one, other, random) -> None:
    first, second = public(one).splitlines(keepends=True), public(other).splitlines(keepends=True)
    mixed = []
    while first or second:
        mixed.append((first if first and (not second or random.random() < 0.5) else second).pop(0))
    shown(b"".join(mixed))


def test_interleaved_debug_lines_change_nothing() -> None:
    noise = b"ip-10-0-0-2:31:31 [5] NCCL INFO Channel 00/0 : 4[4] -> 5[5] via P2P/CUMEM/read\n"
    mixed = b"".join(line + noise for line in SOUND.splitlines(keepends=True))
    assert as_json(judged(mixed)) == as_json(judged(SOUND))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes(log) -> None:
    assert shown(log) != "pass"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=60), ROWS), max_size=20))
def test_any_lines(lines) -> None:
    shown("\n".join(lines).encode("utf-8", "replace"))
