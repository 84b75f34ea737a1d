"""What the day book paints, made from what the query answered."""

from collections.abc import Iterator

from desktop.presenters.words import NOT_ACCEPTED, STATUS, Words
from desktop.queries.day_book import Booking, DayBook, Piece
from desktop.widgets.book_rows import BookBlock, BookBox, BookColumn, BookDay
from shared.model.resource import Resource, ResourceKind

_SUBTITLES = {ResourceKind.STAFF: "", ResourceKind.ROOM: "Room", ResourceKind.EQUIPMENT: "Equipment"}

REPEATS = "↻"
"""Marks a visit of a series; a screen reader says that it repeats."""


def painted(book: DayBook, words: Words) -> BookDay:
    """The rows of the widget for a day."""
    names = {str(one.id): one.name for one in book.resources}
    return BookDay(
        day=book.day,
        zone=book.location.zone,
        columns=tuple(_column(one) for one in book.resources),
        boxes=tuple(box for booking in book.bookings for box in _boxes(booking, words, names)),
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


def _boxes(booking: Booking, words: Words, names: dict[str, str]) -> Iterator[BookBox]:
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
        pending=booking.pending,
        refused=bool(booking.refused),
    )


def spoken_of(booking: Booking, words: Words, names: dict[str, str]) -> str:
    """One sentence: time, day, customer, service, person, status, and how the server stands to it."""
    people = ", ".join(dict.fromkeys(names.get(piece.resource_id, "") for piece in booking.pieces))
    parts = (
        words.when(booking.span), booking.customer_name, booking.service, people and f"with {people}",
        STATUS[booking.status].lower(), "repeats" if booking.repeats else "",
        booking.refused or (NOT_ACCEPTED if booking.pending else ""),
    )  # fmt: skip
    return ", ".join(part for part in parts if part)
