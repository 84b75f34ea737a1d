"""What screens ask of the replica, each question in a function named for it."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from desktop.store.database import Database, digits_of, folded, words_of
from desktop.store.rows import SEARCH, stored
from desktop.store.wish_within import wish_within
from shared.clock import instant_text, parse_instant
from shared.model.appointment import Appointment, Status
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import CustomerId, LocationId, ResourceId, Span, value
from shared.model.business import Business, Location
from shared.model.customer import Customer
from shared.model.member import Member
from shared.model.note import Note
from shared.model.payment import Payment
from shared.model.registry import E
from shared.model.resource import Resource
from shared.model.service import Service
from shared.model.waitlist import WaitlistEntry, WaitlistState
from shared.rules.booking import LONGEST, LONGEST_BUFFER

# No visit is longer: what touches a span cannot have started before this.
_REACH: Final = timedelta(minutes=LONGEST)
_HELD: Final = _REACH + timedelta(minutes=2 * LONGEST_BUFFER)
_FAR: Final = datetime(2200, 1, 1, tzinfo=UTC)
_PARAMETERS: Final = 500
_TAIL: Final = 6
"""Last digits by which numbers are the same, however the rest is written."""
_INDEXED: Final = 3
"""Letters that the search index finds wherever they stand; fewer are looked for where a word begins."""
_PART: Final = "SELECT * FROM (SELECT rowid, name, digits FROM {search} WHERE {asked} LIMIT 200)"
"""So many of those that are found in one way are ranked: who has more hits types on."""


def _select(database: Database, cls: type[E], tail: str, parameters: Sequence[Any] = ()) -> list[E]:
    how = stored(cls)
    return [how.entity_of(row) for row in database.rows(f"{how.select} {tail}", parameters)]


def appointments_between(database: Database, location: LocationId, span: Span) -> list[Appointment]:
    """The location's appointments that share an instant with the span, whatever their status, by start."""
    tail = "WHERE starts_at < ? AND starts_at > ? AND ends_at > ? AND location_id = ? ORDER BY starts_at, id"
    earliest = instant_text(span.start - _REACH)
    return _select(database, Appointment, tail, (instant_text(span.end), earliest, instant_text(span.start), location))


def appointments_with(database: Database, resource: ResourceId, span: Span) -> list[Appointment]:
    """The appointments of a resource that share an instant with the span, whatever their status, by start."""
    # The text says quickly who is not in it; who is, the row says.
    tail = "WHERE starts_at < ? AND starts_at > ? AND ends_at > ? AND instr(segments, ?) ORDER BY starts_at, id"
    earliest = instant_text(span.start - _REACH)
    asked = (instant_text(span.end), earliest, instant_text(span.start), resource)
    return [one for one in _select(database, Appointment, tail, asked) if resource in one.resources]


@value
class Held:
    """A span in which an appointment holds places of a resource."""

    appointment: str
    span: Span
    units: int


def held_between(database: Database, resources: Sequence[ResourceId], span: Span) -> list[Held]:
    """All that is held of these resources within a span, in order."""
    asked = f"""
        SELECT appointment_id, starts_at, ends_at, units FROM allocation
        WHERE resource_id IN ({", ".join("?" * len(resources))}) AND starts_at < ? AND starts_at > ? AND ends_at > ?
        ORDER BY starts_at
    """
    given = (*resources, instant_text(span.end), instant_text(span.start - _HELD), instant_text(span.start))
    return [
        Held(appointment=appointment, span=Span(parse_instant(starts), parse_instant(ends)), units=units)
        for appointment, starts, ends, units in database.rows(asked, given)
    ]


def requests_from(database: Database, location: LocationId, since: datetime) -> list[Appointment]:
    """The location's requests that nobody has answered and that start at an instant or later, by start."""
    # Said in the words of their index, which holds no others.
    tail = f"WHERE starts_at >= ? AND status = '{Status.REQUESTED.value}' AND location_id = ? ORDER BY starts_at, id"
    return _select(database, Appointment, tail, (instant_text(since), location))


