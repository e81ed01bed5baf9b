"""The pack as a whole: names, levels, the SDKs' tokens and keys, the configurations that come with it."""

import importlib
import json
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from policies import table, tokens
from policies.pack import POLICIES, RULES
from sandbox.__main__ import main as sandbox
from sandbox.schema import _Types
from tests.policies import cases_of_capacity, cases_of_templates

FOLDER = Path(__file__).resolve().parents[2] / "policies"
CONFIGS = sorted(FOLDER.glob("config.*.json"))


def test_rules_are_told_apart_and_say_what_they_cost() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) == len(POLICIES)
    for rule in RULES:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id)
        assert (rule.one is None) != (rule.stack is None), rule.id
        for text in (rule.cause, rule.cost, rule.fix):
            assert len(text) > 20 and not text.endswith("."), rule.id


def test_every_rule_of_a_file_is_in_the_pack() -> None:
    families = [path.stem for path in FOLDER.glob("*.py") if "RULES = (" in path.read_text(encoding="utf-8")]
    found = [rule for name in families for rule in importlib.import_module(f"policies.{name}").RULES]
    assert {id(rule) for rule in found} == {id(rule) for rule in RULES}


def sdk_class(token: str) -> Any:
    package, module, name = token.split(":")
    path = (
        module.partition("/")[0] if package == "aws" else module.replace("helm.sh", "helm").replace("/", ".")
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return getattr(
            importlib.import_module(f"pulumi_{package if package == 'aws' else 'kubernetes'}.{path}"), name
        )


TOKENS = sorted(
    {
        token
        for key, value in vars(tokens).items()
        if key.isupper() and key != "MPI_JOB"
        for token in ((value,) if isinstance(value, str) else value)
    }
)


@pytest.mark.parametrize("token", [one for one in TOKENS if one != "kubernetes:helm.sh/v3:Chart"])
def test_tokens_are_the_sdks(token: str) -> None:
    assert sdk_class(token).pulumi_type == token


GIVEN = {
    (one.type, json.dumps(one.props)): one
    for case in (*cases_of_templates.CASES, *cases_of_capacity.CASES)
    for one in case.given
    if one.type.startswith("aws:") and one.type in TOKENS
}


def test_cases_use_the_providers_keys() -> None:
    """A rule that reads a key which does not exist finds nothing; the cases show which rules read."""
    types = _Types()
    schemas = {type: types.resource(type)["inputProperties"] for type, _ in GIVEN}
    assert len(GIVEN) > 100
    for one in GIVEN.values():
        # What creation tells beside the inputs.
        props = {key: value for key, value in one.props.items() if key != "id"}
        assert not list(strange(props, schemas[one.type], types.types)), one


def strange(props: Any, keys: Any, types: Any) -> Any:
    """Keys that the SDK's classes do not have, at every depth."""
    for key, value in props.items():
        if key not in keys:
            yield key
            continue
        shape = keys[key]
        for one in value if isinstance(value, list) else [value]:
            inner = shape.get("items", shape)
            reference = inner.get("$ref", "").rpartition("/")[2]
            if isinstance(one, dict) and reference:
                yield from strange(one, types[_unquoted(reference, types)]["properties"], types)


def _unquoted(reference: str, types: Any) -> str:
    (found,) = [name for name in types if name.endswith(reference) or name.rpartition("/")[2] == reference]
    return str(found)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_configurations_name_rules_and_fit_their_schemas(path: Path) -> None:
    """The engine checks options of rules that it knows, and passes over a name that it does not."""
    rules = {rule.id: rule for rule in RULES}
    for name, stated in json.loads(path.read_text(encoding="utf-8")).items():
        assert name in rules
        given = {"enforcementLevel": stated} if isinstance(stated, str) else dict(stated)
        assert given.pop("enforcementLevel") in ("advisory", "mandatory", "remediate", "disabled")
        properties = {key: dict(option.schema) for key, option in rules[name].options.items()}
        jsonschema.validate(given, {"properties": properties, "additionalProperties": False})


def test_configurations_are_of_stacks_that_exist() -> None:
    """A stack without one has the rules at their own levels."""
    stacks = {path.name.split(".")[1] for path in FOLDER.parent.glob("Pulumi.*.yaml")}
    assert {"dev", "prod"} <= {path.name.split(".")[1] for path in CONFIGS} <= stacks


def test_the_project_names_its_runtime() -> None:
    project = yaml.safe_load((FOLDER / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    assert project["runtime"] == {"name": "python", "options": {"virtualenv": "../.venv"}}


def test_the_pack_starts_from_anywhere(tmp_path: Path) -> None:
    """The engine runs `__main__.py` by its folder and reads a port from the output."""
    script = (
        "import runpy, sys, pulumi_policy\n"
        "pulumi_policy.PolicyPack = lambda name, policies: print(name, len(policies))\n"
        f"runpy.run_path({str(FOLDER)!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == f"efa-pools {len(RULES)}\n", done.stderr


def test_the_tables_say_what_the_rules_say() -> None:
    """`make docs` writes them."""
    text = table.TARGET.read_text(encoding="utf-8")
    assert text == table.page(text)
    for rule in RULES:
        assert f"| `{rule.id}` |" in text and rule.cost in text


def test_the_sandbox_says_where_policies_cannot_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert sandbox(["preview", "--in-process", "--policies"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and "policies need the engine" in said.err
