"""What a rule may read, and what it may change: the contract between the rules and every store."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from operator import attrgetter
from typing import Any, Final, Protocol, cast

from shared.model.apart import KeptApart
from shared.model.appointment import Allocation, Appointment
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import AppointmentId, CustomerId, LocationId, OwnerId, ResourceId, SeriesId, Span, value
from shared.model.business import Business
from shared.model.counted import Countable, is_counted
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.note import Note
from shared.model.payment import Payment
from shared.model.plan import Plan
from shared.model.registry import E, Entity
from shared.model.resource import Resource
from shared.model.series import Series
from shared.model.waitlist import WaitlistEntry

Belonging = Series | WaitlistEntry | Payment | Note | KeptApart
OWNERS: Final[Mapping[type[Belonging], tuple[str, ...]]] = {
    Series: ("customer_id",),
    WaitlistEntry: ("customer_id",),
    Payment: ("customer_id",),
    Note: ("subject_id",),
    KeptApart: ("one_id", "other_id"),
}
"""What bears a customer beside appointments, and the fields that name whom."""


def belongs_to(customer: CustomerId, one: Belonging) -> bool:
    """Whether a row bears a customer."""
    return any(getattr(one, owner) == customer for owner in OWNERS[type(one)])


class Reads(Protocol):
    """The state that a rule decides over. It never shows the changes of the rule that is reading."""

    def read_ahead(self, wanted: "Wanted") -> None:
        """Read at once what is going to be asked for one by one: a thousand rows are one question then.

        No answer is another for it.
        """
        ...

    def find(self, cls: type[E], row_id: str) -> E | None:
        """The row with this id, archived ones too; None where there is none."""
        ...

    def business(self) -> Business:
        """The tenant's own row."""
        ...

    def plan(self) -> Plan:
        """The plan in force; one without limits in a book that was not told of any."""
        ...

    def live_count(self, cls: Countable) -> int:
        """How many rows of an entity there are, archived ones aside."""
        ...

    def visits_starting(self, span: Span) -> int:
        """How many appointments start in the span; those that were cancelled, declined or expired do not count."""
        ...

    def overlapping(self, resources: Collection[ResourceId], span: Span) -> Sequence[Allocation]:
        """Every allocation of these resources that shares an instant with the span."""
        ...

    def allocations_of(self, appointment: AppointmentId) -> Sequence[Allocation]:
        """What an appointment holds."""
        ...

    def visits_of(self, customer: CustomerId) -> Sequence[Appointment]:
        """Every appointment of a customer, whatever became of it."""
        ...

    def belongings_of(self, customer: CustomerId) -> Sequence[Belonging]:
        """What bears a customer beside appointments.

        Series, waitlist entries, payments, notes about the person, and who is kept apart from them.
        """
        ...

    def occurrences_of(self, series: SeriesId) -> Sequence[Appointment]:
        """Every appointment of a series, whatever became of it."""
        ...

    def payments_of(self, appointment: AppointmentId) -> Sequence[Payment]:
        """What was paid and given back for an appointment."""
        ...

    def resources_at(self, location: LocationId) -> Sequence[Resource]:
        """Every resource of a location, archived ones too."""
        ...

    def blocks(self, resources: Collection[ResourceId], span: Span) -> Sequence[TimeBlock]:
        """Every block of these resources, archived ones aside, that shares an instant with the span."""
        ...

    def hours(self, owners: Collection[OwnerId]) -> Sequence[HoursRule]:
        """Every weekly rule of these owners."""
        ...

    def exceptions(self, owners: Collection[OwnerId], first: date, last: date) -> Sequence[HoursException]:
        """Every dated exception of these owners from `first` to `last`, both included."""
        ...

    def attention_about(self, subject_id: str) -> Sequence[AttentionItem]:
        """The open attention items about a row or with a gathered edit about it, the `eldest` first."""
        ...


def eldest(items: Iterable[AttentionItem]) -> Sequence[AttentionItem]:
    """Items, the one that was made first at first: what depends on its row is gathered under that, in every store."""
    return sorted(items, key=attrgetter("made_at", "id"))


