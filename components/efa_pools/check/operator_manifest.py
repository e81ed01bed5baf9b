"""The MPI operator's manifest, which a stack may have installed: read from its file, and judged.

What a test needs of it: github.com/kubeflow/mpi-operator, deploy/v2beta1/mpi-operator.yaml. At v0.8.0 it has
675 kB, 9206 lines, 5600 values, and a Deployment with the release's image; on the branch master, `master`.
"""

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from .. import documents
from ..model.parse import shown
from ..plan.mpi_job import API_VERSION
from ..plan.operator_objects import CRD_KIND, Document, images
from ..problem import Kind, Problem, warning
from .image_tags import moving_tag

LARGEST = 4 * 2**20
"""Bytes of the file. The API server takes no request above 3 MiB, for one object."""
MOST_VALUES = 100_000
"""Values in all documents, with whatever YAML's aliases repeat."""
CRD = "mpijobs.kubeflow.org"
VERSION = API_VERSION.partition("/")[2]
MOVING = frozenset({"latest", "master", "main", "edge", "nightly"})
_TEXTS = {
    "apiVersion": re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?v[0-9][a-z0-9]*"),
    "kind": re.compile(r"[A-Z][A-Za-z0-9]*"),
    "metadata.name": re.compile(r"[A-Za-z0-9]([-A-Za-z0-9._:]*[A-Za-z0-9])?"),
    "metadata.namespace": re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"),
}
"""What makes a document a Kubernetes object, and each resource's type and name."""


def read_operator(
    path: str, folder: Path, *, whole: bool = True
) -> tuple[tuple[Document, ...], list[Problem]]:
    """The objects of the manifest at `path` from the project's `folder`; complete if no finding is an error.

    `whole` is false where the folder may not be the project's: an absent file is a warning then.
    """
    file = (folder / path).absolute()
    refused, absent = _unfit(file)
    if absent and not whole:
        return (), [warning(("operatorManifest",), "Invalid", f"{path!r}: {refused}")]
    if refused:
        return (), [_problem(path, refused)]
    try:
        read = _objects(documents.text(str(file)))
    except documents.Unreadable as error:
        # What comes before the reason is the file's name, which we say as the user wrote it.
        return (), [_problem(path, str(error).removeprefix(str(file)).lstrip(":, "))]
    found = [one for _, one in read if one is not None]
    if strange := _strange(found):
        return (), [_problem(path, strange)]
    problems = [_problem(path, text, kind) for kind, text in _judged(read)]
    return (tuple(found) if not problems else ()), problems


def _problem(path: str, text: str, kind: Kind = "Invalid") -> Problem:
    return Problem(("operatorManifest",), kind, f"{path!r}: {text}")


def _unfit(file: Path) -> tuple[str | None, bool]:
    """Why a path is no file to read, and whether nothing is there."""
    expected = "expected the operator's manifest, a path from the project's folder"
    try:
        size = file.stat().st_size
    except FileNotFoundError:
        return f"no such file: {expected}", True
    except (OSError, ValueError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or error}: {expected}", False
    if not file.is_file():
        return f"not a file: {expected}", False
    if size > LARGEST:
        return f"{size} bytes: expected at most {LARGEST}; the operator's own has 675,000", False
    return None, False


@lru_cache(maxsize=1)
def _objects(text: str) -> tuple[tuple[int, Any], ...]:
    """The documents with their numbers, empty ones left out. Whoever checks a stack reads them twice."""
    read = documents.parse_all(text, "")
    return tuple((number, one) for number, one in enumerate(read, 1) if one is not None)


def _strange(values: Sequence[Any]) -> str | None:
    """What no Kubernetes object can hold, or more than any manifest does; however deep, in bounded time."""
    left, seen = list(values), 0
    while left:
        value, seen = left.pop(), seen + 1
        if seen > MOST_VALUES:
            return f"more than {MOST_VALUES} values: expected some 5,600; do YAML's aliases repeat others?"
        if isinstance(value, dict):
            left += value.values()
            left += value
        elif isinstance(value, list):
            left += value
        elif not _json(value):
            return f"{shown(value)}: expected plain text, numbers, true or false; JSON has no such value"
    return None


