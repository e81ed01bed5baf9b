"""What nodes are told at boot, judged by the schemas of those who read it.

The schemas under tests/data are facts of nodeadm, kubelet, Bottlerocket and cloud-init, each with its source.
"""

import base64
import email
import json
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from efa_pools import catalogue, layouts
from efa_pools.check.pool import check_pool
from efa_pools.labels import LABEL_KEY, LABEL_VALUE
from efa_pools.plan import addresses
from efa_pools.plan.decisions import decisions
from efa_pools.plan.pool import PoolPlan, plan_pool
from efa_pools.plan.prepare import RENDERERS, USER_DATA_LIMIT, user_data
from efa_pools.plan.prepare.needs import ClusterFacts
from efa_pools.problem import errors
from efa_pools.rules.preparation import LONGEST
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pools import ABSENT, changed, valid_pool
from tests.stacks import run_pool

DATA = Path(__file__).parent / "data"
GOLDEN = DATA / "user_data"
FACTS = ClusterFacts(
    "efa-dev", "https://0123456789ABCDEF.gr7.us-east-2.eks.amazonaws.com", "Q0E=", "172.20.0.0/16"
)
AMI = "ami-0abcdef1234567890"
DEBIAN_SCHEMA = Path("/usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json")

IMAGES: dict[str, dict[str, Any]] = {
    "al2023": {"family": "al2023", "releaseVersion": "1.34.2-20261105"},
    "al2023-by-id": {"family": "al2023", "amiId": AMI},
    "bottlerocket": {"family": "bottlerocket", "releaseVersion": "1.60.0-3f1a9b2c"},
    "bottlerocket-by-id": {"family": "bottlerocket", "amiId": AMI},
    "garden-linux": {"family": "garden-linux", "amiId": AMI, "releaseVersion": "2150.0.0"},
    "custom": {"family": "custom", "amiId": AMI},
}


