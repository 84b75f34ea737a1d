"""Bookings from the CSV files that other programs write, and from those of SmoothSchedule itself."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from desktop.files.cells import count_of, day_of, minutes_of, moment_of, time_of
from desktop.files.columns import Chosen, Kind, by_word
from desktop.files.table import Cells, Column, TableRow, read_table
from desktop.files.verdict import Note, Why, note
from shared.model.base import LONGEST_TEXT, value

_SEVERAL: Final = re.compile(r"[;|\n]")
_OFFSET: Final = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)
_DAY: Final = timedelta(days=1)


class Role(StrEnum):
    """What the cells of a column are to us."""

    DATE = "date"
    START = "start"
    END = "end"
    MINUTES = "minutes"
    OFFSET = "offset"
    LOCATION = "location"
    CUSTOMER = "customer"
    GIVEN = "given"
    FAMILY = "family"
    PHONE = "phone"
    EMAIL = "email"
    SERVICE = "service"
    RESOURCES = "resources"
    STATUS = "status"
    PARTY = "party"
    NOTES = "notes"
    EXTERNAL_ID = "external_id"
    OWN_ID = "own_id"
    CUSTOMER_ID = "customer_id"
    IGNORED = "ignored"


_HEADINGS: Final[Mapping[str, str]] = {
    Role.DATE: "date day startdate appointmentdate bookingdate datum tag termindatum",
    Role.START: "start starttime startsat startat begin from time appointmenttime scheduled scheduleddate datetime"
    " startdatetime beginn anfang von uhrzeit zeit startzeit",
    Role.END: "end endtime endsat endat finish to until enddatetime ende bis endzeit endtermin",
    Role.MINUTES: "minutes duration durationminutes durationmin durationinminutes length dauer minuten dauermin",
    Role.OFFSET: "utcoffset offset",
    Role.LOCATION: "location site branch store calendar standort filiale ort",
    Role.CUSTOMER: "customer customername client clientname name fullname kunde kundin kundenname kundinname",
    Role.GIVEN: "firstname givenname vorname",
    Role.FAMILY: "lastname familyname surname nachname",
    Role.PHONE: "phone phonenumber mobile mobilephone cell customerphone clientphone telefon telefonnummer handy mobil",
    Role.EMAIL: "email mail emailaddress customeremail clientemail mailadresse emailadresse",
    Role.SERVICE: "service servicename services treatment type appointmenttype item leistung dienstleistung behandlung",
    Role.RESOURCES: "with staff staffmember employee provider teammember stylist resource resources room mitarbeiter"
    " mitarbeiterin personal bei raum",
    Role.STATUS: "status state appointmentstatus bookingstatus zustand",
    Role.PARTY: "party partysize people guests personen personenzahl gaeste gaste",
    Role.NOTES: "notes note comment comments remarks notizen notiz bemerkung bemerkungen anmerkungen",
    Role.EXTERNAL_ID: "appointmentid bookingid externalid id uid reference bookingreference terminid buchungsnummer",
    Role.OWN_ID: "smoothscheduleid",
    Role.CUSTOMER_ID: "smoothschedulecustomerid",
    Role.IGNORED: "price currency preis wahrung waehrung",
}

BOOKINGS: Final = Kind(
    roles={
        Role.DATE: "Day", Role.START: "Start", Role.END: "End", Role.MINUTES: "Minutes",
        Role.OFFSET: "Offset of the clock", Role.LOCATION: "Location", Role.CUSTOMER: "Customer",
        Role.GIVEN: "First name", Role.FAMILY: "Last name", Role.PHONE: "Phone", Role.EMAIL: "E-mail",
        Role.SERVICE: "Service", Role.RESOURCES: "With", Role.STATUS: "Status", Role.PARTY: "People",
        Role.NOTES: "Notes", Role.EXTERNAL_ID: "Id there", Role.OWN_ID: "Id in SmoothSchedule",
        Role.CUSTOMER_ID: "Customer’s id in SmoothSchedule", Role.IGNORED: "Follows from the service",
    },
    role_of=by_word(_HEADINGS).get,
    needed=(frozenset({Role.START}), frozenset({Role.SERVICE, Role.MINUTES, Role.END})),
    without=Why.NO_BOOKING_COLUMNS,
)  # fmt: skip
"""A list of bookings: a row needs a day and a time, and a service or a length."""


class State(StrEnum):
    """What the status of a row makes of it."""

    BOOKED = "booked"
    REQUESTED = "requested"
    FURTHER = "further"
    """Further than booked, such as confirmed or completed: it becomes a booking, and nothing more."""
    OVER = "over"
    """It came to nothing: cancelled, declined, or nobody came."""


_STATES: Final[Mapping[State, str]] = {
    State.BOOKED: "booked active accepted open scheduled new gebucht offen neu",
    State.REQUESTED: "requested pending tentative angefragt anfrage",
    State.FURTHER: "confirmed arrived inservice started completed done checkedin checkedout paid bestatigt angekommen"
    " abgeschlossen erledigt bezahlt",
    State.OVER: "cancelled canceled declined expired noshow missed deleted storniert abgesagt abgelehnt nichterschienen"
    " geloscht",
}
_BY_STATUS: Final = by_word(_STATES)


@value
class BookingRow:
    """One row as it stands; `wall` is naive local time, or aware where the file itself gives an offset."""

    number: int
    own_id: str
    external_id: str
    wall: datetime | None
    offset: timedelta | None
    """Of two local times that are the same, which: the clock's distance from UTC."""
    minutes: int | None
    location: str
    customer_id: str
    customer: str
    phone: str
    email: str
    service: str
    resources: tuple[str, ...]
    status: str
    state: State
    party: int
    text: str
    notes: tuple[Note, ...]
    refused: bool


