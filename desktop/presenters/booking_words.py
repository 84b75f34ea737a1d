"""What the booking panel offers and says of its form."""

from collections.abc import Mapping, Sequence
from datetime import date

from desktop.models.rows import BookingForm, Choice
from desktop.presenters.booking_wish import minutes_of, needed, takes_part
from desktop.presenters.callers import Callers, Person, person_of
from desktop.presenters.words import Words
from desktop.queries.coming_already import Coming
from desktop.queries.find_customer import FoundCustomer
from desktop.queries.free_slots import FreeSlot
from shared.clock import instant_text
from shared.dates import weekday_text
from shared.model.appointment import Status
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from shared.rules import wall_time

TYPED_ON = "It is booked. What was entered since stands here and is not saved."


def missing_words(form: BookingForm) -> str:
    """What a form lacks before it can be saved; empty where it lacks nothing."""
    if form.new_customer is not None and not form.new_customer.name:
        return "The new customer needs a name."
    if form.customer is None and form.new_customer is None:
        return "Choose a customer first."
    return "" if form.service_id else "Choose a service first."


def length_words(form: BookingForm, services: Sequence[Service]) -> str:
    """How long the services take, where the form's length is another or the sum of several."""
    takes = minutes_of(services)
    if len(services) > 1:
        return f"{len(services)} services in a row, {takes} min as a rule."
    if not services or form.minutes == takes:
        return ""
    return f"{services[0].name} takes {takes} min as a rule."


def resource_choices(
    resources: Sequence[Resource], kind: ResourceKind, services: Sequence[Service]
) -> tuple[Choice, ...]:
    """The resources of a kind that may take part in one of the services, all where there is none."""
    return tuple(
        Choice(id=one.id, text=one.name, colour=one.colour)
        for one in resources
        if one.kind is kind and (not services or any(takes_part(one, service) for service in services))
    )


def nobody_words(kind: ResourceKind, services: Sequence[Service]) -> str:
    """What it means to choose nothing of a kind."""
    any_of = {ResourceKind.STAFF: "Anybody who is free", ResourceKind.ROOM: "Any room that is free"}
    none_of = {ResourceKind.STAFF: "Nobody", ResourceKind.ROOM: "No room"}
    if needed(kind, services):
        return any_of.get(kind, "What is needed")
    return none_of.get(kind, "None")


def names_of(resources: Sequence[Resource]) -> str:
    """With whom and where: `Ana, Room 1`."""
    return ", ".join(one.name for one in resources)


def slot_choice(slot: FreeSlot, day: date | None, words: Words) -> Choice:
    """A free start as it is offered beside a form of this day."""
    short, local = words.time(slot.start), wall_time.local(slot.start, words.zone)
    if local.date() != day:
        short = f"{weekday_text(local.date())} {short}"
    return Choice(
        id=instant_text(slot.start), text=short, detail=f"{words.moment(slot.start)}, {names_of(slot.resources)}"
    )


_NOTE = 80
"""Letters of a note by which somebody knows it again."""


def begun_words(callers: Callers, names: Mapping[str, str]) -> tuple[str, tuple[Choice, ...]]:
    """What is said of bookings that were begun before, and what can be done; `names` are the services', by id."""
    offered = callers.offered
    if callers.reopened is not None:
        left = callers.reopened.left
        note = _quoted(left.notes)
        about = f"{called(callers.reopened.whose) or 'nobody yet'}{': ' if note else ''}{note}"
        return f"Begun before, for {about}.", (Choice(id="afresh", text="Start afresh"),)
    if offered is None:
        return "", ()
    name = called(person_of(offered))
    gone, note = Choice(id="drop", text="Throw it away"), _quoted(offered.notes)
    if callers.taken_out is not None:
        text = f"What was typed for {name} was taken out: {note or _quoted(offered.override or '')}."
        return text, (Choice(id="note", text="Put it back"), gone) if note else (gone,)
    about = ", ".join(filter(None, (name or "somebody", names.get(offered.service_id, ""), note)))
    return f"Begun before and not saved: {about}.", (Choice(id="back", text="Go on with it"), gone)


def called(person: Person | None) -> str:
    """How somebody is named: somebody new without a name by their phone, nobody yet by nothing."""
    if person is None:
        return ""
    return person.text if isinstance(person, Choice) else person.name or person.phone


def _quoted(note: str) -> str:
    words = " ".join(note.split())
    return f"“{words if len(words) <= _NOTE else words[:_NOTE].rstrip() + '…'}”" if words else ""


def coming_words(name: str, coming: Sequence[Coming], words: Words) -> str:
    """That somebody is booked already (`Kofi Walsh comes at 12:15 PM to Theo already.`); empty where they are not."""
    if not coming:
        return ""
    return f"{name} {' and '.join(_comes(one, words) for one in coming)} already."


def _comes(one: Coming, words: Words) -> str:
    at, people = words.time(one.visit.starts_at), " and ".join(one.people)
    if one.visit.status is Status.REQUESTED:
        return f"has asked for {at} with {people}" if people else f"has asked for {at}"
    return f"comes at {at} to {people}" if people else f"comes at {at}"


def customer_choice(found: FoundCustomer) -> Choice:
    """A customer as the boxes offer one, with the alert that comes first."""
    detail = " · ".join((*found.phones[:2], *found.emails[:1]))
    alert = "Blocked from booking." if found.blocked else found.alert
    return Choice(id=found.id, text=found.name, detail=detail, alert=alert)
