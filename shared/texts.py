"""Every sentence for a refusal, by code and language: one wording for the desk, the server and the command line."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from shared.clock import parse_instant
from shared.dates import Dates, date_text, day_text, opening_text, time_text
from shared.errors import Code
from shared.ids import is_id
from shared.money import money_text

Details = Mapping[str, Any]
Say = Callable[[Details, Dates], str]


def sentence(code: str, details: Details, dates: Dates, *, language: str = "en") -> str:
    """What a person reads of a refusal: what happened and which rule or thing is in the way.

    `dates` writes the times that it names. Details may come from a newer server or be stored for long: what is missing
    or of another shape is left out. A code that this version does not know is named as it is.
    """
    say = SENTENCES.get(language, SENTENCES["en"]).get(code)
    said = f"The change was not taken ({code})." if say is None else say(details, dates)
    # By the rules alone it would be taken now.
    return f"{said} So it was before the server was put back from a backup." if details.get("put_back") else said


# What stands in details


def _text(details: Details, name: str) -> str:
    found = details.get(name)
    return found.strip() if isinstance(found, str) else ""


def _number(details: Details, name: str) -> int | None:
    found = details.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _instant(details: Details, name: str) -> datetime | None:
    try:
        return parse_instant(_text(details, name))
    except ValueError:
        return None


def _span(details: Details, first: str, last: str, dates: Dates) -> str:
    """`Tue 4 May, 09:00 to 10:30`; empty where one of the two is not known."""
    start, end = _instant(details, first), _instant(details, last)
    return dates.span(start, end) if start and end else ""


def _count(number: int, one: str) -> str:
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"


def _minutes(number: int) -> str:
    """`2 days`, `3 hours` or `90 minutes`: the largest that it is a whole number of."""
    for size, one in ((24 * 60, "day"), (60, "hour")):
        if number and number % size == 0:
            return _count(number // size, one)
    return _count(number, "minute")


_LONGEST_QUOTE: Final = 80


def _quoted(held: object) -> str:
    """A value of a field as a person reads it."""
    if isinstance(held, bool):
        return "yes" if held else "no"
    if isinstance(held, list | tuple):
        return ", ".join(_quoted(one) for one in held) or "empty"
    text = str(held) if isinstance(held, str | int | float) else ""
    shown = text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
    return f"“{shown}”" if shown else "empty"


# What cannot be entered

_FIELDS: Final = {
    "active": "time with the customer",
    "after": "time to tidy up",
    "alert": "alert",
    "approval": "rule for approval",
    "archived": "archive mark",
    "before": "time to prepare",
    "blocked": "block on bookings",
    "cancel_window": "time for cancelling",
    "earliest": "earliest time",
    "emails": "e-mails",
    "exdates": "choice of dates left out",
    "first": "start of the first one",
    "given": "word on that",
    "finishing": "time to finish",
    "from_day": "first day",
    "first_day_of_week": "first day of the week",
    "late_fee": "fee for a late cancellation",
    "latest": "latest time",
    "max_advance": "days that can be booked ahead",
    "min_notice": "notice before a booking",
    "party": "number who come",
    "people": "choice of people",
    "phones": "phones",
    "position": "place in the order",
    "preferred_id": "preferred person",
    "member_id": "member",
    "location_id": "location",
    "processing": "processing time",
    "request_life": "time that a request waits",
    "requests_hold": "rule for requests",
    "resources": "choice of people and rooms",
    "series_clash": "rule for series",
    "service_id": "service",
    "since": "start from which on it is changed",
    "slot_step": "step of the book",
    "terms": "terms of single people",
    "to_day": "last day",
}
_SEVERAL: Final = frozenset({"e-mails", "phones", "needs", "terms of single people", "notes", "weekdays"})
_IN_NUMBERS: Final = frozenset({"earliest", "latest", "priority", "weekdays"})
"""Fields whose numbers say nothing to a person."""


def _is_readable(held: object) -> bool:
    """Whether a person can make something of a value: of the id of a row nobody can."""
    if isinstance(held, list | tuple):
        return all(map(_is_readable, held))
    return not isinstance(held, Mapping) and not (isinstance(held, str) and is_id(held))


def _field(details: Details) -> str:
    """A field in words: of `segments.0.minutes` the minutes. A place in a push is for programmers and stays."""
    place = _text(details, "field")
    if place.startswith("mutations."):
        return f"field {place}"
    name = next((part for part in reversed(place.split(".")) if not part.isdigit()), "")
    return _FIELDS.get(name, name.replace("_", " ")) or "value"


_PLAIN: Final = {
    "buffer": "The time before or after a visit is at most 12 hours.",
    "no_resource": "A visit needs at least one person, room or piece of equipment.",
    "part": "Something takes part that the visit does not name.",
    "apart": "Only two different customers can be kept apart.",
    "swap": "Only two different visits at one location can change places.",
    "resource_twice": "The same person, room or piece of equipment is named twice.",
    "name": "A name is needed.",
    "reason": "Booking over a rule needs a reason.",
    "hours": "Opening hours must end after they start.",
    "unlock_reason": "Unlocking a visit needs a reason.",
    "amount": "The amount must be more than nothing, and no more than a till can hold.",
    "refund_of": "A payment is given back, and a refund is none.",
    "payment_subject": "A payment belongs to a visit: attach it to one.",
    "size": "This is too much for one change. Make it in smaller parts.",
    "wish": "A wish must end after it begins: its days and its hours.",
    "offer": "An offer ends after now, and before the visit that it is about.",
    "season": "Hours that hold from one day to another must end on or after their first day.",
    "taken_back": "It was taken back again by what was entered after it: drop it, or enter it anew.",
    "never_dropped": "What was written down is never dropped: attach it to a customer or a visit.",
}
_REPEATS: Final = {
    "too_often": "It repeats more often than a book of appointments can hold.",
    "too_many": "It repeats too often to be changed all at once: change it from a later date on.",
    "never": "It repeats by a rule that has no date, or hardly any.",
}


def _invalid(details: Details, dates: Dates) -> str:
    what = _text(details, "what")
    say = _INVALID.get(what)
    if say is not None:
        return say(details, dates)
    return _PLAIN.get(what, "The change does not fit what can be entered.")


def _length(details: Details, dates: Dates) -> str:
    minutes = _number(details, "minutes")
    if minutes is not None and minutes <= 0:
        return "It must end after it starts."
    return "A visit must be longer than nothing and at most 24 hours."


def _wall_time(details: Details, dates: Dates) -> str:
    try:
        wall = datetime.fromisoformat(_text(details, "value"))
    except ValueError:
        return "The time does not exist there: the clocks are put forward."
    said = f"{day_text(wall.date(), dates.locale)}, {time_text(wall.hour, wall.minute, dates.locale)}"
    return f"The time {said} does not exist there: the clocks are put forward."


def _why(details: Details) -> str:
    return _text(details, "why").rstrip(".")


def _unreadable(details: Details, dates: Dates) -> str:
    why = _why(details)
    return f"The request could not be read: {why}." if why else "The request could not be read."


def _misfit(details: Details, dates: Dates) -> str:
    why = _why(details)
    if why:
        return f"The {_field(details)} cannot be taken: {why}."
    if details.get("what") == "field":
        return f"The {_field(details)} cannot be changed here."
    return f"The {_field(details)} cannot be set to that."


def _no_zone(details: Details, dates: Dates) -> str:
    return f"There is no time zone called {_quoted(details.get('value'))}."


def _unknown_change(details: Details, dates: Dates) -> str:
    return f"This version does not know the change {_quoted(details.get('name'))}."


def _party(details: Details, dates: Dates) -> str:
    most, name = _number(details, "most"), _text(details, "name") or "The service"
    return f"{name} takes {most} at most." if most is not None else "The party is too large."


def _currency(details: Details, dates: Dates) -> str:
    own = _text(details, "currency")
    return f"The business takes payments in {own} only." if own else "The business does not take that currency."


_INVALID: Final[Mapping[str, Say]] = {
    "currency": _currency,
    "party": _party,
    "length": _length,
    "wall_time": _wall_time,
    "zone": _no_zone,
    "json": _unreadable,
    "field": _misfit,
    "value": _misfit,
    "mutation": _unknown_change,
    "rrule": lambda details, dates: _REPEATS.get(_text(details, "problem"), "How it repeats cannot be read."),
}

# What is not there, or not for everyone

_THINGS: Final = {
    "appointment": "The appointment",
    "customer": "The customer",
    "resource": "The person, room or equipment",
    "service": "The service",
    "location": "The location",
    "series": "The series",
    "member": "The team member",
    "block": "The blocked time",
    "attention_item": "The item",
    "waitlist_entry": "The wish on the waitlist",
    "business": "The business",
    "payment": "The payment",
}


def _thing(details: Details) -> str:
    return _THINGS.get(_text(details, "what"), "What it is about")


def _archived(details: Details, dates: Dates) -> str:
    if details.get("what") == "series":
        return "The series has ended."
    if details.get("what") == "block":
        return "The time was freed meanwhile. Bring it back to block it."
    name = _text(details, "name")
    # A person or a room is known by its name alone.
    what = name if name and details.get("what") == "resource" else f"{_thing(details)} {name}".rstrip()
    return f"{what} is archived. Bring it back first."


def _in_use(details: Details, dates: Dates) -> str:
    name = _text(details, "name")
    if details.get("what") == "resource":
        return f"{name or 'It'} has been booked already, and stays what and where it is. Archive it and add it anew."
    return f"Bookings, wishes, notes or payments of {name or 'them'} are known already."


_ROLES: Final = {
    "TENANT_OWNER": ("an owner", ""),
    "TENANT_MANAGER": ("a manager", " Ask the owner."),
    "TENANT_STAFF": ("staff", " Ask a manager or the owner."),
    "CUSTOMER": ("a customer", " Ask the business."),
}
_RIGHTS: Final = {
    "see_book": "see the book",
    "book": "book, move or cancel",
    "book_series": "book visits that repeat",
    "progress": "change how far a visit is",
    "unlock": "unlock a visit that is paid and closed",
    "override": "book over a rule",
    "block_time": "block this time",
    "edit_customers": "change customers",
    "manage_customers": "block, archive or delete customers",
    "erase": "erase what is kept about a customer",
    "waitlist": "keep the waitlist",
    "manage_setup": "change services, resources or hours",
    "see_prices": "see prices",
    "set_prices": "set prices",
    "record_payment": "record payments",
    "refund": "pay back",
    "see_reports": "see reports",
    "manage_team": "invite or disable people",
    "change_roles": "change roles",
    "manage_business": "change the business",
    "manage_devices": "list or revoke devices",
    "read_audit": "read the audit trail",
    "export": "export everything",
    "share_calendar": "share a calendar",
    "close_business": "close the business",
    "see_billing": "see what is billed",
    "settle_attention": "settle what needs attention",
    "settle_quarantine": "settle what was set aside",
}
_OF_THE_PLATFORM: Final = {
    "read_platform_audit": "read the platform's audit trail",
    "find_tenants": "find businesses",
    "invite_tenants": "invite businesses",
    "suspend_tenants": "suspend a business",
    "set_plans": "set plans",
    "manage_users": "manage accounts",
    "help_users": "unlock or reset accounts",
    "revoke_devices": "revoke the devices of others",
    "grant": "grant permissions",
    "expire_requests": "let requests expire",
}


def _not_allowed(details: Details, dates: Dates) -> str:
    role, whom = _ROLES.get(_text(details, "role"), ("this role", ""))
    if ours := _OF_THE_PLATFORM.get(_text(details, "capability")):
        # No one in the business could help.
        return f"As {role} one may not {ours}: that is done by the platform."
    right = _RIGHTS.get(_text(details, "capability"), "do this")
    # What is put back cannot be had at the price of then.
    then = f"{name} cost something else when it was booked. " if (name := _text(details, "was_booked")) else ""
    return f"{then}As {role} one may not {right}.{whom}"


# What is in the way


_KINDS: Final = {"STAFF": ("person", "people"), "ROOM": ("room", "rooms"), "EQUIPMENT": ("device", "devices")}


def _wanted(details: Details) -> str:
    """What a service needs, as it is named: `2 rooms of Laser`."""
    one, several = _KINDS.get(_text(details, "kind"), ("", ""))
    count, pool = _number(details, "count") or 1, _text(details, "pool")
    what = f"{count} {several}" if count > 1 else one
    return f"{what} of {pool}" if what and pool else what


def _need_unmet(details: Details, dates: Dates) -> str:
    wanted = _wanted(details) or "something"
    article = "" if wanted[0].isdigit() or wanted == "something" else "a "
    return f"The service needs {article}{wanted} that this location does not have."


def _slot_taken(details: Details, dates: Dates) -> str:
    if wanted := _wanted(details):
        several = wanted[0].isdigit()
        return f"There are not {wanted} free at that time." if several else f"No {wanted} is free at that time."
    name, whose = _text(details, "resource_name") or "The slot", _text(details, "whose")
    if (full := _full(details, name)) is not None:
        return full
    span = _span(details, "taken_from", "taken_until", dates) or "at that time"
    if between := _BETWEEN.get(_text(details, "buffer")):
        return between.format(name=name, visit=f"the visit of {whose}" if whose else "another visit", span=span)
    return f"{name} is taken by {whose}, {span}." if whose else f"{name} is taken {span}."


_BETWEEN: Final = {
    "theirs": "{name} needs time to prepare or tidy up for {visit}: {span}.",
    "ours": "The time to prepare or tidy up reaches into {visit} with {name}: {span}.",
    "both": "There is too little time with {name} to prepare or tidy up between this and {visit}: {span}.",
}
"""Where two visits do not overlap, and their buffers do: whose buffer it is."""


def _full(details: Details, name: str) -> str | None:
    """What is said of something that several take at once; None where it says nothing of places."""
    capacity, taken, wanted = (_number(details, one) for one in ("capacity", "taken", "wanted"))
    if capacity is None or taken is None or wanted is None:
        return None
    are = "is" if taken == 1 else "are"
    more = f", and {wanted} {'is' if wanted == 1 else 'are'} wanted"
    return f"{name} has {_count(capacity, 'place')}: {taken} {are} taken at that time{more}."


_CLASHES_SAID: Final = 3


def _series_clash(details: Details, dates: Dates) -> str:
    """How many dates cannot be had, and of the first of them what is in the way."""
    count, of, told = _number(details, "count"), _number(details, "of"), details.get("clashes")
    known = count is not None and of is not None
    which = f"{count:,} of {of:,} dates" if known else "Some dates"
    clashes = [one for one in told if isinstance(one, Mapping)] if isinstance(told, list | tuple) else []
    said = [_clash(one, dates) for one in clashes[:_CLASHES_SAID]]
    return " ".join([f"{which} of the series cannot be had.", *said])


def _clash(details: Details, dates: Dates) -> str:
    inner = details.get("details")
    return sentence(_text(details, "code"), inner if isinstance(inner, Mapping) else {}, dates)


def _outside(details: Details, dates: Dates) -> str:
    name = _text(details, "resource_name") or "The location"
    return f"{name} is closed for some of {_span(details, 'start', 'end', dates) or 'that time'}."


def _blocked(details: Details, dates: Dates) -> str:
    name, why = _text(details, "resource_name") or "The resource", _text(details, "reason") or "blocked"
    end = _instant(details, "end")
    return f"{name}: {why} until {dates.moment(end)}." if end else f"{name}: {why} at that time."


def _too_soon(details: Details, dates: Dates) -> str:
    minutes = _number(details, "minutes")
    ahead = f"at least {_minutes(minutes)} ahead" if minutes else "earlier"
    return f"A booking is needed {ahead}."


def _too_far_ahead(details: Details, dates: Dates) -> str:
    days = _number(details, "days")
    open_for = f"the next {_count(days, 'day')}" if days else "less time ahead"
    return f"Bookings are open for {open_for} only."


def _not_started(details: Details, dates: Dates) -> str:
    start = _instant(details, "start")
    begins = f"It starts {dates.moment(start)}" if start else "It has not started yet"
    return f"{begins}: before that nobody has failed to come."


# What became of it meanwhile

_STATUS: Final = {
    "requested": "requested",
    "booked": "booked",
    "confirmed": "confirmed",
    "arrived": "marked as arrived",
    "in_service": "in service",
    "completed": "completed",
    "declined": "declined",
    "expired": "expired",
    "cancelled": "cancelled",
    "no_show": "a no-show",
}


def _status(details: Details) -> str:
    return _STATUS.get(_text(details, "status"), "in another state")


def _changed(details: Details, dates: Dates) -> str:
    now = details.get("now")
    if _text(details, "field"):
        field, was = _field(details), _quoted(details.get("was"))
        were, it, are = ("were", "they", "are") if field in _SEVERAL else ("was", "it", "is")
        if _text(details, "field") in _IN_NUMBERS or not all(map(_is_readable, (details.get("was"), now))):
            return f"The {field} {were} changed meanwhile."
        return f"The {field} {were} changed meanwhile: {it} {were} {was} and {are} {_quoted(now)} now."
    if (say := _CHANGED.get(_text(details, "what"))) is not None:
        return say(details, dates)
    if isinstance(now, Mapping) and now.get("status"):
        seen = details.get("was")
        return _changed_visit(seen if isinstance(seen, Mapping) else {}, now, dates)
    if isinstance(now, Mapping) and "rule" in now:
        return "The series was changed or ended meanwhile."
    if isinstance(now, Mapping) and now.get("apart"):
        return "Somebody found them to be two people meanwhile."
    if isinstance(now, Mapping) and now.get("one_customer"):
        return "They were made one customer meanwhile, and there is no way back."
    if isinstance(now, Mapping) and _text(now, "waiting"):
        return _waiting(now, dates)
    chosen = _SETTLED.get(_text(_side(details, "now"), "state"))
    return f"Settled meanwhile: {chosen}." if chosen else "It was settled or changed meanwhile."


_SETTLED: Final = {
    "moved": "another time was taken",
    "kept": "it was made as it was entered",
    "restored": "what it needs was brought back, and it was made",
    "attached": "it was attached",
    "dropped": "it was let go",
}
"""What became of an item of which two have made a choice."""


def _changed_block(details: Details, dates: Dates) -> str:
    now = _side(details, "now")
    why = _text(now, "reason") or ("without a reason" if "reason" in now else "")
    told = ", ".join(one for one in (_text(now, "resource_name"), _span(now, "start", "end", dates), why) if one)
    return f"The blocked time was changed meanwhile to {told or 'another one'}."


def _side(details: Details, name: str) -> Details:
    side = details.get(name)
    return side if isinstance(side, Mapping) else {}


_SIDES: Final = ("was", "now")
_WEEKDAYS: Final = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def _changed_hours(details: Details, dates: Dates) -> str:
    number = _number(details, "weekday")
    on = _WEEKDAYS[number] if number is not None and 0 <= number < len(_WEEKDAYS) else ""
    return _hours_were(details, on, *(openings_text(_side(details, one).get("openings"), dates) for one in _SIDES))


def _changed_date(details: Details, dates: Dates) -> str:
    day = _day(details, "day")
    on = date_text(day, dates.locale) if day else ""
    return _hours_were(details, on, *(_of_date(_side(details, one), dates) for one in _SIDES))


_CHANGED: Final[Mapping[str, Say]] = {
    "block": _changed_block,
    "hours": _changed_hours,
    "date": _changed_date,
    "passed_over": lambda details, dates: (
        "Somebody else had changed it before, unseen: taking it back would not bring that back."
    ),
}


def _hours_were(details: Details, on: str, was: str, now: str) -> str:
    name = _text(details, "name")
    which = f"{f' of {name}' if name else ''}{f' on {on}' if on else ''}"
    return f"The hours{which} were changed meanwhile: they were {was} and are {now} now."


def _of_date(told: Details, dates: Dates) -> str:
    """`09:00–12:00 (Half day)` of what holds on a date."""
    if told.get("by_week"):
        return "those of the week"
    reason = _text(told, "reason")
    said = _opening(told, dates) or "closed"
    return f"{said} ({reason})" if reason else said


def openings_text(told: object, dates: Dates) -> str:
    """`09:00–12:30, 14:00–18:00 (from 1 Jun 2026)` of the openings of a day as JSON values; `closed` of none."""
    said = [_opening(one, dates) for one in told if isinstance(one, Mapping)] if isinstance(told, list | tuple) else []
    return ", ".join(filter(None, said)) or "closed"


def _opening(details: Details, dates: Dates) -> str:
    opens, closes = _number(details, "opens"), _number(details, "closes")
    if opens is None or closes is None:
        return ""
    ends = (("from", _day(details, "valid_from")), ("until", _day(details, "valid_to")))
    when = " ".join(f"{word} {date_text(day, dates.locale)}" for word, day in ends if day)
    said = opening_text(opens, closes, dates.locale)
    return f"{said} ({when})" if when else said


def _day(details: Details, name: str) -> date | None:
    try:
        return date.fromisoformat(_text(details, name))
    except ValueError:
        return None


def _changed_visit(was: Details, now: Details, dates: Dates) -> str:
    """What became of a visit, the point first; and of what two have changed in it what each has made of it."""
    booked, there = _booked(was), _booked(now)
    party, come = _number(was, "party"), _number(now, "party")
    said = []
    if booked and there:
        said.append(f"What is booked was changed meanwhile: it was {booked}, and is {there} now.")
    if party is not None and come is not None:
        said.append(f"How many come was changed meanwhile: it was {party:,}, and is {come:,} now.")
    became = _became(was, now, dates)
    if became or not said:
        said.insert(0, became or f"The appointment was changed meanwhile: it is {_now_at(now, dates)}.")
    return " ".join(said)


_BECAME: Final = {
    "requested": "Requested again",
    "booked": "Booked again",
    "confirmed": "Confirmed",
    "arrived": "Marked as arrived",
    "in_service": "Begun",
    "completed": "Completed",
    "declined": "Declined",
    "expired": "Expired",
    "cancelled": "Cancelled",
    "no_show": "Marked as a no-show",
}
"""A status by what somebody does who brings a visit to it; to the first two one comes back."""
_OVER: Final = frozenset({"completed", "declined", "expired", "cancelled", "no_show"})


def _became(was: Details, now: Details, dates: Dates) -> str:
    """What somebody has done with a visit, from where to where; empty where both sides do not tell."""
    seen, status = _text(was, "status"), _text(now, "status")
    before, start = _instant(was, "start"), _instant(now, "start")
    did = "Accepted" if (seen, status) == ("requested", "booked") else _BECAME.get(status, "")
    if not (seen and did and before and start):
        return ""
    there, came_from = dates.moment(start), f"from {_seen_at(before, start, dates)}"
    if status == seen:
        return f"Moved meanwhile to {there}, {came_from}." if before != start else ""
    moved = f", moved {came_from}" if before != start else ""
    return f"{did} meanwhile (it {'was' if status in _OVER else 'is'} {there}{moved})."


def _seen_at(before: datetime, start: datetime, dates: Dates) -> str:
    """Where a visit was: its day is named where it is another now."""
    same = dates.local(before).date() == dates.local(start).date()
    return dates.time(before) if same else dates.moment(before)


def _now_at(now: Details, dates: Dates) -> str:
    start = _instant(now, "start")
    return f"{_status(now)} now, {dates.moment(start)}" if start else f"{_status(now)} now"


def _booked(details: Details) -> str:
    """`Cut with Ana (45 min) + Colour with Ben (80 min)`."""
    told = details.get("booked")
    lines = [one for one in told if isinstance(one, Mapping)] if isinstance(told, list | tuple) else []
    return " + ".join(_line(one) for one in lines)


def _line(details: Details) -> str:
    names, minutes = details.get("with"), _number(details, "minutes")
    with_whom = [one for one in names if isinstance(one, str)] if isinstance(names, list | tuple) else []
    said = _text(details, "name") or "a visit"
    if with_whom:
        said = f"{said} with {', '.join(with_whom)}"
    return f"{said} ({minutes:,} min)" if minutes is not None else said


_WAITING: Final = {
    "waiting": "is on the waitlist without an offer",
    "booked": "has been booked",
    "withdrawn": "has been taken from the waitlist",
    "expired": "is past its last day",
}


def _waiting(now: Details, dates: Dates) -> str:
    until = _instant(now, "until")
    offered = f"has an offer until {dates.moment(until)}" if until else "has an offer"
    stands = _WAITING.get(_text(now, "waiting"), offered)
    return f"The wish was changed meanwhile: it {stands} now."


def _wrong_status(details: Details, dates: Dates) -> str:
    return f"The appointment is {_status(details)}, so this step is not open to it."


def _beyond_paid(details: Details, dates: Dates) -> str:
    left = _number(details, "left")
    if left is None:
        return "No more can be given back than was paid."
    if left <= 0:
        return "All of it was given back already."
    return f"At most {money_text(left, _text(details, 'currency'))} can be given back."


_ASIDE: Final = {
    "author": "It was set aside: whoever made it is not signed in on that computer any more.",
    "failed": "It was set aside: the server stumbled over it.",
    "revoked": "It was set aside: a computer or a person that was shut out has handed it in.",
    "same_id": "It was set aside: the server knows another edit by its id.",
    "before": "It was set aside before the server was put back from a backup.",
}


def _quarantined(details: Details, dates: Dates) -> str:
    said, incident = _ASIDE.get(_text(details, "why"), "It was set aside."), _text(details, "incident")
    # The last part tells two of them apart, and is enough to find it by in the log.
    return f"{said} Incident {incident[-12:]}." if incident else said


_FEATURES: Final = {
    "take_payments": "payments",
    "mail_reminders": "reminders by e-mail",
    "text_reminders": "reminders by text message",
    "custom_domain": "a domain of one's own",
    "web_hooks": "web hooks",
    "calendar_feeds": "calendar feeds",
    "audit_trail": "the audit trail",
    "series": "series of appointments",
    "several_locations": "more than one location",
    "waitlist": "the waitlist",
}
_LIMITED: Final = {
    "users": ("user", "users"),
    "resources": ("person, room or piece of equipment", "people, rooms and pieces of equipment"),
    "locations": ("location", "locations"),
    "devices": ("computer", "computers"),
    "appointments_a_month": ("appointment a month", "appointments a month"),
    "customers": ("customer", "customers"),
    "storage_mib": ("MiB of storage", "MiB of storage"),
}


def feature_words(feature: str) -> str:
    """What a feature is called within a sentence."""
    return _FEATURES.get(feature, feature.replace("_", " "))


def limit_words(limit: str) -> str:
    """What a limit is of, as several are called within a sentence."""
    _, several = _LIMITED.get(limit, (limit.replace("_", " "),) * 2)
    return several


def plan_words(tier: str) -> str:
    """What the plan of a tier is called within a sentence."""
    return f"plan {tier.capitalize()}" if tier else "plan"


def _plan(details: Details) -> str:
    return plan_words(_text(details, "tier"))


def _not_in_plan(details: Details, dates: Dates) -> str:
    feature, tier = _text(details, "feature"), _text(details, "tier")
    what = feature_words(feature) or "this"
    without = f"The plan of the business does not include {what}"
    return f"{without}; the plan {tier.capitalize()} does." if tier else f"{without}."


def _limit_reached(details: Details, dates: Dates) -> str:
    """What is full, how many there are where that is more than there may be, and what helps."""
    limit, most, held = _text(details, "limit"), _number(details, "most"), _number(details, "held")
    one, several = _LIMITED.get(limit, (limit.replace("_", " "),) * 2)
    if not several:
        return f"A limit of the {_plan(details)} is reached."
    if most is None:
        return f"The {_plan(details)} has no room for more {several}."
    there_are = f", and there are {held:,}" if held is not None and held > most else ""
    return f"The {_plan(details)} has room for {most:,} {one if most == 1 else several}{there_are}."


def _lease_over(details: Details, dates: Dates) -> str:
    since = _instant(details, "since")
    last = f" since {dates.moment(since)}" if since else " for too long"
    return f"The server was not reached{last}: changes are taken again once it is. Nothing that waits is lost."


def _not_reached(details: Details, dates: Dates) -> str:
    return "The server cannot be reached, and nothing is kept here to be sent later. Nothing was changed."


def _not_answered(details: Details, dates: Dates) -> str:
    return "The server has not answered. Whether it was done shows as soon as it is reached again."


_ENGLISH: Final[Mapping[str, Say]] = {
    Code.INVALID: _invalid,
    Code.NOT_FOUND: lambda details, dates: f"{_thing(details)} does not exist, or not any more.",
    Code.NOT_ALLOWED: _not_allowed,
    Code.SLOT_TAKEN: _slot_taken,
    Code.SERIES_CLASH: _series_clash,
    Code.NEED_UNMET: _need_unmet,
    Code.OUTSIDE_HOURS: _outside,
    Code.BLOCKED: _blocked,
    Code.TOO_SOON: _too_soon,
    Code.TOO_FAR_AHEAD: _too_far_ahead,
    Code.NOT_STARTED: _not_started,
    Code.WRONG_STATUS: _wrong_status,
    Code.LOCKED: lambda details, dates: "The visit is paid and closed. A manager can unlock it; notes can be added.",
    Code.BEYOND_PAID: _beyond_paid,
    Code.CHANGED_MEANWHILE: _changed,
    Code.ARCHIVED: _archived,
    Code.ERASED: lambda details, dates: "Everything about this customer was erased, and stays so.",
    Code.IN_USE: _in_use,
    Code.CUSTOMER_BLOCKED: lambda details, dates: (
        f"{_text(details, 'name') or 'The customer'} is blocked from booking."
    ),
    Code.DEPENDENCY: lambda details, dates: "It stands on an earlier change that was not taken. Settle that one first.",
    Code.LIMIT_REACHED: _limit_reached,
    Code.FEATURE_NOT_IN_PLAN: _not_in_plan,
    Code.QUARANTINED: _quarantined,
    Code.LEASE_OVER: _lease_over,
    Code.NOT_REACHED: _not_reached,
    Code.NOT_ANSWERED: _not_answered,
}

SENTENCES: Final[Mapping[str, Mapping[str, Say]]] = {"en": _ENGLISH}
"""By language, then by code."""
