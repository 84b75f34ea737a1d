"""Taking what another program's file says into the book: planned row by row, rehearsed, carried out, reported."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final, Protocol, TypeVar

from desktop.files.calendar_ics import CalendarEvent, CalendarFile, CalendarRow
from desktop.files.customers_csv import CustomerFile, CustomerRow, ImportedCustomer
from desktop.files.verdict import Note, Verdict
from desktop.operations.operation import Operation
from desktop.runtime.changes import Tables
from desktop.store.pieces import Asked, read_in_pieces
from desktop.store.rehearsal import Rehearsal
from desktop.store.replica import Edited, Replica
from shared.dates import Dates
from shared.errors import AppError, Refusal
from shared.ids import derived_id, new_id
from shared.model.appointment import Appointment
from shared.model.base import LONGEST_LINE, LONGEST_TEXT, AppointmentId, ResourceId, SeriesId, TimeBlockId, value
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.model.service import Service
from shared.mutations.appointment.arguments import Book, SegmentWish
from shared.mutations.block.one import Put
from shared.mutations.customer import Create
from shared.rules.pieces import Pieces
from shared.store import Reads
from shared.texts import sentence
from shared.visits_ics import visit_of

LABEL: Final = "import"
_UNTITLED: Final = "Busy"
_SENTENCES_A_ROW: Final = 5
ROWS_A_STEP: Final = 100

T = TypeVar("T")


class Desk(Asked, Protocol):
    """A desk as an import needs it: each call waits for the store thread."""

    def change(self, work: Callable[[Replica], tuple[T, Tables]]) -> T: ...


class Interrupted(AppError):
    """Somebody else has taken the desk: what is left of a file is not theirs to have taken."""

    def __init__(self, taken: int) -> None:
        rows = "1 row" if taken == 1 else f"{taken} rows"
        super().__init__(
            f"Somebody else has taken the desk: {rows} of the file had been imported by then, the rest was not. Import "
            "it again; what is there already is left alone."
        )


class GivenUp(AppError):
    """Nobody waits any more for what was asked; the message is for nobody."""


class WhileWanted:
    """A desk that can be asked as long as the answer is wanted; then it raises GivenUp."""

    def __init__(self, desk: Asked, wanted: Callable[[], bool]) -> None:
        self._desk, self._wanted = desk, wanted

    def do(self, question: Callable[[Replica], T]) -> T:
        """The desk's answer to a question."""
        if not self._wanted():
            raise GivenUp
        return self._desk.do(question)


@value
class Target:
    """Whose time a calendar's events take: a resource, and the service that they become appointments of, if any."""

    resource: Resource
    location: Location
    service: Service | None = None


@value
class Plan:
    """What one row of a file asks for: edits by the id of the row in the book that each would make."""

    number: int
    what: str
    verdict: Verdict
    sentences: tuple[str, ...]
    edits: tuple[tuple[str, Operation], ...]
    last_decides: bool = False
    """Whether the row is refused where its last edit is; those before it only make what that needs."""


@value
class ReportLine:
    """What became of one row of a file, or would become: the report's line."""

    number: int
    what: str
    verdict: Verdict
    sentences: tuple[str, ...]
    made: int
    """How many rows of the book it made or changed."""


