"""The whole program, on the sandbox: every stack file comes up, and a wrong one registers nothing."""

import base64
import json
import os
import subprocess
import sys
from typing import Any

import pytest
from efa_pools.stackfile import project_defaults, read_stack

from sandbox.core.values import UNKNOWN
from tests.stacks import CLUSTER_FACTS, ROOT, run_stack

STACKS = sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml"))


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_file_comes_up(stack: str, preview: bool) -> None:
    result = run_stack(stack, preview=preview)
    names = [pool["name"] for pool in read_stack(ROOT, stack)["efa-pools:pools"]]
    assert result.failure is None and set(result.outputs["pools"]) == set(names)
    for name in names:
        out = result.outputs["pools"][name]
        assert (out.get("launchTemplateId", out["placementGroupId"]) is UNKNOWN) is preview
    assert len(result.of("Release")) == 2 and {one.provider for one in result.of("Release")} == {"cluster"}


def test_dev_is_the_reference_validation() -> None:
    result = run_stack("dev")
    pool = result.outputs["pools"]["validation"]
    assert (pool["interfacesPerNode"], pool["efaPerNode"], pool["bandwidthGbpsPerNode"]) == (5, 4, 400)
    assert result.named("validation-nodes").inputs["scalingConfig"]["desiredSize"] == 2
    assert result.named("validation-pg").inputs["strategy"] == "cluster"


def test_prod_is_the_articles_pool_and_a_reserved_one() -> None:
    result = run_stack("prod")
    train, research = result.named("train-lt").inputs, result.named("research-lt").inputs
    assert len(train["networkInterfaces"]) == 33 and train["placement"] == {"groupId": "pg-0d4e5f60718293a4b"}
    assert train["instanceMarketOptions"] == {"marketType": "capacity-block"}
    assert train["tagSpecifications"][0]["tags"]["owner"] == "ml-platform"
    target = research["capacityReservationSpecification"]["capacityReservationTarget"]
    assert (
        target == {"capacityReservationId": "cr-0f60718293a4b5c6d"}
        and len(research["networkInterfaces"]) == 17
    )
    assert not result.of("PlacementGroup")


def test_the_kubeconfig_goes_to_the_clusters_provider_and_nowhere_else() -> None:
    """User data can be read by any pod that reaches the metadata service."""

    def change(config: dict[str, Any]) -> None:
        config["efa-pools:kubeconfig"] = "apiVersion: v1\ntoken: not-for-nodes"
        pool = {**config["efa-pools:pools"][0], "name": "other", "nodes": {"kind": "self-managed"}}
        config["efa-pools:cluster"] |= {
            "endpoint": CLUSTER_FACTS["cluster_endpoint"],
            "certificateAuthority": CLUSTER_FACTS["cluster_certificate_authority"],
            "serviceCidr": CLUSTER_FACTS["cluster_service_cidr"],
        }
        config["efa-pools:pools"] = [*config["efa-pools:pools"], pool]

    result = run_stack("dev", change=change)
    assert result.failure is None
    texts = {one.name: json.dumps(one.inputs, default=repr) for one in result.registrations}
    for template in result.of("LaunchTemplate"):
        texts[template.name] += base64.b64decode(template.inputs["userData"]).decode()
    assert {name for name, text in texts.items() if "not-for-nodes" in text} == {"cluster"}


def test_kubeconfig_stays_a_secret() -> None:
    provider = run_stack("dev").named("cluster")
    assert "kubeconfig" in provider.secrets


