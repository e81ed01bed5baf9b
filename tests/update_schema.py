"""`python -m tests.update_schema` writes the package's schema into tests/data/schema.json."""

import json
from pathlib import Path

from efa_pools.resources.host import Host

SNAPSHOT = Path(__file__).with_name("data") / "schema.json"


def schema_text() -> str:
    """The schema as the snapshot holds it: without the version, which changes with every release."""
    return json.dumps(json.loads(Host("0.0.0").schema), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    SNAPSHOT.write_text(schema_text(), encoding="utf-8")