@value
class Report:
    """What became of a whole file."""

    notes: tuple[str, ...]
    lines: tuple[ReportLine, ...]

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many lines have each verdict."""
        return Counter(line.verdict for line in self.lines)

    @property
    def made(self) -> int:
        """How many rows of the book were made or changed."""
        return sum(line.made for line in self.lines)


def plan_customers(file: CustomerFile) -> tuple[Plan, ...]:
    """One plan for each row of a list of customers."""
    return tuple(_customer_plan(row) for row in file.rows)


def plan_events(file: CalendarFile, target: Target, *, locale: str = "en-GB") -> tuple[Plan, ...]:
    """One plan for each entry of a calendar: appointments where the target has a service, else blocked spans.

    `locale` is that of the business, for the dates in the sentences.
    """
    return tuple(_event_plan(row, target, locale) for row in file.rows)


def rehearse(
    replica: Replica, plans: Sequence[Plan], *, zone: str, told: Callable[[int], object] = lambda done: None
) -> Pieces[tuple[ReportLine, ...]]:
    """What would become of each row, step by step as it would be taken; nothing is written.

    `told` hears after each step how many rows are done. Raises Interrupted where the desk changes hands.
    """
    rehearsal, who = Rehearsal(replica), _who(replica)
    lines: list[ReportLine] = []
    for step in in_steps(plans):
        if _who(replica) != who:
            raise Interrupted(0)
        due = _due(rehearsal.tx(), step)
        against = rehearsal.run(edit for edits in due for edit in edits)
        lines += _lines(step, due, against, _dates(rehearsal.tx(), zone))
        told(len(lines))
        yield
    return tuple(lines)


def carry_out(
    replica: Replica, plans: Sequence[Plan], *, zone: str, macro: str = ""
) -> tuple[tuple[ReportLine, ...], Tables]:
    """Make the edits of the rows in one transaction: what became of each, and the rows that changed by table.

    A row of the book that is there already is left alone, archived or cancelled ones too, so that a file can be taken
    twice; only a block that its calendar says otherwise now is changed. Edits of one `macro` are undone as one.
    """
    due = _due(replica.tx(), plans)
    results = replica.edit_all(replace(edit, macro=macro) for edits in due for edit in edits)
    against = [result if isinstance(result, Refusal) else None for result in results]
    touched: dict[str, set[str]] = {}
    for result in results:
        for table, rows in result.touched.items() if isinstance(result, Edited) else ():
            touched.setdefault(table, set()).update(rows)
    lines = _lines(plans, due, against, _dates(replica.tx(), zone))
    return lines, {table: frozenset(rows) for table, rows in touched.items()}


def rehearse_file(
    desk: Asked, plans: Sequence[Plan], *, zone: str, told: Callable[[int], object] = lambda done: None
) -> tuple[ReportLine, ...]:
    """What would become of each row of a file, asked step by step as it would be taken; see `rehearse`.

    `told` is called on the store thread. Raises what `desk` does, and Interrupted.
    """
    return read_in_pieces(desk, partial(rehearse, plans=plans, zone=zone, told=told))


def take_file(desk: Desk, plans: Sequence[Plan], *, zone: str) -> tuple[ReportLine, ...]:
    """Take what a file says into the book, and wait.

    `zone` is where the wall clocks hang that the sentences name. Raises StorageFault, and Interrupted where the desk
    changes hands before the end.
    """
    lines: list[ReportLine] = []
    whole, who = new_id(), desk.do(_who)

    def take(replica: Replica, step: Sequence[Plan]) -> tuple[tuple[ReportLine, ...], Tables]:
        # Between two steps the store is free for others, and the desk too.
        if _who(replica) != who:
            raise Interrupted(len(lines))
        return carry_out(replica, step, zone=zone, macro=whole)

    for step in in_steps(plans):
        lines += desk.change(partial(take, step=step))
    return tuple(lines)


def _who(replica: Replica) -> str:
    return replica.identity().user_id


def in_steps(plans: Sequence[Plan]) -> tuple[tuple[Plan, ...], ...]:
    """The plans in parts that leave the store free for others in between.

    An event that comes back each day is one row and hundreds of edits: so many are no fewer than as many rows.
    """
    steps: list[list[Plan]] = []
    room = 0
    for plan in plans:
        size = max(1, len(plan.edits))
        if size > room:
            steps.append([])
            room = ROWS_A_STEP
        steps[-1].append(plan)
        room -= size
    return tuple(map(tuple, steps))


def sentences_of(notes: Sequence[Note], *, locale: str = "en-GB") -> tuple[str, ...]:
    """The notes as a person reads them."""
    return tuple(note.in_words(locale) for note in notes)


def _customer_plan(row: CustomerRow) -> Plan:
    found = row.customer
    if found is None:
        return Plan(number=row.number, what="", verdict=row.verdict, sentences=sentences_of(row.notes), edits=())
    return Plan(
        number=row.number,
        what=found.name,
        verdict=row.verdict,
        sentences=sentences_of(row.notes),
        edits=(customer_edit(found),),
    )


def customer_edit(found: ImportedCustomer) -> tuple[str, Operation]:
    """What makes a customer of a file, by the id that they get."""
    args = Create(
        customer_id=found.id,
        name=found.name,
        phones=found.phones,
        emails=found.emails,
        language=found.language,
        tags=found.tags,
        alert=found.alert,
        notes=found.notes,
    )
    return found.id, Operation(name="customer.create", args=args, label=LABEL)


def _event_plan(row: CalendarRow, target: Target, locale: str) -> Plan:
    edits = []
    against: list[Note] = []
    for event in row.events:
        reason = event.not_a_block if target.service is None else event.not_an_appointment
        if reason is not None:
            against.append(reason)
        else:
            edits.append(_block(event, target) if target.service is None else _appointment(event, target))
    verdict = row.verdict
    if against:
        verdict = Verdict.CHANGED if edits else Verdict.REFUSED
    sentences = tuple(dict.fromkeys(sentences_of([*row.notes, *against], locale=locale)))
    return Plan(number=row.number, what=row.title or row.kind, verdict=verdict, sentences=sentences, edits=tuple(edits))


def _block(event: CalendarEvent, target: Target) -> tuple[str, Operation]:
    # The same calendar may block several resources: each has blocks of its own.
    block = TimeBlockId(derived_id("import.block", target.resource.id, event.id))
    args = Put(
        block_id=block,
        resource_id=target.resource.id,
        start=event.starts_at,
        end=event.ends_at,
        reason=event.title or _UNTITLED,
        origin=event.uid[:LONGEST_LINE],
    )
    return block, Operation(name="block.put", args=args, label=LABEL)


def _appointment(event: CalendarEvent, target: Target) -> tuple[str, Operation]:
    service = target.service.id if target.service is not None else None
    minutes = -(-(event.ends_at - event.starts_at) // timedelta(minutes=1))
    said = [event.title, event.location, ", ".join(event.people), event.description]
    args = Book(
        appointment_id=AppointmentId(event.id),
        customer_id=None,
        location_id=target.location.id,
        start=event.starts_at,
        segments=(SegmentWish(service_id=service, resources=(ResourceId(target.resource.id),), minutes=minutes),),
        source="import",
        notes="\n".join(part for part in said if part)[:LONGEST_TEXT],
        series_id=SeriesId(event.series) if event.series else None,
        original_start=event.original,
    )
    return event.id, Operation(name="appointment.book", args=args, label=LABEL)


def _due(reads: Reads, plans: Sequence[Plan]) -> list[list[Operation]]:
    """Of each plan the edits that are not done yet."""
    return [[edit for row_id, edit in plan.edits if not _is_done(reads, row_id, edit)] for plan in plans]


def _lines(
    plans: Sequence[Plan], due: Sequence[Sequence[Operation]], against: Sequence[Refusal | None], dates: Dates
) -> tuple[ReportLine, ...]:
    """The report of these plans; `against` says of each edit that was due, one after the other, why it was refused."""
    whys = iter(against)
    return tuple(
        _line(plan, [(edit, next(whys)) for edit in edits], dates) for plan, edits in zip(plans, due, strict=True)
    )


def _dates(reads: Reads, zone: str) -> Dates:
    return Dates(zone=zone, locale=reads.business().locale)


def _is_done(reads: Reads, row_id: str, edit: Operation) -> bool:
    """Whether the book has the row already, in any state; what changes a row was drawn from what it is."""
    kind = _KINDS.get(edit.name)
    if kind is None:
        return False
    own = visit_of(edit.args.origin) if isinstance(edit.args, Put) else None
    if own is not None and reads.find(Appointment, own) is not None:
        # A visit of this very book holds its time already.
        return True
    found = reads.find(kind, row_id)
    if isinstance(found, TimeBlock) and not found.archived:
        args = edit.args
        return (found.starts_at, found.ends_at, found.reason) == (args.start, args.end, args.reason)
    return found is not None


_KINDS: Final[Mapping[str, type[Customer] | type[TimeBlock] | type[Appointment] | type[Service]]] = {
    "customer.create": Customer,
    "block.put": TimeBlock,
    "appointment.book": Appointment,
    "service.create": Service,
}


def _line(plan: Plan, done: Sequence[tuple[Operation, Refusal | None]], dates: Dates) -> ReportLine:
    refused = [(edit, refusal) for edit, refusal in done if refusal is not None]
    made = len(done) - len(refused)
    verdict, sentences = plan.verdict, list(plan.sentences)
    if plan.edits and not done:
        verdict = Verdict.SKIPPED
    elif refused:
        some = made or len(done) < len(plan.edits)
        verdict = Verdict.CHANGED if some and not plan.last_decides else Verdict.REFUSED
        several = len(plan.edits) > 1 and not plan.last_decides
        sentences += [_said(edit, refusal, dates, dated=several) for edit, refusal in refused[:_SENTENCES_A_ROW]]
        if len(refused) > _SENTENCES_A_ROW:
            sentences.append(f"{len(refused) - _SENTENCES_A_ROW} more of its dates could not be taken either.")
    return ReportLine(number=plan.number, what=plan.what, verdict=verdict, sentences=tuple(sentences), made=made)


def _said(edit: Operation, refusal: Refusal, dates: Dates, *, dated: bool) -> str:
    said = sentence(refusal.code.value, refusal.details, dates)
    return f"{dates.moment(edit.args.start)}: {said}" if dated else said
