"""Making one customer of two records of the same person."""

from collections.abc import Iterable, Iterator

from shared import ids
from shared.errors import Code, Refusal
from shared.model.apart import KeptApart
from shared.model.appointment import Appointment
from shared.model.base import CustomerId, NoteId, replace
from shared.model.customer import Customer
from shared.model.note import Note, NoteAbout
from shared.model.registry import Entity
from shared.mutations import note
from shared.mutations.consent import last_words
from shared.mutations.customer import joined_words
from shared.mutations.registry import Context, Mutation, arguments, as_before, register
from shared.rules.apart import apart, apart_id, are_apart
from shared.rules.merged import kept_of, require_customer
from shared.rules.permissions import Capability
from shared.store import Belonging, Changes, Reads, Wanted


@arguments
class Merge:
    """`customer.merge`: all that is known of one is the other's from now on. It has no way back.

    With `though_apart` also two whom somebody found to be two people: whoever merges them has seen that.
    """

    kept_id: CustomerId
    merged_id: CustomerId
    though_apart: bool = False


def merge(reads: Reads, ctx: Context, args: Merge) -> Changes:
    """Give everything of one record to another of the same person, and archive it.

    Either may have been merged before: then the record that was kept counts. Two that are one already change nothing,
    so that two desks that merge in opposite directions end with one, whoever comes first. Two that are kept apart stay
    two, unless who merges them knew: another desk may have found out what this one did not, and there is no way back.
    """
    kept = require_customer(reads, args.kept_id)
    merged = require_customer(reads, args.merged_id)
    if kept.id == merged.id:
        return Changes()
    if kept.archived:
        raise Refusal(Code.ARCHIVED, what="customer", name=kept.name, subject=kept.id)
    if not args.though_apart and are_apart(reads, kept.id, merged.id):
        raise Refusal(Code.CHANGED_MEANWHILE, subject=merged.id, was={"apart": False}, now={"apart": True})
    borne = reads.belongings_of(merged.id)
    return Changes(
        put=(
            _both(kept, merged),
            replace(merged, archived=True, merged_into=kept.id),
            *_moved(reads.visits_of(merged.id), borne, kept),
            *_kept_apart(borne, kept, merged),
            *_remarked(ctx, kept, merged),
        ),
        removed=tuple((KeptApart, one.id) for one in borne if isinstance(one, KeptApart)),
    )


def _both(kept: Customer, merged: Customer) -> Customer:
    """What is known of the person: where both records say something else of what has one value, the kept one's."""
    return replace(
        kept,
        phones=tuple(dict.fromkeys((*kept.phones, *merged.phones))),
        emails=tuple(dict.fromkeys((*kept.emails, *merged.emails))),
        language=kept.language or merged.language,
        tags=tuple(dict.fromkeys((*kept.tags, *merged.tags))),
        alert=joined_words(kept.alert, merged.alert),
        notes=kept.notes or merged.notes,
        # Whoever was blocked under one record is not let in by the other.
        blocked=kept.blocked or merged.blocked,
        preferred_id=kept.preferred_id or merged.preferred_id,
        consents=last_words(kept, merged),
    )


def _moved(visits: Iterable[Appointment], borne: Iterable[Belonging], kept: Customer) -> Iterator[Entity]:
    for visit in visits:
        yield replace(visit, customer_id=kept.id)
    for one in borne:
        if isinstance(one, Note):
            yield replace(one, subject_id=kept.id)
        elif not isinstance(one, KeptApart):
            yield replace(one, customer_id=kept.id)


def _kept_apart(borne: Iterable[Belonging], kept: Customer, merged: Customer) -> Iterator[KeptApart]:
    """Whoever is not the merged one is not the kept one either; the id of such a row follows from the two."""
    for one in borne:
        if isinstance(one, KeptApart) and kept.id not in (one.one_id, one.other_id):
            yield apart(kept.id, one.other_id if one.one_id == merged.id else one.one_id)


def _remarked(ctx: Context, kept: Customer, merged: Customer) -> Iterator[Note]:
    """The first remark of the merged record as a note, where the kept one has its own."""
    if merged.notes and kept.notes and merged.notes != kept.notes:
        note_id = NoteId(ids.derived_id("merged remark", ctx.mutation_id))
        yield note.written(
            ctx, note_id=note_id, about=NoteAbout.CUSTOMER, subject_id=kept.id, text=merged.notes
        )  # fmt: skip


def _knowing(reads: Reads, args: Merge) -> Merge:
    """Though they are kept apart, where they are: nobody can know today that somebody will find it out."""
    kept, merged = (reads.find(Customer, one) for one in (args.kept_id, args.merged_id))
    if kept is None or merged is None:
        return args
    apart_now = are_apart(reads, kept_of(reads, kept).id, kept_of(reads, merged).id)
    return replace(args, though_apart=args.though_apart or apart_now)


MERGE = register(
    Mutation(
        name="customer.merge",
        version=2,
        # The first knew of nobody who was kept apart.
        upcasters={1: as_before},
        capability=Capability.MANAGE_CUSTOMERS,
        arguments=Merge,
        run=merge,
        wants=lambda args: Wanted(
            rows=(
                (Customer, args.kept_id),
                (Customer, args.merged_id),
                (KeptApart, apart_id(args.kept_id, args.merged_id)),
            ),
            visitors=(args.merged_id,),
            belongings=(args.merged_id,),
            subjects=(args.kept_id, args.merged_id),
        ),
        subject=lambda args: args.kept_id,
        depends_on=lambda args: (args.kept_id, args.merged_id),
        refreshed=_knowing,
    )
)
