"""The command line on Gardener's objects: exit codes, JSON, and never a traceback."""

import json
import subprocess
import sys
from typing import Any

import pytest
import yaml
from efa_pools.gardener.check import check_gardener
from efa_pools.gardener.importing import import_worker
from efa_pools.gardener.verdict import verdict
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.gardener_shoots import P5_INTERFACES, config, p5_worker, shoot, worker
from tests.pools import valid_pool
from tests.test_cli import run, write

ROOT = "spec.provider.workers[0]"
PROFILE = {
    "kind": "CloudProfile",
    "spec": {
        "machineTypes": [{"name": "p5.48xlarge"}],
        "providerConfig": {
            "machineImages": [
                {
                    "name": "gardenlinux",
                    "versions": [{"version": "1877.4.0", "regions": [{"name": "eu-west-1", "ami": "ami-1"}]}],
                }
            ]
        },
    },
}


def checked(capsys, *arguments: str) -> tuple[int, Any]:
    code, out, _ = run(capsys, "check", *arguments, "--json")
    return code, json.loads(out)


def test_checking_a_shoot_needs_no_pydantic() -> None:
    script = (
        "import sys\nfor name in ('pydantic', 'pulumi', 'yaml'): sys.modules[name] = None\n"
        "from efa_pools.gardener.check import check_gardener\n"
        "print(check_gardener({'kind': 'WorkerConfig'})[0].line()[:14])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "providerConfig", done.stderr


def test_check_counts_from_the_root(capsys, tmp_path) -> None:
    raw = config(networkInterfaces=[{"type": "efa-only"}])
    code, found = checked(capsys, write(tmp_path, raw))
    assert (code, found["valid"], found["problems"][0]["field"]) == (1, False, "networkInterfaces[0].type")
    code, found = checked(capsys, write(tmp_path, shoot(worker(providerConfig=raw))))
    assert (code, found["problems"][0]["field"]) == (1, f"{ROOT}.providerConfig.networkInterfaces[0].type")
    code, found = checked(capsys, write(tmp_path, config(volume={"iops": "3"})))
    assert (code, [one["field"] for one in found["problems"]]) == (1, ["providerConfig"])


def test_warnings_leave_a_shoot_valid(capsys, tmp_path) -> None:
    given = shoot(p5_worker(config={"cpuOptions": {"coreCount": 0, "threadsPerCore": 2}}))
    code, found = checked(capsys, write(tmp_path, given))
    assert (code, found["valid"]) == (0, True)
    assert {one["severity"] for one in found["problems"]} == {"warning"}


def test_update_and_cloud_profile(capsys, tmp_path) -> None:
    old = write(tmp_path, shoot(p5_worker()), "old.yaml")
    profile = write(tmp_path, PROFILE, "profile.yaml")
    same = write(tmp_path, shoot(p5_worker()))
    assert checked(capsys, same, "--old", old, "--cloud-profile", profile) == (
        0,
        {"valid": True, "problems": []},
    )
    moved = write(tmp_path, shoot(p5_worker(zones=["eu-west-1b"])))
    assert checked(capsys, moved, "--old", old)[1]["problems"][0]["field"] == f"{ROOT}.zones"
    other = write(tmp_path, shoot(p5_worker(machine={"type": "p4d.24xlarge"})))
    code, found = checked(capsys, other, "--cloud-profile", profile)
    assert (code, found["problems"][0]["field"]) == (1, f"{ROOT}.machine.type")


def test_a_cloud_profile_of_another_shape_is_unusable(capsys, tmp_path) -> None:
    path = write(tmp_path, shoot(p5_worker()))
    for types in ("p5.48xlarge", {"name": 3}, {"capabilities": {"architecture": 3}}, {"capabilities": []}):
        wrong = {"kind": "CloudProfile", "spec": {**PROFILE["spec"], "machineTypes": [types]}}
        code, out, err = run(capsys, "check", path, "--cloud-profile", write(tmp_path, wrong, "profile.yaml"))
        assert (code, out) == (2, "") and "spec.machineTypes[0]" in err
    right = {"name": "p5.48xlarge", "cpu": "192", "capabilities": {"architecture": ["amd64"]}}
    known = {"kind": "CloudProfile", "spec": {**PROFILE["spec"], "machineTypes": [right]}}
    assert run(capsys, "check", path, "--cloud-profile", write(tmp_path, known, "profile.yaml"))[0] == 0


def test_gardener_knows_one_shoot(capsys, tmp_path) -> None:
    code, found = checked(capsys, write(tmp_path, {**shoot(p5_worker()), "apiVersion": "apps/v1"}))
    (problem,) = found["problems"]
    assert (code, problem["field"], problem["kind"]) == (1, "apiVersion", "NotSupported")


def test_workers_are_exported_under_names_of_their_own(capsys, tmp_path) -> None:
    pool = import_worker(p5_worker()).pool
    code, out, _ = run(capsys, "gardener", "export", write(tmp_path, [pool, pool]), "--json")
    found = json.loads(out)
    assert (code, found["workers"]) == (1, [])
    assert [(one["field"], one["kind"]) for one in found["problems"]] == [
        ("[0].image.releaseVersion", "Invalid"),
        ("[1].image.releaseVersion", "Invalid"),
        ("[1].name", "Duplicate"),
    ]
    other = {**pool, "name": "other"}
    assert run(capsys, "gardener", "export", write(tmp_path, [pool, other]))[0] == 0


@pytest.mark.parametrize(
    "text, more",
    [
        ("kind: Secret", ()),
        ("kind: [Shoot]", ()),
        ("kind: Shoot", ("--old", "OTHER")),
        ("kind: Shoot", ("--cloud-profile", "OTHER")),
        ("kind: Shoot", ("--old", "/nowhere.yaml")),
        ("instanceType: p5.48xlarge", ("--cloud-profile", "OTHER")),
        ("kind: WorkerConfig", ("--cloud-profile", "PROFILE")),
    ],
)
def test_unusable_gardener_input_exits_2(text, more, capsys, tmp_path) -> None:
    other = write(tmp_path, valid_pool(), "other.yaml")
    profile = write(tmp_path, PROFILE, "profile.yaml")
    arguments = [{"OTHER": other, "PROFILE": profile}.get(one, one) for one in more]
    code, out, err = run(capsys, "check", write(tmp_path, text), *arguments)
    assert (code, out) == (2, "") and err


def test_the_documented_example_goes_in_and_out(capsys, tmp_path) -> None:
    path = write(tmp_path, shoot(p5_worker(annotations={"team": "ml"})))
    code, out, err = run(capsys, "gardener", "import", path)
    assert code == 0 and "nodes.worker.annotations.team" in err
    (pool,) = yaml.safe_load(out)
    assert pool["networkInterfaces"] == P5_INTERFACES and pool["nodes"]["shoot"] == "prod"
    assert run(capsys, "check", write(tmp_path, out))[0] == 0
    code, out, _ = run(capsys, "gardener", "export", write(tmp_path, out), "--pool", "gpu")
    exported = yaml.safe_load(out)
    assert code == 0 and exported["providerConfig"] == p5_worker()["providerConfig"]
    code, _, _ = run(capsys, "check", write(tmp_path, shoot(exported)))
    assert code == 0


def test_import_names_what_it_skips_and_what_is_wrong(capsys, tmp_path) -> None:
    bad = p5_worker(name="bad", maximum=1)
    far = p5_worker(
        name="far", machine={"type": "p4d.24xlarge", "image": {"name": "gardenlinux", "version": "1"}}
    )
    path = write(tmp_path, shoot(p5_worker(), worker(name="system"), bad, far))
    code, out, _ = run(capsys, "gardener", "import", path, "--json")
    found = json.loads(out)
    assert (code, [one["name"] for one in found["pools"]]) == (1, ["gpu", "far"])
    assert [one["name"] for one in found["workers"] if one["skipped"]] == ["system", "bad"]
    assert all(one["problems"] for one in found["workers"][1:])
    assert found["workers"][3]["problems"][0]["field"].startswith("networkInterfaces")
    assert run(capsys, "gardener", "import", write(tmp_path, [p5_worker()]))[0] == 0
    assert run(capsys, "gardener", "import", write(tmp_path, p5_worker()))[0] == 0


def test_export_of_another_kind_names_what_is_left_behind(capsys, tmp_path) -> None:
    code, out, err = run(capsys, "gardener", "export", write(tmp_path, [valid_pool()]))
    assert code == 0 and "subnetIds" in err and yaml.safe_load(out)[0]["name"] == "train"
    without = {key: value for key, value in valid_pool().items() if key != "placement"}
    code, out, err = run(capsys, "gardener", "export", write(tmp_path, without))
    assert (code, out) == (1, "") and "placement.groupId" in err
    stack = {"config": {"efa-pools:pools": [valid_pool(), {**without, "name": "other"}]}}
    code, out, _ = run(capsys, "gardener", "export", write(tmp_path, stack), "--json")
    found = json.loads(out)
    wrong = [one["field"] for one in found["problems"] if one["severity"] == "error"]
    assert (code, found["workers"], wrong) == (1, [], ["config.efa-pools:pools[1].placement.groupId"])
    code, out, _ = run(capsys, "gardener", "export", write(tmp_path, stack), "--pool", "train", "--json")
    assert code == 0 and json.loads(out)["workers"][0]["name"] == "train"


@pytest.mark.parametrize(
    "arguments, value",
    [
        (("import",), "hello"),
        (("import",), {"kind": "WorkerConfig"}),
        (("import", "--pool", "gpu"), [p5_worker()]),
        (("import",), {"kind": "Shoot", "spec": {"provider": {"workers": [3]}}}),
        (("import",), {"kind": "Shoot", "spec": "x"}),
        (("import",), {"kind": "Shoot", "spec": {"provider": []}}),
        (("import",), {"kind": "Shoot", "spec": {"provider": {"type": "gcp", "workers": [p5_worker()]}}}),
        (("import",), {**shoot(p5_worker()), "apiVersion": "v1"}),
        (("export",), "hello"),
        (("export",), {"kind": "Shoot"}),
        (("export",), []),
        (("export", "--pool", "other"), [valid_pool()]),
        (("export", "--pool", "train"), [valid_pool(), valid_pool()]),
    ],
)
def test_what_is_neither_exits_2(arguments, value, capsys, tmp_path) -> None:
    direction, *more = arguments
    code, out, err = run(capsys, "gardener", direction, write(tmp_path, value), *more)
    assert (code, out) == (2, "") and err


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = [
    "name",
    "machine",
    "kubernetes",
    "volume",
    "dataVolumes",
    "zones",
    "providerConfig",
    "minimum",
    "maxSurge",
    "labels",
]
PARTS = [
    "nodeTemplate",
    "dataVolumes",
    "networkInterfaces",
    "placement",
    "cpuOptions",
    "instanceMarketOptions",
]


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from(KEYS), JSON, max_size=3),
    st.dictionaries(st.sampled_from(PARTS), JSON, max_size=3),
    JSON,
)
@example({"kubernetes": {"kubelet": "x"}}, {}, None)
def test_anything_in_a_shoot_is_a_finding_and_no_traceback(keys, parts, anything) -> None:
    given = [{**worker(providerConfig=config(**parts)), **keys}, worker(providerConfig=config(**parts))]
    for raw in (shoot(*given), {"kind": "Shoot", "spec": anything}, config(**parts)):
        for found in check_gardener(raw, raw):
            assert isinstance(found.line(), str)
    for one in (*given, {"machine": anything}):
        if not list(verdict(one)):
            assert import_worker(one).pool is not None or import_worker(one).problems
