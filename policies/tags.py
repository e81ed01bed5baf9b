"""Tags that say whose a resource is and who pays."""

import json
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from .known import UNKNOWN, at, listed
from .rule import Config, Resource, Rule, mapping, strings
from .tokens import (
    BLOCK,
    NODE_GROUP,
    PLACEMENT_GROUP,
    RESERVATION,
    SCALING_GROUP,
    SECURITY_GROUP,
    TEMPLATE,
)

# What a template tags at launch; neither its own tags nor a provider's defaults reach these.
LAUNCHED = ("instance", "volume")


def required(resource: Resource, config: Config) -> Iterator[str]:
    """The tags on the resource, and of a template on what it launches."""
    wanted = config["tags"]
    stated = resource.at("tags")
    if stated is not UNKNOWN and resource.default_tags is not UNKNOWN and resource.type != SCALING_GROUP:
        yield from _lacking("tags", {**(resource.default_tags or {}), **(stated or {})}, wanted)
    if resource.type == SCALING_GROUP:
        yield from _of_scaling_group(resource, wanted)
    if resource.type == TEMPLATE:
        yield from _launched(resource, wanted)


def _lacking(where: str, tags: Mapping[str, Any], wanted: list[str]) -> Iterator[str]:
    missing = [key for key in wanted if tags.get(key) in (None, "")]
    if missing:
        yield f"{where}: expected {' and '.join(missing)}; nobody can be asked about it, or charged for it"


def _of_scaling_group(group: Resource, wanted: list[str]) -> Iterator[str]:
    """A list here; which of them reach the nodes is the template's business as well."""
    entries = listed(group.at("tags"))
    if group.at("tags") is UNKNOWN or UNKNOWN in [at(one, "key") for one in entries]:
        return
    yield from _lacking("tags", {at(one, "key"): at(one, "value") for one in entries}, wanted)


def _launched(template: Resource, wanted: list[str]) -> Iterator[str]:
    specifications = template.at("tagSpecifications")
    entries = listed(specifications)
    if specifications is UNKNOWN or any(at(one, "resourceType") is UNKNOWN for one in entries):
        return
    for kind in LAUNCHED:
        found = [at(one, "tags") for one in entries if at(one, "resourceType") == kind]
        if UNKNOWN not in found:
            together = {key: value for tags in found for key, value in (tags or {}).items()}
            yield from _lacking(f"tagSpecifications of {kind}", together, wanted)


def default_tags(provider: Any) -> Any:
    """The tags that a provider puts on everything, from its properties; UNKNOWN where they are not known."""
    stated = at(provider, "defaultTags")
    if isinstance(stated, str):  # a provider's structures travel as JSON
        try:
            stated = json.loads(stated)
        except ValueError:
            return UNKNOWN
    return at(stated, "tags")


def add(props: MutableMapping[str, Any], type: str, config: Config) -> bool:
    """Adds the tags whose values are configured, where they are absent."""
    values = {key: config["values"][key] for key in config["tags"] if key in config["values"]}
    if not values or type == SCALING_GROUP:
        return False
    changed = _fill(props, values)
    if type == TEMPLATE:
        changed = _fill_launched(props, values) or changed
    return changed


def _fill(holder: Any, values: Mapping[str, str]) -> bool:
    stated = holder.get("tags")
    if stated is not None and not isinstance(stated, Mapping):
        return False
    missing = {key: value for key, value in values.items() if not (stated or {}).get(key)}
    if missing and stated is None:
        holder["tags"] = missing
    for key, value in missing.items() if stated is not None else ():
        stated[key] = value
    return bool(missing)


def _fill_launched(props: MutableMapping[str, Any], values: Mapping[str, str]) -> bool:
    entries = props.get("tagSpecifications")
    if isinstance(entries, str):
        return False
    known = [] if entries is None else [entries[index] for index in range(len(entries))]
    kinds = [one.get("resourceType") for one in known if isinstance(one, Mapping)]
    if len(kinds) < len(known):
        return False
    changed = [_fill(one, values) for one, kind in zip(known, kinds, strict=True) if kind in LAUNCHED]
    more = [{"resourceType": kind, "tags": dict(values)} for kind in LAUNCHED if kind not in kinds]
    if more:
        props["tagSpecifications"] = known + more
    return any(changed) or bool(more)


RULES = (
    Rule(
        "required-tags",
        cause="tags are missing that say whose it is and who pays",
        cost="a forgotten p5.48xlarge cannot be told from one in use, and its bill lands nowhere",
        fix="set the tags, for the stack under efa-pools:tags; in a template also in tagSpecifications",
        severity="medium",
        level="advisory",
        types=(TEMPLATE, NODE_GROUP, SCALING_GROUP, PLACEMENT_GROUP, SECURITY_GROUP, RESERVATION, BLOCK),
        options={
            "tags": strings("tags that must be there", "owner", "cost-center"),
            "values": mapping("what level remediate writes where a tag is absent", "string"),
        },
        one=required,
        mend=add,
    ),
)
