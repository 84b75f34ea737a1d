"""Adding and correcting the people who are served."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from annotated_types import MaxLen

from shared import ids
from shared.errors import Code, Refusal
from shared.model.apart import KeptApart
from shared.model.base import CustomerId, NoteId, ResourceId, replace
from shared.model.counted import UNCOUNTED
from shared.model.customer import Customer
from shared.model.note import NoteAbout
from shared.model.resource import Resource, ResourceKind
from shared.model.series import Series
from shared.model.waitlist import WaitlistEntry, WaitlistState
from shared.mutations import note
from shared.mutations.fields import FieldEdit, edited, require_fit, require_seen, values_of
from shared.mutations.registry import Context, Line, Mutation, Text, arguments, as_before, register
from shared.mutations.rights import require_allowed
from shared.rules import limits
from shared.rules.erased import require_kept
from shared.rules.merged import kept_of, require_customer
from shared.rules.permissions import Capability
from shared.store import Belonging, Changes, Reads, Wanted

Lines = Annotated[tuple[Line, ...], MaxLen(50)]

EDITABLE = frozenset({"name", "phones", "emails", "language", "alert", "blocked", "archived"})
CONTESTED = frozenset({"name", "phones", "emails", "alert"})
_MANAGED = frozenset({"blocked", "archived"})
_SETS = frozenset({"phones", "emails"})


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

    What is set as `notes` overwrites nothing: it is added as a note, by the rules of `note.add`. `preferred_id` is a
    person among the resources, or null for nobody.
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
    return Changes(put=(made_of(args),))


def made_of(args: Create) -> Customer:
    """The customer that an adding makes."""
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


def _create_again(reads: Reads, ctx: Context, args: Create) -> Changes:
    """Add a customer, or bring back one whose adding was taken back."""
    now = reads.find(Customer, args.customer_id)
    again = now is not None and now.archived and not now.is_erased
    return restore(reads, ctx, Restore(customer_id=args.customer_id)) if again else create(reads, ctx, args)


def _is_there(reads: Reads, args: Create) -> bool:
    now = reads.find(Customer, args.customer_id)
    return now is not None and (not now.archived or now.merged_into is not None)


def withdraw(reads: Reads, ctx: Context, args: Withdraw) -> Changes:
    """Archive a customer who is what was added, and of whom nobody has written more; one that is archived stays so.

    Who adds customers may take that back. Archiving one of whom more is known is for those who manage them.
    """
    now = _row(reads, args.made.customer_id)
    if now.archived:
        return Changes()
    if now != made_of(args.made):
        raise Refusal(Code.CHANGED_MEANWHILE, subject=now.id)
    if has_visits(reads, now.id) or any(map(_says_more, reads.belongings_of(now.id))):
        raise Refusal(Code.IN_USE, what="customer", name=now.name, subject=now.id)
    return Changes(put=(replace(now, archived=True),))


def has_visits(reads: Reads, customer_id: CustomerId) -> bool:
    """Whether a customer has had visits, or has any ahead."""
    return any(one.status not in UNCOUNTED for one in reads.visits_of(customer_id))


def _says_more(one: Belonging) -> bool:
    """Whether what bears a customer would be lost with them: what was taken back itself would not."""
    if isinstance(one, WaitlistEntry):
        return one.state is not WaitlistState.WITHDRAWN
    if isinstance(one, Series):
        return not one.archived
    return not isinstance(one, KeptApart)


def restore(reads: Reads, ctx: Context, args: Restore) -> Changes:
    """Bring an archived customer back; one that is there already, or in another's record, stays."""
    now = _row(reads, args.customer_id)
    if not now.archived or now.merged_into is not None:
        return Changes()
    limits.require_room_for_one(reads, Customer)
    return Changes(put=(replace(now, archived=False),))


def _row(reads: Reads, customer_id: CustomerId) -> Customer:
    now = reads.find(Customer, customer_id)
    if now is None:
        raise Refusal(Code.NOT_FOUND, what="customer", subject=customer_id)
    require_kept(now)
    return now


