"""YAML is read as the Pulumi engine's reader, Go's yaml.v3, reads it."""

import math

import pytest
from efa_pools.documents import Timestamp, Unreadable, parse, read

# From the decode tests and resolve.go of yaml.v3: text, and what an interface{} becomes there.
SCALARS = [
    ("on", "on"),
    ("Off", "Off"),
    ("yes", "yes"),
    ("n", "n"),
    ("true", True),
    ("False", False),
    ("tRue", "tRue"),
    ("~", None),
    ("null", None),
    ("Null", None),
    ("nULL", "nULL"),
    ("", None),
    ("0b1010", 10),
    ("0x2A", 42),
    ("0o17", 15),
    ("017", 15),
    ("08", 8),
    ("685_230", 685230),
    ("+12", 12),
    ("-7", -7),
    ("1:30", "1:30"),
    ("4.0", 4.0),
    ("4.7", 4.7),
    ("1e3", 1000.0),
    (".5", 0.5),
    (".inf", math.inf),
    ("-.INF", -math.inf),
    ("1.34.2", "1.34.2"),
    ("1.34", 1.34),
    ('"4"', "4"),
    ("'on'", "on"),
    ("ami-0123", "ami-0123"),
]


@pytest.mark.parametrize(("text", "value"), SCALARS, ids=[repr(text) for text, _ in SCALARS])
def test_scalars(text: str, value: object) -> None:
    found = parse(f"key: {text}", "file")["key"]
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize("text", ["2026-12-01", "2026-12-01T11:30:00Z", "2026-12-01 11:30:00 +1:00"])
def test_unquoted_timestamps_are_marked(text: str) -> None:
    assert isinstance(parse(f"end: {text}", "file")["end"], Timestamp)
    assert type(parse(f'end: "{text}"', "file")["end"]) is str


def test_merge_keys_and_anchors() -> None:
    text = "base: &base {a: 1, b: 2}\nuse:\n  <<: *base\n  b: 3\n"
    assert parse(text, "file")["use"] == {"a": 1, "b": 3}


def test_keys_are_text_as_in_json() -> None:
    assert parse("1: a\ntrue: b\n", "file") == {"1": "a", "true": "b"}


BROKEN = {
    "a: [1": "line 1",
    "a: 1\na: 2": "key 'a' stands twice",
    "\t- x": "line 1",
    "- 1\n--- \n- 2": "2 documents",
    "a: &x\n  b: *x": "recursive",
    "!!python/object/apply:os.system [true]": "not YAML or JSON",
}


@pytest.mark.parametrize(("text", "said"), BROKEN.items())
def test_broken_documents_say_where(text: str, said: str) -> None:
    with pytest.raises(Unreadable, match=r"^file") as caught:
        parse(text, "file")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unreadable_files(tmp_path) -> None:
    with pytest.raises(Unreadable, match="No such file"):
        read(str(tmp_path / "absent.yaml"))
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Unreadable, match="UTF-8"):
        read(str(tmp_path / "bytes.yaml"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{\n\t"a":\t[1, 2]\n}', {"a": [1, 2]}),
        ('\ufeff{"a": "b\\/c"}', {"a": "b/c"}),
        ('{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        ('{"a": 1e2, "on": "on"}', {"a": 100.0, "on": "on"}),
        ('{"a": NaN}', {"a": "NaN"}),
        ("{a: 1}", {"a": 1}),
    ],
)
def test_json_is_read_as_json(text: str, value: object) -> None:
    assert parse(text, "file") == value


def test_a_key_that_stands_twice_in_json_is_told_with_its_place() -> None:
    with pytest.raises(Unreadable, match=r"line 2, column 2: .*'a' stands twice"):
        parse('{"a": 1,\n "a": 2}', "file")


def test_a_file_holds_one_document() -> None:
    assert parse("---\na: 1\n---\n...\n---\n# nothing\n", "file") == {"a": 1}
    with pytest.raises(Unreadable, match=r"^file: 2 documents; expected one in a file$"):
        parse("a: 1\n---\nb: 2\n", "file")
