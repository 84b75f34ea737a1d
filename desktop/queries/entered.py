"""What an edit's arguments name, and what stands in the book where they would be set."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from desktop.store import finding
from desktop.store.database import Database
from shared.clock import instant_text
from shared.ids import is_id
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem
from shared.model.base import OwnerId
from shared.model.business import Business, Location
from shared.model.customer import Customer
from shared.model.hours import HoursRule, TimeBlock
from shared.model.member import Member
from shared.model.note import Note
from shared.model.payment import Payment
from shared.model.registry import Entity, entity_type, unstructured
from shared.model.resource import Resource
from shared.model.series import Series
from shared.model.service import Service
from shared.model.waitlist import WaitlistEntry
from shared.rules.merged import kept_of
from shared.store import Reads

_NAMED: Final[tuple[type[Any], ...]] = (
    Customer, Resource, Service, Location, Appointment, Member, WaitlistEntry, Series, TimeBlock, Payment, Note,
    AttentionItem,
)  # fmt: skip
"""What a person knows by a name or by when it is, the likeliest first."""
_ROUNDS: Final = 3
"""A payment is told by its visit, and the visit by its customer."""


def rows_named(database: Database, told: Iterable[Any]) -> Mapping[str, Entity]:
    """The rows that JSON values name by their ids, and those by which a person knows them or where they are; by id.

    Asked of many values at once it asks the database no more often than of one.
    """
    found: dict[str, Entity] = {}
    missing = {one for value in told for one in _ids(value)}
    for _ in range(_ROUNDS):
        new: dict[str, Entity] = {}
        for cls in _NAMED:
            new |= finding.by_ids(database, cls, sorted(missing - new.keys()))
        found |= new
        missing = {one for row in new.values() for one in _known_by(row)} - found.keys()
    return found


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if is_id(value):
            yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _ids(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _ids(one)


def _known_by(row: Entity) -> tuple[str, ...]:
    """The rows whose names say which one it is, and where."""
    names = ("customer_id", "service_id", "resource_id", "appointment_id", "location_id")
    return tuple(one for one in (getattr(row, name, None) for name in names) if one)


_FIELDS: Final[Mapping[str, tuple[type[Any], str]]] = {
    "business.update": (Business, "business_id"),
    "customer.update": (Customer, "customer_id"),
    "location.update": (Location, "location_id"),
    "resource.update": (Resource, "resource_id"),
    "service.update": (Service, "service_id"),
}
_SETS: Final = {
    "tags": ("tags_added", "tags_removed"),
    "needs": ("needs", "needs_put", "needs_removed"),
    "terms": ("terms", "terms_put", "terms_removed"),
}
"""What is changed by what is put and taken away, and the arguments that do so."""
_RULES: Final = frozenset({"series.change", "series.end", "block.end_repeat", "block.rule_back"})


def standing(reads: Reads, name: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """What stands in the book of all that an edit would set, in the form of arguments that would set just that.

    Empty where it sets nothing that could stand there, and where what it is about is not there.
    """
    if name in _FIELDS:
        return _fields(reads, *_FIELDS[name], args)
    if name in _RULES:
        series = reads.find(Series, _text(args, "series_id"))
        return {} if series is None else {"rrule": series.rrule, "archived": series.archived}
    ask = _STANDING.get(name)
    return {} if ask is None else ask(reads, args)


def _text(args: Mapping[str, Any], name: str) -> str:
    found = args.get(name)
    return found if isinstance(found, str) else ""


def _fields(reads: Reads, cls: type[Any], id_field: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
    row = reads.business() if cls is Business else reads.find(cls, _text(args, id_field))
    if row is None:
        return {}
    kind = entity_type(cls)
    # What is about a merged customer is an edit of the one that was kept.
    values = dict(zip(kind.names, kind.encode(kept_of(reads, row) if isinstance(row, Customer) else row), strict=True))
    named = (str(edit.get("field")) for edit in args.get("edits") or () if isinstance(edit, Mapping))
    # What is written as notes overwrites nothing: it is added to them.
    edits = [{"field": one, "value": values[one]} for one in named if one in values and one != "notes"]
    sets = {name: values[name] for name, said_by in _SETS.items() if name in values and any(map(args.get, said_by))}
    return {"edits": edits, **sets}


def _wish(reads: Reads, args: Mapping[str, Any]) -> Mapping[str, Any]:
    entry = reads.find(WaitlistEntry, _text(args, "entry_id"))
    wish, told = args.get("wish"), unstructured(entry) if entry else {}
    return {"wish": {one: told[one] for one in wish if one in told}} if entry and isinstance(wish, Mapping) else {}


def _block(reads: Reads, args: Mapping[str, Any]) -> Mapping[str, Any]:
    block = reads.find(TimeBlock, _text(args, "block_id"))
    if block is None or block.archived:
        return {}
    told = unstructured(block)
    return {
        "resource_id": block.resource_id, "start": told["starts_at"], "end": told["ends_at"], "reason": block.reason,
    }  # fmt: skip


def _week(reads: Reads, args: Mapping[str, Any]) -> Mapping[str, Any]:
    rules = reads.hours([OwnerId(_text(args, "owner_id"))])
    # Without any hours of its own it keeps those of its location.
    return {"openings": [unstructured(one) for one in _of_day(rules, args.get("weekday"))]} if rules else {}


def _of_day(rules: Iterable[HoursRule], weekday: Any) -> list[HoursRule]:
    return sorted((one for one in rules if one.weekday == weekday), key=lambda one: (one.opens, one.id))


def _date(reads: Reads, args: Mapping[str, Any]) -> Mapping[str, Any]:
    day = date.fromisoformat(_text(args, "day"))
    there = reads.exceptions([OwnerId(_text(args, "owner_id"))], day, day)
    return {} if not there else {name: getattr(there[0], name) for name in ("opens", "closes", "reason")}


def _word(reads: Reads, args: Mapping[str, Any]) -> Mapping[str, Any]:
    customer = reads.find(Customer, _text(args, "customer_id"))
    if customer is None:
        return {}
    to = _text(args, "to")
    word = next((one for one in kept_of(reads, customer).consents if one.to == to), None)
    said_at = {} if word is None else {"said_at": instant_text(word.at)}
    return {"to": to, "given": None if word is None else word.given, **said_at}


def _zone(reads: Reads, args: Mapping[str, Any]) -> Mapping[str, Any]:
    location = reads.find(Location, _text(args, "location_id"))
    return {} if location is None else {"zone": location.zone}


_STANDING: Final = {
    "customer.consent": _word,
    "waitlist.change": _wish,
    "block.put": _block,
    "block.remove": _block,
    "hours.set": _week,
    "hours.except": _date,
    "hours.clear": _date,
    "location.rezone": _zone,
}
