"""Charts that are taken from a path: whether a chart stands there, before anything is made."""

from collections.abc import Iterator
from pathlib import Path

from ..model.stack import Addons
from ..problem import Problem, warning


def path_problems(addons: Addons, folder: Path, *, whole: bool = True) -> Iterator[Problem]:
    """What helm would fail on. Paths count from the project's `folder`, as helm's do.

    `whole` is false where the folder may not be the project's: everything found is a warning then.
    """
    for name, chart in addons.charts.items():
        if chart.path is None or chart.repository is not None:
            continue
        where = ("charts", name, "path")
        fault = _fault(folder / chart.path)
        if fault is not None:
            message = f"{chart.path!r}: {fault}, because helm installs nothing else"
            yield (Problem if whole else warning)(where, "Invalid", message)


def _fault(place: Path) -> str | None:
    expected = "expected a chart's folder or its .tgz, by a path from the project's folder"
    try:
        if place.is_dir():
            return None if (place / "Chart.yaml").is_file() else f"no Chart.yaml in it; {expected}"
        return None if place.is_file() else f"nothing is there; {expected}"
    except (OSError, ValueError) as error:
        return f"cannot be read ({getattr(error, 'strerror', None) or error}); {expected}"
