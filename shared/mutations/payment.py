"""Taking money for a visit and giving it back: added and never changed; an error is corrected by a refund."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, TypeVar

from annotated_types import Ge, Le, MaxLen

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem, Gathered
from shared.model.base import AppointmentId, LocationId, PaymentId, UserId, replace
from shared.model.business import Location
from shared.model.payment import Payment, PaymentKind, PaymentMethod
from shared.model.plan import Feature
from shared.mutations.appointment.steps import target
from shared.mutations.fields import DEAREST
from shared.mutations.registry import MUTATIONS, Context, Mutation, Origin, arguments, register
from shared.rules import balance
from shared.rules.permissions import Capability
from shared.rules.plans import require_feature
from shared.store import Changes, Reads, Wanted

Amount = Annotated[int, Ge(1), Le(DEAREST)]
"""Minor units."""
Currency = Annotated[str, MaxLen(3)]
Kind = Literal["deposit", "balance", "tip", "fee"]
Method = Literal["cash", "terminal", "transfer", "online"]


@arguments
class Take:
    """`payment.take`: money that was taken for a visit."""

    payment_id: PaymentId
    appointment_id: AppointmentId
    location_id: LocationId
    """Where it was taken: whose cash sheet it is on."""
    kind: Kind
    method: Method
    amount: Amount
    currency: Currency
    """The business's own."""


@arguments
class Refund:
    """`payment.refund`: money that was given back, of one payment at most what is left of it.

    Where that payment is not to be found a person attaches the refund to a visit instead.
    """

    payment_id: PaymentId
    """The refund's own."""
    refund_of: PaymentId | None
    location_id: LocationId
    method: Method
    amount: Amount
    currency: Currency
    appointment_id: AppointmentId | None = None
    """The visit, where `refund_of` is null."""


M = TypeVar("M", Take, Refund)


def take(reads: Reads, ctx: Context, args: Take) -> Changes:
    """Write down what was taken. An id that exists already does nothing; more than is due is taken, too.

    Two desks that took the same money while apart have both taken it. A visit that is done and paid by it is locked.
    """
    if args.kind == "deposit" and not _is_written(reads, args):
        require_feature(reads.plan(), Feature.DEPOSITS)
    return _take(reads, ctx, args)


def take_again(reads: Reads, ctx: Context, args: Take) -> Changes:
    """Write down what was refused before: the money has changed hands, whatever the plan has room for by now.

    What was taken at a location that never came to be was taken where the visit is.
    """
    return _take(reads, ctx, _somewhere(reads, args, args.appointment_id))


def _take(reads: Reads, ctx: Context, args: Take) -> Changes:
    if _is_written(reads, args):
        return Changes()
    _require_money(reads, args)
    visit = target(reads, args.appointment_id)
    made = replace(_taken(args, ctx.entered, ctx.actor.user_id), customer_id=visit.customer_id)
    if not visit.locked and balance.closes(visit, (*reads.payments_of(visit.id), made)):
        return Changes(put=(made, replace(visit, locked=True)))
    return Changes(put=(made,))


def refund(reads: Reads, ctx: Context, args: Refund) -> Changes:
    """Write down what was given back. An id that exists already does nothing."""
    if _is_written(reads, args):
        return Changes()
    _require_money(reads, args)
    visit, left = _given_back_of(reads, args)
    if args.amount > left:
        raise Refusal(Code.BEYOND_PAID, left=left, currency=args.currency)
    made = _given_back(args, ctx.entered, ctx.actor.user_id)
    return Changes(put=(replace(made, appointment_id=visit.id, customer_id=visit.customer_id),))


def refund_again(reads: Reads, ctx: Context, args: Refund) -> Changes:
    """Write down what was refused before. At a location that never came to be is where the visit is."""
    paid = None if args.refund_of is None else reads.find(Payment, args.refund_of)
    return refund(reads, ctx, _somewhere(reads, args, args.appointment_id if paid is None else paid.appointment_id))


def _somewhere(reads: Reads, args: M, visit_id: AppointmentId | None) -> M:
    if visit_id is None or reads.find(Location, args.location_id) is not None:
        return args
    visit = reads.find(Appointment, visit_id)
    return args if visit is None else replace(args, location_id=visit.location_id)


def _is_written(reads: Reads, args: Take | Refund) -> bool:
    return reads.find(Payment, args.payment_id) is not None


def _require_money(reads: Reads, args: Take | Refund) -> None:
    if not 0 < args.amount <= DEAREST:
        raise Refusal(Code.INVALID, what="amount")
    if args.currency != (own := reads.business().currency):
        raise Refusal(Code.INVALID, what="currency", currency=own)
    if reads.find(Location, args.location_id) is None:
        raise Refusal(Code.NOT_FOUND, what="location", subject=args.location_id)


