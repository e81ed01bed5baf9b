"""`efa-pools nccl job`: a test of a stack's pool as manifests, for kubectl."""

import sys
from argparse import Namespace
from pathlib import Path

import yaml

from ..check.nccl_test import image_problems, pool_problems
from ..check.stack import check_stack
from ..documents import Unreadable
from ..plan.charts import known_charts
from ..plan.mpi_job import config_map, digest, mpi_job, scripts
from ..plan.nccl_test import operator_manifest, plan_test, under_test
from ..plan.pool import PoolPlan
from ..plan.stack import plan_stack
from ..problem import Problem, errors
from ..stackfile import read_stack
from .main import FINE, PROBLEMS, Unusable


def run(arguments: Namespace) -> int:
    """Print a ConfigMap and an MPIJob; exit 1 where the pool cannot be tested."""
    try:
        config = read_stack(Path.cwd(), arguments.stack)
    except Unreadable as error:
        raise Unusable(str(error)) from None
    plan = plan_stack(arguments.stack, check_stack(config))
    if bad := errors(plan.problems):
        return _refused(arguments.stack, bad)
    pool = under_test(_chosen(plan.pools, arguments.pool))
    problems = [*pool_problems(pool, False, arguments.image), *image_problems(arguments.image)]
    if arguments.mode == "pairwise" and pool.nodes < 2:
        text = f"pool {pool.name!r} starts with {pool.nodes} nodes: expected 2 or more for pairs"
        problems.append(Problem(("pool", "nodes"), "Invalid", text))
    if problems:
        return _refused(arguments.stack, problems)
    made = plan_test(pool, arguments.image, arguments.repeats, arguments.mode)
    files = f"nccl-{arguments.mode}-{digest(scripts(made))}"
    job = f"nccl-{arguments.mode}-{digest(mpi_job(made, '', files), files)}"
    documents = [config_map(made, files), mpi_job(made, job, files)]
    version = known_charts()["mpi-operator"]["version"]
    print(f"# Kubeflow MPI operator {version}: kubectl apply --server-side -f {operator_manifest()}")
    print(yaml.safe_dump_all(documents, sort_keys=False, width=4096), end="")
    return FINE


def _chosen(pools: tuple[PoolPlan, ...], name: str | None) -> PoolPlan:
    names = ", ".join(one.name for one in pools)
    found = [one for one in pools if name in (None, one.name)]
    if len(found) != 1:
        raise Unusable(f"--pool: {name or 'missing'}: expected one of the stack's pools: {names}")
    return found[0]


def _refused(stack: str, problems: list[Problem]) -> int:
    for one in problems:
        print(f"Pulumi.{stack}.yaml: {one.line()}", file=sys.stderr)
    return PROBLEMS
