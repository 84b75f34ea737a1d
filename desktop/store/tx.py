"""The replica as the rules read and change it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from desktop.store.database import Database
from desktop.store.laid import Laid
from desktop.store.rows import STORED, Key, Row, Stored, stored, stored_rows
from shared.clock import instant_text
from shared.model.appointment import Allocation, Appointment
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import AppointmentId, CustomerId, LocationId, OwnerId, ResourceId, SeriesId, Span
from shared.model.business import Business, Location
from shared.model.counted import UNCOUNTED, Countable, Tally, is_counted
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.member import Member
from shared.model.payment import Payment
from shared.model.plan import Plan, boundless
from shared.model.registry import ENTITIES, E, Entity, canonical, entity_type, type_of
from shared.model.resource import Resource
from shared.model.service import Service
from shared.rules.booking import LONGEST, LONGEST_BUFFER
from shared.store import OWNERS, Belonging, Changes, Wanted, belongs_to, eldest, open_about

_HELD_BY: Final = "appointment_id = ?"
REACH: Final = timedelta(minutes=LONGEST + 2 * LONGEST_BUFFER)
"""An allocation is never longer: what overlaps a span cannot have started earlier before it."""
# The replay of many waiting edits asks for the same few of these again and again.
_ASKED_AGAIN: Final = frozenset(
    {Business, HoursException, HoursRule, Location, Member, Plan, Resource, Service, TimeBlock}
)
# What is laid over is not counted here. SQLite knows how many rows there are without a look at each; archived are few.
_LIVE: Final = """
SELECT (SELECT count(*) FROM {table})
    - (SELECT count(*) FROM {table} WHERE archived = 1 OR id IN (SELECT value FROM json_each(?)))
"""
_CAME: Final = " AND ".join(f"status <> '{one.value}'" for one in sorted(UNCOUNTED))
# The index on starts holds all that the first of the two asks for; the second goes by ids, which the signs see to.
_STARTING: Final = f"""
SELECT (SELECT count(*) FROM appointment WHERE starts_at >= ?1 AND starts_at < ?2 AND {_CAME})
    - (SELECT count(*) FROM appointment
        WHERE id IN (SELECT value FROM json_each(?3)) AND +starts_at >= ?1 AND +starts_at < ?2 AND {_CAME})
