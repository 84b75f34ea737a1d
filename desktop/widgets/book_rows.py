"""The rows that the book paints: plain values which presenters make from what the queries answer.

Every time is an aware instant, every span half-open, every colour a `#rrggbb` of the tenant's data: the theme tints it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

Span = tuple[datetime, datetime]
BoxKey = tuple[str, str, datetime]
ColumnKey = tuple[str, date | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookColumn:
    """One bookable resource as a column, or one day of it; `kind` is `STAFF`, `ROOM` or `EQUIPMENT`.

    A column with a `day` shows that local day and its number as `badge`; `marked` is what stands out, as today does.
    """

    resource_id: str
    title: str
    subtitle: str = ""
    colour: str = ""
    kind: str = "STAFF"
    day: date | None = None
    badge: str = ""
    spoken: str = ""
    """What a screen reader says instead of the title."""
    marked: bool = False

    @property
    def key(self) -> ColumnKey:
        """What stays the same while the column only changes its looks."""
        return (self.resource_id, self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookBox:
    """One booking in one column; a booking that holds two resources is two boxes with the same `appointment_id`.

    `buffer_before` and `buffer_after` are minutes outside `starts` and `ends`; `gaps` are the processing spans inside,
    in which the resource is free. `pending` is saved on this computer and not yet accepted by the server, `refused` is
    expected to be refused or is refused already. `spoken` is the one sentence that a screen reader says.
    """

    appointment_id: str
    resource_id: str
    starts: datetime
    ends: datetime
    title: str
    spoken: str
    subtitle: str = ""
    status: str = "booked"
    colour: str = ""
    tooltip: str = ""
    buffer_before: int = 0
    buffer_after: int = 0
    gaps: tuple[Span, ...] = ()
    pending: bool = False
    refused: bool = False
    segments: tuple[int, ...] = (0,)
    """Which of the visit's segments it shows, by number."""

    @property
    def key(self) -> BoxKey:
        """What stays the same while the box only changes its looks or its end."""
        return (self.appointment_id, self.resource_id, self.starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookBlock:
    """A span in which a resource cannot be booked, with the reason in the words of who blocked it."""

    resource_id: str
    starts: datetime
    ends: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookDay:
    """All that the book shows of one local day; a resource without an entry in `open_spans` is closed all day.

    Where the columns have days of their own, as those of a week of one resource, `day` is the first of them and `title`
    says what it is. `slot_step` is in minutes; `now` is None where the now-line has no place. `locale` words times and
    dates (`en_GB`, `de_DE`, …).
    """

    day: date
    zone: str
    columns: tuple[BookColumn, ...] = ()
    boxes: tuple[BookBox, ...] = ()
    blocks: tuple[BookBlock, ...] = ()
    open_spans: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    slot_step: int = 15
    now: datetime | None = None
    locale: str = "en_GB"
    title: str = ""

    @property
    def key(self) -> tuple[date, str]:
        """What stays the same while only the rows change."""
        return (self.day, self.title)
