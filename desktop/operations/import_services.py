"""What each row of a price list asks for: a new service, other values of one that is here, or nothing."""

from collections.abc import Mapping, Sequence
from typing import Final

from desktop.files.services_csv import SERVICES, Role, ServiceFile, ServiceRow
from desktop.files.verdict import Note, Verdict, Why, note
from desktop.operations.importing import LABEL, Plan, sentences_of
from desktop.operations.operation import Operation
from desktop.store import finding
from desktop.store.replica import Replica
from shared.ids import derived_id
from shared.model.base import ServiceId
from shared.model.service import Service
from shared.money import plain_amount
from shared.mutations.fields import FieldEdit
from shared.mutations.service import ServiceCreate, ServiceUpdate

_REQUIRED: Final = Role.ACTIVE.value


def plan_services(replica: Replica, file: ServiceFile) -> tuple[Plan, ...]:
    """One plan for each row of a price list; what a cell leaves open stays as it is.

    A row is about the service of its own id, else of the id in the other program, else of its name among those that are
    not archived.
    """
    known = _Known(finding.every_service(replica.database), replica.tx().business().currency)
    return tuple(known.plan(row) for row in file.rows)


class _Known:
    """The services that there are, and which row of the file was about which."""

    def __init__(self, services: Sequence[Service], currency: str) -> None:
        self._by_id: Mapping[str, Service] = {one.id: one for one in services}
        self._live = [one for one in services if not one.archived]
        self._currency = currency
        self._seen: dict[str, int] = {}

    def plan(self, row: ServiceRow) -> Plan:
        if row.refused:
            return _refused(row, *row.notes)
        named = [one for one in self._live if one.name.strip().casefold() == row.name.casefold()]
        new_id = row.own_id or derived_id("import.service", row.external_id or row.name.casefold())
        found = self._by_id.get(new_id)
        if found is None and len(named) > 1:
            return _refused(row, note(Why.SEVERAL_SERVICES, name=row.name))
        if found is None and named:
            found = named[0]
        first = self._seen.setdefault(new_id if found is None else found.id, row.number)
        if first != row.number:
            return _refused(row, note(Why.SAME_SERVICE, row=first))
        return self._new(row, new_id) if found is None else self._changed(row, found)

    def _new(self, row: ServiceRow, service_id: str) -> Plan:
        if _REQUIRED not in row.fields:
            return _refused(row, note(Why.NO_LENGTH_SAID))
        args = ServiceCreate(service_id=ServiceId(service_id), **row.fields)  # type: ignore[arg-type]
        edit = Operation(name="service.create", args=args, label=LABEL)
        verdict = Verdict.CHANGED if row.notes else Verdict.TAKEN
        return _plan(row, verdict, row.notes, ((service_id, edit),))

    def _changed(self, row: ServiceRow, found: Service) -> Plan:
        edits = tuple(
            FieldEdit(field=field, was=now, value=wanted)
            for field, wanted in row.fields.items()
            if _plain(now := getattr(found, field)) != _plain(wanted)
        )
        if not edits:
            return _plan(row, Verdict.SKIPPED, (), ())
        edit = Operation(name="service.update", args=ServiceUpdate(service_id=found.id, edits=edits), label=LABEL)
        said = (*row.notes, *(self._was(one) for one in edits))
        return _plan(row, Verdict.UPDATED, said, ((found.id, edit),))

    def _was(self, edit: FieldEdit) -> Note:
        return note(
            Why.WAS,
            field=SERVICES.roles[edit.field],
            value=self._words(edit.field, edit.value),
            was=self._words(edit.field, edit.was),
        )

    def _words(self, field: str, held: str | int) -> str:
        return plain_amount(int(held), self._currency) if field == Role.PRICE else str(held) or "nothing"


def _plain(held: str | int) -> str | int:
    """A value as a cell can say it: without what stands around it."""
    return " ".join(held.split()) if isinstance(held, str) else held


def _refused(row: ServiceRow, *notes: Note) -> Plan:
    return _plan(row, Verdict.REFUSED, notes, ())


def _plan(row: ServiceRow, verdict: Verdict, notes: Sequence[Note], edits: tuple[tuple[str, Operation], ...]) -> Plan:
    return Plan(number=row.number, what=row.name, verdict=verdict, sentences=sentences_of(notes), edits=edits)
