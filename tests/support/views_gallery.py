"""The views of the book with lifelike rows, for the gallery of the window."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from desktop.models.agenda_rows import AgendaRow
from desktop.models.book_views import ColumnRow, View
from desktop.models.month_rows import MonthCell
from desktop.models.rows import Choice
from desktop.presenters.agenda import LENGTHS
from desktop.presenters.book_span import month_of, week_of
from desktop.presenters.month import cell_of
from desktop.presenters.words import Words
from desktop.views.book_page import BookPage
from desktop.views.columns_dialog import ColumnsDialog
from desktop.widgets.book_rows import BookBlock, BookBox, BookColumn, BookDay
from shared.dates import weekday_text
from shared.rules.load import Load

ZONE: Final = "Europe/Berlin"
TODAY: Final = date(2026, 11, 24)
WORDS: Final = Words(zone=ZONE)
Visit = tuple[int, int, int, int, str, str, str, str]
VISITS: Final[tuple[Visit, ...]] = (
    (0, 9, 0, 45, "Maria Schmidt", "Cut and blow-dry", "completed", "#2563eb"),
    (0, 10, 30, 90, "Jonas Weber", "Colour and cut", "completed", "#db2777"),
    (0, 14, 0, 30, "Priya Nair", "Fringe trim", "no_show", "#2563eb"),
    (1, 9, 30, 60, "Elena Petrova", "Cut, wash and style", "completed", "#2563eb"),
    (1, 11, 0, 45, "Tom Brandt", "Cut", "in_service", "#2563eb"),
    (1, 13, 30, 150, "Sofia Rossi", "Balayage", "confirmed", "#db2777"),
    (2, 10, 0, 45, "Hannah Bauer", "Root colour", "requested", "#db2777"),
    (2, 11, 15, 75, "Julia Novak with an uncommonly long family name", "Treatment", "confirmed", "#7c3aed"),
    (2, 15, 0, 45, "Grace Kim", "Toner", "booked", "#db2777"),
    (2, 15, 15, 45, "Noor Haddad", "Gloss", "booked", "#0d9488"),
    (3, 9, 0, 30, "Walk-in", "Dry cut", "booked", "#2563eb"),
    (3, 16, 30, 90, "Aisha Khan", "Long cut", "booked", "#2563eb"),
    (4, 9, 0, 60, "Lukas Meyer", "Cut ↻", "confirmed", "#2563eb"),
    (4, 23, 0, 120, "Felix Braun", "Bridal party, before and after midnight", "booked", "#ea580c"),
)


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A local time of a day as an instant."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def show_week(page: BookPage, around: date = TODAY) -> None:
    """A week of one person, in which everything that can be drawn happens."""
    days = week_of(around, 0)
    page.show_view(View.WEEK)
    page.bar.show_day(
        around, f"{WORDS.full_date(days[0])} – {WORDS.full_date(days[-1])}", "Mon 23 Nov", is_today=True, view=View.WEEK
    )
    page.view_bar.show_who((Choice(id="ana", text="Ana Lindqvist"), Choice(id="bo", text="Bo Fischer")), "ana")
    page.book.show_day(week_rows(days))


def show_clocks_back(page: BookPage) -> None:
    """The night of a week in which an hour comes twice."""
    show_week(page, date(2026, 10, 22))
    page.book.verticalScrollBar().setValue(0)


def week_rows(days: tuple[date, ...]) -> BookDay:
    """The rows of a week."""
    columns = tuple(
        BookColumn(
            resource_id="ana", title=weekday_text(day), subtitle="Closed" if day.weekday() > 4 else _count(number),
            day=day, badge=str(day.day), spoken=WORDS.day(day), marked=day == TODAY,
        )
        for number, day in enumerate(days)
    )  # fmt: skip
    boxes = tuple(_box(days[one[0]], one) for one in VISITS)
    return BookDay(
        day=days[0], zone=ZONE, columns=columns, boxes=boxes, title="Week of Monday, 23 November 2026, Ana Lindqvist",
        blocks=(
            BookBlock(resource_id="ana", starts=moment(days[0], 12, 30), ends=moment(days[0], 13, 30), reason="Lunch"),
            BookBlock(resource_id="ana", starts=moment(days[3], 11), ends=moment(days[3], 16), reason="Training"),
        ),
        open_spans={"ana": tuple((moment(day, 9), moment(day, 18)) for day in days[:5])},
        now=moment(TODAY, 11, 38) if TODAY in days else None,
    )  # fmt: skip


def _count(number: int) -> str:
    visits = sum(one[0] == number for one in VISITS)
    return "1 visit" if visits == 1 else f"{visits} visits"


def _box(day: date, visit: Visit) -> BookBox:
    _, hour, minute, length, title, service, status, colour = visit
    starts = moment(day, hour, minute)
    gap = (starts + timedelta(minutes=45), starts + timedelta(minutes=90))
    return BookBox(
        appointment_id=f"{title} {hour}", resource_id="ana", starts=starts, ends=starts + timedelta(minutes=length),
        title=title, subtitle=service, status=status, colour=colour, spoken=f"{title}, {service}",
        gaps=(gap,) if service == "Balayage" else (), buffer_after=15 if length == 45 else 0,
        pending=title == "Aisha Khan", refused=title == "Grace Kim",
    )  # fmt: skip


def show_month(page: BookPage) -> None:
    """A month with quiet, full and closed days."""
    days = month_of(TODAY, 0)
    page.show_view(View.MONTH)
    page.bar.show_day(TODAY, "November 2026", "November 2026", is_today=True, view=View.MONTH)
    page.view_bar.show_who((Choice(id="", text="All columns"), Choice(id="bo", text="Bo Fischer")), "")
    page.month.show_month(month_cells(days), tuple(weekday_text(day) for day in days[:7]), TODAY)


def month_cells(days: tuple[date, ...]) -> tuple[MonthCell, ...]:
    """The days of a month."""
    dice = random.Random(1)
    cells = []
    for day in days:
        booked = dice.choice((0, 300, 900, 1500, 2100, 2400, 2600))
        closed = day.weekday() == 6
        load = Load(visits=0 if closed else booked // 45, booked=0 if closed else booked, open=0 if closed else 2400)
        cells.append(cell_of(day, load, WORDS, month=11, today=TODAY))
    return tuple(cells)


def show_agenda(page: BookPage) -> None:
    """The visits of a week in a list."""
    days = week_of(TODAY, 0)
    page.show_view(View.AGENDA)
    title = f"{WORDS.full_date(days[0])} – {WORDS.full_date(days[-1])}"
    page.bar.show_day(TODAY, title, "Mon 23 Nov", is_today=True, view=View.AGENDA)
    page.view_bar.show_who((Choice(id="", text="All columns"), Choice(id="bo", text="Bo Fischer")), "")
    statuses = (Choice(id="", text="Any status"), Choice(id="booked", text="Booked"))
    if not page.agenda.status.count():
        page.agenda.show_choices(statuses, LENGTHS)
    page.agenda.show_rows(tuple(agenda_rows(days)), f"{len(VISITS)} visits", more=False)
    page.agenda.choose("Tom Brandt 11")


def agenda_rows(days: tuple[date, ...]) -> list[AgendaRow]:
    """Headings and visits."""
    rows, last = list[AgendaRow](), -1
    for number, hour, minute, length, title, service, status, _ in VISITS:
        if number != last:
            last = number
            rows.append(AgendaRow(title=f"{WORDS.day(days[number])}  ·  {_count(number)}", day=str(number)))
        start = moment(days[number], hour, minute)
        pending, refused = title == "Aisha Khan", title == "Grace Kim"
        note = " · Not accepted" if refused else " · Not yet accepted" if pending else ""
        rows.append(
            AgendaRow(
                id=f"{title} {hour}", title=f"{WORDS.time(start)} – {WORDS.time(start + timedelta(minutes=length))}",
                customer=title, service=service, people="Ana Lindqvist", sign=status, pending=pending, refused=refused,
                status=status.replace("_", " ").capitalize() + note, over=status in ("completed", "no_show"),
                spoken=f"{title}, {service}",
            )
        )  # fmt: skip
    return rows


def show_columns(page: BookPage) -> ColumnsDialog:
    """The dialog in which the columns are chosen."""
    dialog = page.columns
    rows = tuple(
        ColumnRow(id=name, title=name, kind=kind)
        for name, kind in (
            ("Ana Lindqvist", "STAFF"), ("Bo Fischer", "STAFF"), ("Mei Tanaka", "STAFF"), ("Sam Okafor", "STAFF"),
            ("Room 1", "ROOM"), ("Steamer", "EQUIPMENT"),
        )
    )  # fmt: skip
    dialog.ask(rows, ("Mei Tanaka", "Ana Lindqvist", "Room 1"), ())
    return dialog
