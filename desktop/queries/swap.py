"""Where two visits come to stand that change places, and what is in the way of it."""

from dataclasses import replace

from desktop.queries.verdict import Verdict, verdict
from desktop.store.replica import Replica
from shared.model.appointment import Appointment
from shared.model.base import value
from shared.model.customer import Customer
from shared.model.resource import Resource
from shared.mutations.appointment.arguments import Swap
from shared.mutations.appointment.swap import places


@value
class Side:
    """One of the two: as it stands, as it would stand, whose it is, and who and what takes part then and now."""

    was: Appointment
    now: Appointment
    customer: str
    resources_before: tuple[str, ...]
    resources: tuple[str, ...]


@value
class SwapShown:
    """Both visits with what the rules say of the exchange, and where they refuse it, of it with a reason."""

    sides: tuple[Side, Side]
    verdict: Verdict
    with_reason: Verdict


def swap_shown(replica: Replica, args: Swap) -> SwapShown:
    """What an exchange of two visits would come to. Nothing is changed. Raises Refusal where one is not there."""
    one, other = places(replica.tx(), args)
    told = verdict(replica, "appointment.swap", args)
    return SwapShown(
        sides=(_side(replica, one), _side(replica, other)),
        verdict=told,
        with_reason=told if told.is_free else verdict(replica, "appointment.swap", replace(args, override="any")),
    )


def _side(replica: Replica, now: Appointment) -> Side:
    reads = replica.tx()
    was = reads.find(Appointment, now.id) or now
    customer = reads.find(Customer, now.customer_id) if now.customer_id else None
    names = [
        tuple(found.name for one in visit.resources if (found := reads.find(Resource, one)) is not None)
        for visit in (was, now)
    ]
    return Side(
        was=was, now=now, customer=customer.name if customer else "", resources_before=names[0], resources=names[1]
    )