def update(reads: Reads, ctx: Context, args: Update) -> Changes:
    """Correct a customer, field by field; what is about a merged one is an edit of the one that was kept."""
    if any(edit.field in _MANAGED for edit in args.edits):
        require_allowed(reads, ctx.actor, Capability.MANAGE_CUSTOMERS)
    now = require_customer(reads, args.customer_id)
    edits = args.edits if now.id == args.customer_id else tuple(_followed(now, edit) for edit in _of_kept(args.edits))
    if now.archived and not any(edit.field == "archived" for edit in edits):
        raise Refusal(Code.ARCHIVED, what="customer", name=now.name, subject=now.id)
    fields = [edit for edit in edits if edit.field not in ("notes", "preferred_id")]
    after = edited(now, fields, editable=EDITABLE, contested=CONTESTED, takes_back=ctx.takes_back)
    if not after.name.strip():
        raise Refusal(Code.INVALID, what="name")
    if now.archived and not after.archived:
        limits.require_room_for_one(reads, Customer)
    kept = [tag for tag in after.tags if tag not in args.tags_removed]
    after = replace(after, tags=tuple(dict.fromkeys([*kept, *args.tags_added])))
    for edit in edits:
        if edit.field == "preferred_id":
            if ctx.takes_back:
                require_seen(now.id, edit, now.preferred_id)
            after = replace(after, preferred_id=_person(reads, edit.value))
    return (Changes() if after == now else Changes(put=(after,))) + _noted(ctx, now, edits)


def _person(reads: Reads, wanted: Any) -> ResourceId | None:
    """By whom somebody likes to be served; the last to arrive counts."""
    if wanted is None:
        return None
    if not (isinstance(wanted, str) and ids.is_id(wanted)):
        raise Refusal(Code.INVALID, what="value", field="preferred_id")
    person = reads.find(Resource, wanted)
    if person is None:
        raise Refusal(Code.NOT_FOUND, what="resource", subject=wanted)
    if person.kind is not ResourceKind.STAFF:
        raise Refusal(Code.INVALID, what="value", field="preferred_id")
    return person.id


def _of_kept(edits: Sequence[FieldEdit]) -> Iterator[FieldEdit]:
    """Of edits about a merged record those that mean the person: the record itself is archived for good."""
    return (edit for edit in edits if edit.field != "archived")


def _followed(now: Customer, edit: FieldEdit) -> FieldEdit:
    """An edit of a merged record as one of the kept one: of numbers and addresses what was added and taken away."""
    if edit.field == "alert" and isinstance(edit.value, str):
        return replace(edit, was=now.alert, value=joined_words(now.alert, edit.value))
    if edit.field not in _SETS or not all(isinstance(one, list) for one in (edit.was, edit.value)):
        return edit
    held = list(getattr(now, edit.field))
    added = [one for one in edit.value if one not in edit.was and one not in held]
    gone = [one for one in edit.was if one not in edit.value]
    return replace(edit, was=held, value=[one for one in held if one not in gone] + added)


def joined_words(first: str, second: str) -> str:
    """Both texts, each in lines of its own; what one says already is not said twice."""
    if second in first:
        return first
    return f"{first}\n{second}" if first and first not in second else second


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
    row = reads.find(Customer, args.customer_id)
    if row is None:
        return args
    now = kept_of(reads, row)
    values = values_of(now)
    edits = tuple(replace(edit, was=values.get(edit.field)) for edit in args.edits)
    return replace(args, customer_id=now.id, edits=edits)


def _wanted_by_update(args: Update) -> Wanted:
    named = (edit.value for edit in args.edits if edit.field == "preferred_id")
    people = tuple((Resource, one) for one in named if isinstance(one, str) and ids.is_id(one))
    return _wanted(args) + Wanted(rows=people)


def _wanted(args: Create | Update | Restore) -> Wanted:
    return Wanted(rows=((Customer, args.customer_id),), subjects=(args.customer_id,))


def _wanted_by_withdrawal(args: Withdraw) -> Wanted:
    whose = (args.made.customer_id,)
    return _wanted(args.made) + Wanted(visitors=whose, belongings=whose)


def _about(args: Create | Update | Restore) -> str:
    return args.customer_id


CREATE = register(
    Mutation(
        name="customer.create",
        version=1,
        capability=Capability.EDIT_CUSTOMERS,
        arguments=Create,
        run=create,
        again=_create_again,
        stands=_is_there,
        wants=_wanted,
        subject=_about,
    )
)
UPDATE = register(
    Mutation(
        name="customer.update",
        version=2,
        # The second can also say by whom somebody likes to be served.
        upcasters={1: as_before},
        capability=Capability.EDIT_CUSTOMERS,
        arguments=Update,
        run=update,
        wants=_wanted_by_update,
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
        wants=_wanted_by_withdrawal,
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
