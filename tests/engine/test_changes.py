"""`docs/changes.md` says what the engine says today."""

import os
from pathlib import Path

import pytest

from tests.engine.changes import TARGET, table
from tests.engine.session import needs_cli

pytestmark = [
    needs_cli,
    pytest.mark.skipif(not os.environ.get("SLOW"), reason="takes a minute: SLOW=1"),
]


def test_the_table_of_changes_is_what_the_engine_previews(tmp_path: Path) -> None:
    assert TARGET.read_text(encoding="utf-8") == table(tmp_path)
