"""What the book paints of a day or a week, made from what the query answered."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from desktop.presenters.words import NOT_ACCEPTED, STATUS, Words
from desktop.queries.day_book import Booking, DayBook, Piece
from desktop.widgets.book_rows import BookBlock, BookBox, BookColumn, BookDay
from shared.dates import weekday_text
from shared.model.resource import Resource, ResourceKind
from shared.rules import wall_time

_SUBTITLES = {ResourceKind.STAFF: "", ResourceKind.ROOM: "Room", ResourceKind.EQUIPMENT: "Equipment"}

REPEATS = "↻"
"""Marks a visit of a series; a screen reader says that it repeats."""


def painted(book: DayBook, words: Words) -> BookDay:
    """The rows of the widget for a day, or for the days of one resource."""
    is_week = len(book.days) > 1
    return BookDay(
        day=book.day,
        zone=book.location.zone,
        title=_title(book, words) if is_week else "",
        columns=_days(book, words) if is_week else tuple(_column(one) for one in book.resources),
        boxes=tuple(box for booking in book.bookings for box in _boxes(booking, words, book.names)),
        blocks=tuple(
            BookBlock(resource_id=one.resource_id, starts=one.starts_at, ends=one.ends_at, reason=one.reason)
            for one in book.blocks
        ),
        open_spans={
            resource: tuple((span.start, span.end) for span in spans) for resource, spans in book.open_spans.items()
        },
        slot_step=book.slot_step,
        now=book.now if book.span.start <= book.now < book.span.end else None,
        locale=words.locale,
    )


def _column(one: Resource) -> BookColumn:
    return BookColumn(
        resource_id=one.id, title=one.name, subtitle=_SUBTITLES[one.kind], colour=one.colour, kind=one.kind.value
    )


def _title(book: DayBook, words: Words) -> str:
    whose = "".join(f", {one.name}" for one in book.resources)
    return f"Week of {words.day(book.day)}{whose}"


def _days(book: DayBook, words: Words) -> tuple[BookColumn, ...]:
    """A column for each day of the one resource."""
    today = wall_time.local(book.now, book.location.zone).date()
    visits = Counter(wall_time.local(one.span.start, book.location.zone).date() for one in book.bookings)
    return tuple(
        _day(one, day, visits[day], book, words, is_today=day == today) for one in book.resources for day in book.days
    )


def _day(one: Resource, day: date, visits: int, book: DayBook, words: Words, *, is_today: bool) -> BookColumn:
    span = wall_time.day_span(day, book.location.zone)
    is_open = any(span.overlaps(opening) for opening in book.open_spans.get(one.id, ()))
    said = visits_words(visits) if visits or is_open else "Closed"
    return BookColumn(
        resource_id=one.id, title=weekday_text(day), subtitle=said, colour=one.colour, kind=one.kind.value, day=day,
        badge=str(day.day), spoken=f"{words.day(day)}, today" if is_today else words.day(day), marked=is_today,
    )  # fmt: skip


def visits_words(count: int) -> str:
    """`1 visit`, `3 visits`, `No visits`."""
    return "1 visit" if count == 1 else f"{count or 'No'} visits"


def _boxes(booking: Booking, words: Words, names: Mapping[str, str]) -> Iterator[BookBox]:
    spoken = spoken_of(booking, words, names)
    title = booking.customer_name or booking.service or "Booked"
    note = booking.refused or (NOT_ACCEPTED if booking.pending else "")
    head = f"{title}\n{words.span(booking.span)}  {booking.service}".rstrip()
    tooltip = "\n".join(line for line in (head, STATUS[booking.status], booking.alert, booking.notes, note) if line)
    for piece in booking.pieces:
        yield _box(booking, piece, title=title, tooltip=tooltip, spoken=spoken)


def _box(booking: Booking, piece: Piece, *, title: str, tooltip: str, spoken: str) -> BookBox:
    repeats = REPEATS if booking.repeats else ""
    return BookBox(
        appointment_id=booking.id,
        resource_id=piece.resource_id,
        starts=piece.span.start,
        ends=piece.span.end,
        title=title,
        subtitle=" ".join(part for part in (booking.service if booking.customer_name else "", repeats) if part),
        spoken=spoken,
        tooltip=tooltip,
        status=booking.status.value,
        colour=booking.colour,
        buffer_before=piece.before,
        buffer_after=piece.after,
        gaps=tuple((gap.start, gap.end) for gap in piece.gaps),
        pending=booking.pending,
        refused=bool(booking.refused),
        segments=piece.segments,
    )


def spoken_of(booking: Booking, words: Words, names: Mapping[str, str]) -> str:
    """One sentence: time, day, customer, service, person, status, and how the server stands to it."""
    people = ", ".join(dict.fromkeys(names.get(piece.resource_id, "") for piece in booking.pieces))
    parts = (
        words.when(booking.span), booking.customer_name, booking.service, people and f"with {people}",
        STATUS[booking.status].lower(), "repeats" if booking.repeats else "",
        booking.refused or (NOT_ACCEPTED if booking.pending else ""),
    )  # fmt: skip
    return ", ".join(part for part in parts if part)
