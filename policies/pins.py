"""Versions that stay what they were in the preview: templates, node images, charts, container images."""

import re
from collections.abc import Iterator
from typing import Any

from .known import UNKNOWN, at, listed, walk
from .rule import Config, NotApplicable, Resource, Rule
from .templates import MIXED
from .tokens import CHARTS, MPI_JOB, NODE_GROUP, NODES, TEMPLATE, WORKLOADS

MOVING = ("$Latest", "$Default")
UNSEEN = "the chart is not known before creation, or its component shows no inputs"
EXACT = re.compile(r"v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")


def template_version(nodes: Resource, _: Config) -> Iterator[str]:
    """A number, as the template's latestVersion gives it."""
    mixed = ".".join(MIXED)
    inside = "launchTemplateSpecification"
    used = {"launchTemplate": nodes.at("launchTemplate"), f"{mixed}.{inside}": nodes.at(*MIXED, inside)}
    for index, one in enumerate(listed(nodes.at(*MIXED, "overrides"))):
        used[f"{mixed}.overrides[{index}].{inside}"] = at(one, inside)
    for path, template in used.items():
        version = at(template, "version")
        if isinstance(template, dict) and (version is None or version in MOVING):
            yield (
                f"{path}.version: {version!r}: expected a number, such as the template's "
                "latestVersion; the API resolves the word, so previews differ and nodes are replaced unseen"
            )


def node_image(resource: Resource, _: Config) -> Iterator[str]:
    """An AMI by id, or a release version of EKS's AMI."""
    if resource.type == TEMPLATE:
        image = resource.at("imageId")
        if isinstance(image, str) and image.startswith("resolve:ssm:"):
            yield f"imageId: {image!r}: expected an AMI's id; the parameter's value moves when AWS publishes"
        return
    own = resource.at("amiType") in ("CUSTOM", UNKNOWN)
    from_template = resource.at("amiType") is None and resource.at("launchTemplate") is not None
    if own or from_template:
        raise NotApplicable("the image is the launch template's")
    if resource.at("releaseVersion") is None:
        yield (
            "releaseVersion: expected one such as 1.34.2-20261105; without it EKS takes the newest on the "
            "day that it creates the group, with another driver and another EFA release"
        )


def chart_version(release: Resource, _: Config) -> Iterator[str]:
    """An exact version, unless the chart is a local folder or archive."""
    chart, version = release.at("chart"), release.at("version")
    if chart in (None, UNKNOWN):
        raise NotApplicable(UNSEEN)
    if isinstance(chart, str) and (is_local(chart) or chart.endswith(".tgz")):
        raise NotApplicable("a local chart or an archive has its own version")
    if version is not UNKNOWN and not (isinstance(version, str) and EXACT.fullmatch(version)):
        yield f"version: {version!r}: expected an exact version; a later `pulumi up` may bring a newer chart"


def is_local(chart: str) -> bool:
    """Whether helm takes the chart from this machine; an archive may lie behind a URL as well."""
    return "://" not in chart and (chart.startswith((".", "/", "~")) or chart.endswith(".tgz"))


def container_images(resource: Resource, _: Config) -> Iterator[str]:
    """Images of containers, and tags in a chart's values."""
    values = resource.at("values") if resource.type in CHARTS else resource.at("spec")
    for image in dict.fromkeys(_moving(values, resource.type in CHARTS)):
        yield f"{image!r}: expected a version tag or a digest; two nodes may run two different images"


def _moving(values: Any, of_chart: bool) -> Iterator[str]:
    for key, value in walk(values):
        if of_chart and key == "tag" and value == "latest":
            yield "tag: latest"
        # In a chart's values `image` without a tag is often a name, with the tag beside it.
        elif key == "image" and isinstance(value, str) and _moves(value, "latest" if of_chart else ""):
            yield value


def _moves(image: str, untagged: str) -> bool:
    """Whether the image is `latest`, or has no tag and that means the same here."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return not digest and tag in (untagged, "latest")


RULES = (
    Rule(
        "template-version-is-pinned",
        cause="nodes run whichever version of the launch template is newest",
        cost="every preview shows a change that is none, or hides one that replaces nodes",
        fix="pass the template's latestVersion output",
        severity="medium",
        level="mandatory",
        types=NODES,
        one=template_version,
    ),
    Rule(
        "node-image-is-pinned",
        cause="nodes start from whichever image is newest",
        cost="nodes of one job differ in driver and EFA release, and last week's state cannot be rebuilt",
        fix="state releaseVersion, or an AMI's id in the template",
        severity="medium",
        level="mandatory",
        types=(NODE_GROUP, TEMPLATE),
        one=node_image,
    ),
    Rule(
        "chart-is-pinned",
        cause="a Helm chart has no exact version",
        cost="a device plugin or driver is replaced on all nodes by a change that nobody made",
        fix="state the chart's version",
        severity="medium",
        level="mandatory",
        types=CHARTS,
        one=chart_version,
    ),
    Rule(
        "container-image-is-pinned",
        cause="a container image moves",
        cost="a restarted pod runs something else than its neighbours",
        fix="state a version tag, or better a digest",
        severity="medium",
        level="advisory",
        types=(*CHARTS, *WORKLOADS, MPI_JOB),
        one=container_images,
    ),
)
