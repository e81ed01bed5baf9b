"""Labels, taints and tags: Kubernetes's and AWS's rules for names and values."""

import re
from collections.abc import Iterator

from ..labels import LABEL_KEY, LABEL_VALUE, OWN_PREFIX
from ..plan.draft import Draft
from ..problem import Path, Problem
from .registry import needs

# EC2, "Tag restrictions": letters, digits, spaces and + - = . _ : / @
TAG_TEXT = re.compile(r"[\w +\-=.:/@]*")
# EC2 allows 50 tags; the pool adds its own name, pool and stack.
MAXIMUM_TAGS = 47
MAXIMUM_TAINTS = 50


@needs("labels")
def labels_are_kubernetes_labels(draft: Draft) -> Iterator[Problem]:
    """A label that the API server refuses keeps the node from joining."""
    for key, value in draft.pool.labels.items():
        path: Path = ("labels", key)
        if key.startswith(OWN_PREFIX):
            yield Problem(
                path,
                "Forbidden",
                f"{key!r}: expected another prefix; the pool itself sets {OWN_PREFIX} labels",
            )
        elif not LABEL_KEY.fullmatch(key):
            yield Problem(path, "Invalid", f"{key!r}: expected a Kubernetes label key, [prefix/]name")
        if not LABEL_VALUE.fullmatch(value):
            yield Problem(
                path,
                "Invalid",
                f"{value!r}: expected at most 63 of A-Z a-z 0-9 - _ . with a letter or digit at both ends",
            )


@needs("taints")
def taints_are_kubernetes_taints(draft: Draft) -> Iterator[Problem]:
    """Taints have label-like keys and values; the same key and effect twice is refused."""
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(draft.pool.taints):
        path: Path = ("taints", index)
        if not LABEL_KEY.fullmatch(taint.key):
            yield Problem(
                (*path, "key"), "Invalid", f"{taint.key!r}: expected a Kubernetes label key, [prefix/]name"
            )
        if not LABEL_VALUE.fullmatch(taint.value or ""):
            yield Problem((*path, "value"), "Invalid", f"{taint.value!r}: expected a Kubernetes label value")
        if (taint.key, taint.effect) in seen:
            yield Problem(
                path, "Duplicate", f"{taint.key!r} with {taint.effect}: expected each key and effect once"
            )
        seen.add((taint.key, taint.effect))
    if len(draft.pool.taints) > MAXIMUM_TAINTS:
        yield Problem(
            ("taints",),
            "TooMany",
            f"{len(draft.pool.taints)} taints: expected at most {MAXIMUM_TAINTS}; EKS takes no more",
        )


@needs("tags")
def tags_are_aws_tags(draft: Draft) -> Iterator[Problem]:
    """EC2's limits on tags."""
    yield from tag_problems(draft.pool.tags)


def tag_problems(tags: dict[str, str]) -> Iterator[Problem]:
    """What EC2 refuses of a set of tags, under the key `tags`."""
    for key, value in tags.items():
        path: Path = ("tags", key)
        if key.lower().startswith("aws:") or key.startswith(OWN_PREFIX):
            yield Problem(
                path, "Forbidden", f"{key!r}: expected another prefix; aws: and {OWN_PREFIX} are reserved"
            )
        elif not 1 <= len(key) <= 128 or not TAG_TEXT.fullmatch(key):
            yield Problem(
                path, "Invalid", f"{key!r}: expected 1 to 128 letters, digits, spaces and + - = . _ : / @"
            )
        if len(value) > 256 or not TAG_TEXT.fullmatch(value):
            yield Problem(
                path,
                "Invalid",
                f"{value!r}: expected at most 256 letters, digits, spaces and + - = . _ : / @",
            )
    if len(tags) > MAXIMUM_TAGS:
        yield Problem(
            ("tags",), "TooMany", f"{len(tags)}: expected at most {MAXIMUM_TAGS}, 50 with the pool's own"
        )


@needs("name")
def name_is_there(draft: Draft) -> Iterator[Problem]:
    """Pools of a stack are told apart by name."""
    if draft.pool.name is None:
        yield Problem(
            ("name",), "Required", "missing; expected a name such as train, which resources are named after"
        )


RULES = (labels_are_kubernetes_labels, taints_are_kubernetes_taints, tags_are_aws_tags)
