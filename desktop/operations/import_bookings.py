"""What each row of a list of bookings asks for: a visit, and a customer where nobody known fits."""

from collections.abc import Sequence
from datetime import UTC, datetime

from desktop.files.bookings_csv import BookingFile, BookingRow, State
from desktop.files.customers_csv import ImportedCustomer, read_customer
from desktop.files.verdict import Note, Verdict, Why, note
from desktop.operations.importing import LABEL, ROWS_A_STEP, Plan, customer_edit, sentences_of
from desktop.operations.known_customers import Known
from desktop.operations.operation import Operation
from desktop.store import finding
from desktop.store.replica import Replica
from shared.ids import derived_id
from shared.model.appointment import Appointment
from shared.model.base import AppointmentId, CustomerId
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.resource import Resource
from shared.model.service import Service
from shared.mutations.appointment.arguments import Book, SegmentWish
from shared.rules import wall_time
from shared.rules.pieces import Pieces, parts
from shared.store import Reads

_BETWEEN = " + "
"""What stands between the services of one visit."""


def plan_bookings(replica: Replica, file: BookingFile, *, region: str) -> Pieces[tuple[Plan, ...]]:
    """One plan for each row, read in pieces. A visit that is here already is left as it is, whatever became of it.

    `region` (ISO 3166) is where phone numbers without a country code belong.

    Its id is SmoothSchedule's own, else made from the id that the other program gave, else from all that the row says
    of when, who and what: to read the file again gives the same ids.
    """
    planner = _Planner(replica, (yield from Known.read(replica)), region)
    plans: list[Plan] = []
    for rows in parts(file.rows, ROWS_A_STEP):
        reads = replica.tx()
        plans += [planner.plan(reads, row) for row in rows]
        yield
    return tuple(plans)


class _Refused(Exception):
    """The row cannot be taken; caught where its plan is made."""

    def __init__(self, reason: Note) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


class _Planner:
    """Makes the plans of a file's rows; it knows which booking and which new customer a row before had."""

    def __init__(self, replica: Replica, known: Known, region: str) -> None:
        self._known, self._region = known, region
        self._locations = finding.locations(replica.database)
        self._resources = finding.resources(replica.database)
        self._services = finding.services(replica.database)
        self._seen: dict[str, int] = {}
        self._made: set[str] = set()

    def plan(self, reads: Reads, row: BookingRow) -> Plan:
        """What a row asks for over the book as it is now."""
        if row.refused or row.wall is None:
            return _plan(row, Verdict.REFUSED, row.notes)
        visit = _id_of(row)
        first = self._seen.setdefault(visit, row.number)
        if first != row.number:
            return _plan(row, Verdict.REFUSED, (note(Why.SAME_BOOKING, row=first),))
        there = reads.find(Appointment, visit)
        if there is not None:
            return _plan(row, Verdict.SKIPPED, _differences(row, row.wall, there))
        try:
            return self._new(reads, row, row.wall)
        except _Refused as refused:
            return _plan(row, Verdict.REFUSED, (refused.reason,))

    def _new(self, reads: Reads, row: BookingRow, wall: datetime) -> Plan:
        if row.state is State.OVER:
            raise _Refused(note(Why.CAME_TO_NOTHING, status=row.status))
        visit, notes = AppointmentId(_id_of(row)), list(row.notes)
        location = self._location(row)
        resources = tuple(self._resource(name, location) for name in row.resources)
        start = _instant(row, wall, location.zone, notes)
        segments, title = self._segments(row, resources, notes)
        customer, made = self._customer(reads, row, notes)
        if row.state is State.FURTHER:
            notes.append(note(Why.BECOMES_BOOKED, status=row.status))
        args = Book(
            appointment_id=visit,
            customer_id=customer,
            location_id=location.id,
            start=start,
            segments=segments,
            status="requested" if row.state is State.REQUESTED else "booked",
            source="import",
            title=title,
            notes=row.text,
            party=row.party,
        )
        edits = [] if made is None else [customer_edit(made)]
        edits.append((visit, Operation(name="appointment.book", args=args, label=LABEL)))
        return _plan(row, Verdict.CHANGED if notes else Verdict.TAKEN, notes, edits)

    def _location(self, row: BookingRow) -> Location:
        if row.location:
            found = [one for one in self._locations if _same(one.name, row.location)]
            if len(found) != 1:
                raise _Refused(note(Why.UNKNOWN_LOCATION, name=row.location))
            return found[0]
        places = {one.location_id for one in self._resources for name in row.resources if _same(one.name, name)}
        found = [one for one in self._locations if one.id in places] or list(self._locations)
        if len(found) != 1:
            raise _Refused(note(Why.WHICH_LOCATION))
        return found[0]

    def _resource(self, name: str, location: Location) -> Resource:
        found = [one for one in self._resources if one.location_id == location.id and _same(one.name, name)]
        if not found:
            raise _Refused(note(Why.UNKNOWN_RESOURCE, name=name, location=location.name))
        if len(found) > 1:
            raise _Refused(note(Why.SEVERAL_RESOURCES, name=name))
        return found[0]

    def _segments(
        self, row: BookingRow, resources: Sequence[Resource], notes: list[Note]
    ) -> tuple[tuple[SegmentWish, ...], str]:
        """The visit's segments, and the title of one without a service that is known here."""
        services = self._named(row.service)
        ids = tuple(dict.fromkeys(one.id for one in resources))
        if services:
            alone = services[0] if len(services) == 1 else None
            minutes = row.minutes if alone is not None and row.minutes != alone.minutes else None
            wishes = (SegmentWish(service_id=one.id, resources=ids, minutes=minutes, fill=True) for one in services)
            return tuple(wishes), ""
        if row.minutes is None:
            raise _Refused(note(Why.UNKNOWN_SERVICE_LENGTH, name=row.service))
        if not ids:
            raise _Refused(note(Why.NO_RESOURCE))
        if row.service:
            notes.append(note(Why.UNKNOWN_SERVICE, name=row.service))
        return (SegmentWish(service_id=None, resources=ids, minutes=row.minutes),), row.service[:200]

    def _named(self, named: str) -> Sequence[Service]:
        """The services of a cell, in order; none where one of them is not known, or two have the name."""
        for names in ([named], named.split(_BETWEEN)):
            found = [[one for one in self._services if _same(one.name, name)] for name in names]
            if all(len(one) == 1 for one in found):
                return [one[0] for one in found]
        return ()

    def _customer(
        self, reads: Reads, row: BookingRow, notes: list[Note]
    ) -> tuple[CustomerId | None, ImportedCustomer | None]:
        """Whose visit it is, and whom to add for it."""
        if row.customer_id and reads.find(Customer, row.customer_id) is not None:
            return CustomerId(row.customer_id), None
        read = read_customer(row.customer, row.phone, row.email, region=self._region)
        person = read.customer
        if person is None:
            return None, None
        notes.extend(read.notes)
        fitting = self._known.fitting(row.customer, person.phones, person.emails)
        if len(fitting) > 1:
            raise _Refused(note(Why.SEVERAL_CUSTOMERS, name=person.name))
        if fitting:
            return fitting[0], None
        if person.id in self._made or reads.find(Customer, person.id) is not None:
            return person.id, None
        self._made.add(person.id)
        notes.append(note(Why.NEW_CUSTOMER, name=person.name))
        return person.id, person