WRONG: dict[str, tuple[Any, str]] = {
    "two zones": (
        lambda pool: pool.update(availabilityZones=["us-east-2a", "us-east-2b"]),
        "efa-pools:pools[0].availabilityZones: Invalid: us-east-2a, us-east-2b: expected one zone",
    ),
    "unknown type": (lambda pool: pool.update(instanceType="p5.48xlrge"), "nearest: p5.48xlarge"),
    "block without id": (
        lambda pool: pool.update(capacity={"kind": "capacity-block"}, placement={"mode": "none"}),
        "efa-pools:pools[0].capacity.reservationId: Required",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_configuration_registers_nothing(case: str) -> None:
    change, said = WRONG[case]
    result = run_stack("dev", change=lambda config: change(config["efa-pools:pools"][0]))
    assert result.registrations == [] and said in (result.failure or "")


def test_every_problem_of_every_pool_at_once() -> None:
    def change(config: dict[str, Any]) -> None:
        first, second = config["efa-pools:pools"]
        first["size"], second["colour"] = {"min": 3, "max": 1}, "red"
        config["efa-pools:cluster"].pop("vpcId")

    failure = run_stack("prod", change=change).failure or ""
    for field in ("efa-pools:pools[0].size.max", "efa-pools:pools[1].colour", "efa-pools:cluster.vpcId"):
        assert field in failure
    assert "3 problems" in failure


def test_addons_need_a_kubeconfig() -> None:
    result = run_stack("dev", change=lambda config: config.update({"efa-pools:kubeconfig": None}))
    assert result.registrations == [] and "pulumi config set --secret" in (result.failure or "")


def test_no_addons_no_cluster_provider() -> None:
    def change(config: dict[str, Any]) -> None:
        config["efa-pools:addons"] = {"efa": "none", "gpu": "none"}
        del config["efa-pools:ncclTest"]

    result = run_stack("dev", change=change)
    assert result.failure is None and not result.of("Release")


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("subnetIds", ["subnet-0ffffffffffffffff"], "InvalidSubnetID.NotFound"),
        ("placement", {"groupId": "pg-0ffffffffffffffff"}, "InvalidPlacementGroup.Unknown"),
        (
            "capacity",
            {"kind": "capacity-block", "reservationId": "cr-0ffffffffffffffff"},
            "InvalidCapacityReservationId.NotFound",
        ),
    ],
)
def test_what_the_account_lacks_is_refused(key: str, value: Any, code: str) -> None:
    def change(config: dict[str, Any]) -> None:
        pool = config["efa-pools:pools"][0]
        pool[key] = value
        if key == "capacity":
            pool["placement"] = {"mode": "none"}

    assert code in (run_stack("dev", change=change).failure or "")


def test_project_declares_what_every_stack_has() -> None:
    # The engine demands a value for every key declared without a default, so optional ones are not declared.
    assert set(project_yaml()["config"]) == {"efa-pools:pools", "efa-pools:addons"}
    assert set(project_defaults(ROOT) or {}) == {"efa-pools:addons"}


def project_yaml() -> Any:
    from efa_pools.documents import read

    return read(str(ROOT / "Pulumi.yaml"))


def sandbox(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", "--in-process", *arguments],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_command_ends_with_the_plan_and_says_what_it_was() -> None:
    done = sandbox("up", "--stack", "dev")
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and done.stderr == ""
    assert "up: 19 resources" in lines and any("2 x p4d.24xlarge" in line for line in lines)
    assert "no Pulumi engine" in lines[-2] and "pulumi up -s dev" in lines[-1]
    assert "make up INSTALL=1" in lines[-1]
    assert "\x1b" not in done.stdout


def test_commands_of_other_kinds() -> None:
    assert "nothing" in sandbox("down").stdout.lower()
    assert "up: 19" not in sandbox("preview").stdout
    unknown = sandbox("up", "--stack", "nope")
    assert unknown.returncode == 2 and "stacks here: dev" in unknown.stderr


def test_hostile_environment_is_not_read() -> None:
    hostile = {
        "AWS_PROFILE": "nope",
        "AWS_REGION": "mars-1",
        "AWS_ACCESS_KEY_ID": "x",
        "KUBECONFIG": "/nonexistent",
        "PULUMI_BACKEND_URL": "https://example.invalid",
        "PULUMI_CONFIG": "{}",
    }
    plain, changed = sandbox("up"), sandbox("up", **hostile)
    assert changed.returncode == 0 and changed.stdout == plain.stdout


def test_misspelt_keys_are_refused_and_their_values_not_shown() -> None:
    def change(config: dict[str, Any]) -> None:
        config["efa-pools:tagz"], config["efa-pools:gardenKubeconfg"] = {"owner": "ml"}, "a secret thing"
        config["aws:defaultTags"] = {}

    result = run_stack("dev", change=change)
    failure = result.failure or ""
    assert result.registrations == []
    assert "efa-pools:tagz: Forbidden: unknown key; did you mean 'tags'" in failure
    assert "efa-pools:gardenKubeconfg: Forbidden: unknown key; did you mean 'gardenKubeconfig'" in failure
    assert "2 problems" in failure and "secret thing" not in failure


def test_garden_credentials_without_a_worker_are_named() -> None:
    from efa_pools.check.stack import check_stack
    from efa_pools.stackfile import read_stack

    def told(stack: str) -> list[str]:
        config = {**read_stack(ROOT, stack), "efa-pools:gardenKubeconfig": {"secure": "v1:x"}}
        return [one.line() for one in check_stack(config).problems if "gardenKubeconfig" in one.line()]

    assert told("gardener") == []
    assert told("dev") == [
        "efa-pools:gardenKubeconfig: Invalid: no pool of kind gardener: expected no such key, because "
        "nothing uses it"
    ]
