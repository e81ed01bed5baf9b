"""`efa-pools karpenter export`: what it writes is what Karpenter takes; nothing is lost silently."""

import copy
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from efa_pools import catalogue, documents
from efa_pools.cli import main
from efa_pools.karpenter.export import export, only, source, text
from efa_pools.problem import errors
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.karpenter_judge import READ, SCHEMAS, refusals
from tests.oracle import ec2_interfaces as ec2
from tests.pools import changed, valid_pool
from tests.test_any_input import REPRODUCIBLE, mutated

DATA = Path(__file__).parent / "data" / "karpenter"
GOLDEN = ["p5-capacity-block", "p4d-on-demand", "g6e-spot"]
ROLE = {"kind": "eks-managed", "roleArn": "arn:aws:iam::123456789012:role/node"}
GROUPS = ["sg-0abcdef1234567890"]
# The valid pool of the tests, with what Karpenter wants and without what it lacks.
POOL = {key: value for key, value in valid_pool().items() if key != "cpu"} | {"securityGroupIds": GROUPS}


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(["karpenter", "export", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def exported(raw: Any) -> tuple[list[Any], dict[str, str]]:
    """The documents, as a YAML reader sees them, and the problems by field with their severity."""
    made = export(source(raw, {}))
    found = {one.field(): one.severity for one in made.problems}
    return (list(yaml.safe_load_all(text(made))) if made.documents else []), found


def pair(raw: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    written, _ = exported(raw)
    assert [refusals(one) for one in written] == [[], []]
    return written[0]["spec"], written[1]["spec"]


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_files(name: str, capsys) -> None:
    code, out, err = run(capsys, str(DATA / f"{name}.pool.yaml"))
    golden = (DATA / f"{name}.yaml").read_text(encoding="utf-8")
    assert (code, out) == (0, golden)
    assert [refusals(one) for one in yaml.safe_load_all(golden)] == [[], []]
    warned = [
        line.partition(": NotSupported: ")[2] or line.partition(": Invalid: ")[2] for line in err.splitlines()
    ]
    comments = " ".join(line[4:] for line in golden.split("---")[0].splitlines())
    assert warned and all(one in comments for one in warned)


def test_a_capacity_block_by_hand() -> None:
    """Figures and words from EC2's and Karpenter's documents, not from the code."""
    spec, pool = pair(documents.read(str(DATA / "p5-capacity-block.pool.yaml")))
    interfaces = [tuple(one.values()) for one in spec["networkInterfaces"]]
    assert interfaces[:3] == [(0, 0, "interface"), (0, 1, "efa-only"), (1, 0, "efa-only")]
    assert interfaces[-1] == (31, 0, "efa-only") and len(interfaces) == 33
    assert spec["capacityReservationSelectorTerms"] == [{"id": "cr-0e5f60718293a4b5c"}]
    assert "placementGroupSelector" not in spec and spec["role"] == "train-nodes"
    assert spec["amiSelectorTerms"] == [{"alias": "al2023@v20261105"}]
    assert [one["id"] for one in spec["securityGroupSelectorTerms"]] == [
        "sg-0a1b2c3d4e5f60718",
        "sg-0f6b7c8d9e0a1b2c3",
    ]
    assert "vm.nr_hugepages = 6000\n" in spec["userData"] and spec["instanceStorePolicy"] == "RAID0"
    assert spec["tags"] == {"owner": "ml-platform", "efa-pools/pool": "train"}
    assert (pool["replicas"], pool["limits"]) == (8, {"nodes": "8"})
    template = pool["template"]
    wanted = {one["key"]: one["values"] for one in template["spec"]["requirements"]}
    assert wanted == {
        "node.kubernetes.io/instance-type": ["p5.48xlarge"],
        "karpenter.sh/capacity-type": ["reserved"],
        "topology.kubernetes.io/zone": ["us-east-2b"],
        "kubernetes.io/arch": ["amd64"],
    }
    assert template["metadata"]["labels"] == {
        "efa-pools/pool": "train",
        "efa-pools/efa": "true",
        "efa-pools/efa-count": "32",
        "efa-pools/network-cards": "32",
        "efa-pools/capacity-reservation": "cr-0e5f60718293a4b5c",
    }
    assert template["spec"]["taints"] == [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]
    assert template["spec"]["expireAfter"] == "Never"
    disruption = pool["disruption"]
    assert (disruption["consolidationPolicy"], disruption["consolidateAfter"]) == ("WhenEmpty", "Never")


# A change of the valid pool, and what it becomes: a path in the node class (0) or the pool (1), and a value.
BECOMES = {
    "image by id": (
        {"image": {"family": "al2023", "amiId": "ami-0abcdef1234567890"}},
        (0, "amiSelectorTerms", [{"id": "ami-0abcdef1234567890"}]),
    ),
    "group by name": (
        {"placement": {"mode": "existing", "groupName": "rack"}},
        (0, "placementGroupSelector", {"name": "rack"}),
    ),
    "no group": ({"placement": {"mode": "none"}}, (0, "placementGroupSelector", None)),
    "open reservations": (
        {"capacity": {"kind": "open-reservation"}, "placement": None},
        (0, "capacityReservationSelectorTerms", [{"instanceMatchCriteria": "open"}]),
    ),
    "metadata": (
        {"metadata": {"httpTokens": "optional", "hopLimit": 1}},
        (
            0,
            "metadataOptions",
            {"httpEndpoint": "enabled", "httpTokens": "optional", "httpPutResponseHopLimit": 1},
        ),
    ),
    "a fixed pool may surge": ({"size": {"desired": 3}}, (1, "limits", {"nodes": "3"})),
    "launch-first": (
        {"size": {"desired": 3}, "update": {"strategy": "launch-first", "maxUnavailable": 2}},
        (1, "limits", {"nodes": "5"}),
    ),
    "budget": ({"update": {"maxUnavailable": 2}}, (1, "disruption.budgets", [{"nodes": "2"}])),
    "profile by ARN": (
        {
            "nodes": {
                "kind": "self-managed",
                "instanceProfileArn": "arn:aws:iam::123456789012:instance-profile/nodes/p5",
            }
        },
        (0, "instanceProfile", "p5"),
    ),
    "no local disks": (
        {"instanceType": "hpc7a.96xlarge", "networkInterfaces": None},
        (0, "instanceStorePolicy", None),
    ),
    "from zero": ({"size": {"min": 0, "max": 4}}, (1, "disruption.consolidateAfter", "30m")),
    "taints": (
        {"taints": [{"key": "a", "effect": "NoExecute"}]},
        (1, "template.spec.taints", [{"key": "a", "effect": "NoExecute"}]),
    ),
}


@pytest.mark.parametrize("case", BECOMES)
def test_what_a_key_becomes(case: str) -> None:
    changes, (which, path, value) = BECOMES[case]
    here: Any = pair({key: one for key, one in {**POOL, **changes}.items() if one is not None})[which]
    for key in path.split("."):
        here = here.get(key)
    assert here == value


def test_partitions_tenancy_and_capacity_types_become_requirements() -> None:
    kinds = {
        "on-demand": ["on-demand"],
        "spot": ["spot"],
        "open-reservation": ["reserved", "on-demand"],
        "reservation": ["reserved"],
    }
    for kind, values in kinds.items():
        target = {"reservationId": "cr-0123456789abcdef0"} if kind == "reservation" else {}
        group = {
            "mode": "existing",
            "groupId": "pg-0abcdef1234567890",
            "strategy": "partition",
            "partitionNumber": 2,
        }
        made = pair(
            POOL | {"capacity": {"kind": kind, **target}, "placement": group | {"tenancy": "dedicated"}}
        )
        wanted = {one["key"]: one["values"] for one in made[1]["template"]["spec"]["requirements"]}
        assert wanted["karpenter.sh/capacity-type"] == values
        assert wanted["karpenter.k8s.aws/placement-group-partition"] == ["2"]
        assert wanted["karpenter.k8s.aws/instance-tenancy"] == ["dedicated"]


# What Karpenter has no word for: the changes, the field that is named, and whether it is an error.
LACKING: dict[str, tuple[dict[str, Any], str, str]] = {
    "group to create": ({"placement": {"mode": "create"}}, "placement.mode", "error"),
    "own security group": ({"securityGroupIds": None}, "securityGroupIds", "error"),
    "own role": ({"nodes": None}, "nodes.roleArn", "error"),
    "cpu": ({"cpu": {"coreCount": 96, "threadsPerCore": 1}}, "cpu", "error"),
    "efa interfaces": ({"networkInterfaces": None, "layout": "efa-primary"}, "layout", "error"),
    "listed efa": ({"networkInterfaces": [{"type": "efa"}]}, "networkInterfaces", "error"),
    "host": ({"placement": {"mode": "none", "tenancy": "host"}}, "placement.tenancy", "error"),
    "resource group": (
        {
            "capacity": {
                "kind": "reservation",
                "resourceGroupArn": "arn:aws:resource-groups:us-east-2:123456789012:group/x",
            },
            "placement": None,
        },
        "capacity.resourceGroupArn",
        "error",
    ),
    "reservation to make": (
        {"capacity": {"kind": "reservation", "count": 4}, "placement": None},
        "capacity.count",
        "error",
    ),
    "other image": (
        {
            "image": {
                "family": "al2023",
                "releaseVersion": "1.34.2-20261105",
                "amiType": "AL2023_x86_64_STANDARD",
            }
        },
        "image.amiType",
        "error",
    ),
    "ultraservers": (
        {
            "instanceType": "p6e-gb200.36xlarge",
            "networkInterfaces": None,
            "image": {"family": "al2023", "amiId": "ami-0abcdef1234567890"},
            "capacity": {"kind": "capacity-block", "reservationId": "cr-0123456789abcdef0"},
            "placement": None,
        },
        "capacity.end",
        "warning",
    ),
    "label": ({"labels": {"karpenter.sh/x": "y"}}, "labels.karpenter.sh/x", "error"),
    "label without prefix": ({"labels": {"my.karpenter.sh": "y"}}, "labels.my.karpenter.sh", "error"),
    "hostname": ({"labels": {"kubernetes.io/hostname": "y"}}, "labels.kubernetes.io/hostname", "error"),
    "labels": ({"labels": {f"l{number}": "x" for number in range(99)}}, "labels", "error"),
    "tag": ({"tags": {"kubernetes.io/cluster/x": "owned"}}, "tags.kubernetes.io/cluster/x", "error"),
    "volume": ({"rootVolume": {"size": 60000}}, "rootVolume.size", "error"),
    "data volume": (
        {"dataVolumes": [{"name": "a", "size": 10}, {"name": "b", "size": 65536}]},
        "dataVolumes[1].size",
        "error",
    ),
    "subnets": ({"subnetIds": [f"subnet-{number}" for number in range(31)]}, "subnetIds", "error"),
    "description": (
        {"networkInterfaces": [{"description": "x"}]},
        "networkInterfaces[0].description",
        "warning",
    ),
    "minimum": ({"size": {"min": 1, "max": 2}}, "size.min", "warning"),
    "static": ({"size": {"desired": 2}}, "size", "warning"),
    "terminate-first": ({"update": {"strategy": "terminate-first"}}, "update.strategy", "warning"),
    "huge pages": ({"hugePages2Mi": None}, "hugePages2Mi", "warning"),
    "no cluster": ({}, "securityGroupIds", "warning"),
    "from the reservation": (
        {
            "capacity": {"kind": "reservation", "reservationId": "cr-0123456789abcdef0"},
            "placement": {"mode": "from-reservation"},
        },
        "placement.mode",
        "warning",
    ),
    "drain": (
        {
            "capacity": {"kind": "capacity-block", "reservationId": "cr-0123456789abcdef0", "drain": "none"},
            "placement": None,
        },
        "capacity.drain",
        "warning",
    ),
}


@pytest.mark.parametrize("case", LACKING)
def test_what_karpenter_lacks_is_named(case: str) -> None:
    changes, field, severity = LACKING[case]
    written, found = exported({key: one for key, one in {**POOL, **changes}.items() if one is not None})
    assert found.get(field) == severity, found
    assert bool(written) == (severity == "warning") and all(refusals(one) == [] for one in written)


# One interface a card, so the primary one must be of type efa, which Karpenter lacks.
ONLY_EFA = ["hpc6id.32xlarge"]
WITH_CARDS = [name for name in catalogue.names() if getattr(catalogue.get(name), "cards", None)]


@pytest.mark.parametrize("name", [name for name in WITH_CARDS if name not in ONLY_EFA])
def test_every_type_is_what_karpenter_takes(name: str) -> None:
    instance = catalogue.get(name)
    assert instance is not None
    raw = valid_pool(name) | {"networkInterfaces": None, "nodes": ROLE, "securityGroupIds": GROUPS}
    if "capacity-block" in instance.usage_classes and "on-demand" not in instance.usage_classes:
        raw["capacity"] = {"kind": "capacity-block", "reservationId": "cr-0123456789abcdef0"}
    elif instance.architectures:
        raw["image"] = {"family": "al2023", "releaseVersion": "1.34.2-20261105"}
    written = export(source(raw, {})).documents
    assert [refusals(one) for one in written] == [[], []]
    if name in ec2.efa_types():
        assert compatible(ec2.network_info(name), written[0]["spec"]["networkInterfaces"])


@pytest.mark.parametrize("name", ONLY_EFA)
def test_types_without_room_beside_efa_are_refused(name: str) -> None:
    raw = valid_pool(name) | {"networkInterfaces": None, "nodes": ROLE, "securityGroupIds": GROUPS}
    assert exported(raw)[1]["layout"] == "error"


def compatible(network: dict[str, Any], interfaces: list[dict[str, Any]]) -> bool:
    """Whether Karpenter keeps the type: pkg/providers/instancetype/compatibility, networkInterfaceCheck."""
    cards = {card["NetworkCardIndex"]: card for card in network["NetworkCards"]}
    fits = all(
        one["networkCardIndex"] in cards
        and one["deviceIndex"] < cards[one["networkCardIndex"]]["MaximumNetworkInterfaces"]
        for one in interfaces
    )
    efa = sum(one["interfaceType"] == "efa-only" for one in interfaces)
    return fits and efa <= network["EfaInfo"]["MaximumEfaInterfaces"]


RESERVATION = {"reservationId": "cr-0123456789abcdef0"}
CHOICES: dict[str, list[Any]] = {
    "instanceType": ["p5.48xlarge", "p4d.24xlarge", "p6-b300.48xlarge", "c7gn.16xlarge", "trn1.32xlarge"],
    "size": [{"desired": 3}, {"min": 0, "max": 5}, {"min": 2, "desired": 3, "max": 4}],
    "layout": ["recommended", "recommended", "max-ena"],
    "placement": [
        {"mode": "none"},
        {"mode": "none", "tenancy": "dedicated"},
        {"mode": "existing", "groupName": "rack 1"},
        {
            "mode": "existing",
            "groupId": "pg-0abcdef1234567890",
            "strategy": "partition",
            "partitionNumber": 7,
        },
    ],
    "capacity": [
        {"kind": "on-demand"},
        {"kind": "spot"},
        {"kind": "open-reservation"},
        {"kind": "reservation", **RESERVATION},
        {"kind": "capacity-block", **RESERVATION},
    ],
    "image": [
        {"family": "al2023", "releaseVersion": "1.34.2-20261105"},
        {"family": "bottlerocket", "releaseVersion": "1.52.0-3f1a9b2c"},
        {"family": "bottlerocket", "amiId": "ami-0abcdef1234567890"},
    ],
    "hugePages2Mi": [None, 0, 6000],
    "rootVolume": [None, {"size": 1}, {"snapshotId": "snap-0abcdef1234567890", "kmsKeyId": "alias/x"}],
    "dataVolumes": [[], [{"name": "a", "size": 59000, "type": "io2", "iops": 1000, "encrypted": False}]],
    "update": [{}, {"maxUnavailable": 2}, {"strategy": "terminate-first"}],
}
texts = st.text(st.sampled_from("aZ09 +-=._:/@"), max_size=20)
label_values = st.from_regex(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,5}[A-Za-z0-9])?", fullmatch=True) | st.just("")
own = {
    "tags": st.dictionaries(texts.filter(lambda key: key != ""), texts, max_size=3),
    "labels": st.dictionaries(st.sampled_from(["a", "x.io/b", "C_d"]), label_values, max_size=2),
    "taints": st.lists(
        st.fixed_dictionaries({"key": st.just("k"), "effect": st.just("NoSchedule"), "value": label_values}),
        max_size=1,
    ),
}
pools = st.fixed_dictionaries({key: st.sampled_from(values) for key, values in CHOICES.items()} | own)


@settings(REPRODUCIBLE, max_examples=150)
@given(pools | mutated())
def test_any_pool_is_taken_by_karpenter_or_refused_by_us(raw: dict[str, Any]) -> None:
    """Never a traceback, never an object that Karpenter refuses, never text that reads otherwise."""
    fixed = {"cpu", "networkInterfaces"} if "networkInterfaces" not in raw else {"cpu"}
    pool = {key: one for key, one in (POOL | raw).items() if key not in fixed and one is not None}
    made = export(source(pool, {}))
    event("refused" if errors(made.problems) else "written")
    assert bool(made.documents) == (not errors(made.problems))
    assert [refusals(one) for one in made.documents] == [[]] * len(made.documents)
    if made.documents:
        assert list(yaml.safe_load_all(text(made))) == list(made.documents)


def test_texts_survive_every_yaml_reader() -> None:
    values = [
        "1e3",
        "0o7",
        "y",
        "n",
        "on",
        "true",
        "null",
        "~",
        "2026-12-01",
        "x: y",
        "a #b",
        "",
        "-",
        "1_0",
        "/a",
        "=",
        "1:30",
    ]
    tags = {f"t{number}": value for number, value in enumerate(values)} | {"1e3": "x", "y": "x"}
    made = export(
        source(
            POOL | {"tags": {key: value for key, value in tags.items() if "#" not in value and value != "~"}},
            {},
        )
    )
    written = text(made)
    first = written.split("---\n")[1]
    assert documents.parse(first, "ours") == yaml.safe_load(first) == made.documents[0]


def test_one_pool_of_several(capsys, tmp_path) -> None:
    stack = {
        "config": {
            "efa-pools:cluster": {"name": "c", "vpcId": "vpc-1"},
            "efa-pools:pools": [POOL, {"name": "bad"}],
        }
    }
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(yaml.safe_dump(stack))
    code, out, err = run(capsys, str(path))
    assert (code, out) == (1, "") and "config.efa-pools:pools[1].instanceType: Required" in err
    code, out, err = run(capsys, str(path), "--pool", "train")
    assert code == 0 and len(list(yaml.safe_load_all(out))) == 2 and "pools[1]" not in err
    code, out, err = run(capsys, str(path), "--pool", "nope")
    assert (code, out) == (2, "") and "train, bad" in err


def test_a_pool_needs_a_name() -> None:
    _, found = exported({key: value for key, value in POOL.items() if key != "name"})
    assert found["name"] == "error"


def test_gardener_and_other_images_are_refused() -> None:
    _, found = exported(POOL | {"nodes": {"kind": "gardener"}, "subnetIds": None})
    assert found["nodes.kind"] == "error"
    _, found = exported(POOL | {"image": {"family": "custom", "amiId": "ami-0abcdef1234567890"}})
    assert found["image.family"] == "error"


UNUSABLE = ["", "4", "a: [", "{kind: Shoot}", "config: 4", "[]"]


@pytest.mark.parametrize("raw", UNUSABLE)
def test_unusable_input_exits_2(raw: str, capsys, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(raw))
    code, out, err = run(capsys, "-")
    assert (code, out) == (2, "") and err


def test_standard_input(capsys, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(POOL)))
    code, out, _ = run(capsys, "-")
    assert code == 0 and len(list(yaml.safe_load_all(out))) == 2


SPOILT: list[tuple[int, dict[str, Any], str]] = [
    (0, {"networkInterface": []}, "networkInterface"),
    (0, {"networkInterfaces.0.type": "efa"}, "'type' was unexpected"),
    (0, {"networkInterfaces.0.interfaceType": "efa"}, "'efa' is not one of"),
    (0, {"networkInterfaces.1.deviceIndex": 0}, "duplicate"),
    (0, {"networkInterfaces.0.deviceIndex": 5}, "primary"),
    (0, {"instanceProfile": "x"}, "exactly one"),
    (0, {"amiFamily": "Bottlerocket"}, "AL2023 alias"),
    (0, {"blockDeviceMappings.0.ebs.volumeSize": "5"}, "does not match"),
    (0, {"securityGroupSelectorTerms.0.name": "x"}, "mutually exclusive"),
    (0, {"tags.karpenter.sh/nodepool": "x"}, ""),
    (1, {"limits.cpu": "4", "replicas": 2}, "static"),
    (1, {"template.spec.nodeClassRef.name": ""}, "name may not be empty"),
    (1, {"template.spec.requirements.0.values": []}, "value defined"),
    (1, {"disruption.budgets.0.nodes": 1}, "not of type"),
]


@pytest.mark.parametrize(("which", "changes", "said"), SPOILT, ids=[str(case[1]) for case in SPOILT])
def test_the_judge_refuses_what_is_spoilt(which: int, changes: dict[str, Any], said: str) -> None:
    written, _ = exported(POOL)
    spoilt = copy.deepcopy(written[which])
    spoilt["spec"] = changed(spoilt["spec"], changes)
    found = refusals(spoilt)
    assert found and any(said in one for one in found), found


def test_only_names_a_pool() -> None:
    with pytest.raises(KeyError):
        only(source([POOL], {}), "other")


def test_every_reading_belongs_to_a_rule() -> None:
    assert set(READ) <= {rule["message"] for schema in SCHEMAS.values() for rule in rules(schema)}


def rules(schema: Any) -> list[dict[str, str]]:
    below = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    own = schema.get("x-kubernetes-validations", []) if isinstance(schema, dict) else []
    return [*own, *(rule for one in below for rule in rules(one))]
