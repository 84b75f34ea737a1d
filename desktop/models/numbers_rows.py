"""What the page of figures shows: plain values, worded by presenters."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One main figure."""

    label: str
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of a bar chart; `share` from 0 to 1 says how long its bar is."""

    name: str
    text: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars under a title; `note` says what they are of, and `empty` stands there where there are none."""

    title: str
    bars: tuple[Bar, ...]
    note: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """One hour of one row: `share` from 0 to 1, None where nothing is open; `spoken` says it in words."""

    text: str
    share: float | None
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRow:
    """One line of the heat table: a resource, or all of them."""

    name: str
    cells: tuple[HeatCell, ...]
    detail: str = ""
    """What else there is to say of it, such as work outside of its hours."""
    is_sum: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """Lines of cells under their columns."""

    columns: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumbersPage:
    """All of it."""

    tiles: tuple[Tile, ...]
    heat: Heat
    charts: tuple[Chart, ...]
