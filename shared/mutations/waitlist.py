"""Waiting for something to become free: wishes, what is offered to whom, and what comes of it."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime
from typing import Annotated, Any

from annotated_types import Ge, Le, MaxLen

from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.model.appointment import Appointment
from shared.model.base import AppointmentId, CustomerId, LocationId, ResourceId, ServiceId, WaitlistEntryId, replace
from shared.model.business import Location
from shared.model.counted import UNCOUNTED
from shared.model.customer import Customer
from shared.model.registry import unstructured
from shared.model.resource import Resource
from shared.model.service import Service
from shared.model.waitlist import Offer, WaitlistEntry, WaitlistState
from shared.mutations.appointment import place
from shared.mutations.appointment.arguments import Book, SegmentWish
from shared.mutations.fields import FieldEdit, require_seen
from shared.mutations.registry import Context, Instant, Line, Mutation, Text, arguments, as_before, register
from shared.mutations.rights import require_allowed
from shared.rules import booking
from shared.rules.merged import require_bookable, require_customer
from shared.rules.permissions import Capability, Scope, scope
from shared.rules.waitlist import state_at
from shared.store import Changes, Reads, Wanted

Minute = Annotated[int, Ge(0), Le(24 * 60)]


@arguments
class Wish:
    """What somebody waits for; what is empty may be any."""

    service_id: ServiceId
    people: Annotated[tuple[ResourceId, ...], MaxLen(50)] = ()
    weekdays: Annotated[tuple[Annotated[int, Ge(0), Le(6)], ...], MaxLen(7)] = ()
    earliest: Minute = 0
    latest: Minute = 24 * 60
    from_day: date | None = None
    to_day: date | None = None
    priority: Annotated[int, Ge(-100), Le(100)] = 0
    party: Annotated[int, Ge(1), Le(10_000)] = 1
    notes: Text = ""


@arguments
class Add:
    """`waitlist.add`."""

    entry_id: WaitlistEntryId
    customer_id: CustomerId
    location_id: LocationId
    wish: Wish


@arguments
class Change:
    """`waitlist.change`: the wish as it was seen and as it is to be; what differs between the two is set."""

    entry_id: WaitlistEntryId
    was: Wish
    wish: Wish


@arguments
class Withdraw:
    """`waitlist.withdraw`: somebody waits no more."""

    entry_id: WaitlistEntryId
    was: WaitlistState | None = None
    """Where it stands now, for the way back from adding it; a person means it wherever that is."""


@arguments
class OfferSlot:
    """`waitlist.offer`: a slot that somebody may have until a time; it holds nothing."""

    entry_id: WaitlistEntryId
    start: Instant
    resources: Annotated[tuple[ResourceId, ...], MaxLen(50)]
    until: Instant


@arguments
class Accept:
    """`waitlist.accept`: the visit that somebody who waited takes, booked by the rules of `appointment.book`."""

    entry_id: WaitlistEntryId
    appointment_id: AppointmentId
    start: Instant
    segments: Annotated[tuple[SegmentWish, ...], MaxLen(20)]
    override: Line | None = None


@arguments
class OfferWas:
    """An offer as it stood."""

    start: Instant
    resources: Annotated[tuple[ResourceId, ...], MaxLen(50)]
    until: Instant


@arguments
class PutBack:
    """`waitlist.put_back`: where a wish stood before somebody changed that; the way back from all the others."""

    entry_id: WaitlistEntryId
    was: WaitlistState
    """Where it stands now."""
    state: WaitlistState
    offer: OfferWas | None = None
    appointment_id: AppointmentId | None = None
    was_offer: OfferWas | None = None
    """What is offered now; where that is left out, whatever it is."""


@arguments
class Lapse:
    """`waitlist.lapse`: an offer whose time is over, or a wish whose last day is."""

    entry_id: WaitlistEntryId


def add(reads: Reads, ctx: Context, args: Add) -> Changes:
    """Write down a wish. An id that exists already does nothing."""
    if reads.find(WaitlistEntry, args.entry_id) is not None:
        return Changes()
    customer = require_bookable(reads, args.customer_id)
    location = booking.require_location(reads, args.location_id)
    _require_sound(reads, args.wish)
    entry = WaitlistEntry(
        id=args.entry_id,
        customer_id=customer.id,
        location_id=location.id,
        state=WaitlistState.WAITING,
        asked_at=ctx.entered.at,
        **_values(args.wish),
    )
    return Changes(put=(entry,))


def change(reads: Reads, ctx: Context, args: Change) -> Changes:
    """Correct a wish, field by field: of each the last to arrive counts. What is taken back must still be there."""
    now = _entry(reads, args.entry_id)
    seen, wanted = _values(args.was), _values(args.wish)
    after = replace(now, **{name: value for name, value in wanted.items() if value != seen[name]})
    if after == now:
        return Changes()
    if now.state is WaitlistState.BOOKED:
        raise _changed(now, WaitlistState.WAITING)
    if ctx.takes_back:
        _require_own(now, args)
    _require_sound(reads, wish_of(after))
    return Changes(put=(after,))


def _require_own(now: WaitlistEntry, args: Change) -> None:
    """Refuse to take back what somebody else has corrected since."""
    was, wish, there = (unstructured(one) for one in (args.was, args.wish, wish_of(now)))
    for field, value in wish.items():
        if value != was[field]:
            require_seen(now.id, FieldEdit(field=field, was=was[field], value=value), there[field])


def _values(wish: Wish) -> dict[str, Any]:
    return {one.name: getattr(wish, one.name) for one in fields(wish)}


def wish_of(entry: WaitlistEntry) -> Wish:
    """What an entry wishes for."""
    return Wish(**{one.name: getattr(entry, one.name) for one in fields(Wish)})


def _require_sound(reads: Reads, wish: Wish) -> None:
    service = reads.find(Service, wish.service_id)
    if service is None:
        raise Refusal(Code.NOT_FOUND, what="service", subject=wish.service_id)
    if service.archived:
        raise Refusal(Code.ARCHIVED, what="service", name=service.name, subject=service.id)
    if wish.party > service.capacity:
        raise Refusal(Code.INVALID, what="party", most=service.capacity, name=service.name)
    booking.require_resources(reads, wish.people)
    ends_too_soon = wish.from_day is not None and wish.to_day is not None and wish.to_day < wish.from_day
    if wish.latest <= wish.earliest or ends_too_soon:
        raise Refusal(Code.INVALID, what="wish")


def withdraw(reads: Reads, ctx: Context, args: Withdraw) -> Changes:
    """Let somebody wait no more; whoever was booked meanwhile has what they waited for."""
    now = _entry(reads, args.entry_id)
    if now.state is WaitlistState.WITHDRAWN:
        return Changes()
    if now.state is WaitlistState.BOOKED:
        raise _changed(now, WaitlistState.WAITING)
    if args.was is not None and now.state is not args.was:
        raise _changed(now, args.was)
    return Changes(put=(replace(now, state=WaitlistState.WITHDRAWN, offer=None),))


def offer(reads: Reads, ctx: Context, args: OfferSlot) -> Changes:
    """Offer a slot to somebody who waits. It is refused where it could not be booked now, and holds nothing."""
    now = _entry(reads, args.entry_id)
    offered = Offer(start=args.start, resources=args.resources, until=args.until)
    if now.state is WaitlistState.OFFERED and now.offer == offered:
        return Changes()
    if state_at(now, ctx.at, _zone(reads, now)) is not WaitlistState.WAITING:
        raise _changed(now, WaitlistState.WAITING)
    if not ctx.at < args.until <= args.start:
        raise Refusal(Code.INVALID, what="offer")
    require_customer(reads, now.customer_id)
    place.book(reads, ctx, _booking(now, AppointmentId(now.id), args.start, wishes_of(reads, now, args.resources)))
    return Changes(put=(replace(now, state=WaitlistState.OFFERED, offer=offered),))


def wishes_of(reads: Reads, entry: WaitlistEntry, resources: tuple[ResourceId, ...]) -> tuple[SegmentWish, ...]:
    """The booking of a wish with these: what else its service needs is chosen from what is free."""
    service = reads.find(Service, entry.service_id)
    fill = service is not None and bool(service.needs)
    return (SegmentWish(service_id=entry.service_id, resources=resources, fill=fill),)


def _booking(
    entry: WaitlistEntry,
    appointment_id: AppointmentId,
    start: Any,
    segments: tuple[SegmentWish, ...],
    override: str | None = None,
) -> Book:
    return Book(
        appointment_id=appointment_id,
        customer_id=entry.customer_id,
        location_id=entry.location_id,
        start=start,
        segments=segments,
        notes=entry.notes,
        override=override,
        party=entry.party,
    )


def accept(reads: Reads, ctx: Context, args: Accept) -> Changes:
    """Book what somebody waited for. What is taken meanwhile is refused, and whoever waits goes on waiting."""
    return _accepted(reads, ctx, args, book=place.book)


def accept_again(reads: Reads, ctx: Context, args: Accept) -> Changes:
    """Book it once more after that was taken back."""
    return _accepted(reads, ctx, args, book=place.rebook)


def _accepted(reads: Reads, ctx: Context, args: Accept, *, book: Any) -> Changes:
    require_allowed(reads, ctx.actor, Capability.BOOK)
    now = _entry(reads, args.entry_id)
    if now.state is WaitlistState.BOOKED and now.appointment_id == args.appointment_id:
        return Changes()
    stands = state_at(now, ctx.at, _zone(reads, now))
    # A desk may book whoever waits; a customer takes what was offered, while it is.
    own_only = scope(ctx.actor.role, Capability.WAITLIST) is Scope.OWN
    is_offered = stands is WaitlistState.OFFERED and now.offer is not None and now.offer.start == args.start
    if stands in (WaitlistState.BOOKED, WaitlistState.WITHDRAWN) or (own_only and not is_offered):
        raise _changed(now, WaitlistState.OFFERED)
    wish = _booking(now, args.appointment_id, args.start, args.segments, args.override)
    booked = replace(now, state=WaitlistState.BOOKED, appointment_id=args.appointment_id)
    made: Changes = book(reads, ctx, wish)
    return made + Changes(put=(booked,))


def put_back(reads: Reads, ctx: Context, args: PutBack) -> Changes:
    """Let a wish stand where it stood before, against where it stands now and against the visit that came of it."""
    now = _entry(reads, args.entry_id)
    seen = _offer(args.was_offer)
    after = replace(now, state=args.state, offer=_offer(args.offer), appointment_id=args.appointment_id)
    if now.state is WaitlistState.BOOKED and now.offer not in (None, seen):
        # It was booked while another offer stood than its person knew of: that one stands again.
        after = replace(after, state=WaitlistState.OFFERED, offer=now.offer)
    if after == now:
        return Changes()
    # Somebody else may have offered another slot, and told whom it is for.
    is_another = now.state is WaitlistState.OFFERED and seen is not None and now.offer != seen
    # Where the booking was not taken back, nobody waits for what they have.
    if now.state is not args.was or is_another or (_is_booked(reads, now) and not _is_booked(reads, after)):
        raise _changed(now, args.was)
    return Changes(put=(after,))


def _offer(was: OfferWas | None) -> Offer | None:
    return None if was is None else Offer(start=was.start, resources=was.resources, until=was.until)


def _from_anywhere(reads: Reads, args: Withdraw) -> Withdraw:
    return replace(args, was=None)


def _from_now(reads: Reads, args: PutBack) -> PutBack:
    now = reads.find(WaitlistEntry, args.entry_id)
    return args if now is None else replace(args, was=now.state, was_offer=None)


def _is_booked(reads: Reads, entry: WaitlistEntry) -> bool:
    """Whether the visit stands that somebody got who waited."""
    if entry.state is not WaitlistState.BOOKED or entry.appointment_id is None:
        return False
    visit = reads.find(Appointment, entry.appointment_id)
    return visit is not None and visit.status not in UNCOUNTED


def lapse(reads: Reads, ctx: Context, args: Lapse) -> Changes:
    """Write down what time has made of a wish; whatever somebody did meanwhile stays."""
    now = _entry(reads, args.entry_id)
    state = state_at(now, ctx.at, _zone(reads, now))
    return Changes() if state is now.state else Changes(put=(replace(now, state=state, offer=None),))


def lapsed(args: PutBack, at: datetime) -> Iterator[PutBack]:
    """The same, of a wish of which `lapse` has written down meanwhile what time has made of it by an instant."""
    is_over = args.state is WaitlistState.OFFERED and args.offer is not None and args.offer.until <= at
    if args.state is WaitlistState.WAITING or is_over:
        yield from (replace(args, state=one, offer=None) for one in (WaitlistState.WAITING, WaitlistState.EXPIRED))


def _entry(reads: Reads, entry_id: WaitlistEntryId) -> WaitlistEntry:
    found = reads.find(WaitlistEntry, entry_id)
    if found is None:
        raise Refusal(Code.NOT_FOUND, what="waitlist_entry", subject=entry_id)
    require_customer(reads, found.customer_id)
    return found


def _zone(reads: Reads, entry: WaitlistEntry) -> str:
    location = reads.find(Location, entry.location_id)
    return reads.business().zone if location is None else location.zone


def _changed(now: WaitlistEntry, was: WaitlistState) -> Refusal:
    found: dict[str, Any] = {"waiting": now.state.value}
    if now.offer is not None:
        found["until"] = instant_text(now.offer.until)
    return Refusal(Code.CHANGED_MEANWHILE, subject=now.id, was={"waiting": was.value}, now=found)


def _wanted(args: Change | Withdraw | OfferSlot | Accept | PutBack | Lapse) -> Wanted:
    return Wanted(rows=((WaitlistEntry, args.entry_id),), subjects=(args.entry_id,))


def _wanted_by_wish(wish: Wish) -> Wanted:
    return Wanted(rows=((Service, wish.service_id), *((Resource, one) for one in wish.people)))


def _wanted_by_add(args: Add) -> Wanted:
    rows = ((WaitlistEntry, args.entry_id), (Customer, args.customer_id), (Location, args.location_id))
    return Wanted(rows=rows, subjects=(args.customer_id,)) + _wanted_by_wish(args.wish)


def _wanted_next(reads: Reads, args: Any) -> Wanted:
    entry = reads.find(WaitlistEntry, args.entry_id)
    if entry is None:
        return Wanted()
    booked = () if entry.appointment_id is None else ((Appointment, entry.appointment_id),)
    return Wanted(
        rows=((Customer, entry.customer_id), (Location, entry.location_id), (Service, entry.service_id), *booked)
    )


def _wanted_by_booking(reads: Reads, args: OfferSlot | Accept) -> Wanted:
    entry = reads.find(WaitlistEntry, args.entry_id)
    if entry is None:
        return Wanted()
    if isinstance(args, Accept):
        wish = _booking(entry, args.appointment_id, args.start, args.segments)
    else:
        wish = _booking(entry, AppointmentId(entry.id), args.start, wishes_of(reads, entry, args.resources))
    return place.wanted_by_book(wish)


def _about(args: Any) -> str:
    entry: str = args.entry_id
    return entry


def _on_entry(args: Any) -> tuple[str, ...]:
    return (_about(args),)


ADD = register(
    Mutation(
        name="waitlist.add",
        version=1,
        capability=Capability.WAITLIST,
        arguments=Add,
        run=add,
        wants=_wanted_by_add,
        subject=_about,
        depends_on=lambda args: (args.customer_id,),
    )
)
CHANGE = register(
    Mutation(
        name="waitlist.change",
        version=1,
        capability=Capability.WAITLIST,
        arguments=Change,
        run=change,
        wants=lambda args: _wanted(args) + _wanted_by_wish(args.wish),
        wants_next=_wanted_next,
        subject=_about,
        depends_on=_on_entry,
    )
)
OFFER = register(
    Mutation(
        name="waitlist.offer",
        version=1,
        capability=Capability.WAITLIST,
        arguments=OfferSlot,
        run=offer,
        wants=_wanted,
        wants_next=_wanted_by_booking,
        subject=_about,
        depends_on=_on_entry,
    )
)
ACCEPT = register(
    Mutation(
        name="waitlist.accept",
        version=1,
        capability=Capability.WAITLIST,
        arguments=Accept,
        run=accept,
        wants=_wanted,
        wants_next=_wanted_by_booking,
        # The visit: what is done with it later stands on this, as on a booking.
        subject=lambda args: args.appointment_id,
        depends_on=_on_entry,
        again=accept_again,
        stands=lambda reads, args: place.is_booked(reads, args.appointment_id),
    )
)
LAPSE = register(
    Mutation(
        name="waitlist.lapse",
        version=1,
        capability=Capability.WAITLIST,
        arguments=Lapse,
        run=lapse,
        wants=_wanted,
        wants_next=_wanted_next,
        subject=_about,
        depends_on=_on_entry,
    )
)
for _name, _arguments, _run, _refreshed in (
    ("withdraw", Withdraw, withdraw, _from_anywhere),
    ("put_back", PutBack, put_back, _from_now),
):
    register(
        Mutation(
            name=f"waitlist.{_name}",
            version=2,
            # The second says what was seen.
            upcasters={1: as_before},
            capability=Capability.WAITLIST,
            arguments=_arguments,
            run=_run,
            wants=_wanted,
            wants_next=_wanted_next,
            subject=_about,
            depends_on=_on_entry,
            refreshed=_refreshed,
        )
    )
