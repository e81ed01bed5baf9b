"""What the workers of Shoots must say where they are made, and not only exported."""

from collections.abc import Iterator, Sequence

from ..plan.draft import Draft
from ..problem import Problem


def shoot_is_named(draft: Draft) -> Iterator[Problem]:
    """The Shoot that the worker goes into."""
    nodes = draft.pool.nodes
    if "nodes" not in draft.sound or nodes.kind != "gardener":
        return
    if nodes.shoot is None:
        yield Problem(("nodes", "shoot"), "Required", "missing; expected the name of the Shoot")
    if nodes.namespace is None:
        message = "missing; expected the Shoot's namespace, such as garden-ml for the project ml"
        yield Problem(("nodes", "namespace"), "Required", message)


def one_shoot(drafts: Sequence[Draft]) -> Iterator[Problem]:
    """A stack has one cluster, so its workers are of one Shoot; paths count from the list."""
    first: tuple[object, object] | None = None
    for index, made in enumerate(drafts):
        nodes = made.pool.nodes
        if "nodes" not in made.sound or nodes.kind != "gardener" or nodes.shoot is None:
            continue
        here = (nodes.namespace, nodes.shoot)
        first = first or here
        if here != first:
            message = (
                f"{nodes.shoot!r} in {nodes.namespace!r}: expected {first[1]!r} in {first[0]!r}, as "
                "the pools before it: a stack has one cluster"
            )
            yield Problem((index, "nodes", "shoot"), "Invalid", message)