def data(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def plan(image: str = "al2023", **changes: Any) -> PoolPlan:
    base = changed(valid_pool(), {"image": IMAGES[image], "hugePages2Mi": ABSENT})
    checked = check_pool(changed(base, changes))
    assert errors(checked.problems) == []
    return plan_pool(checked.draft)


def told(made: PoolPlan, facts: ClusterFacts = FACTS) -> str:
    text = user_data(made.needs, facts if made.needs.joins else None)
    assert text is not None
    return text


def parts(text: str) -> dict[str, str]:
    """The parts of a MIME archive by content type, read by the standard library."""
    message = email.message_from_string(text)
    assert message.is_multipart() and not message.defects
    return {part.get_content_type(): str(part.get_payload()) for part in message.get_payload()}  # type: ignore


def node_config(text: str) -> Any:
    return yaml.safe_load(parts(text)["application/node.eks.aws"])


@pytest.mark.parametrize("image", IMAGES)
def test_golden(image: str) -> None:
    """The whole text as a reviewer sees it: a change here replaces nodes."""
    assert told(plan(image)) == (GOLDEN / f"{image}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("image", ["al2023", "al2023-by-id"])
def test_node_config_fits_nodeadms_schema(image: str) -> None:
    facts, config = data("nodeadm_nodeconfig"), node_config(told(plan(image)))
    jsonschema.Draft7Validator(facts["schema"]).validate(config)
    assert (config["apiVersion"], config["kind"]) == (facts["apiVersion"], facts["kind"])
    assert set(config["spec"]["kubelet"]["config"]) <= set(data("kubelet_configuration")["fields"])


def test_the_schema_copy_refuses_what_nodeadm_does_not_know() -> None:
    validator = jsonschema.Draft7Validator(data("nodeadm_nodeconfig")["schema"])
    for wrong in (
        {"spec": {"instance": {"localStorage": {"strategy": "raid0"}}}},
        {"spec": {"kubelet": {"maxPods": 51}}},
        {"spec": {"cluster": {"endpoint": "https://x"}}},
    ):
        assert not validator.is_valid(wrong)


@pytest.mark.parametrize("image", ["bottlerocket", "bottlerocket-by-id"])
def test_bottlerocket_settings_are_known(image: str) -> None:
    known, read = data("bottlerocket_settings"), tomllib.loads(told(plan(image, hugePages2Mi=1024)))
    assert set(read) == {"settings"} and set(read["settings"]) <= set(known["settings"])
    commands = read["settings"].pop("bootstrap-commands")
    for name, table in read["settings"].items():
        assert set(table) <= set(known["settings"][name])
    assert set(commands) == {"efa-pools-storage"}
    assert set(commands["efa-pools-storage"]) == set(known["settings"]["bootstrap-commands"])
    assert commands["efa-pools-storage"]["mode"] in known["bootstrapCommandModes"]


@pytest.mark.parametrize("image", ["garden-linux", "custom"])
def test_cloud_config_fits_cloud_inits_schema(image: str) -> None:
    text = told(plan(image))
    assert text.startswith("#cloud-config\n")
    jsonschema.Draft7Validator(data("cloud_config")["schema"]).validate(yaml.safe_load(text))


@pytest.mark.skipif(not DEBIAN_SCHEMA.exists(), reason="needs the cloud-init package of Debian or Ubuntu")
def test_cloud_config_fits_the_whole_schema_of_the_installed_cloud_init() -> None:
    schema = json.loads(DEBIAN_SCHEMA.read_text(encoding="utf-8"))
    for image in ("garden-linux", "custom"):
        jsonschema.validators.validator_for(schema)(schema).validate(yaml.safe_load(told(plan(image))))


def test_shell_parts_are_shell() -> None:
    shell = shutil.which("sh")
    assert shell
    jumbo = yaml.safe_load(told(plan("garden-linux")))["bootcmd"][0]
    scripts = [parts(told(plan("al2023-by-id")))["text/x-shellscript"], jumbo[2]]
    for script in scripts:
        done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_limit_on_locked_memory_wins_over_garden_linuxs() -> None:
    paths = [one["path"] for one in yaml.safe_load(told(plan("garden-linux")))["write_files"]]
    (drop_in,) = (one.rpartition("/")[2] for one in paths if "containerd.service.d" in one)
    assert max(drop_in, "override.conf") == drop_in


def test_no_family_is_forgotten() -> None:
    from efa_pools.images import FAMILIES

    assert set(RENDERERS) == set(FAMILIES) == {image["family"] for image in IMAGES.values()}


# By hand from the EC2 table: (interfaces of card 0 - efa-only there) * (addresses an interface - 1) + 2, and
# EKS's cap of 250 from 30 vCPUs. nodeadm and EKS have 100 for p5.48xlarge, as if both places had addresses.
PODS = [
    ("p5.48xlarge", "recommended", 51),
    ("p5.48xlarge", "efa-primary", 100),
    ("p5en.48xlarge", "recommended", 149),
    ("p6-b300.48xlarge", "recommended", 198),
    ("p4d.24xlarge", "recommended", 250),
    ("hpc6id.32xlarge", "recommended", 51),
    ("hpc7g.4xlarge", "recommended", 110),
]


@pytest.mark.parametrize(("name", "preset", "pods"), PODS)
def test_maximum_pods(name: str, preset: str, pods: int) -> None:
    instance = catalogue.get(name)
    assert instance is not None
    assert addresses.maximum_pods(instance, layouts.interfaces(instance, preset)) == pods


def test_pods_are_those_of_the_vpc_cnis_own_table() -> None:
    table = json.loads((DATA / "vpc_cni_cards.json").read_text(encoding="utf-8"))["types"]
    for name, row in table.items():
        instance = catalogue.get(name)
        if instance is None or not instance.vcpus or instance.disputed:
            continue
        made = layouts.interfaces(instance, "recommended")
        lost = sum((one.network_card_index, one.type) == (0, "efa-only") for one in made)
        count = (row["cards"][0][1] - lost) * (row["ipv4PerInterface"] - 1) + 2
        assert addresses.maximum_pods(instance, made) == min(count, 110 if instance.vcpus < 30 else 250), name


def test_pods_reach_kubelet_past_ekss_own_part() -> None:
    kubelet = node_config(told(plan("al2023")))["spec"]["kubelet"]
    assert kubelet == {"config": {"maxPods": 51}, "flags": ["--max-pods=51"]}


HUGE_PAGES = [
    ("al2023", None, None),
    ("al2023", 0, 0),
    ("al2023", 1024, 1024),
    ("al2023-by-id", None, 5128),
    ("bottlerocket", None, None),
    ("bottlerocket", 0, 0),
    ("garden-linux", None, 5128),
    ("custom", 7, 7),
]


@pytest.mark.parametrize(("image", "stated", "pages"), HUGE_PAGES)
def test_huge_pages(image: str, stated: int | None, pages: int | None) -> None:
    made = plan(image, **({} if stated is None else {"hugePages2Mi": stated}))
    text = told(made)
    assert made.needs.huge_pages == pages
    assert ("nr_hugepages" in text) is (pages is not None)
    if pages is not None:
        assert (
            f"nr_hugepages = {pages}\n" in text or f'nr_hugepages" = "{pages}"' in text or str(pages) in text
        )


def test_an_image_without_the_accelerators_drivers_reserves_no_pages_by_itself() -> None:
    made = plan(**{"image.amiType": "AL2023_x86_64_STANDARD"})
    assert made.needs.huge_pages == 5128 and "vm.nr_hugepages = 5128\n" in told(made)


def test_nodes_without_efa_are_left_as_they_are() -> None:
    made = plan(networkInterfaces=[{"networkCardIndex": 0}])
    assert set(parts(told(made))) == {"application/node.eks.aws"} and made.huge_pages is None


def test_no_pages_are_none_and_not_zero() -> None:
    assert plan(hugePages2Mi=0).huge_pages is None


def test_bottlerockets_own_key_is_set_so_that_it_does_not_set_it_itself() -> None:
    read = tomllib.loads(told(plan("bottlerocket", hugePages2Mi=0)))
    assert read["settings"]["kernel"]["sysctl"] == {"vm/nr_hugepages": "0"}


def test_disks_only_where_the_type_has_them() -> None:
    preset = {"networkInterfaces": ABSENT, "layoutVersion": 1, "cpu": ABSENT}
    without = plan("al2023", instanceType="hpc7g.4xlarge", taints=ABSENT, **preset)
    assert "instance" not in node_config(told(without))["spec"]
    assert node_config(told(plan()))["spec"]["instance"] == {"localStorage": {"strategy": "RAID0"}}


def test_bottlerocket_lets_pods_own_neuron_devices() -> None:
    preset = {"networkInterfaces": ABSENT, "layoutVersion": 1, "cpu": ABSENT}
    made = plan("bottlerocket", instanceType="trn1.32xlarge", **preset)
    assert made.nodes.ami_type == "BOTTLEROCKET_x86_64"
    assert (
        tomllib.loads(told(made))["settings"]["kubernetes"]["device-ownership-from-security-context"] is True
    )


def test_labels_say_what_the_node_has() -> None:
    block = {"kind": "capacity-block", "reservationId": "cr-0abc", "end": "2026-12-08T12:30:00+01:00"}
    labels = plan(capacity=block).nodes.labels
    assert labels["efa-pools/efa-count"] == "32" and labels["efa-pools/network-cards"] == "32"
    assert labels["efa-pools/placement-group"] == "pg-0abcdef1234567890"
    assert labels["efa-pools/capacity-reservation"] == "cr-0abc"
    assert labels["efa-pools/block-end"] == "20261208T113000Z"
    assert all(LABEL_KEY.fullmatch(key) and LABEL_VALUE.fullmatch(value) for key, value in labels.items())


def test_a_group_name_that_is_no_label_value_is_left_out() -> None:
    made = plan(placement={"mode": "existing", "groupName": "my group; $(reboot)"})
    assert "efa-pools/placement-group" not in made.nodes.labels and "reboot" not in told(made)


@pytest.mark.parametrize("image", IMAGES)
def test_decisions_explain_the_node(image: str) -> None:
    found = decisions(plan(image))
    made = {one.field: one for one in found}
    assert {"image", "hugePages2Mi", "dataVolumes", "networkInterfaces"} <= set(made)
    assert all(one.choice and one.why and one.source for one in made.values())
    assert any("pods a node" in one.choice for one in found) is (image not in ("garden-linux", "custom"))


WORDS = (
    *(
        '"',
        "'",
        "\n",
        "$(reboot)",
        "`id`",
        "--efa-pools",
        "\n--efa-pools--\n",
        "END\nreboot",
        "---",
        "x" * 63,
    ),
    *("{{x}}", "\u2028", "\x7f", "\U0001f600", "a: b", "[settings]", "#cloud-config", "\\", "%s", "\x00"),
    "\\ud83d\\ude00",
)
HOSTILE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80),
    st.sampled_from(WORDS),
)


