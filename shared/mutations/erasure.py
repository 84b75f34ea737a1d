"""Erasing a person: nothing that identifies them is left, and what they took up stays as it was."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from annotated_types import MaxLen, MinLen

from shared.errors import Code, Refusal
from shared.model.apart import KeptApart
from shared.model.appointment import Appointment, Segment
from shared.model.attention import AttentionItem, AttentionState, Gathered
from shared.model.base import (
    AppointmentId,
    AttentionItemId,
    CustomerId,
    KeptApartId,
    NoteId,
    PaymentId,
    SeriesId,
    WaitlistEntryId,
    replace,
)
from shared.model.customer import Customer
from shared.model.note import Note
from shared.model.payment import Payment
from shared.model.registry import E
from shared.model.series import Series
from shared.model.waitlist import WaitlistEntry, WaitlistState
from shared.mutations.registry import MUTATIONS, Context, Mutation, arguments, as_before, register
from shared.rules.permissions import Capability
from shared.store import Changes, Reads, Wanted

_MOST = 1_000_000
_MONEY = frozenset({"payment.take", "payment.refund"})


@arguments
class Erase:
    """`customer.erase`: a person's records, and by their ids all rows about them. The server alone makes it."""

    customers: Annotated[tuple[CustomerId, ...], MinLen(1), MaxLen(_MOST)]
    appointments: Annotated[tuple[AppointmentId, ...], MaxLen(_MOST)] = ()
    notes: Annotated[tuple[NoteId, ...], MaxLen(_MOST)] = ()
    items: Annotated[tuple[AttentionItemId, ...], MaxLen(_MOST)] = ()
    series: Annotated[tuple[SeriesId, ...], MaxLen(_MOST)] = ()
    waitlist: Annotated[tuple[WaitlistEntryId, ...], MaxLen(_MOST)] = ()
    payments: Annotated[tuple[PaymentId, ...], MaxLen(_MOST)] = ()
    apart: Annotated[tuple[KeptApartId, ...], MaxLen(_MOST)] = ()
    """From whom they were kept apart."""


def erase(reads: Reads, ctx: Context, args: Erase) -> Changes:
    """Leave of a person an empty record, and their visits, series, wishes and payments without words.

    Notes, attention items and from whom they were kept apart go; what was paid stays as it is, but for what somebody
    wrote beside it, and what was paid and waits under an item goes on waiting, for any visit. A series makes no visit
    any more, and nobody waits.

    A record stays where there was none, too: what a desk still has to say about the person finds it, and is refused.
    """
    if not ctx.actor.role.is_platform:
        # What the log says of them goes in the same transaction, which is the server's to do.
        raise Refusal(Code.NOT_ALLOWED, capability=Capability.ERASE.value, role=ctx.actor.role.value)
    items = tuple(_found(reads, AttentionItem, args.items))
    kept = tuple(one for one in map(_only_paid, items) if one is not None)
    stay = {one.id for one in kept}
    return Changes(
        put=(
            *(Customer(id=one, name="", archived=True) for one in args.customers),
            *(_without_words(one) for one in _found(reads, Appointment, args.appointments)),
            *(_ended(one) for one in _found(reads, Series, args.series)),
            *(_no_wish(one) for one in _found(reads, WaitlistEntry, args.waitlist)),
            *(replace(one, note="") for one in _found(reads, Payment, args.payments)),
            *kept,
        ),
        removed=(
            *((Note, one) for one in args.notes if reads.find(Note, one) is not None),
            *((KeptApart, one) for one in args.apart if reads.find(KeptApart, one) is not None),
            *((AttentionItem, one.id) for one in items if one.id not in stay),
        ),
    )


def _only_paid(item: AttentionItem) -> AttentionItem | None:
    """What of an open item is money: its first payment in place of what was refused, with the others; None for none.

    Their arguments hold no words: ids, amounts, and how it was paid.
    """
    first = Gathered(
        mutation_id=item.mutation_id, name=item.name, args=item.args, author_id=item.author_id, as_whom=item.as_whom,
        made_at=item.made_at,
    )  # fmt: skip
    paid = [one for one in (first, *item.gathered) if one.name in _MONEY]
    if not paid or item.state is not AttentionState.OPEN:
        return None
    head, *others = paid
    about = [MUTATIONS[one.name].subject(MUTATIONS[one.name].parse(one.args)) for one in paid]
    visit = str(head.args.get("appointment_id") or "")
    return replace(
        item, mutation_id=head.mutation_id, name=head.name, args=head.args, code=Code.NOT_FOUND.value,
        details={"what": "appointment", "subject": visit}, subject_id=about[0], author_id=head.author_id,
        as_whom=head.as_whom, made_at=head.made_at or item.made_at, gathered=tuple(others), also_about=tuple(about[1:]),
    )  # fmt: skip


def _found(reads: Reads, cls: type[E], ids: Sequence[str]) -> Iterator[E]:
    return (row for row in (reads.find(cls, one) for one in ids) if row is not None)


def _without_words(visit: Appointment) -> Appointment:
    segments = _unnamed(visit.segments)
    return replace(visit, segments=segments, notes="", cancel_reason="", override_reason="")


def _unnamed(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    # What no service names was named by whoever booked it.
    return tuple(one if one.service_id is not None else replace(one, name="") for one in segments)


def _ended(one: Series) -> Series:
    return replace(one, segments=_unnamed(one.segments), notes="", archived=True)


def _no_wish(entry: WaitlistEntry) -> WaitlistEntry:
    waits = entry.state in (WaitlistState.WAITING, WaitlistState.OFFERED)
    return replace(entry, notes="", offer=None, state=WaitlistState.WITHDRAWN if waits else entry.state)


ERASE = register(
    Mutation(
        name="customer.erase",
        version=3,
        # The first knew no series, no waitlist and no payments, and there were none; the second nobody kept apart.
        upcasters={1: as_before, 2: as_before},
        capability=Capability.ERASE,
        arguments=Erase,
        run=erase,
        wants=lambda args: Wanted(
            rows=(
                *((Customer, one) for one in args.customers),
                *((Appointment, one) for one in args.appointments),
                *((Note, one) for one in args.notes),
                *((AttentionItem, one) for one in args.items),
                *((Series, one) for one in args.series),
                *((WaitlistEntry, one) for one in args.waitlist),
                *((Payment, one) for one in args.payments),
                *((KeptApart, one) for one in args.apart),
            )
        ),
        subject=lambda args: args.customers[0],
    )
)
