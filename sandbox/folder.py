"""A store that is a folder: one JSON file per object, on top of the account as found.

It serves several plugin processes at once: every operation is a transaction under one lock, and a file is
written beside its place and then renamed, so that a killed process leaves whole files. What the account held
before comes from `account.yaml` each time, with its windows relative to now; the folder holds only what was
made, changed or removed since.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from sandbox.core.store import MemoryStore, Place, Store
from sandbox.core.values import Values

OBJECTS, LOCK = "objects", "lock"


class FolderStore:
    """One transaction's view; make it with `transaction`."""

    def __init__(self, folder: Path, account: Store, seed: str) -> None:
        self._folder = folder / OBJECTS
        self._account = account
        self._place = replace(account.place, seed=seed)

    @property
    def place(self) -> Place:
        return self._place

    def get(self, type: str, id: str) -> Values | None:
        try:
            found = _load(self._file(type, id))
        except FileNotFoundError:
            return self._account.get(type, id)
        return None if found.get("removed") else found

    def put(self, type: str, id: str, object: Values) -> None:
        self._write(type, id, {"type": type, **object})

    def remove(self, type: str, id: str) -> None:
        if self._account.get(type, id) is not None:
            # The account's own object would be there again, so its removal is what is kept.
            self._write(type, id, {"type": type, "id": id, "removed": True})
        else:
            self._file(type, id).unlink(missing_ok=True)

    def all(self, type: str) -> list[Values]:
        made = {
            found["id"]: found for found in map(_load, sorted(self._file(type, "").parent.glob("*.json")))
        }
        merged = {found["id"]: found for found in self._account.all(type)} | made
        return [found for found in merged.values() if not found.get("removed")]

    def own(self) -> list[Values]:
        """The objects made or changed since the account was found, whatever their type."""
        found = map(_load, sorted(self._folder.glob("*/*.json")))
        return [one for one in found if not one.get("removed")]

    def _file(self, type: str, id: str) -> Path:
        return self._folder / quote(type, safe="") / f"{quote(id, safe='')}.json"

    def _write(self, type: str, id: str, object: Values) -> None:
        write(self._file(type, id), object)


@contextmanager
def transaction(folder: Path, account: MemoryStore) -> Iterator[FolderStore]:
    """The store in `folder`, for one operation, while no other process or thread uses it.

    Each has a seed of its own: ids are new every time, as AWS's are, so that no create repeats another.
    """
    with locked(folder / LOCK):
        yield FolderStore(folder, account, secrets.token_hex(8))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """While it lasts, no other process or thread is here with the same path; a killed one leaves no lock."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write(path: Path, value: object) -> None:
    """Writes JSON in one step: a reader sees the old text or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    beside.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    beside.replace(path)


def _load(path: Path) -> Values:
    found: Values = json.loads(path.read_text(encoding="utf-8"))
    return found
