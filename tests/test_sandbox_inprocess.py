"""A hand-written program on the mock monitor: what comes through, in a preview and afterwards."""

import json
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pulumi
import pytest

from sandbox import account
from sandbox.core import UNKNOWN
from sandbox.core.values import settled
from sandbox.inprocess import Result, run
from sandbox.wire import plain, secrets, wire

with warnings.catch_warnings():
    # The AWS SDK warns of its own deprecated classes while it loads.
    warnings.simplefilter("ignore", DeprecationWarning)
    import pulumi_aws as aws
    import pulumi_kubernetes as kubernetes

    # A module of the SDK loads itself at first use.
    _ = (aws.ec2.LaunchTemplate, aws.eks.NodeGroup, aws.iam.Role, aws.vpc.SecurityGroupIngressRule)
    _ = kubernetes.helm.v3.Release

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
VPC, SUBNET = "vpc-0e7a1c2b3d4f50617", "subnet-0b2c3d4e5f6071829"
CLUSTER_GROUP = "sg-0c1a5e0d2b3f4a596"
TRUST = {
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    ]
}
POLICIES = {
    "worker": "AmazonEKSWorkerNodePolicy",
    "registry": "AmazonEC2ContainerRegistryPullOnly",
    "cni": "AmazonEKS_CNI_Policy",
}


def up(program: Callable[[], None], preview: bool = False, **options: Any) -> Result:
    options = {"config": {}, "store": account.load(at=NOW), **options}
    return run(program, stack="dev", project="efa-pools", preview=preview, **options)


def interfaces(groups: list[Any]) -> list[aws.ec2.LaunchTemplateNetworkInterfaceArgs]:
    layout = [(0, 0, "interface"), (0, 1, "efa-only"), *((card, 0, "efa-only") for card in range(1, 32))]
    return [
        aws.ec2.LaunchTemplateNetworkInterfaceArgs(
            network_card_index=card,
            device_index=device,
            interface_type=type,
            security_groups=groups,
            delete_on_termination="true",
        )
        for card, device, type in layout
    ]


def pool() -> None:
    """What a pool of two p5.48xlarge needs, written by hand."""
    partition = aws.get_partition().partition
    group = aws.ec2.SecurityGroup("train-sg", vpc_id=VPC, tags={"owner": "ml"})
    for name, rule in (
        ("in", aws.vpc.SecurityGroupIngressRule),
        ("out", aws.vpc.SecurityGroupEgressRule),
    ):
        rule(
            f"train-{name}",
            security_group_id=group.id,
            referenced_security_group_id=group.id,
            ip_protocol="-1",
        )
    way_out = aws.vpc.SecurityGroupEgressRule(
        "train-way-out", security_group_id=group.id, cidr_ipv4="0.0.0.0/0", ip_protocol="-1"
    )
    placement = aws.ec2.PlacementGroup("train-pg", strategy="cluster")
    template = aws.ec2.LaunchTemplate(
        "train-lt",
        instance_type="p5.48xlarge",
        placement={"group_name": placement.name},
        network_interfaces=interfaces([group.id, CLUSTER_GROUP]),
        user_data=pulumi.Config().get_secret("userData"),
    )
    role = aws.iam.Role("train-role", assume_role_policy=json.dumps(TRUST))
    attachments = [
        aws.iam.RolePolicyAttachment(
            f"train-{word}", role=role.name, policy_arn=f"arn:{partition}:iam::aws:policy/{policy}"
        )
        for word, policy in POLICIES.items()
    ]
    nodes = aws.eks.NodeGroup(
        "train-nodes",
        cluster_name="efa-dev",
        node_role_arn=role.arn,
        subnet_ids=[SUBNET],
        scaling_config={"min_size": 2, "desired_size": 2, "max_size": 2},
        launch_template={"id": template.id, "version": template.latest_version.apply(str)},
        opts=pulumi.ResourceOptions(
            depends_on=[way_out, *attachments], ignore_changes=["scalingConfig.desiredSize"], protect=True
        ),
    )
    kubernetes.helm.v3.Release("efa", chart="aws-efa-k8s-device-plugin", namespace="kube-system")
    pulumi.export("launchTemplateId", template.id)
    pulumi.export("group", {"name": placement.name, "id": placement.placement_group_id})
    pulumi.export("asg", nodes.resources.apply(lambda found: found[0].autoscaling_groups[0].name))
    pulumi.export("userData", template.user_data)


CONFIG = {
    "config": {"efa-pools:userData": "TUlNRS1WZXJzaW9uOiBtdWx0aXBhcnQvbWl4ZWQ="},
    "secret_keys": ["efa-pools:userData"],
}