"""


class ReplicaTx:
    """`shared.store.Tx` over the replica, for one transaction.

    Changes are laid over what the tables hold and read from there; `final` is what is to be written. Meanwhile nobody
    writes to the tables of entities: where somebody has, whoever goes on does so with `over`.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._laid = Laid()
        self._final: dict[Key, Row | None] = {}
        self._answers: dict[tuple[type[Any], str, tuple[Any, ...]], Sequence[Any]] = {}
        self._found: dict[tuple[type[Any], str], Any] = {}
        self._tally = Tally()

    def untouched(self) -> "ReplicaTx":
        """The replica without these changes; what either of the two has read of the tables neither reads again."""
        other = ReplicaTx(self.database)
        other._found, other._answers = self._found, self._answers
        return other

    def over(self, database: Database) -> "ReplicaTx":
        """These changes over what a file holds now; nothing is remembered of what was read before."""
        other = ReplicaTx(database)
        other._laid, other._final = self._laid, self._final
        return other

    @property
    def final(self) -> Mapping[Key, Row | None]:
        """Every row that was changed, as on the wire and as it is now; None where it was removed."""
        return self._final

    def read_ahead(self, wanted: Wanted) -> None:
        """Read the rows, and what appointments hold, at once; whatever else is wanted is asked for as it comes."""
        missing: dict[type[Any], list[str]] = {}
        for cls, row_id in wanted.rows:
            if (cls, row_id) not in self._found:
                missing.setdefault(cls, []).append(row_id)
        for cls, ids in missing.items():
            how, rows = stored(cls), stored_rows(self.database, entity_type(cls).table, ids)
            self._found |= {(cls, one): how.entity_of(rows[one]) if one in rows else None for one in ids}
        holding: dict[str, list[Allocation]] = {one: [] for one in wanted.held_by}
        if holding:
            how = stored(Allocation)
            where = "appointment_id IN (SELECT value FROM json_each(?))"
            for row in self.database.rows(f"{how.select} WHERE {where}", (canonical(list(holding)),)):
                held: Allocation = how.entity_of(row)
                holding[held.appointment_id].append(held)
            self._answers |= {(Allocation, _HELD_BY, (one,)): held for one, held in holding.items()}

    def lay(self, key: Key, row: Row | None) -> None:
        """Let the rules see a row otherwise than the table has it; that is no change of theirs."""
        kind = ENTITIES[key[0]]
        self._lay(kind.cls, key[1], None if row is None else kind.decode(row))

    def _lay(self, cls: type[Any], row_id: str, row: Entity | None) -> None:
        if self._tally.watches(cls):
            self._tally.change(self.find(cls, row_id), row)
        self._laid.lay(cls, row_id, row)

    def _below(self, cls: type[E], where: str, parameters: Sequence[Any]) -> Sequence[E]:
        """What the table holds, without the rows over which another is laid."""
        how, laid, question = stored(cls), self._laid.of(cls), (cls, where, tuple(parameters))
        if cls in _ASKED_AGAIN or question in self._answers:
            return [row for row in self._remembered(how, question) if row.id not in laid]
        found = self.database.rows(f"{how.select} WHERE {where}", parameters)
        return [how.entity_of(row) for row in found if row[0] not in laid]

    def _remembered(self, how: Stored, question: tuple[type[Any], str, tuple[Any, ...]]) -> Sequence[Any]:
        if question not in self._answers:
            _, where, parameters = question
            found = self.database.rows(f"{how.select} WHERE {where}", parameters)
            self._answers[question] = [how.entity_of(row) for row in found]
        return self._answers[question]

    def find(self, cls: type[E], row_id: str) -> E | None:
        """The row with this id."""
        laid = self._laid.of(cls)
        if row_id in laid:
            return laid[row_id]
        key = (cls, row_id)
        if key not in self._found:
            how = stored(cls)
            row = self.database.row(how.by_id, (row_id,))
            self._found[key] = None if row is None else how.entity_of(row)
        found: E | None = self._found[key]
        return found

    def business(self) -> Business:
        """The tenant's own row."""
        laid = [row for row in self._laid.of(Business).values() if row is not None]
        return [*laid, *self._below(Business, "1", ())][0]

    def plan(self) -> Plan:
        """The plan in force; none is known in a book of before plans, until it is loaded once more."""
        laid = [row for row in self._laid.of(Plan).values() if row is not None]
        known = [*laid, *self._below(Plan, "1", ())]
        return known[0] if known else boundless(self.business().id)

    def live_count(self, cls: Countable) -> int:
        """How many rows of an entity there are, archived ones aside."""
        return self._counted(cls, None, _LIVE.format(table=entity_type(cls).table), ())

    def visits_starting(self, span: Span) -> int:
        """How many appointments start in the span; those that came to nothing do not count."""
        return self._counted(Appointment, span, _STARTING, (instant_text(span.start), instant_text(span.end)))

    def _counted(self, cls: type[Any], span: Span | None, asked: str, given: Sequence[str]) -> int:
        if (known := self._tally.known(cls, span)) is not None:
            return known
        laid = self._laid.of(cls)
        ((count,),) = self.database.rows(asked, (*given, canonical(list(laid))))
        return self._tally.begin(cls, count + sum(is_counted(row, span) for row in laid.values()), span)

    def overlapping(self, resources: Collection[ResourceId], span: Span) -> Sequence[Allocation]:
        """The allocations of these resources that share an instant with the span."""
        earliest = instant_text(span.start - REACH)
        where = f"resource_id IN ({_marks(resources)}) AND starts_at < ? AND starts_at > ? AND ends_at > ?"
        held = self._below(Allocation, where, (*resources, instant_text(span.end), earliest, instant_text(span.start)))
        laid = self._laid.held(resources, span.start - REACH, span.end)
        return [*held, *(one for one in laid if _share(one, span))]

    def allocations_of(self, appointment: AppointmentId) -> Sequence[Allocation]:
        """What an appointment holds."""
        held = self._below(Allocation, _HELD_BY, (appointment,))
        return [*held, *self._laid.by(Allocation, "appointment_id", (appointment,))]

    def visits_of(self, customer: CustomerId) -> Sequence[Appointment]:
        """Every appointment of a customer."""
        made = self._below(Appointment, "customer_id = ?", (customer,))
        return [*made, *self._laid.by(Appointment, "customer_id", (customer,))]

    def belongings_of(self, customer: CustomerId) -> Sequence[Belonging]:
        """What bears a customer beside appointments."""
        found: list[Belonging] = []
        for cls, owners in OWNERS.items():
            named = " OR ".join(f"{owner} = ?" for owner in owners)
            found += self._below(cls, named, (customer,) * len(owners))
            # A person merges few at a time: what is laid needs no index.
            laid = self._laid.of(cls).values()
            found += [one for one in laid if one is not None and belongs_to(customer, one)]
        return found

    def occurrences_of(self, series: SeriesId) -> Sequence[Appointment]:
        """Every appointment of a series."""
        made = self._below(Appointment, "series_id = ?", (series,))
        return [*made, *self._laid.by(Appointment, "series_id", (series,))]

    def payments_of(self, appointment: AppointmentId) -> Sequence[Payment]:
        """What was paid and given back for an appointment."""
        made = self._below(Payment, "appointment_id = ?", (appointment,))
        return [*made, *self._laid.by(Payment, "appointment_id", (appointment,))]

    def resources_at(self, location: LocationId) -> Sequence[Resource]:
        """Every resource of a location."""
        made = self._below(Resource, "location_id = ?", (location,))
        return [*made, *self._laid.by(Resource, "location_id", (location,))]

    def blocks(self, resources: Collection[ResourceId], span: Span) -> Sequence[TimeBlock]:
        """The blocks of these resources that share an instant with the span."""
        where = f"resource_id IN ({_marks(resources)}) AND starts_at < ? AND ends_at > ? AND NOT archived"
        held = self._below(TimeBlock, where, (*resources, instant_text(span.end), instant_text(span.start)))
        laid = self._laid.by(TimeBlock, "resource_id", resources)
        return [*held, *(one for one in laid if not one.archived and _share(one, span))]

    def hours(self, owners: Collection[OwnerId]) -> Sequence[HoursRule]:
        """Every weekly rule of these owners."""
        held = self._below(HoursRule, f"owner_id IN ({_marks(owners)})", (*owners,))
        return [*held, *self._laid.by(HoursRule, "owner_id", owners)]

    def exceptions(self, owners: Collection[OwnerId], first: date, last: date) -> Sequence[HoursException]:
        """The dated exceptions of these owners."""
        where = f"owner_id IN ({_marks(owners)}) AND day BETWEEN ? AND ?"
        held = self._below(HoursException, where, (*owners, first.isoformat(), last.isoformat()))
        laid = self._laid.by(HoursException, "owner_id", owners)
        return [*held, *(one for one in laid if first <= one.day <= last)]

    def attention_about(self, subject_id: str) -> Sequence[AttentionItem]:
        """The open attention items about a row, the eldest first."""
        where = "state = ? AND (subject_id = ? OR EXISTS (SELECT 1 FROM json_each(also_about) WHERE value = ?))"
        held = self._below(AttentionItem, where, (AttentionState.OPEN.value, subject_id, subject_id))
        # A person settles few at a time: they need no index.
        laid = [one for one in self._laid.of(AttentionItem).values() if one is not None]
        return eldest(one for one in (*held, *laid) if open_about(one, subject_id))

    def apply(self, changes: Changes) -> None:
        """Lay the changes over what is there.

        ValueError or TypeError, and nothing of them, where no file could hold one of the rows.
        """
        rows = [(type_of(row).table, row, type_of(row).encode(row)) for row in changes.put]
        for table, _, encoded in rows:
            STORED[table].require_storable(encoded)
        for cls, row_id in changes.removed:
            self._lay(cls, row_id, None)
            self._final[entity_type(cls).table, row_id] = None
        for table, row, encoded in rows:
            self._lay(type(row), row.id, row)
            self._final[table, row.id] = encoded


def _share(one: Allocation | TimeBlock, span: Span) -> bool:
    return one.starts_at < span.end and span.start < one.ends_at


def _marks(values: Collection[Any]) -> str:
    return ", ".join("?" * len(values))
