"""The stack's settings: Pulumi configuration read, checked and ready for the components."""

import json
from typing import Any, NamedTuple

import pulumi
from pulumi.runtime import config as stored

from .check.arguments import CLUSTER_ARGUMENTS
from .check.stack import NAMESPACE, addon_pools, check_stack
from .clock import now
from .model.pool import Cluster, Pool
from .model.stack import AddonPool, Addons, NcclTest
from .plan.draft import Draft
from .plan.drain_chart import drained_pools
from .problem import Problem, errors, to_snake

PLAIN_KEYS = ("pools", "cluster", "tags", "addons", "ncclTest")
"""The keys that are looked into."""
SECRET_KEYS = ("kubeconfig", "gardenKubeconfig")


class Settings(NamedTuple):
    """Everything that the program composes its resources from."""

    pools: dict[str, Pool]
    cluster: Cluster
    addons: Addons
    addon_pools: tuple[AddonPool, ...]
    nccl_test: Any
    """The arguments of the test beside its triggers; None where none is asked for."""
    kubeconfig: pulumi.Output[str] | None
    garden_kubeconfig: pulumi.Output[str] | None
    """Of the API server that holds the Shoot; None where no pool is a worker of one."""

    @classmethod
    def load(cls) -> "Settings":
        """Read the stack's configuration. Raises `pulumi.RunError` with every problem, one a line."""
        config = pulumi.Config(NAMESPACE)
        try:
            found = check_stack(_raw(config), now=now())
        except ValueError as error:
            raise pulumi.RunError(str(error)) from None
        # Warnings come from the components, which every user of them sees.
        if bad := errors(found.problems):
            raise pulumi.RunError(_message(bad))
        kubeconfig = config.get_secret("kubeconfig")
        served = addon_pools(found.pools)
        wanted = _wants_cluster(found.addons) or found.nccl_test or drained_pools(served)
        if kubeconfig is None and wanted:
            raise pulumi.RunError(NO_KUBECONFIG)
        pools = {made.pool.name or "": made for made in found.pools}
        in_shoot = any(made.kind == "gardener" for made in found.pools)
        garden_kubeconfig = config.get_secret("gardenKubeconfig") if in_shoot else None
        if in_shoot and garden_kubeconfig is None:
            raise pulumi.RunError(NO_GARDEN_KUBECONFIG)
        return cls(
            pools={name: made.pool for name, made in pools.items()},
            cluster=found.cluster,
            addons=found.addons,
            addon_pools=tuple(served),
            nccl_test=_test_arguments(found.nccl_test, found.addons, pools),
            kubeconfig=kubeconfig,
            garden_kubeconfig=garden_kubeconfig,
        )

    def arguments(self, pool: Pool) -> Any:
        """The component's arguments for one pool of this stack."""
        # Gardener tells the nodes of a Shoot their cluster.
        cluster = {} if pool.nodes.kind == "gardener" else self.cluster.wire()
        joined = {key: cluster[inner] for key, inner in CLUSTER_ARGUMENTS.items() if inner in cluster}
        # As written: Gardener hashes a worker's text, so a default that is spelt out can replace its nodes.
        wire = {key: value for key, value in pool.wire(defaults=False).items() if key != "name"}
        return {to_snake(key): value for key, value in {**wire, **joined}.items()}

    def addon_arguments(self) -> Any:
        """The arguments of the add-ons, over all pools of this stack."""
        wire = {**self.addons.wire(), "kubernetesVersion": self.cluster.kubernetes_version}
        pools = [{to_snake(key): value for key, value in pool.wire().items()} for pool in self.addon_pools]
        given = {to_snake(key): value for key, value in wire.items() if value is not None}
        return {**given, "pools": pools}

    def test_arguments(self, triggers: list[pulumi.Output[str]]) -> Any:
        """The arguments of the test, which runs again when a trigger changes."""
        return {**self.nccl_test, "triggers": triggers}


NO_KUBECONFIG = (
    f"{NAMESPACE}:kubeconfig: Required: missing; the add-ons are installed with it, and a test is run: "
    f'pulumi config set --secret {NAMESPACE}:kubeconfig -- "$(cat kubeconfig)". '
    f"Without add-ons write {NAMESPACE}:addons: {{efa: none, gpu: none}}"
)

NO_GARDEN_KUBECONFIG = (
    f"{NAMESPACE}:gardenKubeconfig: Required: missing; expected the kubeconfig of the API server that holds "
    "the Shoot, because pools of kind gardener are written into it: "
    f'pulumi config set --secret {NAMESPACE}:gardenKubeconfig -- "$(cat garden-kubeconfig)"'
)


def _test_arguments(test: NcclTest | None, addons: Addons, pools: dict[str, Draft]) -> Any:
    if test is None:
        return None
    from .plan.efa_charts import NODE_CLAIM
    from .plan.nccl_test import under_test
    from .plan.pool import plan_pool

    known = under_test(plan_pool(pools[test.pool])).wire()
    if addons.efa == "dra":
        known["efaClaimTemplate"] = NODE_CLAIM
    wire = {**test.wire(), "pool": {to_snake(key): value for key, value in known.items()}}
    return {to_snake(key): value for key, value in wire.items()}


def _raw(config: pulumi.Config) -> dict[str, Any]:
    """What the check looks into, and every other key by name alone: a misspelt one would do nothing."""
    stated = {**pulumi.runtime.get_config_env(), **stored.CONFIG.get()}
    others = {*stated} - {f"{NAMESPACE}:{key}" for key in (*PLAIN_KEYS, *SECRET_KEYS)}
    raw: dict[str, Any] = {key: True for key in sorted(others) if key.startswith(f"{NAMESPACE}:")}
    for key in PLAIN_KEYS:
        text = config.get(key)
        if text is not None:
            try:
                raw[f"{NAMESPACE}:{key}"] = json.loads(text)
            except ValueError:
                raw[f"{NAMESPACE}:{key}"] = text
    return raw


def _wants_cluster(addons: Addons) -> bool:
    return addons.efa != "none" or addons.gpu != "none"


def _message(bad: list[Problem]) -> str:
    count = "1 problem" if len(bad) == 1 else f"{len(bad)} problems"
    return "\n".join(
        [f"{count} in the stack's configuration, nothing was created:", *(f"  {one.line()}" for one in bad)]
    )