def open_about(item: AttentionItem, subject_id: str) -> bool:
    """Whether an item waits for a person, and what depends on a row belongs to it."""
    return item.state is AttentionState.OPEN and (item.subject_id == subject_id or subject_id in item.also_about)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a mutation makes of the state: rows to write whole, rows to remove, and what was taken otherwise."""

    put: tuple[Entity, ...] = ()
    removed: tuple[tuple[type[Entity], str], ...] = ()
    adjusted: dict[str, Any] = field(default_factory=dict)
    """What was applied otherwise than asked for, for the person who asked; empty where all was."""

    @property
    def is_nothing(self) -> bool:
        """Whether the state stays as it is."""
        return not (self.put or self.removed)

    def __add__(self, other: "Changes") -> "Changes":
        """Both, this one first."""
        if not (other.put or other.removed or other.adjusted):
            return self
        # A store removes first and writes then: what goes later must not be written at all.
        gone = frozenset(other.removed)
        put = tuple(row for row in self.put if (type(row), row.id) not in gone) if gone else self.put
        return Changes(put + other.put, self.removed + other.removed, self.adjusted | other.adjusted)


class Tx(Reads, Protocol):
    """A transaction: the state, and the way to change it."""

    def apply(self, changes: Changes) -> None:
        """Write the changes; later reads of this transaction show them."""
        ...


@value
class Wanted:
    """What a mutation is going to read, as far as its arguments tell, so that a store can load a batch at once."""

    rows: tuple[tuple[type[Entity], str], ...] = ()
    spans: tuple[tuple[tuple[ResourceId, ...], Span], ...] = ()
    """Resources and the span in which their allocations and blocks are looked at."""
    owners: tuple[OwnerId, ...] = ()
    """Locations and resources whose hours are looked at."""
    held_by: tuple[AppointmentId, ...] = ()
    """Appointments whose allocations are looked at."""
    subjects: tuple[str, ...] = ()
    """Rows about which an open attention item is looked for."""
    visitors: tuple[CustomerId, ...] = ()
    """Customers whose appointments are looked at."""
    belongings: tuple[CustomerId, ...] = ()
    """Customers whose belongings are looked at."""
    series: tuple[SeriesId, ...] = ()
    """Series whose occurrences are looked at."""
    paid_for: tuple[AppointmentId, ...] = ()
    """Appointments whose payments are looked at."""
    places: tuple[LocationId, ...] = ()
    """Locations all of whose resources are looked at."""

    def __add__(self, other: "Wanted") -> "Wanted":
        """What either is going to read."""
        return Wanted(
            rows=self.rows + other.rows,
            spans=self.spans + other.spans,
            owners=self.owners + other.owners,
            held_by=self.held_by + other.held_by,
            subjects=self.subjects + other.subjects,
            visitors=self.visitors + other.visitors,
            belongings=self.belongings + other.belongings,
            series=self.series + other.series,
            paid_for=self.paid_for + other.paid_for,
            places=self.places + other.places,
        )


class Overlay:
    """Changes laid over a state without writing them: `Reads` that show what would be."""

    def __init__(self, base: Reads, changes: Changes) -> None:
        self._base = base
        self._put: dict[tuple[type[Any], str], Entity] = {(type(row), row.id): row for row in changes.put}
        self._gone = frozenset(changes.removed)

    def read_ahead(self, wanted: Wanted) -> None:
        """Read at once what is going to be asked for one by one."""
        self._base.read_ahead(wanted)

    def find(self, cls: type[E], row_id: str) -> E | None:
        """The row as it would be."""
        if (laid := self._put.get((cls, row_id))) is not None:
            return cast(E, laid)
        return None if (cls, row_id) in self._gone else self._base.find(cls, row_id)

    def _laid(self, cls: type[E], below: Iterable[E], fits: Callable[[E], bool]) -> list[E]:
        kept = [row for row in below if (cls, row.id) not in self._put and (cls, row.id) not in self._gone]
        return kept + [row for row in self._put.values() if isinstance(row, cls) and fits(row)]

    def business(self) -> Business:
        """The tenant's own row as it would be."""
        return next((row for row in self._put.values() if isinstance(row, Business)), None) or self._base.business()

    def plan(self) -> Plan:
        """The plan as it would be."""
        return next((row for row in self._put.values() if isinstance(row, Plan)), None) or self._base.plan()

    def live_count(self, cls: Countable) -> int:
        """How many rows there would be."""
        return self._base.live_count(cls) + self._more(cls, None)

    def visits_starting(self, span: Span) -> int:
        """How many appointments would start in the span."""
        return self._base.visits_starting(span) + self._more(Appointment, span)

    def _more(self, cls: type[Any], span: Span | None) -> int:
        """By how much the laid rows change a count."""
        keys = [key for key in (*self._put, *self._gone) if key[0] is cls]
        return sum(is_counted(self._put.get(key), span) - is_counted(self._base.find(*key), span) for key in keys)

    def overlapping(self, resources: Collection[ResourceId], span: Span) -> Sequence[Allocation]:
        """The allocations that would share an instant with the span."""
        return self._laid(
            Allocation,
            self._base.overlapping(resources, span),
            lambda one: one.resource_id in resources and one.starts_at < span.end and span.start < one.ends_at,
        )

    def allocations_of(self, appointment: AppointmentId) -> Sequence[Allocation]:
        """What the appointment would hold."""
        below = self._base.allocations_of(appointment)
        return self._laid(Allocation, below, lambda one: one.appointment_id == appointment)

    def visits_of(self, customer: CustomerId) -> Sequence[Appointment]:
        """The appointments that the customer would have."""
        below = self._base.visits_of(customer)
        return self._laid(Appointment, below, lambda one: one.customer_id == customer)

    def belongings_of(self, customer: CustomerId) -> Sequence[Belonging]:
        """What would bear the customer."""
        below, found = self._base.belongings_of(customer), list[Belonging]()
        for cls in OWNERS:
            of_kind = [one for one in below if isinstance(one, cls)]
            found += self._laid(cls, of_kind, partial(belongs_to, customer))
        return found

    def occurrences_of(self, series: SeriesId) -> Sequence[Appointment]:
        """The appointments that the series would have."""
        return self._laid(Appointment, self._base.occurrences_of(series), lambda one: one.series_id == series)

    def payments_of(self, appointment: AppointmentId) -> Sequence[Payment]:
        """What would have been paid."""
        below = self._base.payments_of(appointment)
        return self._laid(Payment, below, lambda one: one.appointment_id == appointment)

    def resources_at(self, location: LocationId) -> Sequence[Resource]:
        """The resources that there would be."""
        return self._laid(Resource, self._base.resources_at(location), lambda one: one.location_id == location)

    def blocks(self, resources: Collection[ResourceId], span: Span) -> Sequence[TimeBlock]:
        """The blocks that would share an instant with the span."""

        def fits(one: TimeBlock) -> bool:
            near = one.starts_at < span.end and span.start < one.ends_at
            return one.resource_id in resources and near and not one.archived

        return self._laid(TimeBlock, self._base.blocks(resources, span), fits)

    def hours(self, owners: Collection[OwnerId]) -> Sequence[HoursRule]:
        """The weekly rules as they would be."""
        return self._laid(HoursRule, self._base.hours(owners), lambda one: one.owner_id in owners)

    def exceptions(self, owners: Collection[OwnerId], first: date, last: date) -> Sequence[HoursException]:
        """The dated exceptions as they would be."""
        below = self._base.exceptions(owners, first, last)
        return self._laid(HoursException, below, lambda one: one.owner_id in owners and first <= one.day <= last)

    def attention_about(self, subject_id: str) -> Sequence[AttentionItem]:
        """The open items that there would be."""
        below = self._base.attention_about(subject_id)
        return eldest(self._laid(AttentionItem, below, lambda one: open_about(one, subject_id)))
