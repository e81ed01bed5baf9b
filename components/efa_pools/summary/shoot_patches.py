"""Patches of a Shoot, compared by the worker's name.

pulumi-kubernetes compares the entry of a patch with the Shoot's entry of the same place in the list
(provider/pkg/provider/util.go, pruneSlice, at 9497796). Where another worker stands there, every preview
shows an update from that worker to ours. The update itself goes by name, as server-side apply does, and
writes nothing where nothing differs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from .events import State, Step
from .types import SHOOT_PATCH
from .workers import entries


def by_name(step: Step) -> Step:
    """The step with the worker that it is about on both sides; other resources' steps are as they were."""
    if step.type != SHOOT_PATCH or step.change != "update" or step.old is None or step.new is None:
        return step
    (wanted, *_), live = _workers(step.new.inputs) or [{}], _workers(step.old.outputs)
    name = wanted.get("name")
    stated = _named(name, _workers(step.old.stated or step.old.inputs))
    # What is not stated and never was is Gardener's own, or somebody else's.
    had = _pruned(_named(name, live), (stated, wanted)) if live else stated
    if name is None or not (live or stated):
        return step
    paths = dict(_differences(had, wanted, "spec.provider.workers[0]"))
    inputs = {**step.new.inputs, "spec": {"provider": {"workers": [had]}}}
    old = State(inputs, step.old.outputs, step.old.retained)
    return replace(step, change="update" if paths else "", old=old, paths=paths)


def _workers(properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The workers of a Shoot, or of a patch of it."""
    return [one for one in entries(properties) if isinstance(one, dict)]


def _named(name: Any, workers: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return next((one for one in workers if one.get("name") == name), {})


def _pruned(value: Any, shapes: Iterable[Any]) -> Any:
    """Of mappings only the keys that one of the shapes has, at every depth; lists are whole."""
    known = [shape for shape in shapes if isinstance(shape, dict)]
    if not isinstance(value, dict) or not known:
        return value
    below = {key: [shape[key] for shape in known if key in shape] for key in value}
    return {key: _pruned(inner, below[key]) for key, inner in value.items() if below[key]}


def _differences(old: Any, new: Any, path: str) -> Iterator[tuple[str, str]]:
    """Changed properties and how, by path."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}, key=str):
            step = f".{key}" if str(key).isidentifier() else f'["{key}"]'
            yield from _differences(old.get(key), new.get(key), path + step)
    else:
        yield path, "add" if old is None else "delete" if new is None else "update"