@value
class BookingFile:
    """A file that was read, and each row that is not blank."""

    notes: tuple[Note, ...]
    columns: tuple[Column, ...]
    rows: tuple[BookingRow, ...]


def read_bookings(data: bytes, *, month_first: bool, chosen: Chosen | None = None) -> BookingFile:
    """Read a list of bookings; `month_first` says whether `05/04/2026` is in May, as the locale of the business has it.

    `chosen` says what columns are where their headings do not. Content never raises; UnreadableFile is raised for what
    is no list of bookings at all, or too large.
    """
    table = read_table(data, BOOKINGS, chosen)
    rows = tuple(_Reader(row, Cells(row, table.layout), month_first=month_first).row() for row in table.rows)
    return BookingFile(notes=table.notes, columns=table.columns, rows=rows)


class _Reader:
    """One row on its way; what is wrong with it is gathered in `against`."""

    def __init__(self, row: TableRow, cells: Cells, *, month_first: bool) -> None:
        self._number, self._cells, self._month_first = row.number, cells, month_first
        self.against: list[Note] = [] if cells.are_read else list(row.notes)

    def row(self) -> BookingRow:
        """The row, whatever is wrong with it."""
        wall = self._start() if self._cells.are_read else None
        minutes = self._minutes(wall)
        status = self._cells.first(Role.STATUS)
        return BookingRow(
            number=self._number,
            own_id=self._cells.own_id(Role.OWN_ID),
            external_id=self._cells.first(Role.EXTERNAL_ID),
            wall=wall,
            offset=_offset(self._cells.first(Role.OFFSET)),
            minutes=minutes,
            location=self._cells.first(Role.LOCATION),
            customer_id=self._cells.own_id(Role.CUSTOMER_ID),
            customer=self._customer(),
            phone=self._cells.first(Role.PHONE),
            email=self._cells.first(Role.EMAIL),
            service=self._cells.first(Role.SERVICE),
            resources=tuple(self._cells.split(Role.RESOURCES, _SEVERAL)),
            status=status,
            state=_BY_STATUS.get(_plain(status), State.FURTHER if status else State.BOOKED),
            party=self._party(),
            text=self._text(),
            notes=tuple(self.against or self._cells.notes),
            refused=bool(self.against),
        )

    def _customer(self) -> str:
        whole = self._cells.first(Role.CUSTOMER) or f"{self._cells.first(Role.GIVEN)} {self._cells.first(Role.FAMILY)}"
        return self._cells.line(whole, "name")

    def _text(self) -> str:
        return self._cells.cut("\n".join(self._cells.all(Role.NOTES)), "notes", LONGEST_TEXT)

    def _start(self) -> datetime | None:
        day, start = self._cells.first(Role.DATE), self._cells.first(Role.START)
        wall = moment_of(start, month_first=self._month_first)
        if wall is None and day:
            on, clock = day_of(day, month_first=self._month_first), time_of(start)
            wall = datetime.combine(on, clock) if on is not None and clock is not None else None
        if wall is None:
            self.against.append(note(Why.START_UNREADABLE, text=f"{day} {start}".strip()))
            return None
        if not 1901 <= wall.year <= 2198:
            self.against.append(note(Why.OUT_OF_RANGE, first=1901, last=2198))
            return None
        return wall.replace(microsecond=0)

    def _minutes(self, wall: datetime | None) -> int | None:
        said, end = self._cells.first(Role.MINUTES), self._cells.first(Role.END)
        if said:
            minutes = minutes_of(said)
            if not minutes:
                self.against.append(note(Why.NOT_MINUTES, field=BOOKINGS.roles[Role.MINUTES], text=said))
            return minutes
        if not end or wall is None:
            return None
        ends = self._end(end, wall)
        if ends is None or ends <= wall:
            self.against.append(note(Why.END_UNREADABLE if ends is None else Why.END_BEFORE_START, text=end))
            return None
        return int((ends - wall) / timedelta(minutes=1))

    def _end(self, text: str, wall: datetime) -> datetime | None:
        """The end on the same clock as the start; a time of day alone is the next one."""
        ends = moment_of(text, month_first=self._month_first)
        if ends is not None:
            return ends if (ends.tzinfo is None) == (wall.tzinfo is None) else None
        clock = time_of(text)
        if clock is None:
            return None
        ends = datetime.combine(wall.date(), clock, wall.tzinfo)
        return ends if ends > wall else ends + _DAY

    def _party(self) -> int:
        said = self._cells.first(Role.PARTY)
        if not said:
            return 1
        party = count_of(said)
        if not party:
            self.against.append(note(Why.NOT_A_NUMBER, text=said))
            return 1
        return party


def _offset(text: str) -> timedelta | None:
    found = _OFFSET.fullmatch(text)
    if found is None:
        return None
    far = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(far if found[1] == "+" else -far).utcoffset(None) if far < _DAY else None


def _plain(status: str) -> str:
    return re.sub(r"[^a-z]", "", status.casefold().translate(str.maketrans("äöü", "aou")))
