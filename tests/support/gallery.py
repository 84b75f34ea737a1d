"""Grabs every widget with lifelike rows as PNGs in every theme, at one and two device pixels, into a folder."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import theme
from desktop.widgets.banner import Banner
from desktop.widgets.book_rows import BookBlock, BookBox, BookColumn, BookDay, Span
from desktop.widgets.busy_bar import BusyBar
from desktop.widgets.day_book import DayBook
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.search_box import SearchBox
from desktop.widgets.search_rows import SearchRow
from desktop.widgets.status_pill import Connection, StatusPill, SyncFacts
from desktop.widgets.theme import Scheme
from desktop.widgets.toast import Toast

ZONE = "Europe/Berlin"
DAY = date(2026, 11, 23)

STAFF = (
    ("bo", "Bo Fischer", "Stylist", "#2563eb"),
    ("ann", "Ann Lindqvist", "Colourist", "#db2777"),
    ("mei", "Mei Tanaka", "Stylist", "#7c3aed"),
    ("sam", "Sam Okafor", "Barber", "#ea580c"),
    ("lea", "Léa Moreau", "Nails", "#0d9488"),
)

VISITS: tuple[tuple[str, int, int, int, str, str, str, dict[str, Any]], ...] = (
    ("bo", 9, 0, 45, "Maria Schmidt", "Cut and blow-dry", "completed", {}),
    ("bo", 10, 0, 60, "Jonas Weber", "Cut and beard", "in_service", {"buffer_after": 15}),
    ("bo", 11, 30, 30, "Priya Nair", "Fringe trim", "arrived", {}),
    ("bo", 13, 0, 90, "Elena Petrova", "Cut, wash and style", "confirmed", {"pending": True}),
    ("bo", 15, 0, 30, "Walk-in", "Dry cut", "booked", {}),
    ("ann", 9, 30, 150, "Sofia Rossi", "Balayage", "in_service", {"gaps": ((40, 85),), "buffer_before": 15}),
    ("ann", 13, 0, 60, "Hannah Bauer", "Root colour", "booked", {"refused": True}),
    ("ann", 14, 30, 45, "Grace Kim", "Toner", "requested", {}),
    ("ann", 15, 30, 60, "Noor Haddad", "Gloss", "booked", {}),
    ("mei", 9, 0, 30, "Tom Brandt", "Cut", "no_show", {}),
    ("mei", 10, 0, 60, "Aisha Khan", "Long cut", "completed", {}),
    ("mei", 11, 15, 75, "Julia Novak with an uncommonly long family name", "Cut, treatment and styling", "arrived", {}),
    ("mei", 13, 0, 45, "Lukas Meyer", "Cut", "confirmed", {}),
    ("mei", 13, 15, 45, "Mila Meyer", "Child's cut", "confirmed", {}),
    ("mei", 13, 30, 60, "Nora Meyer", "Cut", "booked", {"pending": True}),
    ("sam", 9, 0, 15, "Kofi", "Line-up", "completed", {}),
    ("sam", 9, 15, 15, "Ben Adler", "Line-up", "completed", {}),
    ("sam", 9, 30, 30, "Omar Said", "Fade", "cancelled", {}),
    ("sam", 10, 30, 45, "David Cohen", "Hot shave", "in_service", {}),
    ("sam", 11, 20, 10, "Mr Ito", "Neck trim", "confirmed", {"pending": True}),
    ("sam", 14, 0, 45, "Felix Braun", "Fade", "booked", {}),
    ("lea", 10, 0, 60, "Clara Vogel", "Gel manicure", "booked", {}),
    ("lea", 11, 0, 60, "Ida Holm", "Pedicure", "confirmed", {"buffer_after": 10}),
    ("r1", 9, 30, 150, "Sofia Rossi", "Balayage", "in_service", {}),
    ("r1", 13, 0, 60, "Hannah Bauer", "Root colour", "booked", {"refused": True}),
)


def moment(hour: int, minute: int = 0, day: date = DAY, zone: str = ZONE) -> datetime:
    """A local time of the gallery's day as an instant."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def salon_day() -> BookDay:
    """A day of a salon with five people and a room, in which everything that can be drawn happens."""
    columns = [BookColumn(resource_id=i, title=name, subtitle=kind, colour=c) for i, name, kind, c in STAFF]
    columns.append(BookColumn(resource_id="r1", title="Room 1", subtitle="Colour bar", colour="#64748b", kind="ROOM"))
    hours: dict[str, tuple[Span, ...]] = {column.resource_id: ((moment(9), moment(17)),) for column in columns}
    hours["lea"] = ((moment(10), moment(12, 30)), (moment(14), moment(18)))
    blocks = (
        BookBlock(resource_id="sam", starts=moment(12), ends=moment(13), reason="Lunch"),
        BookBlock(resource_id="r1", starts=moment(14, 30), ends=moment(16), reason="Maintenance: new basin"),
    )
    return BookDay(
        day=DAY, zone=ZONE, columns=tuple(columns), boxes=tuple(_box(*visit) for visit in VISITS), blocks=blocks,
        open_spans=hours, now=moment(11, 38),
    )  # fmt: skip


