"""Figures with a point as panels of curves, in SVG (W3C, SVG 2): the ratio upwards, what is varied to the right."""

import math
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final
from xml.sax.saxutils import escape

from tests.bench.figures import Figure, Point

_WIDE: Final = 270
_HIGH: Final = 130
_EDGE: Final = 46
_ABOVE: Final = 58
_HIGHEST: Final = 4.0
"""The ratio at the upper edge of a panel; what is beyond it is drawn there and told in figures."""
_COLOURS: Final = ("#2a6fb0", "#c4572b", "#4c8c4a", "#8a5aa8")


def plot(figures: Iterable[Figure]) -> str:
    """The picture of all figures that have a point and a ratio."""
    told = [(one.point, one.ratio) for one in figures if one.point is not None and one.ratio is not None]
    rows, columns, lines = ([*dict.fromkeys(read(point) for point, _ in told)] for read in (_row, _column, _line))
    colours = dict(zip(lines, _COLOURS, strict=False))
    width, height = _EDGE + len(columns) * _WIDE, _ABOVE + len(rows) * (_HIGH + _EDGE)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif"'
        f' font-size="11"><rect width="{width}" height="{height}" fill="white"/>',
        *(_text(_EDGE + 130 * at, 16, f"— {name}", colour=colours[name]) for at, name in enumerate(lines)),
    ]
    for down, row in enumerate(rows):
        for right, column in enumerate(columns):
            inside = [(point, ratio) for point, ratio in told if (point.row, point.column) == (row, column)]
            place = _EDGE + right * _WIDE, _ABOVE + down * (_HIGH + _EDGE)
            parts += _panel(f"{row}: {column}", inside, colours, place)
    return "\n".join([*parts, "</svg>\n"])


def _row(point: Point) -> str:
    return point.row


def _column(point: Point) -> str:
    return point.column


def _line(point: Point) -> str:
    return point.line


def _panel(
    title: str, told: list[tuple[Point, float]], colours: Mapping[str, str], place: tuple[float, float]
) -> list[str]:
    left, top = place
    inner = _WIDE - _EDGE
    marks = sorted({at for point, _ in told for at in (point.at, point.base)})
    least, span = math.log(marks[0]), math.log(marks[-1] / marks[0]) or 1.0

    def across(at: float) -> float:
        return left + (math.log(at) - least) / span * inner

    def up(ratio: float) -> float:
        return top + _HIGH * (1 - min(ratio, _HIGHEST) / _HIGHEST)

    parts = [_text(left, top - 8, title)]
    for ratio in range(int(_HIGHEST) + 1):
        shade = "#888" if ratio == 1 else "#ddd"
        parts.append(_stroke([(left, up(ratio)), (left + inner, up(ratio))], shade))
        parts.append(_text(left - 18, up(ratio) + 4, f"{ratio}×"))
    parts += [_text(across(at), top + _HIGH + 14, f"{at:,g}") for at in marks]
    for name, colour in colours.items():
        inside = [(point, ratio) for point, ratio in told if point.line == name]
        dots = sorted({(point.at, ratio) for point, ratio in inside} | {(point.base, 1.0) for point, _ in inside})
        parts += [_stroke([(across(x), up(y)) for x, y in pair], colour) for pair in pairwise(dots)]
        parts += [f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="2.5" fill="{colour}"/>' for x, y in dots]
        parts += [_text(across(x), up(y) + 12, f"{y:.1f}×", colour=colour) for x, y in dots if y > _HIGHEST]
    return parts


def _stroke(dots: Iterable[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
    return f'<polyline points="{path}" fill="none" stroke="{colour}"/>'


def _text(x: float, y: float, said: str, *, colour: str = "#333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}">{escape(said)}</text>'
