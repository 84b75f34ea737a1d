"""Erasing a person: nothing that identifies them is left, and what they took up stays as it was."""

from dataclasses import replace
from typing import Annotated

from annotated_types import MaxLen, MinLen

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem
from shared.model.base import AppointmentId, AttentionItemId, CustomerId, NoteId
from shared.model.customer import Customer
from shared.model.note import Note
from shared.mutations.registry import Context, Mutation, arguments, register
from shared.rules.permissions import Capability
from shared.store import Changes, Reads, Wanted

_MOST = 1_000_000


@arguments
class Erase:
    """`customer.erase`: a person's records, and by their ids all rows about them. The server alone makes it."""

    customers: Annotated[tuple[CustomerId, ...], MinLen(1), MaxLen(_MOST)]
    appointments: Annotated[tuple[AppointmentId, ...], MaxLen(_MOST)] = ()
    notes: Annotated[tuple[NoteId, ...], MaxLen(_MOST)] = ()
    items: Annotated[tuple[AttentionItemId, ...], MaxLen(_MOST)] = ()


def erase(reads: Reads, ctx: Context, args: Erase) -> Changes:
    """Leave of a person an empty record, and their visits without words; notes and attention items go.

    A record stays where there was none, too: what a desk still has to say about the person finds it, and is refused.
    """
    if not ctx.actor.role.is_platform:
        # What the log says of them goes in the same transaction, which is the server's to do.
        raise Refusal(Code.NOT_ALLOWED, capability=Capability.ERASE.value, role=ctx.actor.role.value)
    visits = (reads.find(Appointment, one) for one in args.appointments)
    return Changes(
        put=(
            *(Customer(id=one, name="", archived=True) for one in args.customers),
            *(_without_words(one) for one in visits if one is not None),
        ),
        removed=(
            *((Note, one) for one in args.notes if reads.find(Note, one) is not None),
            *((AttentionItem, one) for one in args.items if reads.find(AttentionItem, one) is not None),
        ),
    )


def _without_words(visit: Appointment) -> Appointment:
    # What no service names was named by whoever booked it.
    segments = tuple(one if one.service_id is not None else replace(one, name="") for one in visit.segments)
    return replace(visit, segments=segments, notes="", cancel_reason="", override_reason="")


ERASE = register(
    Mutation(
        name="customer.erase",
        version=1,
        capability=Capability.ERASE,
        arguments=Erase,
        run=erase,
        wants=lambda args: Wanted(
            rows=(
                *((Customer, one) for one in args.customers),
                *((Appointment, one) for one in args.appointments),
                *((Note, one) for one in args.notes),
                *((AttentionItem, one) for one in args.items),
            )
        ),
        subject=lambda args: args.customers[0],
    )
)
