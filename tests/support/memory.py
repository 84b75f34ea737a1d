"""A store in memory: the smallest thing that the rules can run over."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from shared.model.appointment import Allocation, Appointment
from shared.model.attention import AttentionItem
from shared.model.base import AppointmentId, CustomerId, LocationId, OwnerId, ResourceId, SeriesId, Span
from shared.model.business import Business
from shared.model.counted import Countable, is_counted
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.payment import Payment
from shared.model.plan import Plan, boundless
from shared.model.registry import E, Entity
from shared.model.resource import Resource
from shared.store import OWNERS, Belonging, Changes, Wanted, belongs_to, eldest, open_about


class MemoryTx:
    """`shared.store.Tx` over a dictionary; every read looks at every row."""

    def __init__(self, *rows: Entity) -> None:
        self.rows: dict[tuple[type[Any], str], Entity] = {(type(row), row.id): row for row in rows}

    def all(self, cls: type[E]) -> list[E]:
        """Every row of an entity."""
        return [row for row in self.rows.values() if isinstance(row, cls)]

    def read_ahead(self, wanted: Wanted) -> None:
        pass

    def find(self, cls: type[E], row_id: str) -> E | None:
        row = self.rows.get((cls, row_id))
        return row if isinstance(row, cls) else None

    def business(self) -> Business:
        return self.all(Business)[0]

    def plan(self) -> Plan:
        return next(iter(self.all(Plan)), None) or boundless(self.business().id)

    def live_count(self, cls: Countable) -> int:
        return sum(is_counted(one, None) for one in self.all(cls))

    def visits_starting(self, span: Span) -> int:
        return sum(is_counted(one, span) for one in self.all(Appointment))

    def overlapping(self, resources: Collection[ResourceId], span: Span) -> Sequence[Allocation]:
        return [
            one
            for one in self.all(Allocation)
            if one.resource_id in resources and one.starts_at < span.end and span.start < one.ends_at
        ]

    def allocations_of(self, appointment: AppointmentId) -> Sequence[Allocation]:
        return [one for one in self.all(Allocation) if one.appointment_id == appointment]

    def visits_of(self, customer: CustomerId) -> Sequence[Appointment]:
        return [one for one in self.all(Appointment) if one.customer_id == customer]

    def belongings_of(self, customer: CustomerId) -> Sequence[Belonging]:
        return [one for cls in OWNERS for one in self.all(cls) if belongs_to(customer, one)]

    def occurrences_of(self, series: SeriesId) -> Sequence[Appointment]:
        return [one for one in self.all(Appointment) if one.series_id == series]

    def payments_of(self, appointment: AppointmentId) -> Sequence[Payment]:
        return [one for one in self.all(Payment) if one.appointment_id == appointment]

    def resources_at(self, location: LocationId) -> Sequence[Resource]:
        return [one for one in self.all(Resource) if one.location_id == location]

    def blocks(self, resources: Collection[ResourceId], span: Span) -> Sequence[TimeBlock]:
        return [
            one
            for one in self.all(TimeBlock)
            if one.resource_id in resources
            and not one.archived
            and one.starts_at < span.end
            and span.start < one.ends_at
        ]

    def hours(self, owners: Collection[OwnerId]) -> Sequence[HoursRule]:
        return [one for one in self.all(HoursRule) if one.owner_id in owners]

    def exceptions(self, owners: Collection[OwnerId], first: date, last: date) -> Sequence[HoursException]:
        return [one for one in self.all(HoursException) if one.owner_id in owners and first <= one.day <= last]

    def attention_about(self, subject_id: str) -> Sequence[AttentionItem]:
        return eldest(one for one in self.all(AttentionItem) if open_about(one, subject_id))

    def apply(self, changes: Changes) -> None:
        for cls, row_id in changes.removed:
            self.rows.pop((cls, row_id), None)
        for row in changes.put:
            self.rows[type(row), row.id] = row