def test_a_preview_and_then_an_up_of_the_same_program() -> None:
    store = account.load(at=NOW)
    previewed, made = up(pool, True, store=store, **CONFIG), up(pool, False, store=store, **CONFIG)
    assert previewed.failure is None and made.failure is None
    assert [r.urn for r in previewed.registrations] == [r.urn for r in made.registrations]
    assert len(made.registrations) == 12
    assert all(r.id is UNKNOWN for r in previewed.registrations)
    assert all(isinstance(r.id, str) and settled(r.inputs) for r in made.registrations)


def test_exports_are_plain_values_unknown_in_a_preview() -> None:
    previewed, made = up(pool, True, **CONFIG).outputs, up(pool, **CONFIG).outputs
    assert previewed["launchTemplateId"] is UNKNOWN and previewed["asg"] is UNKNOWN
    assert previewed["group"] == {"name": made["group"]["name"], "id": UNKNOWN}
    assert made["launchTemplateId"].startswith("lt-") and made["group"]["id"].startswith("pg-")
    assert made["asg"].startswith("eks-train-nodes-")
    assert made["userData"] == CONFIG["config"]["efa-pools:userData"]  # type: ignore[index]


def test_inputs_arrive_as_the_core_wants_them() -> None:
    previewed, made = up(pool, True, **CONFIG), up(pool, **CONFIG)
    layout = made.named("train-lt").inputs["networkInterfaces"]
    assert len(layout) == 33
    assert layout[32]["networkCardIndex"] == 31 and type(layout[32]["networkCardIndex"]) is int
    group = made.named("train-sg")
    assert layout[0]["securityGroups"] == [group.id, CLUSTER_GROUP]
    unknown = previewed.named("train-lt").inputs["networkInterfaces"][0]["securityGroups"]
    assert unknown == [UNKNOWN, CLUSTER_GROUP]


def test_secrets_are_unwrapped_for_the_core_and_noted() -> None:
    template = up(pool, **CONFIG).named("train-lt")
    assert template.secrets == {"userData"}
    assert template.inputs["userData"] == CONFIG["config"]["efa-pools:userData"]  # type: ignore[index]


def test_an_output_of_a_secret_input_stays_secret() -> None:
    seen = []

    def program() -> None:
        template = aws.ec2.LaunchTemplate("t", user_data=pulumi.Output.secret("aGk="))
        seen.append(template.user_data)
        pulumi.Output.from_input(template.user_data.is_secret()).apply(seen.append)

    assert up(program).failure is None
    assert seen[1] is True


def test_options_are_recorded() -> None:
    nodes = up(pool, **CONFIG).named("train-nodes")
    assert nodes.ignore_changes == ("scalingConfig.desiredSize",)
    assert nodes.protect and not nodes.retain_on_delete
    before = {"train-cni", "train-lt", "train-registry", "train-role", "train-way-out", "train-worker"}
    assert nodes.depends_on == tuple(sorted(before))
    assert (nodes.parent, nodes.provider, nodes.custom) == ("", "", True)


def test_two_runs_are_the_same() -> None:
    first, second = up(pool, **CONFIG), up(pool, **CONFIG)
    assert first.registrations == second.registrations
    assert list(first.outputs) == list(second.outputs)


