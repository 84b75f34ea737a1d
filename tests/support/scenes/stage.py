"""What every picture stands on: a believable day of a salon, and the window at work over it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from PySide6.QtWidgets import QWidget

from desktop.models.rows import Choice
from desktop.views.main_window import MainWindow
from desktop.widgets.book_rows import BookBlock, BookBox, BookColumn, BookDay
from desktop.widgets.status_pill import Connection, SyncFacts

DAY = date(2026, 11, 24)
SEVEN = datetime(2026, 11, 24, 6, tzinfo=UTC)
STAFF = (
    ("Ana Lindqvist", "#6c5ce7"), ("Ben Okafor", "#00897b"), ("Chloe Martin", "#d81b60"), ("Daniel Weiss", "#ef6c00"),
    ("Emi Tanaka", "#1e88e5"),
)  # fmt: skip
VISITS = (
    (0, 120, 45, "Mira Holm", "Cut & finish", "completed"), (0, 180, 90, "Jonas Berg", "Colour", "in_service"),
    (0, 300, 30, "Lea Vogt", "Fringe trim", "arrived"), (0, 420, 60, "Amal Haddad", "Blow-dry", "confirmed"),
    (1, 135, 60, "Peter Kraus", "Cut & beard", "no_show"), (1, 225, 45, "Sofia Rossi", "Cut & finish", "arrived"),
    (1, 330, 120, "Nora Lang", "Balayage", "booked"), (2, 120, 75, "Tom Becker", "Colour refresh", "booked"),
    (2, 240, 45, "Ida Nilsen", "Cut & finish", "requested"), (2, 360, 60, "Yusuf Demir", "Cut & beard", "booked"),
    (3, 150, 30, "Clara Fuchs", "Consultation", "cancelled"), (3, 210, 60, "Max Sommer", "Cut & finish", "confirmed"),
    (3, 300, 90, "Helga Brandt", "Perm", "booked"), (4, 180, 45, "Rosa Klein", "Cut & finish", "booked"),
    (4, 270, 60, "Finn Arnold", "Colour", "booked"),
)  # fmt: skip


def book_day() -> BookDay:
    """A believable Tuesday."""
    columns = tuple(
        BookColumn(resource_id=f"r{place}", title=name, colour=colour, kind="STAFF")
        for place, (name, colour) in enumerate(STAFF)
    )
    boxes = tuple(
        BookBox(
            appointment_id=f"a{number}",
            resource_id=f"r{place}",
            starts=SEVEN + timedelta(minutes=start),
            ends=SEVEN + timedelta(minutes=start + length),
            title=name,
            subtitle=service,
            spoken=f"{name}, {service}",
            status=status,
            colour=STAFF[place][1],
            pending=number in (6, 9),
            refused=number == 12,
        )
        for number, (place, start, length, name, service, status) in enumerate(VISITS)
    )
    hours = (SEVEN + timedelta(minutes=120), SEVEN + timedelta(minutes=660))
    return BookDay(
        day=DAY,
        zone="Europe/Berlin",
        columns=columns,
        boxes=boxes,
        blocks=(
            BookBlock(resource_id="r4", starts=hours[0], ends=hours[0] + timedelta(minutes=45), reason="Training"),
        ),
        open_spans={column.resource_id: (hours,) for column in columns},
        now=SEVEN + timedelta(minutes=255),
    )


SERVICES = (
    Choice(id="cut", text="Cut & finish", detail="45 min · €48.00"),
    Choice(id="colour", text="Colour", detail="90 min · €95.00"),
    Choice(id="perm", text="Perm", detail="90 min · €110.00"),
)
ALONE = SyncFacts(connection=Connection.OFFLINE, since="11:02", waiting=3, last_contact="11:02")
"""A desk that has been offline for a while, with edits that wait."""

Scene = Callable[[MainWindow], QWidget]
"""Brings something about at a window, and gives what the picture is of: the window, or a dialog of its own."""


def work(window: MainWindow) -> QWidget:
    """The book of that day, and nothing chosen in it."""
    window.show_work()
    window.show_page("book")
    window.navigation.show_business("Acme Corp")
    window.navigation.show_person("Ana Lindqvist", "Manager")
    window.navigation.show_count(2)
    window.show_place("Berlin time")
    window.pill.show_facts(SyncFacts(connection=Connection.ONLINE, last_contact="11:14"))
    page = window.book_page
    page.close_panel()
    page.bar.show_day(DAY, "Tuesday, 24 November 2026", "Tue 24 Nov", is_today=False)
    page.bar.show_locations((Choice(id="l", text="Mitte"), Choice(id="m", text="Nord")), "l")
    page.book.show_day(book_day())
    page.booking.show_choices(services=SERVICES)
    page.booking.show_resources(
        staff=tuple(Choice(id=f"r{n}", text=name) for n, (name, _) in enumerate(STAFF)),
        rooms=(Choice(id="room", text="Room 1"),),
        equipment=(),
    )
    return window


def as_owner(window: MainWindow) -> None:
    """Let the owner be at the desk, with their pages."""
    window.navigation.show_person("Olga Sander", "Owner")
    window.navigation.offer_pages(("team", "audit"))
