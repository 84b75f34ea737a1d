"""Writing notes about customers and visits: added and never changed; one corrects by adding."""

from typing import Annotated, Final, Literal

from annotated_types import MinLen

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment
from shared.model.base import NoteId, Uuid, replace
from shared.model.customer import Customer
from shared.model.note import Note, NoteAbout
from shared.mutations.registry import Context, Mutation, Text, arguments, register
from shared.rules.erased import require_kept
from shared.rules.merged import require_present
from shared.rules.permissions import Capability, Scope, scope
from shared.store import Changes, Reads, Wanted

_SUBJECTS: Final[dict[str, type[Customer] | type[Appointment]]] = {"customer": Customer, "appointment": Appointment}


@arguments
class Add:
    """`note.add`."""

    note_id: NoteId
    about: Literal["customer", "appointment"]
    subject_id: Uuid
    """The customer or the appointment."""
    text: Annotated[Text, MinLen(1)]


def add(reads: Reads, ctx: Context, args: Add) -> Changes:
    """Write a note. An id that exists already does nothing.

    A customer's own data are theirs to change through the API; what the team writes down is not.
    """
    if scope(ctx.actor.role, Capability.EDIT_CUSTOMERS) is not Scope.ALL:
        raise Refusal(Code.NOT_ALLOWED, capability=Capability.EDIT_CUSTOMERS.value, role=ctx.actor.role.value)
    if reads.find(Note, args.note_id) is not None:
        return Changes()
    subject = reads.find(_SUBJECTS[args.about], args.subject_id)
    if subject is None:
        raise Refusal(Code.NOT_FOUND, what=args.about, subject=args.subject_id)
    about_whom = _person(reads, subject)
    if about_whom is not None:
        require_kept(about_whom)
    if isinstance(subject, Customer):
        subject = require_present(reads, subject.id)
    about = NoteAbout(args.about)
    return Changes(put=(written(ctx, note_id=args.note_id, about=about, subject_id=subject.id, text=args.text),))


def _person(reads: Reads, subject: Customer | Appointment) -> Customer | None:
    """Whom a note would be about."""
    if isinstance(subject, Customer):
        return subject
    return None if subject.customer_id is None else reads.find(Customer, subject.customer_id)


def _person_wanted(reads: Reads, args: Add) -> Wanted:
    visit = reads.find(Appointment, args.subject_id) if args.about == "appointment" else None
    return Wanted(rows=((Customer, visit.customer_id),)) if visit and visit.customer_id else Wanted()


def written(ctx: Context, *, note_id: NoteId, about: NoteAbout, subject_id: str, text: str) -> Note:
    """A note of whoever entered it, when they did, though another person may decide it."""
    by = ctx.entered
    return Note(
        id=note_id,
        about=about,
        subject_id=subject_id,
        text=text,
        author_id=by.author_id or ctx.actor.user_id,
        as_whom=by.as_whom,
        at=by.at,
    )


def _attached(args: Add, about: str, subject_id: str) -> Add:
    return replace(args, about=NoteAbout(about).value, subject_id=subject_id)


ADD = register(
    Mutation(
        name="note.add",
        version=1,
        capability=Capability.EDIT_CUSTOMERS,
        arguments=Add,
        run=add,
        wants=lambda args: Wanted(
            rows=((Note, args.note_id), (_SUBJECTS[args.about], args.subject_id)), subjects=(args.subject_id,)
        ),
        wants_next=_person_wanted,
        subject=lambda args: args.subject_id,
        depends_on=lambda args: (args.subject_id,),
        stands=lambda reads, args: reads.find(Note, args.note_id) is not None,
        never_dropped=True,
        attached=_attached,
    )
)