def payments_at(database: Database, location: LocationId, span: Span) -> list[Payment]:
    """What was paid and given back at a location within a span, the first at first."""
    tail = "WHERE at >= ? AND at < ? AND location_id = ? ORDER BY at, id"
    return _select(database, Payment, tail, (instant_text(span.start), instant_text(span.end), location))


def upcoming(
    database: Database, now: datetime, *, before: datetime = _FAR, of: Collection[str] | None = None
) -> list[Appointment]:
    """Every appointment that is not over, whatever its status, by start; those alone that begin `before` an instant.

    Where `of` names locations and resources, theirs alone, and maybe some others where these are many.
    """
    asked = "starts_at > ? AND ends_at > ? AND starts_at < ?"
    given = [instant_text(now - _REACH), instant_text(now), instant_text(before)]
    if of is not None and len(of) <= _PARAMETERS:
        # The text says quickly who is not in it.
        theirs = " OR ".join([f"location_id IN ({', '.join('?' * len(of))})", *["instr(segments, ?)"] * len(of)])
        asked, given = f"{asked} AND ({theirs})", [*given, *of, *of]
    return _select(database, Appointment, f"WHERE {asked} ORDER BY starts_at, id", given)


PAGE: Final = 250
"""Appointments of one piece of what is read in several."""


def upcoming_page(database: Database, now: datetime, *, behind: Appointment | None = None) -> list[Appointment]:
    """The next of `upcoming`, by start and id: the first ones, or those `behind` one of them."""
    tail = "WHERE starts_at >= ? AND (starts_at > ? OR id > ?) AND ends_at > ? ORDER BY starts_at, id LIMIT ?"
    # One that began earlier is over.
    start, row_id = (now - _REACH, "") if behind is None else (behind.starts_at, behind.id)
    since = instant_text(start)
    return _select(database, Appointment, tail, (since, since, row_id, instant_text(now), PAGE))


def starting_between(database: Database, location: LocationId, span: Span) -> list[str]:
    """The ids of the location's appointments that start within a span, whatever their status, by start."""
    within = "starts_at >= ? AND starts_at < ? AND location_id = ?"
    asked = f"SELECT id FROM appointment WHERE {within} ORDER BY starts_at, id"
    return [row[0] for row in database.rows(asked, (instant_text(span.start), instant_text(span.end), location))]


def appointments_of(database: Database, customer: CustomerId, limit: int) -> list[Appointment]:
    """A customer's appointments, the latest first."""
    return _select(database, Appointment, "WHERE customer_id = ? ORDER BY starts_at DESC LIMIT ?", (customer, limit))


def visits_of_customer_between(database: Database, customer: CustomerId, span: Span) -> list[Appointment]:
    """A customer's appointments that share an instant with the span, whatever their status, by start."""
    tail = "WHERE customer_id = ? AND starts_at < ? AND starts_at > ? AND ends_at > ? ORDER BY starts_at, id"
    earliest = instant_text(span.start - _REACH)
    return _select(database, Appointment, tail, (customer, instant_text(span.end), earliest, instant_text(span.start)))


def latest_customers(database: Database, before: datetime, limit: int) -> list[str]:
    """The customers of the latest appointments that start before an instant, the latest first, each once."""
    asked = (
        "SELECT customer_id FROM appointment WHERE starts_at < ? AND customer_id IS NOT NULL"
        f" ORDER BY starts_at DESC LIMIT {4 * limit}"
    )
    found = dict.fromkeys(row[0] for row in database.rows(asked, (instant_text(before),)))
    return list(found)[:limit]


def payments_of_visits(database: Database, visits: Collection[str]) -> dict[str, list[Payment]]:
    """What was paid and given back for each of these appointments for which anything was, in order."""
    wanted, found = list(dict.fromkeys(visits)), dict[str, list[Payment]]()
    for place in range(0, len(wanted), _PARAMETERS):
        part = wanted[place : place + _PARAMETERS]
        asked = f"WHERE appointment_id IN ({', '.join('?' * len(part))}) ORDER BY at, id"
        for one in _select(database, Payment, asked, part):
            found.setdefault(one.appointment_id or "", []).append(one)
    return found


