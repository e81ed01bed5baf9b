"""The test over a pool's nodes: in a stack's configuration, and as arguments of NcclTest."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .. import catalogue
from ..images import accelerator
from ..model.parse import parse
from ..model.stack import NcclTest, NcclTestArguments, NcclTestPool
from ..plan.charts import known_charts
from ..plan.draft import Draft
from ..plan.nccl_test import efa_per_node
from ..plan.operator_objects import Document
from ..problem import Problem
from .image_tags import moving_tag

_PLAN_NEEDS = frozenset({"instance_type", "image", "taints", "size", "cards", "network_interfaces", "layout"})


class CheckedTest(NamedTuple):
    """A test's arguments and the operator's objects; complete if no finding is an error."""

    arguments: NcclTestArguments
    operator: tuple[Document, ...]
    """What is to be installed; nothing where the cluster has the operator."""
    problems: tuple[Problem, ...]


def check_nccl_test(name: str, raw: Any) -> CheckedTest:
    """Check the component's name and arguments, and the file that they name."""
    parsed = parse(NcclTestArguments, raw)
    test, problems = parsed.value, [*parsed.problems]
    if not re.fullmatch(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", name):
        text = f"{name!r}: expected at most 40 of a-z, 0-9 and '-', a letter first; pods are named so"
        problems.append(Problem(("name",), "Invalid", text))
    if "pool" in parsed.sound:
        gate = bool(test.gate) if "gate" in parsed.sound else False
        image = test.image if "image" in parsed.sound else None
        problems += pool_problems(test.pool, gate, image)
    if "image" in parsed.sound:
        problems += image_problems(test.image)
    operator: tuple[Document, ...] = ()
    if "operator_manifest" in parsed.sound:
        operator, found = _operator(test.operator_manifest, Path())
        problems += found
    return CheckedTest(test, operator, tuple(problems))


def check_stack_test(
    test: NcclTest, drafts: Sequence[Draft], folder: Path, *, whole: bool
) -> tuple[tuple[Document, ...], list[Problem]]:
    """The same for the stack's key, which names one of its pools, and a file from the project's `folder`."""
    problems = [*image_problems(test.image), *_stack_problems(test, drafts)]
    operator, found = _operator(test.operator_manifest, folder, whole=whole)
    return operator, problems + found


def _operator(
    path: str | None, folder: Path, *, whole: bool = True
) -> tuple[tuple[Document, ...], list[Problem]]:
    if path is None:
        return (), []
    # Only a test that installs the operator pays for what reads it.
    from .operator_manifest import read_operator

    return read_operator(path, folder, whole=whole)


def _stack_problems(test: NcclTest, drafts: Sequence[Draft]) -> Iterator[Problem]:
    named = {made.pool.name: made for made in drafts if "name" in made.sound}
    made = named.get(test.pool)
    if made is None:
        known = ", ".join(str(name) for name in named) or "none"
        yield Problem(
            ("pool",), "Invalid", f"{test.pool!r}: expected a pool of this stack; pools here: {known}"
        )
    elif made.sound >= _PLAN_NEEDS and made.sizes is not None:
        if made.pool.instance is not None and catalogue.get(made.pool.instance_type) is None:
            yield Problem(("pool",), "NotSupported", _no_gpus(test.pool, made.pool.instance_type))
            return
        for one in pool_problems(_known(made, made.sizes[1]), bool(test.gate), test.image):
            yield one._replace(path=("image",) if one.path == ("image",) else ("pool",))


def _known(made: Draft, nodes: int) -> NcclTestPool:
    efa = sum(one.is_efa for one in made.interfaces)
    pool = made.pool
    return NcclTestPool(
        name=pool.name or "",
        instance_type=pool.instance_type,
        image_family=pool.image.family,
        nodes=nodes,
        efa_per_node=efa,
    )


def pool_problems(pool: NcclTestPool, gate: bool, image: str | None) -> Iterator[Problem]:
    """Whether all-reduce over these nodes can run, and say something."""
    instance = catalogue.get(pool.instance_type)
    path = ("pool", "instanceType")
    if instance is None:
        near = ", ".join(catalogue.nearest(pool.instance_type)) or "none"
        text = (
            f"{pool.instance_type!r}: expected an EFA instance type that the catalogue knows; nearest: {near}"
        )
        yield Problem(path, "NotSupported", text)
        return
    if accelerator(instance) == "neuron":
        text = f"{instance.name!r} has Neuron devices: expected NVIDIA GPUs; nccom-test is for these"
        yield Problem(path, "NotSupported", text)
        return
    if accelerator(instance) != "nvidia":
        yield Problem(path, "NotSupported", _no_gpus(pool.name, instance.name))
        return
    if image is None and not set(instance.architectures) & set(known_charts()["nccl-tests"]["architectures"]):
        text = f"missing; expected one for {', '.join(instance.architectures)}: the default is x86_64 only"
        yield Problem(("image",), "Required", text)
    yield from _network_problems(pool, gate, instance.maximum_efa_interfaces or 0)


def _network_problems(pool: NcclTestPool, gate: bool, most: int) -> Iterator[Problem]:
    efa = efa_per_node(pool)
    if not 1 <= efa <= most:
        text = f"pool {pool.name!r} has {efa} EFA interfaces on each node: expected 1 to {most}"
        yield Problem(("pool", "efaPerNode"), "Invalid", text)
    if pool.nodes < 1:
        text = f"pool {pool.name!r} starts with {pool.nodes} nodes: expected 1 or more to run the test on"
        yield Problem(("pool", "nodes"), "Invalid", text)
    elif gate and pool.nodes < 2:
        text = (
            f"pool {pool.name!r} starts with 1 node: expected 2 or more beside gate, "
            "because one node's data crosses no network"
        )
        yield Problem(("pool", "nodes"), "Invalid", text)


def image_problems(image: str | None) -> Iterator[Problem]:
    """An image is pinned: its digest or a tag other than latest."""
    if image is not None and moving_tag(image):
        text = f"{image!r}: expected a tag or a digest; what 'latest' is changes, and figures with it"
        yield Problem(("image",), "Invalid", text)


def _no_gpus(name: str, instance_type: str) -> str:
    return f"{name!r} ({instance_type}): expected a pool with NVIDIA GPUs in the catalogue; NCCL needs them"
