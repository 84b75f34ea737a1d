"""What the dialog of a change says: what a visit comes to, what others have made of it, and what is to be chosen."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import shorten

from desktop.models.book_deeds import ChangeForm, ChangeLine, ContestRow, Part
from desktop.presenters.change_meeting import PARTY, SERVICES, START, Contest, Lines, keyed
from desktop.presenters.change_wish import form_of, start_of
from desktop.presenters.words import STATUS, Words
from desktop.queries.visit_now import VisitNow
from shared.model.appointment import Appointment, Status
from shared.model.base import Span
from shared.model.resource import Resource

SAME = "Nothing is changed yet."
CHOOSE = "Somebody else has changed the same meanwhile. Choose above which of the two it is to be."
GONE_NOW = "It is not in the book any more"
LOCKED_NOW = "It is paid and closed by now"
ERASED_NOW = "Everything about the customer was erased meanwhile"
_STAYS = "nothing that stands here can be saved. It can be copied."
OF_A_SERIES = "It repeats: you are asked which visits are meant. Over a rule it is this one alone."
_BECAME = {Status.ARRIVED: "Noted as arrived", Status.IN_SERVICE: "Begun", Status.NO_SHOW: "Noted as a no-show"}
"""What is said of a visit that somebody has brought to a status, where that is not the status itself."""
_LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Who is called what, and how times and money are written."""

    words: Words
    people: Sequence[Resource]

    def name(self, resource_id: str) -> str:
        return next((one.name for one in self.people if one.id == resource_id), "")

    def line(self, line: ChangeLine) -> str:
        """`Cut with Ana, Room 1`."""
        names = ", ".join(filter(None, (self.name(line.staff_id), self.name(line.room_id))))
        return f"{line.title} with {names}" if names else line.title


def about_words(now: VisitNow, words: Words, *, repeats: bool) -> str:
    """Whose visit it is, and when."""
    visit, customer = now.appointment, now.customer
    whose = customer.name if customer and not customer.is_erased else "The visit"
    about = f"{whose}, {words.when(Span(visit.starts_at, visit.ends_at))}."
    return f"{about} {OF_A_SERIES}" if repeats else about


def comes_to(visit: Appointment | None, words: Words) -> str:
    """`Cut + Colour · 125 min · €135.00`."""
    if visit is None:
        return ""
    services = visit.service_names or "Visit"
    length = f"{Span(visit.starts_at, visit.ends_at).minutes} min"
    return " · ".join(part for part in (services, length, words.money(visit.price) if visit.price else "") if part)


def over_words(opened: VisitNow, now: VisitNow | None) -> str:
    """Why what somebody has begun to change can be changed no more; empty where it can."""
    if now is None:
        return f"{GONE_NOW}: {_STAYS}"
    if now.appointment.locked:
        return f"{LOCKED_NOW}, and a manager can unlock it: till then {_STAYS}"
    if not now.is_changeable:
        return f"{_became(now)}: {_STAYS}"
    if _is_erased(now) and not _is_erased(opened):
        # What was entered was entered for them. Of the visit without them it can be begun again.
        return f"{ERASED_NOW}: {_STAYS}"
    return ""


def meanwhile(opened: VisitNow, now: VisitNow, telling: Telling, *, but: Iterable[Part]) -> tuple[str, ...]:
    """What others have made of a visit since somebody began to change it, but for these parts; a sentence each."""
    without = frozenset(but)
    before, after = (form_of(one.appointment, telling.people) for one in (opened, now))
    was, there = opened.appointment, now.appointment
    said = [_became(now) + "."] if there.status is not was.status else []
    if _name(now) and _name(opened) != _name(now):
        said.append(f"The customer is called {_name(now)} now.")
    if START not in without and (before.day, before.start) != (after.day, after.start):
        said.append(f"Moved to {telling.words.moment(there.starts_at)} meanwhile.")
    if PARTY not in without and was.party != there.party:
        said.append(f"{_come(there.party)} now instead of {was.party:,}.")
    if SERVICES not in without:
        said += _services(was, there)
    said += _lines(keyed(before, was), keyed(after, there), telling, without)
    said += _lengths(was, there)
    return (*said, *_notes(opened, now))


