"""The way back from what was done to a wish: it stands where it stood, and a visit that came of it is cancelled."""

from typing import Any

from shared.model.appointment import Appointment
from shared.model.base import WaitlistEntryId
from shared.model.waitlist import Offer, WaitlistEntry
from shared.mutations.appointment.arguments import Cancel, Was
from shared.mutations.inverse.appointment import UNDONE
from shared.mutations.inverse.table import Done, Edit, Edits, inverts
from shared.mutations.waitlist import Accept, Add, Change, OfferWas, PutBack, Withdraw, wish_of
from shared.store import Reads


def _entry(reads: Reads, entry_id: WaitlistEntryId) -> WaitlistEntry:
    found = reads.find(WaitlistEntry, entry_id)
    if found is None:
        raise LookupError(entry_id)
    return found


@inverts("waitlist.add")
def _take_from_list(done: Done[Add]) -> Edits:
    one = done.args.entry_id
    return (Edit(name="waitlist.withdraw", args=Withdraw(entry_id=one, was=_entry(done.after, one).state)),)


@inverts("waitlist.change")
def _wish_back(done: Done[Change]) -> Edits:
    one = done.args.entry_id
    was, wish = (wish_of(_entry(reads, one)) for reads in (done.after, done.before))
    return (Edit(name="waitlist.change", args=Change(entry_id=one, was=was, wish=wish)),)


@inverts("waitlist.withdraw", "waitlist.offer", "waitlist.put_back", "waitlist.lapse")
def _stand_back(done: Done[Any]) -> Edits:
    return (Edit(name="waitlist.put_back", args=_as_before(done, done.args.entry_id)),)


def _as_before(done: Done[Any], entry_id: WaitlistEntryId) -> PutBack:
    before, after = _entry(done.before, entry_id), _entry(done.after, entry_id)
    return PutBack(
        entry_id=entry_id,
        was=after.state,
        was_offer=_offer(after.offer),
        state=before.state,
        offer=_offer(before.offer),
        appointment_id=before.appointment_id,
    )


def _offer(offer: Offer | None) -> OfferWas | None:
    if offer is None:
        return None
    return OfferWas(start=offer.start, resources=offer.resources, until=offer.until)


@inverts("waitlist.accept")
def _unbook(done: Done[Accept]) -> Edits:
    made = done.after.find(Appointment, done.args.appointment_id)
    if made is None:
        raise LookupError(done.args.appointment_id)
    was = Was(status=made.status, start=made.starts_at)
    cancel = Cancel(appointment_id=made.id, was=was, reason=UNDONE, by="business")
    return (
        Edit(name="appointment.cancel", args=cancel),
        Edit(name="waitlist.put_back", args=_as_before(done, done.args.entry_id)),
    )