def _given_back_of(reads: Reads, args: Refund) -> tuple[Appointment, int]:
    """The visit that a refund belongs to, and the most that can be given back."""
    if args.refund_of is None:
        if args.appointment_id is None:
            raise Refusal(Code.INVALID, what="refund_of")
        visit = target(reads, args.appointment_id)
        return visit, balance.left_of_visit(reads.payments_of(visit.id))
    payment = reads.find(Payment, args.refund_of)
    if payment is None or payment.appointment_id is None:
        raise Refusal(Code.NOT_FOUND, what="payment", subject=args.refund_of)
    if payment.kind is PaymentKind.REFUND:
        raise Refusal(Code.INVALID, what="refund_of")
    visit = target(reads, payment.appointment_id)
    paid = reads.payments_of(visit.id)
    return visit, min(balance.left_of(payment, paid), balance.left_of_visit(paid))


def _taken(args: Take, by: Origin, otherwise: UserId) -> Payment:
    return Payment(
        id=args.payment_id,
        appointment_id=args.appointment_id,
        customer_id=None,
        location_id=args.location_id,
        kind=PaymentKind(args.kind),
        method=PaymentMethod(args.method),
        amount=args.amount,
        currency=args.currency,
        note="",
        taken_by=by.author_id or otherwise,
        as_whom=by.as_whom,
        at=by.at,
    )


def _given_back(args: Refund, by: Origin, otherwise: UserId) -> Payment:
    return Payment(
        id=args.payment_id,
        appointment_id=args.appointment_id,
        customer_id=None,
        location_id=args.location_id,
        kind=PaymentKind.REFUND,
        method=PaymentMethod(args.method),
        amount=args.amount,
        currency=args.currency,
        note="",
        taken_by=by.author_id or otherwise,
        as_whom=by.as_whom,
        at=by.at,
        refund_of=args.refund_of,
    )


NOBODY = UserId("")
"""Whose name stands for who took what nobody is known to have taken."""


def waiting_in(items: Iterable[AttentionItem]) -> Sequence[Payment]:
    """The payments and refunds that open items keep, as they were entered: the cash sheet has them all the same."""
    kept: list[AttentionItem | Gathered] = []
    for item in items:
        kept += [item, *item.gathered]
    return [
        as_entered(MUTATIONS[one.name].parse(one.args), Origin(author_id=one.author_id, as_whom=one.as_whom, at=at))
        for one in kept
        if one.name in (TAKE.name, REFUND.name) and (at := one.made_at) is not None
    ]


def as_entered(args: Take | Refund, by: Origin) -> Payment:
    """The payment that an edit wishes to write down, whatever becomes of it."""
    return _taken(args, by, NOBODY) if isinstance(args, Take) else _given_back(args, by, NOBODY)


def _require_visit(about: str) -> None:
    if about != "appointment":
        raise Refusal(Code.INVALID, what="payment_subject")


def _take_attached(args: Take, about: str, subject_id: str) -> Take:
    _require_visit(about)
    return replace(args, appointment_id=AppointmentId(subject_id))


def _refund_attached(args: Refund, about: str, subject_id: str) -> Refund:
    _require_visit(about)
    return replace(args, refund_of=None, appointment_id=AppointmentId(subject_id))


def _wanted(args: Take | Refund, *rows: tuple[type[Payment | Appointment], str]) -> Wanted:
    return Wanted(rows=((Payment, args.payment_id), (Location, args.location_id), *rows))


def _paid_for(visit: AppointmentId | None) -> Wanted:
    return Wanted() if visit is None else Wanted(rows=((Appointment, visit),), paid_for=(visit,), subjects=(visit,))


def _visit_wanted(reads: Reads, args: Refund) -> Wanted:
    payment = None if args.refund_of is None else reads.find(Payment, args.refund_of)
    return _paid_for(None if payment is None else payment.appointment_id)


TAKE = register(
    Mutation(
        name="payment.take",
        version=1,
        capability=Capability.RECORD_PAYMENT,
        arguments=Take,
        run=take,
        wants=lambda args: _wanted(args) + _paid_for(args.appointment_id),
        # What it makes, so that a refund of it finds the item that keeps it.
        subject=lambda args: args.payment_id,
        depends_on=lambda args: (args.appointment_id,),
        again=take_again,
        stands=_is_written,
        never_dropped=True,
        attached=_take_attached,
    )
)
REFUND = register(
    Mutation(
        name="payment.refund",
        version=1,
        capability=Capability.REFUND,
        arguments=Refund,
        run=refund,
        wants=lambda args: (
            _wanted(args, *(((Payment, args.refund_of),) if args.refund_of else ()))
            + _paid_for(args.appointment_id)
            + Wanted(subjects=(args.refund_of,) if args.refund_of else ())
        ),
        wants_next=_visit_wanted,
        subject=lambda args: args.payment_id,
        depends_on=lambda args: (args.refund_of,) if args.refund_of else (),
        again=refund_again,
        stands=_is_written,
        never_dropped=True,
        attached=_refund_attached,
    )
)
