"""What the team writes down about a customer or a visit: never changed, only added to."""

from datetime import datetime
from enum import StrEnum

from shared.model.base import NoteId, UserId, value


class NoteAbout(StrEnum):
    """What a note can be about."""

    CUSTOMER = "customer"
    APPOINTMENT = "appointment"


@value
class Note:
    """One remark with who wrote it and when, whoever decided later what it belongs to."""

    id: NoteId
    about: NoteAbout
    subject_id: str
    """The customer or the appointment."""
    text: str
    author_id: UserId
    as_whom: UserId | None
    at: datetime
