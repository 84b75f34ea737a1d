"""A measured figure beside its limit and its bars, and the table of all of them."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where a figure's ratio stands in a plot: the panel by its row and column, the line in it, and how far right.

    `base` is where its limit was measured: there the ratio is 1.
    """

    row: str
    column: str
    line: str
    at: float
    base: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What SQLite did for one call, whatever the machine.

    So many `statements` were run, those of the search index too; `rows` it handed over, `written` it inserted, changed
    or removed; `steps` of its virtual machine, a few for every row that it looks at; `whole` are the tables that it
    went through from end to end.
    """

    statements: int
    rows: int
    written: int
    steps: int
    whole: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured, and its limit in the same run, both in `unit`; several runs are told by their median.

    `bar` and `goal` are about the ratio to the limit where there is one and `by_ratio` says so, else about the value.
    """

    name: str
    value: float
    unit: str
    runs: int
    least: float
    most: float
    limit: float | None = None
    limit_is: str = ""
    more_is_better: bool = False
    by_ratio: bool = False
    bar: float | None = None
    goal: float | None = None
    point: Point | None = None
    p95: float | None = None
    work: Work | None = None

    @property
    def ratio(self) -> float | None:
        """How far from the limit: 1 is as good as it; the time it takes in multiples of the limit's time."""
        if not self.limit or not self.value:
            return None
        return self.limit / self.value if self.more_is_better else self.value / self.limit

    def meets(self, mark: float | None) -> bool | None:
        """Whether a bar or goal is met; None where there is none or nothing to judge it by."""
        judged = self.ratio if self.by_ratio else self.value
        if mark is None or judged is None:
            return None
        return judged >= mark if self.more_is_better and not self.by_ratio else judged <= mark

    def as_json(self) -> dict[str, Any]:
        """The figure with its verdicts."""
        return asdict(self) | {
            "ratio": self.ratio,
            "bar_met": self.meets(self.bar),
            "goal_met": self.meets(self.goal),
        }


def figure(name: str, unit: str, values: Sequence[float], **more: Any) -> Figure:
    """The figure of several runs: their median, least and most."""
    return Figure(
        name=name,
        unit=unit,
        value=statistics.median(values),
        runs=len(values),
        least=min(values),
        most=max(values),
        **more,
    )


def seconds(work: Callable[..., object], *args: object) -> float:
    """How long a call takes."""
    begun = perf_counter()
    work(*args)
    return perf_counter() - begun


def milliseconds(work: Callable[..., object], *args: object) -> float:
    """How long a call takes, in ms."""
    return seconds(work, *args) * 1000


def p99(values: Sequence[float]) -> float:
    """The value that 99 of 100 do not exceed."""
    return _quantile(values, 0.99)


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not exceed."""
    return _quantile(values, 0.95)


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


_HEADINGS = (
    "what", "figure", "least … most", "p95", "statements", "rows read", "written", "steps", "read whole",
    "limit in this run", "ratio", "first bar", "goal",
)  # fmt: skip


def table(figures: Iterable[Figure]) -> str:
    """All figures as a table of text."""
    rows = _filled([_HEADINGS, *(_row(one) for one in figures)])
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def markdown(figures: Iterable[Figure]) -> str:
    """All figures as a table of Markdown."""
    headings, *rows = _filled([_HEADINGS, *(_row(one) for one in figures)])
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in lines)


def _filled(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The table without the columns in which no figure has anything."""
    used = [place for place in range(len(_HEADINGS)) if any(row[place] for row in rows[1:])]
    return [tuple(row[place] for place in used) for row in rows]


def _row(one: Figure) -> tuple[str, ...]:
    return (
        one.name,
        f"{_short(one.value)} {one.unit}",
        f"{_short(one.least)} … {_short(one.most)}" if one.runs > 1 else "",
        f"{_short(one.p95)} {one.unit}" if one.p95 is not None else "",
        *_done(one.work),
        f"{_short(one.limit)} {one.unit} {one.limit_is}" if one.limit is not None else one.limit_is,
        f"{one.ratio:.2f}×" if one.ratio is not None else "",
        _verdict(one, one.bar),
        _verdict(one, one.goal),
    )


def _done(work: Work | None) -> tuple[str, ...]:
    if work is None:
        return ("",) * 5
    counts = (work.statements, work.rows, work.written, work.steps)
    return (*(f"{one:,}" for one in counts), ", ".join(work.whole))


def _verdict(one: Figure, mark: float | None) -> str:
    met = one.meets(mark)
    if met is None:
        return ""
    unit = "×" if one.by_ratio else f" {one.unit}"
    sign = "≥" if one.more_is_better and not one.by_ratio else "≤"
    return f"{sign} {mark:,g}{unit} {'reached' if met else 'MISSED'}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.1f}" if abs(value) >= 20 else f"{value:.3g}"
