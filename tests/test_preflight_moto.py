"""The preflight command against moto's server on loopback, for the calls that moto has.

It has instance type offerings, subnets, instances, security groups, images, clusters, node groups and
identities. Reservations, placement groups, quotas and add-ons it lacks: what asks for them is `unknown` here,
which shows what a missing answer becomes. `test_preflight.py` has those, stubbed.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from efa_pools.cli import main
from moto.server import ThreadedMotoServer

from tests.live.accounts import REGION, clean_environment

UBUNTU = "ami-1e749f67"  # one of moto's own images, for x86_64
IMAGE = {"family": "al2023", "releaseVersion": "1.34.2-20261105"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class World:
    """An account in moto, and a stack file that fits it."""

    def __init__(self, endpoint: str) -> None:
        def client(service: str) -> Any:
            return boto3.client(service, endpoint_url=endpoint, region_name=REGION)

        self.ec2, self.eks = client("ec2"), client("eks")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self._subnet("10.40.0.0/20", "us-east-2b")
        group = self.ec2.create_security_group(GroupName="efa", Description="efa", VpcId=self.vpc)
        self.group = str(group["GroupId"])
        role = "arn:aws:iam::123456789012:role/cluster"
        self.cluster = f"efa-{self.vpc}"
        self.eks.create_cluster(
            name=self.cluster, version="1.34", roleArn=role, resourcesVpcConfig={"subnetIds": [self.subnet]}
        )

    def _subnet(self, block: str, zone: str) -> str:
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=block, AvailabilityZone=zone)
        return str(made["Subnet"]["SubnetId"])

    def self_rules(self) -> None:
        rule = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": self.group}]}]
        self.ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=rule)
        self.ec2.authorize_security_group_egress(GroupId=self.group, IpPermissions=rule)

    def config(self, **pool: Any) -> dict[str, Any]:
        train = {
            "name": "train",
            "instanceType": "p5.48xlarge",
            "size": {"desired": 2},
            "subnetIds": [self.subnet],
            "availabilityZones": ["us-east-2b"],
            "layoutVersion": 1,
            "image": IMAGE,
            **pool,
        }
        return {
            "aws:region": REGION,
            "efa-pools:cluster": {"name": self.cluster, "vpcId": self.vpc, "kubernetesVersion": "1.34"},
            "efa-pools:pools": [train],
        }


@pytest.fixture
def world(endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    clean_environment(monkeypatch, endpoint)
    monkeypatch.chdir(tmp_path)
    return World(endpoint)


def preflight(capsys: Any, config: dict[str, Any], *arguments: str) -> tuple[int, str, str]:
    project = {"name": "efa-pools", "runtime": "python"}
    for name, content in (("Pulumi.yaml", project), ("Pulumi.dev.yaml", {"config": config})):
        Path(name).write_text(yaml.safe_dump(content), encoding="utf-8")
    code = main(["preflight", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def statuses(capsys: Any, config: dict[str, Any]) -> tuple[int, dict[str, str], dict[str, dict[str, Any]]]:
    code, out, err = preflight(capsys, config, "--json")
    document = json.loads(out)
    assert err == "" and set(document) == {"stack", "checks"} and document["stack"] == "dev"
    checks = {one["check"]: one for one in document["checks"]}
    assert all(set(one) == {"pool", "check", "status", "found", "expected", "fix"} for one in checks.values())
    return code, {name: one["status"] for name, one in checks.items()}, checks


def test_a_stack_that_fits(world: World, capsys: Any) -> None:
    world.self_rules()
    code, found, checks = statuses(capsys, world.config(securityGroupIds=[world.group]))
    assert code == 1 and checks["image"]["status"] == "fail", "moto has no parameters of EKS's images"
    assert found == {
        "cluster-status": "pass",
        "cluster-version": "pass",
        "cluster-network": "pass",
        "cluster-cni": "unknown",  # moto has no add-ons
        "cluster-node-groups": "unknown",  # nor quotas of EKS and EC2
        "node-group-size": "unknown",
        "vcpu-quota": "unknown",
        "type-offered": "pass",
        "subnet-zone": "pass",
        "subnet-network": "pass",
        "subnet-public-ip": "pass",
        "subnet-addresses": "pass",
        "security-group-rules": "pass",
        "security-group-network": "pass",
        "image": "fail",
    }


def test_a_stack_that_does_not_fit(world: World, capsys: Any) -> None:
    small = world._subnet("10.40.16.0/28", "us-east-2a")
    world.ec2.modify_subnet_attribute(SubnetId=small, MapPublicIpOnLaunch={"Value": True})
    config = world.config(subnetIds=[small], securityGroupIds=[world.group])
    config["efa-pools:cluster"]["kubernetesVersion"] = "1.33"
    config["efa-pools:pools"][0]["image"] = {**IMAGE, "releaseVersion": "1.33.1-20261105"}
    code, found, checks = statuses(capsys, config)
    failed = {name for name, status in found.items() if status == "fail"}
    assert code == 1 and failed == {
        *("cluster-version", "subnet-zone", "subnet-public-ip", "subnet-addresses"),
        *("security-group-rules", "image"),
    }
    assert "11 free" in checks["subnet-addresses"]["found"]
    assert "100 more at the desired size" in checks["subnet-addresses"]["expected"]
    assert world.group in checks["security-group-rules"]["fix"]


def test_an_image_by_id(world: World, capsys: Any) -> None:
    config = world.config(image={"family": "al2023", "amiId": UBUNTU})
    real = world.eks.describe_cluster(name=world.cluster)["cluster"]
    config["efa-pools:cluster"] |= {
        "endpoint": real["endpoint"],
        "certificateAuthority": real["certificateAuthority"]["data"],
        "serviceCidr": real["kubernetesNetworkConfig"]["serviceIpv4Cidr"],
    }
    code, found, _ = statuses(capsys, config)
    assert (code, found["image"]) == (0, "pass"), "warnings and unknown answers are no failure"
    assert found["cluster-joining"] == "pass"
    config["efa-pools:cluster"]["endpoint"] = "https://cluster.invalid"
    assert statuses(capsys, config)[1]["cluster-joining"] == "fail"
    config["efa-pools:pools"][0]["image"]["amiId"] = "ami-0123456789abcdef0"
    assert statuses(capsys, config)[1]["image"] == "fail"


def test_what_does_not_exist(world: World, capsys: Any) -> None:
    config = world.config(subnetIds=["subnet-0123456789abcdef0"])
    config["efa-pools:cluster"]["name"] = "nobody"
    code, found, checks = statuses(capsys, config)
    assert code == 1 and (found["cluster-status"], found["subnet-zone"]) == ("fail", "fail")
    assert found["subnet-addresses"] == found["cluster-version"] == "unknown"
    assert "see the check that fails" in checks["cluster-version"]["fix"]


def test_running_nodes_of_the_pool_are_counted(world: World, capsys: Any) -> None:
    small = world._subnet("10.40.32.0/26", "us-east-2b")  # 59 addresses, one node takes 50
    config = world.config(subnetIds=[small])
    assert statuses(capsys, config)[1]["subnet-addresses"] == "fail"
    tags = [{"Key": "efa-pools/pool", "Value": "train"}, {"Key": "efa-pools/stack", "Value": "efa-pools/dev"}]
    world.ec2.run_instances(
        ImageId=UBUNTU,
        InstanceType="p5.48xlarge",
        MinCount=1,
        MaxCount=1,
        SubnetId=small,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )
    _, found, checks = statuses(capsys, config)
    assert found["subnet-addresses"] == "pass" and "50 more" in checks["subnet-addresses"]["expected"]


def test_moto_lacks_reservations_and_placement_groups(world: World, capsys: Any) -> None:
    block = {"kind": "capacity-block", "reservationId": "cr-0abcdef1234567890", "count": 2}
    placed = {"mode": "existing", "groupName": "p5"}
    _, found, checks = statuses(capsys, world.config(capacity=block, placement=placed))
    lacking = {name for name in found if name.startswith(("reservation-", "placement-"))}
    assert {found[name] for name in lacking} == {"unknown"} and len(lacking) == 6
    assert "DescribeCapacityReservations" in checks["reservation-state"]["found"]


def test_the_table(world: World, capsys: Any) -> None:
    code, out, err = preflight(capsys, world.config())
    assert code == 1 and "stack dev against account 123456789012 in us-east-2" in err
    lines = out.splitlines()
    assert any(line.startswith("pass     train  type-offered") for line in lines)
    assert any(line.strip().startswith("fix: pin a release that exists") for line in lines)
    assert lines[-1].count(",") == 3 and "failed" in lines[-1]


def test_a_configuration_with_errors_asks_nobody(world: World, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    code, out, _ = preflight(capsys, world.config(size={"desired": -1}, colour="red"), "--json")
    checks = json.loads(out)["checks"]
    assert code == 1 and {one["check"] for one in checks} == {"configuration"} and len(checks) == 2
    assert "efa-pools:pools[0].colour" in checks[0]["found"] + checks[1]["found"]


def test_unusable(world: World, capsys: Any, monkeypatch: Any) -> None:
    config = world.config()
    assert preflight(capsys, config, "--stack", "nope")[:2] == (2, "")
    monkeypatch.setenv("EFA_POOLS_NOW", "soon")
    code, out, err = preflight(capsys, config)
    assert (code, out) == (2, "") and "EFA_POOLS_NOW" in err
    monkeypatch.delenv("EFA_POOLS_NOW")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    code, out, err = preflight(capsys, config)
    assert (code, out) == (2, "") and "sts:GetCallerIdentity" in err
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    code, out, err = preflight(capsys, config, "--json")
    assert (code, out) == (2, "") and "credentials" in err
