"""Where the objects of one account stand. The core gets a store passed in and keeps nothing itself.

An object is `{"id", "inputs", "outputs"}` under its Pulumi type; what the account held before the stack is
there in the same form. The store of this module is a dict; another may keep a file per object.
"""

import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sandbox.core.values import Values


@dataclass(frozen=True)
class Place:
    """Whose account this is, and when: what ids, ARNs and windows are made from."""

    account: str
    region: str
    partition: str
    now: datetime
    seed: str
    """Random-looking names and ids derive from it, so that a run can be repeated."""


class Store(Protocol):
    @property
    def place(self) -> Place: ...

    def get(self, type: str, id: str) -> Values | None: ...

    def put(self, type: str, id: str, object: Values) -> None: ...

    def remove(self, type: str, id: str) -> None: ...

    def all(self, type: str) -> list[Values]: ...


class MemoryStore:
    """A store that is thrown away."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._objects: dict[str, dict[str, Values]] = {}

    @property
    def place(self) -> Place:
        return self._place

    def get(self, type: str, id: str) -> Values | None:
        return self._objects.get(type, {}).get(id)

    def put(self, type: str, id: str, object: Values) -> None:
        self._objects.setdefault(type, {})[id] = copy.deepcopy(object)

    def remove(self, type: str, id: str) -> None:
        self._objects.get(type, {}).pop(id, None)

    def all(self, type: str) -> list[Values]:
        return list(self._objects.get(type, {}).values())


class Without:
    """A store as it would be without one object: what an update of that object is judged against."""

    def __init__(self, store: Store, type: str, id: str) -> None:
        self._store = store
        self._hidden = (type, id)

    @property
    def place(self) -> Place:
        return self._store.place

    def get(self, type: str, id: str) -> Values | None:
        return None if (type, id) == self._hidden else self._store.get(type, id)

    def put(self, type: str, id: str, object: Values) -> None:
        self._store.put(type, id, object)

    def remove(self, type: str, id: str) -> None:
        self._store.remove(type, id)

    def all(self, type: str) -> list[Values]:
        return [found for found in self._store.all(type) if (type, found["id"]) != self._hidden]