def payments_of_customer(database: Database, customer: CustomerId) -> list[Payment]:
    """What was paid by a customer and for a customer's appointments, in order."""
    asked = "customer_id = ? OR appointment_id IN (SELECT id FROM appointment WHERE customer_id = ?)"
    return _select(database, Payment, f"WHERE {asked} ORDER BY at, id", (customer, customer))


def open_entries(database: Database) -> list[WaitlistEntry]:
    """Who waits or has an offer, whatever time has made of it."""
    states = (WaitlistState.WAITING.value, WaitlistState.OFFERED.value)
    return _select(database, WaitlistEntry, "WHERE state IN (?, ?) ORDER BY asked_at, id", states)


def customers_page(database: Database, last: str, limit: int) -> list[Customer]:
    """The next customers after an id who are neither archived nor merged into another, by id."""
    tail = "WHERE id > ? AND NOT archived AND merged_into IS NULL ORDER BY id LIMIT ?"
    return _select(database, Customer, tail, (last, limit))


def perhaps_same(database: Database, customer: Customer) -> list[Customer]:
    """Who shares the last digits of a number or an address with a customer; the customer too."""
    tails = {digits[-_TAIL:] for one in customer.phones if len(digits := digits_of(one).replace(" ", "")) >= _TAIL}
    mails = {folded(one) for one in customer.emails if one.strip()}
    asked = ["digits LIKE ?"] * len(tails) + ["mail LIKE ?"] * len(mails)
    if not asked:
        return []
    tail = f"WHERE rowid IN (SELECT rowid FROM {SEARCH} WHERE {' OR '.join(asked)} LIMIT 100)"
    return _select(database, Customer, tail, [f"%{_plain(one)}%" for one in (*tails, *mails)])


def archived_customers(database: Database, text: str, limit: int) -> list[Customer]:
    """Archived customers whose name, phones or e-mails hold a text, by name; not those who were merged or erased."""
    held = "name LIKE ? OR emails LIKE ? OR replace(replace(phones, ' ', ''), '-', '') LIKE ?"
    # An equation, which the index answers: few are archived.
    tail = f"WHERE archived = 1 AND merged_into IS NULL AND name <> '' AND ({held}) ORDER BY name, id LIMIT ?"
    part, digits = f"%{_plain(text)}%", f"%{_plain(text).replace(' ', '').replace('-', '')}%"
    return _select(database, Customer, tail, (part, part, digits, limit))


def reach_after(database: Database, last: str, limit: int) -> list[tuple[CustomerId, tuple[str, ...], tuple[str, ...]]]:
    """The next customers after an id with their phones and e-mails; those who were archived or merged are left out."""
    rows = database.rows(
        "SELECT id, phones, emails FROM customer WHERE id > ? AND NOT archived AND merged_into IS NULL "
        "ORDER BY id LIMIT ?",
        (last, limit),
    )
    return [(CustomerId(row[0]), tuple(orjson.loads(row[1])), tuple(orjson.loads(row[2]))) for row in rows]


def by_ids(database: Database, cls: type[E], ids: Collection[str]) -> dict[str, E]:
    """The rows of these ids by id; ids that are not there are left out."""
    wanted, found = list(dict.fromkeys(ids)), list[E]()
    for place in range(0, len(wanted), _PARAMETERS):
        part = wanted[place : place + _PARAMETERS]
        found += _select(database, cls, f"WHERE id IN ({', '.join('?' * len(part))})", part)
    return {row.id: row for row in found}


def notes_of(database: Database, subjects: Collection[str]) -> list[Note]:
    """The notes about any of these customers and visits, the newest first."""
    marks = ", ".join("?" * len(subjects))
    return _select(database, Note, f"WHERE subject_id IN ({marks}) ORDER BY at DESC, id DESC", (*subjects,))


def resources(database: Database) -> list[Resource]:
    """Every resource that is not archived, in the order of the book's columns."""
    return _select(database, Resource, "WHERE NOT archived ORDER BY position, name, id")


def services(database: Database) -> list[Service]:
    """Every service that is not archived, by category and name."""
    return _select(database, Service, "WHERE NOT archived ORDER BY category, name, id")


def locations(database: Database) -> list[Location]:
    """Every site that is not archived, by name."""
    return _select(database, Location, "WHERE NOT archived ORDER BY name, id")


