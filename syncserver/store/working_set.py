"""The state that a push decides over: loaded at once, changed in memory, written in the end."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from operator import attrgetter
from typing import Any, Final, cast

import orjson
from sqlalchemy import Connection

from shared.clock import instant_text
from shared.model.apart import KeptApart
from shared.model.appointment import Allocation, Appointment
from shared.model.attention import AttentionItem
from shared.model.base import AppointmentId, CustomerId, LocationId, OwnerId, ResourceId, SeriesId, Span
from shared.model.business import Business
from shared.model.counted import UNCOUNTED, Countable, Tally, is_counted
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.note import Note
from shared.model.payment import Payment
from shared.model.plan import Plan
from shared.model.registry import E, Entity, entity_type, type_of
from shared.model.resource import Resource
from shared.model.series import Series
from shared.model.waitlist import WaitlistEntry
from shared.rules.hours import join
from shared.store import OWNERS, Belonging, Changes, Wanted, belongs_to, eldest, open_about
from syncserver.store.rows import Key, Row, row_json
from syncserver.store.statements import Statement, array_text, ask_all

_KEYS: Final[Mapping[type[Any], tuple[str, ...]]] = {
    Allocation: ("appointment_id",),
    Appointment: ("customer_id", "series_id"),
    KeptApart: ("one_id", "other_id"),
    Note: ("subject_id",),
    Payment: ("appointment_id", "customer_id"),
    Resource: ("location_id",),
    Series: ("customer_id",),
    TimeBlock: ("resource_id",),
    HoursRule: ("owner_id",),
    HoursException: ("owner_id",),
    AttentionItem: ("subject_id",),
    WaitlistEntry: ("customer_id",),
}
"""What rows are looked for by, beside their ids; allocations by resource and day too, for there are many."""
_NAMED_BY: Final = {cls: tuple(map(attrgetter, names)) for cls, names in _KEYS.items()}
_OWNED: Final = tuple((cls, owner) for cls, owners in OWNERS.items() for owner in owners)
_FOUND_BY: Final[Mapping[Callable[[Wanted], Collection[str]], Sequence[tuple[type[Any], str]]]] = {
    attrgetter("owners"): ((HoursRule, "owner_id"),),
    attrgetter("held_by"): ((Allocation, "appointment_id"),),
    attrgetter("subjects"): ((AttentionItem, "subject_id"),),
    attrgetter("visitors"): ((Appointment, "customer_id"),),
    attrgetter("belongings"): _OWNED,
    attrgetter("series"): ((Appointment, "series_id"),),
    attrgetter("paid_for"): ((Payment, "appointment_id"),),
    attrgetter("places"): ((Resource, "location_id"),),
}
"""By what a mutation names, which rows it wants and which of their columns is that; dates go by day as well."""

# OFFSET 0 keeps the planner from joining the whole table with a list whose length it cannot know.
_IN_SPANS: Final = """
SELECT {row}::text
FROM json_to_recordset(%s::json) AS wanted (resource uuid, first timestamptz, last timestamptz)
CROSS JOIN LATERAL (
    SELECT * FROM {table}
    WHERE resource_id = wanted.resource AND starts_at < wanted.last AND ends_at > wanted.first AND {bound} OFFSET 0
) held
"""

_Query = tuple[type[Any], Statement]
_start: Final = attrgetter("start")
_NOTHING: Final[dict[str, Any]] = {}


class WorkingSet:
    """`shared.store.Tx` in a tenant's transaction. What nobody declared is read when it is asked for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # Rows of the class that each key names, or None.
        self._rows: dict[tuple[type[Any], str], Any] = {}
        self._found: dict[type[Any], dict[str, dict[str, Any]]] = {cls: {} for cls in _KEYS}
        # In order, and none touches another.
        self._covered: dict[str, tuple[Span, ...]] = {}
        self._loaded: dict[tuple[type[Any], str], set[str]] = {}
        # Whose dates are wanted, from which day on, and from which day on whose were read.
        self._owners: dict[str, None] = {}
        self._since: date | None = None
        self._dated: dict[str, date] = {}
        self._business: Business | None = None
        self._plan: Plan | None = None
        self._tally = Tally()
        self._touched: dict[tuple[type[Any], str], None] = {}

    def take_changed(self) -> dict[Key, Row | None]:
        """Every row that was changed since this was last asked, as it is now; None where it was removed."""
        touched, self._touched = self._touched, {}
        rows = {(entity_type(cls).table, row_id): self._rows[cls, row_id] for cls, row_id in touched}
        return {key: None if row is None else type_of(row).encode(row) for key, row in rows.items()}

    def read_ahead(self, wanted: Wanted) -> None:
        """Read at once what is going to be asked for one by one."""
        self.load([wanted])

    def load(self, wanted: Collection[Wanted], *, beside: Sequence[Statement] = ()) -> list[list[Any]]:
        """Read all that is wanted in one round trip, and the answers to the questions that are asked `beside` it."""
        queries: list[_Query] = []
        rows: dict[type[Any], set[str]] = {}
        for cls, row_id in (one for each in wanted for one in each.rows):
            if (cls, row_id) not in self._rows:
                rows.setdefault(cls, set()).add(row_id)
        queries += [_by_ids(cls, ids) for cls, ids in rows.items()]
        queries += self._by_spans([(one, span) for each in wanted for ones, span in each.spans for one in ones])
        queries += self._by_first_day(wanted)
        for named_in, found_by in _FOUND_BY.items():
            if keys := set(chain.from_iterable(map(named_in, wanted))):
                queries += [query for cls, key in found_by for query in self._by_key(cls, key, keys)]
        if self._business is None:
            queries += [(one, (_WHOLE[one], ())) for one in (Business, Plan)]
        answers = self._read(queries, beside)
        for cls, ids in rows.items():
            for row_id in ids:
                self._rows.setdefault((cls, row_id), None)
        return answers

    def _read(self, queries: Sequence[_Query], beside: Sequence[Statement] = ()) -> list[list[Any]]:
        if not queries and not beside:
            return []
        answers = ask_all(self._connection, [*beside, *(question for _, question in queries)])
        for (cls, _), rows in zip(queries, answers[len(beside) :], strict=True):
            decode = entity_type(cls).decode
            for row in rows:
                self._take(decode(row))
        return answers[: len(beside)]

    def _take(self, row: Entity) -> None:
        """Keep a row that was read, unless it is known: then what is known is newer."""
        if (type(row), row.id) not in self._rows:
            self._keep(row)

    def _keep(self, row: Entity) -> None:
        cls, row_id = type(row), row.id
        self._rows[cls, row_id] = row
        if cls in _KEYS:
            found = self._found[cls]
            for key in _keys(row):
                if key in found:
                    found[key][row_id] = row
                else:
                    found[key] = {row_id: row}
        elif isinstance(row, Business):
            self._business = row
        elif isinstance(row, Plan):
            self._plan = row

    def _drop(self, cls: type[Any], row_id: str) -> None:
        row = self._rows.get((cls, row_id))
        self._rows[cls, row_id] = None
        if row is not None and cls in _KEYS:
            found = self._found[cls]
            for key in _keys(row):
                found[key].pop(row_id, None)

    def _known(self, cls: type[E], keys: Collection[str]) -> Iterable[E]:
        """The rows that are found by these keys, each once."""
        found = self._found[cls]
        if len(keys) == 1:
            (key,) = keys
            return found.get(key, _NOTHING).values()
        rows: dict[str, E] = {}
        for key in keys:
            rows |= found.get(key, _NOTHING)
        return rows.values()

    def _by_key(self, cls: type[Any], key: str, values: Collection[str]) -> list[_Query]:
        loaded = self._loaded.setdefault((cls, key), set())
        missing = [value for value in dict.fromkeys(values) if value not in loaded]
        if not missing:
            return []
        loaded.update(missing)
        wanted = array_text(missing)
        if cls is AttentionItem:
            return [(cls, (_OPEN_ABOUT, (wanted, wanted)))]
        table = entity_type(cls).table
        kind = "text" if cls is Note else "uuid"
        sql = f"SELECT {row_json(table)}::text FROM {table} WHERE {key} = ANY(%s::{kind}[])"
        return [(cls, (sql, (wanted,)))]

    def _by_first_day(self, wanted: Collection[Wanted]) -> list[_Query]:
        """Dates from the first day on that anything of it may be on: owners may be named before the spans are."""
        self._owners |= dict.fromkeys(one for each in wanted for one in each.owners)
        days = [_day_before(span) for each in wanted for _, span in each.spans]
        if self._since is not None:
            days.append(self._since)
        if not days:
            return []
        self._since = min(days)
        return self._by_days(self._owners, self._since)

    def _by_days(self, owners: Iterable[str], first: date) -> list[_Query]:
        asked = []
        for owner in owners:
            read = self._dated.get(owner)
            if read is None or first < read:
                asked.append({"owner": owner, "first": first, "before": read or "infinity"})
                self._dated[owner] = first
        return [(HoursException, (_DATES, (orjson.dumps(asked).decode(),)))] if asked else []

    def _by_spans(self, wanted: Iterable[tuple[str, Span]]) -> list[_Query]:
        missing: dict[str, list[Span]] = {}
        for resource, span in wanted:
            if not self._covers(resource, span):
                missing.setdefault(resource, []).append(span)
        if not missing:
            return []
        asked = []
        for resource, spans in missing.items():
            joined = join(spans)
            self._covered[resource] = join([*self._covered.get(resource, ()), *joined])
            asked += [
                {"resource": resource, "first": instant_text(one.start), "last": instant_text(one.end)}
                for one in joined
            ]
        text = orjson.dumps(asked).decode()
        return [(Allocation, (_ALLOCATIONS, (text,))), (TimeBlock, (_BLOCKS, (text,)))]

    def _read_spans(self, resources: Collection[ResourceId], span: Span) -> None:
        if missing := [(one, span) for one in resources if not self._covers(one, span)]:
            self._read(self._by_spans(missing))

    def _covers(self, resource: str, span: Span) -> bool:
        covered = self._covered.get(resource, ())
        before = bisect_right(covered, span.start, key=_start)
        return before > 0 and covered[before - 1].contains(span)

    def find(self, cls: type[E], row_id: str) -> E | None:
        """The row with this id."""
        key = cls, row_id
        if key not in self._rows:
            self._read([_by_ids(cls, {row_id})])
            self._rows.setdefault(key, None)
        found: E | None = self._rows[key]
        return found

    def business(self) -> Business:
        """The tenant's own row."""
        if self._business is None:
            self.load(())
        return cast(Business, self._business)

    def plan(self) -> Plan:
        """The plan in force."""
        if self._plan is None:
            self.load(())
        return cast(Plan, self._plan)

    def live_count(self, cls: Countable) -> int:
        """How many rows of an entity there are, archived ones aside."""
        return self._counted(cls, None, "NOT archived", ())

    def visits_starting(self, span: Span) -> int:
        """How many appointments start in the span; those that came to nothing do not count."""
        return self._counted(Appointment, span, VISITS, (instant_text(span.start), instant_text(span.end)))

    def _counted(self, cls: type[Any], span: Span | None, where: str, given: Sequence[str]) -> int:
        """A count that is asked once. What is written the database counts; what is not yet is counted here."""
        if (known := self._tally.known(cls, span)) is not None:
            return known
        pending = [row_id for kept, row_id in self._touched if kept is cls]
        sql = f"SELECT count(*)::text FROM {entity_type(cls).table} WHERE {where} AND id <> ALL(%s::uuid[])"
        ((count,),) = ask_all(self._connection, [(sql, (*given, array_text(pending)))])
        return self._tally.begin(cls, count + sum(is_counted(self._rows[cls, one], span) for one in pending), span)

    def overlapping(self, resources: Collection[ResourceId], span: Span) -> Sequence[Allocation]:
        """Every allocation of these resources that shares an instant with the span."""
        self._read_spans(resources, span)
        keys = [key for one in resources for key in _days(one, span.start, span.end)]
        start, end = span.start, span.end
        return [one for one in self._known(Allocation, keys) if one.starts_at < end and start < one.ends_at]

    def allocations_of(self, appointment: AppointmentId) -> Sequence[Allocation]:
        """What an appointment holds."""
        self._read(self._by_key(Allocation, "appointment_id", (appointment,)))
        return list(self._known(Allocation, (appointment,)))

    def visits_of(self, customer: CustomerId) -> Sequence[Appointment]:
        """Every appointment of a customer, whatever became of it."""
        self._read(self._by_key(Appointment, "customer_id", (customer,)))
        return [one for one in self._known(Appointment, (customer,)) if one.customer_id == customer]

    def belongings_of(self, customer: CustomerId) -> Sequence[Belonging]:
        """What bears a customer beside appointments."""
        self._read([query for cls, key in _OWNED for query in self._by_key(cls, key, (customer,))])
        return [one for cls in OWNERS for one in self._known(cls, (customer,)) if belongs_to(customer, one)]

    def occurrences_of(self, series: SeriesId) -> Sequence[Appointment]:
        """Every appointment of a series, whatever became of it."""
        self._read(self._by_key(Appointment, "series_id", (series,)))
        return [one for one in self._known(Appointment, (series,)) if one.series_id == series]

    def payments_of(self, appointment: AppointmentId) -> Sequence[Payment]:
        """What was paid and given back for an appointment."""
        self._read(self._by_key(Payment, "appointment_id", (appointment,)))
        return [one for one in self._known(Payment, (appointment,)) if one.appointment_id == appointment]

    def resources_at(self, location: LocationId) -> Sequence[Resource]:
        """Every resource of a location, archived ones too."""
        self._read(self._by_key(Resource, "location_id", (location,)))
        return list(self._known(Resource, (location,)))

    def blocks(self, resources: Collection[ResourceId], span: Span) -> Sequence[TimeBlock]:
        """Every block of these resources, archived ones aside, that shares an instant with the span."""
        self._read_spans(resources, span)
        near = (
            one for one in self._known(TimeBlock, resources) if one.starts_at < span.end and span.start < one.ends_at
        )
        return [one for one in near if not one.archived]

    def hours(self, owners: Collection[OwnerId]) -> Sequence[HoursRule]:
        """Every weekly rule of these owners."""
        self._read(self._by_key(HoursRule, "owner_id", owners))
        return list(self._known(HoursRule, owners))

    def exceptions(self, owners: Collection[OwnerId], first: date, last: date) -> Sequence[HoursException]:
        """Every dated exception of these owners from `first` to `last`, both included."""
        self._read(self._by_days(owners, first))
        return [one for one in self._known(HoursException, owners) if first <= one.day <= last]

    def attention_about(self, subject_id: str) -> Sequence[AttentionItem]:
        """The open attention items about a row, the eldest first."""
        self._read(self._by_key(AttentionItem, "subject_id", (subject_id,)))
        return eldest(one for one in self._known(AttentionItem, (subject_id,)) if open_about(one, subject_id))

    def apply(self, changes: Changes) -> None:
        """Change the rows in memory; later reads show them."""
        for cls, row_id in changes.removed:
            self._tell(cls, row_id, None)
            self._drop(cls, row_id)
            self._touched[cls, row_id] = None
        for row in changes.put:
            self._tell(type(row), row.id, row)
            self._drop(type(row), row.id)
            self._keep(row)
            self._touched[type(row), row.id] = None

    def _tell(self, cls: type[Entity], row_id: str, row: Entity | None) -> None:
        """Let the counts know of a row as it is going to be."""
        if self._tally.watches(cls):
            self._tally.change(self.find(cls, row_id), row)