def _id_of(row: BookingRow) -> str:
    if row.own_id:
        return row.own_id
    if row.external_id:
        return derived_id("import.booking", row.external_id)
    wall = "" if row.wall is None else row.wall.isoformat()
    said = (row.location, row.customer, row.phone, row.email, row.service, *row.resources)
    return derived_id("import.booking", "", wall, *(one.casefold() for one in said))


def _instant(row: BookingRow, wall: datetime, zone: str, notes: list[Note]) -> datetime:
    """The instant of a row's start; one that the zone skips is refused, of one that it repeats it is said which."""
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    text = wall.isoformat(" ", "minutes")
    if not wall_time.exists(wall, zone):
        raise _Refused(note(Why.WALL_TIME_SKIPPED, wall=text, zone=zone))
    if not wall_time.is_repeated(wall, zone):
        return wall_time.resolve(wall, zone)
    for fold in (0, 1):
        instant = wall_time.resolve(wall, zone, fold=fold)
        if wall_time.local(instant, zone).utcoffset() == row.offset:
            return instant
    notes.append(note(Why.WALL_TIME_TWICE, wall=text, zone=zone))
    return wall_time.resolve(wall, zone)


def _differences(row: BookingRow, wall: datetime, there: Appointment) -> tuple[Note, ...]:
    """What is to say of a visit that the book has at another time by now."""
    here = wall_time.local(there.starts_at, there.zone)
    same = here == wall if wall.tzinfo is not None else here.replace(tzinfo=None, fold=0) == wall
    return () if same else (note(Why.OTHER_THERE),)


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _plan(
    row: BookingRow, verdict: Verdict, notes: Sequence[Note], edits: Sequence[tuple[str, Operation]] = ()
) -> Plan:
    what = ", ".join(one for one in (row.customer or row.phone or row.email, row.service) if one)
    return Plan(
        number=row.number,
        what=what,
        verdict=verdict,
        sentences=sentences_of(notes),
        edits=tuple(edits),
        last_decides=True,
    )
