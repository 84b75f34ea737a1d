"""What the page of the waitlist says."""

from datetime import datetime
from typing import Final

from desktop.models.people_rows import WaitDetail, WishForm
from desktop.models.rows import Choice, Fact
from desktop.presenters.words import NOT_ACCEPTED, Words
from desktop.queries.waiting import Slot, Waiting
from desktop.widgets.search_rows import SearchRow
from shared.clock import instant_text
from shared.dates import WEEKDAYS, time_text
from shared.model.base import ResourceId, ServiceId
from shared.model.waitlist import WaitlistEntry
from shared.mutations.waitlist import Wish

_WHOLE_DAY: Final = 24 * 60
PRIORITIES: Final = {1: "High", 2: "Very high", -1: "Low"}


def hours_words(words: Words) -> tuple[str, ...]:
    """The half hours of a day, the midnight at its end too."""
    return tuple(time_text(number // 2 % 24, number % 2 * 30, words.locale) for number in range(49))


def waiting_row(one: Waiting, words: Words) -> SearchRow:
    """Somebody who waits as the list shows them."""
    detail = " · ".join(filter(None, (_service(one), _when(one.entry, words), ", ".join(one.people))))
    offered = f"Offered until {words.moment(one.entry.offer.until)}" if _has_offer(one) and one.entry.offer else ""
    return SearchRow(id=one.entry.id, title=name_of(one), detail=detail, alert=offered, icon="hourglass")


def name_of(one: Waiting) -> str:
    """Who waits."""
    return one.customer.name if one.customer else "Somebody"


def _service(one: Waiting) -> str:
    return one.service.name if one.service else ""


def _has_offer(one: Waiting) -> bool:
    return one.state.value == "offered"


def _when(entry: WaitlistEntry, words: Words) -> str:
    days = " ".join(WEEKDAYS[day] for day in entry.weekdays)
    return ", ".join(filter(None, (days, _hours(entry, words))))


def _hours(entry: WaitlistEntry, words: Words) -> str:
    first, last = (time_text(one // 60 % 24, one % 60, words.locale) for one in (entry.earliest, entry.latest))
    if entry.earliest and entry.latest < _WHOLE_DAY:
        return f"{first} – {last}"
    if entry.earliest:
        return f"from {first}"
    return f"until {last}" if entry.latest < _WHOLE_DAY else ""


def _dates(entry: WaitlistEntry, words: Words) -> str:
    first, last = (words.short_day(one) if one else "" for one in (entry.from_day, entry.to_day))
    if first and last:
        return f"{first} – {last}"
    if first:
        return f"from {first}"
    return f"until {last}" if last else ""


def wait_detail(one: Waiting, slots: tuple[Slot, ...] | None, words: Words, now: datetime) -> WaitDetail:
    """One wish in words; `slots` is None until they have been looked for."""
    entry = one.entry
    said = (
        ("Service", _service(one)),
        ("By whom", ", ".join(one.people) or "Anybody"),
        ("Days", " ".join(WEEKDAYS[day] for day in entry.weekdays) or "Any day"),
        ("Hours", _hours(entry, words) or "Any time"),
        ("Dates", _dates(entry, words)),
        ("People", f"{entry.party}" if entry.party > 1 else ""),
        ("Priority", PRIORITIES.get(entry.priority, f"{entry.priority}" if entry.priority else "")),
        ("Phone", ", ".join(one.phones)),
        ("Notes", entry.notes),
    )
    offered = ""
    if _has_offer(one) and entry.offer is not None:
        offered = f"Offered {words.moment(entry.offer.start)}, good until {words.moment(entry.offer.until)}."
    return WaitDetail(
        entry_id=entry.id,
        title=f"{name_of(one)}: {_service(one)}",
        state=f"Asked {words.recent(entry.asked_at, now)}.",
        facts=tuple(Fact(label=label, text=text) for label, text in said if text),
        slots=tuple(slot_choice(each, words) for each in slots or ()),
        slots_known=slots is not None,
        offered=offered,
        mark=NOT_ACCEPTED if one.pending else "",
    )


def slot_choice(one: Slot, words: Words) -> Choice:
    """A slot as it is offered to be chosen."""
    return Choice(id=instant_text(one.start), text=words.moment(one.start), detail=one.names)


def wish_form(one: Waiting) -> WishForm:
    """A wish as the form shows it."""
    entry = one.entry
    return WishForm(
        customer=Choice(id=entry.customer_id, text=name_of(one), detail=" · ".join(one.phones[:2])),
        service_id=entry.service_id,
        person_id=entry.people[0] if entry.people else "",
        weekdays=entry.weekdays,
        earliest=entry.earliest,
        latest=entry.latest,
        from_day=entry.from_day,
        to_day=entry.to_day,
        priority=entry.priority,
        party=entry.party,
        notes=entry.notes,
    )


def wish_of_form(form: WishForm) -> Wish:
    """What a form wishes for."""
    return Wish(
        service_id=ServiceId(form.service_id),
        people=(ResourceId(form.person_id),) if form.person_id else (),
        weekdays=form.weekdays,
        earliest=form.earliest,
        latest=form.latest,
        from_day=form.from_day,
        to_day=form.to_day,
        priority=form.priority,
        party=form.party,
        notes=form.notes,
    )
