"""The runs as one picture: bus bandwidth over message size, with the ceiling and the verdicts.

Plain SVG, the same text for the same runs, without script, font or link. Colours follow the reader's light or
dark scheme; series also differ in their dashes, and verdicts stand in words. Whoever reads the picture as an
image gets title and description.
"""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from .figures import size
from .log import Point
from .report import SINGLE_NODE, Report

WIDTH, LEFT, RIGHT, PLOT_HEIGHT, TOP, LINE, BOTTOM = 880, 82, 82, 340, 54, 24, 66
_INSET = 14
_SERIES = ("#0b62c4", "#b3541e", "#1a7f4b", "#8a3fa6", "#a11d4b", "#5b6472")
_DARK_SERIES = ("#6cb2ff", "#ffab70", "#5fd39a", "#d2a8ff", "#ff8fb0", "#b6bec9")
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2", "12 4")
_WORDS = {"pass": ("#11703c", "#5fd39a"), "warn": ("#8f5a00", "#f2c14e"), "fail": ("#b3261e", "#ff8f86")}


def svg(reports: Sequence[Report]) -> str:
    """The picture of one or more runs on the same instance type and number of nodes."""
    picture = _Picture(reports)
    return "\n".join([*picture.frame(), *picture.legend(), *picture.axes(), *picture.curves(), "</svg>\n"])


class _Picture:
    def __init__(self, reports: Sequence[Report]) -> None:
        self.reports = reports
        self.fabric = reports[0].fabric
        self.ceiling = (self.fabric.ceiling_gbps or 0) / 8 if self.fabric.nodes > 1 else 0.0
        points = [one for report in reports for one in _drawn(report)]
        self.first = min((math.log2(one.bytes) for one in points), default=3.0)
        self.last = max(max((math.log2(one.bytes) for one in points), default=30.0), self.first + 1)
        self.step = _nice(max([self.ceiling, *(one.bus for one in points), 0.01]) * 1.08 / 5)
        highest = max([self.ceiling, *(one.bus for one in points), 0.01])
        self.high = self.step * math.ceil(highest * 1.04 / self.step)
        self.top = TOP + LINE * (len(reports) + self._marked()) + 18
        self.height = self.top + PLOT_HEIGHT + BOTTOM

    def _marked(self) -> bool:
        return any(one.verdict.above_ceiling for one in self.reports)

    def x(self, count: int) -> float:
        share = (math.log2(count) - self.first) / (self.last - self.first)
        return LEFT + _INSET + share * (WIDTH - LEFT - RIGHT - 2 * _INSET)

    def y(self, bus: float) -> float:
        return self.top + PLOT_HEIGHT * (1 - bus / self.high)

    def frame(self) -> list[str]:
        nodes = f"{self.fabric.nodes} x {self.fabric.instance_type}"
        title = escape(f"all_reduce bus bandwidth, {nodes}")
        said = "; ".join(_said(one) for one in self.reports)
        return [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" '
            f'width="{WIDTH}" height="{self.height}" role="img" aria-labelledby="title said">',
            f'<title id="title">{title}</title>',
            f'<desc id="said">{escape(said)}</desc>',
            f"<style>{_style()}</style>",
            f'<rect class="ground" x="0.5" y="0.5" width="{WIDTH - 1}" height="{self.height - 1}" rx="8"/>',
            f'<text class="title" x="{LEFT}" y="34">{title}</text>',
        ]

    def legend(self) -> list[str]:
        lines = []
        for number, report in enumerate(self.reports):
            y = TOP + LINE * (number + 0.6)
            key, word = number % len(_SERIES), report.verdict.word
            lines += [
                f'<path class="line s{key}" d="M{LEFT} {y - 4:.1f}h30"/>',
                f'<text x="{LEFT + 40}" y="{y:.1f}"><tspan class="word {word}">{word}</tspan> '
                f"{escape(_said(report))}</text>",
            ]
        if self._marked():
            y = TOP + LINE * (len(self.reports) + 0.6)
            lines += [
                f'<path class="mark" d="{_diamond(LEFT + 15, y - 4)}"/>',
                f'<text class="quiet" x="{LEFT + 40}" y="{y:.1f}">at least this crossed the wire; '
                "a bus figure above the ceiling did not</text>",
            ]
        return lines

    def axes(self) -> list[str]:
        right, bottom = WIDTH - RIGHT, self.top + PLOT_HEIGHT
        lines = []
        for number in range(round(self.high / self.step) + 1):
            bus = number * self.step
            y = self.y(bus)
            lines += [
                f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>',
                f'<text class="tick end" x="{LEFT - 8}" y="{y + 5:.1f}">{bus:g}</text>',
                f'<text class="tick" x="{right + 8}" y="{y + 5:.1f}">{bus * 8:g}</text>',
            ]
        for exponent in _exponents(self.first, self.last):
            x = self.x(2**exponent)
            lines += [
                f'<path class="grid" d="M{x:.1f} {bottom}v5"/>',
                f'<text class="tick middle" x="{x:.1f}" y="{bottom + 22}">{size(2**exponent)}</text>',
            ]
        middle = self.top + PLOT_HEIGHT / 2
        lines += [
            f'<text class="axis middle" x="{(LEFT + right) / 2:.1f}" y="{bottom + 48}">message size</text>',
            f'<text class="axis middle" transform="translate(20 {middle})rotate(-90)">GB/s</text>',
            f'<text class="axis middle" transform="translate({WIDTH - 16} {middle})rotate(90)">Gbps</text>',
        ]
        if self.ceiling:
            y = self.y(self.ceiling)
            label = f"ceiling {self.fabric.ceiling_gbps:g} Gbps ({self.fabric.basis})"
            lines += [
                f'<path class="ceiling" d="M{LEFT} {y:.1f}H{right}"/>',
                f'<text class="label" x="{LEFT + 8}" y="{y - 7:.1f}">{escape(label)}</text>',
            ]
        else:
            label = SINGLE_NODE if self.fabric.nodes == 1 else "no ceiling is known"
            lines.append(f'<text class="label" x="{LEFT + 8}" y="{self.top + 18}">{escape(label)}</text>')
        return lines

    def curves(self) -> list[str]:
        lines = []
        for number, report in enumerate(self.reports):
            key, points = number % len(_SERIES), _drawn(report)
            way = "L".join(f"{self.x(one.bytes):.1f} {self.y(one.bus):.1f}" for one in points)
            if len(points) > 1:
                lines.append(f'<path class="line s{key}" d="M{way}"/>')
            found = report.figures
            dots = points if len(points) <= 60 else [one for one in points if one == found.peak]
            lines += [
                f'<circle class="dot s{key}" cx="{self.x(one.bytes):.1f}" cy="{self.y(one.bus):.1f}" r="3"/>'
                for one in dots
            ]
            if report.verdict.above_ceiling and found.peak and found.network_lower_bound_gbps:
                at = _diamond(self.x(found.peak.bytes), self.y(found.network_lower_bound_gbps / 8))
                lines.append(f'<path class="mark" d="{at}"/>')
        return lines