def every_resource(database: Database) -> list[Resource]:
    """Every resource, archived ones too, in the order of the book's columns."""
    return _select(database, Resource, "ORDER BY position, name, id")


def every_service(database: Database) -> list[Service]:
    """Every service, archived ones too, by category and name."""
    return _select(database, Service, "ORDER BY category, name, id")


def every_location(database: Database) -> list[Location]:
    """Every site, archived ones too, by name."""
    return _select(database, Location, "ORDER BY name, id")


def name_of_business(database: Database) -> str:
    """What the business is called; empty in a book that was not loaded yet."""
    return next((one.name for one in _select(database, Business, "")), "")


def members(database: Database) -> dict[str, Member]:
    """The team by id."""
    return {one.id: one for one in _select(database, Member, "")}


def open_items(database: Database) -> list[AttentionItem]:
    """What nobody has settled yet, the oldest first."""
    return _select(database, AttentionItem, "WHERE state = ? ORDER BY made_at, id", (AttentionState.OPEN.value,))


def open_wishes(database: Database, span: Span) -> list[AttentionItem]:
    """Those of them that wish for a visit which may touch a span."""
    condition, given = wish_within(span)
    tail = f"WHERE state = ?3 AND {condition} ORDER BY made_at, id"
    return _select(database, AttentionItem, tail, (*given, AttentionState.OPEN.value))


def booking_of(database: Database, appointment: str) -> AttentionItem | None:
    """The refused booking, settled or not, that would have made an appointment."""
    found = _select(
        database, AttentionItem, "WHERE subject_id = ? AND name = 'appointment.book' LIMIT 1", (appointment,)
    )
    return found[0] if found else None


def open_item_ids(database: Database) -> list[str]:
    """The ids of what nobody has settled yet."""
    asked = "SELECT id FROM attention_item WHERE state = ?"
    return [row[0] for row in database.rows(asked, (AttentionState.OPEN.value,))]


def search_customers(database: Database, *, words: Sequence[str], digits: str, mail: str, limit: int) -> list[Customer]:
    """The customers whose name has every word, whose phones have the digits and whose e-mails have `mail`.

    All of them folded as `folded` folds; a word of one or two letters begins one of the name. First come those whose
    name or number is just that, then names that begin with the first word, then who was here or is expected last.
    """
    conditions, parameters = ["true"], list[Any]()
    for column, texts in (("name", words), ("digits", [digits]), ("mail", [mail])):
        for text in filter(None, map(_plain, texts)):
            begins = column == "name" and len(text) < _INDEXED
            conditions.append(f"{column} LIKE ?")
            parameters.append(f"%  {text}%" if begins else f"%{text}%")
    asked = " AND ".join(conditions)
    if not parameters:
        # Whoever asks for nobody in particular is shown everybody, from A on.
        return _select(database, Customer, "WHERE NOT archived AND merged_into IS NULL ORDER BY name LIMIT ?", (limit,))
    names = [words_of(" ".join(order)) for order in (words, words[::-1])]
    first = f"  {words[0]}" if words else ""
    parts, given = [(asked, parameters)], list[Any]()
    if words:
        whole = [f'name : ^"{name}"' for name in dict.fromkeys(names)]
        parts += [(f"{SEARCH} MATCH ? AND {asked}", [one, *parameters]) for one in (f'name : ^"{first}"', *whole)]
    for _, each in parts:
        given += each
    how = stored(Customer)
    sql = f"""
        SELECT {", ".join(f"customer.{name}" for name in how.entity.names)}
        FROM ({" UNION ".join(_PART.format(search=SEARCH, asked=one) for one, _ in parts)}) AS found
        JOIN customer ON customer.rowid = found.rowid
        ORDER BY found.name IN (?, ?) OR (found.digits <> '' AND found.digits = ?) DESC, found.name LIKE ? DESC,
            (SELECT max(starts_at) FROM appointment WHERE customer_id = customer.id) DESC, found.name, customer.id
        LIMIT ?
    """
    return [how.entity_of(row) for row in database.rows(sql, (*given, *names, digits, f"{first}%", limit))]


def _plain(text: str) -> str:
    return text.replace("%", "").replace("_", "")
