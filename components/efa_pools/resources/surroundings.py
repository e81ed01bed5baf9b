"""What a launch template refers to: made by the pool, given as literals, or made by other resources."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_aws import ec2

from ..check.arguments import check_facts
from ..plan.pool import PoolPlan
from ..plan.prepare import user_data
from ..plan.prepare.needs import ClusterFacts
from ..problem import to_snake
from .launch_template import Surroundings

FACTS = ("clusterName", "clusterEndpoint", "clusterCertificateAuthority", "clusterServiceCidr")


def surroundings(
    plan: PoolPlan,
    args: Mapping[str, Any],
    own: ec2.SecurityGroup | None,
    group: ec2.PlacementGroup | None,
    profile: dict[str, Any] | None,
    reserved: pulumi.CustomResource | None = None,
) -> Surroundings:
    """Everything that the template names; `reserved` is a reservation that comes with the pool."""
    named = either(args, "capacity_reservation_id", plan.capacity.reservation_id)
    groups: Any = [own.id] if own else args["security_group_ids"]
    cluster_group = args.get("cluster_security_group_id")
    return Surroundings(
        groups=groups,
        addressed_groups=_addressed(groups, own is not None, cluster_group),
        placement_group_id=either(args, "placement_group_id", plan.placement.group_id),
        placement_group_name=group.name if group else plan.placement.group_name,
        reservation_id=reserved.id if reserved else named,
        user_data=_user_data(plan, args),
        image_id=_image(plan, args),
        profile=profile,
    )


def _addressed(groups: Any, made: bool, cluster_group: Any) -> Any:
    """Groups of an interface that has an address: the pool's, and the cluster's so that nodes join."""
    if cluster_group is None:
        return groups
    # A group that we make is never the cluster's, so there is nothing to wait for.
    return [*groups, cluster_group] if made else _with(groups, cluster_group)


def either(args: Mapping[str, Any], argument: str, literal: Any) -> Any:
    """The top-level reference if it was given, else what stands in the pool."""
    given = args.get(argument)
    return literal if given is None else given


def _with(groups: Any, cluster_group: Any) -> Any:
    """The groups and the cluster's, which may be one of them already."""
    known = isinstance(cluster_group, str) and isinstance(groups, (list, tuple))
    if known and all(isinstance(one, str) for one in groups):
        return [*groups] if cluster_group in groups else [*groups, cluster_group]
    both: pulumi.Output[Any] = pulumi.Output.all(groups, cluster_group)
    return both.apply(lambda all: _with(*all))


def _user_data(plan: PoolPlan, args: Mapping[str, Any]) -> pulumi.Input[str] | None:
    needs = plan.needs
    if not needs.joins:
        return _encoded(user_data(needs, None))
    facts: pulumi.Output[Any] = pulumi.Output.all(*(args.get(to_snake(key)) for key in FACTS))

    def told(known: list[Any]) -> str:
        _judge(plan, FACTS, known)
        return _encoded(user_data(needs, ClusterFacts(*known))) or ""

    return facts.apply(told)


def _judge(plan: PoolPlan, keys: Sequence[str], known: Sequence[Any]) -> None:
    """What another resource makes is known only now, and a wrong fact shows as a node that never joins."""
    if found := check_facts(dict(zip(keys, known, strict=True))):
        lines = "".join(f"\n  {one.line(snake=True)}" for one in found)
        raise pulumi.RunError(f"efa-pools pool '{plan.name}': nodes would never join:{lines}")


def _image(plan: PoolPlan, args: Mapping[str, Any]) -> pulumi.Input[str] | None:
    """The given image, or where EC2 finds the pinned release; nothing where EKS does both."""
    if plan.pool.image.ami_id is not None or not plan.self_managed:
        return plan.pool.image.ami_id
    if (known := plan.image_parameter(None)) is not None:
        return f"resolve:ssm:{known}"
    given: Any = args.get("kubernetes_version")
    version: pulumi.Output[Any] = pulumi.Output.from_input(given)

    def found(known: Any) -> str:
        _judge(plan, ("kubernetesVersion",), [known])
        return f"resolve:ssm:{plan.image_parameter(known)}"

    return version.apply(found)


def _encoded(text: str | None) -> str | None:
    return None if text is None else base64.b64encode(text.encode()).decode()
