"""Every sentence for a refusal, by code and language: one wording for the desk, the server and the command line."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from shared.clock import parse_instant
from shared.errors import Code

Details = Mapping[str, Any]
Clock = Callable[[str | None], str]
"""An instant's text on the wire as a person of the place reads it."""


def sentence(code: str, details: Details, *, zone: str = "UTC", language: str = "en") -> str:
    """What a person reads of a refusal: what happened and which rule or thing is in the way.

    `zone` is where the wall clocks hang that the sentence names. A code that this version does not know is named as it
    is, because a newer server may have said it.
    """
    say = SENTENCES.get(language, SENTENCES["en"]).get(code)
    if say is None:
        return f"The change was not taken ({code})."
    return say(details, lambda text: wall(text, zone))


def wall(text: str | None, zone: str) -> str:
    """`Tue 4 May, 09:00` for an instant's text; empty for none."""
    if not text:
        return ""
    shown = parse_instant(text).astimezone(ZoneInfo(zone))
    return f"{shown:%a} {shown.day} {shown:%b}, {shown:%H:%M}"


def _invalid(details: Details, at: Clock) -> str:
    what = details.get("what")
    plain = {
        "length": "A visit must be longer than nothing and at most 24 hours.",
        "buffer": "The time before or after a visit is at most 12 hours.",
        "no_resource": "A visit needs at least one person, room or piece of equipment.",
        "resource_twice": "The same person, room or piece of equipment is named twice.",
        "name": "A name is needed.",
        "reason": "Booking over a rule needs a reason.",
        "hours": "Opening hours must end after they start.",
    }
    if what in plain:
        return plain[what]
    if what == "wall_time":
        return f"The time {details.get('value')} does not exist there: the clocks are put forward."
    if what == "zone":
        return f"There is no time zone called {details.get('value')!r}."
    if what == "json":
        return f"The request could not be read: {details.get('why')}."
    if what == "field" and details.get("why"):
        return f"{details.get('field')}: {details['why']}."
    if what in ("field", "value"):
        return f"The field {details.get('field')!r} does not take this value."
    if what == "mutation":
        return f"There is no change called {details.get('name')!r} in version {details.get('v')}."
    return "The change does not fit what can be entered."


_THINGS = {
    "appointment": "The appointment",
    "customer": "The customer",
    "resource": "The person, room or equipment",
    "service": "The service",
    "location": "The location",
    "member": "The team member",
    "block": "The blocked time",
    "attention_item": "The item",
    "business": "The business",
}


def _thing(details: Details) -> str:
    return _THINGS.get(str(details.get("what")), "What it is about")


def _span(start: str, end: str) -> str:
    """`Tue 4 May, 09:00 to 10:30`; the day is named again only where the span ends on another."""
    day, _, clock = end.partition(", ")
    return f"{start} to {clock if start.startswith(day) else end}"


def _slot_taken(details: Details, at: Clock) -> str:
    name = details.get("resource_name") or "The slot"
    if not details.get("taken_from"):
        return f"{name} is taken at that time."
    return f"{name} is taken {_span(at(details['taken_from']), at(details.get('taken_until')))}."


def _outside(details: Details, at: Clock) -> str:
    name = details.get("resource_name") or "The location"
    return f"{name} is closed for some of {_span(at(details.get('start')), at(details.get('end')))}."


def _blocked(details: Details, at: Clock) -> str:
    name = details.get("resource_name") or "The resource"
    why = details.get("reason") or "blocked"
    return f"{name}: {why} until {at(details.get('end'))}."


def _changed(details: Details, at: Clock) -> str:
    was, now = details.get("was"), details.get("now")
    if details.get("field"):
        return f"The {details['field']} was changed meanwhile: it was {was!r} and is {now!r} now."
    if isinstance(now, Mapping) and now.get("status"):
        state = _STATUS.get(str(now["status"]), str(now["status"]))
        return f"The appointment was changed meanwhile: it is {state} now, at {at(now.get('start'))}."
    return "It was settled or changed meanwhile."


_STATUS = {
    "requested": "requested",
    "booked": "booked",
    "confirmed": "confirmed",
    "arrived": "arrived",
    "in_service": "in service",
    "completed": "completed",
    "declined": "declined",
    "expired": "expired",
    "cancelled": "cancelled",
    "no_show": "a no-show",
}


def _wrong_status(details: Details, at: Clock) -> str:
    state = _STATUS.get(str(details.get("status")), str(details.get("status")))
    return f"The appointment is {state}, so this step is not open to it."


_ROLES = {
    "TENANT_OWNER": "an owner",
    "TENANT_MANAGER": "a manager",
    "TENANT_STAFF": "staff",
    "CUSTOMER": "a customer",
}


def _not_allowed(details: Details, at: Clock) -> str:
    role = _ROLES.get(str(details.get("role")), "this role")
    return f"As {role} one may not do this. Ask a manager or the owner."


_ENGLISH: Final[Mapping[str, Callable[[Details, Clock], str]]] = {
    Code.INVALID: _invalid,
    Code.NOT_FOUND: lambda details, at: f"{_thing(details)} does not exist, or not any more.",
    Code.NOT_ALLOWED: _not_allowed,
    Code.SLOT_TAKEN: _slot_taken,
    Code.OUTSIDE_HOURS: _outside,
    Code.BLOCKED: _blocked,
    Code.TOO_SOON: lambda details, at: f"A booking is needed at least {details.get('minutes')} minutes ahead.",
    Code.TOO_FAR_AHEAD: lambda details, at: f"Bookings are open for the next {details.get('days')} days only.",
    Code.NOT_STARTED: lambda details, at: (
        f"It starts at {at(details.get('start'))}: before that nobody has failed to come."
    ),
    Code.WRONG_STATUS: _wrong_status,
    Code.CHANGED_MEANWHILE: _changed,
    Code.ARCHIVED: lambda details, at: (
        f"{_thing(details)} {details.get('name') or ''} is archived. Bring it back first.".replace("  ", " ")
    ),
    Code.CUSTOMER_BLOCKED: lambda details, at: f"{details.get('name')} is blocked from booking.",
    Code.DEPENDENCY: lambda details, at: "It stands on an earlier change that was not taken. Settle that one first.",
    Code.LIMIT_REACHED: lambda details, at: f"The plan's limit is reached: {details.get('limit')}.",
    Code.FEATURE_NOT_IN_PLAN: lambda details, at: (
        f"The plan does not include {details.get('feature')}; {details.get('tier')} does."
    ),
}

SENTENCES: Final[Mapping[str, Mapping[str, Callable[[Details, Clock], str]]]] = {"en": _ENGLISH}
"""By language, then by code."""
