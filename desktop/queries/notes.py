"""What was written down about a visit and its customer, the newest first."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.appointment import Appointment
from shared.model.base import value
from shared.model.customer import Customer
from shared.model.member import Member
from shared.model.note import Note, NoteAbout


@value
class NoteLine:
    """One note; the remark that was entered with a customer has neither author nor time."""

    about: NoteAbout
    text: str
    author: str
    """Empty where that is not known here."""
    at: datetime | None
    pending: bool
    """Written on this computer and not accepted by the server yet."""


def notes_about(
    replica: Replica, *, customer: Customer | None = None, visit: Appointment | None = None
) -> tuple[NoteLine, ...]:
    """The notes of both, the first remarks of each at the end."""
    subjects = [one.id for one in (customer, visit) if one is not None]
    team, found = finding.members(replica.database), finding.notes_of(replica.database, subjects)
    waiting = replica.changed_rows("note", [one.id for one in found])
    return (*(_line(one, team, waiting) for one in found), *_remarks(customer, visit, team))


def _line(one: Note, team: Mapping[str, Member], waiting: Iterable[str]) -> NoteLine:
    author = team.get(one.as_whom or one.author_id)
    return NoteLine(
        about=one.about,
        text=one.text,
        author=author.name if author else "",
        at=one.at,
        pending=one.id in waiting,
    )


def _remarks(customer: Customer | None, visit: Appointment | None, team: Mapping[str, Member]) -> Iterable[NoteLine]:
    if visit is not None and visit.notes:
        first = visit.steps[0] if visit.steps else None
        author = team.get(first.shown_by) if first else None
        yield NoteLine(
            about=NoteAbout.APPOINTMENT,
            text=visit.notes,
            author=author.name if author else "",
            at=first.at if first else None,
            pending=False,
        )
    if customer is not None and customer.notes:
        yield NoteLine(about=NoteAbout.CUSTOMER, text=customer.notes, author="", at=None, pending=False)
