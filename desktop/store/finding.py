"""What screens ask of the replica, each question in a function named for it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from desktop.store.database import Database
from desktop.store.rows import stored
from shared.clock import instant_text
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import CustomerId, LocationId, Span
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.member import Member
from shared.model.note import Note
from shared.model.registry import E
from shared.model.resource import Resource
from shared.model.service import Service
from shared.rules.booking import LONGEST

# No visit is longer: what touches a span cannot have started before this.
_REACH: Final = timedelta(minutes=LONGEST)
_PARAMETERS: Final = 500
_INDEXED: Final = 3
"""Letters from which the search index finds what lies in the middle of a name."""


def _select(database: Database, cls: type[E], tail: str, parameters: Sequence[Any] = ()) -> list[E]:
    how = stored(cls)
    return [how.entity_of(row) for row in database.rows(f"{how.select} {tail}", parameters)]


def appointments_between(database: Database, location: LocationId, span: Span) -> list[Appointment]:
    """The location's appointments that share an instant with the span, whatever their status, by start."""
    tail = "WHERE starts_at < ? AND starts_at > ? AND ends_at > ? AND location_id = ? ORDER BY starts_at, id"
    earliest = instant_text(span.start - _REACH)
    return _select(database, Appointment, tail, (instant_text(span.end), earliest, instant_text(span.start), location))


def upcoming(database: Database, now: datetime) -> list[Appointment]:
    """Every appointment that is not over, whatever its status, by start."""
    tail = "WHERE starts_at > ? AND ends_at > ? ORDER BY starts_at, id"
    return _select(database, Appointment, tail, (instant_text(now - _REACH), instant_text(now)))


def appointments_of(database: Database, customer: CustomerId, limit: int) -> list[Appointment]:
    """A customer's appointments, the latest first."""
    return _select(database, Appointment, "WHERE customer_id = ? ORDER BY starts_at DESC LIMIT ?", (customer, limit))


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


def members(database: Database) -> dict[str, Member]:
    """The team by id."""
    return {one.id: one for one in _select(database, Member, "")}


def open_items(database: Database) -> list[AttentionItem]:
    """What nobody has settled yet, the oldest first."""
    return _select(database, AttentionItem, "WHERE state = ? ORDER BY made_at, id", (AttentionState.OPEN.value,))


def booking_of(database: Database, appointment: str) -> AttentionItem | None:
    """The refused booking, settled or not, that would have made an appointment."""
    found = _select(
        database, AttentionItem, "WHERE subject_id = ? AND name = 'appointment.book' LIMIT 1", (appointment,)
    )
    return found[0] if found else None


def count_open_items(database: Database) -> int:
    """How many edits nobody has settled yet."""
    row = database.row("SELECT count(*) FROM attention_item WHERE state = ?", (AttentionState.OPEN.value,))
    return int(row[0]) if row else 0


def search_customers(database: Database, *, words: Sequence[str], digits: str, mail: str, limit: int) -> list[Customer]:
    """The customers whose name has every word, whose phones have the digits and whose e-mails have `mail`.

    All of them folded as `folded` folds; a word of one or two letters begins a name. A name that begins with the first
    word comes first.
    """
    conditions, parameters = ["NOT archived", "merged_into IS NULL"], list[Any]()
    for column, texts in (("name", words), ("digits", [digits]), ("mail", [mail])):
        for text in filter(None, map(_plain, texts)):
            if column == "name" and len(text) < _INDEXED:
                conditions.append("(found.name LIKE ? OR found.name LIKE ?)")
                parameters += [f"{text}%", f"% {text}%"]
            else:
                # Inside the index a LIKE of three letters or more is a look-up, not a scan.
                conditions.append(f"found.{column} LIKE ?")
                parameters.append(f"%{text}%")
    how = stored(Customer)
    columns = ", ".join(f"customer.{name}" for name in how.entity.names)
    sql = (
        f"SELECT {columns} FROM customer_search AS found JOIN customer ON customer.rowid = found.rowid"
        f" WHERE {' AND '.join(conditions)} ORDER BY found.name LIKE ? DESC, found.name, customer.id LIMIT ?"
    )
    begins = f"{_plain(words[0]) if words else ''}%"
    return [how.entity_of(row) for row in database.rows(sql, (*parameters, begins, limit))]


def _plain(text: str) -> str:
    return text.replace("%", "").replace("_", "")