class Pool(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("efa-pools:index:Pool", name, {"size": 2}, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.PlacementGroup(f"{name}-pg", strategy="cluster", opts=child)
        self.register_outputs({"group": group.name})


def test_components_pass_through_with_their_children_and_outputs() -> None:
    result = up(lambda: [Pool("a"), Pool("b")] and None)
    component, child = result.named("a"), result.named("a-pg")
    assert (component.custom, component.id, component.inputs) == (False, None, {"size": 2})
    assert component.outputs == {"group": child.outputs["name"]}
    assert (child.parent, component.parent) == ("a", "")
    assert child.urn == (
        "urn:pulumi:dev::efa-pools::efa-pools:index:Pool$aws:ec2/placementGroup:PlacementGroup::a-pg"
    )
    assert [r.name for r in result.of("PlacementGroup")] == ["a-pg", "b-pg"]


def test_an_explicit_provider_is_named() -> None:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        kubernetes.helm.v3.Release("r", chart="c", opts=pulumi.ResourceOptions(provider=provider))

    for preview in (True, False):
        result = up(program, preview)
        assert result.failure is None
        assert result.named("r").provider == "cluster"


def test_what_is_there_already_can_be_read() -> None:
    def program() -> None:
        found = aws.ec2.PlacementGroup.get("found", "p5-train")
        pulumi.export("strategy", found.strategy)

    assert up(program).outputs == {"strategy": "cluster"}


def test_a_resource_that_is_not_there_cannot_be_read() -> None:
    failure = up(lambda: aws.ec2.PlacementGroup.get("found", "nowhere") and None).failure
    assert failure is not None and failure.startswith(
        "found (aws:ec2/placementGroup:PlacementGroup): NotFound:"
    )


# -- what goes wrong


def test_a_refusal_is_one_line_with_name_code_and_message() -> None:
    result = up(lambda: aws.ec2.PlacementGroup("train-pg", strategy="cluster", name="p5-train") and None)
    assert result.failure == (
        "train-pg (aws:ec2/placementGroup:PlacementGroup): InvalidPlacementGroup.Duplicate: "
        "The placement group 'p5-train' already exists."
    )
    assert result.registrations == []


def test_everything_refused_is_said_and_what_needs_it_is_not_made() -> None:
    def program() -> None:
        bad = aws.ec2.PlacementGroup("bad", strategy="clustre")
        aws.ec2.SecurityGroup("lost", vpc_id="vpc-0")
        aws.ec2.LaunchTemplate("needs-bad", placement={"group_name": bad.name})
        aws.ec2.PlacementGroup("good", strategy="spread")

    result = up(program)
    assert result.failure is not None
    lines = sorted(result.failure.splitlines())
    assert [line.split()[0] for line in lines] == ["bad", "lost"]
    assert "'clustre' is not one of cluster" in lines[0] and "InvalidVpcID.NotFound" in lines[1]
    assert [r.name for r in result.registrations] == ["good"]


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(
    ("card", "device", "type", "words"),
    [
        (32, 0, "efa-only", "Network card index '32'"),
        (1, 2, "efa-only", "The specified number '2' for the device index"),
        (31, 1, "efa-only", "only one EFA for each network card"),
        (1, 1, "efa-nope", "'efa-nope' is not one of"),
        (-99, 0, "efa-only", "-99 is below the minimum 0"),
    ],
)
def test_a_wrong_interface_fails_in_the_preview_already(
    preview: bool, card: int, device: int, type: str, words: str
) -> None:
    def program() -> None:
        wrong = aws.ec2.LaunchTemplateNetworkInterfaceArgs(
            network_card_index=card, device_index=device, interface_type=type
        )
        layout = [*interfaces([CLUSTER_GROUP]), wrong]
        aws.ec2.LaunchTemplate("t", instance_type="p5.48xlarge", network_interfaces=layout)

    failure = up(program, preview).failure
    assert failure is not None and failure.startswith("t (aws:ec2/launchTemplate:LaunchTemplate): ")
    assert words in failure


def test_a_type_the_sandbox_does_not_model_is_an_error() -> None:
    failure = up(lambda: pulumi.CustomResource("aws:s3/bucket:Bucket", "b", {}) and None).failure
    assert failure is not None and "does not model the resource type aws:s3/bucket:Bucket" in failure


def test_a_function_the_sandbox_does_not_model_is_an_error() -> None:
    failure = up(lambda: aws.get_caller_identity() and None).failure
    assert failure is not None and failure.startswith(
        "aws:index/getCallerIdentity:getCallerIdentity: UnknownFunction"
    )


def test_a_run_error_of_the_program_is_its_message() -> None:
    def program() -> None:
        raise pulumi.RunError("pools[0].size: 3 is above max 2")

    assert up(program).failure == "pools[0].size: 3 is above max 2"


def test_any_other_exception_of_the_program_is_raised() -> None:
    def program() -> None:
        aws.ec2.PlacementGroup("a", strategy="cluster").name.apply(lambda name: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        up(program)
    assert up(pool, **CONFIG).failure is None


def test_log_messages_and_config_come_through_and_do_not_leak_into_the_next_run() -> None:
    def program() -> None:
        pulumi.log.warn(f"{pulumi.get_stack()} {pulumi.get_project()} {pulumi.Config().get('x')}")

    assert up(program, config={"efa-pools:x": "1"}).messages == [("warning", "dev efa-pools 1")]
    assert up(program).messages == [("warning", "dev efa-pools None")]


# -- the wire


def test_values_survive_the_wire() -> None:
    values = {
        "int": 33,
        "float": 0.5,
        "bool": True,
        "none": None,
        "unknown": UNKNOWN,
        "list": [1, {"a": UNKNOWN}],
    }
    assert plain(wire(values)) == {key: value for key, value in values.items() if key != "none"}
    struct = wire({"open": "a", "hidden": {"b": UNKNOWN}}, frozenset({"hidden"}))
    assert (plain(struct), secrets(struct)) == ({"hidden": {"b": UNKNOWN}, "open": "a"}, {"hidden"})
