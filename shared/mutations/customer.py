"""Adding and correcting the people who are served."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from annotated_types import MaxLen

from shared import ids
from shared.errors import Code, Refusal
from shared.model.appointment import Status
from shared.model.base import CustomerId, NoteId
from shared.model.customer import Customer
from shared.model.note import NoteAbout
from shared.model.registry import entity_type
from shared.mutations import note
from shared.mutations.fields import FieldEdit, edited, require_fit
from shared.mutations.registry import Context, Line, Mutation, Text, arguments, register
from shared.rules import limits
from shared.rules.erased import require_kept
from shared.rules.permissions import Capability
from shared.rules.plans import require_right
from shared.store import Changes, Reads, Wanted

Lines = Annotated[tuple[Line, ...], MaxLen(50)]

EDITABLE = frozenset({"name", "phones", "emails", "language", "alert", "blocked", "archived"})
CONTESTED = frozenset({"name", "phones", "emails"})
_MANAGED = frozenset({"blocked", "archived"})


@arguments
class Create:
    """`customer.create`."""

    customer_id: CustomerId
    name: Line
    phones: Lines = ()
    emails: Lines = ()
    language: Line = ""
    tags: Lines = ()
    alert: Text = ""
    notes: Text = ""


@arguments
class Update:
    """`customer.update`: fields against the values that were seen; tags by what is added and removed.

    What is set as `notes` overwrites nothing: it is added as a note, by the rules of `note.add`.
    """

    customer_id: CustomerId
    edits: Annotated[tuple[FieldEdit, ...], MaxLen(20)] = ()
    tags_added: Lines = ()
    tags_removed: Lines = ()


@arguments
class Withdraw:
    """`customer.withdraw`: take back the adding of a customer of whom nothing else is known yet."""

    made: Create
    """The customer as they were seen: as they were added."""


@arguments
class Restore:
    """`customer.restore`: bring back a customer whose adding was taken back."""

    customer_id: CustomerId


def create(reads: Reads, ctx: Context, args: Create) -> Changes:
    """Add a customer. An id that exists already does nothing."""
    before = reads.find(Customer, args.customer_id)
    if before is not None:
        require_kept(before)
        return Changes()
    if not args.name.strip():
        raise Refusal(Code.INVALID, what="name")
    limits.require_room_for_one(reads, Customer)
    return Changes(put=(_made(args),))


def _made(args: Create) -> Customer:
    return Customer(
        id=args.customer_id,
        name=args.name.strip(),
        phones=args.phones,
        emails=args.emails,
        language=args.language,
        tags=args.tags,
        alert=args.alert,
        notes=args.notes,
    )


_UNMADE = frozenset({Status.CANCELLED, Status.DECLINED, Status.EXPIRED})


def withdraw(reads: Reads, ctx: Context, args: Withdraw) -> Changes:
    """Archive a customer who is what was added, and no more; one that is archived stays so.

    Who adds customers may take that back. Archiving one of whom more is known is for those who manage them.
    """
    now = _known(reads, args.made.customer_id)
    if now.archived:
        return Changes()
    if now != _made(args.made):
        raise Refusal(Code.CHANGED_MEANWHILE, subject=now.id)
    if any(one.status not in _UNMADE for one in reads.visits_of(now.id)):
        raise Refusal(Code.IN_USE, what="customer", name=now.name, subject=now.id)
    return Changes(put=(replace(now, archived=True),))


def restore(reads: Reads, ctx: Context, args: Restore) -> Changes:
    """Bring an archived customer back; one that is there already stays."""
    now = _known(reads, args.customer_id)
    if not now.archived:
        return Changes()
    limits.require_room_for_one(reads, Customer)
    return Changes(put=(replace(now, archived=False),))


def _known(reads: Reads, customer_id: CustomerId) -> Customer:
    now = reads.find(Customer, customer_id)
    if now is None:
        raise Refusal(Code.NOT_FOUND, what="customer", subject=customer_id)
    require_kept(now)
    return now


def update(reads: Reads, ctx: Context, args: Update) -> Changes:
    """Correct a customer, field by field."""
    if any(edit.field in _MANAGED for edit in args.edits):
        require_right(reads, ctx.actor.role, Capability.MANAGE_CUSTOMERS)
    now = _known(reads, args.customer_id)
    if now.archived and not any(edit.field == "archived" for edit in args.edits):
        raise Refusal(Code.ARCHIVED, what="customer", name=now.name, subject=now.id)
    fields = [edit for edit in args.edits if edit.field != "notes"]
    after = edited(now, fields, editable=EDITABLE, contested=CONTESTED)
    if not after.name.strip():
        raise Refusal(Code.INVALID, what="name")
    if now.archived and not after.archived:
        limits.require_room_for_one(reads, Customer)
    kept = [tag for tag in after.tags if tag not in args.tags_removed]
    after = replace(after, tags=tuple(dict.fromkeys([*kept, *args.tags_added])))
    return (Changes() if after == now else Changes(put=(after,))) + _noted(ctx, now, args.edits)


def _noted(ctx: Context, now: Customer, edits: Sequence[FieldEdit]) -> Changes:
    """What was written over the first remark of a customer, by an app that did not know notes yet, as notes."""
    written = [edit for edit in edits if edit.field == "notes"]
    for edit in written:
        require_fit(edit, now.notes)
    return Changes(
        put=tuple(
            note.written(
                ctx,
                note_id=NoteId(ids.derived_id("note", ctx.mutation_id, str(place))),
                about=NoteAbout.CUSTOMER,
                subject_id=now.id,
                text=edit.value,
            )
            for place, edit in enumerate(written)
            if edit.value.strip() and edit.value not in (now.notes, edit.was)
        )
    )


def _against_now(reads: Reads, args: Update) -> Update:
    now = reads.find(Customer, args.customer_id)
    if now is None:
        return args
    kind = entity_type(Customer)
    values = dict(zip(kind.names, kind.encode(now), strict=True))
    edits = tuple(replace(edit, was=values.get(edit.field)) for edit in args.edits)
    return replace(args, edits=edits)


def _wanted(args: Create | Update | Restore) -> Wanted:
    return Wanted(rows=((Customer, args.customer_id),), subjects=(args.customer_id,))


def _about(args: Create | Update | Restore) -> str:
    return args.customer_id


CREATE = register(
    Mutation(
        name="customer.create",
        version=1,
        capability=Capability.EDIT_CUSTOMERS,
        arguments=Create,
        run=create,
        wants=_wanted,
        subject=_about,
    )
)
UPDATE = register(
    Mutation(
        name="customer.update",
        version=1,
        capability=Capability.EDIT_CUSTOMERS,
        arguments=Update,
        run=update,
        wants=_wanted,
        subject=_about,
        depends_on=lambda args: (args.customer_id,),
        refreshed=_against_now,
    )
)
WITHDRAW = register(
    Mutation(
        name="customer.withdraw",
        version=1,
        capability=Capability.EDIT_CUSTOMERS,
        arguments=Withdraw,
        run=withdraw,
        wants=lambda args: _wanted(args.made) + Wanted(visitors=(args.made.customer_id,)),
        subject=lambda args: args.made.customer_id,
        depends_on=lambda args: (args.made.customer_id,),
    )
)
RESTORE = register(
    Mutation(
        name="customer.restore",
        version=1,
        capability=Capability.EDIT_CUSTOMERS,
        arguments=Restore,
        run=restore,
        wants=_wanted,
        subject=_about,
        depends_on=lambda args: (args.customer_id,),
    )
)