def _drawn(report: Report) -> list[Point]:
    return [one for one in report.figures.points if one.bytes > 0]


def _said(report: Report) -> str:
    found, fraction = report.figures, report.verdict.fraction
    name = report.name if len(report.name) <= 40 else report.name[:38] + ".."
    if found.peak is None:
        return f"{name}: no figures"
    said = f"{name}: peak {found.peak.bus:.2f} GB/s = {found.peak.bus * 8:.0f} Gbps"
    if report.verdict.above_ceiling:
        return f"{said}, at least {found.network_lower_bound_gbps:.0f} Gbps on the wire"
    return said if fraction is None else f"{said}, {fraction:.3f} of the ceiling"


def _nice(least: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `least`."""
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= least * 0.999)


def _exponents(first: float, last: float) -> list[int]:
    """At most ten powers of two for labels, so that KiB, MiB and GiB are among them."""
    step = next(one for one in (1, 2, 5, 10, 20) if (last - first) / one <= 9.5)
    return [one for one in range(math.ceil(first), math.floor(last) + 1) if one % step == 0]


def _diamond(x: float, y: float) -> str:
    return f"M{x:.1f} {y - 6:.1f}l6 6-6 6-6-6z"


def _style() -> str:
    def scheme(ground: str, text: str, quiet: str, grid: str, series: Sequence[str], dark: int) -> str:
        rules = [
            f".ground{{fill:{ground};stroke:{grid}}}text{{fill:{text}}}.tick,.axis,.quiet{{fill:{quiet}}}",
            f".grid{{stroke:{grid}}}.ceiling,.mark{{stroke:{text}}}.mark{{fill:{ground}}}.label{{stroke:{ground}}}",
            *(f".s{key}{{stroke:{colour}}}.dot.s{key}{{fill:{colour}}}" for key, colour in enumerate(series)),
            *(f".{word}{{fill:{colours[dark]}}}" for word, colours in _WORDS.items()),
        ]
        return "".join(rules)

    fixed = (
        "text{font:15px system-ui,-apple-system,'Segoe UI','DejaVu Sans',Arial,sans-serif}"
        ".title{font-size:20px;font-weight:600}.word{font-weight:700}.tick,.axis,.label{font-size:14px}"
        ".end{text-anchor:end}.middle{text-anchor:middle}.label{stroke-width:4;paint-order:stroke}"
        ".line{fill:none;stroke-width:2;stroke-linejoin:round}.dot{stroke:none}.grid{stroke-width:1}"
        ".ceiling{fill:none;stroke-width:1.5;stroke-dasharray:6 4}.mark{stroke-width:1.5}"
    )
    dashes = "".join(f".line.s{key}{{stroke-dasharray:{dash}}}" for key, dash in enumerate(_DASHES) if dash)
    light = scheme("#ffffff", "#1c2128", "#57606a", "#d5dae1", _SERIES, 0)
    dark = scheme("#0d1117", "#e6edf3", "#9aa4af", "#30363d", _DARK_SERIES, 1)
    return f"{fixed}{dashes}{light}@media(prefers-color-scheme:dark){{{dark}}}"
