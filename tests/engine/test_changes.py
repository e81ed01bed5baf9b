"""`docs/changes.md` says what the engine says today."""

from pathlib import Path

from tests.engine.changes import TARGET, table
from tests.engine.session import needs_cli, slow

pytestmark = [
    needs_cli,
    slow,
]


def test_the_table_of_changes_is_what_the_engine_previews(tmp_path: Path) -> None:
    assert TARGET.read_text(encoding="utf-8") == table(tmp_path)