@settings(max_examples=150, deadline=None)
@given(name=HOSTILE, endpoint=HOSTILE, certificate=HOSTILE)
def test_hostile_facts_are_read_back_as_they_were(name: str, endpoint: str, certificate: str) -> None:
    facts = ClusterFacts(name, endpoint, certificate, "172.20.0.0/16")
    cluster = node_config(told(BY_ID["al2023-by-id"], facts))["spec"]["cluster"]
    assert cluster == {
        "name": name,
        "apiServerEndpoint": endpoint,
        "certificateAuthority": certificate,
        "cidr": "172.20.0.0/16",
    }
    kubernetes = tomllib.loads(told(BY_ID["bottlerocket-by-id"], facts))["settings"]["kubernetes"]
    assert (kubernetes["cluster-name"], kubernetes["api-server"]) == (name, endpoint)
    assert kubernetes["cluster-certificate"] == certificate
    assert kubernetes["cluster-dns-ip"] == "172.20.0.10"


BY_ID = {name: plan(name) for name in ("al2023-by-id", "bottlerocket-by-id")}


@settings(max_examples=150, deadline=None)
@given(
    key=st.one_of(
        HOSTILE, st.from_regex(r"[a-z]{1,20}(\.[a-z]{1,20})?/[A-Z]([-A-Z_.]{0,61}\d)?", fullmatch=True)
    ),
    value=st.one_of(HOSTILE, st.from_regex(r"[A-Z]([-a-z_.]{0,61}\d)?", fullmatch=True)),
    where=st.sampled_from(["labels", "taints", "tags"]),
)
def test_hostile_words_are_refused_or_read_back_as_they_were(key: str, value: str, where: str) -> None:
    given_words = {
        "labels": {"labels": {key: value}},
        "taints": {"taints": [{"key": key, "value": value, "effect": "NoSchedule"}]},
        "tags": {"tags": {key: value}},
    }[where]
    for image in ("al2023-by-id", "bottlerocket-by-id"):
        checked = check_pool({**valid_pool(), "image": IMAGES[image], **given_words})
        if errors(checked.problems):
            return
        made = plan_pool(checked.draft)
        text = told(made)
        if image == "al2023-by-id":
            kubelet = node_config(text)["spec"]["kubelet"]
            labels = dict(
                one.split("=") for one in kubelet["flags"][0].removeprefix("--node-labels=").split(",")
            )
            taints = kubelet["config"].get("registerWithTaints", [])
        else:
            kubernetes = tomllib.loads(text)["settings"]["kubernetes"]
            labels = kubernetes["node-labels"]
            taints = [
                {"key": name, "value": one.partition(":")[0], "effect": one.partition(":")[2]}
                for name, all in kubernetes.get("node-taints", {}).items()
                for one in all
            ]
        assert labels == made.nodes.labels
        assert taints == [
            {"key": one.key, "value": one.value or "", "effect": one.effect} for one in made.pool.taints
        ]