def _box(
    who: str, hour: int, minute: int, length: int, title: str, service: str, status: str, more: dict[str, Any]
) -> BookBox:
    starts = moment(hour, minute)
    gaps: tuple[Span, ...] = tuple(
        (starts + timedelta(minutes=a), starts + timedelta(minutes=b)) for a, b in more.get("gaps", ())
    )
    colour = next((colour for key, _, _, colour in STAFF if key == who), "#64748b")
    return BookBox(
        appointment_id=f"{title} {hour}", resource_id=who, starts=starts, ends=starts + timedelta(minutes=length),
        title=title, subtitle=service, status=status, colour=colour,
        spoken=f"{hour:02}:{minute:02}, {title}, {service}, {status}", **(more | {"gaps": gaps}),
    )  # fmt: skip


def book(width: int = 1280, height: int = 860) -> DayBook:
    """The salon's day in a book of this size."""
    shown = DayBook()
    shown.resize(width, height)
    shown.show_day(salon_day())
    shown.show()
    return shown


def hovered_book() -> QWidget:
    """The book with a selected booking and the keyboard's ring."""
    shown = book()
    shown.activateWindow()
    QTest.qWaitForWindowActive(shown)
    shown.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(2):
        QTest.keyClick(shown, Qt.Key.Key_Down)
    return shown


def dragged_book(*, free: bool) -> QWidget:
    """The book while a booking is moved."""
    shown = book()
    item = shown.scene.boxes_of("Jonas Weber 10")[0]
    at = shown.to_viewport(item.body).center()
    to = at + (QPoint(420, 130) if free else QPoint(620, 130))
    QTest.mousePress(shown.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(shown.viewport(), at + QPoint(10, 10))
    QTest.mouseMove(shown.viewport(), to)
    shown.set_verdict("Free" if free else "Sam Okafor: lunch until 13:00", free)
    return shown


def long_day() -> QWidget:
    """The day on which clocks go back, with its doubled hour."""
    day = date(2026, 10, 25)
    shown = DayBook()
    shown.resize(640, 520)
    columns = (BookColumn(resource_id="n", title="Night desk", subtitle="Porter", colour="#2563eb"),)
    starts = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    box = BookBox(
        appointment_id="n1", resource_id="n", starts=starts, ends=starts + timedelta(hours=1), title="Late arrival",
        subtitle="02:30 twice", spoken="Late arrival", colour="#2563eb",
    )  # fmt: skip
    spans = {"n": ((moment(0, 0, day), moment(23, 0, day)),)}
    shown.show_day(BookDay(day=day, zone=ZONE, columns=columns, boxes=(box,), open_spans=spans, locale="en_US"))
    shown.show()
    shown.verticalScrollBar().setValue(0)
    return shown


def controls() -> QWidget:
    """Qt's own controls in the product's dress, and the small widgets."""
    page = QWidget()
    page.resize(720, 760)
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 20)
    for words, kind, action in (
        ("You are working offline. Everything is saved on this computer.", "offline", "Try now"),
        ("One booking could not be accepted: Hannah Bauer, 13:00.", "danger", "Show"),
        ("This computer's clock is 12 minutes off. Times may be wrong.", "warning", "Details"),
        ("All 214 edits were accepted by the server.", "success", ""),
    ):
        banner = Banner()
        column.addWidget(banner)
        banner.show_message(words, kind=kind, action=action, dismissible=kind == "success")
    inner = QVBoxLayout()
    inner.setContentsMargins(24, 16, 24, 0)
    inner.setSpacing(12)
    column.addLayout(inner)
    for words, role in (("Good morning, Bo", "display"), ("Needs attention", "heading"), ("Booking", "title")):
        inner.addWidget(_label(words, role))
    inner.addWidget(_label("Cut and blow-dry, 45 minutes with Bo Fischer", "muted"))
    inner.addWidget(_label("Enter a phone number of at least six digits.", "error"))
    row = QHBoxLayout()
    kinds = {"Book": "primary", "Find a slot": "", "Details": "quiet", "Cancel booking": "danger", "Why?": "link"}
    for words, kind in kinds.items():
        button = QPushButton(words)
        button.setProperty("kind", kind)
        row.addWidget(button)
    off = QPushButton("Not now")
    off.setEnabled(False)
    row.addWidget(off)
    row.addStretch()
    inner.addLayout(row)
    fields = QHBoxLayout()
    edit = QLineEdit()
    edit.setPlaceholderText("E-mail")
    choice = QComboBox()
    choice.addItems(["Bo Fischer", "Ann Lindqvist"])
    box = QCheckBox("Any free person")
    box.setChecked(True)
    for field in (edit, choice, box):
        fields.addWidget(field)
    inner.addLayout(fields)
    for facts in (
        SyncFacts(connection=Connection.ONLINE, last_contact="14:02"),
        SyncFacts(connection=Connection.OFFLINE, since="14:02", waiting=37, last_contact="14:02"),
        SyncFacts(connection=Connection.SYNCING, waiting=1, last_contact="14:02"),
        SyncFacts(connection=Connection.PROBLEM, problem="This app is too old", waiting=2, last_contact="Mon 09:12"),
    ):
        pill = StatusPill()
        pill.show_facts(facts)
        inner.addWidget(pill, 0, Qt.AlignmentFlag.AlignLeft)
    busy = BusyBar()
    inner.addWidget(busy)
    busy.show_progress("Fetching the book: 61,300 of 100,000 rows, about 4 s left", 61_300, 100_000, cancellable=True)
    column.addStretch()
    page.show()
    return page