def _json(value: Any) -> bool:
    if isinstance(value, str):
        return not any(0xD800 <= ord(one) < 0xE000 for one in value)
    if isinstance(value, (int, float)):
        return abs(value) < 2**63 if isinstance(value, int) else math.isfinite(value)
    return value is None


def _judged(read: Sequence[tuple[int, Any]]) -> Iterator[tuple[Kind, str]]:
    """Everything that is wrong with the documents."""
    objects: list[tuple[int, Document]] = []
    for number, one in read:
        missing = _not_an_object(one)
        if missing:
            text = "expected a Kubernetes object with apiVersion, kind and metadata.name"
            yield "Invalid", f"document {number}: {missing}: {text}"
        else:
            objects.append((number, one))
    yield from _repeated(objects)
    yield from _definition([one for _, one in objects])
    if not any(one["kind"] == "Deployment" for _, one in objects):
        yield "Required", "no Deployment: expected the operator's, because without it nothing runs a job"
    for number, one in objects:
        for container, image in images(one):
            where = f"document {number}, {_called(one)}, container {container}"
            if not isinstance(image, str) or not image:
                yield "Required", f"{where}: image missing: expected one with a digest or a release's tag"
            elif tag := moving_tag(image, MOVING):
                text = (
                    f"expected a digest or a release's tag; what {tag!r} is changes, and the operator with it"
                )
                yield "Invalid", f"{where}: image {image!r}: {text}"


def _not_an_object(document: Any) -> str | None:
    """The first thing that keeps a document from being a Kubernetes object."""
    if not isinstance(document, dict):
        return shown(document)
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return "metadata missing" if metadata is None else f"metadata {shown(metadata)}"
    given = {key: document.get(key) for key in ("apiVersion", "kind")}
    given |= {f"metadata.{key}": metadata.get(key) for key in ("name", "namespace")}
    for key, pattern in _TEXTS.items():
        value = given[key]
        if value is None and key != "metadata.namespace":
            return f"{key} missing"
        if value is not None and not (isinstance(value, str) and pattern.fullmatch(value)):
            return f"{key} {shown(value)}"
    return None


def _repeated(objects: Sequence[tuple[int, Document]]) -> Iterator[tuple[Kind, str]]:
    seen: dict[tuple[str, ...], int] = {}
    for number, one in objects:
        group = one["apiVersion"].rpartition("/")[0]
        key = (group, one["kind"], one["metadata"].get("namespace") or "", one["metadata"]["name"])
        first = seen.setdefault(key, number)
        if first != number:
            text = "expected each object once, because one would overwrite the other"
            yield "Duplicate", f"document {number}: {_called(one)} stands in document {first} too: {text}"


def _definition(objects: Sequence[Document]) -> Iterator[tuple[Kind, str]]:
    """Whether the cluster will know the MPIJob that the test is."""
    why = f"{API_VERSION} MPIJob is what the test is"
    for one in objects:
        if one["kind"] != CRD_KIND or one["metadata"]["name"] != CRD:
            continue
        spec = one.get("spec")
        versions = spec.get("versions") if isinstance(spec, dict) else None
        known = [version for version in versions or () if isinstance(version, dict)]
        served = [str(version.get("name")) for version in known if version.get("served") is True]
        if VERSION not in served:
            text = f"{_called(one)} serves {', '.join(served) or 'no version'}"
            yield "NotSupported", f"{text}: expected {VERSION}, because {why}"
        return
    yield "Required", f"no {CRD_KIND} {CRD}: expected one that serves {VERSION}, because {why}"


def _called(document: Document) -> str:
    return f"{document['kind']} {document['metadata']['name']}"