def _keys(row: Any) -> Sequence[str]:
    """What a row is found by, of a class that is found by anything."""
    keys = [key for name in _NAMED_BY[type(row)] if (key := name(row)) is not None]
    if isinstance(row, Allocation):
        keys += _days(row.resource_id, row.starts_at, row.ends_at)
    elif isinstance(row, AttentionItem):
        keys += row.also_about
    return keys


def _days(resource: str, start: datetime, end: datetime) -> Sequence[str]:
    first, last = start.toordinal(), end.toordinal()
    # Nearly always.
    return (f"{resource} {first}",) if first == last else [f"{resource} {day}" for day in range(first, last + 1)]


def _day_before(span: Span) -> date:
    """The day before a span begins, wherever that is: the local day may be the one before that of UTC."""
    return date.fromordinal(max(span.start.toordinal() - 2, date.min.toordinal()))


_WHOLE: Final = {
    cls: f"SELECT {row_json(entity_type(cls).table)}::text FROM {entity_type(cls).table}" for cls in (Business, Plan)
}
"""Tables of one row."""
VISITS: Final = f"""
starts_at >= %s::timestamptz AND starts_at < %s::timestamptz
    AND status NOT IN ({", ".join(repr(one.value) for one in sorted(UNCOUNTED))})
"""
"""Appointments that start between two instants and came to something."""


def _by_ids(cls: type[Any], ids: Collection[str]) -> _Query:
    table = entity_type(cls).table
    return cls, (f"SELECT {row_json(table)}::text FROM {table} WHERE id = ANY(%s::uuid[])", (array_text(ids),))


_OPEN_ABOUT: Final = f"""
SELECT {row_json("attention_item")}::text FROM attention_item
WHERE state = 'open' AND (subject_id = ANY(%s::text[]) OR also_about::jsonb ?| %s::text[])
"""
# An allocation lasts 72 hours at most, which lets the index on its start find it.
_ALLOCATIONS: Final = _IN_SPANS.format(
    row=row_json("allocation", "held"),
    table="allocation",
    bound="starts_at > wanted.first - interval '72 hours'",
)
_DATES: Final = f"""
SELECT {row_json("hours_exception", "dated")}::text
FROM json_to_recordset(%s::json) AS wanted (owner uuid, first date, before date)
CROSS JOIN LATERAL (
    SELECT * FROM hours_exception
    WHERE owner_id = wanted.owner AND day >= wanted.first AND day < wanted.before OFFSET 0
) dated
"""
_BLOCKS: Final = _IN_SPANS.format(row=row_json("time_block", "held"), table="time_block", bound="NOT archived")
