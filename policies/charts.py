"""Helm charts: where they come from, and whether the device plugin knows the stack's instance types."""

from collections.abc import Iterator
from typing import Any, get_args
from urllib.parse import unquote, urlsplit

from efa_pools.check.addon_versions import older
from efa_pools.model.stack import ChartName
from efa_pools.plan.charts import known_charts
from efa_pools.plan.efa_charts import PLUGIN_CHART

from .known import UNKNOWN
from .pins import UNSEEN, is_local
from .rule import Config, Finding, NotApplicable, Resource, Rule, Stack, strings
from .templates import all_types
from .tokens import CHARTS, RELEASE

KNOWN = tuple(sorted({str(known_charts()[name]["repository"]) for name in get_args(ChartName)}))


def repository(release: Resource, config: Config) -> Iterator[str]:
    """Charts come from repositories that somebody has agreed to."""
    chart, stated = release.at("chart"), release.at("repositoryOpts", "repo")
    if chart is None or UNKNOWN in (chart, stated):
        raise NotApplicable(UNSEEN)
    if isinstance(chart, str) and is_local(chart):
        raise NotApplicable("a local chart")
    place = chart if isinstance(chart, str) and "://" in chart else stated
    if not any(_below(str(place), allowed) for allowed in config["allowed"]):
        yield (f"{place or chart!r}: expected a repository under `allowed`; such charts run privileged")


def _below(place: str, allowed: str) -> bool:
    """Whether a repository is the allowed one, or lies below it on the same host."""
    one, other = urlsplit(place.rstrip("/")), urlsplit(allowed.rstrip("/"))
    same = (one.scheme, one.netloc) == (other.scheme, other.netloc)
    return same and f"{one.path}/".startswith(f"{other.path}/") and ".." not in unquote(one.path).split("/")


def plugin_age(stack: Stack, _: Config) -> Iterator[Finding]:
    """The EFA device plugin counts devices right from a version on, by instance type."""
    for release in stack.of(RELEASE):
        if not _is_plugin(release.at("chart")):
            continue
        for least in known_charts()[PLUGIN_CHART]["minimums"]:
            types = [name for name in all_types(stack) if name.startswith(least["types"])]
            for field, path, version in _versions(release):
                if types and older(version, least[field]):
                    message = f"expected {least[field]} or newer for {', '.join(types)}; {least['why']}"
                    yield release, f"{path}: {version!r}: {message}"


def _is_plugin(chart: Any) -> bool:
    return isinstance(chart, str) and chart.rstrip("/").rpartition("/")[2] == PLUGIN_CHART


def _versions(release: Resource) -> list[tuple[str, str, Any]]:
    tag = release.at("values", "image", "tag")
    return [("chart", "version", release.at("version")), ("image", "values.image.tag", tag)]


RULES = (
    Rule(
        "helm-repository-is-allowed",
        cause="a Helm chart comes from a repository that is not allowed",
        cost="whoever holds that repository runs as root on every GPU node",
        fix="use an allowed repository or your mirror, or add it to `allowed`",
        severity="high",
        level="mandatory",
        types=CHARTS,
        options={"allowed": strings("repositories, and what lies below them", *KNOWN)},
        one=repository,
    ),
    Rule(
        "efa-plugin-knows-type",
        cause="the EFA device plugin is too old for an instance type of the stack",
        cost="nodes show too many devices or none; pods stay pending, or NCCL fails on what is no EFA device",
        fix="raise the chart's version, and an image tag that its values state",
        severity="high",
        level="mandatory",
        types=(RELEASE,),
        stack=plugin_age,
    ),
)
