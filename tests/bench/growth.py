"""Whether a step grows with what it does not touch: tenants, their turns, connected desks, rows.

One of them is varied at a time around a base point. All points are measured by turns, a few steps at each, so that
whatever else the machine does hits all of them alike; each figure's limit is the base point in the same run.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from syncserver.store.tenants import create_tenant
from tests.bench.figures import Figure, Point, figure
from tests.bench.growth_idle import idle
from tests.bench.growth_steps import STEPS, Site, Took
from tests.bench.shop_book import Book, open_book
from tests.bench.stage import Stage, stage

_BASE: Final = "base"
_TENANTS: Final = "tenants in the database"
_TURNS: Final = "tenants that save by turns"
_DESKS: Final = "connected desks"
_ROWS: Final = "rows of the tenant"
_LINES: Final = {"server": "the server", "database": "PostgreSQL", "wall": "until it is done"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What is varied, the base point first, and how often all points are visited after a first time."""

    tenants: tuple[int, ...]
    turns: tuple[int, ...]
    desks: tuple[int, ...]
    rows: tuple[int, ...]
    rounds: int


_FULL: Final = Sizes(
    tenants=(10, 100, 1000), turns=(1, 2, 4), desks=(1, 10, 100), rows=(10_000, 1000, 100_000, 500_000), rounds=8
)  # fmt: skip
_QUICK: Final = Sizes(tenants=(6, 8), turns=(1, 2), desks=(1, 3), rows=(1000, 2000), rounds=1)
_REST: Final = {True: {"rest": 2, "times": 1}, False: {"rest": 60, "times": 3}}

_Where = tuple[str, int]


def measure(ground: Stage) -> list[Figure]:
    """Every step at every point beside the base point, then what the tenants cost while nobody does anything."""
    sizes = _QUICK if ground.quick else _FULL
    took: dict[tuple[_Where, str], list[Took]] = {}
    with ExitStack() as stack:
        more = {count: stack.enter_context(_crowded(ground, count)) for count in sizes.tenants[1:]}
        sites = _sites(ground, more, sizes, stack)
        for number in range(sizes.rounds + 1):
            for (where, site), (step, work) in ((one, each) for one in sites.items() for each in STEPS.items()):
                told = work(site)
                # The first round is for whatever is loaded and planned once.
                if number:
                    took.setdefault((where, step), []).append(told)
        grounds = {sizes.tenants[0]: ground} | more
        resting = idle(grounds, **_REST[ground.quick])
    base_of = {_TENANTS: sizes.tenants[0], _TURNS: sizes.turns[0], _DESKS: sizes.desks[0], _ROWS: sizes.rows[0]}
    return [*_figures(took, base_of), *resting]


@contextmanager
def _crowded(ground: Stage, tenants: int) -> Iterator[Stage]:
    """A database of its own for so many tenants."""
    with stage(ground.new_folder(), quick=ground.quick) as made:
        # One of them is the one that is measured.
        _fill_up(made, tenants - 1)
        yield made


def _fill_up(ground: Stage, tenants: int) -> None:
    for number in range(tenants):
        create_tenant(ground.engine, slug=f"quiet-{number}", name="Quiet")


def _sites(ground: Stage, more: dict[int, Stage], sizes: Sizes, stack: ExitStack) -> dict[_Where, Site]:
    """Where steps are taken. The base point's database holds as many tenants as are said: some of them are measured."""
    base, *rows = sizes.rows
    book, *others = (_book(ground, base) for _ in range(max(sizes.turns)))
    books: dict[_Where, tuple[Stage, list[Book], int]] = {(_BASE, 0): (ground, [book], 1)}
    books |= {(_TURNS, count): (ground, [book, *others[: count - 1]], 1) for count in sizes.turns[1:]}
    books |= {(_DESKS, count): (ground, [_book(ground, base)], count) for count in sizes.desks[1:]}
    books |= {(_ROWS, count): (ground, [_book(ground, count)], 1) for count in rows}
    books |= {(_TENANTS, count): (where, [_book(where, base)], 1) for count, where in more.items()}
    made = len(others) + len(sizes.desks) + len(rows)
    assert made <= sizes.tenants[0], made
    _fill_up(ground, sizes.tenants[0] - made)
    for where, those, _ in books.values():
        where.tidy_up(*those)
    return {where: stack.enter_context(Site(*given)) for where, given in books.items()}


def _book(ground: Stage, rows: int) -> Book:
    # A visit has one allocation beside it.
    return open_book(ground.engine, appointments=rows // 2)


def _figures(took: dict[tuple[_Where, str], list[Took]], base_of: Mapping[str, int]) -> Iterator[Figure]:
    for (where, step), told in took.items():
        if where != (_BASE, 0):
            base = took[(_BASE, 0), step]
            yield from (_figure(where, step, line, told=told, base=base, base_at=base_of[where[0]]) for line in _LINES)


def _figure(where: _Where, step: str, line: str, *, told: list[Took], base: list[Took], base_at: int) -> Figure:
    varied, count = where
    limit = figure("", "ms", [getattr(one, line) for one in base]).value
    # Whoever listens is told of what was written, and that takes the server something.
    touched = varied == _DESKS and line != "database" and not step.startswith("pull")
    marks = {} if touched else {"bar": 1.5, "goal": 1.15}
    point = Point(row=step, column=varied, line=_LINES[line], at=count, base=base_at)
    return figure(
        f"growth: {step}, {count:,} {varied}, {_LINES[line]}", "ms", [getattr(one, line) for one in told], limit=limit,
        limit_is=f"{base_at:,} of them", by_ratio=True, point=point, **marks,
    )  # fmt: skip