def _became(now: VisitNow) -> str:
    """`Cancelled by Ana meanwhile`."""
    became = _BECAME.get(now.appointment.status, STATUS[now.appointment.status])
    return f"{became} by {now.by} meanwhile" if now.by else f"{became} meanwhile"


def _is_erased(now: VisitNow) -> bool:
    return now.customer is not None and now.customer.is_erased


def _name(now: VisitNow) -> str:
    return now.customer.name if now.customer else ""


def _come(party: int) -> str:
    return "1 comes" if party == 1 else f"{party:,} come"


def _services(was: Appointment, there: Appointment) -> Iterator[str]:
    before, after = (Counter(one.name for one in visit.segments) for visit in (was, there))
    for verb, names in (("added", after - before), ("taken out", before - after)):
        for name in names.elements():
            yield f"{name or 'A visit'} was {verb} meanwhile."
    if before == after and [one.name for one in was.segments] != [one.name for one in there.segments]:
        yield f"The order is {there.service_names} now."


def _lines(before: Lines, after: Lines, telling: Telling, without: frozenset[Part]) -> Iterator[str]:
    """Who does what and where, of what is booked as before."""
    for key in [key for key in before if key in after]:
        was, line = before[key], after[key]
        if was.staff_id != line.staff_id and Part(name="staff", service=key) not in without:
            yield f"{line.title} is with {telling.name(line.staff_id) or 'nobody'} now."
        if was.room_id != line.room_id and Part(name="room", service=key) not in without:
            yield f"{line.title} is in {telling.name(line.room_id) or 'no room'} now."


def _lengths(was: Appointment, there: Appointment) -> Iterator[str]:
    if [one.service_id for one in was.segments] != [one.service_id for one in there.segments]:
        return
    for one, other in zip(was.segments, there.segments, strict=True):
        if one.minutes != other.minutes:
            yield f"{other.name or 'It'} takes {other.minutes:,} min now."


def _notes(opened: VisitNow, now: VisitNow) -> Iterator[str]:
    known = {(one.at, one.text) for one in opened.notes}
    for one in now.notes:
        if (one.at, one.text) not in known:
            author = f"Note by {one.author}" if one.author else "New note"
            yield f"{author}: {shorten(one.text, _LONGEST_NOTE, placeholder='…')}"


# What is to be chosen


def contest_row(contest: Contest, visit: Appointment, telling: Telling) -> ContestRow:
    """A part of which there are two, in words."""
    part, titles = contest.part, {START: "Start", PARTY: "How many come", SERVICES: "Services"}
    sides = [_side(part, form, visit, telling) for form in (contest.now, contest.mine)]
    title = titles.get(part) or _line_title(part, contest.now, visit)
    return ContestRow(part=part, title=title, now=sides[0], mine=sides[1], is_settled=contest.is_settled)


def _line_title(part: Part, form: ChangeForm, visit: Appointment) -> str:
    line = keyed(form, visit).get(part.service) if part.service else None
    title = line.title if line else "it"
    return f"Who does {title}" if part.name == "staff" else f"Where {title} is done"


def _side(part: Part, form: ChangeForm, visit: Appointment, telling: Telling) -> str:
    if part == START:
        return telling.words.moment(start_of(form, visit.zone))
    if part == PARTY:
        return f"{form.party:,}"
    if part.service is None:
        return " + ".join(telling.line(line) for line in form.lines)
    line = keyed(form, visit).get(part.service)
    if part.name == "staff":
        return (telling.name(line.staff_id) if line else "") or "Whoever is free"
    return (telling.name(line.room_id) if line else "") or "Whatever is free"


def entered_text(form: ChangeForm, about: str, zone: str, telling: Telling) -> str:
    """What stands in a form, as it can be pasted elsewhere."""
    start = telling.words.moment(start_of(form, zone))
    come = f"How many come: {form.party:,}" if form.party > 1 else ""
    reason = f"Reason: {form.override}" if form.override else ""
    return "\n".join(filter(None, (about, f"Entered: {start}", *map(telling.line, form.lines), come, reason)))
