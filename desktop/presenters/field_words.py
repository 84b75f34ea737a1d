"""What each argument of an edit is called, and what a value of it says, in the words of the forms it is entered in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from desktop.presenters.customer_words import PURPOSES
from desktop.presenters.edit_names import CHOICES, EDITS
from desktop.presenters.money_words import KINDS as PAID_FOR
from desktop.presenters.series_words import OWN_RULE, rule_words
from desktop.presenters.setup.part import COLOURS
from desktop.presenters.setup.place_form import KINDS
from desktop.presenters.setup.policies import LOCALES
from desktop.presenters.setup.service_form import DURING
from desktop.presenters.setup.service_form import KINDS as COUNTED
from desktop.presenters.setup.typed import duration_text
from desktop.presenters.waitlist_words import PRIORITIES
from desktop.presenters.words import STATUS, Words
from desktop.views.booking_panel import SOURCES
from desktop.views.payment_dialog import METHODS
from desktop.views.setup.week import DAYS
from shared.clock import parse_instant
from shared.dates import WEEKDAYS, time_text, weekday_text
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem
from shared.model.base import Span
from shared.model.customer import Customer
from shared.model.hours import TimeBlock
from shared.model.note import Note
from shared.model.payment import Payment
from shared.model.registry import Entity
from shared.model.series import Series
from shared.model.waitlist import WaitlistEntry
from shared.texts import feature_words, limit_words, openings_text, plan_words

NOTHING: Final = "–"
"""What is said of a value that says nothing."""
Args = Mapping[str, Any]
"""Arguments as they are on the wire; what a newer program or a fault has written may be of any shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How times and money are written, and who and what is called what."""

    words: Words
    rows: Mapping[str, Entity] = field(default_factory=dict)
    """Every row of the book that is named, by its id."""
    new: Mapping[str, Args] = field(default_factory=dict)
    """The arguments that would make a row that is not in the book yet, by its id."""
    one_place: bool = False
    """Whether the business has one location alone, which then needs no word."""

    def name(self, row_id: object) -> str:
        """What a row is called; empty for one of which nothing is known here."""
        row = self.rows.get(str(row_id))
        if row is not None:
            return _called(row, self)
        made = self.new.get(str(row_id))
        return "" if made is None else _to_be_called(made, self)

    def names(self, ids: object) -> str:
        """`Ana, Room 1`."""
        return ", ".join(filter(None, map(self.name, ids if isinstance(ids, list | tuple) else (ids,))))


Say = Callable[[Any, Telling], str]


def say(how: Say, value: Any, told: Telling) -> str:
    """What a value says; one that is not of the shape that its field takes is told as it is."""
    return _said(how, value, told) or NOTHING


def _said(how: Say, value: Any, told: Telling) -> str:
    try:
        return how(value, told)
    except (TypeError, ValueError, LookupError, AttributeError):
        return plain(value, told)


def _called(row: Entity, told: Telling) -> str:
    """What tells a row from others."""
    words = told.words
    match row:
        case Appointment():
            parts = (told.name(row.customer_id) or "Visit", row.service_names, words.moment(row.starts_at))
        case WaitlistEntry():
            parts = (told.name(row.customer_id), told.name(row.service_id), "")
        case Series():
            whose = told.name(row.customer_id)
            parts = (whose, " + ".join(one.name for one in row.segments if one.name), rule_words(row.rrule, words))
        case TimeBlock():
            parts = (row.reason, told.name(row.resource_id), words.when(Span(row.starts_at, row.ends_at)))
        case Payment():
            paid = words.in_currency(row.currency).money(row.amount)
            parts = (f"{PAID_FOR[row.kind]} {paid}", METHODS[row.method], words.moment(row.at))
        case AttentionItem():
            parts = (EDITS.get(row.name, ""), told.name(row.subject_id), "")
        case Note():
            return row.text
        case Customer() if row.is_erased:
            return "Somebody who was erased"
        case _:
            return str(getattr(row, "name", ""))
    return ", ".join(filter(None, parts))


def _to_be_called(made: Args, told: Telling) -> str:
    """The name of what an edit would make; of a visit whose it is and when."""
    if "name" in made:
        return str(made["name"])
    return ", ".join(filter(None, (told.name(made.get("customer_id")), say(moment, made.get("start"), told))))


# What values say


def plain(value: Any, told: Telling) -> str:
    """A value as it is."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list | tuple):
        return ", ".join(plain(one, told) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{label_of('', name)}: {plain(one, told)}" for name, one in value.items())
    return "" if value is None else told.name(value) or str(value)


def moment(value: Any, told: Telling) -> str:
    """`Tue 24 Nov, 14:30` of an instant on the wire."""
    return told.words.moment(parse_instant(value))


def day(value: Any, told: Telling) -> str:
    """`Tue 24 Nov 2026`: what holds for a day may be of another year."""
    found = date.fromisoformat(value)
    return f"{weekday_text(found)} {told.words.full_date(found)}"


def minute(value: Any, told: Telling) -> str:
    """`14:30` of a minute of a day; what is beyond midnight is of the next."""
    return time_text(value // 60 % 24, value % 60, told.words.locale)


def wall(value: Any, told: Telling) -> str:
    """`Tue 24 Nov 2026, 14:30` of what the clock on the wall shows, with or without which of two it is."""
    found = datetime.fromisoformat(value.partition("/")[0])
    return f"{day(found.date().isoformat(), told)}, {minute(found.hour * 60 + found.minute, told)}"


def money(value: Any, told: Telling) -> str:
    """`€45.00`."""
    return told.words.money(value)


def _minutes(value: Any, told: Telling) -> str:
    return f"{value:,} min"


def _duration(value: Any, told: Telling) -> str:
    return duration_text(value)


def _number(value: Any, told: Telling) -> str:
    return f"{value:,}"


def _most(value: Any, told: Telling) -> str:
    return "Any number" if value is None else f"{value:,}"


def _rows(value: Any, told: Telling) -> str:
    return told.names(value)


def _rule(value: Any, told: Telling) -> str:
    said = rule_words(value, told.words)
    # What no form can say was chosen by somebody all the same.
    return f"{said}: {value}" if said == OWN_RULE else said


def _one_of(words: Mapping[str, str]) -> Say:
    return lambda value, told: words[value]


def _several(how: Say) -> Say:
    return lambda value, told: ", ".join(how(one, told) for one in value)


def segments(value: Any, told: Telling) -> str:
    """`Cut with Ana, Room 1 (60 min) + Colour with Ben`."""
    return " + ".join(_segment(one, told) for one in value)


def _segment(one: Args, told: Telling) -> str:
    names, minutes = told.names(one.get("resources") or ()), one.get("minutes")
    said = told.name(one.get("service_id")) or "Visit"
    said = f"{said} with {names}" if names else said
    return said if minutes is None else f"{said} ({minutes:,} min)"


def lengths(value: Any, told: Telling) -> str:
    """`Cut 60 min + Colour 80 min`: of what is not as long as its service says."""
    longer = (one for one in value if one.get("minutes") is not None)
    return " + ".join(f"{told.name(one.get('service_id'))} {one['minutes']:,} min".strip() for one in longer)


def exchangeable(value: Any, told: Telling) -> str:
    """`Ben, Room 1`: those whom another may stand in for."""
    return ", ".join(filter(None, (told.names(one.get("exchangeable") or ()) for one in value)))


def _openings(value: Any, told: Telling) -> str:
    said = openings_text(value, told.words.dates)
    return said[:1].upper() + said[1:]


_DURING: Final = {one.id: one.text for one in DURING}


def _need(one: Args, told: Telling) -> str:
    count, (single, several) = one.get("count", 1), COUNTED[one["kind"]]
    what = f"{count:,} {several}" if count > 1 else f"a {single}"
    if one.get("pool"):
        what = f"{what} of “{one['pool']}”"
    if one.get("any_of"):
        what = f"{what} of {told.names(one['any_of'])}"
    when = one.get("during", "all")
    return what if when == "all" else f"{what}, {_DURING[when]}"


def _needs(value: Any, told: Telling) -> str:
    return "; ".join(_need(one, told) for one in value)


def _terms(value: Any, told: Telling) -> str:
    return "; ".join(_own_terms(one, told) for one in value)


def _own_terms(one: Args, told: Telling) -> str:
    own = [money(one["price"], told)] if one.get("price") is not None else []
    phases = ("active", "processing", "finishing")
    own += [f"{name} {one[name]:,} min" for name in phases if one.get(name) is not None]
    return f"{told.name(one['resource_id'])}: {', '.join(own) or 'as the service says'}"


def _weekdays(value: Any, told: Telling) -> str:
    return " ".join(WEEKDAYS[one] for one in value)


def _priority(value: Any, told: Telling) -> str:
    return PRIORITIES.get(value, f"{value}")


def _given(value: Any, told: Telling) -> str:
    return {True: "Agreed", False: "Declined"}.get(value, "Never asked")


def _state(value: Any, told: Telling) -> str:
    return str(value).replace("_", " ").capitalize()


def _purpose(value: Any, told: Telling) -> str:
    return PURPOSES.get(value, str(value))


def _features(value: Any, told: Telling) -> str:
    return ", ".join(map(feature_words, value))


def _colour(value: Any, told: Telling) -> str:
    return dict(COLOURS).get(value, str(value))


def seen(value: Any, told: Telling) -> str:
    """`Booked, Tue 24 Nov, 14:30` of a visit as somebody saw it."""
    return f"{STATUS[value['status']]}, {moment(value['start'], told)}"


def _again(value: Any, told: Telling) -> str:
    return "; ".join(f"{_rule(one['rrule'], told)}{', ended' if one['archived'] else ''}" for one in value)


def _onward(value: Any, told: Telling) -> str:
    return "; ".join(_rule(one["was"], told) for one in value)


_TURNED: Final = {"ended": "ended", "restored": "brought back", "moved": "put back"}


def _visits_back(value: Any, told: Telling) -> str:
    return "; ".join(f"{moment(one['was']['start'], told)}: {_TURNED[one['to']]}" for one in value)


# What fields are called


_BY: Final = {"customer": "The customer", "business": "The business"}
_ABOUT: Final = {"customer": "A customer", "appointment": "A visit"}
_LIMITS: Final = ("users", "resources", "locations", "devices", "appointments_a_month", "customers", "storage_mib")
_FIELDS: Final[Mapping[str, tuple[str, Say]]] = {
    "active": ("Active", _minutes),
    "address": ("Address", plain),
    "after": ("After", _minutes),
    "alert": ("Alert", plain),
    "appointment_id": ("Visit", _rows),
    "approval": ("What a customer books waits until the team accepts it", plain),
    "archived": ("Archived", plain),
    "attach_about": ("Attach to", _one_of(_ABOUT)),
    "attach_to": ("Attach to", _rows),
    "before": ("Before", _minutes),
    "block_id": ("Blocked time", _rows),
    "blocked": ("Blocked from booking", plain),
    "by": ("Called off by", _one_of(_BY)),
    "cancel_window": ("A cancellation is late from", _duration),
    "capacity": ("Places", _number),
    "category": ("Category", plain),
    "choice": ("Chosen", _one_of(CHOICES)),
    "colour": ("Colour", _colour),
    "customer_id": ("Customer", _rows),
    "customers": ("Customers", _rows),
    "day": ("Day", day),
    "emails": ("E-mails", plain),
    "entry_id": ("Wish", _rows),
    "exdates": ("Left out", _several(wall)),
    "finishing": ("Finishing", _minutes),
    "first": ("First one", wall),
    "from_day": ("From", day),
    "earliest": ("Not before", minute),
    "latest": ("Done by", minute),
    "to_day": ("Until", day),
    "first_day_of_week": ("A week begins on", lambda value, told: DAYS[value]),
    "given": ("Said", _given),
    "instead_of": ("Instead of what was said", moment),
    "item_id": ("What was settled", _rows),
    "kept_id": ("Stays", _rows),
    "kind": ("What it is", _one_of(KINDS)),
    "language": ("Language", plain),
    "late_fee": ("Fee for a late cancellation", money),
    "locale": ("Times, dates and amounts as in", _one_of(dict(LOCALES))),
    "location_id": ("Location", _rows),
    "max_advance": ("Bookings are open for", lambda value, told: f"{value:,} days"),
    "member_id": ("Who signs in", _rows),
    "merged_id": ("Goes into it", _rows),
    "method": ("How", _one_of(METHODS)),
    "min_notice": ("Customers book at least ahead", _duration),
    "minutes": ("Length", _minutes),
    "name": ("Name", plain),
    "needs": ("Needs", _needs),
    "needs_put": ("Needs", _needs),
    "needs_removed": ("Needs no more", _needs),
    "notes": ("Notes", plain),
    "onward": ("Ends with it", _onward),
    "one_id": ("Customer", _rows),
    "openings": ("Hours", _openings),
    "other_id": ("Other customer", _rows),
    "other_was": ("The other one seen as", seen),
    "override": ("Reason to do it anyway", plain),
    "other_override": ("Reason for the other one", plain),
    "owner_id": ("Whose", _rows),
    "party": ("How many come", _number),
    "people": ("By whom", _rows),
    "phones": ("Phones", plain),
    "pool": ("Pool", plain),
    "position": ("Place among the columns", lambda value, told: f"{value + 1:,}"),
    "preferred_id": ("Likes to be served by", _rows),
    "price": ("Price", money),
    "priority": ("Priority", _priority),
    "processing": ("Processing", _minutes),
    "reason": ("Reason", plain),
    "refund_of": ("Gives back", _rows),
    "request_life": ("A request waits at most", _duration),
    "requests_hold": ("A request holds its time while it waits", plain),
    "resource_id": ("Whose", _rows),
    "resources": ("With", _rows),
    "rrule": ("Repeats", _rule),
    "rules": ("Rule", _again),
    "said_at": ("Said on", moment),
    "segments": ("Service", segments),
    "series_clash": (
        "Where a date of a series is taken", _one_of({"part": "Book the other dates", "refuse": "Book none of them"}),
    ),
    "series_id": ("Series", _rows),
    "service_id": ("Service", _rows),
    "settled": ("Settled as", _state),
    "since": ("From", wall),
    "slot_step": ("The book offers a start every", _minutes),
    "source": ("How it came", _one_of(dict(SOURCES) | {"online": "Online", "import": "From a file"})),
    "start": ("When", moment),
    "state": ("State", _state),
    "status": ("Status", _one_of(STATUS)),
    "subject_id": ("About", _rows),
    "tags": ("Tags", plain),
    "tags_added": ("Tags added", plain),
    "tags_removed": ("Tags taken off", plain),
    "terms": ("Terms of single people", _terms),
    "terms_put": ("Terms of single people", _terms),
    "terms_removed": ("No terms of their own any more", _rows),
    "text": ("Note", plain),
    "though_apart": ("Although they were found to be two", plain),
    "tier": ("Plan", lambda value, told: plan_words(value).capitalize()),
    "features": ("Includes", _features),
    "title": ("Title", plain),
    "to": ("On", _purpose),
    "until": ("Good until", moment),
    "visit_id": ("Begins with", _rows),
    "visits": ("Visits", _visits_back),
    "weekday": ("Day of the week", lambda value, told: DAYS[value]),
    "weekdays": ("Days", _weekdays),
    "wishes": ("Service", segments),
    "zone": ("Time zone", plain),
    **{name: (limit_words(name).capitalize(), _most) for name in _LIMITS},
}  # fmt: skip
_OF: Final[Mapping[tuple[str, str], tuple[str, Say]]] = {
    ("appointment.swap", "other_id"): ("Changes places with", _rows),
    ("attention.resolve", "override"): ("Reason given", plain),
    ("attention.resolve", "resources"): ("Chosen people and rooms", _rows),
    ("attention.resolve", "start"): ("Chosen time", moment),
    ("business", "name"): ("Name of the business", plain),
    ("customer.erase", "customers"): ("Customers", _rows),
    ("payment", "kind"): ("What", _one_of(PAID_FOR)),
    ("plan.set", "resources"): (limit_words("resources").capitalize(), _most),
    ("resource", "resource_id"): ("Person, room or equipment", _rows),
    ("service", "capacity"): ("Largest party", _number),
}
"""What is called otherwise in one edit, or in all about one kind of thing."""


def field_of(edit: str, name: str) -> tuple[str, Say]:
    """What a field of an edit is called, and how a value of it is said; one that a newer program has is told as is."""
    noun = edit.partition(".")[0]
    said = _OF.get((edit, name)) or _OF.get((noun, name)) or _FIELDS.get(name)
    return said or (name.removesuffix("_id").replace("_", " ").capitalize(), plain)


def label_of(edit: str, name: str) -> str:
    """What a field of an edit is called."""
    return field_of(edit, name)[0]