def empty() -> QWidget:
    """An empty list."""
    page = EmptyState()
    page.resize(420, 320)
    sentence = "Nothing needs your attention. Edits that the server could not take show up here."
    page.show_state("inbox", sentence, "Open the book")
    page.show()
    return page


def search() -> QWidget:
    """The customer finder with its list, over a card."""
    page = QWidget()
    page.resize(460, 360)
    column = QVBoxLayout(page)
    column.setContentsMargins(20, 20, 20, 20)
    column.addWidget(_label("New booking", "heading"))
    finder = SearchBox()
    finder.set_label("Customer", "Name, phone or e-mail")
    finder.set_create_label("New customer “{text}”")
    column.addWidget(finder)
    column.addStretch()
    page.show()
    page.activateWindow()
    QTest.qWaitForWindowActive(page)
    finder.edit.setFocus()
    QTest.keyClicks(finder.edit, "0171 55")
    finder.show_rows(
        [
            SearchRow(id="1", title="Maria Schmidt", detail="0171 5550134 · last visit 2 Nov"),
            SearchRow(id="2", title="Jonas Weber", detail="0171 5550166", alert="Allergic to PPD"),
            SearchRow(id="3", title="Priya Nair", detail="0171 5550178 · priya@example.com"),
        ]
    )
    return page


def toast() -> QWidget:
    """A toast over its window."""
    page = QFrame()
    page.resize(560, 140)
    note = Toast(page)
    page.show()
    note.show_message("Booking of Jonas Weber cancelled.", "Undo")
    return page


def _label(words: str, role: str) -> QLabel:
    label = QLabel(words)
    label.setProperty("role", role)
    return label


PICTURES = {
    "book": book,
    "book-keys": hovered_book,
    "book-free": lambda: dragged_book(free=True),
    "book-taken": lambda: dragged_book(free=False),
    "book-narrow": lambda: book(620, 420),
    "long-day": long_day,
    "controls": controls,
    "empty": empty,
    "search": search,
    "toast": toast,
}


def grab(out: Path, scale: str) -> None:
    """Write every picture in every theme at the scale that this process runs with."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    for scheme in (Scheme.LIGHT, Scheme.DARK, Scheme.HIGH_CONTRAST):
        theme.apply(app, scheme)
        for name, make in PICTURES.items():
            widget = make()
            theme.dress(widget)
            QTest.qWait(10)
            widget.grab().save(str(out / f"{name}-{scheme.value}-{scale}.png"))
            widget.close()
            widget.deleteLater()


def main() -> None:
    """Grab at both scales, each in a process of its own: Qt reads the factor once."""
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) > 2:
        grab(out, sys.argv[2])
        return
    for scale, factor in (("100", "1"), ("200", "2")):
        environment = os.environ | {"QT_SCALE_FACTOR": factor, "QT_QPA_PLATFORM": "offscreen"}
        subprocess.run([sys.executable, "-m", "tests.support.gallery", str(out), scale], env=environment, check=True)


if __name__ == "__main__":
    main()
