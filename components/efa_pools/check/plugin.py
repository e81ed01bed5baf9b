"""The EFA device plugin and the types that it serves."""

from collections.abc import Iterable, Iterator

from ..compatibility import need, version
from ..model.stack import Addons
from ..problem import Path, Problem

EFA_CHART = "aws-efa-k8s-device-plugin"


def plugin_problems(addons: Addons, instance_types: Iterable[str]) -> Iterator[Problem]:
    """A stated chart that is too old for a pool's type; a chart is never older than the plugin in it."""
    chart = next((one for name, one in addons.charts.items() if name == EFA_CHART), None)
    if addons.efa != "device-plugin" or chart is None or not version(chart.version or ""):
        return
    asked, path = version(chart.version or ""), ("charts", EFA_CHART, "version")
    for name in dict.fromkeys(instance_types):
        wanted = need(name, "efaPlugin")
        if wanted is not None and asked < version(wanted.proven or wanted.least):
            yield _too_old(
                path, str(chart.version), name, wanted.proven or wanted.least, wanted.source
            )._replace(severity="error" if asked < version(wanted.least) else "warning")


def _too_old(path: Path, stated: str, name: str, least: str, source: str) -> Problem:
    message = f"{stated!r}: {name} expects {least} or newer, or pods get devices that are no EFA ({source})"
    return Problem(path, "NotSupported", message)