def test_without_many_words_user_data_is_never_half_full() -> None:
    """The rule on its size relies on this."""
    for name in catalogue.names():
        instance = catalogue.get(name)
        if instance is None or not instance.cards or "on-demand" not in instance.usage_classes:
            continue
        checked = check_pool(valid_pool(name, [{"networkCardIndex": 0}]))
        assert errors(checked.problems) == [], name
        assert len(told(plan_pool(checked.draft), LONGEST).encode()) < USER_DATA_LIMIT / 2


@pytest.mark.parametrize(
    ("image", "start"),
    [
        ({"family": "garden-linux", "ami_id": AMI, "release_version": "2150.0.0"}, "#cloud-config\n"),
        ({"family": "bottlerocket", "release_version": "1.60.0-3f1a9b2c"}, "[settings.kubernetes]\n"),
        ({"family": "al2023", "release_version": "1.34.2-20261105"}, "MIME-Version: 1.0\n"),
    ],
)
def test_the_component_hands_it_to_the_template(image: dict[str, str], start: str) -> None:
    result = run_pool(image=image)
    assert result.failure is None
    template, nodes = result.named("train-lt").inputs, result.named("train-nodes").inputs
    assert base64.b64decode(template["userData"]).decode().startswith(start)
    by_id = "ami_id" in image
    assert template.get("imageId") == image.get("ami_id")
    assert (nodes["amiType"] == "CUSTOM", "releaseVersion" in nodes) == (by_id, not by_id)
