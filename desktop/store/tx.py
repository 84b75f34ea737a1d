"""The replica as the rules read and change it."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from typing import Any, Final

from desktop.store.database import Database
from desktop.store.rows import put_rows, remove_rows, stored
from shared.clock import instant_text
from shared.model.appointment import Allocation
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import AppointmentId, OwnerId, ResourceId, Span
from shared.model.business import Business, Location
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.member import Member
from shared.model.registry import E, entity_type, type_of
from shared.model.resource import Resource
from shared.model.service import Service
from shared.rules.booking import LONGEST, LONGEST_BUFFER
from shared.store import Changes, eldest

# An allocation is never longer: what overlaps a span cannot have started before this.
_REACH = timedelta(minutes=LONGEST + 2 * LONGEST_BUFFER)
# The replay of many waiting edits asks for the same few of these again and again.
_SELDOM_WRITTEN: Final = frozenset(
    {Business, HoursException, HoursRule, Location, Member, Resource, Service, TimeBlock}
)


class ReplicaTx:
    """`shared.store.Tx` over the replica, for one transaction; `before_write` is told of each row before it changes."""

    def __init__(
        self, database: Database, before_write: Callable[[str, str], None] = lambda table, row_id: None
    ) -> None:
        self.database = database
        self._before_write = before_write
        self._answers: dict[tuple[type[Any], str, tuple[Any, ...]], Sequence[Any]] = {}

    def _all(self, cls: type[E], where: str, parameters: Sequence[Any]) -> Sequence[E]:
        if cls not in _SELDOM_WRITTEN:
            return self._read(cls, where, parameters)
        question = (cls, where, tuple(parameters))
        if question not in self._answers:
            self._answers[question] = self._read(cls, where, parameters)
        return self._answers[question]

    def _read(self, cls: type[E], where: str, parameters: Sequence[Any]) -> Sequence[E]:
        how = stored(cls)
        return [how.entity_of(row) for row in self.database.rows(f"{how.select} WHERE {where}", parameters)]

    def find(self, cls: type[E], row_id: str) -> E | None:
        """The row with this id."""
        return next(iter(self._all(cls, "id = ?", (row_id,))), None)

    def business(self) -> Business:
        """The tenant's own row."""
        return self._all(Business, "1", ())[0]

    def overlapping(self, resources: Collection[ResourceId], span: Span) -> Sequence[Allocation]:
        """The allocations of these resources that share an instant with the span."""
        earliest = instant_text(span.start - _REACH)
        where = f"resource_id IN ({_marks(resources)}) AND starts_at < ? AND starts_at > ? AND ends_at > ?"
        return self._all(Allocation, where, (*resources, instant_text(span.end), earliest, instant_text(span.start)))

    def allocations_of(self, appointment: AppointmentId) -> Sequence[Allocation]:
        """What an appointment holds."""
        return self._all(Allocation, "appointment_id = ?", (appointment,))

    def blocks(self, resources: Collection[ResourceId], span: Span) -> Sequence[TimeBlock]:
        """The blocks of these resources that share an instant with the span."""
        where = f"resource_id IN ({_marks(resources)}) AND starts_at < ? AND ends_at > ? AND NOT archived"
        return self._all(TimeBlock, where, (*resources, instant_text(span.end), instant_text(span.start)))

    def hours(self, owners: Collection[OwnerId]) -> Sequence[HoursRule]:
        """Every weekly rule of these owners."""
        return self._all(HoursRule, f"owner_id IN ({_marks(owners)})", (*owners,))

    def exceptions(self, owners: Collection[OwnerId], first: date, last: date) -> Sequence[HoursException]:
        """The dated exceptions of these owners."""
        where = f"owner_id IN ({_marks(owners)}) AND day BETWEEN ? AND ?"
        return self._all(HoursException, where, (*owners, first.isoformat(), last.isoformat()))

    def attention_about(self, subject_id: str) -> AttentionItem | None:
        """The open attention item about a row."""
        return eldest(self._all(AttentionItem, "subject_id = ? AND state = ?", (subject_id, AttentionState.OPEN.value)))

    def apply(self, changes: Changes) -> None:
        """Write the changes."""
        written = {type(row) for row in changes.put} | {cls for cls, _ in changes.removed}
        if not _SELDOM_WRITTEN.isdisjoint(written):
            self._answers.clear()
        for cls, row_id in changes.removed:
            table = entity_type(cls).table
            self._before_write(table, row_id)
            remove_rows(self.database, table, [row_id])
        for row in changes.put:
            kind = type_of(row)
            self._before_write(kind.table, row.id)
            put_rows(self.database, kind.table, [kind.encode(row)])


def _marks(values: Collection[Any]) -> str:
    return ", ".join("?" * len(values))
